//! Tokens that tell who issued them by how they begin, and JSON web tokens.

use std::ops::Range;

use super::signs::{SHORTEST_TOKEN, TOKENS};

/// What stands behind a beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// Letters and digits only.
    Plain,
    /// Capitals and digits, and nothing behind them: the exact length.
    Capitals,
    /// Also `-`, `_` and `.`; at least one digit.
    Any,
    /// As `Any`, with letters of both cases: the beginning stands in ordinary names too.
    Mixed,
}

/// A beginning, what stands behind it, and its least length.
type Issuer = (&'static str, Behind, usize);

/// The issuers whose tokens begin with this letter.
const fn issuers(first: u8) -> &'static [Issuer] {
    use Behind::{Any, Capitals, Mixed, Plain};
    match first {
        b'A' => &[
            ("AKIA", Capitals, 16),
            ("ASIA", Capitals, 16),
            ("ABIA", Capitals, 16),
            ("ACCA", Capitals, 16),
            ("AIza", Any, 30),
        ],
        b'G' => &[("GOCSPX-", Any, 20)],
        b'P' => &[("PMAK-", Any, 24)],
        b'd' => &[("dapi", Plain, 32), ("dckr_pat_", Any, 20), ("dop_v1_", Plain, 32), ("doo_v1_", Plain, 32)],
        b'e' => &[("eyJ", Mixed, 13)],
        b'f' => &[("figd_", Any, 20)],
        b'g' => &[
            ("ghp_", Plain, 20),
            ("gho_", Plain, 20),
            ("ghu_", Plain, 20),
            ("ghs_", Plain, 20),
            ("ghr_", Plain, 20),
            ("github_pat_", Any, 20),
            ("glpat-", Any, 16),
            ("gldt-", Any, 16),
            ("glrt-", Any, 16),
            ("glsa_", Any, 20),
            ("gsk_", Plain, 20),
        ],
        b'h' => &[("hf_", Plain, 24)],
        b'l' => &[("lin_api_", Plain, 20)],
        b'n' => &[("npm_", Plain, 30), ("ntn_", Plain, 30)],
        b'p' => &[("pypi-AgE", Any, 16)],
        b'r' => &[("rk_live_", Plain, 16), ("rk_test_", Plain, 16), ("rubygems_", Plain, 30)],
        b's' => &[
            ("shpat_", Plain, 20),
            ("shpss_", Plain, 20),
            ("sk_live_", Plain, 16),
            ("sk_test_", Plain, 16),
            ("sk-", Mixed, 16),
            ("sntrys_", Any, 20),
        ],
        b't' => &[("tskey-", Any, 16)],
        b'w' => &[("whsec_", Plain, 20)],
        b'x' => &[
            ("xai-", Plain, 30),
            ("xapp-", Any, 12),
            ("xoxa-", Any, 12),
            ("xoxb-", Any, 12),
            ("xoxp-", Any, 12),
            ("xox", Mixed, 16),
        ],
        _ => &[],
    }
}

/// Beginnings that end with a dot, so that the run of letters and digits begins behind them.
const DOTTED: [&str; 4] = ["SG.", "hvs.", "hvb.", "ya29."];

const fn is_token(byte: u8) -> bool {
    TOKENS[byte as usize]
}

/// A beginning of the user's own, and the least number of letters, digits, `-` and `_` behind it.
pub(super) type Own = (Box<str>, usize);

/// Adds where tokens stand in `text`.
pub(super) fn find(text: &str, known: bool, own: &[Own], found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        if !is_token(*byte) {
            continue;
        }
        let end = run_end(bytes, at);
        at = end;
        if end - start < SHORTEST_TOKEN {
            continue;
        }
        let Some(run) = text.get(start..end) else { continue };
        let before = text.get(..start).unwrap_or_default();
        let dotted = DOTTED.iter().find(|dotted| known && before.ends_with(**dotted)).map(|dotted| dotted.len());
        let head = dotted
            .or_else(|| (known && issued(run, bytes.get(end) == Some(&b'.'))).then_some(0))
            .or_else(|| own.iter().find_map(|(begin, least)| own_head(before, run, begin, *least)));
        if let Some(head) = head {
            let end = whole_end(bytes, end);
            found.push(start - head..end);
            at = end;
        }
    }
}

fn run_end(bytes: &[u8], mut end: usize) -> usize {
    while bytes.get(end).is_some_and(|byte| is_token(*byte)) {
        end += 1;
    }
    end
}

/// Further parts of a token stand behind dots and the signs of base 64.
fn whole_end(bytes: &[u8], mut end: usize) -> usize {
    loop {
        match bytes.get(end..) {
            Some([b'.' | b'+' | b'/' | b'=', next, ..]) if is_token(*next) || matches!(next, b'.' | b'=') => {
                end = run_end(bytes, end + 1);
            }
            Some([b'=', ..]) => end += 1,
            _ => return end,
        }
    }
}

/// So much of a run tells whether it is a token.
const ENOUGH: usize = 512;

/// Whether a token begins in this run: at its start, or behind a word with `-` or `_`.
fn issued(run: &str, dot_behind: bool) -> bool {
    let mut before = b'-';
    for (at, byte) in run.bytes().enumerate() {
        if matches!(before, b'-' | b'_') {
            let mut issuers = issuers(byte).iter();
            // A JSON web token has a second part; without, it is some other object in base 64.
            let is = |issuer| run.get(at..).is_some_and(|part| is_issued(part, issuer)) && (byte != b'e' || dot_behind);
            if issuers.any(is) {
                return true;
            }
        }
        before = byte;
    }
    false
}

fn is_issued(run: &str, (begin, behind, least): &Issuer) -> bool {
    let Some(rest) = run.strip_prefix(begin) else { return false };
    // Each beginning in a run has it looked at anew; what a token consists of shows early.
    let shown = rest.get(..ENOUGH).unwrap_or(rest);
    let any = |is: fn(&u8) -> bool| shown.bytes().any(|byte| is(&byte));
    rest.len() >= *least
        && match behind {
            Behind::Plain => shown.bytes().all(|byte| byte.is_ascii_alphanumeric()) && any(u8::is_ascii_digit),
            Behind::Capitals => {
                rest.len() == *least && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            }
            Behind::Any => any(u8::is_ascii_digit),
            Behind::Mixed => any(u8::is_ascii_digit) && any(u8::is_ascii_uppercase) && any(u8::is_ascii_lowercase),
        }
}

/// The bytes before the run that belong to a token of one's own: `acme.` in `acme.a1b2…`.
fn own_head(before: &str, run: &str, begin: &str, least: usize) -> Option<usize> {
    let head = begin.trim_end_matches(|sign: char| u8::try_from(sign).is_ok_and(is_token));
    let rest = run.strip_prefix(begin.strip_prefix(head)?)?;
    (before.ends_with(head) && rest.len() >= least).then_some(head.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> String {
        super::super::tests::hidden(text, |text, found| {
            find(text, true, &[("acme_".into(), 12), ("acme.".into(), 16)], found);
        })
    }

    #[test]
    fn a_token_is_hidden_to_its_end() {
        for (text, expected) in [
            ("key AKIAIOSFODNN7EXAMPLE used", "key # used"),
            ("x acme.0123456789abcdef y", "x # y"),
            ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "#"),
            ("(xoxb-123456789012-abcdefABCDEF)", "(#)"),
            ("sk-proj-abcDEF1234567890abcd.", "#."),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9 end", "# end"),
            ("SG.aBcDeFgHiJkLmNoPqRsT.uVwXyZ01234567890", "#"),
            ("acme_0123456789ab", "#"),
            ("key-AKIAIOSFODNN7EXAMPLE", "#"),
        ] {
            assert_eq!(hidden(text), expected);
        }
    }

    #[test]
    fn names_and_ids_are_no_tokens() {
        for text in [
            "550e8400-e29b-41d4-a716-446655440000",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "sk-learn-pipeline-training-2024",
            "npm_config_registry_2024_something_long",
            "hf_model_name_with_underscores",
            "AKIAIOSFODNN7EXAMPLEX",
            "acme_0123456789a",
            "eyJpZCI6MTIzLCJhIjoiQiJ9",
            "a_function_with_a_rather_long_name",
            "github_pat_of_somebody_else",
            "2025-06-06T12-00-00-000000000",
        ] {
            assert_eq!(hidden(text), text);
        }
    }
}
