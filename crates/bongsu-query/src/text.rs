//! What a text must have.

use ::regex::Regex;
use arrow::array::{Array, BooleanArray, StringViewArray};
use bongsu_index::Ask;
use datafusion::logical_expr::{Expr, ScalarUDF};

use crate::regex;
use crate::syntax::RegexMistake;
use crate::text_function::{RowTest, test_of, text_function};
use crate::words::Needle;

/// What a text must have.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there is one for each condition of a query")]
pub(crate) enum TextTest {
    /// A word or phrase.
    Word(Needle),
    /// A part that matches.
    Regex(Regex),
}

impl TextTest {
    /// Text that has the word or phrase `text`, which is not empty.
    pub(crate) fn word(text: &str) -> Result<Self, RegexMistake> {
        match Needle::new(text) {
            Some(needle) => Ok(Self::Word(needle)),
            None => regex::word(text).map(Self::Regex),
        }
    }

    pub(crate) fn passes(&self, text: &str) -> bool {
        match self {
            Self::Word(needle) => needle.is_in(text),
            Self::Regex(regex) => regex.is_match(text),
        }
    }

    /// What an index can say about messages that pass.
    pub(crate) fn ask(&self) -> Ask {
        match self {
            Self::Word(needle) => Ask::Text(needle.ask()),
            Self::Regex(regex) => bongsu_index::regex(regex.as_str()),
        }
    }

    /// Takes the mark from rows that do not pass.
    fn retain(&self, rows: &StringViewArray, marks: &mut [bool]) {
        match self {
            Self::Word(needle) => needle.retain(rows, marks),
            Self::Regex(regex) => {
                for (row, mark) in marks.iter_mut().enumerate().filter(|(_, mark)| **mark) {
                    *mark = rows.is_valid(row) && regex.is_match(rows.value(row));
                }
            }
        }
    }
}

/// That a text passes every test.
#[derive(Debug)]
struct HasText(Vec<TextTest>);

impl RowTest for HasText {
    fn passes(&self, text: &str) -> bool {
        self.0.iter().all(|test| test.passes(text))
    }

    fn marks(&self, texts: &StringViewArray) -> BooleanArray {
        let mut marks = vec![true; texts.len()];
        for test in &self.0 {
            test.retain(texts, &mut marks);
        }
        BooleanArray::from(marks)
    }
}

/// The tests that `function` makes, if it is one of ours.
pub(crate) fn tests_of(function: &ScalarUDF) -> Option<&[TextTest]> {
    test_of::<HasText>(function).map(|HasText(tests)| tests.as_slice())
}

/// True where the text `of` passes every one of `tests`; `key` names them.
pub(crate) fn has_text(of: Expr, tests: Vec<TextTest>, key: &str) -> Expr {
    text_function(of, HasText(tests), format!("has_text[{key}]"))
}
