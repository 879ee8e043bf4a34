//! The export format of systemd's journal: `NAME=value` lines, a blank line behind each entry.
//!
//! Source: systemd, "Journal Export Formats".

use bongsu_model::{Level, Record, Value};

use crate::Format;
use crate::json::{Role, role_of};
use crate::line::Line;
use crate::time::epoch_int;
use crate::utf8;

/// Where an entry ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Its last byte and the first one behind the blank line.
    Ends { end: usize, next: usize },
    /// More bytes are needed to tell.
    Unfinished,
}

/// Whether an entry begins here.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(b"__CURSOR=") || bytes.starts_with(b"__REALTIME_TIMESTAMP=")
}

/// One field: name, value and where the next one begins. None when the bytes end before it does.
fn field(bytes: &[u8], at: usize) -> Option<(&[u8], &[u8], usize)> {
    let rest = bytes.get(at..)?;
    let end = memchr::memchr(b'\n', rest)?;
    let line = rest.get(..end)?;
    if let Some(sign) = memchr::memchr(b'=', line) {
        return Some((line.get(..sign)?, line.get(sign + 1..)?, at + end + 1));
    }
    let length = u64::from_le_bytes(*rest.get(end + 1..)?.first_chunk::<8>()?);
    let from = end + 9;
    let to = from.checked_add(usize::try_from(length).ok()?)?;
    let value = rest.get(from..to)?;
    (rest.get(to) == Some(&b'\n')).then_some((line, value, at + to + 1))
}

/// Finds the end of the entry that begins at `at`.
pub(crate) fn entry(bytes: &[u8], at: usize, last: bool) -> Entry {
    let mut here = at;
    loop {
        if bytes.get(here) == Some(&b'\n') {
            return Entry::Ends { end: here.saturating_sub(1).max(at), next: here + 1 };
        }
        match field(bytes, here) {
            Some((.., next)) => here = next,
            None if last => return Entry::Ends { end: bytes.len(), next: bytes.len() },
            None => return Entry::Unfinished,
        }
    }
}

/// The record of an entry.
pub(crate) fn read(entry: &[u8]) -> Record<'static> {
    let mut line = Line::new(Format::JournaldExport);
    let mut ended = entry.to_vec();
    ended.push(b'\n');
    let (mut at, mut escaped) = (0, false);
    while let Some((name, value, next)) = field(&ended, at) {
        let (name, value) = (utf8::decode(name).0.into_owned(), utf8::decode(value));
        escaped |= value.1;
        place(&mut line.record, &name, value.0.into_owned());
        at = next;
    }
    if at < entry.len() {
        line.record.fields.push(("rest".into(), Value::Str(utf8::decode(&entry[at..]).0.into_owned().into())));
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
