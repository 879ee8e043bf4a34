//! Rust's `tracing-subscriber`, its default and its full format: `time LEVEL span{key=value}: target: message key=value`.

use crate::Format;
use crate::line::{Line, blanks, file_and_line, word};
use crate::logfmt::pair;
use crate::time::{Calendar, Written, scan};

/// Reads one line, its colours already gone.
pub(crate) fn read<'a>(text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let found = scan(text.as_bytes(), calendar).filter(|found| found.written == Written::Full)?;
    let (level, mut rest) = word(blanks(text.get(found.len..)?.strip_prefix(' ')?));
    if !matches!(level, "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR") {
        return None;
    }
    let mut line = Line::timed(Format::Tracing, found.time);
    line.set_level(level);
    if let Some((thread, after)) = rest.split_once(' ').filter(|(thread, _)| thread.starts_with("ThreadId(")) {
        line.field("thread", thread);
        rest = blanks(after);
    }
    rest = spans(&mut line, rest);
    let (target, message) = rest.split_once(": ").or_else(|| Some((rest.strip_suffix(':')?, "")))?;
    let segments = |text: &str| text.split("::").all(is_ident);
    if !segments(target) {
        return None;
    }
    line.record.logger = Some(target.into());
    let mut message = message;
    if let Some((position, after)) = message.split_once(": ")
        && let Some((file, number)) = file_and_line(position)
    {
        line.record.file = Some(file.into());
        line.record.line = Some(number);
        message = after;
    }
    trailing_pairs(&mut line, message);
    Some(line.message(message))
}

fn is_ident(text: &str) -> bool {
    let begins = text.starts_with(|sign: char| sign.is_ascii_alphabetic() || sign == '_');
    begins && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// Takes `outer{a=1}:inner{b=2}: ` off: the names as the field `span`, the pairs as fields.
fn spans<'a>(line: &mut Line<'a>, text: &'a str) -> &'a str {
    let mut names = String::new();
    let mut rest = text;
    while let Some(end) = rest.find(['{', ' ', ':']) {
        let (name, after) = rest.split_at(end);
        if !is_ident(name) || !after.starts_with('{') {
            break;
        }
        let Some((inside, after)) = braces(after) else { break };
        let Some(after) = after.strip_prefix(':') else { break };
        if !names.is_empty() {
            names.push(':');
        }
        names.push_str(name);
        let mut pairs = inside;
        while let Some((pair, behind)) = pair(pairs) {
            line.record.fields.push((pair.key.into(), pair.into_value()));
            pairs = blanks(behind);
        }
        rest = after;
    }
    if names.is_empty() {
        return text;
    }
    line.field("span", names);
    blanks(rest)
}

fn braces(text: &str) -> Option<(&str, &str)> {
    let (mut depth, mut quoted) = (0usize, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some((text.get(1..at)?, text.get(at + 1..)?));
                }
            }
            _ => {}
        }
    }
    None
}

/// The pairs at the message's end become fields as well; the message keeps them, for nobody can tell them from words.
fn trailing_pairs<'a>(line: &mut Line<'a>, message: &'a str) {
    let mut rest = message;
    loop {
        if let Some((first, after)) = pair(rest) {
            let mut found = vec![first];
            let mut after = blanks(after);
            while let Some((next, behind)) = pair(after) {
                found.push(next);
                after = blanks(behind);
            }
            if after.is_empty() {
                line.record.fields.extend(found.into_iter().map(|pair| (pair.key.into(), pair.into_value())));
                return;
            }
            rest = after;
        } else if let Some(at) = memchr::memchr(b' ', rest.as_bytes()) {
            rest = rest.get(at + 1..).unwrap_or_default();
        } else {
            return;
        }
    }
}
