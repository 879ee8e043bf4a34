//! What kind of error a line tells of: regular expressions in order, the first that matches wins.

use regex::{RegexSet, RegexSetBuilder};

use crate::InsightError;

/// The type of an error that no rule knows.
pub const OTHER: &str = "other";

/// Type and pattern of the rules that are always there, after the user's own.
const BUILT_IN: [(&str, &str); 6] = [
    ("connection_error", "ERROR.*?ConnectionError"),
    ("timeout_error", "ERROR.*?TimeoutError"),
    ("not_found_error", "ERROR.*?HTTP 404"),
    ("server_error", "ERROR.*?HTTP 500"),
    ("validation_error", "ERROR.*?ValidationError"),
    ("critical_error", "CRITICAL"),
];

/// A user's rule: lines that match `pattern`, in any case, tell of errors of the type `name`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rule {
    /// The type's name, such as `disk_full`.
    pub name: String,
    /// A regular expression.
    pub pattern: String,
}

/// The rules in order: the user's, then the six that are always there.
///
/// ```
/// use bongsu_insight::{Rule, Rules};
///
/// let own = Rule { name: "disk_full".into(), pattern: "no space left".into() };
/// let rules = Rules::new(&[own]).unwrap();
/// assert_eq!(rules.kind("ERROR ConnectionError: No space left on device"), "disk_full");
/// assert_eq!(rules.kind("error: connectionerror"), "connection_error");
/// assert_eq!(rules.kind("ERROR something else"), "other");
/// ```
#[derive(Debug, Clone)]
pub struct Rules {
    names: Vec<Box<str>>,
    set: RegexSet,
}

impl Rules {
    /// The user's rules before the six; an error names the rule whose pattern cannot be read.
    pub fn new(own: &[Rule]) -> Result<Self, InsightError> {
        for rule in own {
            if let Err(cause) = matcher(&[rule.pattern.as_str()]) {
                return Err(InsightError::Rule { name: rule.name.clone(), cause });
            }
        }
        let own = own.iter().map(|rule| (rule.name.as_str(), rule.pattern.as_str()));
        let (names, patterns): (Vec<_>, Vec<_>) = own.chain(BUILT_IN).unzip();
        let set = matcher(&patterns).map_err(|cause| InsightError::Rule { name: names.join(", "), cause })?;
        Ok(Self { names: names.into_iter().map(Into::into).collect(), set })
    }

    /// The type of an error whose first line reads `line`; [`OTHER`] when no rule knows it.
    pub fn kind(&self, line: &str) -> &str {
        self.set.matches(line).iter().next().map_or(OTHER, |first| &self.names[first])
    }
}

fn matcher(patterns: &[&str]) -> Result<RegexSet, Box<regex::Error>> {
    RegexSetBuilder::new(patterns).case_insensitive(true).build().map_err(Box::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_six_in_any_case_and_in_order() {
        let rules = Rules::new(&[]).unwrap();
        for (line, kind) in [
            ("[2025-06-06 12:00:00] ERROR    api | ConnectionError: refused", "connection_error"),
            ("error x TIMEOUTERROR", "timeout_error"),
            ("ERROR http 404 for /x", "not_found_error"),
            ("ERROR HTTP 500", "server_error"),
            ("ERROR ValidationError: 열이 없습니다", "validation_error"),
            ("CRITICAL out of memory", "critical_error"),
            ("CRITICAL after ERROR HTTP 500", "server_error"),
            ("ERROR TimeoutError after ConnectionError", "connection_error"),
            ("WARNING ConnectionError", "other"),
            ("ConnectionError ERROR", "other"),
            ("ERROR HTTP 4040", "not_found_error"),
            ("", "other"),
        ] {
            assert_eq!(rules.kind(line), kind, "{line}");
        }
    }

    #[test]
    fn the_users_come_first_in_their_order() {
        let rule = |name: &str, pattern: &str| Rule { name: name.into(), pattern: pattern.into() };
        let rules = Rules::new(&[rule("first", "disk"), rule("second", "disk full|critical")]).unwrap();
        assert_eq!(rules.kind("CRITICAL Disk full"), "first");
        assert_eq!(rules.kind("CRITICAL"), "second");
    }

    #[test]
    fn a_pattern_that_cannot_be_read_is_named() {
        let wrong = Rule { name: "broken".into(), pattern: "(".into() };
        let error = Rules::new(&[wrong]).unwrap_err();
        assert!(error.to_string().contains("broken"), "{error}");
    }
}
