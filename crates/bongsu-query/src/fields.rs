//! Which columns a field of a query means, and how their values compare.

use arrow::datatypes::{DataType, Schema};
use bongsu_model::column;

/// How values of a column compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Word by word, in any case.
    Text,
    /// As a whole, exactly.
    Identifier,
    /// By name in any spelling, or by severity.
    Level,
    Whole,
    Float,
    Bool,
    Time,
}

/// One column that holds values of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

impl Variant {
    pub(crate) fn message() -> Self {
        Self { name: column::MESSAGE.to_owned(), kind: Kind::Text }
    }
}

/// What the store puts behind the name of a key's column when an earlier one has another type.
const SUFFIXES: [&str; 4] = ["#str", "#int", "#float", "#bool"];
/// Core columns whose values are compared as a whole.
const IDENTIFIERS: [&str; 10] = [
    column::SERVICE,
    column::LOGGER,
    column::HOST,
    column::TRACE_ID,
    column::SPAN_ID,
    column::FUNCTION,
    column::FILE,
    column::SOURCE,
    column::OPERATION,
    column::ID,
];

/// The columns that hold values of the field `name`: the one of its name and those of its other types. The case of
/// letters is ignored as the store ignores it, and so are the signs that it does not allow in a name.
pub(crate) fn variants(schema: &Schema, name: &str) -> Vec<Variant> {
    let name = name.replace([' ', ',', ';', '{', '}', '(', ')', '\n', '\t', '='], "_");
    let mut found = Vec::new();
    for field in schema.fields() {
        let Some((head, mut tail)) = field.name().split_at_checked(name.len()) else { continue };
        if head.to_lowercase() != name.to_lowercase() {
            continue;
        }
        while let Some(rest) = SUFFIXES.iter().find_map(|suffix| tail.strip_prefix(suffix)) {
            tail = rest;
        }
        if tail.is_empty()
            && let Some(kind) = kind(field.name(), field.data_type())
        {
            found.push(Variant { name: field.name().clone(), kind });
        }
    }
    found
}

fn kind(name: &str, kind: &DataType) -> Option<Kind> {
    Some(match kind {
        DataType::Utf8View if name == column::LEVEL => Kind::Level,
        DataType::Utf8View if IDENTIFIERS.contains(&name) => Kind::Identifier,
        DataType::Utf8View => Kind::Text,
        DataType::Int8 | DataType::Int16 | DataType::Int64 => Kind::Whole,
        DataType::Float64 => Kind::Float,
        DataType::Boolean => Kind::Bool,
        DataType::Timestamp(..) => Kind::Time,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::Field;

    use super::*;

    #[test]
    fn a_field_is_all_columns_of_its_key() {
        let field = |name: &str, kind| Field::new(name, kind, true);
        let schema = Schema::new(vec![
            field("service", DataType::Utf8View),
            field("Status", DataType::Int64),
            field("status#str", DataType::Utf8View),
            field("status#str#bool", DataType::Boolean),
            field("status_code", DataType::Int64),
            field("a_b", DataType::Float64),
        ]);
        let names = |name: &str| variants(&schema, name).into_iter().map(|v| v.name).collect::<Vec<_>>();
        assert_eq!(names("status"), ["Status", "status#str", "status#str#bool"]);
        assert_eq!(names("a b"), ["a_b"]);
        assert_eq!(variants(&schema, "service")[0].kind, Kind::Identifier);
        assert!(names("stat").is_empty());
    }
}
