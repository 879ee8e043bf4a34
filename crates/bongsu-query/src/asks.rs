//! From an expression of the engine below to what an index can judge.

use bongsu_index::{Ask, IdColumn, TextAsk, regex};
use bongsu_model::column;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Like, Operator};

use crate::text;

/// What an index can say about rows for which `expr` is true.
pub(crate) fn ask(expr: &Expr) -> Ask {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => binary(left, *op, right),
        Expr::IsNotTrue(part) => Ask::NotTrue(Box::new(ask(part))),
        Expr::IsTrue(part) => ask(part),
        Expr::Not(part) => Ask::Only(Box::new(Ask::NotTrue(Box::new(ask(part))))),
        Expr::Like(like) if !like.negated && like.escape_char.is_none_or(|sign| sign == '\\') => match_like(like),
        Expr::InList(InList { expr, list, negated: false }) => {
            let values: Option<Vec<String>> = list.iter().map(|value| string(value).map(str::to_owned)).collect();
            match (name(expr), values) {
                (Some(column::SERVICE), Some(values)) => Ask::Service(values),
                _ => Ask::Or(list.iter().map(|value| equal(expr, value)).collect()),
            }
        }
        Expr::Between(Between { expr, negated: false, low, high }) => {
            Ask::And(vec![binary(expr, Operator::GtEq, low), binary(expr, Operator::LtEq, high)])
        }
        Expr::ScalarFunction(function) => match (text::tests_of(&function.func), function.args.as_slice()) {
            (Some(tests), [of]) if name(of) == Some(column::MESSAGE) => {
                Ask::And(tests.iter().map(text::TextTest::ask).collect())
            }
            (None, [of, pattern]) if function.func.name() == "regexp_like" && name(of) == Some(column::MESSAGE) => {
                string(pattern).map_or(Ask::Unknown, regex)
            }
            _ => Ask::Unknown,
        },
        _ => Ask::Unknown,
    }
}

fn binary(left: &Expr, op: Operator, right: &Expr) -> Ask {
    match op {
        Operator::And => Ask::And(vec![ask(left), ask(right)]),
        Operator::Or => Ask::Or(vec![ask(left), ask(right)]),
        Operator::Eq if name(right).is_some() => equal(right, left),
        Operator::Eq => equal(left, right),
        Operator::RegexMatch if name(left) == Some(column::MESSAGE) => string(right).map_or(Ask::Unknown, regex),
        Operator::RegexIMatch if name(left) == Some(column::MESSAGE) => {
            string(right).map_or(Ask::Unknown, |pattern| regex(&format!("(?i){pattern}")))
        }
        Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq => {
            let (of, op, value) =
                if name(left).is_some() { (left, op, right) } else { (right, op.swap().unwrap_or(op), left) };
            match (name(of), micros(value)) {
                (Some(column::TIME), Some(time)) => match op {
                    Operator::Lt => Ask::Time(i64::MIN, time.saturating_sub(1)),
                    Operator::LtEq => Ask::Time(i64::MIN, time),
                    Operator::Gt => Ask::Time(time.saturating_add(1), i64::MAX),
                    _ => Ask::Time(time, i64::MAX),
                },
                _ => Ask::Unknown,
            }
        }
        _ => Ask::Unknown,
    }
}

fn equal(of: &Expr, value: &Expr) -> Ask {
    match (name(of), literal(value)) {
        (Some(column::TEMPLATE_ID), Some(ScalarValue::Int64(Some(id)))) => Ask::Template(vec![*id]),
        (Some(column::TIME), Some(_)) => micros(value).map_or(Ask::Unknown, |time| Ask::Time(time, time)),
        (Some(known), Some(value)) => match (known, value.try_as_str().flatten()) {
            (column::TRACE_ID, Some(id)) => Ask::Id(IdColumn::Trace, id.to_owned()),
            (column::SPAN_ID, Some(id)) => Ask::Id(IdColumn::Span, id.to_owned()),
            (column::SERVICE, Some(service)) => Ask::Service(vec![service.to_owned()]),
            (column::MESSAGE, Some(message)) if !message.is_empty() => {
                Ask::Only(Box::new(Ask::Text(TextAsk::new(message, false, (false, false)))))
            }
            _ => Ask::Unknown,
        },
        _ => Ask::Unknown,
    }
}

/// The fixed parts of a LIKE pattern; exact when there is one that anything may surround.
fn match_like(like: &Like) -> Ask {
    let (Some(column::MESSAGE), Some(pattern)) = (name(&like.expr), string(&like.pattern)) else {
        return Ask::Unknown;
    };
    let mut parts = vec![String::new()];
    let mut signs = pattern.chars();
    let mut only_any = true;
    while let Some(sign) = signs.next() {
        match sign {
            '%' => parts.push(String::new()),
            '_' => {
                only_any = false;
                parts.push(String::new());
            }
            '\\' => parts.last_mut().into_iter().for_each(|part| part.extend(signs.next())),
            sign => parts.last_mut().into_iter().for_each(|part| part.push(sign)),
        }
    }
    let open = parts.first().is_some_and(String::is_empty) && parts.last().is_some_and(String::is_empty);
    parts.retain(|part| !part.is_empty());
    // What has two cases beyond ASCII is not looked for.
    let folds = |part: &String| like.case_insensitive && !part.is_ascii();
    let text = |part: &String| {
        if folds(part) { Ask::Unknown } else { Ask::Text(TextAsk::new(part, like.case_insensitive, (false, false))) }
    };
    match parts.as_slice() {
        [] => Ask::Unknown,
        // `ſ` and the Kelvin sign are letters of ASCII in another case to ILIKE.
        [part] if open && only_any && !like.case_insensitive => text(part),
        parts => Ask::Only(Box::new(Ask::And(parts.iter().map(text).collect()))),
    }
}

/// The name of a column.
fn name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Column(column) => Some(&column.name),
        Expr::Cast(cast) if cast.field.data_type().is_string() => name(&cast.expr),
        _ => None,
    }
}

fn literal(expr: &Expr) -> Option<&ScalarValue> {
    match expr {
        Expr::Literal(value, _) => Some(value),
        Expr::Cast(cast) => literal(&cast.expr),
        _ => None,
    }
}

fn string(expr: &Expr) -> Option<&str> {
    literal(expr)?.try_as_str().flatten()
}

/// A time as whole microseconds.
pub(crate) fn micros(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Literal(ScalarValue::TimestampMicrosecond(Some(time), _), _) => Some(*time),
        _ => None,
    }
}
