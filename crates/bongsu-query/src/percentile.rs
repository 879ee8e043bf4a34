//! The function `approx_percentile_cont` of SQL over sketches, and the two that it is made of: one that makes a sketch of rows
//! or of other sketches, and one that finds a quantile in it.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Float64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Schema};
use bongsu_index::Sketch;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::functions_aggregate::approx_percentile_cont::ApproxPercentileCont;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, EmitTo, GroupsAccumulator, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The name of the function.
pub(crate) const NAME: &str = "approx_percentile_cont";

/// The function, under the name and with the arguments that the engine below knows.
pub(crate) fn function() -> AggregateUDF {
    AggregateUDF::from(Percentile::default())
}

#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct Percentile {
    known: ApproxPercentileCont,
}

impl Percentile {
    fn answer(args: &AccumulatorArgs<'_>) -> Result<Answer> {
        let returns = args.expr_fields.first().map_or(DataType::Float64, |field| field.data_type().clone());
        Ok(Answer::Quantile { share: Self::share(args)?, returns })
    }

    /// The share of the values that lie below the answer.
    fn share(args: &AccumulatorArgs<'_>) -> Result<f64> {
        let wrong = || DataFusionError::Plan("the percentile must be a number between 0 and 1, such as 0.95".into());
        let expr = args.exprs.get(1).ok_or_else(wrong)?;
        let ColumnarValue::Scalar(value) = expr.evaluate(&RecordBatch::new_empty(Arc::new(Schema::empty())))? else {
            return Err(wrong());
        };
        let ScalarValue::Float64(Some(share)) = value.cast_to(&DataType::Float64)? else { return Err(wrong()) };
        if !(0.0..=1.0).contains(&share) {
            return Err(wrong());
        }
        let descending = args.order_bys.first().is_some_and(|order| order.options.descending);
        Ok(if descending { 1.0 - share } else { share })
    }
}

impl AggregateUDFImpl for Percentile {
    fn name(&self) -> &str {
        self.known.name()
    }

    fn signature(&self) -> &Signature {
        self.known.signature()
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.known.return_type(arg_types)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "sketch"), DataType::Binary, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One { answer: Self::answer(&args)?, sketch: Sketch::default() }))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups::new(Self::answer(&args)?)))
    }

    fn supports_within_group_clause(&self) -> bool {
        true
    }
}

/// A sketch of numbers and, as a second argument, of sketches that were made before.
pub(crate) fn sketch() -> Arc<AggregateUDF> {
    let signature = Signature::variadic_any(Volatility::Immutable);
    Arc::new(AggregateUDF::from(Sketching { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Sketching {
    signature: Signature,
}

impl AggregateUDFImpl for Sketching {
    fn name(&self) -> &'static str {
        "_sketch"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "sketch"), DataType::Binary, true))])
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One { answer: Answer::Sketch, sketch: Sketch::default() }))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups::new(Answer::Sketch)))
    }
}

/// The value of a sketch below which a share of its values lies.
pub(crate) fn quantile() -> Arc<ScalarUDF> {
    let signature = Signature::exact(vec![DataType::Binary, DataType::Float64], Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Quantile { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Quantile {
    signature: Signature,
}

impl ScalarUDFImpl for Quantile {
    fn name(&self) -> &'static str {
        "_quantile"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let (sketches, shares) = match arrays.as_slice() {
            [sketches, shares] => (sketches.as_binary_opt::<i32>(), shares.as_primitive_opt::<Float64Type>()),
            _ => (None, None),
        };
        let (Some(sketches), Some(shares)) = (sketches, shares) else {
            return Err(DataFusionError::Internal("a sketch is missing".into()));
        };
        let found = sketches.iter().zip(shares).map(|(bytes, share)| {
            let mut sketch = Sketch::default();
            sketch.merge_encoded(bytes?);
            sketch.quantile(share?)
        });
        Ok(ColumnarValue::Array(Arc::new(found.collect::<Float64Array>())))
    }
}

fn floats(values: &ArrayRef) -> Result<Float64Array> {
    Ok(cast(values, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
}

fn sketches_of(values: &[ArrayRef]) -> Result<&BinaryArray> {
    let first = values.first().and_then(|values| values.as_binary_opt::<i32>());
    first.ok_or_else(|| DataFusionError::Internal("a state of percentiles is missing".into()))
}

fn values_of(values: &[ArrayRef]) -> Result<Float64Array> {
    values.first().map_or_else(|| Err(DataFusionError::Internal("a value of percentiles is missing".into())), floats)
}

/// What is made of a sketch in the end.
#[derive(Debug, Clone)]
enum Answer {
    Quantile { share: f64, returns: DataType },
    Sketch,
}

impl Answer {
    /// The sketches that came as a second argument.
    fn ready<'a>(&self, values: &'a [ArrayRef]) -> Result<Option<&'a BinaryArray>> {
        match (self, values) {
            (Self::Sketch, [_, rest @ ..]) if !rest.is_empty() => sketches_of(rest).map(Some),
            _ => Ok(None),
        }
    }

    fn of(&self, sketches: &[Sketch]) -> Result<ArrayRef> {
        match self {
            Self::Quantile { share, returns } => {
                let found: Float64Array = sketches.iter().map(|sketch| sketch.quantile(*share)).collect();
                Ok(cast(&found, returns)?)
            }
            Self::Sketch => Ok(Arc::new(BinaryArray::from_iter_values(sketches.iter().map(Sketch::encode)))),
        }
    }
}

/// The values of all rows.
#[derive(Debug)]
struct One {
    answer: Answer,
    sketch: Sketch,
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values_of(values)?.iter().flatten().for_each(|value| self.sketch.add(value));
        let ready = self.answer.ready(values)?;
        ready.into_iter().flatten().flatten().for_each(|bytes| self.sketch.merge_encoded(bytes));
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&self.answer.of(std::slice::from_ref(&self.sketch))?, 0)
    }

    fn size(&self) -> usize {
        self.sketch.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.sketch.encode()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        sketches_of(states)?.iter().flatten().for_each(|bytes| self.sketch.merge_encoded(bytes));
        Ok(())
    }
}

/// The values of rows in groups.
#[derive(Debug)]
struct Groups {
    answer: Answer,
    sketches: Vec<Sketch>,
    /// Bytes that the sketches take, as of the last batch.
    grown: usize,
}

impl Groups {
    fn new(answer: Answer) -> Self {
        Self { answer, sketches: vec![], grown: 0 }
    }

    fn resize(&mut self, groups: usize) {
        if self.sketches.len() < groups {
            self.sketches.resize(groups, Sketch::default());
        }
    }

    fn measure(&mut self) {
        self.grown = self.sketches.iter().map(Sketch::size).sum();
    }
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.resize(total);
        let ready = self.answer.ready(values)?;
        let values = values_of(values)?;
        for (row, group) in groups.iter().enumerate() {
            if !filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row)) {
                continue;
            }
            if values.is_valid(row) {
                self.sketches[*group].add(values.value(row));
            }
            if let Some(ready) = ready.filter(|ready| ready.is_valid(row)) {
                self.sketches[*group].merge_encoded(ready.value(row));
            }
        }
        self.measure();
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let found = self.answer.of(&emit.take_needed(&mut self.sketches))?;
        self.measure();
        Ok(found)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let bytes: Vec<_> = emit.take_needed(&mut self.sketches).iter().map(Sketch::encode).collect();
        self.measure();
        Ok(vec![Arc::new(BinaryArray::from_iter_values(bytes))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.resize(total);
        for (bytes, group) in sketches_of(states)?.iter().zip(groups) {
            if let Some(bytes) = bytes {
                self.sketches[*group].merge_encoded(bytes);
            }
        }
        self.measure();
        Ok(())
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let ready = self.answer.ready(values)?;
        let values = values_of(values)?;
        let states = values.iter().enumerate().map(|(row, value)| {
            let wanted = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            let mut sketch = Sketch::default();
            value.filter(|_| wanted).into_iter().for_each(|value| sketch.add(value));
            if let Some(ready) = ready.filter(|ready| wanted && ready.is_valid(row)) {
                sketch.merge_encoded(ready.value(row));
            }
            sketch.encode()
        });
        Ok(vec![Arc::new(BinaryArray::from_iter_values(states))])
    }

    fn size(&self) -> usize {
        self.grown
    }
}
