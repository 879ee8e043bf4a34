//! Secrets that must not be written.
//!
//! [`Rules`] look at every message before it is written, and hide what reads like a secret. [`Mask`] and the values that it finds are
//! for one call of a function whose secrets are known by their names: they are hidden wherever they stand, however they look.

mod block;
mod email;
mod names;
mod number;
mod pairs;
mod rules;
mod scheme;
mod secrets;
mod signs;
mod sql;
mod tag;
mod token;
mod url;
mod values;

use std::ops::Range;

use serde_json::Value;

pub use rules::{Rule, Rules};
pub use secrets::Secrets;

/// What is written in place of a secret.
pub const HIDDEN: &str = "***HIDDEN***";

/// The names of fields whose values are secrets, unless a program names its own.
pub const SENSITIVE_FIELDS: [&str; 3] = ["api_key", "password", "token"];

/// Which fields are secrets.
///
/// A name counts in any case and with or without `_` and `-`: `api_key` is also `API-KEY` and `apiKey`.
///
/// ```
/// use bongsu_log::mask::Mask;
///
/// let mut params = serde_json::json!({"page": 2, "auth": {"API_KEY": "k-1234"}, "url": "/films?token=abcd&page=2"});
/// Mask::default().json(&mut params);
/// assert_eq!(
///     params.to_string(),
///     r#"{"page":2,"auth":{"API_KEY":"***HIDDEN***"},"url":"/films?token=***HIDDEN***&page=2"}"#
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    fields: Vec<String>,
}

impl Default for Mask {
    fn default() -> Self {
        Self::new(SENSITIVE_FIELDS)
    }
}

impl Mask {
    /// Hides the values of these fields; of none when there are none.
    pub fn new<'f>(fields: impl IntoIterator<Item = &'f str>) -> Self {
        Self { fields: fields.into_iter().map(spelled).filter(|field| !field.is_empty()).collect() }
    }

    /// Whether a field of this name is a secret.
    ///
    /// ```
    /// # use bongsu_log::mask::Mask;
    /// let mask = Mask::new(["pin"]);
    /// assert!(mask.hides("PIN") && !mask.hides("token") && !mask.hides("pinned"));
    /// ```
    pub fn hides(&self, field: &str) -> bool {
        let field = spelled(field);
        self.fields.contains(&field)
    }

    /// Hides the secrets in a JSON value at any depth, those in its strings too.
    pub fn json(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if self.hides(name) {
                        *value = HIDDEN.into();
                    } else {
                        self.json(value);
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.json(value)),
            Value::String(text) => {
                let hidden = self.text(text);
                if hidden != *text {
                    *text = hidden;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Hides what follows the name of a secret in a text: `token=…`, `token: …`, `"token": "…"`.
    ///
    /// A value ends where it seems to: at its closing quote or bracket, else behind `=` at the next space, behind `:` at the
    /// next comma or line.
    ///
    /// ```
    /// # use bongsu_log::mask::Mask;
    /// let said = r#"401 for Login { user: "kim", password: "a\"b", page: 1 }"#;
    /// assert_eq!(Mask::default().text(said), r#"401 for Login { user: "kim", password: "***HIDDEN***", page: 1 }"#);
    /// ```
    pub fn text(&self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut done = 0;
        for value in self.values(text) {
            masked.push_str(&text[done..value.start]);
            masked.push_str(HIDDEN);
            done = value.end;
        }
        masked.push_str(&text[done..]);
        masked
    }

    /// Where the values of secrets stand in `text`, without their quotes.
    fn values(&self, text: &str) -> Vec<Range<usize>> {
        let mut values = Vec::new();
        let mut at = 0;
        while let Some(word) = next_word(text, at) {
            at = word.end;
            if self.hides(&text[word.clone()])
                && let Some(value) = values::behind(text, word.end, true)
            {
                at = value.end;
                values.push(value);
            }
        }
        values
    }

    /// Adds the values of the secrets in `value` to `secrets`.
    pub fn collect(&self, value: &Value, secrets: &mut Secrets) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if self.hides(name) {
                        secrets.add(value);
                    } else {
                        self.collect(value, secrets);
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.collect(value, secrets)),
            Value::String(text) => {
                for value in self.values(text) {
                    // A short word behind a name in a text is hardly a secret, but part of many others.
                    if value.len() >= 4 {
                        secrets.add_debug(&text[value]);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// A name as names are compared.
fn spelled(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let start = from + rest.find(is_word)?;
    let end = text[start..].find(|c| !is_word(c)).map_or(text.len(), |length| start + length);
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn masked(text: &str) -> String {
        Mask::default().text(text)
    }

    /// `text` with `#` for each place that `find` finds in it.
    pub(super) fn hidden(text: &str, find: impl Fn(&str, &mut Vec<Range<usize>>)) -> String {
        let mut found = Vec::new();
        find(text, &mut found);
        let places = found.iter().rev();
        places.fold(text.to_owned(), |text, place| format!("{}#{}", &text[..place.start], &text[place.end..]))
    }

    #[test]
    fn a_name_is_recognised_in_any_spelling_and_only_as_a_whole() {
        let mask = Mask::default();
        for name in ["api_key", "API_KEY", "apiKey", "Api-Key", "password", "TOKEN"] {
            assert!(mask.hides(name), "{name}");
        }
        for name in ["api", "key", "tokens", "password_hint", ""] {
            assert!(!mask.hides(name), "{name}");
        }
        assert!(Mask::new(["비밀번호"]).hides("비밀번호"));
        assert!(!Mask::new([]).hides("token") && !Mask::new([""]).hides(""));
    }

    #[test]
    fn values_are_hidden_at_any_depth_whatever_they_are() {
        let mut value = json!({"a": [{"token": {"x": 1}}, {"Password": null}], "token": [1, 2], "n": 3});
        Mask::default().json(&mut value);
        assert_eq!(value, json!({"a": [{"token": HIDDEN}, {"Password": HIDDEN}], "token": HIDDEN, "n": 3}));
    }

    #[test]
    fn a_value_in_a_text_is_hidden_to_its_end() {
        let table = [
            ("https://x/?api_key=a%20b&page=2", "https://x/?api_key=***HIDDEN***&page=2"),
            ("token=abc user=kim", "token=***HIDDEN*** user=kim"),
            ("Token: Bearer a b, page: 1", "Token: ***HIDDEN***, page: 1"),
            (r#"{"token": "a, b", "n": 1}"#, r#"{"token": "***HIDDEN***", "n": 1}"#),
            (r#"{\"token\":\"a\\\"b\",\"n\":1}"#, r#"{\"token\":\"***HIDDEN***\",\"n\":1}"#),
            (r#"A { token: Some("x)y"), n: 1 }"#, "A { token: ***HIDDEN***, n: 1 }"),
            ("A { token: B { c: 1, d: 2 }, n: 1 }", "A { token: ***HIDDEN***, n: 1 }"),
            ("{'token': 'it', 'n': 1}", "{'token': '***HIDDEN***', 'n': 1}"),
            ("token => x", "token => ***HIDDEN***"),
            ("password: 넷째 줄\nnext", "password: ***HIDDEN***\nnext"),
            ("token=\"never closed", "token=\"***HIDDEN***"),
            ("token: (never closed", "token: ***HIDDEN***"),
            ("bad token", "bad token"),
            ("token:", "token:"),
            ("tokens=3", "tokens=3"),
        ];
        for (text, expected) in table {
            assert_eq!(masked(text), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_masked_without_failing_and_masking_again_changes_nothing(
            text in "([a-z ]|token|[:=\"'\\\\,;&{}()\\[\\]>\n]|봉수){0,40}"
        ) {
            let once = masked(&text);
            prop_assert_eq!(masked(&once), once);
        }
    }
}
