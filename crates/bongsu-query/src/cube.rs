//! Counts by minute, level and service, answered from the files' indexes instead of from rows.
//!
//! A statement that counts the rows of a dataset in groups of whole minutes, levels and services becomes one that adds up
//! the counts of a table with a row for each minute, level and service. Minutes that lie in the wanted time only in part, live
//! rows and files without an index come to that table row by row.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Builder, RecordBatch, StringViewBuilder, TimestampMicrosecondBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use bongsu_index::{Ask, Count, MINUTE};
use bongsu_model::{TimeRange, Timestamp, column};
use bongsu_store::{DataFile, Snapshot};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType, lit};
use datafusion::physical_plan::ExecutionPlan;

use crate::asks;
use crate::candidates;
use crate::lower::field;
use crate::scan::Access;
use crate::stand_in::{RowByRow, united};

/// The column with the number of rows.
pub(crate) const ROWS: &str = "_rows";

/// A dataset's counts as a table of `time` (a minute's beginning, or a row's own time), `level`, `service` and [`ROWS`].
#[derive(Debug)]
pub(crate) struct Cube {
    snapshot: Arc<Snapshot>,
    access: Access,
    schema: SchemaRef,
}

impl Cube {
    pub(crate) fn new(snapshot: Arc<Snapshot>, access: Access) -> Self {
        let fields = vec![
            Field::new(column::TIME, column::time_type(), true),
            Field::new(column::LEVEL, DataType::Utf8View, true),
            Field::new(column::SERVICE, DataType::Utf8View, true),
            Field::new(ROWS, DataType::Int64, false),
        ];
        Self { snapshot, access, schema: Arc::new(Schema::new(fields)) }
    }

    /// The rows of a dataset, each counted as one.
    fn row_by_row(&self) -> RowByRow<'_> {
        let columns = vec![column::TIME, column::LEVEL, column::SERVICE];
        let same = vec![(ROWS, ScalarValue::Int64(Some(1)))];
        RowByRow { snapshot: &self.snapshot, access: &self.access, columns, same }
    }

    /// What the index of `file` counts in whole minutes of `span`, and whether there is one.
    fn add_counts(&self, file: &DataFile, span: Span, wanted: &Wanted, sums: &mut Sums) -> bool {
        let Some(index) = self.access.indexes.of(file) else { return false };
        let counts: Option<Vec<_>> = index.groups.iter().map(|group| group.counts(&index.source)).collect();
        let Some(counts) = counts else { return false };
        for counts in counts {
            let names = |texts: &[Option<String>]| texts.iter().map(|text| text.as_deref().map(Arc::from)).collect();
            let (levels, services): (Vec<Name>, Vec<Name>) = (names(&counts.levels), names(&counts.services));
            // Counts come in the order of minutes: those of one are added up in a table of levels and services.
            let (wide, high) =
                (if wanted.service { services.len() } else { 1 }, if wanted.level { levels.len() } else { 1 });
            let mut table = Table { rows: vec![0; wide.saturating_mul(high)], filled: vec![], wide };
            let mut minute = None;
            let asked: Vec<bool> = counts.services.iter().map(|service| wanted.has(service.as_deref())).collect();
            let is_asked = |count: &&Count| {
                span.has_minute(count.minute) && asked.get(count.service as usize).is_some_and(|asked| *asked)
            };
            for count in counts.counts.iter().filter(is_asked) {
                if wanted.time && minute != Some(count.minute) {
                    sums.add(minute, &mut table, (&levels, &services), wanted);
                }
                minute = Some(if wanted.time { count.minute } else { 0 });
                let level = if wanted.level { count.level as usize } else { 0 };
                let service = if wanted.service { count.service as usize } else { 0 };
                table.add(level, service, count.rows as i64);
            }
            sums.add(minute, &mut table, (&levels, &services), wanted);
        }
        true
    }
}

/// A level or a service; none for rows without one.
type Name = Option<Arc<str>>;

/// Rows of one minute: a line of `wide` services for each level.
struct Table {
    rows: Vec<i64>,
    /// Where there are some.
    filled: Vec<usize>,
    wide: usize,
}

impl Table {
    fn add(&mut self, level: usize, service: usize, rows: i64) {
        let at = level * self.wide + service;
        if self.rows[at] == 0 {
            self.filled.push(at);
        }
        self.rows[at] += rows;
    }
}

/// Rows by minute, level and service.
#[derive(Default)]
struct Sums(HashMap<(i64, Name, Name), i64>);

impl Sums {
    /// Adds what `table` holds for `minute`, and empties it.
    fn add(&mut self, minute: Option<i64>, table: &mut Table, (levels, services): (&[Name], &[Name]), wanted: &Wanted) {
        let Some(minute) = minute else { return };
        let wide = table.wide;
        for at in table.filled.drain(..) {
            let name = |wanted: bool, names: &[Name], at: usize| names.get(at).filter(|_| wanted).cloned().flatten();
            let level = name(wanted.level, levels, at / wide);
            let service = name(wanted.service, services, at % wide);
            *self.0.entry((minute, level, service)).or_default() += std::mem::take(&mut table.rows[at]);
        }
    }

    fn batch(self, schema: &SchemaRef) -> Result<RecordBatch> {
        let mut time = TimestampMicrosecondBuilder::new().with_timezone("UTC");
        let (mut level, mut service) = (StringViewBuilder::new(), StringViewBuilder::new());
        let mut rows = Int64Builder::new();
        for ((minute, name, program), count) in self.0 {
            time.append_value(minute.saturating_mul(MINUTE));
            level.append_option(name);
            service.append_option(program);
            rows.append_value(count);
        }
        let columns: [ArrayRef; 4] =
            [Arc::new(time.finish()), Arc::new(level.finish()), Arc::new(service.finish()), Arc::new(rows.finish())];
        Ok(RecordBatch::try_new(Arc::clone(schema), columns.to_vec())?)
    }
}

/// The columns of which a statement wants to know the values.
#[derive(Debug)]
struct Wanted {
    time: bool,
    level: bool,
    service: bool,
    /// The services that are asked for, if it is for some only.
    services: Option<Vec<String>>,
}

impl Wanted {
    /// Whether rows of `service` are asked for.
    fn has(&self, service: Option<&str>) -> bool {
        let Some(services) = &self.services else { return true };
        service.is_some_and(|service| services.iter().any(|asked| asked == service))
    }
}

/// The services of which `filters` ask for rows; none when they may ask for any.
fn services(filters: &[Expr]) -> Option<Vec<String>> {
    filters.iter().find_map(|filter| match asks::ask(filter) {
        Ask::Service(services) => Some(services),
        _ => None,
    })
}

/// The microseconds that are wanted, both ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    from: i64,
    to: i64,
}

impl Span {
    /// No time at all.
    pub(crate) const NONE: Self = Self { from: 1, to: 0 };

    /// The same as a range.
    pub(crate) fn range(self) -> TimeRange {
        TimeRange {
            from: Timestamp::from_micros(self.from.max(Timestamp::MIN.micros())),
            to: Timestamp::from_micros(self.to.min(Timestamp::MAX.micros())),
        }
    }

    /// Whether everything between two times lies in it.
    pub(crate) fn has(self, time: Option<(i64, i64)>) -> bool {
        time.is_some_and(|(from, to)| from >= self.from && to <= self.to)
    }

    /// Whether something between two times, or at an unknown time, can lie in it.
    pub(crate) fn touches(self, time: Option<(i64, i64)>) -> bool {
        time.is_none_or(|(from, to)| from <= self.to && to >= self.from)
    }

    /// The times for which `filters` can all be true. None when one of them asks for more than a time between two others.
    pub(crate) fn of(filters: &[Expr]) -> Option<Self> {
        let mut span = Self { from: i64::MIN, to: i64::MAX };
        for filter in filters {
            let columns = filter.column_refs();
            if columns.iter().all(|column| column.name != column::TIME) {
                continue;
            }
            for (from, to) in between(&asks::ask(filter), columns.len())? {
                span = Self { from: span.from.max(from), to: span.to.min(to) };
            }
        }
        Some(span)
    }

    fn has_minute(self, minute: i64) -> bool {
        let first = minute.saturating_mul(MINUTE);
        first >= self.from && first.saturating_add(MINUTE - 1) <= self.to
    }

    /// The parts of minutes at the ends: what lies in the span and not in a whole minute of it.
    fn ends(self) -> Vec<Self> {
        if self.from > self.to {
            return vec![];
        }
        let first = if self.from == i64::MIN { i64::MIN } else { up_to_minute(self.from) };
        let last = if self.to == i64::MAX { i64::MAX } else { self.to.saturating_add(1).div_euclid(MINUTE) * MINUTE };
        if first >= last {
            return vec![self];
        }
        let mut ends = vec![];
        if self.from < first {
            ends.push(Self { from: self.from, to: first - 1 });
        }
        if last <= self.to && self.to != i64::MAX {
            ends.push(Self { from: last, to: self.to });
        }
        ends
    }

    fn filter(self) -> Expr {
        let time = |micros| lit(ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())));
        field(column::TIME).gt_eq(time(self.from)).and(field(column::TIME).lt_eq(time(self.to)))
    }
}

/// The first minute at or behind `micros`.
fn up_to_minute(micros: i64) -> i64 {
    micros.div_euclid(MINUTE).saturating_add(i64::from(micros.rem_euclid(MINUTE) > 0)).saturating_mul(MINUTE)
}

/// The spans that an ask is made of when it is about the time and nothing else.
fn between(ask: &Ask, columns: usize) -> Option<Vec<(i64, i64)>> {
    match ask {
        Ask::Time(from, to) if columns == 1 => Some(vec![(*from, *to)]),
        Ask::And(parts) => {
            let parts: Option<Vec<_>> = parts.iter().map(|part| between(part, columns)).collect();
            Some(parts?.concat())
        }
        _ => None,
    }
}

/// Whether the counts can tell which rows pass `filter`: it is about the level and the service, or says between which times.
pub(crate) fn can_filter(filter: &Expr) -> bool {
    let known = [column::TIME, column::LEVEL, column::SERVICE];
    filter.column_refs().iter().all(|column| known.contains(&column.name.as_str()))
        && !filter.is_volatile()
        && Span::of(std::slice::from_ref(filter)).is_some()
}

#[async_trait]
impl TableProvider for Cube {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let about_time = |filter: &Expr| filter.column_refs().iter().all(|column| column.name == column::TIME);
        // Counts are of whole minutes, which the wanted times have all of or are read row by row: who does not ask for the
        // minutes need not have them apart, only to look at them once more.
        let exact = |filter: &&Expr| {
            if about_time(filter) { TableProviderFilterPushDown::Exact } else { TableProviderFilterPushDown::Inexact }
        };
        Ok(filters.iter().map(exact).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let span = Span::of(filters).unwrap_or(Span::NONE);
        let has = |position: usize| projection.is_none_or(|projection| projection.contains(&position));
        let wanted = Wanted { time: has(0), level: has(1), service: has(2), services: services(filters) };
        let mut sums = Sums::default();
        let (mut counted, mut others) = (Vec::new(), Vec::new());
        for file in crate::prune::by_time(&self.snapshot.files, &span.range()) {
            let known = self.add_counts(&file, span, &wanted, &mut sums);
            if known { counted.push(file) } else { others.push(file) }
        }
        self.access.indexes.trim();
        let counts = sums.batch(&self.schema)?;
        let mut parts: Vec<Arc<dyn ExecutionPlan>> =
            vec![MemorySourceConfig::try_new_exec(&[vec![counts]], Arc::clone(&self.schema), None)?];
        if !others.is_empty() || !self.snapshot.live.is_empty() {
            let others = candidates::judge(&others, &Ask::Unknown, &self.access.indexes);
            parts.push(self.row_by_row().plan(state, others, &self.snapshot.live, filters)?);
        }
        for end in span.ends() {
            let wanted: Vec<Expr> = filters.iter().cloned().chain([end.filter()]).collect();
            let ask = Ask::And(wanted.iter().map(asks::ask).collect());
            let rows = candidates::judge(&counted, &ask, &self.access.indexes);
            if !rows.is_empty() {
                parts.push(self.row_by_row().plan(state, rows, &[], &wanted)?);
            }
        }
        united(parts, &self.schema, projection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_minutes_and_ends_cover_a_span() {
        let minute = MINUTE;
        for (from, to) in
            [(0, minute - 1), (5, minute * 3 + 9), (5, 9), (minute, minute), (-minute - 1, minute), (3, minute * 2 - 1)]
        {
            let span = Span { from, to };
            let whole = (-5..9).filter(|n| span.has_minute(*n)).count() as i64 * minute;
            let ends: i64 = span.ends().iter().map(|end| end.to - end.from + 1).sum();
            assert_eq!(whole + ends, to - from + 1, "{from} {to}");
        }
        assert_eq!(Span { from: i64::MIN, to: i64::MAX }.ends(), []);
        assert_eq!(Span { from: 7, to: i64::MAX }.ends(), [Span { from: 7, to: minute - 1 }]);
        assert_eq!(Span { from: i64::MIN, to: minute }.ends(), [Span { from: minute, to: minute }]);
        assert_eq!(Span { from: 2, to: 1 }.ends(), []);
    }
}
