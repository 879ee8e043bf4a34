//! How deep a statement may be: planners go down into expressions and plans by calling themselves, and a stack has an end.
//!
//! The parser bounds brackets. What it takes in a row it nests too, one operation a level: `a OR b OR c` and so on.

use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::QueryError;

/// Operations that may be strung together.
const MOST: usize = 2_000;
/// Plans that may lie in each other. Planners take more of the stack for one than for an operation.
const PLANS: usize = 250;

/// Refuses a statement that strings too much together. One that cannot be cut into words is left to the parser, which says
/// why.
pub(crate) fn check_text(sql: &str) -> Result<(), QueryError> {
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, sql).tokenize() else { return Ok(()) };
    // Operations before this place, in each bracket that is open; what stands between commas is not strung together.
    let mut open = vec![0usize];
    let mut depth = 0usize;
    for token in tokens {
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                open.push(1);
                depth += 1;
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                if open.len() > 1 {
                    depth -= open.pop().unwrap_or_default();
                }
                count(&mut open, &mut depth);
            }
            Token::Comma => {
                if let Some(last) = open.last_mut() {
                    depth -= std::mem::take(last);
                }
            }
            token => {
                for _ in 0..levels(&token) {
                    count(&mut open, &mut depth);
                }
            }
        }
        if depth > MOST {
            return Err(QueryError::TooDeep { limit: MOST });
        }
    }
    Ok(())
}

fn count(open: &mut [usize], depth: &mut usize) {
    if let Some(last) = open.last_mut() {
        *last += 1;
        *depth += 1;
    }
}

/// How many levels a token can make of what stands before it.
fn levels(token: &Token) -> usize {
    let makes_plan = [Keyword::UNION, Keyword::EXCEPT, Keyword::INTERSECT, Keyword::JOIN];
    match token {
        Token::Word(word) if makes_plan.contains(&word.keyword) => MOST / PLANS,
        Token::Word(word) => usize::from(matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::XOR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::IN
                | Keyword::BETWEEN
                | Keyword::LIKE
                | Keyword::ILIKE
                | Keyword::COLLATE
                | Keyword::AT
        )),
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::Whitespace(_)
        | Token::Period
        | Token::SemiColon
        | Token::EOF => 0,
        _ => 1,
    }
}

/// Refuses a plan in which too many plans lie in each other: a list of tables makes one for each.
pub(crate) fn check_plan(plan: &LogicalPlan) -> Result<(), QueryError> {
    let mut below = vec![(plan, 1usize)];
    while let Some((plan, depth)) = below.pop() {
        if depth > PLANS {
            return Err(QueryError::TooDeep { limit: PLANS });
        }
        below.extend(plan.inputs().into_iter().map(|input| (input, depth + 1)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_strung_together_is_counted_and_a_list_is_not() {
        let list = |count: usize| format!("SELECT 1 WHERE x IN ({})", vec!["a = 1"; count].join(", "));
        check_text(&list(10_000)).unwrap();
        check_text(&format!("SELECT {} FROM t", vec!["t.x + 1"; 10_000].join(", "))).unwrap();
        check_text("SELECT 'unfinished").unwrap();
        for chain in ["a = 1 OR ", "1 + ", "NOT ", "x || ", "SELECT 1 UNION ALL ", "(", "- ", "a JOIN "] {
            check_text(&chain.repeat(100)).unwrap();
            let error = check_text(&chain.repeat(5_000)).unwrap_err();
            assert!(matches!(error, QueryError::TooDeep { limit: MOST }), "{chain}");
        }
        assert!(check_text(&format!("SELECT {}", "x::int".to_owned() + &"::int".repeat(5_000))).is_err());
        assert!(check_text(&format!("SELECT x{}", "[1]".repeat(5_000))).is_err());
    }
}
