//! Records as OpenTelemetry's log data model has them, in the JSON of its protocol buffers.

use serde_json::{Map, Value, json};

/// An export request of `records`, each as the SDK's JSON layout has it; in their order within each logger.
pub(super) fn request<'r>(records: impl Iterator<Item = &'r [u8]>) -> Value {
    let mut groups: Vec<Group> = Vec::new();
    for record in records {
        let mut record = read(record);
        let resource = record.remove("Resource").unwrap_or_default();
        let scope = record.remove("InstrumentationScope").unwrap_or_default();
        let converted = convert(record);
        // From the end: neighbours are seldom of different programs.
        let known = groups.iter().rposition(|group| group.resource == resource);
        let nth = known.unwrap_or(groups.len());
        if known.is_none() {
            groups.push(Group { resource, scopes: Vec::new() });
        }
        if let Some(group) = groups.get_mut(nth) {
            group.add(scope, converted);
        }
    }
    json!({ "resourceLogs": groups.into_iter().map(Group::json).collect::<Vec<_>>() })
}

struct Group {
    resource: Value,
    scopes: Vec<(Value, Vec<Value>)>,
}

impl Group {
    fn add(&mut self, scope: Value, record: Value) {
        match self.scopes.iter_mut().find(|(known, _)| *known == scope) {
            Some((_, records)) => records.push(record),
            None => self.scopes.push((scope, vec![record])),
        }
    }

    fn json(self) -> Value {
        let scopes = self.scopes.into_iter().map(|(scope, records)| {
            let scope = if scope.is_object() { scope } else { json!({}) };
            json!({ "scope": scope, "logRecords": records })
        });
        json!({ "resource": { "attributes": attributes(self.resource) }, "scopeLogs": scopes.collect::<Vec<_>>() })
    }
}

/// The fields of a record; the whole line is its body when it is no object.
fn read(record: &[u8]) -> Map<String, Value> {
    match serde_json::from_slice(record) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::from_iter([("Body".to_owned(), String::from_utf8_lossy(record).into_owned().into())]),
    }
}

fn convert(mut record: Map<String, Value>) -> Value {
    let mut converted = Map::new();
    let time = record.remove("Timestamp");
    if let Some(time) = time.as_ref().and_then(Value::as_str).and_then(|text| text.parse::<jiff::Timestamp>().ok()) {
        let nanos = Value::from(time.as_nanosecond().max(0).to_string());
        converted.insert("timeUnixNano".to_owned(), nanos.clone());
        converted.insert("observedTimeUnixNano".to_owned(), nanos);
    }
    for (from, to) in [
        ("SeverityNumber", "severityNumber"),
        ("SeverityText", "severityText"),
        ("TraceId", "traceId"),
        ("SpanId", "spanId"),
    ] {
        if let Some(value) = record.remove(from) {
            converted.insert(to.to_owned(), value);
        }
    }
    if let Some(body) = record.remove("Body") {
        converted.insert("body".to_owned(), any(body));
    }
    if let Some(found) = record.remove("Attributes") {
        converted.insert("attributes".to_owned(), attributes(found));
    }
    Value::Object(converted)
}

fn attributes(fields: Value) -> Value {
    let Value::Object(fields) = fields else { return Value::Array(Vec::new()) };
    fields.into_iter().map(|(key, value)| json!({ "key": key, "value": any(value) })).collect()
}

/// A value with its type.
fn any(value: Value) -> Value {
    match value {
        Value::Null => json!({}),
        Value::Bool(value) => json!({ "boolValue": value }),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => json!({ "intValue": whole.to_string() }),
            None => json!({ "doubleValue": number }),
        },
        Value::String(text) => json!({ "stringValue": text }),
        Value::Array(values) => json!({ "arrayValue": { "values": values.into_iter().map(any).collect::<Vec<_>>() } }),
        Value::Object(_) => json!({ "kvlistValue": { "values": attributes(value) } }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_every_part_of_the_data_model() {
        let record = r#"{"Timestamp":"2025-06-06T03:00:00.123456789Z","SeverityText":"ERROR","SeverityNumber":17,"Body":"봉수",
            "TraceId":"0af7651916cd43dd8448eb211c80319c","SpanId":"b7ad6b7169203331","InstrumentationScope":{"name":"movies"},
            "Resource":{"service.name":"api"},"Attributes":{"b":true,"i":-3,"big":18446744073709551615,"d":0.5,"s":"x","n":null,
            "a":[1,"y"],"o":{"k":{"deep":1}}}}"#;
        let expected = json!({"resourceLogs":[{
            "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"api"}}]},
            "scopeLogs":[{"scope":{"name":"movies"},"logRecords":[{
                "timeUnixNano":"1749178800123456789","observedTimeUnixNano":"1749178800123456789",
                "severityNumber":17,"severityText":"ERROR","traceId":"0af7651916cd43dd8448eb211c80319c",
                "spanId":"b7ad6b7169203331","body":{"stringValue":"봉수"},
                "attributes":[
                    {"key":"b","value":{"boolValue":true}},{"key":"i","value":{"intValue":"-3"}},
                    {"key":"big","value":{"doubleValue":18_446_744_073_709_551_615_u64}},{"key":"d","value":{"doubleValue":0.5}},
                    {"key":"s","value":{"stringValue":"x"}},{"key":"n","value":{}},
                    {"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"y"}]}}},
                    {"key":"o","value":{"kvlistValue":{"values":[
                        {"key":"k","value":{"kvlistValue":{"values":[{"key":"deep","value":{"intValue":"1"}}]}}}]}}}]}]}]}]});
        assert_eq!(request([record.as_bytes()].into_iter()), expected);
    }

    #[test]
    fn records_are_grouped_by_resource_and_logger_in_their_order() {
        let record = |service: &str, logger: &str, body: u32| {
            format!(
                r#"{{"Body":{body},"InstrumentationScope":{{"name":"{logger}"}},"Resource":{{"service.name":"{service}"}}}}"#
            )
        };
        let records = [("s", "a", 1), ("s", "b", 2), ("t", "a", 3), ("s", "a", 4)].map(|(s, l, n)| record(s, l, n));
        let made = request(records.iter().map(String::as_bytes));
        let bodies =
            |resource: usize, scope: usize| made["resourceLogs"][resource]["scopeLogs"][scope]["logRecords"].clone();
        let body = |n: u32| json!({"body":{"intValue":n.to_string()}});
        assert_eq!(bodies(0, 0), json!([body(1), body(4)]));
        assert_eq!((bodies(0, 1), bodies(1, 0)), (json!([body(2)]), json!([body(3)])));
    }

    #[test]
    fn a_line_that_is_no_object_is_a_body_and_nothing_is_an_empty_request() {
        let made = request([&b"half {"[..]].into_iter());
        let record = &made["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
        assert_eq!(*record, json!({"body":{"stringValue":"half {"}}));
        assert_eq!(request(std::iter::empty()), json!({"resourceLogs":[]}));
    }
}
