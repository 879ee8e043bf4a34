//! What numbers the rows of each service have: sketches of the columns of numbers, so that quantiles need no rows.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use bongsu_model::column;

use crate::codec::{Taker, put_number, put_text};
use crate::counts::{put_names, take_names};
use crate::sketch::Sketch;

/// Columns that have sketches.
const MOST_COLUMNS: usize = 16;
/// Buckets of a column's sketches, all services together: a column of numbers that are names has more.
const MOST_BUCKETS: usize = 1 << 15;

/// Sketches of a group's columns of numbers.
#[derive(Debug, Default)]
pub struct Numbers {
    /// The services that occur, also those without a number; none for rows without one.
    pub services: Vec<Option<String>>,
    /// The columns that have sketches.
    pub columns: Vec<NumberColumn>,
    /// Columns of numbers whose values would take too much room.
    left_out: Vec<String>,
}

/// The position of a service, and the sketch of the numbers that its rows have, as bytes.
pub type Sketched = (u32, Box<[u8]>);

/// One column of numbers.
#[derive(Debug)]
pub struct NumberColumn {
    /// Its name.
    pub name: String,
    /// The sketches of the services that have some.
    pub services: Vec<Sketched>,
}

/// Whether a column of this name and type has sketches.
pub fn is_sketched(name: &str, kind: &DataType) -> bool {
    let numbers = matches!(kind, DataType::Float64 | DataType::Int64);
    numbers && (name == column::DURATION || column::core_type(name).is_none())
}

impl Numbers {
    /// The numbers of `rows`, which come sorted by service; `service_of` gives the position in `services` of each.
    ///
    /// A service without a number has a place among the answers, too.
    pub(crate) fn of(rows: &RecordBatch, service_of: impl Fn(usize) -> u32, services: Vec<Option<String>>) -> Self {
        let fields = rows.schema_ref().fields().iter().zip(rows.columns());
        let fields = fields.filter(|(field, values)| {
            is_sketched(field.name(), field.data_type()) && values.null_count() < values.len()
        });
        let (mut columns, mut left_out) = (Vec::new(), Vec::new());
        for (field, values) in fields {
            let Ok(values) = cast(values, &DataType::Float64) else { continue };
            let values = values.as_primitive::<Float64Type>();
            let mut found: Vec<(u32, Sketch)> = Vec::new();
            for row in (0..values.len()).filter(|row| values.is_valid(*row)) {
                let service = service_of(row);
                if found.last().is_none_or(|(last, _)| *last != service) {
                    found.push((service, Sketch::default()));
                }
                found.iter_mut().last().into_iter().for_each(|(_, sketch)| sketch.add(values.value(row)));
            }
            let few = found.iter().map(|(_, sketch)| sketch.len()).sum::<usize>() <= MOST_BUCKETS;
            if few && columns.len() < MOST_COLUMNS {
                let services = found.into_iter().map(|(service, sketch)| (service, sketch.encode().into())).collect();
                columns.push(NumberColumn { name: field.name().clone(), services });
            } else {
                left_out.push(field.name().clone());
            }
        }
        Self { services, columns, left_out }
    }

    /// The numbers of a column: none when they are not known, an empty list when no row has one.
    pub fn column(&self, name: &str) -> Option<&[Sketched]> {
        if self.left_out.iter().any(|left| left == name) {
            return None;
        }
        Some(self.columns.iter().find(|column| column.name == name).map_or(&[], |column| &column.services))
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_names(&mut bytes, &self.services);
        put_number(&mut bytes, self.left_out.len() as u64);
        self.left_out.iter().for_each(|name| put_text(&mut bytes, name));
        put_number(&mut bytes, self.columns.len() as u64);
        for column in &self.columns {
            put_text(&mut bytes, &column.name);
            put_number(&mut bytes, column.services.len() as u64);
            for (service, sketch) in &column.services {
                put_number(&mut bytes, u64::from(*service));
                put_number(&mut bytes, sketch.len() as u64);
                bytes.extend_from_slice(sketch);
            }
        }
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut taker = Taker(bytes);
        let services = take_names(&mut taker)?;
        let left_out = (0..taker.count()?).map(|_| Some(taker.text()?.to_owned())).collect::<Option<_>>()?;
        let mut columns = Vec::new();
        for _ in 0..taker.count()? {
            let name = taker.text()?.to_owned();
            let mut found = Vec::new();
            for _ in 0..taker.count()? {
                let service = taker.small()?;
                let len = taker.count()?;
                let sketch = taker.bytes(len)?.into();
                if service as usize >= services.len() {
                    return None;
                }
                found.push((service, sketch));
            }
            columns.push(NumberColumn { name, services: found });
        }
        Some(Self { services, columns, left_out })
    }

    pub(crate) fn size(&self) -> usize {
        let sketches = self.columns.iter().flat_map(|column| &column.services);
        sketches.map(|(_, sketch)| sketch.len() + size_of::<Sketched>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, Int64Array};
    use arrow::datatypes::{Field, Schema};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_kept_by_service() {
        let schema = Schema::new(vec![
            Field::new("took", DataType::Float64, true),
            Field::new("number", DataType::Float64, true),
            Field::new("none", DataType::Int64, true),
            Field::new("line", DataType::Int64, true),
        ]);
        let rows = 100_000_u32;
        let took: Float64Array = (0..rows).map(|n| (n % 3 == 0 && n < rows - 1).then_some(f64::from(n % 7))).collect();
        let number: Float64Array =
            (0..rows).map(|n| (n < rows - 1).then(|| f64::from_bits(u64::from(n) << 44))).collect();
        let none = Int64Array::new_null(rows as usize);
        let service = |row: usize| match row as u32 {
            0..=9 => 0,
            10..50_000 => 1,
            row => 2 + u32::from(row == rows - 1),
        };
        let services = [None, Some("a"), Some("b"), Some("none")].map(|name| name.map(str::to_owned)).to_vec();
        let line: Arc<Int64Array> = Arc::new((0..rows).map(|n| Some(i64::from(n))).collect());
        let columns: Vec<arrow::array::ArrayRef> = vec![Arc::new(took), Arc::new(number), Arc::new(none), line];
        let batch = RecordBatch::try_new(Arc::new(schema), columns).unwrap();
        let found = Numbers::decode(&Numbers::of(&batch, service, services).encode()).unwrap();
        let names: Vec<_> = found.services.iter().map(Option::as_deref).collect();
        assert_eq!(names, [None, Some("a"), Some("b"), Some("none")]);
        let took = found.column("took").unwrap();
        assert_eq!(took.len(), 3);
        let mut sketch = Sketch::default();
        for (_, bytes) in took {
            sketch.merge_encoded(bytes);
        }
        assert_eq!(sketch.quantile(1.0).map(f64::floor), Some(6.0));
        assert!(found.column("number").is_none());
        assert!(found.column("line").is_some_and(<[_]>::is_empty));
        assert_eq!(found.column("none").map(<[_]>::len), Some(0));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in any::<Vec<u8>>()) {
            let _ = Numbers::decode(&bytes);
        }
    }
}
