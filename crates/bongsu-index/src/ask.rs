//! A condition on rows, and what can be said about it without reading them.

use crate::automaton::Automaton;
use crate::group::{Group, Source};
use crate::ids::IdColumn;
use crate::rows::Rows;
use crate::text::TextAsk;

/// A condition on one row, as far as an index can judge it.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for each condition of a query")]
pub enum Ask {
    /// Nothing is known about it.
    Unknown,
    /// Every part holds.
    And(Vec<Self>),
    /// Some part holds.
    Or(Vec<Self>),
    /// The part is not true; where it is unknown, because a value is missing, this holds.
    NotTrue(Box<Self>),
    /// Holds only where the part holds.
    Only(Box<Self>),
    /// The message has this text.
    Text(TextAsk),
    /// The message matches a regular expression, for which it must have some texts.
    Regex {
        /// The texts.
        texts: Box<Self>,
        /// The expression.
        automaton: Box<Automaton>,
    },
    /// The column has this id.
    Id(IdColumn, String),
    /// The service is one of these.
    Service(Vec<String>),
    /// The template is one of these.
    Template(Vec<i64>),
    /// The microseconds of the time, both ends in.
    Time(i64, i64),
}

/// What is known about the rows of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The condition holds in no other row.
    pub may: Rows,
    /// The condition holds in all of these, which are among `may`.
    pub must: Rows,
}

impl Verdict {
    fn unknown(rows: u32) -> Self {
        Self { may: Rows::all(rows), must: Rows::none() }
    }

    fn exact(rows: Rows) -> Self {
        Self { must: rows.clone(), may: rows }
    }
}

impl Ask {
    /// Whether a group can never be judged by it.
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::And(parts) => parts.iter().all(Self::is_unknown),
            Self::Or(parts) => parts.iter().any(Self::is_unknown),
            Self::NotTrue(part) | Self::Only(part) => part.is_unknown(),
            _ => false,
        }
    }

    /// In which rows of `group` the condition can hold, and in which it surely does.
    pub fn judge(&self, group: &Group, source: &dyn Source) -> Verdict {
        let rows = group.rows();
        match self {
            Self::Unknown => Verdict::unknown(rows),
            Self::And(parts) => {
                let mut all = Verdict::exact(Rows::all(rows));
                for part in parts {
                    let part = part.judge(group, source);
                    all = Verdict { may: all.may.and(&part.may), must: all.must.and(&part.must) };
                    if all.may.is_empty() {
                        break;
                    }
                }
                all
            }
            Self::Or(parts) => {
                let parts = parts.iter().map(|part| part.judge(group, source));
                parts.fold(Verdict::exact(Rows::none()), |any, part| Verdict {
                    may: any.may.or(&part.may),
                    must: any.must.or(&part.must),
                })
            }
            Self::NotTrue(part) => {
                let part = part.judge(group, source);
                Verdict { may: part.must.not(rows), must: part.may.not(rows) }
            }
            Self::Only(part) => Verdict { must: Rows::none(), ..part.judge(group, source) },
            Self::Text(ask) => text(ask, group, source),
            Self::Regex { texts, automaton } => regex(&texts.judge(group, source).may, automaton, group, source),
            Self::Id(column, id) => {
                let found = group.ids(source).map(|ids| ids.rows_with(*column, id, rows));
                Verdict { may: found.unwrap_or_else(|| Rows::all(rows)), must: Rows::none() }
            }
            Self::Service(names) => runs(group, source, |templates, run| {
                let service = templates.services.get(run.service as usize).and_then(Option::as_ref);
                service.is_some_and(|service| names.contains(service))
            }),
            Self::Template(ids) => runs(group, source, |templates, run| {
                templates.template(run).is_some_and(|known| ids.contains(&known.id))
            }),
            Self::Time(from, to) => match group.time() {
                Some((first, last)) if last < *from || first > *to => Verdict::exact(Rows::none()),
                Some((first, last)) if first >= *from && last <= *to => Verdict::exact(Rows::all(rows)),
                _ => Verdict::unknown(rows),
            },
        }
    }
}

fn runs(
    group: &Group,
    source: &dyn Source,
    holds: impl Fn(&crate::runs::Templates, &crate::runs::Run) -> bool,
) -> Verdict {
    let Some(templates) = group.templates(source) else { return Verdict::unknown(group.rows()) };
    let found = templates.runs.iter().filter(|run| holds(templates, run)).map(|run| run.rows.clone());
    Verdict::exact(Rows::from_ranges(found.collect()))
}

fn text(ask: &TextAsk, group: &Group, source: &dyn Source) -> Verdict {
    let (Some(templates), Some(words), Some(grams)) =
        (group.templates(source), group.words(source), group.grams(source))
    else {
        return Verdict::unknown(group.rows());
    };
    // Runs name templates by position: each is judged once a group.
    let judged = ask.judge(&templates.shapes, ask.in_variables(words, grams));
    let (mut may, mut must) = (Vec::new(), Vec::new());
    for run in &templates.runs {
        let Some(&(can, surely)) = run.template.and_then(|nth| judged.get(nth as usize)) else { continue };
        if can {
            may.push(run.rows.clone());
        }
        if surely {
            must.push(run.rows.clone());
        }
    }
    Verdict { may: Rows::from_ranges(may), must: Rows::from_ranges(must) }
}

/// As [`Ask::Regex`], in rows that have its texts.
fn regex(may: &Rows, automaton: &Automaton, group: &Group, source: &dyn Source) -> Verdict {
    let Some(templates) = group.templates(source) else { return Verdict { may: may.clone(), must: Rows::none() } };
    let (mut can, mut surely) = (Vec::new(), Vec::new());
    let mut left = may.ranges();
    for run in &templates.runs {
        while left.first().is_some_and(|range| range.end <= run.rows.start) {
            left = &left[1..];
        }
        if left.first().is_none_or(|range| range.start >= run.rows.end) {
            continue;
        }
        let Some(known) = templates.template(run) else { continue };
        let (may, must) = automaton.judge(known);
        if may {
            can.push(run.rows.clone());
        }
        if must {
            surely.push(run.rows.clone());
        }
    }
    let can = Rows::from_ranges(can).and(may);
    Verdict { must: Rows::from_ranges(surely).and(&can), may: can }
}
