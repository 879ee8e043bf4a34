//! Errors on their way to a person: the binary's own, and the one place where any error is rendered.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use bongsu_model::{Explain, Phrase, Refusal};
use fluent_bundle::FluentValue;

use crate::lang::Lang;
use crate::paint::{Ink, Paint};
use crate::words::Words;

/// What went wrong in the binary itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// Whoever read our output went away: nothing to tell anyone.
    #[error("the reader of the output went away")]
    Hangup,
    /// Standard output could not be written.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
    /// A file or folder could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder was asked for and is not there.
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    /// Nothing of a file could be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: Refusal,
    },
    /// The threads that do the work could not be started.
    #[error("cannot start the worker threads")]
    Runtime(#[source] io::Error),
    /// Ctrl-C could not be watched for.
    #[error("cannot watch for signals")]
    Signals(#[source] io::Error),
    /// Rows came out of the engine in a form that cannot be shown.
    #[error("cannot show the rows")]
    Rows(#[source] Box<dyn Error + Send + Sync>),
    /// `--at` is not a time.
    #[error("`{0}` is not a time")]
    Time(String),
}

impl Fault {
    /// Wraps why `path` could not be written, for `map_err`.
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Write { path, .. } | Self::Unreadable { path, .. } | Self::NoFolder(path) => Some(path),
            _ => None,
        }
    }
}

impl Explain for Fault {
    fn id(&self) -> &'static str {
        match self {
            Self::Hangup => "cli-hangup",
            Self::Output(_) => "cli-output",
            Self::Write { .. } => "cli-write",
            Self::NoFolder(_) => "cli-no-folder",
            Self::Unreadable { .. } => "cli-unreadable",
            Self::Runtime(_) => "cli-runtime",
            Self::Signals(_) => "cli-signals",
            Self::Rows(_) => "cli-rows",
            Self::Time(_) => "cli-time",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        let mut args: Vec<_> = self.path().map(|path| ("path", path.display().to_string())).into_iter().collect();
        match self {
            Self::Time(text) => args.push(("text", text.clone())),
            Self::Unreadable { reason, .. } => args.push(("reason", reason.to_string())),
            _ => {}
        }
        args
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Hangup => return None,
            Self::Output(_) => "look whether the disk behind the output is full".into(),
            Self::Write { .. } => "choose a place that you may write to, and look whether the disk is full".into(),
            Self::NoFolder(_) => "look at the path; folders are taken relative to where you are".into(),
            Self::Unreadable { .. } => "name a text file, a folder or an archive, or `-` for standard input".into(),
            Self::Runtime(_) => "look at the limits of processes and memory (ulimit -a)".into(),
            Self::Signals(_) => "start it where signals can be handled".into(),
            Self::Rows(_) => "try --output-format json".into(),
            Self::Time(_) => "write it as 2025-06-01, 2025-06-01T12:00:00 or 2025-06-01T12:00:00Z".into(),
        })
    }

    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        match self {
            Self::Unreadable { reason, .. } => Some(("reason", reason)),
            _ => None,
        }
    }
}

/// Why a command failed: any error that can explain itself.
#[derive(Debug)]
pub(crate) struct Failure(Box<dyn Explain + Send + Sync>);

impl<E: Explain + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl Failure {
    /// Whether the reader of the output went away, which is no failure of ours.
    pub(crate) fn is_hangup(&self) -> bool {
        let error: &(dyn Error + 'static) = &*self.0;
        matches!(error.downcast_ref(), Some(Fault::Hangup))
    }

    /// `error:`, the chain of causes and `hint:`, a line each.
    pub(crate) fn render(&self, words: &Words, paint: Paint) -> String {
        render(&*self.0, words, paint)
    }
}

/// An error's text and hint in the reader's language.
pub(crate) fn explain(error: &dyn Explain, words: &Words) -> (String, Option<String>) {
    let english = (error.to_string(), error.hint());
    if words.lang() == Lang::En {
        return english;
    }
    let mut values = values(error.args(), error.parts(), words);
    // Mistakes in a query come with lines that point at the place: they are the same in every language.
    if let Some((_, pointer)) = english.0.split_once('\n') {
        values.push(("below", pointer.to_owned().into()));
    }
    let text = words.find(error.id(), &values).unwrap_or(english.0);
    let hint = english.1.map(|hint| words.find(&format!("{}.hint", error.id()), &values).unwrap_or(hint));
    (text, hint)
}

/// What a library says, in the reader's language.
pub(crate) fn phrase(phrase: &dyn Phrase, words: &Words) -> String {
    match words.lang() {
        Lang::En => phrase.to_string(),
        Lang::Ko => {
            let values = values(phrase.args(), phrase.part().into_iter().collect(), words);
            words.find(phrase.id(), &values).unwrap_or_else(|| phrase.to_string())
        }
    }
}

/// What a text refers to, for Fluent.
fn values(
    args: Vec<(&'static str, String)>,
    parts: Vec<(&'static str, &dyn Phrase)>,
    words: &Words,
) -> Vec<(&'static str, FluentValue<'static>)> {
    // Fluent cannot choose by an empty text, so that one is called `none`.
    let or_none = |value: String| if value.is_empty() { "none".into() } else { FluentValue::from(value) };
    let mut values: Vec<_> = args.into_iter().map(|(name, value)| (name, or_none(value))).collect();
    for (name, part) in parts {
        values.retain(|(other, _)| *other != name);
        values.push((name, phrase(part, words).into()));
    }
    values
}

/// An error that causes nothing else, under a label of its own, without a line end behind it.
pub(crate) fn explained(error: &dyn Explain, words: &Words, paint: Paint, label: (&str, Ink)) -> String {
    let (text, hint) = explain(error, words);
    let hint = hint.map(|hint| labelled(words, paint, ("hint-line", Ink::Accent), &hint));
    [Some(labelled(words, paint, label, &text)), hint].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// Renders an error for standard error, without a line end behind it.
pub(crate) fn render(error: &(dyn Explain + 'static), words: &Words, paint: Paint) -> String {
    let (text, hint) = explain(error, words);
    let mut lines = vec![labelled(words, paint, ("error-line", Ink::Bad), &text)];
    let mut said = text;
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = known(inner).map_or_else(|| inner.to_string(), |inner| explain(inner, words).0);
        if !said.contains(&text) {
            lines.push(format!("  {}", labelled(words, paint, ("cause-line", Ink::Dim), &text)));
            said.push_str(&text);
        }
        cause = inner.source();
    }
    if let Some(hint) = hint {
        lines.push(labelled(words, paint, ("hint-line", Ink::Accent), &hint));
    }
    lines.join("\n")
}

/// A line with its label in ink.
pub(crate) fn labelled(words: &Words, paint: Paint, (id, ink): (&str, Ink), text: &str) -> String {
    let line = words.tell(id, &[("text", text.into())]);
    match line.split_once(':') {
        Some((label, rest)) => format!("{}{rest}", paint.put(ink, &format!("{label}:"))),
        None => line,
    }
}

/// The errors among causes that can explain themselves.
pub(crate) fn known<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a dyn Explain> {
    fn as_explain<'a, E: Explain + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a dyn Explain> {
        error.downcast_ref::<E>().map(|error| error as &dyn Explain)
    }
    as_explain::<bongsu_store::StoreError>(error)
        .or_else(|| as_explain::<bongsu_store::LogDamage>(error))
        .or_else(|| as_explain::<bongsu_query::QueryError>(error))
        .or_else(|| as_explain::<bongsu_query::SyntaxError>(error))
        .or_else(|| as_explain::<bongsu_query::timerange::TimeRangeError>(error))
        .or_else(|| as_explain::<bongsu_source::SourceError>(error))
        .or_else(|| as_explain::<bongsu_insight::InsightError>(error))
        .or_else(|| as_explain::<bongsu_format::UnknownFormat>(error))
        .or_else(|| as_explain::<bongsu_model::DatasetError>(error))
        .or_else(|| as_explain::<crate::commands::limit::NoLimit>(error))
        .or_else(|| as_explain::<crate::commands::ingest::NoYear>(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Failure {
        Fault::write(Path::new("/report.json"))(io::Error::other("no space left on device")).into()
    }

    #[test]
    fn says_what_why_and_what_to_do_in_both_languages() {
        let english = failure().render(&Words::new(Lang::En), Paint(false));
        assert_eq!(
            english,
            "error: cannot write /report.json\n  caused by: no space left on device\nhint: choose a place that you may \
             write to, and look whether the disk is full"
        );
        let korean = failure().render(&Words::new(Lang::Ko), Paint(false));
        assert!(korean.starts_with("오류: /report.json 파일에 쓸 수 없습니다\n  원인: "), "{korean}");
        assert!(korean.contains("\n해결: "), "{korean}");
    }

    #[test]
    fn wrong_searches_are_told_in_both_languages() {
        let queries = [
            "level:(error OR fatal",
            "a OR",
            "a)",
            "\"never closed",
            "status:[500 599]",
            "status:[500 TO 599",
            "status:[500 TO (",
            "AND a",
            "status:",
            ">5",
            "*:x",
            "level:(x>5)",
            "연결 오류 AND )",
            &"NOT ".repeat(65),
        ];
        for lang in [Lang::En, Lang::Ko] {
            let words = Words::new(lang);
            let told = |query| Failure::from(bongsu_query::parse(query).unwrap_err()).render(&words, Paint(false));
            let told: Vec<String> = queries.into_iter().map(told).collect();
            insta::assert_snapshot!(format!("wrong_searches_{lang:?}"), told.join("\n\n"));
        }
    }

    #[test]
    fn only_the_label_is_coloured() {
        let line = failure().render(&Words::new(Lang::En), Paint(true));
        assert!(line.starts_with("\u{1b}[31merror:\u{1b}[0m cannot write"), "{line:?}");
    }
}
