//! Functions that make much of little: `repeat('x', 1000000000)` is a short question.
//!
//! What such a function will give is reckoned before it runs. A batch that gives too much at once is worked out some rows at
//! a time; one that gives too much in all, or in one row, is refused as a question that needs too much memory.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringViewBuilder};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::utils::take_function_args;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ExprSchemable, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::error::QueryError;

/// Bytes that are made at once.
const STEP: usize = 1 << 20;

/// Bytes that a function gives for one row, from what stands in it.
type Reckon = fn(&Row<'_>) -> usize;

/// The functions that are bounded.
const FUNCTIONS: [(&str, Reckon); 13] = [
    ("repeat", |row| row.bytes(0).saturating_mul(row.number(1))),
    // Letters have four bytes at most.
    ("lpad", |row| row.number(1).saturating_mul(4)),
    ("rpad", |row| row.number(1).saturating_mul(4)),
    ("replace", |row| {
        let times = row.bytes(0) / row.bytes(1).max(1) + 1;
        row.bytes(0).saturating_add(times.saturating_mul(row.bytes(2)))
    }),
    // Each of two letters of what is put in may stand for all that was found.
    ("regexp_replace", |row| (row.bytes(0) + 1).saturating_mul(2 * row.bytes(2) + 1)),
    ("concat", |row| row.all()),
    ("concat_ws", |row| row.all().saturating_add(row.args.len().saturating_mul(row.bytes(0)))),
    ("make_array", |row| row.all()),
    ("array_concat", |row| row.all()),
    ("array_repeat", |row| (row.bytes(0) + 16).saturating_mul(row.number(1))),
    ("array_resize", |row| row.bytes(0).saturating_add((row.bytes(2) + 16).saturating_mul(row.number(1)))),
    ("range", |row| row.steps()),
    ("generate_series", |row| row.steps()),
];

/// Functions that keep a program for each pattern that they meet: few patterns at a time.
const PATTERNS: [&str; 4] = ["regexp_like", "regexp_match", "regexp_count", "regexp_instr"];
/// Bytes that a pattern is reckoned to take when it is ready to be used.
const PATTERN: usize = 64 << 10;

/// Puts bounds on the functions of a session: `most` bytes for a batch.
pub(crate) fn register(state: &mut SessionState, most: usize) -> Result<()> {
    let patterns = PATTERNS.map(|name| (name, (|row| row.pattern()) as Reckon));
    for (name, reckon) in FUNCTIONS.into_iter().chain(patterns) {
        // Functions that this build leaves out need no bounds.
        let Ok(inner) = state.udf(name) else { continue };
        state.register_udf(Arc::new(ScalarUDF::new_from_impl(Bounded { inner, reckon: Reckoning(reckon), most })))?;
    }
    let signature = Signature::user_defined(Volatility::Immutable);
    let joined = Arc::new(ScalarUDF::new_from_impl(Joined { signature, most }));
    state.register_expr_planner(Arc::new(Joins(joined)))
}

/// Two texts one behind the other: what `||` is turned into, which doubles a text as often as it is written.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Joined {
    signature: Signature,
    most: usize,
}

impl ScalarUDFImpl for Joined {
    fn name(&self) -> &'static str {
        "||"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(vec![DataType::Utf8View; arg_types.len()])
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if is_scalar { 1 } else { args.number_rows };
        let parts: Vec<ArrayRef> = args.args.iter().map(|arg| arg.to_array(rows)).collect::<Result<_>>()?;
        let [left, right] = take_function_args(self.name(), parts)?;
        let bytes = usize::saturating_add(used(&left), used(&right)).saturating_sub(32 * rows);
        if bytes > self.most {
            return Err(QueryError::Memory { limit: self.most }.into_stream());
        }
        let mut made = StringViewBuilder::with_capacity(rows);
        for pair in left.as_string_view().iter().zip(right.as_string_view()) {
            match pair {
                (Some(left), Some(right)) => made.append_value(format!("{left}{right}")),
                _ => made.append_null(),
            }
        }
        let made: ArrayRef = Arc::new(made.finish());
        if is_scalar {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&made, 0)?));
        }
        Ok(ColumnarValue::Array(made))
    }
}

/// Plans `||`.
#[derive(Debug)]
struct Joins(Arc<ScalarUDF>);

impl ExprPlanner for Joins {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let is_text = |expr: &Expr| expr.get_type(schema).is_ok_and(|kind| !kind.is_nested() && !kind.is_binary());
        if expr.op != BinaryOperator::StringConcat || !is_text(&expr.left) || !is_text(&expr.right) {
            return Ok(PlannerResult::Original(expr));
        }
        Ok(PlannerResult::Planned(self.0.call(vec![expr.left, expr.right])))
    }
}

/// One row of a function's arguments.
struct Row<'a> {
    args: &'a [Argument],
    row: usize,
}

/// An argument, as far as it matters how much there is of it.
struct Argument {
    bytes: Lengths,
    numbers: Option<Int64Array>,
    is_scalar: bool,
}

enum Lengths {
    Same(usize),
    Each(Vec<usize>),
}

impl Argument {
    fn new(value: &ColumnarValue) -> Self {
        let (array, is_scalar) = match value {
            ColumnarValue::Array(array) => (Some(Arc::clone(array)), false),
            ColumnarValue::Scalar(scalar) => (scalar.to_array().ok(), true),
        };
        let Some(array) = array else { return Self { bytes: Lengths::Same(0), numbers: None, is_scalar } };
        let bytes = lengths(&array);
        let numbers = numbers(&array);
        Self { bytes, numbers, is_scalar }
    }

    fn at(&self, row: usize) -> usize {
        if self.is_scalar { 0 } else { row }
    }
}

/// Bytes of each value.
fn lengths(array: &ArrayRef) -> Lengths {
    let all = |lengths: Vec<usize>| Lengths::Each(lengths);
    match array.data_type() {
        DataType::Utf8 => all(array.as_string::<i32>().iter().map(|text| text.map_or(0, str::len)).collect()),
        DataType::LargeUtf8 => all(array.as_string::<i64>().iter().map(|text| text.map_or(0, str::len)).collect()),
        DataType::Utf8View => all(array.as_string_view().iter().map(|text| text.map_or(0, str::len)).collect()),
        DataType::List(_) => {
            let size = |list: Option<ArrayRef>| list.map_or(0, |list| used(&list));
            all(array.as_list::<i32>().iter().map(size).collect())
        }
        _ => Lengths::Same(array.get_array_memory_size() / array.len().max(1)),
    }
}

/// Bytes that the values of an array have, not those of what it shares with others.
fn used(array: &ArrayRef) -> usize {
    match lengths(array) {
        Lengths::Same(bytes) => bytes.saturating_mul(array.len()),
        Lengths::Each(each) => each.iter().sum::<usize>() + 16 * array.len(),
    }
}

/// The values as whole numbers, if they are numbers or times.
fn numbers(array: &ArrayRef) -> Option<Int64Array> {
    let is_number = array.data_type().is_integer() || matches!(array.data_type(), DataType::Timestamp(..));
    let array = if is_number { cast(array, &DataType::Int64).ok()? } else { return None };
    array.as_primitive_opt::<Int64Type>().cloned()
}

impl Row<'_> {
    fn bytes(&self, nth: usize) -> usize {
        let Some(argument) = self.args.get(nth) else { return 0 };
        match &argument.bytes {
            Lengths::Same(bytes) => *bytes,
            Lengths::Each(each) => each.get(argument.at(self.row)).copied().unwrap_or_default(),
        }
    }

    fn signed(&self, nth: usize) -> Option<i64> {
        let argument = self.args.get(nth)?;
        let numbers = argument.numbers.as_ref()?;
        let row = argument.at(self.row);
        (row < numbers.len() && numbers.is_valid(row)).then(|| numbers.value(row))
    }

    /// A count; a negative one is none.
    fn number(&self, nth: usize) -> usize {
        self.signed(nth).and_then(|number| usize::try_from(number).ok()).unwrap_or_default()
    }

    fn all(&self) -> usize {
        (0..self.args.len()).map(|nth| self.bytes(nth)).fold(0, usize::saturating_add)
    }

    /// Bytes of the numbers from the first argument to the second, in steps of the third.
    fn steps(&self) -> usize {
        let (from, to) = match (self.signed(0), self.signed(1)) {
            (Some(to), None) if self.args.len() == 1 => (0, to),
            (Some(from), Some(to)) => (from, to),
            _ => return 0,
        };
        let step = self.signed(2).unwrap_or(1).unsigned_abs().max(1);
        let count = from.abs_diff(to) / step;
        usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(size_of::<i64>())
    }

    /// What a pattern takes that is another one in every row.
    fn pattern(&self) -> usize {
        let is_same = self.args.get(1).is_none_or(|pattern| pattern.is_scalar);
        if is_same { 0 } else { PATTERN }
    }
}

/// A function pointer that can be compared by the function's name.
#[derive(Clone, Copy)]
struct Reckoning(Reckon);

impl std::fmt::Debug for Reckoning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reckoning")
    }
}

/// A function with bounds.
#[derive(Debug)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    reckon: Reckoning,
    most: usize,
}

impl PartialEq for Bounded {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner && self.most == other.most
    }
}

impl Eq for Bounded {}

impl Hash for Bounded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl Bounded {
    fn too_much(&self) -> datafusion::error::DataFusionError {
        QueryError::Memory { limit: self.most }.into_stream()
    }

    /// Some rows of the arguments.
    fn rows(args: &ScalarFunctionArgs, from: usize, count: usize) -> ScalarFunctionArgs {
        let cut = |value: &ColumnarValue| match value {
            ColumnarValue::Array(array) => ColumnarValue::Array(array.slice(from, count)),
            scalar @ ColumnarValue::Scalar(_) => scalar.clone(),
        };
        ScalarFunctionArgs { args: args.args.iter().map(cut).collect(), number_rows: count, ..args.clone() }
    }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arg_types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn is_strict(&self) -> bool {
        self.inner.is_strict()
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let known: Vec<Argument> = args.args.iter().map(Argument::new).collect();
        let reckon = |row: usize| (self.reckon.0)(&Row { args: &known, row });
        let rows = if known.iter().all(|argument| argument.is_scalar) { 1 } else { args.number_rows };
        let sizes: Vec<usize> = (0..rows).map(reckon).collect();
        if sizes.iter().any(|size| *size > self.most) {
            return Err(self.too_much());
        }
        if sizes.iter().fold(0, |sum, size| usize::saturating_add(sum, *size)) <= STEP || rows <= 1 {
            return self.inner.invoke_with_args(args);
        }
        let (mut parts, mut made, mut from) = (Vec::new(), 0, 0);
        while from < rows {
            let (mut count, mut size) = (0, 0);
            while from + count < rows && (count == 0 || size + sizes[from + count] <= STEP) {
                size += sizes[from + count];
                count += 1;
            }
            let part = self.inner.invoke_with_args(Self::rows(&args, from, count))?.into_array(count)?;
            made += used(&part);
            if made > self.most {
                return Err(self.too_much());
            }
            parts.push(part);
            from += count;
        }
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        Ok(ColumnarValue::Array(concat(&parts)?))
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        self.inner.simplify(args, info)
    }

    fn short_circuits(&self) -> bool {
        self.inner.short_circuits()
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        self.inner.output_ordering(inputs)
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arg_types)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    /// The text, or the error, that a question gives when a batch may have 1 MiB.
    async fn asked(sql: &str) -> std::result::Result<String, QueryError> {
        let mut state = SessionContext::new().state();
        register(&mut state, 1 << 20).unwrap();
        let session = SessionContext::new_with_state(state);
        let rows = session.sql(sql).await.map_err(QueryError::from)?.collect().await.map_err(QueryError::from)?;
        let text = cast(rows[0].column(0), &DataType::Utf8).unwrap();
        Ok(text.as_string::<i32>().value(0).to_owned())
    }

    #[tokio::test]
    async fn what_would_be_too_much_is_not_begun() {
        for sql in [
            "SELECT repeat('x', 1000000000)",
            "SELECT lpad('x', 1000000000)",
            "SELECT rpad('x', 1000000000, 'y')",
            "SELECT replace('aaaaaaaaaaaaaaaa', 'a', repeat('b', 100000))",
            "SELECT regexp_replace('aaaaaaaaaaaaaaaa', 'a', repeat('b', 100000), 'g')",
            "SELECT concat(m, m, m) FROM (SELECT repeat('x', 500000) AS m)",
            "SELECT concat_ws(m, m, m, m) FROM (SELECT repeat('x', 400000) AS m)",
            "SELECT array_length(array_repeat('x', 1000000000))",
            "SELECT array_length(range(0, 10000000000))",
            "SELECT array_length(generate_series(10000000000))",
            "SELECT m || m || m FROM (SELECT repeat('x', 500000) AS m)",
            "SELECT repeat('x', n * 10000) FROM generate_series(1, 100) AS t(n)",
        ] {
            let error = asked(sql).await.unwrap_err();
            assert!(matches!(error, QueryError::Memory { .. }), "{sql}: {error}");
        }
    }

    #[tokio::test]
    async fn what_is_not_too_much_is_as_ever() {
        for (sql, wanted) in [
            ("SELECT repeat('ab', 3)", "ababab"),
            ("SELECT repeat('ab', -3)", ""),
            ("SELECT lpad('x', 3, 'y')", "yyx"),
            ("SELECT replace('banana', 'a', 'oo')", "boonoonoo"),
            ("SELECT regexp_replace('banana', '(a)', '<\\1>', 'g')", "b<a>n<a>n<a>"),
            ("SELECT concat_ws('-', 'a', 'b')", "a-b"),
            ("SELECT 'a' || 1 || 'b'", "a1b"),
            ("SELECT count('a' || NULL)", "0"),
            ("SELECT array_length([1] || [2, 3])", "3"),
            ("SELECT max('v' || n) FROM generate_series(1, 9) AS t(n)", "v9"),
            ("SELECT array_length(range(0, 10, 2))", "5"),
            ("SELECT sum(length(repeat('x', n))) FROM generate_series(1, 1000) AS t(n)", "500500"),
            (
                "SELECT count(*) FROM generate_series(1, 1000) AS t(n) WHERE regexp_like(concat('v', n), concat('^v', n, '$'))",
                "1000",
            ),
        ] {
            assert_eq!(asked(sql).await.unwrap(), wanted, "{sql}");
        }
    }
}
