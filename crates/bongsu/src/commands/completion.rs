//! `bongsu completion SHELL`: a script that completes commands and options.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::Failure;
use crate::help::translate;

/// Arguments of `completion`.
#[derive(Debug, Args)]
pub(crate) struct CompletionArgs {
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Prints the script, with descriptions in the reader's language.
pub(crate) fn run(args: &CompletionArgs, context: &Context) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut translate(Cli::command(), &context.console.words), "bongsu", &mut script);
    context.console.bytes(&script)?;
    Ok(Exit::Done)
}
