//! The values of secrets, wherever they stand.

use std::fmt::{self, Write};

use serde_json::Value;

use super::HIDDEN;
use super::values::closing_quote;

/// Values that must not be written, in each form that a text may repeat them.
///
/// ```
/// let mut secrets = bongsu_log::mask::Secrets::default();
/// secrets.add_text("k 1234");
/// assert_eq!(secrets.scrub("401 for /films?key=k%201234"), "401 for /films?key=***HIDDEN***");
/// ```
#[derive(Default)]
pub struct Secrets {
    /// The longest first: none is hidden only in part because one inside it was found before.
    forms: Vec<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("forms", &self.forms.len()).finish()
    }
}

impl Secrets {
    /// Adds the strings and numbers in `value`. Numbers of an array (bytes, say) count together: each of them stands
    /// in too many texts.
    pub fn add(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.add_text(&number.to_string()),
            Value::String(text) => self.add_text(text),
            Value::Object(fields) => fields.values().for_each(|value| self.add(value)),
            Value::Array(values) if !values.is_empty() && values.iter().all(Value::is_number) => {
                let numbers: Vec<_> = values.iter().map(Value::to_string).collect();
                self.add_form(numbers.join(","));
                self.add_form(numbers.join(", "));
                let bytes: Option<Vec<u8>> =
                    values.iter().map(|value| value.as_u64().and_then(|number| number.try_into().ok())).collect();
                if let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
                    self.add_text(&text);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.add(value)),
        }
    }

    /// Adds the `Debug` form of what holds secrets, and the texts in quotes and the long numbers inside it.
    pub fn add_debug(&mut self, text: &str) {
        self.add_text(text);
        let words = text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '-'));
        for number in words.filter(|word| word.len() >= 4 && word.starts_with(|c: char| c.is_ascii_digit())) {
            self.add_form(number.to_owned());
        }
        let mut rest = text;
        while let Some(start) = rest.find('"') {
            let end = closing_quote(rest, start + 1, 0, '"');
            let quoted = &rest[start + 1..end];
            self.add_text(quoted);
            if let Ok(Value::String(unescaped)) = format!("\"{quoted}\"").parse() {
                self.add_text(&unescaped);
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        }
    }

    /// Adds a text in the forms that it may be repeated in.
    pub fn add_text(&mut self, text: &str) {
        if text.bytes().all(is_unreserved) {
            // The same in every form.
            return self.add_form(text.to_owned());
        }
        let trimmed = text.trim();
        for text in [text, trimmed] {
            let debug = format!("{text:?}");
            let json = Value::from(text).to_string();
            self.add_form(debug[1..debug.len() - 1].to_owned());
            self.add_form(json[1..json.len() - 1].to_owned());
            if !text.is_ascii() {
                self.add_form(ascii_json(&json[1..json.len() - 1]));
            }
            let percent = percent_encoded(text, false);
            self.add_form(percent_encoded(text, true));
            self.add_form(percent.replace("%20", "+"));
            self.add_form(percent);
            self.add_form(text.to_owned());
        }
    }

    fn add_form(&mut self, form: String) {
        if form.trim().is_empty() || self.forms.contains(&form) {
            return;
        }
        let place = self.forms.partition_point(|other| other.len() >= form.len());
        self.forms.insert(place, form);
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// `text` with each secret hidden.
    pub fn scrub(&self, text: &str) -> String {
        if !self.forms.iter().any(|form| text.contains(form.as_str())) {
            return text.to_owned();
        }
        let mut clean = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(form) = self.forms.iter().find(|form| rest.starts_with(form.as_str())) {
                clean.push_str(HIDDEN);
                rest = &rest[form.len()..];
            } else {
                clean.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        // What stood beside a hidden one may be a secret together with the mask's own letters.
        if self.forms.iter().any(|form| !HIDDEN.contains(form.as_str()) && clean.contains(form.as_str())) {
            return HIDDEN.to_owned();
        }
        clean
    }

    /// Hides the secrets in every string, number and name of `value`.
    pub fn scrub_json(&self, value: &mut Value) {
        if self.forms.is_empty() {
            return;
        }
        match value {
            Value::String(text) => *text = self.scrub(text),
            Value::Number(number) => {
                let text = number.to_string();
                let clean = self.scrub(&text);
                if clean != text {
                    *value = clean.into();
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.scrub_json(value)),
            Value::Object(fields) => {
                for (name, mut value) in std::mem::take(fields) {
                    self.scrub_json(&mut value);
                    fields.insert(self.scrub(&name), value);
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
}

/// JSON text as programs write it that know ASCII only: `\ubd09`.
fn ascii_json(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            ascii.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(ascii, "\\u{unit:04x}");
        }
    }
    ascii
}

/// Whether a byte stands for itself in an address.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn percent_encoded(text: &str, lower: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = if lower { write!(encoded, "%{byte:02x}") } else { write!(encoded, "%{byte:02X}") };
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_found_in_the_forms_that_a_text_may_repeat_it_in() {
        let mut secrets = Secrets::default();
        secrets.add(&json!({"deep": ["a \"b\"", 417_900], "flag": true, "none": null, "bytes": [107, 45, 49]}));
        let said = "a \"b\" | a \\\"b\\\" | a%20%22b%22 | a+%22b%22 | 417900 | k-1 | [107, 45, 49] | true null";
        let clean = secrets.scrub(said);
        assert_eq!(clean, format!("{}[{HIDDEN}] | true null", format!("{HIDDEN} | ").repeat(6)));
    }

    #[test]
    fn the_quoted_part_of_a_debug_text_is_a_secret_too() {
        let mut secrets = Secrets::default();
        secrets.add_debug(r#"Secret("k\"9")"#);
        assert_eq!(secrets.scrub(r#"401: k"9"#), format!("401: {HIDDEN}"));
    }

    #[test]
    fn letters_beyond_ascii_are_found_escaped_in_either_way() {
        let mut secrets = Secrets::default();
        secrets.add_text("봉🔥");
        let said = r"봉🔥 \ubd09\ud83d\udd25 %EB%B4%89%F0%9F%94%A5 %eb%b4%89%f0%9f%94%a5";
        assert_eq!(secrets.scrub(said), [HIDDEN; 4].join(" "));
    }

    #[test]
    fn the_longest_secret_is_hidden_whole_and_the_mask_makes_no_secret_anew() {
        let mut secrets = Secrets::default();
        secrets.add(&json!(["abc", "abcdef", "xab*"]));
        assert_eq!(secrets.scrub("abcdef abc"), format!("{HIDDEN} {HIDDEN}"));
        assert_eq!(secrets.scrub("xababc"), HIDDEN, "`xab*` must not stand in `xab***HIDDEN***`");
    }

    #[test]
    fn names_and_numbers_that_repeat_a_secret_are_hidden() {
        let mut secrets = Secrets::default();
        secrets.add(&json!(["kim", 1234]));
        let mut value = json!({"kim": [1234, 5, "id 1234"]});
        secrets.scrub_json(&mut value);
        assert_eq!(value, json!({HIDDEN: [HIDDEN, 5, format!("id {HIDDEN}")]}));
    }

    proptest! {
        #[test]
        fn no_secret_is_left_in_any_text(secret in "\\PC{3,12}", around in "\\PC{0,20}") {
            prop_assume!(!HIDDEN.contains(secret.trim()) && !secret.trim().is_empty());
            let mut secrets = Secrets::default();
            secrets.add_text(&secret);
            let clean = secrets.scrub(&format!("{around}{secret}{around} {secret:?}"));
            prop_assert!(!clean.contains(&secret), "{}", clean);
        }
    }
}
