//! The elements of a JSON array, one after another, without a tree of values.

use bongsu_model::Refusal;

/// One element as it stands in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    /// Where it begins.
    pub(crate) offset: usize,
    /// Its text, without white space around it.
    pub(crate) text: &'a [u8],
}

/// Where and why a body is no array any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) offset: usize,
    pub(crate) reason: Refusal,
}

/// Splits an array at its top-level commas. Elements are only looked at as far as this takes: brackets and strings.
#[derive(Debug)]
pub(crate) struct Elements<'a> {
    body: &'a [u8],
    at: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    First,
    Next,
    Done,
}

impl<'a> Elements<'a> {
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self { body, at: 0, state: State::Start }
    }

    fn skip_space(&mut self) -> Option<u8> {
        while let Some(byte) = self.body.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    fn broken(&mut self, reason: Refusal) -> Result<Element<'a>, Broken> {
        self.state = State::Done;
        Err(Broken { offset: self.at, reason })
    }

    /// The end of the element that begins at the current place.
    fn element_end(&self) -> Option<usize> {
        let (mut depth, mut in_string, mut is_escaped) = (0usize, false, false);
        for (nth, byte) in self.body.iter().enumerate().skip(self.at) {
            if in_string {
                match byte {
                    _ if is_escaped => is_escaped = false,
                    b'\\' => is_escaped = true,
                    b'"' => in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => in_string = true,
                b'{' | b'[' => depth += 1,
                b',' | b']' | b'}' if depth == 0 => return Some(nth),
                b']' | b'}' if depth == 1 => return Some(nth + 1),
                b']' | b'}' => depth -= 1,
                _ => {}
            }
        }
        None
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.skip_space();
        match (self.state, next) {
            (State::Done, _) => return None,
            (State::Start, Some(b'[')) => {
                self.at += 1;
                self.state = State::First;
                return self.next();
            }
            (State::Start, _) => return Some(self.broken(Refusal::NoArray)),
            (State::First | State::Next, Some(b']')) => {
                self.at += 1;
                return match self.skip_space() {
                    None => {
                        self.state = State::Done;
                        None
                    }
                    Some(_) => Some(self.broken(Refusal::BehindArray)),
                };
            }
            (State::Next, Some(b',')) => {
                self.at += 1;
                self.skip_space();
            }
            (State::Next, Some(_)) => return Some(self.broken(Refusal::NoComma)),
            (State::First, Some(_)) => {}
            (_, None) => return Some(self.broken(Refusal::OpenArray)),
        }
        self.state = State::Next;
        let Some(end) = self.element_end() else { return Some(self.broken(Refusal::OpenElement)) };
        let text = self.body.get(self.at..end).unwrap_or_default().trim_ascii_end();
        let offset = std::mem::replace(&mut self.at, end);
        Some(Ok(Element { offset, text }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Vec<Result<String, (usize, Refusal)>> {
        let elements = Elements::new(body.as_bytes());
        elements
            .map(|element| match element {
                Ok(element) => {
                    assert!(body.as_bytes()[element.offset..].starts_with(element.text));
                    Ok(String::from_utf8(element.text.to_vec()).unwrap())
                }
                Err(broken) => Err((broken.offset, broken.reason)),
            })
            .collect()
    }

    #[test]
    fn splits_at_the_top_level_only() {
        let ok = |texts: &[&str]| texts.iter().map(|text| Ok((*text).to_owned())).collect::<Vec<_>>();
        assert_eq!(texts(" [ ] "), []);
        assert_eq!(
            texts(r#"[{"a":"},{"},{"b":[1,{"c":"\""}]} , 3,"x"]"#),
            ok(&[r#"{"a":"},{"}"#, r#"{"b":[1,{"c":"\""}]}"#, "3", r#""x""#,])
        );
    }

    #[test]
    fn tells_where_an_array_is_broken_after_what_came_before() {
        assert_eq!(texts("{}"), [Err((0, Refusal::NoArray))]);
        assert_eq!(texts(r#"[{"a":1},{"b""#), [Ok(r#"{"a":1}"#.into()), Err((9, Refusal::OpenElement))]);
        assert_eq!(texts("[{}{}]"), [Ok("{}".into()), Err((3, Refusal::NoComma))]);
        assert_eq!(texts("[1").len(), 1);
        assert_eq!(texts("[{}] x"), [Ok("{}".into()), Err((5, Refusal::BehindArray))]);
    }
}
