//! Counts rows by their templates: from the files' indexes where these can tell, from the rows where they cannot.
//!
//! Rows that are in no file yet, and rows of files without an index, have no template. Theirs is found as they are read, by a
//! miner that begins with the templates of the others.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::{Int64Type, Schema, SchemaRef, TimestampMicrosecondType};
use bongsu_index::{Ask, Rows, Run, Templates, Verdict};
use bongsu_model::column;
use bongsu_pattern::{Miner, MinerConfig};
use bongsu_store::{DataFile, Snapshot};
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, execute_stream};
use futures::StreamExt;

use crate::candidates::{Candidate, Judged};
use crate::indexes::FileIndex;
use crate::scan::{Access, Scan};

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;
/// Files, newest first, whose templates the miner always begins with.
const TEACHERS: usize = 8;
/// Files whose indexes are looked at between two looks at the memory that indexes take.
const TRIM_EVERY: usize = 64;
/// Bytes of a message that an example has at most.
const MAX_EXAMPLE: usize = 4 << 10;

/// Which rows are counted.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The files that can have such rows.
    pub(crate) files: Vec<DataFile>,
    /// What must be true of a row, and what an index can say about it; none when every row is counted.
    pub(crate) condition: Option<(Ask, Arc<dyn PhysicalExpr>)>,
    /// Whether a message of each template is wanted.
    pub(crate) examples: bool,
}

/// Rows of one template.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) id: i64,
    pub(crate) text: Arc<str>,
    pub(crate) rows: u64,
    /// The seconds in which the first and the last of the rows lie.
    pub(crate) seconds: (i64, i64),
    /// Further templates whose rows are counted here.
    pub(crate) joined: Vec<i64>,
    example: Option<Example>,
}

/// A message, or where one lies.
#[derive(Debug)]
enum Example {
    Message(String),
    Row { file: Arc<DataFile>, group: usize, row: u32 },
}

impl Seen {
    fn new(id: i64, text: Arc<str>) -> Self {
        Self { id, text, rows: 0, seconds: (i64::MAX, i64::MIN), joined: vec![], example: None }
    }

    fn add(&mut self, rows: u64, seconds: (i64, i64)) {
        self.rows += rows;
        self.seconds = (self.seconds.0.min(seconds.0), self.seconds.1.max(seconds.1));
    }

    /// Counts the rows of `other` here, too.
    pub(crate) fn join(&mut self, other: Self) {
        self.add(other.rows, other.seconds);
        self.joined.push(other.id);
        self.joined.extend(other.joined);
        self.example = self.example.take().or(other.example);
    }

    /// A message, once [`read_examples`] has looked for it.
    pub(crate) fn example(&self) -> Option<&str> {
        match &self.example {
            Some(Example::Message(message)) => Some(message),
            _ => None,
        }
    }

    fn keep_example(&mut self, message: &str) {
        if self.example.is_none() {
            self.example = Some(Example::Message(cut(message)));
        }
    }
}

/// The beginning of a long message, the whole of another.
fn cut(message: &str) -> String {
    if message.len() <= MAX_EXAMPLE {
        return message.to_owned();
    }
    format!("{}…", &message[..message.floor_char_boundary(MAX_EXAMPLE)])
}

/// Rows by template.
#[derive(Debug, Default)]
struct Counts(HashMap<i64, Seen>);

impl Counts {
    fn of(&mut self, id: i64, text: impl FnOnce() -> Arc<str>) -> &mut Seen {
        self.0.entry(id).or_insert_with(|| Seen::new(id, text()))
    }
}

/// Rows counted so far, over one snapshot or several.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Texts of the templates that are known, also of those without a wanted row.
    texts: HashMap<i64, Arc<str>>,
    counts: Counts,
    miner: Option<Miner>,
}

impl Tally {
    /// Counts the wanted rows of a snapshot.
    pub(crate) async fn count(
        &mut self,
        snapshot: &Snapshot,
        access: &Access,
        context: &Arc<TaskContext>,
        wanted: &Wanted,
    ) -> Result<()> {
        let ask = wanted.condition.as_ref().map(|(ask, _)| ask);
        let (mut unsure, mut unindexed) = (Vec::new(), Vec::new());
        for (nth, file) in wanted.files.iter().enumerate() {
            match access.indexes.of(file).and_then(|index| self.count_file(file, &index, ask)) {
                Some(left) => unsure.extend(left),
                None => unindexed.push(Candidate { file: file.clone(), groups: None }),
            }
            if nth % TRIM_EVERY == 0 {
                access.indexes.trim();
            }
            tokio::task::yield_now().await;
        }
        let predicate = wanted.condition.as_ref().map(|(_, predicate)| Arc::clone(predicate));
        let reading = Reading { schema: &snapshot.schema, predicate, context };
        if !unsure.is_empty() {
            self.count_rows(&reading, access, unsure, wanted.examples).await?;
        }
        if !unindexed.is_empty() || snapshot.live.iter().any(|rows| rows.num_rows() > 0) {
            self.mine(&reading, access, snapshot, unindexed, wanted.examples).await?;
        }
        access.indexes.trim();
        Ok(())
    }

    /// What was counted, the most frequent template first.
    pub(crate) fn finish(self) -> Vec<Seen> {
        let mut found: Vec<Seen> = self.counts.0.into_values().filter(|seen| seen.rows > 0).collect();
        sort(&mut found);
        found
    }

    /// Counts the rows of which the index says that they are wanted, and gives those that have to be looked at. None when
    /// the index does not say which rows have which template.
    #[expect(clippy::option_option, reason = "whether it can be said, and whether there is anything")]
    fn count_file(&mut self, file: &DataFile, index: &FileIndex, ask: Option<&Ask>) -> Option<Option<Candidate>> {
        let templates: Vec<&Templates> =
            index.groups.iter().map(|group| group.templates(&index.source)).collect::<Option<_>>()?;
        let place = Arc::new(file.clone());
        let mut left = Vec::with_capacity(templates.len());
        for (nth, (group, templates)) in index.groups.iter().zip(templates).enumerate() {
            for known in &templates.shapes {
                self.texts.entry(known.id).or_insert_with(|| Arc::clone(&known.text));
            }
            let verdict = match ask {
                Some(ask) => ask.judge(group, &index.source),
                None => Verdict { may: Rows::all(group.rows()), must: Rows::all(group.rows()) },
            };
            self.count_runs(templates, &verdict.must, &place, nth);
            left.push(Judged::new(group, Verdict { may: verdict.may.without(&verdict.must), must: Rows::none() }));
        }
        Some(Candidate { file: file.clone(), groups: Some(Arc::new(left)) }.present())
    }

    fn count_runs(&mut self, templates: &Templates, sure: &Rows, file: &Arc<DataFile>, group: usize) {
        let mut sure = sure.ranges();
        for run in &templates.runs {
            while sure.first().is_some_and(|range| range.end <= run.rows.start) {
                sure = &sure[1..];
            }
            let (Some(known), Some((rows, row))) = (templates.template(run), shared(run, sure)) else { continue };
            let seen = self.counts.of(known.id, || Arc::clone(&known.text));
            if seen.example.is_none() || run.seconds.1 > seen.seconds.1 {
                seen.example = Some(Example::Row { file: Arc::clone(file), group, row });
            }
            seen.add(rows, run.seconds);
        }
    }

    /// Counts rows that have to be looked at by the template that they have.
    async fn count_rows(
        &mut self,
        reading: &Reading<'_>,
        access: &Access,
        files: Vec<Candidate>,
        examples: bool,
    ) -> Result<()> {
        let names = [column::TEMPLATE_ID, column::TIME, column::MESSAGE];
        let names = if examples { &names[..] } else { &names[..2] };
        let plan = reading.plan(access, files, &[], names)?;
        let mut batches = execute_stream(plan, Arc::clone(reading.context))?;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let Some(ids) = batch.column(0).as_primitive_opt::<Int64Type>() else { continue };
            let messages = texts(&batch, column::MESSAGE);
            for (row, second) in seconds(&batch).enumerate() {
                // Only rows without a message have no template.
                let Some(text) = ids.is_valid(row).then(|| self.texts.get(&ids.value(row))).flatten() else { continue };
                let seen = self.counts.of(ids.value(row), || Arc::clone(text));
                if let Some(messages) = messages.filter(|messages| messages.is_valid(row)) {
                    seen.keep_example(messages.value(row));
                }
                seen.add(1, (second, second));
            }
        }
        Ok(())
    }

    /// Finds the templates of rows that have none, in the order in which they lie, so that the same rows always get the
    /// same ones.
    async fn mine(
        &mut self,
        reading: &Reading<'_>,
        access: &Access,
        snapshot: &Snapshot,
        files: Vec<Candidate>,
        examples: bool,
    ) -> Result<()> {
        if self.miner.is_none() {
            self.read_newest(&snapshot.files, access);
        }
        let known = &self.texts;
        let miner = self.miner.get_or_insert_with(|| {
            let mut texts: Vec<&str> = known.values().map(AsRef::as_ref).collect();
            texts.sort_unstable();
            Miner::restore(MinerConfig::default(), texts)
        });
        let one_by_one = Access { threads: 1, ..access.clone() };
        let plan = reading.plan(&one_by_one, files, &snapshot.live, &[column::TIME, column::MESSAGE])?;
        for partition in 0..plan.output_partitioning().partition_count() {
            let mut batches = plan.execute(partition, Arc::clone(reading.context))?;
            while let Some(batch) = batches.next().await {
                let batch = batch?;
                let Some(messages) = texts(&batch, column::MESSAGE) else { continue };
                for (row, second) in seconds(&batch).enumerate().filter(|(row, _)| messages.is_valid(*row)) {
                    let message = messages.value(row);
                    let slot = miner.learn(message);
                    let Some(template) = miner.template(slot) else { continue };
                    let seen = self.counts.of(template.id().get(), || template.text().into());
                    if examples {
                        seen.keep_example(message);
                    }
                    seen.add(1, (second, second));
                }
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// Learns the templates of the newest files: those that come next most likely have the same.
    fn read_newest(&mut self, files: &[DataFile], access: &Access) {
        let mut newest: Vec<&DataFile> = files.iter().collect();
        newest.sort_by_key(|file| std::cmp::Reverse((file.time.map(|time| time.to), &file.path)));
        for index in newest.into_iter().take(TEACHERS).filter_map(|file| access.indexes.of(file)) {
            for templates in index.groups.iter().filter_map(|group| group.templates(&index.source)) {
                for known in &templates.shapes {
                    self.texts.entry(known.id).or_insert_with(|| Arc::clone(&known.text));
                }
            }
        }
    }
}

/// The most frequent template first.
pub(crate) fn sort(found: &mut [Seen]) {
    found.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.text.cmp(&b.text)));
}

/// How many rows of a run are among `ranges`, and the last of them; none when none is. `ranges` are in order.
fn shared(run: &Run, ranges: &[Range<u32>]) -> Option<(u64, u32)> {
    let inside = ranges.iter().take_while(|range| range.start < run.rows.end);
    let inside = inside.map(|range| range.start.max(run.rows.start)..range.end.min(run.rows.end));
    inside.filter(|range| !range.is_empty()).fold(None, |sum, range| {
        let before = sum.map_or(0, |(rows, _)| rows);
        Some((before + u64::from(range.end - range.start), range.end - 1))
    })
}

/// What all plans that read rows of a question have in common.
struct Reading<'a> {
    schema: &'a SchemaRef,
    predicate: Option<Arc<dyn PhysicalExpr>>,
    context: &'a Arc<TaskContext>,
}

impl Reading<'_> {
    fn plan(
        &self,
        access: &Access,
        files: Vec<Candidate>,
        live: &[RecordBatch],
        names: &[&str],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let projection = positions(self.schema, names)?;
        let predicate = self.predicate.clone();
        let scan = Scan { access, schema: self.schema, files, live, projection: Some(&projection), predicate };
        scan.plan(self.context.session_config().options())
    }
}

fn positions(schema: &Schema, names: &[&str]) -> Result<Vec<usize>> {
    Ok(names.iter().map(|name| schema.index_of(name)).collect::<std::result::Result<_, _>>()?)
}

fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a StringViewArray> {
    batch.column_by_name(name)?.as_string_view_opt()
}

/// The second of each row.
fn seconds(batch: &RecordBatch) -> impl Iterator<Item = i64> + '_ {
    let times =
        batch.column_by_name(column::TIME).and_then(|times| times.as_primitive_opt::<TimestampMicrosecondType>());
    times.into_iter().flat_map(|times| times.values().iter().map(|micros| micros.div_euclid(SECOND)))
}

/// Puts messages in the place of where they lie: one row a template is read.
pub(crate) async fn read_examples(
    found: &mut [Seen],
    schema: &SchemaRef,
    access: &Access,
    context: &Arc<TaskContext>,
) -> Result<()> {
    let files = example_rows(found, access);
    if files.is_empty() {
        return Ok(());
    }
    let reading = Reading { schema, predicate: None, context };
    let plan = reading.plan(access, files, &[], &[column::TEMPLATE_ID, column::MESSAGE])?;
    let mut messages: HashMap<i64, String> = HashMap::new();
    let mut batches = execute_stream(plan, Arc::clone(context))?;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let (ids, values) = (batch.column(0).as_primitive_opt::<Int64Type>(), texts(&batch, column::MESSAGE));
        let (Some(ids), Some(values)) = (ids, values) else { continue };
        for row in (0..batch.num_rows()).filter(|row| ids.is_valid(*row) && values.is_valid(*row)) {
            messages.entry(ids.value(row)).or_insert_with(|| cut(values.value(row)));
        }
    }
    for seen in found.iter_mut().filter(|seen| matches!(seen.example, Some(Example::Row { .. }))) {
        let mut ids = std::iter::once(&seen.id).chain(&seen.joined);
        seen.example = ids.find_map(|id| messages.get(id)).cloned().map(Example::Message);
    }
    Ok(())
}

/// The rows that examples lie in, file by file.
fn example_rows(found: &[Seen], access: &Access) -> Vec<Candidate> {
    type Groups = BTreeMap<usize, Vec<Range<u32>>>;
    let mut files: BTreeMap<&PathBuf, (&DataFile, Groups)> = BTreeMap::new();
    for seen in found {
        if let Some(Example::Row { file, group, row }) = &seen.example {
            let (_, groups) = files.entry(&file.path).or_insert_with(|| (file, Groups::new()));
            groups.entry(*group).or_default().push(*row..*row + 1);
        }
    }
    let candidates = files.into_values().filter_map(|(file, mut rows)| {
        let index = access.indexes.of(file)?;
        let mut judged = Vec::with_capacity(index.groups.len());
        for (nth, group) in index.groups.iter().enumerate() {
            let may = Rows::from_ranges(rows.remove(&nth).unwrap_or_default());
            judged.push(Judged::new(group, Verdict { may, must: Rows::none() }));
        }
        Candidate { file: file.clone(), groups: Some(Arc::new(judged)) }.present()
    });
    candidates.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_run_among_ranges() {
        let run = Run { service: 0, template: Some(0), rows: 10..20, seconds: (0, 0) };
        assert_eq!(shared(&run, &[]), None);
        assert_eq!(shared(&run, &[0..10, 20..30]), None);
        assert_eq!(shared(&run, std::slice::from_ref(&(0..30))), Some((10, 19)));
        assert_eq!(shared(&run, &[5..12, 14..15, 19..25, 26..30]), Some((4, 19)));
        assert_eq!(shared(&run, &[12..13, 20..21]), Some((1, 12)));
    }

    #[test]
    fn a_long_message_is_cut_between_letters() {
        assert_eq!(cut("short"), "short");
        let long = "로".repeat(MAX_EXAMPLE);
        let cut = cut(&long);
        assert!(cut.len() <= MAX_EXAMPLE + '…'.len_utf8() && cut.ends_with("로…"), "{}", cut.len());
    }

    #[test]
    fn joining_adds_up_and_remembers_what_was_joined() {
        let mut general = Seen::new(1, "a <*>".into());
        general.add(3, (5, 9));
        let mut special = Seen::new(2, "a b".into());
        special.add(2, (1, 6));
        special.keep_example("a b");
        general.join(special);
        assert_eq!((general.rows, general.seconds, &general.joined[..]), (5, (1, 9), &[2][..]));
        assert_eq!(general.example(), Some("a b"));
    }
}
