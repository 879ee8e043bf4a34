//! What is wrong with a command line, in the reader's language, with the way out.

use std::num::{IntErrorKind, ParseIntError};

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::BEHIND_DASHES;
use crate::fault::{explain, known, labelled};
use crate::paint::{Ink, Paint};
use crate::words::{Values, Words};

/// `error:` and `hint:` lines of a usage error, without a line end behind them.
pub(crate) fn render(error: &Error, words: &Words, paint: Paint) -> String {
    let (text, hint) = tell(error, words);
    let mut lines = vec![labelled(words, paint, ("error-line", Ink::Bad), &text)];
    let hint = hint.unwrap_or_else(|| words.say("usage-see-help"));
    lines.push(labelled(words, paint, ("hint-line", Ink::Accent), &hint));
    lines.join("\n")
}

fn tell(error: &Error, words: &Words) -> (String, Option<String>) {
    let arg = option_only(&context(error, ContextKind::InvalidArg));
    let value = context(error, ContextKind::InvalidValue);
    let pair: Values<'_> = &[("arg", arg.as_str().into()), ("value", value.as_str().into())];
    match error.kind() {
        ErrorKind::UnknownArgument if !arg.starts_with('-') => (words.tell("usage-unexpected", pair), None),
        ErrorKind::UnknownArgument if error.get(BEHIND_DASHES) == Some(&ContextValue::Bool(true)) => {
            (words.tell("usage-unexpected", pair), Some(words.say("usage-before-dashes")))
        }
        ErrorKind::UnknownArgument => {
            let hint = instead(error, ContextKind::SuggestedArg, words).or_else(|| behind_dashes(error, words));
            (words.tell("usage-unknown-argument", pair), hint)
        }
        ErrorKind::InvalidSubcommand => {
            let name = context(error, ContextKind::InvalidSubcommand);
            let text = words.tell("usage-unknown-command", &[("value", name.into())]);
            (text, instead(error, ContextKind::SuggestedSubcommand, words))
        }
        ErrorKind::InvalidValue if value.is_empty() => (words.tell("usage-no-value", pair), values(error, words)),
        ErrorKind::InvalidValue => {
            let hint = instead(error, ContextKind::SuggestedValue, words).or_else(|| values(error, words));
            (words.tell("usage-bad-value", pair), hint)
        }
        ErrorKind::ValueValidation => {
            let (reason, hint) = reason(error, words);
            let text = words.tell("usage-bad-value", pair);
            (if reason.is_empty() { text } else { format!("{text}: {reason}") }, hint)
        }
        ErrorKind::MissingRequiredArgument => (words.tell("usage-missing", pair), None),
        ErrorKind::ArgumentConflict => {
            let other = option_only(&context(error, ContextKind::PriorArg));
            let text = words.tell("usage-conflict", &[("arg", arg.as_str().into()), ("other", other.into())]);
            (text, None)
        }
        ErrorKind::MissingSubcommand => (words.say("usage-no-command"), None),
        _ => (words.say("usage-other"), None),
    }
}

/// Why a value was refused, when the type that refused it can say so.
fn reason(error: &Error, words: &Words) -> (String, Option<String>) {
    let Some(source) = std::error::Error::source(error) else { return (String::new(), None) };
    if let Some(error) = source.downcast_ref::<ParseIntError>() {
        let id = match error.kind() {
            IntErrorKind::Zero => "usage-positive",
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "usage-too-far",
            _ => "usage-number",
        };
        return (words.say(id), None);
    }
    known(source).map_or_else(|| (source.to_string(), None), |error| explain(error, words))
}

fn instead(error: &Error, kind: ContextKind, words: &Words) -> Option<String> {
    let names = match error.get(kind) {
        // clap puts the likeliest last.
        Some(ContextValue::Strings(names)) => names.iter().rev().map(String::as_str).collect::<Vec<_>>().join("`, `"),
        _ => context(error, kind),
    };
    (!names.is_empty()).then(|| words.tell("usage-did-you-mean", &[("value", names.into())]))
}

/// That something which begins with a dash and may be meant as a value has a way to be one.
fn behind_dashes(error: &Error, words: &Words) -> Option<String> {
    let Some(ContextValue::StyledStrs(ways)) = error.get(ContextKind::Suggested) else { return None };
    (!ways.is_empty()).then(|| words.say("usage-dashes"))
}

fn values(error: &Error, words: &Words) -> Option<String> {
    let values = context(error, ContextKind::ValidValue);
    (!values.is_empty()).then(|| words.tell("usage-values", &[("values", values.into())]))
}

fn context(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    }
}

/// `--limit` of clap's `--limit <N>`.
fn option_only(arg: &str) -> String {
    if arg.starts_with('-') { arg.split(' ').next().unwrap_or(arg).to_owned() } else { arg.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use crate::lang::Lang;

    fn said(lang: Lang, arguments: &[&str]) -> String {
        let words = Words::new(lang);
        let arguments = std::iter::once(&"bongsu").chain(arguments).map(Into::into).collect();
        render(&Cli::read(arguments, &words).unwrap_err(), &words, Paint(false))
    }

    #[test]
    fn names_the_mistake_and_the_way_out() {
        let table: [(&[&str], &str); 9] = [
            (
                &["search", "--", "-word", "--limit", "1"],
                "error: `--limit` is one argument too many\nhint: options stand before `--`: bongsu search --limit 5 -- '-word'",
            ),
            (
                &["search", "-level:error"],
                "error: there is no option `-l`\nhint: what begins with `-` and is no option goes behind `--`: bongsu search \
                 -- '-word'",
            ),
            (&["serch"], "error: there is no command `serch`\nhint: did you mean `search`, `serve`?"),
            (&["search", "--limt", "3", "x"], "error: there is no option `--limt`\nhint: did you mean `--limit`?"),
            (
                &["stats", "--color", "blue"],
                "error: `blue` is not a value of `--color`\nhint: use one of auto, always, never",
            ),
            (
                &["search", "--limit", "x", "q"],
                "error: `x` is not a value of `--limit`: neither a number nor `all`\nhint: give a number of rows, or `all`",
            ),
            (
                &["sql"],
                "error: missing: <SQL>\nhint: bongsu --help lists the commands, bongsu COMMAND --help what one takes",
            ),
            (
                &["stats", "--data"],
                "error: `--data` needs a value\nhint: bongsu --help lists the commands, bongsu COMMAND --help what one takes",
            ),
            (
                &["search", "--dataset", "Logs", "q"],
                "error: `Logs` is not a value of `--dataset`: `Logs` cannot be the name of a dataset\nhint: use 1 to 128 lower-case letters, digits, `_`, `-` or `.`, beginning with a letter or digit",
            ),
        ];
        for (arguments, text) in table {
            assert_eq!(said(Lang::En, arguments), text);
        }
    }

    #[test]
    fn korean_readers_are_told_in_korean() {
        assert_eq!(said(Lang::Ko, &["serch"]), "오류: `serch` 명령은 없습니다\n해결: 비슷한 이름: `search`, `serve`");
    }
}
