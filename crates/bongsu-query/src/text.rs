//! What a text must have, and the function of the engine below that looks for it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use ::regex::Regex;
use arrow::array::{Array, AsArray, BooleanArray, StringViewArray};
use arrow::datatypes::DataType;
use bongsu_index::Ask;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::regex;
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
    pub(crate) fn word(text: &str) -> std::result::Result<Self, String> {
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

/// A function of one text that is true where the text passes every test. It is made for one query.
#[derive(Debug)]
struct HasText {
    /// Tells two of these functions apart.
    key: String,
    tests: Vec<TextTest>,
    signature: Signature,
}

impl PartialEq for HasText {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for HasText {}

impl Hash for HasText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl ScalarUDFImpl for HasText {
    fn name(&self) -> &str {
        &self.key
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let texts = match args.args.first() {
            Some(ColumnarValue::Array(texts)) => texts,
            Some(ColumnarValue::Scalar(scalar)) => {
                let found = scalar.try_as_str().flatten().map(|text| self.tests.iter().all(|test| test.passes(text)));
                return Ok(ColumnarValue::Scalar(ScalarValue::Boolean(found)));
            }
            None => return Err(DataFusionError::Internal("a text is missing".into())),
        };
        let texts = texts
            .as_string_view_opt()
            .ok_or_else(|| DataFusionError::Internal(format!("a text of type {}", texts.data_type())))?;
        let mut marks = vec![true; texts.len()];
        for test in &self.tests {
            test.retain(texts, &mut marks);
        }
        Ok(ColumnarValue::Array(Arc::new(BooleanArray::from(marks))))
    }
}

/// The tests that `function` makes, if it is one of ours.
pub(crate) fn tests_of(function: &ScalarUDF) -> Option<&[TextTest]> {
    function.inner().downcast_ref::<HasText>().map(|function| function.tests.as_slice())
}

/// True where the text `of` passes every one of `tests`; `key` names them.
pub(crate) fn has_text(of: Expr, tests: Vec<TextTest>, key: &str) -> Expr {
    let signature = Signature::exact(vec![DataType::Utf8View], Volatility::Immutable);
    ScalarUDF::new_from_impl(HasText { key: format!("has_text[{key}]"), tests, signature }).call(vec![of])
}
