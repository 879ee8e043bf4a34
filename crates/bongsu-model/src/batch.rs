//! From records to columns: the one place where a row becomes Arrow.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanBuilder, Float64Builder, Int8Builder, Int16Builder, Int64Builder, RecordBatch,
    RecordBatchOptions, StringViewBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;

use crate::repeated::Repeated;
use crate::{Dataset, Note, Record, Refusal, Timestamp, Value, column};

/// Columns of users' keys that one batch may have; what is past them goes to `attributes` as JSON.
pub(crate) const MAX_USER_COLUMNS: usize = 1_000;

/// A line that could not be taken, kept so that somebody can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// File or input it came from.
    pub source: String,
    /// Byte offset of its beginning in `source`.
    pub offset: u64,
    /// Why.
    pub reason: Refusal,
    /// The line as it came, cut at [`Refused::MAX_RAW`] bytes.
    pub raw: Vec<u8>,
}

impl Refused {
    /// Bytes of a refused line that are kept.
    pub const MAX_RAW: usize = 64 << 10;
}

/// What a source hands over in one piece: rows, lines it had to refuse, and facts to remember with them.
///
/// The columns of `rows` are named as in [`column`]; a user's key has one column a type, two columns of one name when it
/// came with two types. The store gives those their final names.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Where the rows go.
    pub dataset: Dataset,
    /// The rows; may be empty when there is only something to remember.
    pub rows: RecordBatch,
    /// Bytes that the rows had as they came in.
    pub raw_bytes: u64,
    /// Lines that were refused meanwhile.
    pub refused: Vec<Refused>,
    /// Facts that become durable with the rows.
    pub notes: Vec<Note>,
}

/// Collects records and turns them into one Arrow batch.
///
/// A column exists only once a row had a value for it, so a record of five fields costs five appends.
///
/// ```
/// use bongsu_model::{BatchBuilder, Record, Timestamp};
///
/// let mut builder = BatchBuilder::new();
/// let record = Record { message: "session closed".into(), ..Record::default() };
/// builder.push(&record, Timestamp::from_nanos(0));
/// let rows = builder.finish().unwrap();
/// assert_eq!(rows.num_rows(), 1);
/// assert!(rows.column_by_name("message").is_some());
/// ```
#[derive(Debug, Default)]
pub struct BatchBuilder {
    rows: usize,
    bytes: usize,
    columns: Vec<Column>,
    core: [Option<u32>; CORE],
    users: HashMap<Box<str>, Vec<u32>>,
    user_columns: usize,
    /// The user columns of the row before, in its order: most rows repeat it, which saves the hash look-up.
    expected: Vec<u32>,
    overflow: serde_json::Map<String, serde_json::Value>,
    /// Rows that the batch before had: room for as many is made at once in core columns, as most batches are alike.
    likely_rows: usize,
}

const CORE: usize = 22;

/// Positions in [`column::core`].
mod at {
    pub(super) const TIME: usize = 0;
    pub(super) const TIME_NS: usize = 1;
    pub(super) const OBSERVED_TIME: usize = 2;
    pub(super) const LEVEL: usize = 3;
    pub(super) const SEVERITY: usize = 4;
    pub(super) const SERVICE: usize = 5;
    pub(super) const LOGGER: usize = 6;
    pub(super) const HOST: usize = 7;
    pub(super) const MESSAGE: usize = 8;
    pub(super) const TRACE_ID: usize = 9;
    pub(super) const SPAN_ID: usize = 10;
    pub(super) const FUNCTION: usize = 11;
    pub(super) const FILE: usize = 12;
    pub(super) const LINE: usize = 13;
    pub(super) const SOURCE: usize = 14;
    pub(super) const OFFSET: usize = 15;
    pub(super) const OPERATION: usize = 16;
    pub(super) const DURATION: usize = 17;
    pub(super) const ATTRIBUTES: usize = 18;
    pub(super) const ID: usize = 19;
    pub(super) const SHAPE: usize = 20;
}

/// Bytes of a cell that holds nothing: between those of a number and of a text.
const CELL: usize = 12;
/// Bytes of a block of texts.
const BLOCK: u32 = 32 << 10;
/// Texts that many rows have in common are kept once: that halves what goes to the write-ahead log.
const REPEATED: [usize; 8] =
    [at::SERVICE, at::LOGGER, at::HOST, at::FUNCTION, at::FILE, at::SOURCE, at::OPERATION, at::SHAPE];

#[derive(Debug)]
struct Column {
    name: Box<str>,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Time(TimestampMicrosecondBuilder),
    Tiny(Int8Builder),
    Small(Int16Builder),
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    Text(StringViewBuilder),
    Repeated(Repeated),
}

/// Runs `$do` on whichever Arrow builder a column has.
macro_rules! each {
    ($values:expr, $builder:ident => $do:expr) => {
        match $values {
            Values::Time($builder) => $do,
            Values::Tiny($builder) => $do,
            Values::Small($builder) => $do,
            Values::Int($builder) => $do,
            Values::Float($builder) => $do,
            Values::Bool($builder) => $do,
            Values::Text($builder) => $do,
            Values::Repeated($builder) => $do,
        }
    };
}

impl Values {
    /// Values for about `rows` rows.
    fn new(kind: &DataType, rows: usize) -> Self {
        match kind {
            DataType::Timestamp(..) => {
                Self::Time(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC"))
            }
            DataType::Int8 => Self::Tiny(Int8Builder::with_capacity(rows)),
            DataType::Int16 => Self::Small(Int16Builder::with_capacity(rows)),
            DataType::Int64 => Self::Int(Int64Builder::with_capacity(rows)),
            DataType::Float64 => Self::Float(Float64Builder::with_capacity(rows)),
            DataType::Boolean => Self::Bool(BooleanBuilder::with_capacity(rows)),
            // Blocks that double would be half empty, and rows wait in memory as they are.
            _ => Self::Text(StringViewBuilder::with_capacity(rows).with_fixed_block_size(BLOCK)),
        }
    }

    fn len(&self) -> usize {
        use arrow::array::ArrayBuilder;
        each!(self, b => b.len())
    }

    fn pad(&mut self, rows: usize) {
        let missing = rows.saturating_sub(self.len());
        each!(self, b => for _ in 0..missing { b.append_null() });
    }

    /// The values as an array; without the room behind them when there is `much` of it.
    fn finish(&mut self, much: bool) -> Result<ArrayRef, ArrowError> {
        fn fitting(mut array: impl Array + 'static, much: bool) -> ArrayRef {
            if much {
                array.shrink_to_fit();
            }
            Arc::new(array)
        }
        Ok(match self {
            Self::Time(b) => fitting(b.finish(), much),
            Self::Tiny(b) => fitting(b.finish(), much),
            Self::Small(b) => fitting(b.finish(), much),
            Self::Int(b) => fitting(b.finish(), much),
            Self::Float(b) => fitting(b.finish(), much),
            Self::Bool(b) => fitting(b.finish(), much),
            Self::Text(b) => fitting(b.finish(), much),
            Self::Repeated(b) => b.finish(much)?,
        })
    }

    fn push(&mut self, value: &Value<'_>) {
        match (self, value) {
            (Self::Bool(b), Value::Bool(v)) => b.append_value(*v),
            (Self::Int(b), Value::Int(v)) => b.append_value(*v),
            (Self::Float(b), Value::Float(v)) => b.append_value(*v),
            (Self::Text(b), Value::Str(v) | Value::Json(v)) => b.append_value(v),
            (column, _) => each!(column, b => b.append_null()),
        }
    }

    fn takes(&self, value: &Value<'_>) -> bool {
        matches!(
            (self, value),
            (Self::Bool(_), Value::Bool(_))
                | (Self::Int(_), Value::Int(_))
                | (Self::Float(_), Value::Float(_))
                | (Self::Text(_), Value::Str(_) | Value::Json(_))
        )
    }
}

fn kind_of(value: &Value<'_>) -> DataType {
    match value {
        Value::Bool(_) => DataType::Boolean,
        Value::Int(_) => DataType::Int64,
        Value::Float(_) => DataType::Float64,
        Value::Str(_) | Value::Json(_) => DataType::Utf8View,
    }
}

impl BatchBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows collected so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// About how many bytes the rows collected so far take in memory. A row without a value takes room too, in every column.
    pub fn bytes(&self) -> usize {
        self.bytes.max(self.rows * self.columns.len() * CELL)
    }

    /// Adds one record; `observed` is when it arrived, and its time if it has none of its own.
    pub fn push(&mut self, record: &Record<'_>, observed: Timestamp) {
        let time = record.time.unwrap_or(observed);
        self.core_time(at::TIME, time);
        let beyond = time.nanos_beyond_micros();
        if beyond != 0
            && let Values::Small(b) = self.core_values(at::TIME_NS)
        {
            b.append_value(beyond);
        }
        self.core_time(at::OBSERVED_TIME, observed);
        if let Some(level) = &record.level {
            self.core_text(at::LEVEL, level.name());
            if let (Some(number), Values::Tiny(b)) = (level.severity(), self.core_values(at::SEVERITY)) {
                b.append_value(i8::try_from(number).unwrap_or(i8::MAX));
            }
        }
        self.core_text(at::MESSAGE, &record.message);
        for (position, text) in [
            (at::SERVICE, &record.service),
            (at::LOGGER, &record.logger),
            (at::HOST, &record.host),
            (at::TRACE_ID, &record.trace_id),
            (at::SPAN_ID, &record.span_id),
            (at::FUNCTION, &record.function),
            (at::FILE, &record.file),
            (at::SOURCE, &record.source),
            (at::OPERATION, &record.operation),
            (at::ID, &record.id),
            (at::SHAPE, &record.shape),
        ] {
            if let Some(text) = text {
                self.core_text(position, text);
            }
        }
        if let Some(line) = record.line {
            self.core_int(at::LINE, line);
        }
        if let Some(offset) = record.offset {
            self.core_int(at::OFFSET, i64::try_from(offset).unwrap_or(i64::MAX));
        }
        if let Some(seconds) = record.duration
            && let Values::Float(b) = self.core_values(at::DURATION)
        {
            b.append_value(seconds);
        }
        self.push_fields(&record.fields);
        self.rows += 1;
        self.bytes += 64;
    }

    fn push_fields(&mut self, fields: &[(Cow<'_, str>, Value<'_>)]) {
        for (nth, (name, value)) in fields.iter().enumerate() {
            let Some(slot) = self.user_column(nth, name, value) else {
                self.overflow.insert(name.to_string(), to_json(value));
                continue;
            };
            let column = &mut self.columns[slot as usize].values;
            if column.len() > self.rows {
                // The key stands twice in one record: the first value has the column, the second is kept beside it.
                self.overflow.insert(name.to_string(), to_json(value));
                continue;
            }
            column.pad(self.rows);
            column.push(value);
            self.bytes += match value {
                Value::Str(text) | Value::Json(text) => 16 + text.len(),
                _ => 8,
            };
        }
        if !self.overflow.is_empty() {
            let text = serde_json::Value::Object(std::mem::take(&mut self.overflow)).to_string();
            self.core_text(at::ATTRIBUTES, &text);
        }
    }

    /// The column of a user's key for a value of this type; none past the limit on columns.
    fn user_column(&mut self, nth: usize, name: &str, value: &Value<'_>) -> Option<u32> {
        if let Some(&slot) = self.expected.get(nth) {
            let column = &self.columns[slot as usize];
            if *column.name == *name && column.values.takes(value) {
                return Some(slot);
            }
        }
        let known = self
            .users
            .get(name)
            .and_then(|slots| slots.iter().copied().find(|slot| self.columns[*slot as usize].values.takes(value)));
        let slot = match known {
            Some(slot) => slot,
            None if self.user_columns >= MAX_USER_COLUMNS => return None,
            None => {
                self.user_columns += 1;
                let slot = self.add_column(name, Values::new(&kind_of(value), 0));
                self.users.entry(name.into()).or_default().push(slot);
                slot
            }
        };
        self.expected.truncate(nth);
        if self.expected.len() == nth {
            self.expected.push(slot);
        }
        Some(slot)
    }

    fn add_column(&mut self, name: &str, values: Values) -> u32 {
        self.columns.push(Column { name: name.into(), values });
        (self.columns.len() - 1) as u32
    }

    /// The builder of a core column, padded up to the current row.
    fn core_values(&mut self, position: usize) -> &mut Values {
        let slot = if let Some(slot) = self.core[position] {
            slot
        } else {
            let (name, kind) = &column::core()[position];
            let values = if REPEATED.contains(&position) {
                Values::Repeated(Repeated::new(self.likely_rows, BLOCK))
            } else {
                Values::new(kind, self.likely_rows)
            };
            let slot = self.add_column(name, values);
            self.core[position] = Some(slot);
            slot
        };
        let values = &mut self.columns[slot as usize].values;
        if values.len() < self.rows {
            values.pad(self.rows);
        }
        values
    }

    fn core_time(&mut self, position: usize, time: Timestamp) {
        if let Values::Time(b) = self.core_values(position) {
            b.append_value(time.micros());
        }
    }

    fn core_int(&mut self, position: usize, number: i64) {
        if let Values::Int(b) = self.core_values(position) {
            b.append_value(number);
        }
    }

    fn core_text(&mut self, position: usize, text: &str) {
        self.bytes += 16 + text.len();
        match self.core_values(position) {
            Values::Text(b) => b.append_value(text),
            Values::Repeated(b) => b.append_value(text),
            _ => {}
        }
    }

    /// Ends the batch and begins an empty one. Columns come in the order of [`column::core`], then users' keys.
    ///
    /// Fails only when a text column passes what Arrow can address (2 GiB in one block).
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut done = std::mem::take(self);
        let rows = done.rows;
        self.likely_rows = rows;
        let much_room = rows < done.likely_rows / 2;
        let core: Vec<u32> = done.core.iter().flatten().copied().collect();
        let users = (0..done.columns.len() as u32).filter(|slot| !core.contains(slot));
        let order: Vec<u32> = core.iter().copied().chain(users).collect();
        let mut fields = Vec::with_capacity(order.len());
        let mut arrays = Vec::with_capacity(order.len());
        for slot in order {
            let column = &mut done.columns[slot as usize];
            column.values.pad(rows);
            let array = column.values.finish(much_room)?;
            fields.push(Field::new(column.name.as_ref(), array.data_type().clone(), true));
            arrays.push(array);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
    }
}

fn to_json(value: &Value<'_>) -> serde_json::Value {
    match value {
        Value::Bool(v) => (*v).into(),
        Value::Int(v) => (*v).into(),
        Value::Float(v) => (*v).into(),
        Value::Str(v) => v.as_ref().into(),
        Value::Json(v) => serde_json::from_str(v).unwrap_or_else(|_| v.as_ref().into()),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::{Int64Type, TimestampMicrosecondType};

    use super::*;
    use crate::Level;

    fn record<'a>(fields: Vec<(&'a str, Value<'a>)>) -> Record<'a> {
        let fields = fields.into_iter().map(|(k, v)| (Cow::Borrowed(k), v)).collect();
        Record { message: "m".into(), fields, ..Record::default() }
    }

    #[test]
    fn core_columns_stand_first_and_only_when_they_have_values() {
        let mut builder = BatchBuilder::new();
        let observed = Timestamp::from_nanos(7_000);
        builder.push(&record(vec![("user", Value::Int(1))]), observed);
        builder.push(
            &Record {
                time: Some(Timestamp::from_nanos(1_234)),
                level: Some(Level::Error),
                line: Some(3),
                ..record(vec![])
            },
            observed,
        );
        let rows = builder.finish().unwrap();
        let names: Vec<_> = rows.schema().fields().iter().map(|f| f.name().clone()).collect();
        assert_eq!(names, ["time", "time_ns", "observed_time", "level", "severity", "message", "line", "user"]);
        let time = rows.column_by_name("time").unwrap().as_primitive::<TimestampMicrosecondType>();
        assert_eq!(time.values(), &[7, 1]);
        let line = rows.column_by_name("line").unwrap().as_primitive::<Int64Type>();
        assert!(line.is_null(0));
        assert_eq!(line.value(1), 3);
        assert_eq!(builder.rows(), 0, "finishing begins anew");
    }

    #[test]
    fn a_key_with_two_types_keeps_both() {
        let mut builder = BatchBuilder::new();
        for value in [Value::Int(200), Value::Str("OK".into()), Value::Int(404)] {
            builder.push(&record(vec![("status", value)]), Timestamp::default());
        }
        let rows = builder.finish().unwrap();
        let kinds: Vec<_> =
            rows.schema().fields().iter().filter(|f| f.name() == "status").map(|f| f.data_type().clone()).collect();
        assert_eq!(kinds, [DataType::Int64, DataType::Utf8View]);
    }

    #[test]
    fn keys_past_the_limit_and_repeated_keys_are_kept_as_attributes() {
        let names: Vec<String> = (0..MAX_USER_COLUMNS + 2).map(|n| format!("k{n}")).collect();
        let mut builder = BatchBuilder::new();
        builder.push(&record(names.iter().map(|n| (n.as_str(), Value::Int(1))).collect()), Timestamp::default());
        builder.push(&record(vec![("k0", Value::Int(1)), ("k0", Value::Int(2))]), Timestamp::default());
        let rows = builder.finish().unwrap();
        let attributes = rows.column_by_name("attributes").unwrap().as_string_view();
        assert_eq!(attributes.value(0), r#"{"k1000":1,"k1001":1}"#);
        assert_eq!(attributes.value(1), r#"{"k0":2}"#);
    }

    #[test]
    fn a_short_batch_behind_a_long_one_takes_little_memory() {
        let mut builder = BatchBuilder::new();
        let mut size = |rows| {
            for _ in 0..rows {
                builder.push(&record(vec![("user", Value::Int(1))]), Timestamp::default());
            }
            builder.finish().unwrap().get_array_memory_size()
        };
        let short = size(10);
        let long = size(20_000);
        assert!(long > 100 * short);
        assert!(size(10) < 2 * short);
    }

    #[test]
    fn an_empty_builder_gives_no_rows() {
        assert_eq!(BatchBuilder::new().finish().unwrap().num_rows(), 0);
    }
}
