//! The patterns of log messages, the most frequent first: templates, of which those that a more general one covers are
//! counted with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Builder, ListBuilder, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use bongsu_index::Ask;
use bongsu_model::{Clock, Dataset, SystemClock, TimeRange, Timestamp};
use bongsu_pattern::{Template, merge};
use bongsu_store::Snapshot;
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use jiff::tz::TimeZone;

use crate::asks;
use crate::error::QueryError;
use crate::lower;
use crate::prune;
use crate::request::SearchNote;
use crate::scan::Access;
use crate::tally::{Seen, Tally, Wanted, read_examples, sort};
use crate::templates;

const SHARE: &str = "share";
const TEMPLATE_IDS: &str = "template_ids";

/// What patterns are asked for.
///
/// ```
/// use bongsu_query::PatternsRequest;
///
/// let request = PatternsRequest { limit: Some(10), ..PatternsRequest::new("level:error") };
/// assert_eq!(request.dataset.as_str(), "logs");
/// ```
#[derive(Debug, Clone)]
pub struct PatternsRequest {
    /// Which rows count, in the language of [`crate::parse`]; empty or `*` for all of them.
    pub query: String,
    /// Times to look in, both ends in.
    pub range: TimeRange,
    /// Patterns to return at most; all of them when none.
    pub limit: Option<usize>,
    /// Where to look.
    pub dataset: Dataset,
    /// Whether every template is a pattern of its own, also those that another one covers.
    pub raw: bool,
    /// Whether a message of each pattern is wanted.
    pub examples: bool,
    /// The zone of times in the query that name none.
    pub zone: TimeZone,
    /// What `now` in the query means.
    pub now: Timestamp,
}

impl PatternsRequest {
    /// The patterns of all rows of the default dataset that match `query`, with examples, without a limit, in the machine's
    /// time zone.
    pub fn new(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            range: TimeRange::ALL,
            limit: None,
            dataset: Dataset::default(),
            raw: false,
            examples: true,
            zone: TimeZone::system(),
            now: SystemClock.now(),
        }
    }
}

/// The patterns that were found.
#[derive(Debug, Clone)]
pub struct Patterns {
    /// One row a pattern, the most frequent first: the columns of the table `templates` (`dataset`, `template_id`,
    /// `template`, `first_seen`, `last_seen`, `count`, `example`), `share` of all counted rows, and `template_ids`, which are
    /// those of all templates that were counted together.
    pub rows: RecordBatch,
    /// How many patterns there are, those beyond the limit included.
    pub patterns: u64,
    /// Rows that were counted.
    pub records: u64,
    /// What the author of the query should know.
    pub notes: Vec<SearchNote>,
}

/// Rows that were counted so far, to be counted on over other tables: a long file is counted piece by piece.
#[derive(Debug, Default)]
pub struct PatternCounts {
    tally: Tally,
    notes: Option<Vec<SearchNote>>,
}

impl PatternCounts {
    /// The patterns of everything that was counted.
    pub fn finish(self, request: &PatternsRequest) -> Result<Patterns, QueryError> {
        self.chosen(request).patterns(&request.dataset).map_err(QueryError::from)
    }

    /// Notes that `notes` has, too: a field that one piece of a file does not have may be in another.
    fn keep_common(&mut self, notes: &[SearchNote]) {
        match &mut self.notes {
            None => self.notes = Some(notes.to_vec()),
            Some(kept) => kept.retain(|note| notes.iter().any(|other| same_field(note, other))),
        }
    }

    fn chosen(self, request: &PatternsRequest) -> Chosen {
        let mut found = self.tally.finish();
        let records = found.iter().map(|seen| seen.rows).sum();
        if !request.raw {
            found = merged(found);
        }
        let patterns = found.len() as u64;
        found.truncate(request.limit.unwrap_or(usize::MAX));
        Chosen { found, patterns, records, notes: self.notes.unwrap_or_default() }
    }
}

fn same_field(one: &SearchNote, other: &SearchNote) -> bool {
    use SearchNote::{NoNumber, UnknownField};
    match (one, other) {
        (UnknownField { field: one, .. }, UnknownField { field: other, .. }) => one == other,
        (NoNumber { .. }, NoNumber { .. }) => one == other,
        _ => false,
    }
}

/// A question, and what is needed to answer it.
pub(crate) struct Counting {
    pub(crate) state: SessionState,
    pub(crate) access: Access,
    pub(crate) snapshot: Snapshot,
    pub(crate) request: PatternsRequest,
    /// True for the rows that the query wants.
    pub(crate) filter: Option<Expr>,
    pub(crate) notes: Vec<SearchNote>,
}

impl Counting {
    /// Counts the rows on top of `counts`.
    pub(crate) async fn count(&self, mut counts: PatternCounts) -> Result<PatternCounts> {
        let columns = DFSchema::try_from(Arc::clone(&self.snapshot.schema))?;
        let range = &self.request.range;
        let conditions: Vec<Expr> = lower::within(range).into_iter().chain(self.filter.clone()).collect();
        let ask = Ask::And(conditions.iter().map(asks::ask).collect());
        let predicate =
            conjunction(conditions).map(|expr| self.state.create_physical_expr(expr, &columns)).transpose()?;
        let wanted = Wanted {
            files: prune::by_time(&self.snapshot.files, range),
            condition: predicate.map(|predicate| (ask, predicate)),
            examples: self.request.examples,
        };
        counts.tally.count(&self.snapshot, &self.access, &self.state.task_ctx(), &wanted).await?;
        counts.keep_common(&self.notes);
        Ok(counts)
    }

    /// The patterns of `counts`, with messages that lie in files.
    pub(crate) async fn finish(&self, counts: PatternCounts) -> Result<Patterns> {
        let mut chosen = counts.chosen(&self.request);
        if self.request.examples {
            let context = self.state.task_ctx();
            read_examples(&mut chosen.found, &self.snapshot.schema, &self.access, &context).await?;
        }
        chosen.patterns(&self.request.dataset)
    }
}

/// Patterns that are returned.
struct Chosen {
    found: Vec<Seen>,
    patterns: u64,
    records: u64,
    notes: Vec<SearchNote>,
}

impl Chosen {
    fn patterns(self, dataset: &Dataset) -> Result<Patterns> {
        let mut ids = ListBuilder::new(Int64Builder::new());
        for seen in &self.found {
            ids.values().append_value(seen.id);
            ids.values().append_slice(&seen.joined);
            ids.append(true);
        }
        let ids = ids.finish();
        let share = |seen: &Seen| seen.rows as f64 / self.records.max(1) as f64;
        let more: [ArrayRef; 2] =
            [Arc::new(self.found.iter().map(share).map(Some).collect::<Float64Array>()), Arc::new(ids)];
        let mut fields = templates::fields();
        fields.push(Field::new(SHARE, DataType::Float64, true));
        fields.push(Field::new(TEMPLATE_IDS, more[1].data_type().clone(), false));
        let columns = templates::columns(dataset, &self.found).into_iter().chain(more).collect();
        let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
        Ok(Patterns { rows, patterns: self.patterns, records: self.records, notes: self.notes })
    }
}

/// Templates that another one covers are counted with the most general of these.
fn merged(found: Vec<Seen>) -> Vec<Seen> {
    let templates: Vec<Template> = found.iter().map(|seen| Template::parse(&seen.text)).collect();
    let into = merge(&templates.iter().collect::<Vec<_>>());
    let mut joined: BTreeMap<usize, Seen> = BTreeMap::new();
    let mut covered = Vec::new();
    for (position, seen) in found.into_iter().enumerate() {
        match into.get(position) {
            Some(general) if *general != position => covered.push((*general, seen)),
            _ => drop(joined.insert(position, seen)),
        }
    }
    for (general, seen) in covered {
        match joined.get_mut(&general) {
            Some(general) => general.join(seen),
            None => drop(joined.insert(general, seen)),
        }
    }
    let mut joined: Vec<Seen> = joined.into_values().collect();
    sort(&mut joined);
    joined
}
