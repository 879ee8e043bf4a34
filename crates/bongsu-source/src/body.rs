//! The body of a request becomes one batch.

use std::collections::BTreeMap;

use bongsu_format::{Format, ParseOptions, Parsed, Parser};
use bongsu_model::{Batch, BatchBuilder, Clock, Refusal, Refused, Timestamp};

use crate::collector::name_formats;
use crate::json_array::Elements;
use crate::{Gather, SourceError};

/// What the sender says a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyKind {
    /// Nothing: an array of objects is recognised, everything else is read line by line.
    #[default]
    Auto,
    /// One JSON object a line; a line that is none is refused.
    JsonLines,
    /// One JSON array of objects; an element that is none is refused.
    JsonArray,
    /// Lines of any format.
    Text,
}

/// Why one line of a body was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// The line, from 1; of an array the element, from 1.
    pub line: u64,
    /// Byte in the body where it begins.
    pub offset: u64,
    /// Why.
    pub reason: Refusal,
}

/// A body as a batch, and what could not be taken.
#[derive(Debug, Clone)]
pub struct Body {
    /// What to hand to the store; its refused lines are in it.
    pub batch: Batch,
    /// Rows in [`Body::batch`].
    pub accepted: u64,
    /// Lines refused, also those past the limit on [`Body::errors`].
    pub refused: u64,
    /// The first refused lines, at most [`Body::MAX_ERRORS`].
    pub errors: Vec<LineError>,
    /// Accepted rows by format.
    pub formats: BTreeMap<String, u64>,
}

impl Body {
    /// Refused lines that are named.
    pub const MAX_ERRORS: usize = 100;
}

/// Turns the body of a request into one batch; `source` names where it came from (such as `http`) in refused entries.
///
/// ```
/// use bongsu_model::{FixedClock, Timestamp};
/// use bongsu_source::{BodyKind, Gather, batch_from_bytes};
///
/// let clock = FixedClock::new(Timestamp::from_nanos(0));
/// let body = batch_from_bytes(b"disk is full\n", BodyKind::Text, "http", &Gather::default(), &clock).unwrap();
/// assert_eq!((body.accepted, body.refused), (1, 0));
/// ```
pub fn batch_from_bytes(
    body: &[u8],
    kind: BodyKind,
    source: &str,
    options: &Gather,
    clock: &dyn Clock,
) -> Result<Body, SourceError> {
    let kind = match kind {
        BodyKind::Auto if begins_array(body) => BodyKind::JsonArray,
        BodyKind::Auto => BodyKind::Text,
        named => named,
    };
    let mut taking = Taking {
        body,
        source,
        options,
        observed: clock.now(),
        builder: BatchBuilder::new(),
        raw_bytes: 0,
        refused: Vec::new(),
        refused_bytes: 0,
        counts: [0; Format::ALL.len()],
        errors: Vec::new(),
        refusals: 0,
        counted: (0, 1),
    };
    match kind {
        BodyKind::JsonArray => taking.array(),
        BodyKind::JsonLines => taking.json_lines(),
        BodyKind::Auto | BodyKind::Text => taking.lines(),
    }
    taking.finish()
}

/// An array of objects, and not a log line that begins with its time in brackets.
fn begins_array(body: &[u8]) -> bool {
    let Some(inside) = body.trim_ascii_start().strip_prefix(b"[") else { return false };
    matches!(inside.trim_ascii_start().first(), Some(b'{' | b']'))
}

/// Bytes of refused lines that a batch keeps; past them only their reasons are kept.
const MAX_REFUSED: usize = 8 << 20;

struct Taking<'b> {
    body: &'b [u8],
    source: &'b str,
    options: &'b Gather,
    observed: Timestamp,
    builder: BatchBuilder,
    raw_bytes: u64,
    refused: Vec<Refused>,
    refused_bytes: usize,
    counts: [u64; Format::ALL.len()],
    errors: Vec<LineError>,
    refusals: u64,
    /// Up to where line ends have been counted, and the line that begins there.
    counted: (usize, u64),
}

impl Taking<'_> {
    fn lines(&mut self) {
        let mut parser = Parser::new(self.options.parse_options(self.observed));
        let body = self.body;
        parser.parse(body, 0, true, &mut |parsed| self.take(parsed, None));
    }

    /// What holds JSON by contract is recognised as such, whatever format other inputs are forced to.
    fn json_parser(&self) -> Parser {
        Parser::new(ParseOptions { format: None, ..self.options.parse_options(self.observed) })
    }

    fn json_lines(&mut self) {
        let mut parser = self.json_parser();
        let body = self.body;
        let mut offset = 0u64;
        for line in body.split_inclusive(|byte| *byte == b'\n') {
            let nth = self.line_at(offset);
            self.object(&mut parser, line, offset, nth, &Refusal::NotObjectLine);
            offset += line.len() as u64;
        }
    }

    fn array(&mut self) {
        let mut parser = self.json_parser();
        for (element, nth) in Elements::new(self.body).zip(1u64..) {
            match element {
                Ok(element) => {
                    let offset = element.offset as u64;
                    let is_lines = has_line_end(element.text);
                    let joined: Vec<u8>;
                    // A record's end is a line's end to the parser: an object over several lines becomes one line.
                    let text = if is_lines {
                        joined =
                            element.text.iter().map(|b| if matches!(b, b'\n' | b'\r') { b' ' } else { *b }).collect();
                        &joined
                    } else {
                        element.text
                    };
                    self.object(&mut parser, text, offset, nth, &Refusal::NotObject);
                }
                Err(broken) => {
                    let rest = self.body.get(broken.offset..).unwrap_or_default();
                    self.refuse(broken.offset as u64, nth, broken.reason, rest);
                }
            }
        }
    }

    /// Takes one JSON object; `text` holds nothing else.
    fn object(&mut self, parser: &mut Parser, text: &[u8], offset: u64, nth: u64, otherwise: &Refusal) {
        let text = text.trim_ascii_end();
        let blank = text.len() - text.trim_ascii_start().len();
        let (text, offset) = (text.get(blank..).unwrap_or_default(), offset + blank as u64);
        if text.is_empty() {
            return;
        }
        let is_object = text.starts_with(b"{") && text.ends_with(b"}");
        if !is_object || text.len() > self.options.max_line {
            let too_long = || Refusal::TooLong { bytes: self.options.max_line as u64 };
            let reason = if is_object { too_long() } else { otherwise.clone() };
            self.refuse(offset, nth, reason, text);
            return;
        }
        parser.parse(text, offset, true, &mut |parsed| match parsed {
            Parsed::Record { format, bytes, .. } if !is_json(format) => {
                self.refuse(offset, nth, otherwise.clone(), bytes);
            }
            parsed => self.take(parsed, Some(nth)),
        });
    }

    fn take(&mut self, parsed: Parsed<'_>, nth: Option<u64>) {
        match parsed {
            Parsed::Record { mut record, bytes, format, .. } => {
                if record.service.is_none() {
                    record.service = self.options.service.as_deref().map(Into::into);
                }
                self.builder.push(&record, self.observed);
                self.raw_bytes += bytes.len() as u64;
                if let Some(count) = self.counts.get_mut(format as usize) {
                    *count += 1;
                }
            }
            Parsed::Refused { continues: true, .. } => {}
            Parsed::Refused { offset, bytes, reason, .. } => {
                let nth = nth.unwrap_or_else(|| self.line_at(offset));
                self.refuse(offset, nth, reason, bytes);
            }
        }
    }

    fn refuse(&mut self, offset: u64, nth: u64, reason: Refusal, raw: &[u8]) {
        self.refusals += 1;
        if self.errors.len() < Body::MAX_ERRORS {
            self.errors.push(LineError { line: nth, offset, reason: reason.clone() });
        }
        let room = MAX_REFUSED.saturating_sub(self.refused_bytes).min(Refused::MAX_RAW);
        let raw = raw.get(..room).unwrap_or(raw).to_vec();
        self.refused_bytes += raw.len();
        self.refused.push(Refused { source: self.source.to_owned(), offset, reason, raw });
    }

    /// The number of the line that holds the byte at `offset`; offsets only grow.
    fn line_at(&mut self, offset: u64) -> u64 {
        let (from, line) = self.counted;
        let to = usize::try_from(offset).unwrap_or(usize::MAX).min(self.body.len());
        let between = self.body.get(from..to).unwrap_or_default();
        let line = line + memchr::memchr_iter(b'\n', between).count() as u64;
        self.counted = (to.max(from), line);
        line
    }

    fn finish(mut self) -> Result<Body, SourceError> {
        let rows = self.builder.finish().map_err(|error| SourceError::Columns(error.to_string()))?;
        Ok(Body {
            accepted: rows.num_rows() as u64,
            refused: self.refusals,
            errors: self.errors,
            formats: name_formats(&self.counts),
            batch: Batch {
                dataset: self.options.dataset.clone(),
                rows,
                raw_bytes: self.raw_bytes,
                refused: self.refused,
                notes: Vec::new(),
            },
        })
    }
}

fn has_line_end(text: &[u8]) -> bool {
    memchr::memchr2(b'\n', b'\r', text).is_some()
}

/// Formats whose lines are JSON objects.
fn is_json(format: Format) -> bool {
    matches!(format, Format::Json | Format::BongsuJson | Format::Docker | Format::JournaldJson)
}

#[cfg(test)]
mod tests {
    use bongsu_model::FixedClock;

    use super::*;

    fn take(body: &str, kind: BodyKind) -> Body {
        let clock = FixedClock::new(Timestamp::from_nanos(1_000));
        batch_from_bytes(body.as_bytes(), kind, "http", &Gather::default(), &clock).unwrap()
    }

    #[test]
    fn a_line_that_is_no_object_is_refused_by_its_number() {
        let body =
            take("{\"message\":\"a\"}\n\nplain words\n  {\"message\":\"b\"}\r\n{\"message\":\n", BodyKind::JsonLines);
        assert_eq!((body.accepted, body.refused), (2, 2));
        let places: Vec<_> = body.errors.iter().map(|error| (error.line, error.offset)).collect();
        assert_eq!(places, [(3, 17), (5, 48)]);
        assert_eq!(body.batch.refused[0].raw, b"plain words");
        assert_eq!(body.batch.refused[0].source, "http");
        assert_eq!(body.formats.get("json"), Some(&2));
    }

    #[test]
    fn an_array_is_recognised_and_its_bad_elements_named_by_number_and_place() {
        let body = take("[{\"message\":\"a\"}, 7,\n {\n  \"message\": \"b\"\n}, {\"message\"", BodyKind::Auto);
        assert_eq!((body.accepted, body.refused), (2, 2));
        let places: Vec<_> = body.errors.iter().map(|error| (error.line, error.offset)).collect();
        assert_eq!(places, [(2, 18), (4, 44)]);
    }

    #[test]
    fn text_is_taken_line_by_line_also_when_it_begins_with_a_bracket() {
        let body = take("[2025-06-06 12:00:00] one\n[2025-06-06 12:00:01] two\n", BodyKind::Auto);
        assert_eq!((body.accepted, body.refused, body.batch.rows.num_rows()), (2, 0, 2));
        assert_eq!(take("", BodyKind::Auto).accepted, 0);
    }

    #[test]
    fn errors_are_bounded_and_counted_beyond() {
        let body = take(&"x\n".repeat(500), BodyKind::JsonLines);
        assert_eq!((body.refused, body.errors.len()), (500, Body::MAX_ERRORS));
    }

    #[test]
    fn a_service_is_given_to_records_without_one() {
        let clock = FixedClock::default();
        let options = Gather { service: Some("shop".into()), ..Gather::default() };
        let body = batch_from_bytes(b"words\n", BodyKind::Text, "http", &options, &clock).unwrap();
        assert!(body.batch.rows.column_by_name("service").is_some());
    }
}
