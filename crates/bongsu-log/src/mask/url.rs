//! Passwords in addresses: `postgres://user:password@host/db`.

use std::ops::Range;

/// Adds where they stand in `text`.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    // Addresses inside one another end together: each end is looked for once.
    let mut run = Run { end: 0, last_at: None };
    for at in memchr::memmem::find_iter(text.as_bytes(), b"://") {
        let start = at + 3;
        if start >= run.end {
            run = Run::of(text, start);
        }
        let Some(whole) = text.get(start..run.end) else { continue };
        if run.last_at.is_none_or(|at| at < start) {
            continue;
        }
        let host = whole.split(['/', '?', '#']).next().unwrap_or_default();
        // A password may have a slash in it; what stands behind the colon of a port is digits.
        let is_port = |(_, port): (&str, &str)| port.bytes().all(|byte| byte.is_ascii_digit());
        let end = match host.rfind('@') {
            Some(at) => Some(start + at),
            None if host.split_once(':').is_none_or(is_port) => None,
            None => run.last_at,
        };
        let Some(user) = end.and_then(|end| text.get(start..end)) else { continue };
        if let Some((name, password)) = user.split_once(':')
            && !password.is_empty()
            && !password.starts_with(['{', '<'])
            && !["${", "%s", "%(", "%{"].iter().any(|sign| password.starts_with(sign))
            && !password.bytes().all(|byte| byte == b'*')
        {
            let start = start + name.len() + 1;
            found.push(start..start + password.len());
        }
    }
}

/// What stands between two blanks or quotes.
struct Run {
    end: usize,
    last_at: Option<usize>,
}

impl Run {
    fn of(text: &str, start: usize) -> Self {
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
        let whole = text.get(start..).and_then(|rest| rest.split(ends).next()).unwrap_or_default();
        Self { end: start + whole.len(), last_at: whole.rfind('@').map(|at| start + at) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::hidden;
    use super::*;

    #[test]
    fn the_password_alone_is_hidden() {
        for (text, expected) in [
            ("to postgres://kim:pw@db:5432/x.", "to postgres://kim:#@db:5432/x."),
            ("redis://:s3@h, amqp://a:b@c", "redis://:#@h, amqp://a:#@c"),
            ("db://a:p/w@h/x", "db://a:#@h/x"),
            ("db://a:p@w@h/x", "db://a:#@h/x"),
            ("http://h:8080/u@x", "http://h:8080/u@x"),
            ("http://h:8080/a:b@x", "http://h:8080/a:b@x"),
            ("http://[::1]:80/", "http://[::1]:80/"),
            ("https://kim@h/x", "https://kim@h/x"),
            ("https://h/x to a@b", "https://h/x to a@b"),
            ("db://a:${PW}@h", "db://a:${PW}@h"),
            ("db://a:%40dmin@h db://a:$ecret@h", "db://a:#@h db://a:#@h"),
            ("db://a:%s@h db://a:***@h", "db://a:%s@h db://a:***@h"),
            ("://", "://"),
        ] {
            assert_eq!(hidden(text, find), expected);
        }
    }
}
