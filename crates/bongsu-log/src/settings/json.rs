//! Values of a JSON text, each with its line.

use serde_json::Value;

use super::node::{Entry, Lines, Node, Unread, What, add};

/// The value that `text` is.
pub(super) fn read(text: &str) -> Result<Node, Unread> {
    let syntax = |error: &serde_json::Error| {
        let said = error.to_string();
        // The place stands before the message in every error of this project.
        let reason = said.rsplit_once(" at line ").map_or(said.as_str(), |(reason, _)| reason).to_owned();
        Unread::Syntax { line: error.line().max(1), reason }
    };
    serde_json::from_str::<Value>(text).map_err(|error| syntax(&error))?;
    Walk { text, at: 0, lines: Lines::of(text) }.value()
}

/// Goes through a text that is known to be JSON, no deeper than `serde_json` goes.
struct Walk<'t> {
    text: &'t str,
    at: usize,
    lines: Lines,
}

impl<'t> Walk<'t> {
    fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied().unwrap_or(b'}')
    }

    fn line(&self) -> usize {
        self.lines.line(self.at)
    }

    fn value(&mut self) -> Result<Node, Unread> {
        let first = self.peek();
        let line = self.line();
        let what = match first {
            b'{' => self.table()?,
            b'[' => self.list()?,
            b'"' => What::Text(self.string()),
            _ => self.word(),
        };
        Ok(Node { what, line })
    }

    fn table(&mut self) -> Result<What, Unread> {
        let mut entries = Vec::new();
        self.at += 1;
        while self.peek() != b'}' {
            let line = self.line();
            let key = self.string();
            self.peek();
            self.at += 1;
            let value = self.value()?;
            add(&mut entries, Entry { key, line, value })?;
            self.comma();
        }
        self.at += 1;
        Ok(What::Table(entries))
    }

    fn list(&mut self) -> Result<What, Unread> {
        let mut items = Vec::new();
        self.at += 1;
        while self.peek() != b']' {
            items.push(self.value()?);
            self.comma();
        }
        self.at += 1;
        Ok(What::List(items))
    }

    fn comma(&mut self) {
        if self.peek() == b',' {
            self.at += 1;
        }
    }

    fn string(&mut self) -> String {
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let length = end.map_or(rest.len(), |end| end + 2);
        self.at += length.max(1);
        rest.get(..length).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    fn word(&mut self) -> What {
        let rest = self.rest();
        let end = rest.find(|c: char| matches!(c, ',' | ']' | '}') || c.is_ascii_whitespace()).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        self.at += end.max(1);
        match word {
            "true" => What::Flag(true),
            "false" => What::Flag(false),
            // To the last digit, which `serde_json` does not promise.
            number => match (number.parse(), number.parse()) {
                (Ok(whole), _) => What::Whole(whole),
                (Err(_), Ok(real)) => What::Real(real),
                _ => What::Null,
            },
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e9..1e9_f64).prop_map(Value::from),
            "[\"\\\\a 봉,\\]}{\n]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[\"\\\\a봉:]{0,3}", inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_is_walked_to_itself(value in json(), pretty: bool) {
            let text = if pretty { format!("{value:#}") } else { value.to_string() };
            prop_assert_eq!(read(&text).unwrap().json(), value);
        }

        #[test]
        fn any_text_is_read_or_refused(text in r#"([{}\[\]:,"\\ \n]|a|1|null|true|봉){0,24}"#) {
            prop_assert_eq!(read(&text).is_ok(), serde_json::from_str::<Value>(&text).is_ok() && read(&text).is_ok());
        }
    }
}
