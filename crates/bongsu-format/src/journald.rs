//! The export format of systemd's journal: `NAME=value` lines, a blank line behind each entry.
//!
//! Source: systemd, "Journal Export Formats".

use bongsu_model::{Level, Record, Value};

use crate::Format;
use crate::json::{Role, role_of};
use crate::line::{Extent, Line};
use crate::time::epoch_int;
use crate::utf8;

/// Whether an entry begins here.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(b"__CURSOR=") || bytes.starts_with(b"__REALTIME_TIMESTAMP=")
}

/// One field, or why there is none.
enum Field<'a> {
    /// Name, value and where the next one begins.
    Whole(&'a [u8], &'a [u8], usize),
    /// The bytes end before it does.
    Unfinished,
    /// No field of a journal reads like this.
    Broken,
}

fn field(bytes: &[u8], at: usize, max: usize) -> Field<'_> {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(end) = memchr::memchr(b'\n', rest) else { return Field::Unfinished };
    let line = rest.get(..end).unwrap_or_default();
    let (name, value) = match memchr::memchr(b'=', line) {
        Some(sign) => line.split_at(sign),
        None => (line, &[][..]),
    };
    let known = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    if name.is_empty() || name.len() > 64 || !name.iter().all(known) {
        return Field::Broken;
    }
    if let Some(value) = value.strip_prefix(b"=") {
        return Field::Whole(name, value, at + end + 1);
    }
    let Some(length) = rest.get(end + 1..).and_then(|rest| rest.first_chunk::<8>()) else { return Field::Unfinished };
    let Some(length) = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|length| *length <= max) else {
        return Field::Broken;
    };
    let (from, to) = (end + 9, end + 9 + length);
    match (rest.get(from..to), rest.get(to)) {
        (Some(value), Some(b'\n')) => Field::Whole(name, value, at + to + 1),
        (Some(_), Some(_)) => Field::Broken,
        _ => Field::Unfinished,
    }
}

/// Finds the end of the entry that begins at `at`. No field may have more than `max` bytes.
pub(crate) fn entry(bytes: &[u8], at: usize, last: bool, max: usize) -> Extent {
    let mut here = at;
    loop {
        if bytes.get(here) == Some(&b'\n') {
            return Extent::Ends { end: here.saturating_sub(1).max(at), next: here + 1 };
        }
        match field(bytes, here, max) {
            Field::Whole(.., next) => here = next,
            Field::Unfinished if last => return Extent::Ends { end: bytes.len(), next: bytes.len() },
            Field::Unfinished => return Extent::Unfinished,
            Field::Broken => return Extent::Broken,
        }
    }
}

/// The record of an entry.
pub(crate) fn read(entry: &[u8]) -> Record<'static> {
    let mut line = Line::new(Format::JournaldExport);
    let mut ended = entry.to_vec();
    ended.push(b'\n');
    let (mut at, mut escaped) = (0, false);
    while let Field::Whole(name, value, next) = field(&ended, at, usize::MAX >> 1) {
        let (name, value) = (utf8::decode(name).0.into_owned(), utf8::decode(value));
        escaped |= value.1;
        place(&mut line.record, &name, value.0.into_owned());
        at = next;
    }
    if let Some(rest) = entry.get(at..).filter(|rest| !rest.is_empty()) {
        line.field("rest", utf8::decode(rest).0.into_owned());
    }
    if escaped {
        line.field("encoding", "escaped");
    }
    let record = &mut line.record;
    record.logger.clone_from(&record.service);
    crate::line::owned(line.finish().0)
}

fn place(record: &mut Record<'static>, name: &str, value: String) {
    let role = role_of(name).map(|(role, _)| role);
    let free = match role {
        Some(Role::Message) if record.message.is_empty() => {
            record.message = value.into();
            return;
        }
        Some(Role::Time) if record.time.is_none() => {
            record.time = value.parse().ok().and_then(epoch_int).map(|(time, _)| time);
            if record.time.is_some() {
                return;
            }
            None
        }
        Some(Role::Level) if record.level.is_none() => {
            record.level = value.parse().ok().and_then(Level::from_syslog);
            if record.level.is_some() {
                return;
            }
            None
        }
        Some(Role::Line) if record.line.is_none() && value.parse::<i64>().is_ok() => {
            record.line = value.parse().ok();
            return;
        }
        Some(Role::Service) => Some(&mut record.service),
        Some(Role::Host) => Some(&mut record.host),
        Some(Role::File) => Some(&mut record.file),
        Some(Role::Function) => Some(&mut record.function),
        _ => None,
    };
    match free {
        Some(free) if free.is_none() => *free = Some(value.into()),
        _ => record.fields.push((name.to_owned().into(), Value::Str(value.into()))),
    }
}
