//! `bongsu search`: records that match, newest first.

use bongsu_model::{Dataset, Timestamp};
use bongsu_query::{Found, SearchNote, SearchRequest, timerange};
use clap::Args;

use super::limit::Limit;
use crate::console::Console;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::Failure;
use crate::rows::{Highlight, records};
use crate::storage::{engine, reader};
use crate::text::number;

/// Arguments of `search`.
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    #[arg(value_name = "QUERY")]
    query: Option<String>,
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<Limit>,
    #[arg(long, short, value_name = "NAME", default_value = Dataset::DEFAULT)]
    dataset: Dataset,
    #[arg(long, short = 'C', value_name = "N", default_value_t = 0)]
    context: usize,
    #[arg(long)]
    fail: bool,
}

impl SearchArgs {
    fn request(&self, now: Timestamp, context: &Context) -> Result<SearchRequest, Failure> {
        let zone = context.zone();
        let limit = self.limit.unwrap_or(Limit::Rows(context.settings().query.limit.0));
        Ok(SearchRequest {
            range: timerange::between(self.since.as_deref(), self.until.as_deref(), now, &zone)?,
            limit: limit.rows(),
            dataset: self.dataset.clone(),
            context: self.context,
            zone,
            now,
            ..SearchRequest::new(self.query.clone().unwrap_or_default())
        })
    }
}

/// Searches and shows.
pub(crate) fn run(args: &SearchArgs, context: &Context) -> Result<Exit, Failure> {
    let request = args.request(context.clock.now(), context)?;
    let engine = engine(context, reader(context)?)?;
    let Found { rows, notes } = context.block_on(engine.find(&request))?;
    let count = records(rows, &Highlight::of(&request.query), context)?;
    context.console.flush()?;
    tell(&notes, count, &request, &context.console);
    Ok(if count == 0 && args.fail { Exit::Nothing } else { Exit::Done })
}

/// What the person should know beside the rows.
fn tell(notes: &[SearchNote], count: u64, request: &SearchRequest, console: &Console) {
    if count == 0 {
        console.note(&console.words.say("search-none"));
    }
    tell_notes(notes, console);
    if count == 0 && notes.is_empty() {
        console.hint("search-widen", &[]);
    }
    if request.context == 0 && request.limit.is_some_and(|limit| limit > 0 && count == limit as u64) {
        console.note(&console.words.tell("search-more", &[("limit", number(count).into())]));
    }
}

/// Which conditions of a query no record can meet.
pub(super) fn tell_notes(notes: &[SearchNote], console: &Console) {
    for note in notes {
        match note {
            SearchNote::UnknownField { field, similar } => {
                console.note(&console.words.tell("search-unknown-field", &[("field", field.as_str().into())]));
                if !similar.is_empty() {
                    let names: Vec<_> = similar.iter().map(|name| format!("`{name}`")).collect();
                    console.hint("search-similar", &[("names", names.join(", ").into())]);
                }
            }
            SearchNote::NoNumber { field, value } => {
                let values = [("field", field.as_str().into()), ("value", value.as_str().into())];
                console.note(&console.words.tell("search-no-number", &values));
            }
        }
    }
}
