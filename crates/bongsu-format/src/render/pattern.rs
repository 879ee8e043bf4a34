//! How a template shows the time.

use std::io::Write as _;
use std::ops::Range;

use bongsu_model::Timestamp;
use jiff::tz::TimeZone;

use super::Stamp;
use super::stamp::digits;

/// A pattern as `strftime` has it. One of dates, clocks and fractions of the second only is put together from the text of
/// the second; any other is left to `jiff`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    Pieces(Vec<Piece>),
    Strftime(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A part of `2025-06-06 12:00:00`.
    Local(Range<usize>),
    /// The first digits behind the second.
    Beyond(usize),
    Literal(String),
}

impl Pattern {
    /// None where `text` is no pattern.
    pub(super) fn read(text: &str) -> Option<Self> {
        jiff::fmt::strtime::format(text, &jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC)).ok()?;
        Some(pieces(text).map_or_else(|| Self::Strftime(text.to_owned()), Self::Pieces))
    }

    pub(super) fn write(&self, time: Timestamp, stamp: &mut Stamp, out: &mut Vec<u8>) {
        match self {
            Self::Strftime(pattern) => {
                let local = time.to_jiff().to_zoned(stamp.zone().clone());
                let written = write!(out, "{}", local.strftime(pattern.as_str()));
                debug_assert!(written.is_ok(), "the pattern was tried when it was read");
            }
            Self::Pieces(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Local(part) => out.extend_from_slice(stamp.part(time, part.clone())),
                        Piece::Literal(text) => out.extend_from_slice(text.as_bytes()),
                        Piece::Beyond(count) => {
                            let mut text = [0; 9];
                            digits(&mut text, 0..9, time.nanos().rem_euclid(1_000_000_000) as u32);
                            out.extend_from_slice(text.get(..*count).unwrap_or_default());
                        }
                    }
                }
            }
        }
    }
}

/// The pieces of a pattern, if it has no others.
fn pieces(text: &str) -> Option<Vec<Piece>> {
    let known = [
        ("Y", Piece::Local(0..4)),
        ("m", Piece::Local(5..7)),
        ("d", Piece::Local(8..10)),
        ("H", Piece::Local(11..13)),
        ("M", Piece::Local(14..16)),
        ("S", Piece::Local(17..19)),
        ("F", Piece::Local(0..10)),
        ("T", Piece::Local(11..19)),
        ("3f", Piece::Beyond(3)),
        ("6f", Piece::Beyond(6)),
        ("9f", Piece::Beyond(9)),
        ("%", Piece::Literal(String::new())),
    ];
    let mut found = Vec::new();
    let mut parts = text.split('%');
    let literal = |text: &str| (!text.is_empty()).then(|| Piece::Literal(text.to_owned()));
    found.extend(literal(parts.next()?));
    while let Some(part) = parts.next() {
        if part.is_empty() {
            // `%%`: what follows the second sign is text.
            found.extend(literal(&format!("%{}", parts.next()?)));
            continue;
        }
        let (rest, piece) = known.iter().find_map(|(name, piece)| Some((part.strip_prefix(name)?, piece)))?;
        found.push(piece.clone());
        found.extend(literal(rest));
    }
    Some(joined(found))
}

/// Neighbours that are one piece of the second's text, `%Y-%m-%d %H:%M:%S` say, as one.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    const LIKE: &str = "____-__-__ __:__:__";
    let mut joined: Vec<Piece> = Vec::new();
    for piece in pieces {
        if let [.., Piece::Local(before), Piece::Literal(between)] = joined.as_slice()
            && let Piece::Local(part) = &piece
            && LIKE.get(before.end..part.start) == Some(between.as_str())
        {
            let whole = before.start..part.end;
            joined.truncate(joined.len() - 2);
            joined.push(Piece::Local(whole));
        } else {
            joined.push(piece);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pattern: &Pattern, time: Timestamp, zone: &TimeZone) -> String {
        let mut out = Vec::new();
        pattern.write(time, &mut Stamp::new(zone.clone()), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pieces_read_as_strftime_writes_them() {
        let zone = TimeZone::get("America/St_Johns").unwrap();
        let patterns = [
            "%Y-%m-%d %H:%M:%S",
            "%H:%M:%S.%3f",
            "%d/%m/%Y",
            "%T,%6f",
            "%F %%T %9f%%",
            "%Y%m%d",
            "%%",
            "%%%%",
            "",
            "봉%H수",
            "%S%S",
            "%H:%M:%S:%H",
            "%A %j",
            "%e",
            "%Y-%m-%dT%H:%M:%S%:z",
            "%s",
            "%-d",
            "%M-%d",
        ];
        for text in patterns {
            let pattern = Pattern::read(text).unwrap();
            for nanos in [i64::MIN, -1, 0, 1, 999_999_999, 1_749_211_200_123_456_789, i64::MAX] {
                let time = Timestamp::from_nanos(nanos);
                let expected = time.to_jiff().to_zoned(zone.clone()).strftime(text).to_string();
                assert_eq!(written(&pattern, time, &zone), expected, "{text} at {nanos}");
            }
        }
    }

    #[test]
    fn the_usual_pattern_is_one_piece_and_an_unknown_one_is_refused() {
        assert_eq!(Pattern::read("%Y-%m-%d %H:%M:%S"), Some(Pattern::Pieces(vec![Piece::Local(0..19)])));
        assert!(matches!(Pattern::read("%A"), Some(Pattern::Strftime(_))));
        assert_eq!(Pattern::read("%"), None);
        assert_eq!(Pattern::read("%!"), None);
    }
}
