//! `bongsu help [COMMAND]`: the same as `bongsu COMMAND --help`.

use clap::builder::StyledStr;
use clap::{Args, Command, CommandFactory};

use crate::cli::Cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::Failure;
use crate::help::translate;

/// Arguments of `help`.
#[derive(Debug, Args)]
pub(crate) struct HelpArgs {
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

/// Prints the help of the command that was named, or of as much of its name as there is.
pub(crate) fn run(args: &HelpArgs, context: &Context) -> Result<Exit, Failure> {
    let mut root = translate(Cli::command(), &context.console.words);
    root.build();
    let help = render(&mut root, &args.command);
    let text = if context.console.paint.0 { help.ansi().to_string() } else { help.to_string() };
    context.console.line(text.trim_end())?;
    Ok(Exit::Done)
}

/// The help of the command at `path` below `command`, or of the last one on the way that there is.
fn render(command: &mut Command, path: &[String]) -> StyledStr {
    if let Some((name, rest)) = path.split_first()
        && let Some(below) = command.find_subcommand_mut(name)
    {
        return render(below, rest);
    }
    command.render_help()
}
