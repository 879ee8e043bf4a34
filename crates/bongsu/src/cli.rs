//! The command line: global options, the list of commands, and parsing in the reader's language.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::{
    analyze::AnalyzeArgs, check::CheckArgs, completion::CompletionArgs, config::ConfigArgs, delete::DeleteArgs,
    help::HelpArgs, ingest::IngestArgs, patterns::PatternsArgs, refused::RefusedArgs, report::ReportArgs,
    search::SearchArgs, serve::ServeArgs, sql::SqlArgs, stats::StatsArgs, tail::TailArgs,
};
use crate::console::{ColorChoice, OutputFormat};
use crate::demo::DemoArgs;
use crate::help;
use crate::lang::Lang;
use crate::words::Words;

/// What an error knows beside what clap tells it: whether the wrong argument stands behind `--`, where nothing is an option.
pub(crate) const BEHIND_DASHES: ContextKind = ContextKind::Custom;

/// The data directory when nothing says otherwise.
pub(crate) const DEFAULT_DATA: &str = "./bongsu-data";

/// The whole command line. What a person reads about it comes from the Fluent files.
#[derive(Debug, Parser)]
#[command(name = "bongsu", version, max_term_width = 80)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes, before or after its name.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    #[arg(long, global = true, value_name = "DIR", env = "BONGSU_DATA", default_value = DEFAULT_DATA)]
    pub(crate) data: PathBuf,
    #[arg(long, global = true, value_name = "FILE", env = "BONGSU_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    #[arg(long, global = true, value_enum, ignore_case = true)]
    pub(crate) lang: Option<Lang>,
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value_t = OutputFormat::Table)]
    pub(crate) output_format: OutputFormat,
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// What bongsu can be asked to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Ingest(IngestArgs),
    Search(SearchArgs),
    Sql(SqlArgs),
    Tail(TailArgs),
    Patterns(PatternsArgs),
    Analyze(AnalyzeArgs),
    Report(ReportArgs),
    Stats(StatsArgs),
    Refused(RefusedArgs),
    Delete(DeleteArgs),
    Check(CheckArgs),
    Serve(ServeArgs),
    Config(ConfigArgs),
    Demo(DemoArgs),
    Completion(CompletionArgs),
    #[command(hide = true)]
    Help(HelpArgs),
}

impl Cli {
    /// Reads the arguments; help and errors come back in the language of `words`.
    pub(crate) fn read(arguments: Vec<OsString>, words: &Words) -> Result<Self, clap::Error> {
        let mut command = help::translate(Self::command(), words);
        let line = arguments.clone();
        let matches = command.try_get_matches_from_mut(arguments).map_err(|mut error| {
            let is_behind = error.get(ContextKind::InvalidArg).is_some_and(|arg| {
                let arg = arg.to_string();
                line.iter().skip_while(|word| *word != "--").any(|word| *word == *arg)
            });
            error.insert(BEHIND_DASHES, ContextValue::Bool(is_behind));
            error
        })?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Cli, clap::Error> {
        Cli::read(words.iter().map(OsString::from).collect(), &Words::new(Lang::En))
    }

    #[test]
    fn the_tree_is_sound_in_both_languages() {
        for lang in [Lang::En, Lang::Ko] {
            help::translate(Cli::command(), &Words::new(lang)).debug_assert();
        }
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        let before = read(&["bongsu", "--data", "/d", "--output-format", "json", "stats"]).unwrap();
        let after = read(&["bongsu", "stats", "--data", "/d", "--output-format", "json"]).unwrap();
        for cli in [before, after] {
            assert_eq!(cli.global.data, PathBuf::from("/d"));
            assert_eq!(cli.global.output_format, OutputFormat::Json);
        }
    }
}
