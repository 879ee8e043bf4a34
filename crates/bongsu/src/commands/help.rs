//! `bongsu help [COMMAND]`: the same as `bongsu COMMAND --help`.

use std::ffi::OsString;

use clap::Args;
use clap::error::ErrorKind;

use crate::cli::Cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::Failure;
use crate::usage;

/// Arguments of `help`.
#[derive(Debug, Args)]
pub(crate) struct HelpArgs {
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

/// Prints the help of the command that was named; a command that there is not is a usage error.
pub(crate) fn run(args: &HelpArgs, context: &Context) -> Result<Exit, Failure> {
    let words = ["bongsu"].into_iter().chain(args.command.iter().map(String::as_str)).chain(["--help"]);
    let console = &context.console;
    let Err(told) = Cli::read(words.map(OsString::from).collect(), &console.words) else { return Ok(Exit::Done) };
    if told.kind() != ErrorKind::DisplayHelp {
        console.stderr(&usage::render(&told, &console.words, console.error_paint));
        return Ok(Exit::Usage);
    }
    let help = told.render();
    let text = if console.paint.0 { help.ansi().to_string() } else { help.to_string() };
    console.line(text.trim_end())?;
    Ok(Exit::Done)
}
