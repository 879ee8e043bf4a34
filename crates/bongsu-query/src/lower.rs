//! From a filter to an expression of the engine below, over the columns that a dataset has.

use arrow::datatypes::{DataType, Schema};
use bongsu_model::{Level, TimeRange, Timestamp, column};
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::{Expr, Like, Operator, binary_expr, lit, try_cast};
use jiff::tz::TimeZone;

use crate::attributes::has_attribute;
use crate::fields::{Kind, Variant, variants};
use crate::filter::{Filter, Leaf, Pattern, Piece, Test};
use crate::regex;
use crate::request::SearchNote;
use crate::suggest::similar;
use crate::syntax::{self, Advice, Expected, Met, Mistake, RegexMistake, SyntaxError};
use crate::text::{TextTest, has_text};
use crate::timerange;
use crate::value::{NoNumber, Number, Span};

/// A dataset with so many columns may keep values of any field in `attributes`.
const OVERFLOW: usize = 1_000;

/// Makes expressions over the columns of one dataset.
pub(crate) struct Lowering<'a> {
    pub(crate) query: &'a str,
    pub(crate) schema: &'a Schema,
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a TimeZone,
    /// What the query's author should know.
    pub(crate) notes: Vec<SearchNote>,
}

/// A condition: tests of one text are kept apart, so that all of them become one scan of the column.
#[expect(clippy::large_enum_variant, reason = "there is one for each condition of a query")]
enum Part {
    Expr(Expr),
    Text { column: String, test: TextTest, key: String },
}

impl Part {
    fn into_expr(self) -> Expr {
        match self {
            Self::Expr(expr) => expr,
            Self::Text { column, test, key } => has_text(field(&column), vec![test], &key),
        }
    }
}

/// The column called exactly `name`.
pub(crate) fn field(name: &str) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}

fn text(value: &str) -> Expr {
    lit(ScalarValue::Utf8View(Some(value.to_owned())))
}

/// `parts` joined by `operator` into a shallow tree; none when there are none.
pub(crate) fn joined(mut parts: Vec<Expr>, operator: Operator) -> Option<Expr> {
    while parts.len() > 1 {
        let mut halved = Vec::with_capacity(parts.len().div_ceil(2));
        let mut rest = parts.into_iter();
        while let Some(left) = rest.next() {
            halved.push(match rest.next() {
                Some(right) => binary_expr(left, operator, right),
                None => left,
            });
        }
        parts = halved;
    }
    parts.pop()
}

fn any(parts: Vec<Expr>) -> Expr {
    joined(parts, Operator::Or).unwrap_or_else(|| lit(false))
}

fn micros(time: i64) -> Expr {
    lit(ScalarValue::TimestampMicrosecond(Some(time), Some("UTC".into())))
}

/// Rows whose time lies in `range`, to the nanosecond; none when it holds every time.
pub(crate) fn within(range: &TimeRange) -> Option<Expr> {
    let (time, beyond) = (|| field(column::TIME), || field(column::TIME_NS));
    let mut parts = Vec::new();
    if range.from > Timestamp::MIN {
        let (us, ns) = (range.from.micros(), range.from.nanos_beyond_micros());
        parts.push(time().gt_eq(micros(us)));
        if ns > 0 {
            parts.push(time().gt(micros(us)).or(beyond().gt_eq(lit(ns))));
        }
    }
    if range.to < Timestamp::MAX {
        let (us, ns) = (range.to.micros(), range.to.nanos_beyond_micros());
        parts.push(time().lt_eq(micros(us)));
        if ns < 999 {
            parts.push(time().lt(micros(us)).or(beyond().is_null()).or(beyond().lt_eq(lit(ns))));
        }
    }
    joined(parts, Operator::And)
}

/// As [`within`] for a column of microseconds alone.
fn within_micros(name: &str, range: &TimeRange) -> Expr {
    let mut parts = Vec::new();
    if range.from > Timestamp::MIN {
        let up = i64::from(range.from.nanos_beyond_micros() > 0);
        parts.push(field(name).gt_eq(micros(range.from.micros() + up)));
    }
    if range.to < Timestamp::MAX {
        parts.push(field(name).lt_eq(micros(range.to.micros())));
    }
    joined(parts, Operator::And).unwrap_or_else(|| field(name).is_not_null())
}

impl Lowering<'_> {
    /// The expression that is true for the rows that `filter` wants, and false or null for others.
    pub(crate) fn lower(&mut self, filter: &Filter) -> Result<Expr, SyntaxError> {
        self.part(filter).map(Part::into_expr)
    }

    fn part(&mut self, filter: &Filter) -> Result<Part, SyntaxError> {
        Ok(Part::Expr(match filter {
            Filter::All => lit(true),
            Filter::Not(part) => self.lower(part)?.is_not_true(),
            Filter::And(parts) => self.and(parts)?,
            Filter::Or(parts) => any(parts.iter().map(|part| self.lower(part)).collect::<Result<_, _>>()?),
            Filter::Test(leaf) => return self.leaf(leaf),
        }))
    }

    /// Comparisons come first, which cost least and let whole row groups be left out; texts last, one scan a column.
    fn and(&mut self, parts: &[Filter]) -> Result<Expr, SyntaxError> {
        let mut exprs = Vec::new();
        let mut scans: Vec<(String, Vec<TextTest>, String)> = Vec::new();
        for condition in parts {
            match self.part(condition)? {
                Part::Expr(expr) => exprs.push(expr),
                Part::Text { column, test, key } => match scans.iter_mut().find(|(name, ..)| *name == column) {
                    Some((_, tests, keys)) => {
                        tests.push(test);
                        keys.push_str(" & ");
                        keys.push_str(&key);
                    }
                    None => scans.push((column, vec![test], key)),
                },
            }
        }
        exprs.extend(scans.into_iter().map(|(column, tests, key)| has_text(field(&column), tests, &key)));
        Ok(joined(exprs, Operator::And).unwrap_or_else(|| lit(true)))
    }

    /// That `found`, which stands in `leaf`, is wrong.
    fn wrong(&self, leaf: &Leaf, mistake: Mistake, found: &str, expected: Expected, advice: Advice) -> SyntaxError {
        let written = self.query.get(leaf.span.start..leaf.span.end).unwrap_or_default();
        // What was written with quotes and backslashes may stand there in other letters.
        let span = written.rfind(found).filter(|_| !found.is_empty()).map_or(leaf.span, |at| {
            let start = leaf.span.start + at;
            syntax::Span { start, end: start + found.len() }
        });
        SyntaxError { mistake, query: self.query.to_owned(), span, found: Met::written(found), expected, advice }
    }

    fn bad_regex(&self, leaf: &Leaf, reason: RegexMistake) -> SyntaxError {
        let found = match &leaf.test {
            Test::Regex(regex) => regex.clone(),
            _ => leaf.to_string(),
        };
        self.wrong(leaf, Mistake::Regex, &found, Expected::Regex(reason), Advice::Backslash)
    }

    fn note(&mut self, note: SearchNote) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Fails when numbers are compared with what is none. To be equal to it is no mistake, only never true.
    fn numbers(&mut self, leaf: &Leaf, field: &str) -> Result<(), SyntaxError> {
        if let Test::Text(value) | Test::Exact(value) = &leaf.test
            && Number::parse(value).is_none()
        {
            self.note(SearchNote::NoNumber { field: field.to_owned(), value: value.clone() });
        }
        let Some(span) = Span::of(&leaf.test) else { return Ok(()) };
        for (value, _) in span.from.iter().chain(&span.to) {
            match Number::read(value) {
                Ok(_) => {}
                Err(NoNumber::Text) => {
                    return Err(self.wrong(leaf, Mistake::Value, value, Expected::Number, Advice::Number));
                }
                Err(NoNumber::Unit { number, unit }) => {
                    let expected = Expected::Unit(number.into());
                    return Err(self.wrong(leaf, Mistake::Value, unit, expected, Advice::Units));
                }
            }
        }
        Ok(())
    }

    /// Whether all values of a field are in these columns, and are numbers.
    fn has_numbers_only(&self, name: &str, columns: &[Variant]) -> bool {
        let in_columns = column::core_type(name).is_some() || self.schema.fields().len() < OVERFLOW;
        let number = |variant: &Variant| matches!(variant.kind, Kind::Whole | Kind::Float);
        in_columns && !columns.is_empty() && columns.iter().all(number)
    }

    fn leaf(&mut self, leaf: &Leaf) -> Result<Part, SyntaxError> {
        let name = leaf.field.as_deref().unwrap_or(column::MESSAGE);
        if leaf.field.is_none()
            && let Test::Text(word) = &leaf.test
            && let Some(id) = id_column(word)
        {
            let message = self.column(leaf, &Variant::message())?.map_or_else(|| lit(false), Part::into_expr);
            return Ok(Part::Expr(message.or(field(id).eq(text(&word.to_ascii_lowercase())))));
        }
        let found = variants(self.schema, name);
        if found.is_empty() {
            let known = self.schema.fields().iter().map(|field| field.name().as_str());
            let known = known.filter(|name| !name.starts_with('_') && *name != column::ATTRIBUTES);
            self.note(SearchNote::UnknownField { field: name.to_owned(), similar: similar(name, known) });
        }
        if self.has_numbers_only(name, &found) {
            self.numbers(leaf, name)?;
        }
        let mut parts = Vec::new();
        for variant in &found {
            parts.extend(self.column(leaf, variant)?);
        }
        if column::core_type(name).is_none() {
            // Only rows with attributes are read for them, and only files that have such rows.
            let attributes = field(column::ATTRIBUTES);
            let has = has_attribute(attributes.clone(), name, &leaf.test).map_err(|why| self.bad_regex(leaf, why))?;
            parts.push(Part::Expr(attributes.is_not_null().and(has)));
        }
        if parts.len() == 1
            && let Some(part) = parts.pop()
        {
            return Ok(part);
        }
        Ok(Part::Expr(any(parts.into_iter().map(Part::into_expr).collect())))
    }

    /// The condition on one column; none when no value of the column can pass.
    fn column(&self, leaf: &Leaf, variant: &Variant) -> Result<Option<Part>, SyntaxError> {
        let name = &variant.name;
        if leaf.test.takes_any() {
            return Ok(Some(Part::Expr(field(name).is_not_null())));
        }
        match variant.kind {
            Kind::Time => self.time(leaf, name).map(|expr| expr.map(Part::Expr)),
            Kind::Bool => Ok(boolean(leaf, name).map(Part::Expr)),
            Kind::Whole | Kind::Float => self.number(leaf, variant),
            Kind::Level => self.level(leaf, name).map(Some),
            Kind::Identifier => self.identifier(leaf, name).map(Some),
            Kind::Text => self.text(leaf, name).map(Some),
        }
    }

    fn matching(&self, leaf: &Leaf, name: &str, test: Result<TextTest, RegexMistake>) -> Result<Part, SyntaxError> {
        let test = test.map_err(|reason| self.bad_regex(leaf, reason))?;
        Ok(Part::Text { column: name.to_owned(), test, key: format!("{:?}", leaf.test) })
    }

    fn text(&self, leaf: &Leaf, name: &str) -> Result<Part, SyntaxError> {
        Ok(match &leaf.test {
            Test::Text(word) if word.is_empty() => Part::Expr(field(name).eq(text(""))),
            Test::Text(word) => self.matching(leaf, name, TextTest::word(word))?,
            Test::Like(pattern) => self.matching(leaf, name, regex::word_like(pattern).map(TextTest::Regex))?,
            Test::Regex(regex) => self.matching(leaf, name, regex::compile(regex).map(TextTest::Regex))?,
            Test::Exact(value) => Part::Expr(field(name).eq(text(value))),
            _ => Part::Expr(text_range(leaf, name)),
        })
    }

    fn identifier(&self, leaf: &Leaf, name: &str) -> Result<Part, SyntaxError> {
        let hex = matches!(name, column::TRACE_ID | column::SPAN_ID);
        Ok(match &leaf.test {
            Test::Text(value) if hex => Part::Expr(field(name).eq(text(&value.to_ascii_lowercase()))),
            Test::Text(value) | Test::Exact(value) => Part::Expr(field(name).eq(text(value))),
            Test::Like(pattern) => Part::Expr(like(name, pattern)),
            Test::Regex(regex) => self.matching(leaf, name, regex::compile(regex).map(TextTest::Regex))?,
            _ => Part::Expr(text_range(leaf, name)),
        })
    }

    fn number(&self, leaf: &Leaf, variant: &Variant) -> Result<Option<Part>, SyntaxError> {
        let name = &variant.name;
        let whole = variant.kind == Kind::Whole;
        let pattern = match &leaf.test {
            Test::Like(pattern) => regex::whole_like(pattern, true),
            Test::Regex(regex) => regex::compile(regex),
            Test::Text(value) | Test::Exact(value) => {
                let equal =
                    Number::parse(value).map(|number| Span { from: Some((number, true)), to: Some((number, true)) });
                return Ok(equal.and_then(|span| number_range(&span, name, whole)).map(Part::Expr));
            }
            test => {
                let span = Span::of(test).and_then(|span| span.map(|text| Number::parse(text)));
                return Ok(span.and_then(|span| number_range(&span, name, whole)).map(Part::Expr));
            }
        };
        let pattern = pattern.map_err(|reason| self.bad_regex(leaf, reason))?;
        let shown = datafusion::logical_expr::cast(field(name), DataType::Utf8View);
        Ok(Some(Part::Expr(has_text(shown, vec![TextTest::Regex(pattern)], &format!("{:?}", leaf.test)))))
    }

    fn time(&self, leaf: &Leaf, name: &str) -> Result<Option<Expr>, SyntaxError> {
        let read = |text: &str, end: bool| {
            let read = if end { timerange::point } else { timerange::parse };
            read(text, self.now, self.zone).map_err(|error| {
                self.wrong(leaf, Mistake::Value, text, Expected::Time(error.reason.into()), Advice::Time)
            })
        };
        let mut range = TimeRange::ALL;
        match &leaf.test {
            Test::Text(value) | Test::Exact(value) => range = read(value, false)?,
            test => {
                let Some(span) = Span::of(test) else { return Ok(None) };
                if let Some((value, included)) = &span.from {
                    let found = read(value, true)?;
                    range.from = if *included { found.from } else { found.to.plus_nanos(1) };
                }
                if let Some((value, included)) = &span.to {
                    let found = read(value, true)?;
                    range.to = if *included { found.to } else { found.from.plus_nanos(-1) };
                }
            }
        }
        Ok(Some(if name == column::TIME {
            within(&range).unwrap_or_else(|| field(name).is_not_null())
        } else {
            within_micros(name, &range)
        }))
    }

    fn level(&self, leaf: &Leaf, name: &str) -> Result<Part, SyntaxError> {
        Ok(match &leaf.test {
            Test::Text(word) | Test::Exact(word) => Part::Expr(match level(word) {
                Some(level) => field(name).eq(text(level.name())),
                None => {
                    field(name).in_list(vec![text(word), text(&word.to_uppercase()), text(&word.to_lowercase())], false)
                }
            }),
            Test::Like(pattern) => self.matching(leaf, name, regex::whole_like(pattern, true).map(TextTest::Regex))?,
            Test::Regex(regex) => self.matching(leaf, name, regex::compile(regex).map(TextTest::Regex))?,
            test => {
                let span = Span::of(test).unwrap_or(Span { from: None, to: None });
                let severity = |value: &String| {
                    level(value)
                        .and_then(|level| level.severity())
                        .ok_or_else(|| self.wrong(leaf, Mistake::Value, value, Expected::Level, Advice::Levels))
                };
                let mut parts = vec![];
                if let Some((value, included)) = &span.from {
                    let first = severity(value)? + if *included { 0 } else { 4 };
                    parts.push(field(column::SEVERITY).gt_eq(lit(i64::from(first))));
                }
                if let Some((value, included)) = &span.to {
                    let end = severity(value)? + if *included { 4 } else { 0 };
                    parts.push(field(column::SEVERITY).lt(lit(i64::from(end))));
                }
                Part::Expr(joined(parts, Operator::And).unwrap_or_else(|| field(name).is_not_null()))
            }
        })
    }
}

/// The level that a word of a query names: a spelling of one of the known, or a number as Python counts them.
fn level(word: &str) -> Option<Level> {
    Level::known(word).or_else(|| Level::from_number(word.parse().ok()?))
}

/// The column that holds ids of the form of `word`.
fn id_column(word: &str) -> Option<&'static str> {
    let hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    match word.len() {
        32 if hex => Some(column::TRACE_ID),
        16 if hex => Some(column::SPAN_ID),
        _ => None,
    }
}

fn boolean(leaf: &Leaf, name: &str) -> Option<Expr> {
    let (Test::Text(value) | Test::Exact(value)) = &leaf.test else { return None };
    match value.to_ascii_lowercase().as_str() {
        "true" => Some(field(name).eq(lit(true))),
        "false" => Some(field(name).eq(lit(false))),
        _ => None,
    }
}

fn like(name: &str, pattern: &Pattern) -> Expr {
    let mut written = String::new();
    for piece in &pattern.0 {
        match piece {
            Piece::Literal(text) => {
                for c in text.chars() {
                    if matches!(c, '%' | '_' | '\\') {
                        written.push('\\');
                    }
                    written.push(c);
                }
            }
            Piece::Any => written.push('%'),
            Piece::One => written.push('_'),
        }
    }
    Expr::Like(Like::new(false, Box::new(field(name)), Box::new(text(&written)), None, false))
}

/// Texts in a range: by their value where the ends are numbers, else by the order of their bytes.
fn text_range(leaf: &Leaf, name: &str) -> Expr {
    let Some(span) = Span::of(&leaf.test) else { return lit(false) };
    if span.from.is_none() && span.to.is_none() {
        return field(name).is_not_null();
    }
    if let Some(numbers) = span.map(|text| Number::parse(text)) {
        let value = try_cast(field(name), DataType::Float64);
        return ends(&numbers, &value, |number| lit(number.float()));
    }
    ends(&span, &field(name), |value| text(value))
}

fn number_range(span: &Span<Number>, name: &str, whole: bool) -> Option<Expr> {
    if span.from.is_none() && span.to.is_none() {
        return Some(field(name).is_not_null());
    }
    if !whole {
        return Some(ends(span, &field(name), |number| lit(number.float())));
    }
    let (first, last) = span.whole()?;
    if first.is_some() && first == last {
        return first.map(|value| field(name).eq(lit(value)));
    }
    let parts = [first.map(|first| field(name).gt_eq(lit(first))), last.map(|last| field(name).lt_eq(lit(last)))];
    joined(parts.into_iter().flatten().collect(), Operator::And)
}

fn ends<T>(span: &Span<T>, value: &Expr, literal: impl Fn(&T) -> Expr) -> Expr {
    let mut parts = Vec::new();
    if let Some((from, included)) = &span.from {
        let (value, from) = (value.clone(), literal(from));
        parts.push(if *included { value.gt_eq(from) } else { value.gt(from) });
    }
    if let Some((to, included)) = &span.to {
        let (value, to) = (value.clone(), literal(to));
        parts.push(if *included { value.lt_eq(to) } else { value.lt(to) });
    }
    joined(parts, Operator::And).unwrap_or_else(|| lit(true))
}
