//! What `PostgreSQL` says in explanation of a line: lines of their own, each behind the same prefix.
//!
//! Source: `PostgreSQL`, "Error Reporting and Logging"; the labels are those of its `elog.c`.

use crate::line::is_level;

const LABELS: [&str; 7] = ["DETAIL", "HINT", "QUERY", "CONTEXT", "LOCATION", "BACKTRACE", "STATEMENT"];

/// Label and text of a line that explains the one whose first line is `head`; none when it does not.
///
/// Both have the same prefix, byte for byte, so that nothing is lost when it is left out.
pub(crate) fn explanation<'a>(head: &str, line: &'a str) -> Option<&'a str> {
    let same = head.bytes().zip(line.bytes()).take_while(|(one, other)| one == other).count();
    let prefix = line.as_bytes().get(..same)?.iter().rposition(|byte| *byte == b' ')? + 1;
    let (level, _) = head.get(prefix..)?.split_once(":  ")?;
    let said = line.get(prefix..)?;
    let (label, _) = said.split_once(":  ")?;
    (is_level(level) && LABELS.contains(&label)).then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_the_same_prefix_explains() {
        let head = "2025-06-06 12:00:00.123 UTC [12] kim@shop LOG:  duration: 3 ms";
        let said = |line: &'static str| explanation(head, line);
        for label in LABELS {
            let line = format!("2025-06-06 12:00:00.123 UTC [12] kim@shop {label}:  x:  y");
            assert_eq!(explanation(head, &line), Some(&*format!("{label}:  x:  y")));
        }
        for other in [
            "2025-06-06 12:00:00.124 UTC [12] kim@shop DETAIL:  x",
            "2025-06-06 12:00:00.123 UTC [13] kim@shop DETAIL:  x",
            "2025-06-06 12:00:00.123 UTC [12] lee@shop DETAIL:  x",
            "2025-06-06 12:00:00.123 UTC [12] kim@shop LOG:  DETAIL:  x",
            "2025-06-06 12:00:00.123 UTC [12] kim@shop DETAIL: x",
            "DETAIL:  x",
            "",
        ] {
            assert_eq!(said(other), None, "{other}");
        }
        assert_eq!(explanation("한 LOG:  가", "한 HINT:  나"), Some("HINT:  나"));
        assert_eq!(explanation("LOG:  a", "DETAIL:  b"), None);
    }
}
