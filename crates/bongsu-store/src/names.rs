//! Final names of columns: one dataset's columns, each with one type, and how a batch's columns come to them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use bongsu_model::column;

/// Users' columns that a dataset may have; values of further keys go to `attributes`.
pub(crate) const MAX_USER_COLUMNS: usize = 1_000;
/// Bytes of a column's name; values of longer keys go to `attributes`.
const MAX_NAME: usize = 256;
/// The table's partition column, which is in no snapshot and in no file.
pub(crate) const DAY: &str = "_day";

/// The columns of a dataset, in the order of its schema.
///
/// The first type of a key has the key's own name; another type's values go to `key#str`, `key#int`, `key#float` or
/// `key#bool`. Names are compared without regard to case, because readers of Delta tables do.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    fields: Vec<Arc<Field>>,
    by_name: HashMap<String, usize>,
    schema: SchemaRef,
    limit: usize,
}

/// Where the values of a batch's column go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// To this column of the dataset.
    Column(usize),
    /// Into the JSON of `attributes`.
    Attributes,
}

impl Default for Columns {
    fn default() -> Self {
        Self::new()
    }
}

impl Columns {
    /// The core columns alone.
    pub(crate) fn new() -> Self {
        let mut columns = Self {
            fields: vec![],
            by_name: HashMap::new(),
            schema: Arc::new(Schema::empty()),
            limit: MAX_USER_COLUMNS,
        };
        for (name, kind) in column::core() {
            columns.insert(name, kind);
        }
        columns.refresh();
        columns
    }

    /// The core columns and those of `schema`, named as they are.
    pub(crate) fn adopt(&mut self, schema: &Schema) {
        let before = self.fields.len();
        for field in schema.fields() {
            if field.name() != DAY && !self.by_name.contains_key(&field.name().to_lowercase()) {
                self.insert(field.name(), stored_type(field.data_type()));
            }
        }
        if self.fields.len() != before {
            self.refresh();
        }
    }

    /// The dataset's schema.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The column for values of `kind` under `key`; `fits` says whether whole numbers may become floats.
    pub(crate) fn target(&mut self, key: &str, kind: &DataType, fits_float: bool) -> Target {
        let mut name = delta_name(key);
        if name.len() > MAX_NAME {
            return Target::Attributes;
        }
        if name.eq_ignore_ascii_case(DAY) || name.eq_ignore_ascii_case(column::TEMPLATE_ID) {
            name.push_str(suffix(kind));
        }
        loop {
            match self.by_name.get(&name.to_lowercase()) {
                Some(&position) => {
                    let have = self.fields[position].data_type();
                    let cast = fits_float && *have == DataType::Float64 && *kind == DataType::Int64;
                    if have == kind || cast {
                        return Target::Column(position);
                    }
                    name.push_str(suffix(kind));
                }
                None if self.fields.len() >= column::core().len() + self.limit => return Target::Attributes,
                None => {
                    let position = self.insert(&name, kind.clone());
                    self.refresh();
                    return Target::Column(position);
                }
            }
        }
    }

    /// The column at `position`.
    pub(crate) fn field(&self, position: usize) -> &Arc<Field> {
        &self.fields[position]
    }

    /// The position of the column called exactly `name`.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        let position = *self.by_name.get(&name.to_lowercase())?;
        (self.fields[position].name() == name).then_some(position)
    }

    fn insert(&mut self, name: &str, kind: DataType) -> usize {
        let position = self.fields.len();
        self.fields.push(Arc::new(Field::new(name, kind, true)));
        self.by_name.insert(name.to_lowercase(), position);
        position
    }

    fn refresh(&mut self) {
        self.schema = Arc::new(Schema::new(self.fields.clone()));
    }
}

/// The type in which a dataset keeps values of `kind`.
pub(crate) fn stored_type(kind: &DataType) -> DataType {
    match kind {
        DataType::Boolean | DataType::Int64 | DataType::Float64 | DataType::Int8 | DataType::Int16 => kind.clone(),
        DataType::Timestamp(..) => column::time_type(),
        _ => DataType::Utf8View,
    }
}

/// The type in which values of a user's key are kept.
pub(crate) fn user_type(kind: &DataType) -> DataType {
    match kind {
        DataType::Boolean => DataType::Boolean,
        kind if kind.is_integer() && *kind != DataType::UInt64 => DataType::Int64,
        kind if kind.is_numeric() => DataType::Float64,
        _ => DataType::Utf8View,
    }
}

fn suffix(kind: &DataType) -> &'static str {
    match kind {
        DataType::Boolean => "#bool",
        DataType::Int64 | DataType::Int8 | DataType::Int16 => "#int",
        DataType::Float64 => "#float",
        _ => "#str",
    }
}

/// `key` without the characters that Delta forbids in a column's name.
fn delta_name(key: &str) -> String {
    if key.is_empty() {
        return "_".to_owned();
    }
    key.replace([' ', ',', ';', '{', '}', '(', ')', '\n', '\t', '='], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(columns: &mut Columns, key: &str, kind: &DataType) -> String {
        match columns.target(key, kind, false) {
            Target::Column(position) => columns.field(position).name().clone(),
            Target::Attributes => "attributes!".to_owned(),
        }
    }

    #[test]
    fn the_first_type_has_the_plain_name() {
        let mut columns = Columns::new();
        assert_eq!(name_of(&mut columns, "status", &DataType::Int64), "status");
        assert_eq!(name_of(&mut columns, "status", &DataType::Utf8View), "status#str");
        assert_eq!(name_of(&mut columns, "status", &DataType::Boolean), "status#bool");
        assert_eq!(name_of(&mut columns, "STATUS", &DataType::Int64), "status");
        assert_eq!(name_of(&mut columns, "level", &DataType::Int64), "level#int");
        assert_eq!(name_of(&mut columns, "_day", &DataType::Utf8View), "_day#str");
        assert_eq!(name_of(&mut columns, "template_id", &DataType::Int64), "template_id#int");
        assert_eq!(name_of(&mut columns, "a b=c", &DataType::Utf8View), "a_b_c");
    }

    #[test]
    fn a_key_that_looks_like_a_second_type_keeps_its_own_column() {
        let mut columns = Columns::new();
        assert_eq!(name_of(&mut columns, "x#str", &DataType::Int64), "x#str");
        assert_eq!(name_of(&mut columns, "x", &DataType::Int64), "x");
        assert_eq!(name_of(&mut columns, "x", &DataType::Utf8View), "x#str#str");
    }

    #[test]
    fn whole_numbers_go_into_a_float_column_only_when_exact() {
        let mut columns = Columns::new();
        let float = columns.target("f", &DataType::Float64, false);
        assert_eq!(columns.target("f", &DataType::Int64, true), float);
        assert_ne!(columns.target("f", &DataType::Int64, false), float);
    }

    #[test]
    fn columns_end_and_attributes_begin() {
        let mut columns = Columns::new();
        for n in 0..MAX_USER_COLUMNS {
            assert!(matches!(columns.target(&format!("k{n}"), &DataType::Int64, false), Target::Column(_)));
        }
        assert_eq!(columns.target("one more", &DataType::Int64, false), Target::Attributes);
        assert_eq!(columns.target(&"x".repeat(300), &DataType::Int64, false), Target::Attributes);
    }
}
