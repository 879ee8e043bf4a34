//! Fields past the limit on columns, which lie in `attributes` as JSON.

use datafusion::logical_expr::Expr;
use memchr::memmem::Finder;
use serde_json::Value;

use crate::filter::Test;
use crate::regex;
use crate::syntax::RegexMistake;
use crate::text::TextTest;
use crate::text_function::{RowTest, text_function};
use crate::value::{Number, Span};

/// What a JSON value must be.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for each condition of a query")]
enum JsonTest {
    Exists,
    /// A text passes the first, a number is the second, a truth value is the third.
    Is(Option<TextTest>, String, Option<Number>, Option<bool>),
    /// A text passes the first, a number as it is written the second.
    Has(TextTest, TextTest),
    Within(Span<String>, Option<Span<Number>>),
}

impl JsonTest {
    fn new(wanted: &Test) -> Result<Self, RegexMistake> {
        let boolean = |text: &str| text.to_ascii_lowercase().parse().ok();
        Ok(match wanted {
            any if any.takes_any() => Self::Exists,
            Test::Text(text) => {
                let words = if text.is_empty() { None } else { Some(TextTest::word(text)?) };
                Self::Is(words, text.clone(), Number::parse(text), boolean(text))
            }
            Test::Exact(text) => Self::Is(None, text.clone(), Number::parse(text), text.parse().ok()),
            Test::Like(pattern) => {
                let number = TextTest::Regex(regex::whole_like(pattern, true)?);
                Self::Has(TextTest::Regex(regex::word_like(pattern)?), number)
            }
            Test::Regex(expression) => {
                let found = TextTest::Regex(regex::compile(expression)?);
                Self::Has(found.clone(), found)
            }
            Test::Exists | Test::Compare(..) | Test::Between(..) => {
                let span = Span::of(wanted).unwrap_or(Span { from: None, to: None });
                let numbers = span.map(|text| Number::parse(text));
                Self::Within(span, numbers)
            }
        })
    }

    fn passes(&self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Null) | (Self::Has(..), Value::Bool(_)) => false,
            (Self::Exists, _) => true,
            (Self::Is(words, text, ..), Value::String(have)) => match words {
                Some(words) => words.passes(have),
                None => have == text,
            },
            (Self::Is(_, _, number, _), Value::Number(have)) => {
                number.is_some_and(|number| have.as_f64() == Some(number.float()))
            }
            (Self::Is(_, _, _, boolean), Value::Bool(have)) => *boolean == Some(*have),
            (Self::Is(Some(words), ..), other) => words.passes(&other.to_string()),
            (Self::Is(None, text, ..), other) => serde_json::from_str(text).is_ok_and(|text: Value| text == *other),
            (Self::Has(test, _), Value::String(have)) => test.passes(have),
            (Self::Has(_, test), Value::Number(have)) => test.passes(&have.to_string()),
            (Self::Has(test, _), other) => test.passes(&other.to_string()),
            (Self::Within(texts, numbers), Value::String(have)) => match numbers {
                Some(numbers) => have.parse().is_ok_and(|have: f64| within(numbers, have)),
                None => texts.holds(have),
            },
            (Self::Within(_, Some(numbers)), Value::Number(have)) => {
                have.as_f64().is_some_and(|have| within(numbers, have))
            }
            (Self::Within(..), _) => false,
        }
    }
}

fn within(span: &Span<Number>, value: f64) -> bool {
    span.map(|number| Some(number.float())).is_some_and(|span| span.holds(&value))
}

/// That one field of `attributes` passes a test.
#[derive(Debug)]
struct HasAttribute {
    attribute: String,
    quoted: Finder<'static>,
    test: JsonTest,
}

impl RowTest for HasAttribute {
    fn passes(&self, json: &str) -> bool {
        if self.quoted.find(json.as_bytes()).is_none() {
            return false;
        }
        let Ok(document) = serde_json::from_str::<Value>(json) else { return false };
        lookup(&document, &self.attribute).is_some_and(|value| self.test.passes(value))
    }
}

/// The value under `name`, be it one key or keys joined with dots.
fn lookup<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    if let Some(found) = value.get(name) {
        return Some(found);
    }
    name.match_indices('.').find_map(|(dot, _)| lookup(value.get(&name[..dot])?, &name[dot + 1..]))
}

/// True where the field `name` of the JSON in `attributes` passes `test`; fails with the reason when it is wrong.
pub(crate) fn has_attribute(attributes: Expr, name: &str, test: &Test) -> Result<Expr, RegexMistake> {
    // The last key of a path stands in quotes, whether the path is one key or several.
    let last = serde_json::Value::from(name.rsplit('.').next().unwrap_or(name)).to_string();
    let quoted = Finder::new(last.trim_start_matches('"')).into_owned();
    let passes = HasAttribute { attribute: name.to_owned(), quoted, test: JsonTest::new(test)? };
    Ok(text_function(attributes, passes, format!("has_attribute[{name}: {test:?}]")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(json: &str, name: &str, test: &Test) -> bool {
        let value: Value = serde_json::from_str(json).unwrap();
        lookup(&value, name).is_some_and(|value| JsonTest::new(test).unwrap().passes(value))
    }

    #[test]
    fn looks_into_nested_and_dotted_keys() {
        let json = r#"{"a.b": 5, "c": {"d": "Disk full"}, "e": true, "n": null}"#;
        assert!(finds(json, "a.b", &Test::Text("5".into())));
        assert!(finds(json, "c.d", &Test::Text("disk".into())));
        assert!(!finds(json, "c.d", &Test::Exact("disk".into())));
        assert!(finds(json, "e", &Test::Text("true".into())));
        assert!(!finds(json, "n", &Test::Exists));
        assert!(finds(json, "a.b", &Test::Compare(crate::filter::Side::Above, "4.5".into())));
        assert!(!finds(json, "c.x", &Test::Exists));
    }
}
