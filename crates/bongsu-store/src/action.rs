//! The lines of a Delta commit, as far as the store writes and understands them.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use bongsu_model::column;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Damage;
use crate::names::DAY;

/// One line of a commit: one of its fields is there, or none that matters here.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Action {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) commit_info: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) meta_data: Option<MetaData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) txn: Option<Txn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) add: Option<Add>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remove: Option<Remove>,
}

/// The table's schema and settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetaData {
    pub(crate) id: String,
    pub(crate) format: Value,
    pub(crate) schema_string: String,
    pub(crate) partition_columns: Vec<String>,
    #[serde(default)]
    pub(crate) configuration: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_time: Option<i64>,
}

/// How far a program has got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Txn {
    pub(crate) app_id: String,
    pub(crate) version: i64,
}

/// A file that belongs to the table from this commit on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Add {
    pub(crate) path: String,
    pub(crate) partition_values: BTreeMap<String, Option<String>>,
    pub(crate) size: i64,
    pub(crate) modification_time: i64,
    pub(crate) data_change: bool,
    #[serde(default)]
    pub(crate) stats: Option<String>,
    #[serde(default)]
    pub(crate) tags: Option<BTreeMap<String, Option<String>>>,
}

/// A file that belongs to the table no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Remove {
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) deletion_timestamp: Option<i64>,
    #[serde(default)]
    pub(crate) data_change: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extended_file_metadata: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partition_values: Option<BTreeMap<String, Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<i64>,
}

impl Action {
    fn info(operation: &str, millis: i64, crc: u32) -> Self {
        let info = json!({
            "timestamp": millis,
            "operation": operation,
            "operationParameters": {},
            "engineInfo": concat!("bongsu/", env!("CARGO_PKG_VERSION")),
            CRC: format!("{crc:08x}"),
        });
        Self { commit_info: Some(info), ..Self::default() }
    }

    pub(crate) fn protocol() -> Self {
        Self { protocol: Some(json!({"minReaderVersion": 1, "minWriterVersion": 2})), ..Self::default() }
    }

    pub(crate) fn meta_data(id: String, schema: &Schema, millis: i64) -> Self {
        let meta_data = MetaData {
            id,
            format: json!({"provider": "parquet", "options": {}}),
            schema_string: schema_text(schema),
            partition_columns: vec![DAY.to_owned()],
            configuration: BTreeMap::new(),
            created_time: Some(millis),
        };
        Self { meta_data: Some(meta_data), ..Self::default() }
    }

    pub(crate) fn txn(app: &str, version: u64) -> Self {
        Self { txn: Some(Txn { app_id: app.to_owned(), version: version.cast_signed() }), ..Self::default() }
    }

    pub(crate) fn add(add: Add) -> Self {
        Self { add: Some(add), ..Self::default() }
    }

    pub(crate) fn remove(remove: Remove) -> Self {
        Self { remove: Some(remove), ..Self::default() }
    }
}

impl Add {
    /// What takes this file out of the table again.
    pub(crate) fn removal(&self, millis: i64, data_change: bool) -> Remove {
        Remove {
            path: self.path.clone(),
            deletion_timestamp: Some(millis),
            data_change,
            extended_file_metadata: Some(true),
            partition_values: Some(self.partition_values.clone()),
            size: Some(self.size),
        }
    }
}

/// The checksum, in a commit's first line, of the lines behind it.
const CRC: &str = "bongsuCrc32c";

/// The text of a commit: its first line says which operation it is and has the checksum of the others.
pub(crate) fn encode(operation: &str, millis: i64, actions: &[Action]) -> Result<Vec<u8>, serde_json::Error> {
    let mut lines = Vec::new();
    for action in actions {
        serde_json::to_writer(&mut lines, action)?;
        lines.push(b'\n');
    }
    let mut text = serde_json::to_vec(&Action::info(operation, millis, crc32c::crc32c(&lines)))?;
    text.push(b'\n');
    text.append(&mut lines);
    Ok(text)
}

/// The lines of a commit. Of one that the store wrote, a changed byte is seen; those of other programs have no checksum.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<Action>, Damage> {
    let unreadable = |error: serde_json::Error| Damage::Unreadable { cause: error.to_string() };
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let actions: Vec<Action> = lines.map(serde_json::from_slice).collect::<Result<_, _>>().map_err(unreadable)?;
    let expected = actions.first().and_then(|first| first.commit_info.as_ref()?.get(CRC)?.as_str());
    let first = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| end + 1);
    let sound = |expected: &str| u32::from_str_radix(expected, 16) == Ok(crc32c::crc32c(&text[first..]));
    match expected {
        _ if actions.is_empty() => Err(Damage::Empty),
        Some(expected) if !sound(expected) => Err(Damage::Checksum),
        _ => Ok(actions),
    }
}

/// Delta's text of a schema, with the partition column at its end.
fn schema_text(schema: &Schema) -> String {
    let day = Field::new(DAY, DataType::Date32, true);
    let fields: Vec<Value> = schema
        .fields()
        .iter()
        .map(AsRef::as_ref)
        .chain([&day])
        .map(|field| json!({"name": field.name(), "type": type_name(field.data_type()), "nullable": true, "metadata": {}}))
        .collect();
    json!({"type": "struct", "fields": fields}).to_string()
}

fn type_name(kind: &DataType) -> &'static str {
    match kind {
        DataType::Boolean => "boolean",
        DataType::Int8 => "byte",
        DataType::Int16 => "short",
        DataType::Int32 => "integer",
        DataType::Int64 => "long",
        DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Date32 => "date",
        DataType::Timestamp(..) => "timestamp",
        DataType::Binary => "binary",
        _ => "string",
    }
}

/// The columns of a Delta schema that a query can read; lists and the like, which only others write, are left out.
pub(crate) fn schema_of(text: &str) -> Result<Schema, serde_json::Error> {
    #[derive(Deserialize)]
    struct Struct {
        fields: Vec<Column>,
    }
    #[derive(Deserialize)]
    struct Column {
        name: String,
        r#type: Value,
    }
    let read: Struct = serde_json::from_str(text)?;
    let fields = read.fields.into_iter().filter(|column| column.name != DAY).filter_map(|column| {
        let kind = match column.r#type.as_str()? {
            "boolean" => DataType::Boolean,
            "byte" => DataType::Int8,
            "short" => DataType::Int16,
            "integer" => DataType::Int32,
            "long" => DataType::Int64,
            "float" => DataType::Float32,
            "double" => DataType::Float64,
            "date" => DataType::Date32,
            "timestamp" => column::time_type(),
            "timestamp_ntz" => DataType::Timestamp(TimeUnit::Microsecond, None),
            "binary" => DataType::Binary,
            "string" => DataType::Utf8View,
            _ => return None,
        };
        Some(Field::new(column.name, kind, true))
    });
    Ok(Schema::new(fields.collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Columns;

    #[test]
    fn a_commit_comes_back_as_it_was() {
        let add = Add { path: "_day=2025-06-01/a.parquet".into(), size: 3, ..Add::default() };
        let actions = [
            Action::protocol(),
            Action::txn("bongsu-wal", 7),
            Action::remove(add.removal(4, true)),
            Action::add(add.clone()),
        ];
        let text = encode("WRITE", 5, &actions).unwrap();
        let back = decode(&text).unwrap();
        assert_eq!(back[4].add.as_ref(), Some(&add));
        assert_eq!(back[2].txn.as_ref().map(|txn| txn.version), Some(7));
        assert_eq!(back[3].remove.as_ref().map(|remove| remove.deletion_timestamp), Some(Some(4)));
        for at in 0..text.len() {
            let mut changed = text.clone();
            changed[at] ^= 1;
            // The first line says nothing but the checksum that matters.
            let same = |read: Vec<Action>| format!("{:?}", &read[1..]) == format!("{:?}", &back[1..]);
            assert!(decode(&changed).is_ok_and(same) || decode(&changed).is_err(), "byte {at}");
            assert!(decode(&text[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_schema_comes_back_without_the_partition_column() {
        let columns = Columns::new();
        let Action { meta_data: Some(meta), .. } = Action::meta_data("id".into(), columns.schema(), 0) else {
            panic!()
        };
        assert!(meta.schema_string.contains(r#"{"name":"_day","type":"date""#));
        assert_eq!(&schema_of(&meta.schema_string).unwrap(), columns.schema().as_ref());
    }

    #[test]
    fn lines_of_other_programs_are_passed_over() {
        let actions = decode(b"{\"domainMetadata\":{\"x\":1}}\n\n{\"cdc\":{}}\n").unwrap();
        assert_eq!(actions.len(), 2);
        assert!(decode(b"{\"add\":").is_err());
    }
}
