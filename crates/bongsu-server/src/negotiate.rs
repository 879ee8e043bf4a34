//! Which form the client wants its rows in.

use axum::http::{HeaderMap, StatusCode, header};
use bongsu_query::rows::Form;

use crate::errors::ApiError;

/// Media types that ask for a form.
const TYPES: [(&str, Form); 8] = [
    ("application/x-ndjson", Form::JsonLines),
    ("application/jsonl", Form::JsonLines),
    ("application/json-lines", Form::JsonLines),
    ("application/json", Form::JsonLines),
    ("text/csv", Form::Csv),
    ("application/vnd.apache.arrow.stream", Form::Arrow),
    ("application/arrow", Form::Arrow),
    ("application/x-arrow-stream", Form::Arrow),
];

/// The media type of an answer.
pub(crate) fn media_type(form: Form) -> &'static str {
    match form {
        Form::JsonLines => "application/x-ndjson",
        Form::JsonArray => "application/json",
        Form::Csv => "text/csv; charset=utf-8; header=present",
        Form::Arrow => "application/vnd.apache.arrow.stream",
    }
}

/// The form that `Accept` prefers; JSON lines when it does not care, 406 when it wants none that there is.
pub(crate) fn wanted(headers: &HeaderMap) -> Result<Form, ApiError> {
    let values: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if values.is_empty() {
        return Ok(Form::JsonLines);
    }
    let mut best: Option<(u16, Form)> = None;
    for wish in values.iter().flat_map(|value| value.split(',')) {
        let (name, weight) = weighed(wish);
        let better = weight > best.map_or(0, |(weight, _)| weight);
        if let (true, Some(form)) = (better, form_of(&name)) {
            best = Some((weight, form));
        }
    }
    best.map(|(_, form)| form).ok_or_else(|| {
        ApiError::new(
            StatusCode::NOT_ACCEPTABLE,
            "not-acceptable",
            "there is no answer in the form that `Accept` asks for",
        )
        .hint("accept application/x-ndjson, text/csv or application/vnd.apache.arrow.stream")
    })
}

fn form_of(name: &str) -> Option<Form> {
    match name {
        "*/*" | "application/*" => Some(Form::JsonLines),
        "text/*" => Some(Form::Csv),
        name => TYPES.iter().find(|(known, _)| *known == name).map(|(_, form)| *form),
    }
}

/// A media type's name and its weight in thousandths.
fn weighed(wish: &str) -> (String, u16) {
    let mut parts = wish.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let weight = parts
        .find_map(|part| part.strip_prefix("q="))
        .map_or(1_000, |q| q.parse::<f32>().map_or(0, |q| (q.clamp(0.0, 1.0) * 1_000.0) as u16));
    (name, weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &str) -> Option<Form> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        wanted(&headers).ok()
    }

    #[test]
    fn no_wish_means_json_lines() {
        assert_eq!(wanted(&HeaderMap::new()).unwrap(), Form::JsonLines);
        assert_eq!(accepted("*/*"), Some(Form::JsonLines));
    }

    #[test]
    fn the_heaviest_wish_wins_and_the_first_of_equals() {
        assert_eq!(accepted("text/csv"), Some(Form::Csv));
        assert_eq!(accepted("TEXT/CSV; header=present"), Some(Form::Csv));
        assert_eq!(accepted("application/json;q=0.5, text/csv;q=0.9, */*;q=0.1"), Some(Form::Csv));
        assert_eq!(accepted("application/vnd.apache.arrow.stream, text/csv"), Some(Form::Arrow));
        assert_eq!(accepted("image/png, text/csv;q=0.1"), Some(Form::Csv));
    }

    #[test]
    fn a_form_that_is_not_there_is_refused() {
        for accept in ["image/png", "text/csv;q=0", "application/xml", ""] {
            assert_eq!(accepted(accept), None, "{accept}");
        }
    }
}
