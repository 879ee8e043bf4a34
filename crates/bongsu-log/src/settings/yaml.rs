//! Values of a YAML text: the core schema, one document, anchors and their aliases, `<<` for the keys of other tables.
//!
//! What an alias stands for has the lines of what was written: there is the mistake if there is one.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::node::{Entry, Node, Unread, What, add};

/// How deep values may lie in others.
const DEEPEST: usize = 32;
/// Values that aliases may stand for, each counted as often as it is repeated.
const MOST_REPEATED: usize = 10_000;

/// The value that `text` is; an empty table when there is none.
pub(super) fn read(text: &str) -> Result<Node, Unread> {
    let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
    let events = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader { events, line: 1, anchors: HashMap::new(), repeated: 0 };
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
    /// What aliases may stand for, by its number.
    anchors: HashMap<usize, Node>,
    repeated: usize,
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
        let (what, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) if style == ScalarStyle::Plain && tag.is_none() => {
                (plain(&text), anchor)
            }
            Event::Scalar(text, _, anchor, _) => (What::Text(text.into_owned()), anchor),
            Event::SequenceStart(_, anchor, _) => (self.list(depth)?, anchor),
            Event::MappingStart(_, anchor, _) => (self.table(depth)?, anchor),
            Event::Alias(anchor) => return self.repeated(anchor, depth),
            Event::UnresolvedAlias(name) => {
                return Err(self.refuse(&format!("there is no anchor `&{name}` before its alias")));
            }
            _ => return Err(self.refuse("a value is missing")),
        };
        let node = Node { what, line };
        if anchor != 0 {
            self.count(&node)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// What stands at an anchor, once more.
    fn repeated(&mut self, anchor: usize, depth: usize) -> Result<Node, Unread> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            return Err(self.refuse("an alias stands inside of what it stands for"));
        };
        self.count(&node)?;
        if depth + height(&node) > DEEPEST {
            return Err(self.refuse("values lie too deep in others"));
        }
        Ok(node)
    }

    /// Counts what is kept or repeated for aliases.
    fn count(&mut self, node: &Node) -> Result<(), Unread> {
        self.repeated += size(node);
        if self.repeated > MOST_REPEATED {
            return Err(self.refuse(&format!("aliases stand for more than {MOST_REPEATED} values")));
        }
        Ok(())
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
        let mut others: Option<Entry> = None;
        loop {
            let (key, merges) = match self.next()? {
                None | Some(Event::MappingEnd) => break,
                Some(Event::Scalar(text, style, _, tag)) => {
                    let merges = text == "<<" && style == ScalarStyle::Plain && tag.is_none();
                    (text.into_owned(), merges)
                }
                Some(_) => return Err(self.refuse("a key must be a plain word")),
            };
            let line = self.line;
            let event = self.next()?.ok_or_else(|| self.refuse("the text ends behind a key"))?;
            let value = self.value(event, depth + 1)?;
            match (merges, &others) {
                (false, _) => add(&mut entries, Entry { key, line, value })?,
                (true, None) => others = Some(Entry { key, line, value }),
                (true, Some(known)) => return Err(Unread::Twice { line, key, first: known.line }),
            }
        }
        if let Some(Entry { line, value, .. }) = others {
            merge(&mut entries, value, line)?;
        }
        Ok(What::Table(entries))
    }
}

/// Adds the entries of other tables whose keys are new; of two that have a key, the first counts.
fn merge(entries: &mut Vec<Entry>, others: Node, line: usize) -> Result<(), Unread> {
    let others = match others.what {
        What::List(others) => others,
        _ => vec![others],
    };
    for other in others {
        let What::Table(other) = other.what else {
            let reason = "`<<` takes a table or a list of tables, such as `<<: *common`".to_owned();
            return Err(Unread::Syntax { line, reason });
        };
        for entry in other {
            if entries.iter().all(|known| known.key != entry.key) {
                entries.push(entry);
            }
        }
    }
    Ok(())
}

/// The number of values that a value consists of.
fn size(node: &Node) -> usize {
    let inside: usize = match &node.what {
        What::List(items) => items.iter().map(size).sum(),
        What::Table(entries) => entries.iter().map(|entry| size(&entry.value)).sum(),
        _ => 0,
    };
    inside + 1
}

/// How deep the deepest value lies in a value.
fn height(node: &Node) -> usize {
    let inside = match &node.what {
        What::List(items) => items.iter().map(height).max(),
        What::Table(entries) => entries.iter().map(|entry| height(&entry.value)).max(),
        _ => return 0,
    };
    inside.map_or(0, |inside| inside + 1)
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

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use serde_json::json;

    use super::*;

    fn json(text: &str) -> serde_json::Value {
        read(text).map_err(|error| format!("{error:?}")).unwrap().json()
    }

    fn refused(text: &str) -> (usize, String) {
        match read(text).expect_err(text) {
            Unread::Syntax { line, reason } => (line, reason),
            Unread::Twice { line, key, first } => (line, format!("{key} in {first}")),
        }
    }

    #[test]
    fn aliases_stand_for_what_has_their_anchor() {
        let text =
            "a: &one 1\nb: &list [*one, &word 'x', {c: *word}]\nd: *list\ne: &one 2\nf: *one\ng: &none\nh: *none\n";
        assert_eq!(
            json(text),
            json!({"a": 1, "b": [1, "x", {"c": "x"}], "d": [1, "x", {"c": "x"}], "e": 2, "f": 2, "g": null, "h": null})
        );
    }

    #[test]
    fn a_table_takes_the_keys_of_others_that_it_has_not() {
        let text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  y: 5\n  <<: [*a, *b]\nd: {<<: *b, w: 0}\ne: {'<<': 1}\nf: {<<: {v: 1}}\n";
        let made = json(text);
        assert_eq!(made["c"], json!({"y": 5, "x": 1, "z": 4}));
        assert_eq!(made["d"], json!({"y": 3, "z": 4, "w": 0}));
        assert_eq!([&made["e"], &made["f"]], [&json!({"<<": 1}), &json!({"v": 1})]);
    }

    #[test]
    fn what_an_alias_stands_for_keeps_its_lines() {
        let node = read("a: &a\n  x: 1\n\nb:\n  <<: *a\nc: *a\n").unwrap();
        let What::Table(entries) = node.what else { unreachable!("a table") };
        for entry in &entries {
            let What::Table(inside) = &entry.value.what else { unreachable!("a table") };
            assert_eq!((inside[0].line, inside[0].value.line), (2, 2), "{}", entry.key);
        }
        assert_eq!(entries.iter().map(|entry| entry.line).collect::<Vec<_>>(), [1, 4, 6]);
    }

    #[test]
    fn what_no_alias_can_stand_for_is_refused_with_its_line() {
        for (text, line, reason) in [
            ("a: 1\nb: *x\n", 2, "there is no anchor `&x` before its alias"),
            ("a: *x\nb: &x 1\n", 1, "there is no anchor `&x` before its alias"),
            ("a: &x\n  - 1\n  - *x\n", 3, "an alias stands inside of what it stands for"),
            ("a: &x\n  b: {c: *x}\n", 2, "an alias stands inside of what it stands for"),
            ("a: &x 1\n*x : 2\n", 2, "a key must be a plain word"),
            ("a: 1\n<<: 3\n", 2, "`<<` takes a table or a list of tables, such as `<<: *common`"),
            ("a: {<<: {b: 1},\n  <<: {c: 1}}\n", 2, "<< in 1"),
        ] {
            assert_eq!(refused(text), (line, reason.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_short_text_does_not_stand_for_a_long_one_nor_for_a_deep_one() {
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        let mut deep = "a0: &a0 [x]\n".to_owned();
        for nth in 1..40 {
            let before = format!("*a{}", nth - 1);
            let _ = writeln!(laughs, "a{nth}: &a{nth} [{}]", [before.as_str(); 10].join(", "));
            let _ = writeln!(deep, "a{nth}: &a{nth} [{before}]");
        }
        assert_eq!(refused(&laughs), (4, "aliases stand for more than 10000 values".to_owned()));
        assert_eq!(refused(&deep), (32, "values lie too deep in others".to_owned()));
        let common = "common: &common {level: INFO, size: 1 MiB}\n".to_owned();
        let many = (0..500).map(|nth| format!("c{nth}: {{<<: *common, count: {nth}}}\n"));
        assert_eq!(json(&many.fold(common, |text, line| text + &line))["c499"]["level"], "INFO");
    }
}
