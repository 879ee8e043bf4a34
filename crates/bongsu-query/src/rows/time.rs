//! `time` and `time_ns` as one text.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int16Type, Int64Type, Schema, TimeUnit};
use bongsu_model::{Timestamp, column};

use super::failed;
use crate::error::QueryError;

/// Bytes of a time as text.
const LENGTH: usize = "2026-11-20T00:00:00.123456789Z".len();

/// The rows as people see them: `time` is text with nine digits behind the second, `time_ns` is gone.
pub(super) fn shown(batch: &RecordBatch) -> Result<RecordBatch, QueryError> {
    let schema = batch.schema();
    let Some((position, field)) = schema.column_with_name(column::TIME) else { return Ok(batch.clone()) };
    let DataType::Timestamp(unit, _) = field.data_type() else { return Ok(batch.clone()) };
    let beyond = schema.column_with_name(column::TIME_NS).filter(|(_, field)| *field.data_type() == DataType::Int16);
    let texts = texts(batch.column(position), *unit, beyond.map(|(at, _)| batch.column(at)))?;
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for (at, column) in batch.columns().iter().enumerate() {
        if at == position {
            fields.push(Arc::new(Field::new(column::TIME, DataType::Utf8, true)));
            columns.push(Arc::new(texts.clone()));
        } else if beyond.is_none_or(|(beyond, _)| beyond != at) {
            fields.push(Arc::clone(&schema.fields()[at]));
            columns.push(Arc::clone(column));
        }
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).map_err(failed)
}

fn texts(times: &ArrayRef, unit: TimeUnit, beyond: Option<&ArrayRef>) -> Result<StringArray, QueryError> {
    let nanos = match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    };
    let times = cast(times, &DataType::Int64).map_err(failed)?;
    let times = times.as_primitive::<Int64Type>();
    let beyond = beyond.and_then(|beyond| beyond.as_primitive_opt::<Int16Type>());
    let mut texts = StringBuilder::with_capacity(times.len(), times.len() * LENGTH);
    let mut clock = Clock::default();
    for row in 0..times.len() {
        if times.is_null(row) {
            texts.append_null();
            continue;
        }
        let more = beyond.filter(|beyond| beyond.is_valid(row)).map_or(0, |beyond| i64::from(beyond.value(row)));
        let time = Timestamp::from_nanos(times.value(row).saturating_mul(nanos).saturating_add(more));
        texts.append_value(clock.text(time)?);
    }
    Ok(texts.finish())
}

/// The text of `time`: RFC 3339 in UTC with nine digits behind the second.
pub fn rfc3339(time: Timestamp) -> String {
    time.to_string()
}

/// Writes times; remembers the second it wrote last, because the next time is often in the same one.
#[derive(Default)]
struct Clock {
    second: Option<i64>,
    text: String,
}

impl Clock {
    fn text(&mut self, time: Timestamp) -> Result<&str, QueryError> {
        use std::fmt::Write;
        let second = time.nanos().div_euclid(1_000_000_000);
        if self.second != Some(second) {
            self.text = time.to_string();
            self.second = Some(second);
        }
        let fraction = time.nanos().rem_euclid(1_000_000_000);
        self.text.truncate(LENGTH - 10);
        write!(self.text, "{fraction:09}Z").map_err(failed)?;
        Ok(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_remembered_second_changes_nothing(times in prop::collection::vec(any::<i64>(), 1..20), step in 0_i64..2_000_000_000) {
            let mut clock = Clock::default();
            for time in times {
                for time in [time, time.saturating_add(step)] {
                    let time = Timestamp::from_nanos(time);
                    prop_assert_eq!(clock.text(time).unwrap(), time.to_string());
                }
            }
        }
    }
}
