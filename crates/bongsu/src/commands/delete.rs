//! `bongsu delete`: records that a search finds go for good.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Instant;

use bongsu_model::{Dataset, Explain};
use bongsu_query::{Matcher, SearchNote, SearchRequest, timerange};
use bongsu_store::{DeleteError, Deleted, Deletion, Store};
use clap::Args;
use serde_json::json;

use crate::console::OutputFormat;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::Failure;
use crate::paint::Ink;
use crate::progress::Working;
use crate::storage::{engine, reader, writer};
use crate::text::{csv_line, number};

/// Arguments of `delete`.
#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[arg(value_name = "QUERY")]
    query: String,
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[arg(long, short, value_name = "NAME", default_value = Dataset::DEFAULT)]
    dataset: Dataset,
    #[arg(long, short)]
    yes: bool,
    #[arg(long)]
    purge: bool,
    #[arg(long)]
    fail: bool,
}

/// What there is to tell about a deletion.
#[derive(Default)]
struct Outcome {
    /// Records that the search finds.
    matched: u64,
    /// What was done; nothing when nobody agreed.
    deleted: Deleted,
    seconds: f64,
}

/// Why nothing is deleted.
#[derive(Debug, thiserror::Error)]
enum Unwilling {
    /// A slip of the pen, of which `NOT` would be everything.
    #[error("no record has the field `{field}`, so nothing is deleted")]
    UnknownField {
        /// The field as it was written.
        field: String,
        /// Fields that were perhaps meant.
        similar: Vec<String>,
    },
    /// There is nobody to ask.
    #[error("nothing is deleted without `--yes`; it would be {count} of the records in `{dataset}`")]
    Unasked {
        /// Records that the search finds.
        count: u64,
        /// Where.
        dataset: Dataset,
    },
    /// The answer could not be read.
    #[error("the answer cannot be read")]
    Answer(#[source] io::Error),
}

impl Explain for Unwilling {
    fn id(&self) -> &'static str {
        match self {
            Self::UnknownField { .. } => "delete-unknown-field",
            Self::Unasked { .. } => "delete-unasked",
            Self::Answer(_) => "delete-answer",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::UnknownField { field, similar } => {
                vec![("field", field.clone()), ("similar", similar.join(", "))]
            }
            Self::Unasked { count, dataset } => vec![("count", number(*count)), ("dataset", dataset.to_string())],
            Self::Answer(_) => vec![],
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnknownField { similar, .. } if similar.is_empty() => {
                "`bongsu search '*' --limit 1 --output-format json` shows which fields a record has".into()
            }
            Self::UnknownField { similar, .. } => format!("did you mean `{}`?", similar.join("` or `")),
            Self::Unasked { .. } => "look at them with `bongsu search`, then add --yes".into(),
            Self::Answer(_) => "add --yes to delete without being asked".into(),
        })
    }
}

/// Counts, asks, deletes.
pub(crate) fn run(args: &DeleteArgs, context: &Context) -> Result<Exit, Failure> {
    let request = args.request(context)?;
    let began = Instant::now();
    let mut outcome = Outcome::default();
    if !args.yes {
        outcome.matched = count(&request, context)?;
        outcome.seconds = began.elapsed().as_secs_f64();
        if outcome.matched == 0 {
            return nothing(args, &outcome, context);
        }
        match ask(args, outcome.matched, context) {
            Ok(true) => {}
            Ok(false) => {
                show(args, &outcome, context)?;
                return Ok(Exit::Done);
            }
            Err(unwilling) => {
                if context.console.format != OutputFormat::Table {
                    show(args, &outcome, context)?;
                }
                let failure = Failure::from(unwilling);
                context.console.stderr(&failure.render(&context.console.words, context.console.error_paint));
                return Ok(Exit::Usage);
            }
        }
    }
    outcome.deleted = delete(args, &request, context)?;
    outcome.matched = outcome.matched.max(outcome.deleted.rows);
    outcome.seconds = began.elapsed().as_secs_f64();
    if outcome.deleted.rows == 0 {
        return nothing(args, &outcome, context);
    }
    show(args, &outcome, context)?;
    Ok(Exit::Done)
}

impl DeleteArgs {
    fn request(&self, context: &Context) -> Result<SearchRequest, Failure> {
        let (zone, now) = (context.zone(), context.clock.now());
        Ok(SearchRequest {
            range: timerange::between(self.since.as_deref(), self.until.as_deref(), now, &zone)?,
            dataset: self.dataset.clone(),
            zone,
            now,
            ..SearchRequest::new(&self.query)
        })
    }
}

fn known_fields(matcher: &Matcher) -> Result<(), Failure> {
    for note in matcher.notes() {
        if let SearchNote::UnknownField { field, similar } = note {
            return Err(Unwilling::UnknownField { field: field.clone(), similar: similar.clone() }.into());
        }
    }
    Ok(())
}

fn count(request: &SearchRequest, context: &Context) -> Result<u64, Failure> {
    let engine = engine(context, reader(context)?)?;
    known_fields(&context.block_on(engine.matcher(request))?)?;
    Ok(context.block_on(engine.count(request))?)
}

/// Whether the person at the terminal agrees; an error when there is nobody to ask.
fn ask(args: &DeleteArgs, matched: u64, context: &Context) -> Result<bool, Unwilling> {
    let console = &context.console;
    if !io::stdin().is_terminal() {
        return Err(Unwilling::Unasked { count: matched, dataset: args.dataset.clone() });
    }
    let values = [("count", number(matched).into()), ("n", matched.into()), ("dataset", args.dataset.as_str().into())];
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "{} ", console.words.tell("delete-ask", &values)).and_then(|()| stderr.flush());
    drop(stderr);
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(Unwilling::Answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "예" | "네" | "ㅇ"))
}

fn delete(args: &DeleteArgs, request: &SearchRequest, context: &Context) -> Result<Deleted, Failure> {
    let console = &context.console;
    let store = Arc::new(writer(context, None, false)?);
    let engine = engine(context, Arc::clone(&store) as _)?;
    let matcher = context.block_on(engine.matcher(request))?;
    known_fields(&matcher)?;
    let working = Working::new(console, console.words.say("delete-working"));
    let wanted =
        Deletion { files: &|file| matcher.may_find_in(file), rows: &|rows| matcher.finds(rows), at_once: args.purge };
    let deleted = store.delete(&args.dataset, &wanted);
    drop(working);
    drop(engine);
    let closed = Arc::into_inner(store).map_or(Ok(()), Store::close);
    let deleted = deleted.map_err(|error| match error {
        DeleteError::Store(error) => Failure::from(error),
        DeleteError::Rows(error) => Failure::from(error),
    })?;
    closed?;
    Ok(deleted)
}

fn nothing(args: &DeleteArgs, outcome: &Outcome, context: &Context) -> Result<Exit, Failure> {
    show(args, outcome, context)?;
    Ok(if args.fail { Exit::Nothing } else { Exit::Done })
}

fn show(args: &DeleteArgs, outcome: &Outcome, context: &Context) -> Result<(), Failure> {
    let console = &context.console;
    let Outcome { matched, deleted, seconds } = outcome;
    match console.format {
        OutputFormat::Json => console.json(&json!({
            "dataset": args.dataset.as_str(),
            "matched": matched,
            "deleted": deleted.rows,
            "files": deleted.files,
            "removed_files": deleted.removed_files,
            "purged": args.purge && deleted.rows > 0,
            "left_in_log": deleted.left_in_log,
            "seconds": seconds,
        }))?,
        OutputFormat::Csv => {
            console.bytes(b"dataset,matched,deleted,files,removed_files,left_in_log\n")?;
            let counts = [*matched, deleted.rows, deleted.files, deleted.removed_files].map(|count| count.to_string());
            let cells = [vec![args.dataset.to_string()], counts.to_vec(), vec![deleted.left_in_log.to_string()]];
            console.bytes(csv_line(&cells.concat()).as_bytes())?;
        }
        OutputFormat::Table => console.line(&sentence(outcome, context))?,
    }
    if deleted.rows > 0 {
        console.note(&console.words.say(if args.purge { "delete-purged" } else { "delete-stay" }));
        if deleted.left_in_log {
            console.note(&console.words.say("delete-left-in-log"));
        }
    }
    Ok(())
}

fn sentence(outcome: &Outcome, context: &Context) -> String {
    let console = &context.console;
    let Outcome { matched, deleted, .. } = outcome;
    if deleted.rows == 0 {
        return console.words.say(if *matched == 0 { "search-none" } else { "delete-kept" });
    }
    let values = [
        ("rows", number(deleted.rows).into()),
        ("rows_n", deleted.rows.into()),
        ("files", number(deleted.files).into()),
        ("files_n", deleted.files.into()),
    ];
    format!("{} {}", console.paint.put(Ink::Good, "✔"), console.words.tell("delete-done", &values))
}
