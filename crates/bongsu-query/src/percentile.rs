//! The function `approx_percentile_cont` of SQL over [`crate::quantile`].

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Float64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Schema};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::functions_aggregate::approx_percentile_cont::ApproxPercentileCont;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, EmitTo, GroupsAccumulator, Signature,
};

use crate::quantile::Sketch;

/// The function, under the name and with the arguments that the engine below knows.
pub(crate) fn function() -> AggregateUDF {
    AggregateUDF::from(Percentile::default())
}

#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct Percentile {
    known: ApproxPercentileCont,
}

impl Percentile {
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
        let returns = args.expr_fields.first().map_or(DataType::Float64, |field| field.data_type().clone());
        Ok(Box::new(One { share: Self::share(&args)?, returns, sketch: Sketch::default() }))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        let returns = args.expr_fields.first().map_or(DataType::Float64, |field| field.data_type().clone());
        Ok(Box::new(Groups { share: Self::share(&args)?, returns, sketches: vec![], grown: 0 }))
    }

    fn supports_within_group_clause(&self) -> bool {
        true
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

/// The values of all rows.
#[derive(Debug)]
struct One {
    share: f64,
    returns: DataType,
    sketch: Sketch,
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values_of(values)?.iter().flatten().for_each(|value| self.sketch.add(value));
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::Float64(self.sketch.quantile(self.share)).cast_to(&self.returns)
    }

    fn size(&self) -> usize {
        self.sketch.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.sketch.encode()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        sketches_of(states)?.iter().flatten().for_each(|bytes| self.sketch.merge(&Sketch::decode(bytes)));
        Ok(())
    }
}

/// The values of rows in groups.
#[derive(Debug)]
struct Groups {
    share: f64,
    returns: DataType,
    sketches: Vec<Sketch>,
    /// Bytes that the sketches take, as of the last batch.
    grown: usize,
}

impl Groups {
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
        let values = values_of(values)?;
        for (row, group) in groups.iter().enumerate() {
            let wanted = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if wanted && values.is_valid(row) {
                self.sketches[*group].add(values.value(row));
            }
        }
        self.measure();
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let found: Float64Array =
            emit.take_needed(&mut self.sketches).iter().map(|sketch| sketch.quantile(self.share)).collect();
        self.measure();
        Ok(cast(&found, &self.returns)?)
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
                self.sketches[*group].merge(&Sketch::decode(bytes));
            }
        }
        self.measure();
        Ok(())
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let values = values_of(values)?;
        let states = values.iter().enumerate().map(|(row, value)| {
            let wanted = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            let mut sketch = Sketch::default();
            value.filter(|_| wanted).into_iter().for_each(|value| sketch.add(value));
            sketch.encode()
        });
        Ok(vec![Arc::new(BinaryArray::from_iter_values(states))])
    }

    fn size(&self) -> usize {
        self.grown
    }
}
