//! The elements of a JSON array, one after another, without a tree of values.

use bongsu_model::Refusal;

/// One element as it stands in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    /// Where it begins.
    pub(crate) offset: u64,
    /// Its text, without white space around it.
    pub(crate) text: &'a [u8],
}

/// Where and why a body is no array any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) offset: u64,
    pub(crate) reason: Refusal,
}

/// Splits an array that comes in pieces at its top-level commas. Elements are only looked at as far as this takes: brackets
/// and strings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Splitter {
    state: State,
    /// How much of the element that has begun was looked at, and what was found there.
    seen: usize,
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    /// What is left of the element that has begun is not wanted.
    skips: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Start,
    First,
    Next,
    Comma,
    Inside,
    Behind,
    Done,
}

impl Splitter {
    /// The next element that is whole in `bytes` from `at` on, which is moved behind what was looked at for good. None
    /// when more bytes are needed, or none will come. `base` is where `bytes` begins in the body.
    pub(crate) fn next<'a>(
        &mut self,
        bytes: &'a [u8],
        at: &mut usize,
        base: u64,
        last: bool,
    ) -> Option<Result<Element<'a>, Broken>> {
        loop {
            if self.state == State::Inside {
                let Some(end) = self.element_end(bytes, *at) else {
                    if last {
                        return Some(self.broken(Refusal::OpenElement, base + *at as u64));
                    }
                    if self.skips {
                        *at = bytes.len();
                        self.seen = 0;
                    }
                    return None;
                };
                let begin = std::mem::replace(at, end);
                let skipped = self.skips;
                *self = Self { state: State::Next, ..Self::default() };
                if skipped {
                    continue;
                }
                let text = bytes.get(begin..end).unwrap_or_default().trim_ascii_end();
                return Some(Ok(Element { offset: base + begin as u64, text }));
            }
            let rest = bytes.get(*at..).unwrap_or_default();
            *at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
            let here = base + *at as u64;
            self.state = match (self.state, bytes.get(*at)) {
                (State::Done, _) => {
                    *at = bytes.len();
                    return None;
                }
                (State::Behind, None) => return None,
                (State::Behind, Some(_)) => return Some(self.broken(Refusal::BehindArray, here)),
                (State::Start, None) if last => return Some(self.broken(Refusal::NoArray, here)),
                (_, None) if last => return Some(self.broken(Refusal::OpenArray, here)),
                (_, None) => return None,
                (State::Start, Some(b'[')) => {
                    *at += 1;
                    State::First
                }
                (State::Start, Some(_)) => return Some(self.broken(Refusal::NoArray, here)),
                (State::First | State::Next, Some(b']')) => {
                    *at += 1;
                    State::Behind
                }
                (State::Next, Some(b',')) => {
                    *at += 1;
                    State::Comma
                }
                (State::Next, Some(_)) => return Some(self.broken(Refusal::NoComma, here)),
                (State::First | State::Comma | State::Inside, Some(_)) => State::Inside,
            };
        }
    }

    /// Gives up the element that has begun: what is left of it is passed over.
    pub(crate) fn skip(&mut self) {
        self.skips = true;
    }

    /// Whether the rest of an element is being passed over.
    pub(crate) fn skips(&self) -> bool {
        self.skips
    }

    fn broken<'a>(&mut self, reason: Refusal, offset: u64) -> Result<Element<'a>, Broken> {
        self.state = State::Done;
        Err(Broken { offset, reason })
    }

    /// The end of the element that begins at `from`, once it is there.
    fn element_end(&mut self, bytes: &[u8], from: usize) -> Option<usize> {
        for (nth, byte) in bytes.iter().enumerate().skip(from + self.seen) {
            if self.in_string {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b',' | b']' | b'}' if self.depth == 0 => return Some(nth),
                b']' | b'}' if self.depth == 1 => return Some(nth + 1),
                b']' | b'}' => self.depth -= 1,
                _ => {}
            }
        }
        self.seen = bytes.len().saturating_sub(from);
        None
    }

    /// What [`Splitter::resume`] needs to go on behind what was consumed, in another process.
    pub(crate) fn memory(&self) -> String {
        let state = match self.state {
            State::Start => "start",
            State::First => "first",
            State::Next => "next",
            State::Comma | State::Inside if !self.skips => "comma",
            State::Comma | State::Inside => "inside",
            State::Behind => "behind",
            State::Done => "done",
        };
        let flags = [self.in_string, self.is_escaped].map(u8::from);
        format!("{state} {} {} {}", if self.skips { self.depth } else { 0 }, flags[0], flags[1])
    }

    /// See [`Splitter::memory`].
    pub(crate) fn resume(memory: &str) -> Self {
        let words: Vec<&str> = memory.split(' ').collect();
        let word = |nth: usize| words.get(nth).copied().unwrap_or_default();
        let state = match word(0) {
            "first" => State::First,
            "next" => State::Next,
            "comma" => State::Comma,
            "inside" => State::Inside,
            "behind" => State::Behind,
            "done" => State::Done,
            _ => State::Start,
        };
        if state != State::Inside {
            return Self { state, ..Self::default() };
        }
        let depth = word(1).parse().unwrap_or_default();
        Self { state, seen: 0, depth, in_string: word(2) == "1", is_escaped: word(3) == "1", skips: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Vec<Result<String, (u64, Refusal)>> {
        let whole = in_pieces(body.as_bytes(), body.len().max(1), false);
        for size in 1..body.len() {
            assert_eq!(in_pieces(body.as_bytes(), size, size % 2 == 0), whole, "{body} in pieces of {size}");
        }
        whole
    }

    /// The elements of a body that comes `size` bytes at a time, each time to a splitter that knows only what it remembers.
    fn in_pieces(body: &[u8], size: usize, resumed: bool) -> Vec<Result<String, (u64, Refusal)>> {
        let (mut splitter, mut pending, mut base, mut all) = (Splitter::default(), Vec::new(), 0u64, Vec::new());
        let count = body.len().div_ceil(size).max(1);
        for nth in 0..count {
            pending.extend_from_slice(body.get(nth * size..).map_or(&[][..], |rest| &rest[..rest.len().min(size)]));
            let mut at = 0;
            while let Some(next) = splitter.next(&pending, &mut at, base, nth + 1 == count) {
                all.push(match next {
                    Ok(element) => {
                        assert!(body[element.offset as usize..].starts_with(element.text));
                        Ok(String::from_utf8(element.text.to_vec()).unwrap())
                    }
                    Err(broken) => Err((broken.offset, broken.reason)),
                });
            }
            pending.drain(..at);
            base += at as u64;
            if resumed {
                splitter = Splitter::resume(&splitter.memory());
            }
        }
        all
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

    #[test]
    fn an_element_can_be_given_up_half_way() {
        let body = br#"[{"a":1},{"b":["x\"]}",{}]},{"c":2}]"#;
        let (mut splitter, mut at, mut found) = (Splitter::default(), 0, Vec::new());
        while let Some(Ok(element)) = splitter.next(&body[..16], &mut at, 0, false) {
            found.push(element.text.to_vec());
        }
        splitter.skip();
        assert!(splitter.next(&body[..16], &mut at, 0, false).is_none());
        assert_eq!(at, 16);
        let mut splitter = Splitter::resume(&splitter.memory());
        while let Some(Ok(element)) = splitter.next(body, &mut at, 0, true) {
            found.push(element.text.to_vec());
        }
        assert_eq!(found, [&br#"{"a":1}"#[..], br#"{"c":2}"#]);
    }
}
