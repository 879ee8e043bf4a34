//! Values as they are written in a query: numbers, durations, sizes, and ranges of them.

use crate::filter::{Bound, Side, Test};

/// A number of a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoNumber<'a> {
    /// It does not read as one.
    Text,
    /// It begins with a number, and what stands behind is no unit.
    Unit { number: &'a str, unit: &'a str },
}

impl Number {
    /// Reads `5`, `-1.5`, `2e3`, a duration such as `250ms` (in seconds), or a size such as `10MB` (in bytes).
    pub(crate) fn read(text: &str) -> Result<Self, NoNumber<'_>> {
        let text = text.trim();
        if let Ok(number) = text.parse() {
            return Ok(Self::Int(number));
        }
        if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
            return Err(NoNumber::Text);
        }
        if let Ok(number) = text.parse::<f64>() {
            return if number.is_finite() { Ok(Self::Float(number)) } else { Err(NoNumber::Text) };
        }
        let unit = text.find(|c: char| c.is_alphabetic()).ok_or(NoNumber::Text)?;
        let (written, unit) = text.split_at(unit);
        let written = written.trim_end();
        let number: f64 = written.parse().map_err(|_| NoNumber::Text)?;
        let product = number * factor(unit).ok_or(NoNumber::Unit { number: written, unit })?;
        let whole = product.fract() == 0.0 && product.abs() < 9e15;
        Ok(if whole { Self::Int(product as i64) } else { Self::Float(product) })
    }

    /// As [`Number::read`]; none when it is no number.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// The number as a float.
    pub(crate) fn float(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

fn factor(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" | "나노초" => 1e-9,
        "us" | "µs" | "μs" | "마이크로초" => 1e-6,
        "ms" | "밀리초" => 1e-3,
        "s" | "sec" | "secs" | "second" | "seconds" | "초" | "B" | "b" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" | "분" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" | "시간" => 3_600.0,
        "d" | "day" | "days" | "일" => 86_400.0,
        "w" | "week" | "weeks" | "주" => 604_800.0,
        "kB" | "KB" | "kb" | "k" | "K" => 1e3,
        "MB" | "mb" | "M" => 1e6,
        "GB" | "gb" | "G" => 1e9,
        "TB" | "tb" | "T" => 1e12,
        "KiB" | "Ki" => 1_024.0,
        "MiB" | "Mi" => 1_048_576.0,
        "GiB" | "Gi" => 1_073_741_824.0,
        "TiB" | "Ti" => 1_099_511_627_776.0,
        _ => return None,
    })
}

/// A range of values of a query: comparisons and ranges alike.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span<T> {
    /// The value that is not gone below, and whether it is in itself.
    pub(crate) from: Option<(T, bool)>,
    /// The value that is not gone above, and whether it is in itself.
    pub(crate) to: Option<(T, bool)>,
}

impl Span<String> {
    /// The range that `test` asks for; none when it asks for something else.
    pub(crate) fn of(test: &Test) -> Option<Self> {
        let end = |bound: &Bound| match bound {
            Bound::Open => None,
            Bound::Included(value) => Some((value.clone(), true)),
            Bound::Excluded(value) => Some((value.clone(), false)),
        };
        Some(match test {
            Test::Compare(side, value) => {
                let value = value.clone();
                match side {
                    Side::Below => Self { from: None, to: Some((value, false)) },
                    Side::UpTo => Self { from: None, to: Some((value, true)) },
                    Side::Above => Self { from: Some((value, false)), to: None },
                    Side::From => Self { from: Some((value, true)), to: None },
                }
            }
            Test::Between(from, to) => Self { from: end(from), to: end(to) },
            _ => return None,
        })
    }
}

impl<T> Span<T> {
    /// The range with its values read by `read`; none when one of them cannot be read.
    pub(crate) fn map<U>(&self, read: impl Fn(&T) -> Option<U>) -> Option<Span<U>> {
        let end = |end: &Option<(T, bool)>| match end {
            None => Some(None),
            Some((value, included)) => read(value).map(|value| Some((value, *included))),
        };
        Some(Span { from: end(&self.from)?, to: end(&self.to)? })
    }

    /// Whether `value` lies in the range.
    pub(crate) fn holds<V>(&self, value: &V) -> bool
    where
        V: PartialOrd<T> + ?Sized,
    {
        let above = self.from.as_ref().is_none_or(|(from, included)| value > from || (*included && value == from));
        let below = self.to.as_ref().is_none_or(|(to, included)| value < to || (*included && value == to));
        above && below
    }
}

impl Span<Number> {
    /// The whole numbers in the range: the first and the last; none when there are none.
    pub(crate) fn whole(&self) -> Option<(Option<i64>, Option<i64>)> {
        const END: f64 = 9_223_372_036_854_775_808.0;
        let first = match self.from {
            None => None,
            Some((Number::Int(number), true)) => Some(number),
            Some((Number::Int(number), false)) => Some(number.checked_add(1)?),
            Some((Number::Float(number), _)) if number >= END => return None,
            Some((Number::Float(number), true)) => Some(number.ceil() as i64),
            Some((Number::Float(number), false)) => Some((number.floor() as i64).checked_add(1)?),
        };
        let last = match self.to {
            None => None,
            Some((Number::Int(number), true)) => Some(number),
            Some((Number::Int(number), false)) => Some(number.checked_sub(1)?),
            Some((Number::Float(number), _)) if number < -END => return None,
            Some((Number::Float(number), true)) => Some(number.floor() as i64),
            Some((Number::Float(number), false)) => Some((number.ceil() as i64).checked_sub(1)?),
        };
        Some((first, last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_durations_and_sizes() {
        let table = [
            ("5", Some(Number::Int(5))),
            ("-1.5", Some(Number::Float(-1.5))),
            ("2e3", Some(Number::Float(2e3))),
            ("250ms", Some(Number::Float(0.25))),
            ("2s", Some(Number::Int(2))),
            ("10MB", Some(Number::Int(10_000_000))),
            ("1.5 KiB", Some(Number::Int(1_536))),
            ("1.5h", Some(Number::Int(5_400))),
            ("2 seconds", Some(Number::Int(2))),
            ("3분", Some(Number::Int(180))),
            ("abc", None),
            ("inf", None),
            ("5 apples", None),
            ("", None),
        ];
        for (text, number) in table {
            assert_eq!(Number::parse(text), number, "{text}");
        }
    }

    #[test]
    fn says_what_of_a_text_is_no_number() {
        let unit = |number, unit| NoNumber::Unit { number, unit };
        let table = [
            ("2parsec", unit("2", "parsec")),
            ("-1.5 LightYears", unit("-1.5", "LightYears")),
            ("5xx", unit("5", "xx")),
            ("parsec", NoNumber::Text),
            ("-x", NoNumber::Text),
            ("1,000", NoNumber::Text),
            ("1e999", NoNumber::Text),
            ("", NoNumber::Text),
        ];
        for (text, reason) in table {
            assert_eq!(Number::read(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn whole_numbers_between_fractions() {
        let span = Span { from: Some((Number::Float(1.5), false)), to: Some((Number::Float(4.0), false)) };
        assert_eq!(span.whole(), Some((Some(2), Some(3))));
        let none = Span { from: Some((Number::Int(i64::MAX), false)), to: None };
        assert_eq!(none.whole(), None);
    }
}
