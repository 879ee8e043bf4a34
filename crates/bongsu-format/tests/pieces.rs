//! Bytes of any kind, in pieces of any size: nothing panics, nothing is lost, pieces do not matter.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests")]

use bongsu_format::{Format, ParseOptions, Parsed, Parser};
use bongsu_model::{Record, Refusal, Timestamp, Value};
use jiff::tz::TimeZone;
use proptest::prelude::*;

/// A record or a refused line, with its place.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Record { offset: u64, bytes: Vec<u8>, format: Format, record: String },
    Refused { offset: u64, bytes: Vec<u8> },
}

impl Piece {
    fn place(&self) -> (usize, &[u8]) {
        match self {
            Self::Record { offset, bytes, .. } | Self::Refused { offset, bytes } => (*offset as usize, bytes),
        }
    }
}

fn options(max_line: usize) -> ParseOptions {
    let now = Timestamp::from_nanos(1_749_254_400_000_000_000);
    ParseOptions { zone: TimeZone::get("Asia/Seoul").unwrap(), max_line, ..ParseOptions::new(now) }
}

/// Feeds `input` in pieces of the given sizes (repeated), presenting again what was not consumed.
fn parse(input: &[u8], sizes: &[usize], max_line: usize) -> Vec<Piece> {
    let mut parser = Parser::new(options(max_line));
    let mut sizes = sizes.iter().copied().cycle();
    let (mut from, mut to) = (0, 0);
    let mut pieces: Vec<Piece> = Vec::new();
    loop {
        let last = to == input.len();
        let consumed = parser.parse(&input[from..to], from as u64, last, &mut |parsed| match parsed {
            Parsed::Record { record, offset, bytes, format } => {
                pieces.push(Piece::Record { offset, bytes: bytes.to_vec(), format, record: format!("{record:?}") });
            }
            Parsed::Refused { bytes: more, continues: true, .. } => match pieces.last_mut() {
                Some(Piece::Refused { bytes, .. }) => bytes.extend_from_slice(more),
                other => panic!("nothing to go on with: {other:?}"),
            },
            Parsed::Refused { offset, bytes, .. } => pieces.push(Piece::Refused { offset, bytes: bytes.to_vec() }),
        });
        from += consumed;
        if last {
            assert_eq!(from, input.len(), "the end was told and not everything was consumed");
            return pieces;
        }
        to = input.len().min(to + sizes.next().unwrap_or(1).max(1));
    }
}

/// Every byte is in one piece, in order, or is blank.
fn assert_accounted(input: &[u8], pieces: &[Piece]) {
    let mut at = 0;
    for piece in pieces {
        let (offset, bytes) = piece.place();
        assert!(offset >= at, "{piece:?} overlaps the one before");
        let between = input[at..offset].strip_prefix(b"\xef\xbb\xbf").unwrap_or(&input[at..offset]);
        assert!(between.trim_ascii().is_empty(), "lost {between:?}");
        assert_eq!(&input[offset..offset + bytes.len()], bytes);
        at = offset + bytes.len();
    }
    assert!(input[at..].strip_prefix(b"\xef\xbb\xbf").unwrap_or(&input[at..]).trim_ascii().is_empty(), "lost the end");
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let known = proptest::sample::select(vec![
        "[2025-06-06 12:00:00] INFO     name            func                 L 12 | message",
        "[2025-06-06 12:00:00] DEBUG    app             | Full traceback for f: Traceback (most recent call last):",
        "  File \"a.py\", line 1, in f",
        "    raise ValueError()",
        "ValueError: x",
        "Traceback (most recent call last):",
        "During handling of the above exception, another exception occurred:",
        "",
        "   ",
        "\tat a.B.c(B.java:1)",
        "java.io.IOException: x",
        "Caused by: java.io.IOException: y",
        "panic: no",
        "goroutine 1 [running]:",
        "main.main()",
        "thread 'main' panicked at src/main.rs:2:5:",
        "stack backtrace:",
        "note: run with `RUST_BACKTRACE=1`",
        "{\"level\":\"info\",\"msg\":\"hi\",\"n\":1}",
        "{\"event\":\"e\",\"message\":\"m\"}",
        "{\"a\":",
        "{",
        "  \"a\": 1,",
        "  \"b\": 2",
        "}",
        "2025-06-06 12:00:00.123 UTC [12] a@b ERROR:  no",
        "2025-06-06 12:00:00.123 UTC [12] a@b DETAIL:  why",
        "2025-06-06 12:00:00.123 UTC [13] a@b HINT:  x",
        "INFO:root:hello",
        "2025-06-06 12:00:00,123 - app - ERROR - bad",
        "level=info msg=\"a b\" n=1",
        "  level=info msg=x",
        "2025-06-06T12:00:00Z stdout P first ",
        "2025-06-06T12:00:01Z stdout F second",
        "2025-06-06T12:00:01Z stderr F   x",
        "{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":\"2025-06-06T12:00:00Z\"}",
        "{\"log\":\"part\",\"stream\":\"stdout\",\"time\":\"2025-06-06T12:00:00Z\"}",
        "__CURSOR=s=1",
        "__REALTIME_TIMESTAMP=1749178800123456",
        "MESSAGE=x",
        "time,level,message",
        "a,b,c",
        "1,2,\"x",
        "y\"",
        "Jun  6 12:00:00 host sshd[1]: x",
        "\u{feff}",
        "한글 메시지",
        "\u{1b}[2m2025-06-06T12:00:00Z\u{1b}[0m INFO a: b",
    ])
    .prop_map(|text| text.as_bytes().to_vec());
    prop_oneof![
        8 => known,
        1 => proptest::collection::vec(any::<u8>(), 0..40),
        1 => "\\PC{0,60}".prop_map(String::into_bytes),
    ]
}

fn input() -> impl Strategy<Value = Vec<u8>> {
    let end = prop_oneof![8 => Just(&b"\n"[..]), 1 => Just(&b"\r\n"[..]), 1 => Just(&b"\n\n"[..])];
    (proptest::collection::vec((line(), end), 0..24), any::<bool>()).prop_map(|(lines, ended)| {
        let mut bytes: Vec<u8> = lines.into_iter().flat_map(|(line, end)| [line, end.to_vec()].concat()).collect();
        if !ended {
            bytes.pop();
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_do_not_matter(input in input(), sizes in proptest::collection::vec(1usize..80, 1..5), max in 30usize..200) {
        let whole = parse(&input, &[input.len().max(1)], max);
        assert_accounted(&input, &whole);
        let pieced = parse(&input, &sizes, max);
        let apart = whole.iter().zip(&pieced).find(|(one, other)| one != other);
        prop_assert!(apart.is_none(), "{:?} {:?}", String::from_utf8_lossy(&input), apart);
        prop_assert_eq!(whole.len(), pieced.len());
    }

    #[test]
    fn any_bytes_are_accounted_for(input in proptest::collection::vec(any::<u8>(), 0..600)) {
        assert_accounted(&input, &parse(&input, &[7], 1 << 20));
    }
}

fn records(input: &[u8]) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    Parser::new(options(ParseOptions::MAX_LINE)).parse(input, 0, true, &mut |parsed| match parsed {
        Parsed::Record { record, .. } => records.push(record),
        Parsed::Refused { reason, .. } => panic!("refused: {reason}"),
    });
    records
}

#[test]
fn a_line_over_the_limit_is_refused_once_and_memory_is_bounded() {
    let mut input = b"before\n".to_vec();
    input.extend(std::iter::repeat_n(b'x', 300_000));
    input.extend_from_slice(b"\nafter\n");
    let mut parser = Parser::new(options(100_000));
    let (mut buffer, mut refused, mut kept, mut most) = (Vec::new(), 0, Vec::new(), 0);
    for piece in input.chunks(4_096) {
        buffer.extend_from_slice(piece);
        most = most.max(buffer.len());
        let consumed = parser.parse(&buffer, 0, false, &mut |parsed| match parsed {
            Parsed::Refused { continues, reason, .. } => {
                assert_eq!(reason, Refusal::LongLine);
                refused += usize::from(!continues);
            }
            Parsed::Record { record, .. } => kept.push(record.message.into_owned()),
        });
        buffer.drain(..consumed);
    }
    parser.parse(&buffer, 0, true, &mut |parsed| {
        if let Parsed::Record { record, .. } = parsed {
            kept.push(record.message.into_owned());
        }
    });
    assert_eq!((refused, kept), (1, vec!["before".to_owned(), "after".to_owned()]));
    assert!(most < 110_000, "{most}");
}

#[test]
fn bad_bytes_are_escaped_and_told() {
    let records = records(b"2025-06-06 12:00:00 caf\xe9 \0 end\n");
    assert_eq!(records[0].message, "caf\\xE9 \0 end");
    assert_eq!(records[0].fields, [("encoding".into(), Value::Str("escaped".into()))]);
    assert!(records[0].time.is_some());
}

#[test]
fn utf16_is_refused_with_the_way_out() {
    let mut seen = Vec::new();
    let mut parser = Parser::new(options(1 << 20));
    for piece in [&b"\xff\xfea\0"[..], b"\n\0b\0"] {
        let consumed = parser.parse(piece, 0, false, &mut |parsed| match parsed {
            Parsed::Refused { reason, continues, .. } => seen.push((reason, continues)),
            Parsed::Record { record, .. } => panic!("{record:?}"),
        });
        assert_eq!(consumed, piece.len());
    }
    assert_eq!(seen.iter().map(|(_, continues)| *continues).collect::<Vec<_>>(), [false, true]);
    assert_eq!(seen[0].0, Refusal::Utf16Text);
}

#[test]
fn a_record_stops_at_its_bound_and_goes_on_as_another() {
    let mut input = "INFO:root:failed\nTraceback (most recent call last):\n".to_owned();
    input.push_str(&"  File \"a.py\", line 1, in f\n".repeat(4_500));
    input.push_str("ValueError: x\nINFO:root:next\n");
    let lines: Vec<_> = records(input.as_bytes()).iter().map(|record| record.message.lines().count()).collect();
    assert_eq!(lines, [2_000, 2_000, 503, 1]);
}

#[test]
fn deep_json_is_kept_whole_and_many_keys_are_fine() {
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let nested = format!("{{\"a\":{deep}}}");
    assert_eq!(records(nested.as_bytes())[0].message, nested);
    let keys: Vec<_> = (0..100_000).map(|n| format!("\"k{n}\":{n}")).collect();
    let wide = format!("{{{}}}", keys.join(","));
    assert_eq!(records(wide.as_bytes())[0].fields.len(), 100_001);
}

#[test]
fn a_parser_goes_on_where_another_stopped() {
    let input = b"time,level,message\n2025-06-06T12:00:00Z,info,a\n2025-06-06T12:00:01Z,warn,b\n";
    let mut parser = Parser::new(options(1 << 20));
    assert_eq!(parser.memory(), "");
    let consumed = parser.parse(&input[..47], 0, false, &mut |_| {});
    let mut formats = Vec::new();
    Parser::resume(options(1 << 20), &parser.memory()).parse(&input[consumed..], 0, true, &mut |parsed| {
        if let Parsed::Record { format, record, .. } = parsed {
            formats.push((format, record.message.into_owned()));
        }
    });
    assert_eq!(formats, [(Format::Csv, "b".to_owned())]);
}
