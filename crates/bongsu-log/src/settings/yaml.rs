//! Values of a YAML text: the core schema, one document, no aliases.

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::node::{Entry, Node, Unread, What, add};

/// How deep values may lie in others.
const DEEPEST: usize = 32;

/// The value that `text` is; an empty table when there is none.
pub(super) fn read(text: &str) -> Result<Node, Unread> {
    let options = granit_parser::options! { emit_comments: false };
    let mut reader = Reader { events: Parser::new_from_str_with_options(text, options), line: 1 };
    let mut root = None;
    loop {
        match reader.next()? {
            Some(Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd) => {}
            None | Some(Event::StreamEnd) => break,
            Some(_) if root.is_some() => return Err(reader.refuse("there is more than one document")),
            Some(event) => root = Some(reader.value(event, 0)?),
        }
    }
    Ok(root.unwrap_or(Node { what: What::Null, line: 1 }))
}

struct Reader<'t> {
    events: Parser<'t, granit_parser::StrInput<'t>>,
    line: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Option<Event<'t>>, Unread> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok((event, span))) => {
                self.line = line(&span);
                Ok(Some(event))
            }
            Some(Err(error)) => Err(Unread::Syntax { line: error.marker().line().max(1), reason: error.info() }),
        }
    }

    fn refuse(&self, reason: &str) -> Unread {
        Unread::Syntax { line: self.line, reason: reason.to_owned() }
    }

    fn value(&mut self, event: Event<'t>, depth: usize) -> Result<Node, Unread> {
        let line = self.line;
        if depth > DEEPEST {
            return Err(self.refuse("values lie too deep in others"));
        }
        let what = match event {
            Event::Scalar(text, style, _, tag) => {
                if style == ScalarStyle::Plain && tag.is_none() {
                    plain(&text)
                } else {
                    What::Text(text.into_owned())
                }
            }
            Event::SequenceStart(..) => self.list(depth)?,
            Event::MappingStart(..) => self.table(depth)?,
            _ => return Err(self.refuse("aliases are not read; write the value out")),
        };
        Ok(Node { what, line })
    }

    fn list(&mut self, depth: usize) -> Result<What, Unread> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                None | Some(Event::SequenceEnd) => return Ok(What::List(items)),
                Some(event) => items.push(self.value(event, depth + 1)?),
            }
        }
    }

    fn table(&mut self, depth: usize) -> Result<What, Unread> {
        let mut entries = Vec::new();
        loop {
            let key = match self.next()? {
                None | Some(Event::MappingEnd) => return Ok(What::Table(entries)),
                Some(Event::Scalar(text, ..)) => text.into_owned(),
                Some(_) => return Err(self.refuse("a key must be a plain word")),
            };
            let line = self.line;
            let event = self.next()?.ok_or_else(|| self.refuse("the text ends behind a key"))?;
            let value = self.value(event, depth + 1)?;
            add(&mut entries, Entry { key, line, value })?;
        }
    }
}

fn line(span: &Span) -> usize {
    span.start.line().max(1)
}

/// What a word without quotes is.
fn plain(text: &str) -> What {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return What::Null,
        "true" | "True" | "TRUE" => return What::Flag(true),
        "false" | "False" | "FALSE" => return What::Flag(false),
        _ => {}
    }
    let number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    if let Some(number) = text.parse().ok().filter(|_| number) {
        return What::Whole(number);
    }
    match text.parse() {
        Ok(real) if number => What::Real(real),
        _ => What::Text(text.to_owned()),
    }
}
