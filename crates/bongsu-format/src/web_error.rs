//! Error logs of nginx and of Apache's httpd.

use crate::Format;
use crate::line::{Line, bracketed, is_level_in_any_case};
use crate::time::{Calendar, Written, scan};

/// `2025/06/06 12:00:00 [error] 1234#5678: *9 message, client: 1.2.3.4, server: x, request: "…", host: "…"`.
pub(crate) fn read_nginx<'a>(text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
    if text.as_bytes().get(4) != Some(&b'/') {
        return None;
    }
    let found = scan(text.as_bytes(), calendar)?;
    let (level, rest) = bracketed(text.get(found.len..)?.strip_prefix(' ')?)?;
    let (process, rest) = rest.strip_prefix(' ')?.split_once(": ")?;
    let (process, thread) = process.split_once('#')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_level_in_any_case(level) || !digits(process) || !digits(thread) {
        return None;
    }
    let mut line = Line::timed(Format::NginxError, found.time);
    line.set_level(level);
    line.record.service = Some("nginx".into());
    line.number_field("pid", process);
    line.number_field("thread", thread);
    let mut message = rest;
    if let Some((connection, after)) = rest.strip_prefix('*').and_then(|rest| rest.split_once(' '))
        && digits(connection)
    {
        line.number_field("connection", connection);
        message = after;
    }
    for (key, name) in [
        (", client: ", "client"),
        (", server: ", "server"),
        (", request: ", "request"),
        (", upstream: ", "upstream"),
        (", host: ", "vhost"),
        (", referrer: ", "referer"),
    ] {
        if let Some(value) = message.split_once(key).map(|(_, value)| value) {
            let quoted = value.strip_prefix('"').and_then(|value| value.split_once('"')).map(|(value, _)| value);
            let value = quoted.unwrap_or_else(|| value.split(", ").next().unwrap_or(value));
            line.field(name, value);
        }
    }
    Some(line.message(message))
}

/// `[Fri Jun 06 12:00:00.123456 2025] [core:error] [pid 1:tid 2] [client 1.2.3.4:5] message`.
pub(crate) fn read_apache<'a>(text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
    let (time, rest) = bracketed(text)?;
    let named = time.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    let found = scan(time.as_bytes(), calendar).filter(|found| found.len == time.len() && named)?;
    let (source, mut rest) = bracketed(rest.strip_prefix(' ')?)?;
    let (module, level) = source.split_once(':').unwrap_or(("", source));
    if found.written != Written::Full || !is_level_in_any_case(level) && !level.starts_with("trace") {
        return None;
    }
    let mut line = Line::timed(Format::ApacheError, found.time);
    line.set_level(if level.starts_with("trace") { "trace" } else { level });
    line.record.logger = (!module.is_empty()).then(|| module.into());
    while let Some((inside, after)) = rest.strip_prefix(' ').and_then(bracketed) {
        if let Some(client) = inside.strip_prefix("client ") {
            line.field("client", client);
        } else if let Some(process) = inside.strip_prefix("pid ") {
            let (process, thread) = process.split_once(":tid ").unwrap_or((process, ""));
            line.number_field("pid", process);
            if !thread.is_empty() {
                line.number_field("thread", thread);
            }
        } else {
            break;
        }
        rest = after;
    }
    Some(line.message(rest.strip_prefix(' ').unwrap_or(rest)))
}
