//! What a filter means: each test is asked of each value of a row, without an engine, an index or a column.

use bongsu_model::Level;
use bongsu_query::filter::{Bound, Filter, Leaf, Pattern, Piece, Side, Test};

use super::{Row, Status};

/// What the naive evaluation knows of a value.
enum Value<'a> {
    /// Compared as a whole.
    Name(&'a str),
    /// Compared word by word.
    Text(String),
    /// A number, and how it is written.
    Number(f64, String),
    Bool(bool),
}

fn values<'a>(row: &'a Row, field: &str) -> Vec<Value<'a>> {
    let mut values = Vec::new();
    match field {
        "message" => values.push(Value::Text(row.message.clone())),
        "service" => values.extend(row.service.map(Value::Name)),
        "status" => values.extend(row.status.as_ref().map(|status| match status {
            Status::Int(number) => Value::Number(*number as f64, number.to_string()),
            Status::Text(text) => Value::Text((*text).to_owned()),
            Status::Float(number) => Value::Number(*number, format!("{number:?}")),
        })),
        "user" => values.extend(row.user.clone().map(Value::Text)),
        "ok" => values.extend(row.ok.map(Value::Bool)),
        _ => {}
    }
    if !matches!(field, "message" | "service" | "level") {
        let json: serde_json::Value =
            row.extra.map_or(serde_json::Value::Null, |text| serde_json::from_str(text).unwrap());
        let found = json.get(field).or_else(|| {
            let (head, tail) = field.split_once('.')?;
            json.get(head)?.get(tail)
        });
        match found {
            Some(serde_json::Value::String(text)) => values.push(Value::Text(text.clone())),
            Some(serde_json::Value::Number(number)) => {
                values.push(Value::Number(number.as_f64().unwrap(), number.to_string()));
            }
            Some(serde_json::Value::Bool(value)) => values.push(Value::Bool(*value)),
            _ => {}
        }
    }
    values
}

fn has_word(text: &str, word: &str) -> bool {
    if word.is_empty() {
        return text.is_empty();
    }
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    let glued = word.chars().any(|c| ('가'..='힣').contains(&c));
    let part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    (0..=text.len()).filter(|at| text.is_char_boundary(*at) && text[*at..].starts_with(&word)).any(|at| {
        let before = part(text[..at].chars().next_back()) && part(word.chars().next());
        let after = part(text[at + word.len()..].chars().next()) && part(word.chars().next_back());
        glued || (!before && !after)
    })
}

/// Whether the whole of `text` is like `pattern`, whose wildcards do not stand for white space if `word` says so.
fn is_like(text: &[char], pattern: &[Piece], word: bool) -> bool {
    let stands = |c: char| !word || !c.is_whitespace();
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Piece::Any, rest)) => {
            is_like(text, rest, word)
                || text.split_first().is_some_and(|(c, text)| stands(*c) && is_like(text, pattern, word))
        }
        Some((Piece::One, rest)) => text.split_first().is_some_and(|(c, text)| stands(*c) && is_like(text, rest, word)),
        Some((Piece::Literal(literal), rest)) => {
            let literal: Vec<char> = literal.chars().collect();
            text.len() >= literal.len()
                && text[..literal.len()] == literal
                && is_like(&text[literal.len()..], rest, word)
        }
    }
}

fn has_word_like(text: &str, pattern: &[Piece]) -> bool {
    let lower = |piece: &Piece| match piece {
        Piece::Literal(text) => Piece::Literal(text.to_lowercase()),
        other => other.clone(),
    };
    let pattern: Vec<Piece> = pattern.iter().map(lower).collect();
    let glued = pattern.iter().any(|p| matches!(p, Piece::Literal(t) if t.chars().any(|c| ('가'..='힣').contains(&c))));
    let part = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let edge = |piece: Option<&Piece>, last: bool| match piece {
        Some(Piece::Literal(text)) if !glued => {
            let c = if last { text.chars().next_back() } else { text.chars().next() };
            c.as_ref().is_some_and(part)
        }
        _ => false,
    };
    let text: Vec<char> = text.to_lowercase().chars().collect();
    (0..=text.len()).any(|from| {
        (from..=text.len()).any(|to| {
            let before = edge(pattern.first(), false) && from > 0 && part(&text[from - 1]);
            let after = edge(pattern.last(), true) && text.get(to).is_some_and(part);
            !before && !after && is_like(&text[from..to], &pattern, true)
        })
    })
}

fn in_range<T: PartialOrd + ?Sized>(value: &T, from: Option<(&T, bool)>, to: Option<(&T, bool)>) -> bool {
    from.is_none_or(|(from, included)| value > from || included && value == from)
        && to.is_none_or(|(to, included)| value < to || included && value == to)
}

type End = Option<(String, bool)>;

fn ends(test: &Test) -> (End, End) {
    let end = |bound: &Bound| match bound {
        Bound::Open => None,
        Bound::Included(value) => Some((value.clone(), true)),
        Bound::Excluded(value) => Some((value.clone(), false)),
    };
    match test {
        Test::Between(from, to) => (end(from), end(to)),
        Test::Compare(Side::Above, value) => (Some((value.clone(), false)), None),
        Test::Compare(Side::From, value) => (Some((value.clone(), true)), None),
        Test::Compare(Side::Below, value) => (None, Some((value.clone(), false))),
        Test::Compare(Side::UpTo, value) => (None, Some((value.clone(), true))),
        _ => (None, None),
    }
}

fn ranged(value: &Value<'_>, test: &Test) -> bool {
    let (from, to) = ends(test);
    let number = |end: &End| match end {
        None => Some(None),
        Some((text, included)) => text.parse::<f64>().ok().map(|number| Some((number, *included))),
    };
    if let (Some(from), Some(to)) = (number(&from), number(&to)) {
        let value = match value {
            Value::Number(number, _) => Some(*number),
            Value::Name(text) => text.parse().ok(),
            Value::Text(text) => text.parse().ok(),
            Value::Bool(_) => None,
        };
        let from = from.as_ref().map(|(n, i)| (n, *i));
        let to = to.as_ref().map(|(n, i)| (n, *i));
        return value.is_some_and(|value| in_range(&value, from, to));
    }
    let text = match value {
        Value::Name(text) => *text,
        Value::Text(text) => text.as_str(),
        _ => return false,
    };
    let (from, to) = (from.as_ref().map(|(t, i)| (t.as_str(), *i)), to.as_ref().map(|(t, i)| (t.as_str(), *i)));
    in_range(text, from, to)
}

fn passes(value: &Value<'_>, test: &Test) -> bool {
    match (value, test) {
        (_, Test::Exists | Test::Between(Bound::Open, Bound::Open)) => true,
        (Value::Name(have), Test::Text(text) | Test::Exact(text)) => have == text,
        (Value::Text(have), Test::Exact(text)) => have == text,
        (Value::Text(have), Test::Text(text)) => has_word(have, text),
        (Value::Number(have, _), Test::Text(text) | Test::Exact(text)) => text.parse() == Ok(*have),
        (Value::Bool(have), Test::Text(text) | Test::Exact(text)) => text.parse() == Ok(*have),
        (Value::Name(have), Test::Like(Pattern(pattern))) => is_like(&have.chars().collect::<Vec<_>>(), pattern, false),
        (Value::Text(have), Test::Like(Pattern(pattern))) => has_word_like(have, pattern),
        (Value::Name(have), Test::Regex(regex)) => regex::Regex::new(regex).unwrap().is_match(have),
        (Value::Number(_, have), Test::Like(Pattern(pattern))) => {
            is_like(&have.chars().collect::<Vec<_>>(), pattern, false)
        }
        (Value::Text(have) | Value::Number(_, have), Test::Regex(regex)) => {
            regex::Regex::new(regex).unwrap().is_match(have)
        }
        (_, Test::Like(_) | Test::Regex(_)) => false,
        (value, test) => ranged(value, test),
    }
}

fn level_passes(row: &Row, test: &Test) -> bool {
    let Some(have) = row.level else { return false };
    let order = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
    let rank = |name: &str| order.iter().position(|known| *known == Level::gathered(name).name());
    match test {
        Test::Exists => true,
        Test::Text(text) | Test::Exact(text) => Level::gathered(text).name().to_lowercase() == have.to_lowercase(),
        test => {
            let (from, to) = ends(test);
            if from.is_none() && to.is_none() {
                return true;
            }
            let end = |end: &End| end.as_ref().map(|(text, included)| (rank(text).unwrap(), *included));
            let (from, to) = (end(&from), end(&to));
            rank(have).is_some_and(|have| {
                in_range(&have, from.as_ref().map(|(n, i)| (n, *i)), to.as_ref().map(|(n, i)| (n, *i)))
            })
        }
    }
}

pub(super) fn matches(row: &Row, filter: &Filter) -> bool {
    match filter {
        Filter::All => true,
        Filter::And(parts) => parts.iter().all(|part| matches(row, part)),
        Filter::Or(parts) => parts.iter().any(|part| matches(row, part)),
        Filter::Not(part) => !matches(row, part),
        Filter::Test(Leaf { field, test, .. }) => match field.as_deref() {
            Some("level") => level_passes(row, test),
            field => values(row, field.unwrap_or("message")).iter().any(|value| passes(value, test)),
        },
    }
}
