//! `bongsu demo`: the whole product in a minute. A movie pipeline writes its logs through the SDK, they are gathered together
//! with real logs that bongsu ships, and the questions people ask of logs are answered, each with the command to type.

mod connector;
mod dice;
mod pipeline;
mod python;
mod quality;
mod samples;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bongsu_model::Timestamp;
use clap::Args;

use crate::cli::{Cli, Command};
use crate::config::Setting;
use crate::console::OutputFormat;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::{Failure, Fault};
use crate::paint::Ink;
use crate::text::number;

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    #[arg(long, value_name = "DIR")]
    logs: Option<PathBuf>,
    #[arg(long)]
    fast: bool,
    #[arg(long, value_name = "N", default_value_t = 20_260_511)]
    seed: u64,
    #[arg(long, value_name = "TIME", default_value = "2026-05-12T00:00:00Z")]
    at: jiff::Timestamp,
}

/// Between two steps, so that a person can follow.
const PAUSE: Duration = Duration::from_millis(400);

/// Plays the demo. Every time in it is in UTC, as in the logs that bongsu ships.
pub(crate) fn run(args: &DemoArgs, context: &mut Context) -> Result<Exit, Failure> {
    context.loaded.settings.time.zone.read_text("UTC");
    let show = Show { context, pause: if args.fast { Duration::ZERO } else { PAUSE } };
    let home = args.logs.clone().unwrap_or_else(bongsu_log::default_home);
    show.say("demo-intro", &[])?;
    write_home(args, &home, &show)?;
    let samples = samples::folder(&home);
    samples::write(&samples)?;
    let counts = [("files", samples::COUNT.into()), ("path", samples.display().to_string().into())];
    show.say("demo-samples", &counts)?;
    show.look_into(&home.join("performance/test_performance.log"), 3)?;
    show.look_into(&home.join("error/error.log"), 3)?;
    show.environment()?;
    show.command("demo-ingest", &["ingest", "--year", "2026", &text(&samples), &text(&home)])?;
    show.command("demo-report", &["analyze", "daily", "--at", &args.at.to_string()])?;
    show.command(
        "demo-search-word",
        &["search", "level:ERROR AND (deadlock OR \"statement timeout\")", "--limit", "4"],
    )?;
    show.command("demo-search-korean", &["search", "연결 오류", "--limit", "4"])?;
    show.command("demo-search-field", &["search", "status:502 AND movie", "--limit", "3"])?;
    let sql = "SELECT operation, count(*) AS times, round(avg(duration), 3) AS mean, max(duration) AS longest \
               FROM logs WHERE operation IS NOT NULL GROUP BY operation ORDER BY longest DESC";
    show.command("demo-sql", &["sql", sql])?;
    show.beside("")?;
    show.say("demo-end", &[("home", text(&home).into()), ("data", text(&context.data).into())])?;
    Ok(Exit::Done)
}

/// The file that tells a log home of an earlier demo from one of a program.
const MARK: &str = ".bongsu-demo";

/// Writes the log home once: a second demo with the same seed finds what it would write and leaves it.
fn write_home(args: &DemoArgs, home: &Path, show: &Show<'_>) -> Result<(), Failure> {
    let mark = home.join(MARK);
    let wanted = format!("{} {}\n", args.seed, args.at);
    let path = ("path", text(home).into());
    match fs::read_to_string(&mark) {
        Ok(found) if found == wanted => return show.say("demo-home-kept", &[path]),
        Ok(_) => return Err(DemoError::OtherHome(home.to_owned()).into()),
        Err(_) if home.join("app").exists() => return Err(DemoError::OtherHome(home.to_owned()).into()),
        Err(_) => {}
    }
    let at = Timestamp::from_jiff(args.at).unwrap_or_default();
    let (language, written) = match python::play(home, args.at, args.seed) {
        Some(written) => ("Python", written),
        None => ("Rust", pipeline::play(home, at, args.seed)?),
    };
    fs::write(&mark, wanted).map_err(Fault::write(&mark))?;
    show.say("demo-home", &[path, ("records", number(written.records).into()), ("language", language.into())])?;
    let share = format!("{:.1}", 100.0 * written.valid as f64 / written.checked as f64);
    show.say("demo-quality", &[("checked", number(written.checked).into()), ("share", share.into())])
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The folder holds logs of something else.
    #[error("{} holds other logs already", .0.display())]
    OtherHome(PathBuf),
    /// The pipeline could not write its logs.
    #[error(transparent)]
    Log(#[from] bongsu_log::LogError),
}

impl bongsu_model::Explain for DemoError {
    fn id(&self) -> &'static str {
        match self {
            Self::OtherHome(_) => "demo-other-home",
            Self::Log(error) => error.id(),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::OtherHome(path) => vec![("path", text(path))],
            Self::Log(error) => error.args(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::OtherHome(_) => Some("name another folder with --logs, or remove that one".to_owned()),
            Self::Log(error) => error.hint(),
        }
    }
}

/// What the person sees: words between the commands, the commands, and what they answer.
struct Show<'a> {
    context: &'a Context,
    pause: Duration,
}

impl Show<'_> {
    /// A sentence of the demo's own; beside the answer where that is read by a program.
    fn say(&self, id: &str, values: crate::words::Values<'_>) -> Result<(), Failure> {
        self.beside(&self.context.console.words.tell(id, values))
    }

    fn beside(&self, line: &str) -> Result<(), Failure> {
        let console = &self.context.console;
        if console.format == OutputFormat::Table {
            console.line(line)?;
            console.flush()?;
        } else {
            console.note(line);
        }
        Ok(())
    }

    /// Says what comes, shows the command as it is typed, and does it.
    fn command(&self, id: &str, words: &[&str]) -> Result<(), Failure> {
        std::thread::sleep(self.pause);
        let typed: Vec<_> = words.iter().map(|word| quoted(word)).collect();
        self.beside("")?;
        self.say(id, &[])?;
        self.prompt(&format!("bongsu {}", typed.join(" ")))?;
        let line = std::iter::once("bongsu").chain(words.iter().copied()).map(OsString::from).collect();
        let cli = Cli::read(line, &self.context.console.words).map_err(|error| Fault::Rows(error.into()))?;
        answer(cli.command, self.context)?;
        Ok(self.context.console.flush()?)
    }

    /// Shows the last lines of a file, as `tail` would.
    fn look_into(&self, path: &Path, lines: usize) -> Result<(), Failure> {
        std::thread::sleep(self.pause);
        let whole = fs::read_to_string(path).unwrap_or_default();
        let whole: Vec<_> = whole.lines().collect();
        self.beside("")?;
        self.prompt(&format!("tail -n {lines} {}", quoted(&text(path))))?;
        whole[whole.len().saturating_sub(lines)..].iter().try_for_each(|line| self.beside(line))
    }

    /// What has to be set for the commands to answer the same when a person types them.
    fn environment(&self) -> Result<(), Failure> {
        self.beside("")?;
        self.say("demo-environment", &[])?;
        if self.context.data != Path::new(crate::cli::DEFAULT_DATA) {
            self.prompt(&format!("export BONGSU_DATA={}", quoted(&text(&self.context.data))))?;
        }
        self.prompt("export BONGSU_TIME_ZONE=UTC")
    }

    fn prompt(&self, typed: &str) -> Result<(), Failure> {
        let paint = self.context.console.paint;
        self.beside(&format!("{} {}", paint.put(Ink::Dim, "$"), paint.put(Ink::Title, typed)))
    }
}

/// The commands that the demo uses, through the functions that the command line uses.
fn answer(command: Command, context: &Context) -> Result<Exit, Failure> {
    use crate::commands::{analyze, ingest, search, sql};
    match command {
        Command::Ingest(args) => ingest::run(&args, context),
        Command::Analyze(args) => analyze::run(&args, context),
        Command::Search(args) => search::run(&args, context),
        Command::Sql(args) => sql::run(&args, context),
        _ => Ok(Exit::Usage),
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_split_or_read_them() {
        assert_eq!(quoted("--limit"), "--limit");
        assert_eq!(quoted("level:ERROR timeout"), "'level:ERROR timeout'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("count(*)"), "'count(*)'");
    }
}
