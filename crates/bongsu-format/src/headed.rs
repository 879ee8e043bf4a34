//! Any line with a time or a level in front of its message: log4j, logback, `PostgreSQL`, and what nobody has named.
//!
//! One reader for all of them: it finds the time, then takes level, thread, process, logger and position off the line
//! until something does not look like a header any more.

use bongsu_model::Timestamp;

use crate::Format;
use crate::line::{Line, blanks, bracketed, file_and_line, is_level, is_level_in_any_case, is_name, word};
use crate::time::{Calendar, Written, scan};

/// Words that may stand between the line's beginning, its time and its level.
const MAX_WORDS: usize = 6;

struct Header<'a> {
    line: Line<'a>,
    rest: &'a str,
    /// Header words that have no field of their own.
    words: Vec<&'a str>,
    /// A bracket whose meaning the level behind it decides.
    bracket: Option<&'a str>,
    process: bool,
    level_colon: bool,
}

/// Reads one line.
pub(crate) fn read<'a>(text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
    // A number that stands alone may look like a date; it is a line's whole content.
    if text.trim_end().bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let line = Line::new(Format::Headed);
    let mut header = Header { line, rest: text, words: Vec::new(), bracket: None, process: false, level_colon: false };
    let epoch = header.find_time(calendar);
    let timed = header.line.record.time.is_some();
    if !timed {
        header.rest = text;
        header.words.clear();
        header.level_alone(text)?;
    }
    header.parts();
    if epoch && !header.line.has_level() {
        return None;
    }
    Some(header.finish())
}

impl<'a> Header<'a> {
    /// Finds the time, behind a few words perhaps, and steps behind it. Says whether it was a bare number.
    fn find_time(&mut self, calendar: &Calendar) -> bool {
        let mut epoch: Option<Timestamp> = None;
        for _ in 0..=MAX_WORDS {
            let inside = self.rest.trim_start_matches(['[', '(']);
            let opened = inside.len() < self.rest.len();
            if let Some(found) = scan(inside.as_bytes(), calendar)
                && let Some(after) = inside.get(found.len..)
                && after.starts_with([' ', ']', ')', ',', '|', ':', ';', '\t', '-']) | after.is_empty()
            {
                if found.written != Written::Epoch {
                    let lower = self.words.iter().any(|word| !like_header(word));
                    let undated = found.written == Written::OfDay && self.words.iter().any(|word| like_date(word));
                    if undated || lower && !level_follows(after) {
                        return false;
                    }
                    self.line.record.time = Some(epoch.map_or(found.time, |epoch| refine(epoch, found.time)));
                    self.line.note('t');
                    self.rest = close(after, opened);
                    return false;
                }
                if epoch.is_none() {
                    epoch = Some(found.time);
                    self.rest = blanks(close(after, opened));
                    continue;
                }
            }
            let Some((word, after)) = self.next_word().filter(|(word, _)| self.may_lead(word)) else { break };
            self.words.push(word);
            self.rest = after;
        }
        if epoch.is_some() {
            // The words behind a bare number were looked at for a better time; they are header words only with a level.
            self.line.record.time = epoch;
            self.line.note('t');
        }
        epoch.is_some()
    }

    fn next_word(&self) -> Option<(&'a str, &'a str)> {
        let (word, rest) = word(self.rest);
        (!word.is_empty() && !rest.is_empty()).then_some((word, rest))
    }

    fn may_lead(&mut self, word: &'a str) -> bool {
        if !self.line.has_level() && level_of(word).is_some() {
            return true;
        }
        like_header(word) || self.words.is_empty() && is_name(word.trim_end_matches(':'))
    }

    /// A line without a time: only its level, in capitals with a colon or blanks behind it, or in brackets.
    fn level_alone(&mut self, text: &'a str) -> Option<()> {
        if let Some((inside, rest)) = bracketed(text) {
            let level = inside.trim();
            if !is_level_in_any_case(level) {
                return None;
            }
            self.take_level(level);
            self.rest = rest;
            return Some(());
        }
        let (first, rest) = word(text);
        let level = first.strip_suffix(':').unwrap_or(first);
        let usual = matches!(
            level,
            "TRACE" | "DEBUG" | "INFO" | "NOTICE" | "WARN" | "WARNING" | "ERROR" | "CRITICAL" | "FATAL" | "SEVERE"
        );
        if !usual || rest.is_empty() {
            return None;
        }
        self.take_level(level);
        self.level_colon = first.len() > level.len();
        self.rest = rest;
        Some(())
    }

    fn take_level(&mut self, level: &'a str) {
        self.line.set_level(level);
        self.line.note('l');
    }

    /// Takes parts off the line until the message begins.
    fn parts(&mut self) {
        for word in std::mem::take(&mut self.words) {
            match level_of(word) {
                Some(level) if !self.line.has_level() => self.take_level(level),
                _ => self.words.push(word),
            }
        }
        for _ in 0..12 {
            self.rest = blanks(self.rest);
            if self.level_colon || !self.part() {
                break;
            }
        }
        self.rest = blanks(self.rest);
    }

    /// Takes one part off; says whether another may follow.
    fn part(&mut self) -> bool {
        match self.rest.as_bytes().first() {
            None => false,
            Some(b'[') => self.bracket(),
            Some(b'<') => self.angle(),
            Some(b'|') => self.cells(),
            Some(b'-' | b':' | b',' | b';') => self.separator(),
            _ => self.word(),
        }
    }

    /// A dash or colon that stands alone. Behind level and name the message follows it.
    fn separator(&mut self) -> bool {
        let sign = self.rest.trim_start_matches(['-', ':', ',', ';']);
        if !sign.starts_with([' ', '\t']) {
            return false;
        }
        let dashes = self.rest.starts_with("--");
        self.rest = blanks(sign);
        !self.line.has_level() || dashes || self.rest.starts_with('[') && self.line.record.logger.is_none()
    }

    fn angle(&mut self) -> bool {
        let Some((inside, rest)) = self.rest.get(1..).and_then(|rest| rest.split_once('>')) else { return false };
        let level = !self.line.has_level() && is_level_in_any_case(inside);
        if level {
            self.take_level(inside);
            self.rest = rest;
        }
        level
    }

    fn bracket(&mut self) -> bool {
        let Some((inside, rest)) = bracketed(self.rest) else { return false };
        let text = inside.trim();
        if !self.line.has_level() && is_level_in_any_case(text) {
            self.take_level(text);
        } else if digits(text) && !self.process {
            self.process(text);
        } else if let Some((file, number)) = file_and_line(text) {
            self.position(file, number);
        } else if self.bracket.is_none() && !text.is_empty() && self.line.record.logger.is_none() {
            self.bracket = Some(text);
            self.line.note('x');
        } else {
            return false;
        }
        self.rest = rest;
        true
    }

    fn process(&mut self, number: &'a str) {
        self.line.number_field("pid", number);
        self.line.note('p');
        self.process = true;
    }

    fn position(&mut self, file: &'a str, number: i64) {
        self.line.record.file = Some(file.into());
        self.line.record.line = Some(number);
        self.line.note('F');
    }

    /// Cells with bars between: level, name, process, then the message.
    fn cells(&mut self) -> bool {
        let Some(inside) = self.rest.strip_prefix('|') else { return false };
        let Some((cell, rest)) = inside.split_once('|') else {
            self.rest = inside;
            return false;
        };
        let text = cell.trim();
        if !self.line.has_level() && is_level_in_any_case(text) {
            self.take_level(text);
        } else if digits(text) && !self.process {
            self.process(text);
        } else if self.line.record.logger.is_none() && is_name(text) {
            self.name(text);
        } else {
            self.rest = inside;
            return false;
        }
        self.rest = self.rest.get(self.rest.len() - rest.len() - 1..).unwrap_or_default();
        true
    }

    fn name(&mut self, name: &'a str) {
        self.line.record.logger = Some(name.into());
        self.line.note('n');
    }

    fn word(&mut self) -> bool {
        let (word, rest) = word(self.rest);
        let bare = word.strip_suffix([':', ',']).unwrap_or(word);
        if !self.line.has_level() {
            return self.before_level(word, bare, rest);
        }
        if self.line.record.logger.is_some() || self.named_before().is_some() {
            return false;
        }
        if let Some((file, number)) = file_and_line(bare.trim_end_matches(']')) {
            self.position(file, number);
            self.rest = rest;
            return !word.ends_with(':');
        }
        if digits(word) && !self.process && (rest.starts_with("---") || rest.starts_with('[')) {
            self.process(word);
            self.rest = rest;
            return true;
        }
        let colon = word.ends_with(':') || rest.starts_with(": ");
        if is_name(bare) && !rest.is_empty() && (colon || rest.starts_with("- ")) {
            let glued = word.ends_with("]:") && bare.contains('[');
            let (name, process) = if glued { bare.split_once('[').unwrap_or((bare, "")) } else { (bare, "") };
            self.name(name);
            if digits(process.trim_end_matches(']')) {
                self.process(process.trim_end_matches(']'));
            }
            self.rest = rest.strip_prefix([':', '-']).filter(|_| !word.ends_with(':')).unwrap_or(rest);
        } else if let Some(name) = word.strip_suffix(']').filter(|name| is_name(name) && !name.contains('[')) {
            self.name(name);
            self.rest = rest;
        }
        false
    }

    /// A word before the level: the level itself, or something that a level follows.
    fn before_level(&mut self, word: &'a str, bare: &'a str, rest: &'a str) -> bool {
        if is_level(bare) || is_level_in_any_case(bare) && !rest.is_empty() {
            self.take_level(bare);
            self.level_colon = word.ends_with(':') && !rest.starts_with("- ");
            if self.level_colon && self.process && self.rest.get(word.len()..).is_some_and(|r| r.starts_with("  ")) {
                self.line.format = Format::Postgres;
            }
            self.rest = rest;
            return true;
        }
        if word.ends_with(':')
            && let Some((file, number)) = file_and_line(bare)
        {
            self.position(file, number);
            self.rest = rest;
            return false;
        }
        if self.line.record.logger.is_none() && bare.contains(['.', '_']) && is_name(bare) && level_within(rest, 1) {
            self.name(bare);
            self.rest = rest;
            return true;
        }
        if !like_header(word) && !bare.contains('@') || !level_within(rest, MAX_WORDS - 1) {
            return false;
        }
        let number = bare.trim_start_matches('#').trim_end_matches(']');
        if digits(number) && !self.process {
            self.process(number);
        } else if let Some((user, database)) = word.split_once('@').filter(|_| self.process) {
            self.line.field("user", user);
            self.line.field("database", database);
        } else {
            self.words.push(word);
        }
        self.rest = rest;
        true
    }

    /// The word in front of the level when it can be a name.
    fn named_before(&self) -> Option<&'a str> {
        self.words.last().copied().filter(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()))
    }

    fn finish(mut self) -> Line<'a> {
        if let Some(bracket) = self.bracket {
            self.place_bracket(bracket);
        }
        if self.line.record.logger.is_none()
            && let Some(last) = self.named_before()
        {
            self.line.record.logger = Some(last.into());
            self.words.pop();
        }
        if !self.words.is_empty() {
            self.line.field("header", self.words.join(" "));
        }
        let record = &self.line.record;
        let complete = record.time.is_some() && record.level.is_some() && record.logger.is_some();
        if self.line.format == Format::Headed && complete {
            self.line.format = Format::Log4j;
        }
        self.line.message(self.rest)
    }

    /// A bracket is a logger when it reads like a module and no level says otherwise, else a thread. A thread's name that
    /// ends with `:Class@12` tells the position too.
    fn place_bracket(&mut self, bracket: &'a str) {
        let record = &mut self.line.record;
        let module = is_name(bracket) && !bracket.contains(['-', '/', '@', '#', ':', '$', '(', '[']);
        let dotted = bracket.contains(['.', '_']);
        if record.logger.is_none() && module && (record.level.is_none() || dotted) {
            record.logger = Some(bracket.into());
            return;
        }
        if record.logger.is_none()
            && let Some((path, number)) = bracket.rsplit_once('@')
            && let Some((thread, class)) = path.rsplit_once(':')
            && digits(number)
        {
            record.logger = Some(class.into());
            record.line = number.parse().ok();
            self.line.field("thread", thread);
            return;
        }
        self.line.field("thread", bracket);
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The level that a word in front of the message is: in capitals, or in brackets.
fn level_of(word: &str) -> Option<&str> {
    let bare = word.trim_matches(['[', ']', ':', '<', '>', ',', '|']);
    let bracketed = word.starts_with(['[', '<']) && is_level_in_any_case(bare);
    (bracketed || is_level(bare)).then_some(bare)
}

/// Whether a word is digits and signs as a date is: before a time of day it is one that no calendar has.
fn like_date(word: &str) -> bool {
    let signs = word.bytes().filter(|byte| b"-/.".contains(byte)).count();
    signs == 2 && word.len() >= 8 && word.bytes().all(|byte| byte.is_ascii_digit() || b"-/.".contains(&byte))
}

/// What is behind a time and the bracket that closes around it.
fn close(after: &str, opened: bool) -> &str {
    if opened { after.strip_prefix([']', ')']).unwrap_or(after) } else { after }
}

/// Whether a word looks like part of a header rather than like the beginning of a sentence: a sign, a number, a host,
/// something in capitals.
fn like_header(word: &str) -> bool {
    let bytes = word.as_bytes();
    let digit = bytes.iter().any(u8::is_ascii_digit);
    let lower = bytes.iter().any(u8::is_ascii_lowercase);
    bytes.is_ascii() && (digit || !lower || word.starts_with('[') && word.ends_with(']')) && word.len() <= 80
}

fn level_follows(text: &str) -> bool {
    let text = text.trim_start_matches([' ', ']', '[', '-', '|', ':', ',', '<']);
    is_level(text.split([' ', ']', ':', '>', '|', ',']).next().unwrap_or_default())
}

/// Whether a level in capitals stands within the next words, all of which look like a header's.
fn level_within(text: &str, words: usize) -> bool {
    let mut rest = text;
    for _ in 0..words {
        let (next, after) = word(rest);
        let bare = next.trim_matches(['[', ']', ':', '<', '>', ',', '|']);
        if is_level(bare) {
            return true;
        }
        if next.is_empty() || !like_header(next) && !next.contains('@') {
            return false;
        }
        rest = after;
    }
    false
}

/// A time known to the second, with the fraction of one that is known better but lacks its zone.
fn refine(second: Timestamp, civil: Timestamp) -> Timestamp {
    const SECOND: i64 = 1_000_000_000;
    let apart = second.nanos() / SECOND - civil.nanos().div_euclid(SECOND);
    let zones = apart % 900 == 0 && apart.abs() <= 26 * 3600 && second.nanos() % SECOND == 0;
    if zones { second.plus_nanos(civil.nanos().rem_euclid(SECOND)) } else { second }
}
