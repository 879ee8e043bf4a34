//! The bongsu command: a log platform in one binary.
//!
//! In: a command line, an environment, a terminal. Out: rows, reports and errors for people and programs.
//!
//! Must never know: how rows lie on disk, how a query is planned, what a line format looks like.

mod analysis;
mod cli;
mod commands;
mod config;
mod console;
mod context;
mod demo;
mod exit;
mod fault;
mod heap;
mod help;
mod journals;
mod lang;
mod paint;
mod progress;
mod report;
mod rows;
mod storage;
mod table;
mod text;
mod trace;
mod unstored;
mod usage;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::cli::{Cli, Command};
use crate::console::{ColorChoice, Console, OutputFormat};
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::Failure;
use crate::lang::Lang;
use crate::words::Words;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let words = Words::new(Lang::of_process(&arguments));
    match Cli::read(arguments, &words) {
        Ok(cli) => run(cli, words).into(),
        Err(error) => usage_exit(&error, words).into(),
    }
}

fn run(cli: Cli, words: Words) -> Exit {
    let Cli { global, command } = cli;
    let console = Console::of_process(words, global.output_format, global.color, global.quiet);
    let (error_words, paint) = (Words::new(console.words.lang()), console.error_paint);
    // What a server tells is read later, beside its other lines, and by other programs.
    let reader = (!matches!(command, Command::Serve(_))).then(|| (Words::new(console.words.lang()), paint));
    trace::start(global.quiet, reader);
    let ended = Context::new(console, &global).and_then(|mut context| {
        let exit = dispatch(command, &mut context)?;
        context.console.flush()?;
        Ok(exit)
    });
    match ended {
        Ok(exit) => exit,
        Err(failure) if failure.is_hangup() => Exit::Done,
        Err(failure) => {
            let console = Console::of_process(error_words, global.output_format, global.color, global.quiet);
            console.stderr(&failure.render(&console.words, paint));
            Exit::Failed
        }
    }
}

fn dispatch(command: Command, context: &mut Context) -> Result<Exit, Failure> {
    match command {
        Command::Ingest(args) => commands::ingest::run(&args, context),
        Command::Search(args) => commands::search::run(&args, context),
        Command::Sql(args) => commands::sql::run(&args, context),
        Command::Tail(args) => commands::tail::run(&args, context),
        Command::Patterns(args) => commands::patterns::run(&args, context),
        Command::Analyze(args) => commands::analyze::run(&args, context),
        Command::Report(args) => commands::report::run(&args, context),
        Command::Stats(args) => commands::stats::run(&args, context),
        Command::Refused(args) => commands::refused::run(&args, context),
        Command::Delete(args) => commands::delete::run(&args, context),
        Command::Check(args) => commands::check::run(&args, context),
        Command::Serve(args) => commands::serve::run(&args, context),
        Command::Demo(args) => demo::run(&args, context),
        Command::Config(args) => commands::config::run(&args, context),
        Command::Completion(args) => commands::completion::run(&args, context),
        Command::Help(args) => commands::help::run(&args, context),
    }
}

/// Help and version go to standard output, mistakes to standard error.
fn usage_exit(error: &clap::Error, words: Words) -> Exit {
    let console = Console::of_process(words, OutputFormat::Table, ColorChoice::Auto, false);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            drop(error.print());
            Exit::Done
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            drop(error.print());
            Exit::Usage
        }
        _ => {
            console.stderr(&usage::render(error, &console.words, console.error_paint));
            Exit::Usage
        }
    }
}
