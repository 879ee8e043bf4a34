//! Rows of a record batch as analyses read them: the one place that knows columns.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow::error::ArrowError;
use bongsu_format::first_line;
use bongsu_format::shape::Columns;
use bongsu_model::{Timestamp, Value, column};

use crate::{ErrorRow, ErrorTally, PerformanceRow, PerformanceTally};

impl ErrorTally<'_> {
    /// Counts the rows of a batch whose columns are named as those of the store, or as a batch that a source hands over.
    ///
    /// Fails when a column has another type than the store gives it.
    pub fn push_batch(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let times = Times::of(batch)?;
        let [level, service, logger, message, file, source, shape] = texts(
            batch,
            [
                column::LEVEL,
                column::SERVICE,
                column::LOGGER,
                column::MESSAGE,
                column::FILE,
                column::SOURCE,
                column::SHAPE,
            ],
        )?;
        let severity = typed(batch, column::SEVERITY, &DataType::Int8)?;
        let [line, offset] = [numbers(batch, column::LINE)?, numbers(batch, column::OFFSET)?];
        let fields = fields(batch);
        for row in 0..batch.num_rows() {
            let source = text(source.as_ref(), row);
            let mut found = ErrorRow {
                time: times.at(row, source),
                level: text(level.as_ref(), row),
                severity: severity
                    .as_ref()
                    .and_then(|column| column.is_valid(row).then(|| column.as_primitive::<Int8Type>().value(row))),
                service: text(service.as_ref(), row),
                logger: text(logger.as_ref(), row),
                message: text(message.as_ref(), row).unwrap_or_default(),
                first_line: "",
                code_file: text(file.as_ref(), row),
                code_line: number(line.as_ref(), row),
                source,
                offset: number(offset.as_ref(), row),
            };
            if !found.is_error() {
                continue;
            }
            let written = match text(shape.as_ref(), row) {
                Some(shape) => first_line(Some(shape), &StoredRow { fields: &fields, times: &times, row }),
                None => never_written(&found),
            };
            found.first_line = &written;
            self.push(&found);
        }
        Ok(())
    }
}

impl PerformanceTally {
    /// Counts the rows of a batch that have an operation and a duration; columns as in [`ErrorTally::push_batch`].
    pub fn push_batch(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let times = Times::of(batch)?;
        let [service, logger, operation, source] =
            texts(batch, [column::SERVICE, column::LOGGER, column::OPERATION, column::SOURCE])?;
        let Some(duration) = typed(batch, column::DURATION, &DataType::Float64)? else { return Ok(()) };
        let seconds = duration.as_primitive::<Float64Type>();
        for row in 0..batch.num_rows() {
            let Some(operation) = text(operation.as_ref(), row) else { continue };
            if seconds.is_null(row) {
                continue;
            }
            self.push(&PerformanceRow {
                time: times.at(row, text(source.as_ref(), row)),
                service: text(service.as_ref(), row),
                logger: text(logger.as_ref(), row),
                operation,
                duration: seconds.value(row),
            });
        }
        Ok(())
    }
}

/// The first line of a record that came without one, such as over a protocol that knows fields only: its level, its
/// logger and its message, as a line would have them.
fn never_written(row: &ErrorRow<'_>) -> String {
    let message = row.message.lines().next().unwrap_or_default();
    [row.level, row.logger, Some(message)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The columns that tell when a record happened.
struct Times {
    time: Option<TimestampMicrosecondArray>,
    beyond: Option<ArrayRef>,
    observed: Option<TimestampMicrosecondArray>,
}

impl Times {
    fn of(batch: &RecordBatch) -> Result<Self, ArrowError> {
        let micros = |name| {
            typed(batch, name, &column::time_type())
                .map(|array| array.map(|array| array.as_primitive::<TimestampMicrosecondType>().clone()))
        };
        Ok(Self {
            time: micros(column::TIME)?,
            beyond: typed(batch, column::TIME_NS, &DataType::Int16)?,
            observed: micros(column::OBSERVED_TIME)?,
        })
    }

    fn stored(&self, row: usize) -> Option<Timestamp> {
        let time = self.time.as_ref().filter(|column| column.is_valid(row))?;
        let beyond = self.beyond.as_ref().filter(|column| column.is_valid(row));
        let nanos = beyond.map_or(0, |column| column.as_primitive::<Int16Type>().value(row));
        Some(Timestamp::from_micros(time.value(row)).plus_nanos(i64::from(nanos)))
    }

    /// When the record happened; none when its line had no time.
    ///
    /// A line of a file that had no time was given the time at which it was read, which says nothing about when it was
    /// written: such a row is known by its two equal times. What came in without a file and without a time happened,
    /// as far as anyone can tell, when it came in.
    fn at(&self, row: usize, source: Option<&str>) -> Option<Timestamp> {
        let observed = self.observed.as_ref().filter(|column| column.is_valid(row)).map(|column| column.value(row));
        let stored = self.stored(row)?;
        (source.is_none() || observed != Some(stored.micros())).then_some(stored)
    }
}

type Fields<'b> = HashMap<String, Vec<&'b ArrayRef>>;

/// Columns by name in lower case; those of one key with several types (`status`, `status#str`) together.
fn fields(batch: &RecordBatch) -> Fields<'_> {
    let mut fields = Fields::new();
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let name = field.name();
        let key = name.rsplit_once('#').filter(|(_, kind)| TYPES.contains(kind)).map_or(name.as_str(), |(key, _)| key);
        fields.entry(key.to_lowercase()).or_default().push(array);
    }
    fields
}

/// What the store puts behind `#` when a key has a second type.
const TYPES: [&str; 4] = ["str", "int", "float", "bool"];

/// One row, for telling how its first line was written.
struct StoredRow<'b> {
    fields: &'b Fields<'b>,
    times: &'b Times,
    row: usize,
}

impl StoredRow<'_> {
    fn value(&self, name: &str) -> Option<Value<'_>> {
        let columns = self.fields.get(name).or_else(|| self.fields.get(&name.to_lowercase()))?;
        columns.iter().find_map(|column| value(column, self.row))
    }
}

impl Columns for StoredRow<'_> {
    fn time(&self) -> Option<Timestamp> {
        self.times.stored(self.row)
    }

    fn core(&self, name: &str) -> Option<Value<'_>> {
        self.value(name)
    }

    fn field(&self, name: &str) -> Option<Value<'_>> {
        self.value(name)
    }
}

fn value(array: &ArrayRef, row: usize) -> Option<Value<'_>> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int8 => Value::Int(array.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => Value::Int(array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => Value::Int(array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => Value::Int(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Value::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8View => Value::Str(array.as_string_view().value(row).into()),
        DataType::Utf8 => Value::Str(array.as_string::<i32>().value(row).into()),
        _ => return None,
    })
}

/// The column `name` as `kind`; none when there is no such column.
fn typed(batch: &RecordBatch, name: &str, kind: &DataType) -> Result<Option<ArrayRef>, ArrowError> {
    let Some(column) = batch.column_by_name(name) else { return Ok(None) };
    if column.data_type() == kind { Ok(Some(column.clone())) } else { cast(column, kind).map(Some) }
}

fn texts<const N: usize>(batch: &RecordBatch, names: [&str; N]) -> Result<[Option<StringViewArray>; N], ArrowError> {
    let mut columns = [const { None }; N];
    for (column, name) in columns.iter_mut().zip(names) {
        *column = typed(batch, name, &DataType::Utf8View)?.map(|array| array.as_string_view().clone());
    }
    Ok(columns)
}

fn text(column: Option<&StringViewArray>, row: usize) -> Option<&str> {
    column.filter(|column| column.is_valid(row)).map(|column| column.value(row))
}

fn numbers(batch: &RecordBatch, name: &str) -> Result<Option<Int64Array>, ArrowError> {
    Ok(typed(batch, name, &DataType::Int64)?.map(|array| array.as_primitive::<Int64Type>().clone()))
}

fn number(column: Option<&Int64Array>, row: usize) -> Option<i64> {
    column.filter(|column| column.is_valid(row)).map(|column| column.value(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rules, Window};
    use bongsu_model::{BatchBuilder, Level, Record};

    const HOUR: i64 = 3_600_000_000_000;

    fn window() -> Window {
        Window::new(Timestamp::from_nanos(100 * HOUR), 1).in_zone(jiff::tz::TimeZone::UTC)
    }

    fn errors(records: &[Record<'_>], observed: i64) -> crate::ErrorAnalysis {
        let mut builder = BatchBuilder::new();
        for record in records {
            builder.push(record, Timestamp::from_nanos(observed));
        }
        let rules = Rules::new(&[]).unwrap();
        let mut tally = ErrorTally::new(&window(), &rules);
        tally.push_batch(&builder.finish().unwrap()).unwrap();
        tally.finish()
    }

    fn error() -> Record<'static> {
        Record { level: Some(Level::Error), message: "boom".into(), ..Record::default() }
    }

    #[test]
    fn a_line_of_a_file_without_a_time_counts_whenever_it_was_read() {
        let record = Record { source: Some("/x/app.log".into()), ..error() };
        let found = errors(&[record], 500 * HOUR);
        assert_eq!((found.total_errors, found.error_timeline.len()), (1, 0));
    }

    #[test]
    fn what_came_without_a_file_and_a_time_happened_when_it_came() {
        assert_eq!(errors(&[error()], 500 * HOUR).total_errors, 0);
        let found = errors(&[error()], 100 * HOUR);
        assert_eq!((found.total_errors, found.error_timeline.len()), (1, 1));
    }

    #[test]
    fn nanoseconds_beyond_the_window_are_seen() {
        let at = |nanos| Record { time: Some(Timestamp::from_nanos(nanos)), ..error() };
        let edges = [at(99 * HOUR - 1), at(99 * HOUR), at(100 * HOUR), at(100 * HOUR + 1)];
        assert_eq!(errors(&edges, 500 * HOUR).total_errors, 2);
    }

    #[test]
    fn rows_without_a_duration_are_no_operations() {
        let mut builder = BatchBuilder::new();
        let both = Record { operation: Some("call".into()), duration: Some(6.0), ..Record::default() };
        for record in [&both, &Record { duration: None, ..both.clone() }, &Record { operation: None, ..both.clone() }] {
            builder.push(record, Timestamp::from_nanos(100 * HOUR));
        }
        let mut tally = PerformanceTally::new(&window());
        tally.push_batch(&builder.finish().unwrap()).unwrap();
        tally.push_batch(&BatchBuilder::new().finish().unwrap()).unwrap();
        let found = tally.finish();
        assert_eq!((found.total_operations, found.total_slow_operations), (1, 1));
    }
}
