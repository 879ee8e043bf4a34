//! Access logs of web servers: the common and the combined format of nginx and Apache.

use bongsu_model::Value;

use crate::Format;
use crate::line::{Line, untyped};
use crate::time::{Calendar, Written, scan};

/// `host ident user [time] "METHOD /path HTTP/1.1" status size "referer" "agent"`.
pub(crate) fn read<'a>(text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
    let head = text.as_bytes().get(..text.len().min(512))?;
    let open = memchr::memmem::find(head, b" [")?;
    let inside = text.get(open + 2..)?;
    let found = scan(inside.as_bytes(), calendar).filter(|found| found.written == Written::Full)?;
    let rest = inside.get(found.len..)?.strip_prefix("] \"")?;
    let (request, rest) = quoted(rest)?;
    let (status, rest) = split(rest.strip_prefix(' ')?);
    if status.len() != 3 || !status.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut line = Line::timed(Format::Access, found.time);
    clients(&mut line, text.get(..open)?)?;
    line.record.message = request.into();
    let mut parts = request.splitn(3, ' ');
    if let (Some(method), Some(path)) = (parts.next(), parts.next()) {
        line.field("method", method);
        line.field("path", path);
        if let Some(protocol) = parts.next() {
            line.field("protocol", protocol);
        }
    }
    line.number_field("status", status);
    let (size, rest) = split(rest);
    match untyped(size) {
        Value::Int(size) => line.record.fields.push(("size".into(), Value::Int(size))),
        _ if size == "-" || size.is_empty() => {}
        _ => line.field("size", size),
    }
    agents(&mut line, rest);
    Some(line)
}

fn split(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, ""))
}

/// The inside of a quoted text whose opening quote is gone, and what is behind the closing one.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
        at += 2;
    }
}

/// Client, identity and user in front of the time, and the virtual host before them when there is one.
fn clients<'a>(line: &mut Line<'a>, text: &'a str) -> Option<()> {
    let mut parts = text.rsplitn(4, ' ');
    let (user, identity, client) = (parts.next()?, parts.next()?, parts.next()?);
    line.field("client", client);
    if let Some(host) = parts.next() {
        line.field("vhost", host);
    }
    for (name, value) in [("identity", identity), ("user", user)] {
        if value != "-" {
            line.field(name, value);
        }
    }
    Some(())
}

/// Referer and user agent, and whatever a server adds behind them.
fn agents<'a>(line: &mut Line<'a>, text: &'a str) {
    let mut rest = text;
    for name in ["referer", "user_agent"] {
        let Some((value, after)) = rest.strip_prefix('"').and_then(quoted) else { break };
        if value != "-" {
            line.field(name, value);
        }
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    if !rest.is_empty() {
        line.field("extra", rest);
    }
}
