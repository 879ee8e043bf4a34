//! Syslog: BSD style (RFC 3164, year missing) and structured (RFC 5424).

use bongsu_model::{Level, Value};

use crate::Format;
use crate::line::{Line, blanks, is_level, word};
use crate::time::{Calendar, Written, scan};

/// The number in `<34>` and what is behind it.
fn priority(text: &str) -> Option<(u8, &str)> {
    let (number, rest) = text.strip_prefix('<')?.split_once('>')?;
    let digits = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse::<u8>().ok().filter(|number| digits && *number <= 191)?;
    Some((number, rest))
}

fn set_priority(line: &mut Line<'_>, priority: u8) {
    line.set_level_as(Level::from_syslog(priority % 8));
    line.record.fields.push(("facility".into(), Value::Int(i64::from(priority / 8))));
}

/// `<34>Oct 11 22:14:15 host tag[pid]: message`, the number optional, the time in RFC 3339 too.
pub(crate) fn read_3164<'a>(text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
    let numbered = priority(text);
    let rest = numbered.map_or(text, |(_, rest)| rest);
    let named = rest.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    let rfc3339 = !named && rest.as_bytes().get(10) == Some(&b'T');
    if numbered.is_none() && !named && !rfc3339 {
        return None;
    }
    let Some(found) = scan(rest.as_bytes(), calendar) else {
        let (number, rest) = numbered?;
        let mut line = Line::new(Format::Syslog3164);
        set_priority(&mut line, number);
        return Some(tagged(line, rest));
    };
    let after = rest.get(found.len..)?.strip_prefix(' ')?;
    let comma = rest.get(..found.len).is_some_and(|time| time.contains(','));
    if found.written != Written::Full || !(named || rfc3339) || named && comma {
        return None;
    }
    let (host, after) = word(after);
    let host_like = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:@".contains(&byte));
    if host.is_empty() || !host_like || host.ends_with(':') || numbered.is_none() && is_level(host) {
        return None;
    }
    if rfc3339 && numbered.is_none() && !certain_tag(after) {
        return None;
    }
    let mut line = Line::timed(Format::Syslog3164, found.time);
    if let Some((number, _)) = numbered {
        set_priority(&mut line, number);
    }
    line.record.host = Some(host.into());
    Some(tagged(line, after))
}

/// Whether a text begins with a program's name and process id, or the kernel's name.
fn certain_tag(text: &str) -> bool {
    let (tag, _) = word(text);
    tag == "kernel:" || tag.ends_with("]:") && tag.contains('[')
}

/// Takes the tag, `sshd(pam_unix)[19939]:`, off a message.
fn tagged<'a>(mut line: Line<'a>, text: &'a str) -> Line<'a> {
    let Some((head, message)) = text.split_once(": ").or_else(|| Some((text.strip_suffix(':')?, ""))) else {
        return line.message(text);
    };
    let (tag, pid) = match head.strip_suffix(']').and_then(|head| head.rsplit_once('[')) {
        Some((tag, pid)) => (tag, Some(pid)),
        None => (head, None),
    };
    let tag = tag.trim_start_matches("-- ");
    let name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/()@+:~".contains(&byte);
    if tag.is_empty() || tag.len() > 64 || !tag.bytes().all(name) {
        return line.message(text);
    }
    let program = tag.split('(').next().filter(|program| !program.is_empty()).unwrap_or(tag);
    line.record.service = Some(program.into());
    line.record.logger = Some(tag.into());
    if let Some(pid) = pid {
        line.number_field("pid", pid);
    }
    line.message(message)
}

/// `<165>1 2003-10-11T22:14:15.003Z host app procid msgid [sd@1 key="value"] message`.
pub(crate) fn read_5424<'a>(text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
    let (number, rest) = priority(text)?;
    let rest = rest.strip_prefix("1 ")?;
    let mut line = Line::new(Format::Syslog5424);
    set_priority(&mut line, number);
    let mut parts = rest.splitn(6, ' ');
    let mut next = || parts.next();
    let (time, host, app, process, message_id) = (next()?, next()?, next()?, next()?, next()?);
    if time != "-" {
        let found = scan(time.as_bytes(), calendar).filter(|found| found.len == time.len())?;
        line.record.time = Some(found.time);
    }
    let given = |part: &'a str| (part != "-").then_some(part);
    line.record.host = given(host).map(Into::into);
    line.record.service = given(app).map(Into::into);
    line.record.logger.clone_from(&line.record.service);
    if let Some(process) = given(process) {
        line.number_field("pid", process);
    }
    if let Some(message_id) = given(message_id) {
        line.field("msgid", message_id);
    }
    let rest = next().unwrap_or("-");
    let rest = match rest.strip_prefix('-') {
        Some(rest) => rest,
        None => structured(&mut line, rest)?,
    };
    let message = rest.strip_prefix(' ').unwrap_or(rest);
    Some(line.message(message.strip_prefix('\u{feff}').unwrap_or(message)))
}

/// Reads `[id key="value" …][…]` into fields; what is behind it.
fn structured<'a>(line: &mut Line<'a>, mut rest: &'a str) -> Option<&'a str> {
    while let Some(element) = rest.strip_prefix('[') {
        let end = element.find([' ', ']'])?;
        let (id, mut inside) = element.split_at(end);
        loop {
            inside = blanks(inside);
            if let Some(after) = inside.strip_prefix(']') {
                rest = after;
                break;
            }
            let (key, value) = inside.split_once("=\"")?;
            let end = closing_quote(value)?;
            let text = value.get(..end)?;
            let text = if text.contains('\\') { unescape(text).into() } else { text.into() };
            line.record.fields.push((format!("{id}.{key}").into(), Value::Str(text)));
            inside = value.get(end + 1..)?;
        }
    }
    Some(rest)
}

fn closing_quote(value: &str) -> Option<usize> {
    let bytes = value.as_bytes();
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Source: RFC 5424, 6.3.3: only `"`, `\` and `]` are escaped.
fn unescape(text: &str) -> String {
    text.replace("\\\"", "\"").replace("\\]", "]").replace("\\\\", "\\")
}
