//! From a batch as a source made it to rows under a dataset's final names.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringViewBuilder,
    new_null_array,
};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{and, cast, is_not_null};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use bongsu_model::column;
use serde_json::{Map, Value};

use crate::StoreError;
use crate::names::{Columns, Target, user_type};

/// The largest whole number up to which every whole number is a float exactly.
const EXACT: u64 = 1 << 53;

/// The columns of `batch` under their final names: those that hold a value, in the order of the dataset's schema.
///
/// `id` makes the `_id` of the rows that brought none.
pub(crate) fn conform(columns: &mut Columns, batch: &RecordBatch, first_id: u64) -> Result<RecordBatch, StoreError> {
    let mut taken: Vec<Option<ArrayRef>> = Vec::new();
    let mut rest = Rest::new(batch.num_rows());
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        if array.null_count() == array.len() && !array.is_empty() {
            continue;
        }
        place(columns, &mut taken, &mut rest, field.name(), array).map_err(bad)?;
    }
    attach_rest(columns, &mut taken, &rest);
    attach_ids(columns, &mut taken, batch.num_rows(), first_id);
    let (fields, arrays): (Vec<_>, Vec<_>) = taken
        .into_iter()
        .enumerate()
        .filter_map(|(position, array)| Some((Arc::clone(columns.field(position)), array?)))
        .unzip();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).map_err(bad)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn bad(error: ArrowError) -> StoreError {
    StoreError::BadBatch { what: error.to_string() }
}

fn place(
    columns: &mut Columns,
    taken: &mut Vec<Option<ArrayRef>>,
    rest: &mut Rest,
    key: &str,
    array: &ArrayRef,
) -> Result<(), ArrowError> {
    let core = column::core_type(key).filter(|kind| same_kind(kind, array.data_type()));
    let kind = core.clone().unwrap_or_else(|| user_type(array.data_type()));
    let array = to_type(array, &kind)?;
    let fits = core.is_none() && kind == DataType::Int64 && all_exact(array.as_primitive::<Int64Type>());
    match columns.target(key, &kind, fits) {
        Target::Attributes => rest.add_all(key, &array, None),
        Target::Column(position) => {
            let array = to_type(&array, columns.field(position).data_type())?;
            if taken.len() <= position {
                taken.resize(position + 1, None);
            }
            let Some(first) = taken[position].take() else {
                taken[position] = Some(array);
                return Ok(());
            };
            let both = and(&is_not_null(&first)?, &is_not_null(&array)?)?;
            if both.true_count() > 0 {
                rest.add_all(key, &array, Some(&both));
            }
            taken[position] = Some(zip(&is_not_null(&first)?, &first, &array)?);
        }
    }
    Ok(())
}

/// Whether a core column of `kind` takes `found` as it is: only the width of a number and the layout of text may differ.
fn same_kind(kind: &DataType, found: &DataType) -> bool {
    kind == found
        || (kind.is_integer() && *found == *kind)
        || (*kind == DataType::Utf8View && matches!(found, DataType::Utf8 | DataType::LargeUtf8))
        || matches!((kind, found), (DataType::Timestamp(..), DataType::Timestamp(..)))
}

fn to_type(array: &ArrayRef, kind: &DataType) -> Result<ArrayRef, ArrowError> {
    if array.data_type() == kind { Ok(Arc::clone(array)) } else { cast(array, kind) }
}

fn all_exact(array: &Int64Array) -> bool {
    array.iter().flatten().all(|v| v.unsigned_abs() <= EXACT)
}

/// Values that have no column, row by row.
struct Rest {
    rows: HashMap<usize, Map<String, Value>>,
    len: usize,
}

impl Rest {
    fn new(len: usize) -> Self {
        Self { rows: HashMap::new(), len }
    }

    fn add_all(&mut self, key: &str, array: &ArrayRef, only: Option<&BooleanArray>) {
        for row in 0..self.len {
            if array.is_valid(row) && only.is_none_or(|mask| mask.value(row)) {
                self.rows.entry(row).or_default().insert(key.to_owned(), json_of(array, row));
            }
        }
    }
}

fn json_of(array: &ArrayRef, row: usize) -> Value {
    match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::Float64 => array.as_primitive::<arrow::datatypes::Float64Type>().value(row).into(),
        DataType::Utf8View => array.as_string_view().value(row).into(),
        _ => cast(array, &DataType::Utf8View).map_or(Value::Null, |text| text.as_string_view().value(row).into()),
    }
}

/// Puts the values without a column into `attributes`, beside what is there.
fn attach_rest(columns: &Columns, taken: &mut Vec<Option<ArrayRef>>, rest: &Rest) {
    if rest.rows.is_empty() {
        return;
    }
    let Some(position) = columns.position(column::ATTRIBUTES) else { return };
    if taken.len() <= position {
        taken.resize(position + 1, None);
    }
    let before = taken[position].take().unwrap_or_else(|| new_null_array(&DataType::Utf8View, rest.len));
    let before = before.as_string_view();
    let mut builder = StringViewBuilder::new();
    for row in 0..rest.len {
        let have = before.is_valid(row).then(|| before.value(row));
        match (rest.rows.get(&row), have) {
            (None, have) => builder.append_option(have),
            (Some(more), have) => builder.append_value(merged(have, more)),
        }
    }
    taken[position] = Some(Arc::new(builder.finish()));
}

fn merged(have: Option<&str>, more: &Map<String, Value>) -> String {
    let mut all = match have.map(serde_json::from_str::<Value>) {
        Some(Ok(Value::Object(map))) => map,
        Some(_) => Map::from_iter([(column::ATTRIBUTES.to_owned(), have.into())]),
        None => Map::new(),
    };
    all.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
    Value::Object(all).to_string()
}

/// Digits of an `_id`: sorted as the numbers they stand for.
const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// The `_id` that stands for sequence number `n`: twelve characters, in the order of the numbers.
pub(crate) fn id_text(n: u64) -> [u8; 12] {
    let mut text = [0; 12];
    for (position, byte) in text.iter_mut().enumerate() {
        *byte = DIGITS[(n >> (55 - 5 * position)) as usize & 31];
    }
    text
}

fn attach_ids(columns: &Columns, taken: &mut Vec<Option<ArrayRef>>, rows: usize, first: u64) {
    let Some(position) = columns.position(column::ID) else { return };
    if taken.len() <= position {
        taken.resize(position + 1, None);
    }
    let brought = taken[position].take();
    if let Some(brought) = brought.as_ref().filter(|brought| brought.null_count() == 0) {
        taken[position] = Some(Arc::clone(brought));
        return;
    }
    let mut builder = StringViewBuilder::with_capacity(rows);
    for row in 0..rows {
        match brought.as_ref().map(AsArray::as_string_view) {
            Some(brought) if brought.is_valid(row) => builder.append_value(brought.value(row)),
            _ => builder.append_value(std::str::from_utf8(&id_text(first + row as u64)).unwrap_or_default()),
        }
    }
    taken[position] = Some(Arc::new(builder.finish()));
}

/// Makes batches that lack columns as wide as a schema.
#[derive(Debug, Default)]
pub(crate) struct Widener {
    nulls: HashMap<DataType, ArrayRef>,
}

impl Widener {
    /// `batch` with every column of `schema`, those it lacks null.
    pub(crate) fn widen(&mut self, batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
        if batch.schema_ref().fields() == schema.fields() {
            return Ok(batch.clone());
        }
        let rows = batch.num_rows();
        let have: HashMap<&str, usize> =
            batch.schema_ref().fields().iter().enumerate().map(|(n, field)| (field.name().as_str(), n)).collect();
        let arrays = schema.fields().iter().map(|field| match have.get(field.name().as_str()) {
            Some(position) => to_type(batch.column(*position), field.data_type()),
            None => Ok(self.nulls(field, rows)),
        });
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(schema), arrays.collect::<Result<_, _>>()?, &options)
    }

    fn nulls(&mut self, field: &Field, rows: usize) -> ArrayRef {
        let cached = self
            .nulls
            .entry(field.data_type().clone())
            .and_modify(|have| {
                if have.len() < rows {
                    *have = new_null_array(field.data_type(), rows);
                }
            })
            .or_insert_with(|| new_null_array(field.data_type(), rows));
        cached.slice(0, rows)
    }
}

#[cfg(test)]
mod tests {
    use bongsu_model::{BatchBuilder, Record, Timestamp};

    use super::*;

    fn batch(fields: &[(&'static str, bongsu_model::Value<'static>)]) -> RecordBatch {
        let mut builder = BatchBuilder::new();
        for (key, value) in fields {
            let record = Record { fields: vec![((*key).into(), value.clone())], ..Record::default() };
            builder.push(&record, Timestamp::from_nanos(5));
        }
        builder.finish().unwrap()
    }

    #[test]
    fn ids_sort_as_their_numbers() {
        let numbers = [0, 1, 31, 32, 1 << 30, (1 << 60) - 1];
        let texts: Vec<_> = numbers.iter().map(|n| id_text(*n)).collect();
        assert!(texts.is_sorted());
        assert_eq!(&texts[3], b"000000000010");
    }

    #[test]
    fn two_types_become_two_columns_and_two_spellings_one() {
        use bongsu_model::Value::{Int, Str};
        let mut columns = Columns::new();
        let rows = conform(&mut columns, &batch(&[("a", Int(1)), ("a", Str("x".into())), ("A", Int(3))]), 7).unwrap();
        let ints = rows.column_by_name("a").unwrap().as_primitive::<Int64Type>();
        assert_eq!(ints.iter().collect::<Vec<_>>(), [Some(1), None, Some(3)]);
        assert_eq!(rows.column_by_name("a#str").unwrap().as_string_view().value(1), "x");
        assert_eq!(rows.column_by_name("_id").unwrap().as_string_view().value(2), "000000000009");
    }

    #[test]
    fn two_spellings_in_one_row_are_both_kept() {
        let mut builder = BatchBuilder::new();
        let fields = vec![("k".into(), bongsu_model::Value::Int(1)), ("K".into(), bongsu_model::Value::Int(2))];
        builder.push(&Record { fields, ..Record::default() }, Timestamp::from_nanos(5));
        let rows = conform(&mut Columns::new(), &builder.finish().unwrap(), 0).unwrap();
        assert_eq!(rows.column_by_name("k").unwrap().as_primitive::<Int64Type>().value(0), 1);
        assert_eq!(rows.column_by_name("attributes").unwrap().as_string_view().value(0), r#"{"K":2}"#);
    }

    #[test]
    fn whole_numbers_join_a_float_column_when_they_fit() {
        use bongsu_model::Value::{Float, Int};
        let mut columns = Columns::new();
        conform(&mut columns, &batch(&[("f", Float(0.5))]), 0).unwrap();
        let rows = conform(&mut columns, &batch(&[("f", Int(2))]), 0).unwrap();
        assert!(rows.column_by_name("f").unwrap().data_type().is_floating());
        let rows = conform(&mut columns, &batch(&[("f", Int(i64::MAX))]), 0).unwrap();
        assert!(rows.column_by_name("f#int").is_some());
    }

    #[test]
    fn a_wide_schema_is_filled_with_nulls() {
        let mut columns = Columns::new();
        let rows = conform(&mut columns, &batch(&[("a", bongsu_model::Value::Int(1))]), 0).unwrap();
        let wide = Widener::default().widen(&rows, columns.schema()).unwrap();
        assert_eq!(wide.num_columns(), 23);
        assert_eq!(wide.column_by_name("host").unwrap().null_count(), 1);
    }
}
