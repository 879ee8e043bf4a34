//! From the tokens of a search to its filter, by recursive descent.
//!
//! ```text
//! or    = and { "OR" and }
//! and   = unary { [ "AND" ] unary }
//! unary = ("NOT" | "-" | "!" | "+") unary | "(" or ")" | field ":" value | condition
//! ```

use crate::filter::{Bound, Filter, Leaf, Pattern, Piece, Side, Test};
use crate::lexer::{Kind, Lexer, Place, Token};
use crate::syntax::{Advice, Expected, Met, Mistake, Span, SyntaxError};

/// Bytes that a search may have.
pub(crate) const MAX_BYTES: usize = 64 << 10;
/// Conditions that a search may have.
const MAX_LEAVES: usize = 1_024;
/// How deep brackets and negations may lie in each other.
const MAX_DEPTH: usize = 64;

/// Reads a search.
///
/// Words match whole words of `message`; `"phrases"`, `field:value`, wildcards `*` and `?`, `/regular expressions/`,
/// ranges `[a TO b]`, comparisons `field>=5`, `field:=exact`, `field:*`, `AND`, `OR`, `NOT`, `-word` and brackets do what
/// they do in Lucene and KQL. `AND` binds closer than `OR`, and stands between words that nothing stands between.
///
/// ```
/// let filter = bongsu_query::parse("level:error (timeout OR \"connection reset\")").unwrap();
/// assert_eq!(filter.to_string(), "level:error AND (timeout OR \"connection reset\")");
///
/// let error = bongsu_query::parse("level:(error").unwrap_err();
/// assert!(error.to_string().contains("expected `)`"));
/// ```
pub fn parse(query: &str) -> Result<Filter, SyntaxError> {
    let mut parser = Parser { lexer: Lexer::new(query), leaves: 0, depth: 0, scope: None };
    if query.len() > MAX_BYTES {
        return Err(parser.too_large(Span::default(), Expected::Shorter));
    }
    if query.trim().is_empty() {
        return Ok(Filter::All);
    }
    let filter = parser.or()?;
    let token = parser.peek(Place::Term)?;
    match token.kind {
        Kind::End => Ok(filter),
        _ => Err(parser.unexpected(&token, Expected::ConditionOrEnd, Advice::Remove)),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    leaves: usize,
    depth: usize,
    /// The field whose bracket the parser is in.
    scope: Option<String>,
}

impl Parser<'_> {
    fn peek(&self, place: Place) -> Result<Token, SyntaxError> {
        self.lexer.clone().next(place)
    }

    fn next(&mut self, place: Place) -> Result<Token, SyntaxError> {
        self.lexer.next(place)
    }

    fn unexpected(&self, token: &Token, expected: Expected, advice: Advice) -> SyntaxError {
        self.lexer.error(Mistake::Unexpected, token.span, found(&token.kind), expected, advice)
    }

    fn too_large(&self, span: Span, expected: Expected) -> SyntaxError {
        self.lexer.error(Mistake::TooLarge, span, Met::TooMuch, expected, Advice::Split)
    }

    fn or(&mut self) -> Result<Filter, SyntaxError> {
        let mut parts = vec![self.and()?];
        while self.peek(Place::Term)?.kind == Kind::Or {
            self.next(Place::Term)?;
            parts.push(self.and()?);
        }
        Ok(Filter::or(parts))
    }

    fn and(&mut self) -> Result<Filter, SyntaxError> {
        let mut parts = vec![self.unary()?];
        loop {
            match self.peek(Place::Term)?.kind {
                Kind::End | Kind::Or | Kind::Close => return Ok(Filter::and(parts)),
                Kind::And => {
                    self.next(Place::Term)?;
                }
                _ => {}
            }
            parts.push(self.unary()?);
        }
    }

    /// Runs `inner` one level deeper.
    fn deeper<T>(
        &mut self,
        span: Span,
        inner: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.too_large(span, Expected::Shallower));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn unary(&mut self) -> Result<Filter, SyntaxError> {
        let token = self.next(Place::Term)?;
        match token.kind {
            Kind::Not => self.deeper(token.span, Self::unary).map(Filter::not),
            Kind::Plus => self.deeper(token.span, Self::unary),
            Kind::Open => self.group(token.span),
            Kind::Field(name) => self.field(name, token.span),
            Kind::EveryField => self.everything(),
            Kind::Word(name) => match (self.sign(), &self.scope) {
                (Some(_), Some(field)) => {
                    let expected = Expected::ValueOf(field.as_str().into());
                    Err(self.unexpected(&self.peek(Place::Term)?, expected, Advice::Outside))
                }
                (Some(Kind::Side(side)), None) => self.compare(Some(name), side, token.span),
                (Some(_), None) => self.unequal(Some(name), token.span),
                (None, _) => self.leaf(None, Test::Text(name), token.span),
            },
            Kind::Side(side) if self.scope.is_some() => self.compare(None, side, token.span),
            Kind::RangeOpen(included) if self.scope.is_some() => self.range(None, included, token.span),
            kind => self.condition(Token { kind, span: token.span }, None, token.span),
        }
    }

    /// The sign that stands directly behind a word and makes it a field's name.
    fn sign(&mut self) -> Option<Kind> {
        let mut ahead = self.lexer.clone();
        let sign = ahead.next(Place::Value);
        match sign {
            Ok(Token { kind: kind @ (Kind::Side(_) | Kind::Unequal), .. }) => {
                if self.scope.is_none() {
                    self.lexer = ahead;
                }
                Some(kind)
            }
            _ => None,
        }
    }

    fn group(&mut self, open: Span) -> Result<Filter, SyntaxError> {
        let inner = self.deeper(open, Self::or)?;
        let close = self.next(Place::Term)?;
        if close.kind == Kind::Close {
            return Ok(inner);
        }
        let advice = Advice::CloseBracket { column: self.lexer.column(open) };
        let mut error = self.unexpected(&close, Expected::Bracket, advice);
        error.mistake = Mistake::Unclosed;
        Err(error)
    }

    fn field(&mut self, name: String, span: Span) -> Result<Filter, SyntaxError> {
        let token = self.next(Place::Value)?;
        let whole = span.to(token.span);
        match token.kind {
            Kind::Open => {
                let outer = self.scope.replace(name);
                let inner = self.group(token.span);
                self.scope = outer;
                inner
            }
            Kind::Side(side) => self.compare(Some(name), side, span),
            Kind::Equal => {
                let (value, behind) = self.value(Place::Value, Expected::ValueOf(name.as_str().into()))?;
                self.leaf(Some(name), Test::Exact(value), span.to(behind))
            }
            Kind::Unequal => self.unequal(Some(name), span),
            Kind::RangeOpen(included) => self.range(Some(name), included, span),
            Kind::Word(text) if name == "_exists_" => self.leaf(Some(text), Test::Exists, whole),
            Kind::Phrase(text) if name == "_exists_" => self.leaf(Some(text), Test::Exists, whole),
            kind => self.condition(Token { kind, span: token.span }, Some(name), whole),
        }
    }

    /// What stands behind `*:`, which can only be `*`.
    fn everything(&mut self) -> Result<Filter, SyntaxError> {
        let token = self.next(Place::Value)?;
        match token.kind {
            Kind::Like(Pattern(pieces)) if pieces == [Piece::Any] => Ok(Filter::All),
            kind => {
                let token = Token { kind, span: token.span };
                Err(self.unexpected(&token, Expected::Star, Advice::NoEveryField))
            }
        }
    }

    /// A condition that is one token.
    fn condition(&mut self, token: Token, field: Option<String>, span: Span) -> Result<Filter, SyntaxError> {
        let named = field.is_some() || self.scope.is_some();
        let test = match token.kind {
            Kind::Word(text) | Kind::Phrase(text) => Test::Text(text),
            Kind::Like(Pattern(pieces)) if pieces == [Piece::Any] => {
                if !named {
                    return Ok(Filter::All);
                }
                Test::Exists
            }
            Kind::Like(pattern) => Test::Like(pattern),
            Kind::Regex(regex) => Test::Regex(regex),
            _ => {
                let expected = match &field {
                    Some(name) => Expected::ValueOf(name.as_str().into()),
                    None => Expected::Condition,
                };
                return Err(self.unexpected(&token, expected, advice(&token.kind)));
            }
        };
        self.leaf(field, test, span)
    }

    fn leaf(&mut self, field: Option<String>, test: Test, span: Span) -> Result<Filter, SyntaxError> {
        self.leaves += 1;
        if self.leaves > MAX_LEAVES {
            return Err(self.too_large(span, Expected::Fewer));
        }
        let field = field.or_else(|| self.scope.clone());
        let field = match test {
            // A word of `message` needs no name; what only a named field can pass keeps it.
            Test::Text(_) | Test::Like(_) | Test::Regex(_) => field.filter(|name| name != "message"),
            _ => Some(field.unwrap_or_else(|| "message".into())),
        };
        Ok(Filter::Test(Leaf { field, test, span }))
    }

    /// One plain value, and where it stands.
    fn value(&mut self, place: Place, expected: Expected) -> Result<(String, Span), SyntaxError> {
        let token = self.next(place)?;
        let value = match token.kind {
            Kind::Word(text) | Kind::Phrase(text) => text,
            Kind::Like(pattern) => pattern.literally(),
            _ => return Err(self.unexpected(&token, expected, Advice::Value)),
        };
        Ok((value, token.span))
    }

    fn compare(&mut self, field: Option<String>, side: Side, span: Span) -> Result<Filter, SyntaxError> {
        let (value, behind) = self.value(Place::Value, Expected::Compared)?;
        self.leaf(field, Test::Compare(side, value), span.to(behind))
    }

    fn unequal(&mut self, field: Option<String>, span: Span) -> Result<Filter, SyntaxError> {
        let (value, behind) = self.value(Place::Value, Expected::Compared)?;
        Ok(Filter::not(self.leaf(field, Test::Exact(value), span.to(behind))?))
    }

    fn range(&mut self, field: Option<String>, included: bool, open: Span) -> Result<Filter, SyntaxError> {
        let from = self.bound(included)?;
        let to = self.next(Place::Bound)?;
        if to.kind != Kind::Word("TO".into()) {
            return Err(self.unexpected(&to, Expected::To, Advice::Range));
        }
        let close = {
            let mut ahead = self.lexer.clone();
            ahead.next(Place::Bound)?;
            ahead.next(Place::Bound)?
        };
        let Kind::RangeClose(included) = close.kind else {
            return Err(self.unexpected(&close, Expected::RangeClose, Advice::CloseRange));
        };
        let to = self.bound(included)?;
        self.next(Place::Bound)?;
        self.leaf(field, Test::Between(from, to), open.to(close.span))
    }

    fn bound(&mut self, included: bool) -> Result<Bound, SyntaxError> {
        if let Kind::Like(Pattern(pieces)) = self.peek(Place::Bound)?.kind
            && pieces == [Piece::Any]
        {
            self.next(Place::Bound)?;
            return Ok(Bound::Open);
        }
        let (value, _) = self.value(Place::Bound, Expected::RangeEnd)?;
        Ok(if included { Bound::Included(value) } else { Bound::Excluded(value) })
    }
}

impl Pattern {
    /// The pattern as it was written, its wildcards being plain characters.
    fn literally(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Any => "*".into(),
            Piece::One => "?".into(),
        };
        self.0.iter().map(piece).collect()
    }
}

fn found(kind: &Kind) -> Met {
    let sign = match kind {
        Kind::End => return Met::End,
        Kind::Side(_) => return Met::Comparison,
        Kind::Field(name) => return Met::Field(name.as_str().into()),
        Kind::Phrase(text) => return Met::Written(format!("\"{text}\"").into()),
        Kind::Regex(regex) => return Met::Written(format!("/{regex}/").into()),
        Kind::Word(text) => return Met::written(text),
        Kind::Like(pattern) => return Met::written(pattern.literally()),
        Kind::Open => "(",
        Kind::Close => ")",
        Kind::And => "AND",
        Kind::Or => "OR",
        Kind::Not => "NOT",
        Kind::Plus => "+",
        Kind::EveryField => "*:",
        Kind::Equal => "=",
        Kind::Unequal => "!=",
        Kind::RangeOpen(true) => "[",
        Kind::RangeOpen(false) => "{",
        Kind::RangeClose(true) => "]",
        Kind::RangeClose(false) => "}",
    };
    Met::written(sign)
}

fn advice(kind: &Kind) -> Advice {
    match kind {
        Kind::End => Advice::Complete,
        Kind::Close => Advice::FillBracket,
        Kind::And | Kind::Or | Kind::Not => Advice::BothSides,
        Kind::Side(_) | Kind::RangeOpen(_) => Advice::NameField,
        _ => Advice::Quote,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_the_language() {
        let table = [
            ("", "*"),
            ("*", "*"),
            ("*:*", "*"),
            ("timeout", "timeout"),
            ("a b OR c d", "(a AND b) OR (c AND d)"),
            ("a AND b || c", "(a AND b) OR c"),
            ("a (b c) d", "a AND b AND c AND d"),
            ("-a +b !c NOT d", "NOT a AND b AND NOT c AND NOT d"),
            ("NOT (a b)", "NOT (a AND b)"),
            ("\"disk full\"", "\"disk full\""),
            ("level:error", "level:error"),
            ("level: error", "level:error"),
            ("level>=warning", "level:>=warning"),
            ("duration>2s", "duration:>2s"),
            ("duration:>2s", "duration:>2s"),
            ("status:[500 TO 599}", "status:[500 TO \"599\"}"),
            ("status!=200", "NOT status:=200"),
            ("status:[500 TO *]", "status:[500 TO *]"),
            ("time:[2025-06-01 TO 2025-06-02]", "time:[\"2025-06-01\" TO \"2025-06-02\"]"),
            ("service:web-*", "service:web\\-*"),
            ("service:=web-1", "service:=\"web-1\""),
            ("user:*", "user:*"),
            ("_exists_:user", "user:*"),
            ("user:(a OR b c)", "user:a OR (user:b AND user:c)"),
            ("n:(>5 <10)", "n:>5 AND n:<10"),
            ("/err.*[0-9]/", "/err.*[0-9]/"),
            ("file:/\\/src\\//", "file:/\\/src\\//"),
            ("source:/var/log/x.log", "source:\"/var/log/x.log\""),
            ("message:timeout", "timeout"),
            ("message:=x", "message:=x"),
            ("a.b#c:1", "a.b\\#c:1"),
            ("12:30:45 std::io http://x/y", "\"12:30:45\" AND \"std::io\" AND \"http://x/y\""),
            ("로그:오류", "로그:오류"),
            ("데이터베이스 오류", "데이터베이스 AND 오류"),
            ("a\\:b c\\ d", "\"a:b\" AND \"c d\""),
            ("x:-5", "x:\"-5\""),
        ];
        for (query, expected) in table {
            let filter = parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
            let expected = parse(expected).unwrap_or_else(|error| panic!("{expected}: {error}"));
            assert_eq!(filter, expected, "{query}");
            assert_eq!(parse(&filter.to_string()).unwrap(), filter, "{query} as {filter}");
        }
        assert_eq!(parse("(a AND b) OR NOT c").unwrap().to_string(), "(a AND b) OR NOT c");
    }

    #[test]
    fn errors_point_at_the_mistake() {
        let queries = [
            "level:(error OR fatal",
            "a OR",
            "a)",
            "\"never closed",
            "status:[500 599]",
            "status:[500 TO 599",
            "AND a",
            "status:",
            ">5",
            "*:x",
            "연결 오류 AND )",
        ];
        let shown: Vec<String> = queries
            .iter()
            .map(|query| {
                let error = parse(query).unwrap_err();
                format!("{error}\n  hint: {}\n", bongsu_model::Explain::hint(&error).unwrap())
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let deep = format!("{}a{}", "(".repeat(1_000), ")".repeat(1_000));
        let many = "a ".repeat(2_000);
        let long = "a".repeat(MAX_BYTES + 1);
        for query in [deep, "NOT ".repeat(1_000) + "a", many, long] {
            assert_eq!(parse(&query).unwrap_err().mistake, Mistake::TooLarge);
        }
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z0-9_.]{1,6}", "\\PC{0,8}", "AND|OR|NOT|TO|\\*|\\?", "[-+!&|(){}\\[\\]\"~*?:/\\\\ <>=]{1,6}"]
    }

    fn pattern() -> impl Strategy<Value = Test> {
        let piece = prop_oneof![
            text().prop_filter("empty", |text| !text.is_empty()).prop_map(Piece::Literal),
            Just(Piece::Any),
            Just(Piece::One)
        ];
        prop::collection::vec(piece, 1..4).prop_map(|mut pieces| {
            pieces.push(Piece::One);
            pieces.dedup_by(|b, a| match (&mut *a, &*b) {
                (Piece::Literal(a), Piece::Literal(b)) => {
                    a.push_str(b);
                    true
                }
                (Piece::Any, Piece::Any) => true,
                _ => false,
            });
            Test::Like(Pattern(pieces))
        })
    }

    fn leaf() -> impl Strategy<Value = Filter> {
        let bound =
            || prop_oneof![Just(Bound::Open), text().prop_map(Bound::Included), text().prop_map(Bound::Excluded)];
        let side = prop_oneof![Just(Side::Below), Just(Side::UpTo), Just(Side::Above), Just(Side::From)];
        let test = prop_oneof![
            text().prop_map(Test::Text),
            pattern(),
            text().prop_map(Test::Exact),
            "[a-z./ ]{1,6}".prop_map(Test::Regex),
            Just(Test::Exists),
            (side, text()).prop_map(|(side, value)| Test::Compare(side, value)),
            (bound(), bound()).prop_map(|(from, to)| Test::Between(from, to)),
        ];
        let field = prop::option::of(
            text().prop_filter("a name", |name| !name.is_empty() && name != "_exists_" && name != "message"),
        );
        (field, test).prop_map(|(field, test)| {
            let named = matches!(test, Test::Exact(_) | Test::Exists | Test::Compare(..) | Test::Between(..));
            let field = field.or(named.then(|| "message".to_owned()));
            Filter::test(field.as_deref(), test)
        })
    }

    fn filter() -> impl Strategy<Value = Filter> {
        let leaf = prop_oneof![1 => Just(Filter::All), 9 => leaf()];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::and),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::or),
                inner.prop_map(Filter::not),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(query in "\\PC{0,40}|[-+!&|(){}\\[\\]\"~*?:/\\\\ <>=aTO가]{0,40}") {
            match parse(&query) {
                Ok(filter) => prop_assert_eq!(parse(&filter.to_string()).unwrap(), filter),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }

        #[test]
        fn a_printed_filter_reads_the_same(filter in filter()) {
            let printed = filter.to_string();
            prop_assert_eq!(parse(&printed).map_err(|error| error.to_string()), Ok(filter), "{}", printed);
        }
    }
}
