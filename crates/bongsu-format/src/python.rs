//! Python's `logging` as most programs set it up, and Loguru.

use crate::Format;
use crate::line::{Line, file_and_line, is_level, is_name};
use crate::time::{Calendar, Written, scan};

/// `LEVEL:logger:message`.
pub(crate) fn read_basic(text: &str) -> Option<Line<'_>> {
    let (level, rest) = text.split_once(':').filter(|(level, _)| is_level(level))?;
    let (logger, message) = rest.split_once(':').filter(|(logger, _)| is_name(logger))?;
    let mut line = Line::new(Format::PythonLogging);
    line.set_level(level);
    line.note('l');
    line.note('n');
    line.record.logger = Some(logger.into());
    Some(line.message(message))
}

/// Time, level and names in any order with ` - ` or ` | ` between, then the message.
pub(crate) fn read_parted<'a>(text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
    let head = text.as_bytes().get(..text.len().min(80))?;
    let dash = memchr::memmem::find(head, b" - ").unwrap_or(usize::MAX);
    let bar = memchr::memmem::find(head, b" | ").unwrap_or(usize::MAX);
    if dash == bar {
        return None;
    }
    let between = if dash < bar { " - " } else { " | " };
    let mut line = Line::new(Format::PythonLogging);
    let mut rest = text;
    for nth in 0..7 {
        let Some((part, after)) = rest.split_once(between).or_else(|| last_part(rest, between)) else { break };
        let part = part.trim();
        if line.record.time.is_none()
            && let Some(found) = whole_time(part, calendar)
        {
            line.record.time = Some(found);
            line.note('t');
        } else if !line.has_level() && is_level(part) {
            line.set_level(part);
            line.note('l');
        } else if nth == 0 || !name(&mut line, part, between) {
            break;
        }
        rest = after;
    }
    (line.record.time.is_some() && line.has_level()).then(|| line.message(rest))
}

/// A header part at the very end, its message empty.
fn last_part<'a>(rest: &'a str, between: &str) -> Option<(&'a str, &'a str)> {
    Some((rest.strip_suffix(between.trim_end())?, ""))
}

fn whole_time(part: &str, calendar: &Calendar) -> Option<bongsu_model::Timestamp> {
    let part = part.strip_prefix('[').and_then(|part| part.strip_suffix(']')).unwrap_or(part);
    let found = scan(part.as_bytes(), calendar)?;
    (found.len == part.len() && found.written != Written::Epoch).then_some(found.time)
}

/// Takes a part that names something: a file's line, a process, a logger, a thread. Says whether it is one.
fn name<'a>(line: &mut Line<'a>, part: &'a str, between: &str) -> bool {
    let bare = part.trim_start_matches('[').trim_end_matches(']');
    if bare.is_empty() || bare.len() > 120 {
        return false;
    }
    let complete = line.record.time.is_some() && line.has_level();
    if let Some((file, number)) = file_and_line(bare) {
        line.record.file = Some(file.into());
        line.record.line = Some(number);
        line.note('F');
    } else if complete && (line.record.logger.is_some() || !is_name(bare) || between == " - " && !like_module(bare)) {
        return false;
    } else if bare.bytes().all(|byte| byte.is_ascii_digit()) {
        line.number_field("process", bare);
        line.note('p');
    } else if line.record.logger.is_none() && is_name(bare) {
        line.record.logger = Some(bare.into());
        line.note('n');
    } else {
        line.field("thread", bare);
        line.note('x');
    }
    true
}

/// Whether a word behind the level is a module's name rather than the message's first word.
fn like_module(word: &str) -> bool {
    let lower = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte));
    lower && (word.contains(['.', '_']) && !word.ends_with('.') || word == "root")
}

/// Loguru: `2025-06-06 12:00:00.123 | INFO     | module:function:12 - message`.
pub(crate) fn read_loguru<'a>(text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
    let head = text.as_bytes().get(..text.len().min(48))?;
    memchr::memchr(b'|', head)?;
    let found = scan(text.as_bytes(), calendar)?;
    let rest = text.get(found.len..)?.strip_prefix(" | ")?;
    let (level, rest) = rest.split_once(" | ")?;
    let level = level.trim_end();
    if level.is_empty() || level.contains(' ') {
        return None;
    }
    let (position, message) = rest.split_once(" - ").or_else(|| Some((rest.strip_suffix(" -")?, "")))?;
    let (path, number) = position.rsplit_once(':')?;
    let (module, function) = path.rsplit_once(':')?;
    if position.contains(' ') {
        return None;
    }
    let mut line = Line::timed(Format::Loguru, found.time);
    line.set_level(level);
    line.record.line = Some(number.parse().ok()?);
    line.record.logger = Some(module.into());
    line.record.function = Some(function.into());
    Some(line.message(message))
}
