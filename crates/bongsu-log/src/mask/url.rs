//! Passwords in addresses: `postgres://user:password@host/db`.

use std::ops::Range;

/// Adds where they stand in `text`.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    for at in memchr::memmem::find_iter(text.as_bytes(), b"://") {
        let start = at + 3;
        let Some(rest) = text.get(start..) else { continue };
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
        let whole = rest.split(ends).next().unwrap_or_default();
        let host = whole.split(['/', '?', '#']).next().unwrap_or_default();
        // A password may have a slash in it; what stands behind the colon of a port is digits.
        let is_port = |(_, port): (&str, &str)| port.bytes().all(|byte| byte.is_ascii_digit());
        let place = if host.contains('@') || host.split_once(':').is_none_or(is_port) { host } else { whole };
        let Some(user) = place.rfind('@').and_then(|at| place.get(..at)) else { continue };
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
