//! What to do about what was found: ids that a face turns into words of the reader's language.

use crate::OTHER;
use crate::health::Issue;

/// Every id that an [`Advice`] may have; a face has words for each of them, in each of its languages.
///
/// The words may use what [`Advice::args`] names: `count` for the ids of issues, `type` and `count` for those of types.
pub const ADVICE: [&str; 15] = [
    "advice-high-error-rate",
    "advice-moderate-error-rate",
    "advice-some-errors",
    "advice-critical-errors",
    "advice-some-critical-errors",
    "advice-performance-issues",
    "advice-some-slow-operations",
    "advice-type-connection-error",
    "advice-type-timeout-error",
    "advice-type-not-found-error",
    "advice-type-server-error",
    "advice-type-validation-error",
    "advice-type-critical-error",
    "advice-type-other",
    "advice-type-own",
];

/// Types that bongsu itself names, with the id of what to do about them.
const TYPES: [(&str, &str); 7] = [
    ("connection_error", "advice-type-connection-error"),
    ("timeout_error", "advice-type-timeout-error"),
    ("not_found_error", "advice-type-not-found-error"),
    ("server_error", "advice-type-server-error"),
    ("validation_error", "advice-type-validation-error"),
    ("critical_error", "advice-type-critical-error"),
    (OTHER, "advice-type-other"),
];

/// One recommendation, not yet in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// One of [`ADVICE`].
    pub id: &'static str,
    /// Names and values that the words refer to.
    pub args: Vec<(&'static str, String)>,
}

/// Whoever knows the words for an [`Advice`] in the reader's language.
pub trait Words: Sync {
    /// The recommendation as a sentence or two.
    fn advice(&self, advice: &Advice) -> String;
}

impl<F: Fn(&Advice) -> String + Sync> Words for F {
    fn advice(&self, advice: &Advice) -> String {
        self(advice)
    }
}

impl Advice {
    /// What to do about an issue that `count` errors or operations make.
    pub(crate) fn for_issue(issue: Issue, count: u64) -> Self {
        let id = match issue {
            Issue::HighErrorRate => "advice-high-error-rate",
            Issue::ModerateErrorRate => "advice-moderate-error-rate",
            Issue::SomeErrors => "advice-some-errors",
            Issue::CriticalErrors => "advice-critical-errors",
            Issue::SomeCriticalErrors => "advice-some-critical-errors",
            Issue::PerformanceIssues => "advice-performance-issues",
            Issue::SomeSlowOperations => "advice-some-slow-operations",
        };
        Self { id, args: vec![("count", count.to_string())] }
    }

    /// What to do about the commonest type of error.
    pub(crate) fn for_type(name: &str, count: u64) -> Self {
        let id = TYPES.iter().find(|(known, _)| *known == name).map_or("advice-type-own", |(_, id)| *id);
        Self { id, args: vec![("type", name.to_owned()), ("count", count.to_string())] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_holds_every_id_and_no_other() {
        let mut given: Vec<_> = Issue::ALL.iter().map(|issue| Advice::for_issue(*issue, 1).id).collect();
        given.extend(TYPES.iter().map(|(name, _)| Advice::for_type(name, 1).id));
        given.push(Advice::for_type("disk_full", 1).id);
        assert_eq!(given, ADVICE);
    }
}
