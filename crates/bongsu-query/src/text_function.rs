//! A function of one text column that says of each row whether it passes a test. It is made for one query.

use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, StringViewArray};
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// What the rows must pass.
pub(crate) trait RowTest: Debug + Send + Sync + 'static {
    /// Whether one text passes.
    fn passes(&self, text: &str) -> bool;

    /// Which of many rows pass; one without a text does not.
    fn marks(&self, texts: &StringViewArray) -> BooleanArray {
        texts.iter().map(|text| Some(text.is_some_and(|text| self.passes(text)))).collect()
    }
}

/// The test as a function of the engine.
#[derive(Debug)]
struct TextFunction<T> {
    /// Tells two of these functions apart.
    key: String,
    test: T,
    signature: Signature,
}

impl<T> PartialEq for TextFunction<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T> Eq for TextFunction<T> {}

impl<T> Hash for TextFunction<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl<T: RowTest> ScalarUDFImpl for TextFunction<T> {
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
        match args.args.first() {
            Some(ColumnarValue::Array(texts)) => {
                let texts = texts
                    .as_string_view_opt()
                    .ok_or_else(|| DataFusionError::Internal(format!("a text of type {}", texts.data_type())))?;
                Ok(ColumnarValue::Array(Arc::new(self.test.marks(texts))))
            }
            Some(ColumnarValue::Scalar(scalar)) => {
                let found = scalar.try_as_str().flatten().map(|text| self.test.passes(text));
                Ok(ColumnarValue::Scalar(ScalarValue::Boolean(found)))
            }
            None => Err(DataFusionError::Internal("a text is missing".into())),
        }
    }
}

/// True where the text `of` passes `test`; two tests with one `key` are the same test.
pub(crate) fn text_function(of: Expr, test: impl RowTest, key: String) -> Expr {
    let signature = Signature::exact(vec![DataType::Utf8View], Volatility::Immutable);
    ScalarUDF::new_from_impl(TextFunction { key, test, signature }).call(vec![of])
}

/// The test that `function` makes, if it is one of these and of that kind.
pub(crate) fn test_of<T: RowTest>(function: &ScalarUDF) -> Option<&T> {
    function.inner().downcast_ref::<TextFunction<T>>().map(|function| &function.test)
}
