//! One value of a column as text for people.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int16Type, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use bongsu_model::{Timestamp, column};
use jiff::tz::TimeZone;

use crate::fault::Fault;
use crate::text::local;

/// Reads the values of a batch as text.
pub(crate) struct Cells<'a> {
    batch: &'a RecordBatch,
    zone: &'a TimeZone,
    formatters: Vec<ArrayFormatter<'a>>,
}

const OPTIONS: FormatOptions<'_> = FormatOptions::new().with_null("");

impl<'a> Cells<'a> {
    /// Cells of `batch`, times in `zone`.
    pub(crate) fn new(batch: &'a RecordBatch, zone: &'a TimeZone) -> Result<Self, Fault> {
        let formatter = |array: &'a arrow::array::ArrayRef| ArrayFormatter::try_new(array.as_ref(), &OPTIONS);
        let formatters = batch.columns().iter().map(formatter).collect::<Result<_, _>>();
        Ok(Self { batch, zone, formatters: formatters.map_err(|error| Fault::Rows(error.into()))? })
    }

    /// The value in a row, or nothing when it is null.
    pub(crate) fn text(&self, column: usize, row: usize) -> Option<String> {
        let array = self.batch.column(column);
        if array.is_null(row) {
            return None;
        }
        Some(match array.data_type() {
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
                let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
                local(Timestamp::from_micros(micros), self.zone)
            }
            _ => self.formatters[column].value(row).try_to_string().unwrap_or_default(),
        })
    }

    /// The value of the column called `name`.
    pub(crate) fn named(&self, name: &str, row: usize) -> Option<String> {
        self.batch.schema_ref().index_of(name).ok().and_then(|column| self.text(column, row))
    }

    /// When the row happened, to the nanosecond.
    pub(crate) fn time(&self, row: usize) -> Option<Timestamp> {
        let array = self.batch.column_by_name(column::TIME)?;
        let micros =
            array.as_primitive_opt::<TimestampMicrosecondType>().filter(|times| times.is_valid(row))?.value(row);
        let beyond = self.batch.column_by_name(column::TIME_NS).and_then(|array| {
            array.as_primitive_opt::<Int16Type>().filter(|nanos| nanos.is_valid(row)).map(|nanos| nanos.value(row))
        });
        Some(Timestamp::from_micros(micros).plus_nanos(i64::from(beyond.unwrap_or(0))))
    }
}
