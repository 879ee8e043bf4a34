//! From the tokens of a search to its filter, by recursive descent.
//!
//! ```text
//! or    = and { "OR" and }
//! and   = unary { [ "AND" ] unary }
//! unary = ("NOT" | "-" | "!" | "+") unary | "(" or ")" | field ":" value | condition
//! ```

use crate::filter::{Bound, Filter, Leaf, Pattern, Piece, Side, Test};
use crate::lexer::{Kind, Lexer, Place, Token};
use crate::syntax::{Mistake, Span, SyntaxError};

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
        return Err(parser.too_large(Span::default(), "a query of at most 64 KiB"));
    }
    if query.trim().is_empty() {
        return Ok(Filter::All);
    }
    let filter = parser.or()?;
    let token = parser.peek(Place::Term)?;
    match token.kind {
        Kind::End => Ok(filter),
        _ => Err(parser.unexpected(&token, "a condition, or the query's end", "remove it, or put it into quotes")),
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

    fn unexpected(&self, token: &Token, expected: &str, advice: &str) -> SyntaxError {
        self.lexer.error(Mistake::Unexpected, token.span, found(&token.kind), expected, advice)
    }

    fn too_large(&self, span: Span, expected: &str) -> SyntaxError {
        self.lexer.error(Mistake::TooLarge, span, "more than that".into(), expected, "ask several smaller questions")
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
            return Err(self.too_large(span, "brackets and negations at most 64 deep"));
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
            Kind::Word(name) => match self.sign()? {
                Some(_) if self.scope.is_some() => {
                    let advice = "write the comparison outside the field's brackets";
                    let sign = self.peek(Place::Term)?;
                    Err(self.unexpected(&sign, "a value of the field", advice))
                }
                Some(Kind::Side(side)) => self.compare(Some(name), side, token.span),
                Some(_) => self.unequal(Some(name), token.span),
                None => self.leaf(None, Test::Text(name), token.span),
            },
            Kind::Side(side) if self.scope.is_some() => self.compare(None, side, token.span),
            Kind::RangeOpen(included) if self.scope.is_some() => self.range(None, included, token.span),
            kind => self.condition(Token { kind, span: token.span }, None),
        }
    }

    /// The sign that stands directly behind a word and makes it a field's name.
    fn sign(&mut self) -> Result<Option<Kind>, SyntaxError> {
        let mut ahead = self.lexer.clone();
        let sign = ahead.next(Place::Value);
        match sign {
            Ok(Token { kind: kind @ (Kind::Side(_) | Kind::Unequal), .. }) => {
                if self.scope.is_none() {
                    self.lexer = ahead;
                }
                Ok(Some(kind))
            }
            _ => Ok(None),
        }
    }

    fn group(&mut self, open: Span) -> Result<Filter, SyntaxError> {
        let inner = self.deeper(open, Self::or)?;
        let close = self.next(Place::Term)?;
        if close.kind == Kind::Close {
            return Ok(inner);
        }
        let advice = format!("close the bracket that opens at character {}", self.column(open));
        let mut error = self.unexpected(&close, "`)`", &advice);
        error.mistake = Mistake::Unclosed;
        Err(error)
    }

    fn column(&self, span: Span) -> usize {
        self.lexer.error(Mistake::Unexpected, span, String::new(), "", "").column()
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
                let (value, behind) = self.value(Place::Value, &format!("a value of `{name}`"))?;
                self.leaf(Some(name), Test::Exact(value), span.to(behind))
            }
            Kind::Unequal => self.unequal(Some(name), span),
            Kind::RangeOpen(included) => self.range(Some(name), included, span),
            Kind::Word(text) if name == "_exists_" => self.leaf(Some(text), Test::Exists, whole),
            Kind::Phrase(text) if name == "_exists_" => self.leaf(Some(text), Test::Exists, whole),
            Kind::Like(Pattern(pieces)) if name == "*" && pieces == [Piece::Any] => Ok(Filter::All),
            _ if name == "*" => Err(self.unexpected(&token, "`*`", "name the field, or write the value alone")),
            kind => self.condition(Token { kind, span: whole }, Some(name)),
        }
    }

    /// A condition that is one token.
    fn condition(&mut self, token: Token, field: Option<String>) -> Result<Filter, SyntaxError> {
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
                    Some(name) => format!("a value of `{name}`"),
                    None => "a word, a phrase or a field".to_owned(),
                };
                let advice = advice(&token.kind);
                return Err(self.unexpected(&token, &expected, advice));
            }
        };
        self.leaf(field, test, token.span)
    }

    fn leaf(&mut self, field: Option<String>, test: Test, span: Span) -> Result<Filter, SyntaxError> {
        self.leaves += 1;
        if self.leaves > MAX_LEAVES {
            return Err(self.too_large(span, "at most 1,024 conditions"));
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
    fn value(&mut self, place: Place, expected: &str) -> Result<(String, Span), SyntaxError> {
        let token = self.next(place)?;
        let value = match token.kind {
            Kind::Word(text) | Kind::Phrase(text) => text,
            Kind::Like(pattern) => pattern.literally(),
            _ => return Err(self.unexpected(&token, expected, "write a value, in quotes if it has signs in it")),
        };
        Ok((value, token.span))
    }

    fn compare(&mut self, field: Option<String>, side: Side, span: Span) -> Result<Filter, SyntaxError> {
        let (value, behind) = self.value(Place::Value, "a value to compare with")?;
        self.leaf(field, Test::Compare(side, value), span.to(behind))
    }

    fn unequal(&mut self, field: Option<String>, span: Span) -> Result<Filter, SyntaxError> {
        let (value, behind) = self.value(Place::Value, "a value to compare with")?;
        Ok(Filter::not(self.leaf(field, Test::Exact(value), span.to(behind))?))
    }

    fn range(&mut self, field: Option<String>, included: bool, open: Span) -> Result<Filter, SyntaxError> {
        let from = self.bound(included)?;
        let to = self.next(Place::Bound)?;
        if to.kind != Kind::Word("TO".into()) {
            return Err(self.unexpected(&to, "`TO`", "write a range as [1 TO 5], or [1 TO *] if it has no end"));
        }
        let close = {
            let mut ahead = self.lexer.clone();
            ahead.next(Place::Bound)?;
            ahead.next(Place::Bound)?
        };
        let Kind::RangeClose(included) = close.kind else {
            return Err(self.unexpected(&close, "`]` or `}`", "close the range behind its second value"));
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
        let (value, _) = self.value(Place::Bound, "a range's end")?;
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

fn found(kind: &Kind) -> String {
    match kind {
        Kind::End => "the end".into(),
        Kind::Open => "`(`".into(),
        Kind::Close => "`)`".into(),
        Kind::And => "`AND`".into(),
        Kind::Or => "`OR`".into(),
        Kind::Not => "`NOT`".into(),
        Kind::Plus => "`+`".into(),
        Kind::Field(name) => format!("the field `{name}`"),
        Kind::Side(_) => "a comparison".into(),
        Kind::Equal => "`=`".into(),
        Kind::Unequal => "`!=`".into(),
        Kind::Word(text) => format!("`{text}`"),
        Kind::Phrase(text) => format!("\"{text}\""),
        Kind::Like(pattern) => format!("`{}`", pattern.literally()),
        Kind::Regex(regex) => format!("/{regex}/"),
        Kind::RangeOpen(true) => "`[`".into(),
        Kind::RangeOpen(false) => "`{`".into(),
        Kind::RangeClose(true) => "`]`".into(),
        Kind::RangeClose(false) => "`}`".into(),
    }
}

fn advice(kind: &Kind) -> &'static str {
    match kind {
        Kind::End => "write what to find there, or remove what stands before",
        Kind::Close => "remove the bracket, or write a condition before it",
        Kind::And | Kind::Or | Kind::Not => "write a condition on each side; put the word into quotes to search for it",
        Kind::Side(_) | Kind::RangeOpen(_) => "write a field before it, such as duration>2s or status:[500 TO 599]",
        _ => "put text with signs in it into quotes",
    }
}
