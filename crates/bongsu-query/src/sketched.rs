//! Finds statements that ask for quantiles, lets those of one column share a sketch, and takes the sketches from the files'
//! indexes where these can tell.

use std::sync::Arc;

use arrow::datatypes::DataType;
use bongsu_index::is_sketched;
use bongsu_model::column;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, ScalarValue};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams, ScalarFunction};
use datafusion::logical_expr::{Aggregate, Cast, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, TableScan, lit};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use crate::count::scanned;
use crate::percentile;
use crate::provider::DatasetTable;
use crate::sketches::{can_filter, is_present, sketch_of};

/// Lets quantiles of one column share a sketch.
#[derive(Debug)]
pub(crate) struct ShareSketches;

impl OptimizerRule for ShareSketches {
    fn name(&self) -> &'static str {
        "share_sketches"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        Ok(match shared(aggregate)? {
            Some(shared) => Transformed::yes(shared),
            None => Transformed::no(plan),
        })
    }
}

/// A quantile of `of`.
struct Wanted {
    of: Expr,
    share: f64,
}

/// What `expr` asks for, if it is a quantile.
fn wanted(expr: &Expr) -> Option<Wanted> {
    let Expr::AggregateFunction(AggregateFunction { func, params }) = expr.clone().unalias() else { return None };
    let plain = !params.distinct && params.filter.is_none() && params.null_treatment.is_none();
    if !plain || func.name() != percentile::NAME || params.order_by.len() > 1 {
        return None;
    }
    let [of, Expr::Literal(share, _)] = params.args.as_slice() else { return None };
    let ScalarValue::Float64(Some(share)) = share.cast_to(&DataType::Float64).ok()? else {
        return None;
    };
    let descending = params.order_by.first().is_some_and(|order| !order.asc);
    let share = if descending { 1.0 - share } else { share };
    (0.0..=1.0).contains(&share).then(|| Wanted { of: of.clone(), share })
}

fn shared(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let quantiles: Vec<Option<Wanted>> = aggregate.aggr_expr.iter().map(wanted).collect();
    if quantiles.iter().all(Option::is_none) {
        return Ok(None);
    }
    let mut sketched: Vec<Expr> = Vec::new();
    for wanted in quantiles.iter().flatten() {
        if !sketched.contains(&wanted.of) {
            sketched.push(wanted.of.clone());
        }
    }
    let only = quantiles.iter().all(Option::is_some);
    let indexed = if only { of_indexes(aggregate, &sketched)? } else { None };
    let (input, ready) = match indexed {
        Some((input, table)) => (Arc::new(input), Some(table)),
        None => (Arc::clone(&aggregate.input), None),
    };
    let sketch = |of: &Expr| {
        let made = ready
            .as_ref()
            .zip(number(of))
            .map(|(table, of)| Expr::Column(Column::new(Some(table.table_name.clone()), sketch_of(&of.name))));
        Expr::AggregateFunction(AggregateFunction {
            func: percentile::sketch(),
            params: AggregateFunctionParams {
                args: std::iter::once(of.clone()).chain(made).collect(),
                distinct: false,
                filter: None,
                order_by: vec![],
                null_treatment: None,
            },
        })
    };
    let others = aggregate.aggr_expr.iter().zip(&quantiles).filter(|(_, wanted)| wanted.is_none());
    let exprs: Vec<Expr> = sketched.iter().map(sketch).chain(others.map(|(expr, _)| expr.clone())).collect();
    let inner = Aggregate::try_new(input, aggregate.group_expr.clone(), exprs)?;
    let groups = aggregate.schema.fields().len() - aggregate.aggr_expr.len();
    let column = |at: usize| Expr::Column(Column::from(inner.schema.qualified_field(at)));
    let mut outputs: Vec<Expr> = (0..groups).map(column).collect();
    let mut other = groups + sketched.len();
    for (nth, wanted) in quantiles.iter().enumerate() {
        let (table, field) = aggregate.schema.qualified_field(groups + nth);
        let found = if let Some(wanted) = wanted {
            let at = groups + sketched.iter().position(|of| *of == wanted.of).unwrap_or_default();
            quantile_of(column(at), wanted.share, field.data_type(), &inner)?
        } else {
            other += 1;
            column(other - 1)
        };
        outputs.push(found.alias_qualified(table.cloned(), field.name().clone()));
    }
    LogicalPlanBuilder::from(LogicalPlan::Aggregate(inner)).project(outputs)?.build().map(Some)
}

/// A quantile of a sketch, as the type that the function promised.
fn quantile_of(sketch: Expr, share: f64, returns: &DataType, inner: &Aggregate) -> Result<Expr> {
    let found = Expr::ScalarFunction(ScalarFunction::new_udf(percentile::quantile(), vec![sketch, lit(share)]));
    if found.get_type(&inner.schema)? == *returns {
        return Ok(found);
    }
    Ok(Expr::Cast(Cast::new(Box::new(found), returns.clone())))
}

/// The column that `expr` is, as it is or as floats.
pub(crate) fn number(expr: &Expr) -> Option<&Column> {
    match expr {
        Expr::Column(column) => Some(column),
        Expr::Cast(cast) if *cast.field.data_type() == DataType::Float64 => number(&cast.expr),
        _ => None,
    }
}

/// The table of sketches in the place of the dataset, if it can tell what is asked.
fn of_indexes<'a>(aggregate: &'a Aggregate, sketched: &[Expr]) -> Result<Option<(LogicalPlan, &'a TableScan)>> {
    let by_service = |expr: &Expr| matches!(expr.clone().unalias(), Expr::Column(of) if of.name == column::SERVICE);
    let Some((scan, filters)) = scanned(&aggregate.input) else { return Ok(None) };
    if scan.fetch.is_some()
        || !aggregate.group_expr.iter().all(by_service)
        || !scan.filters.iter().chain(&filters).all(|filter| can_filter(filter) || is_present(filter, sketched))
    {
        return Ok(None);
    }
    let fields = sketched.iter().map(|of| {
        let field = scan.source.schema().field_with_name(&number(of)?.name).ok().cloned()?;
        is_sketched(field.name(), field.data_type()).then_some(field)
    });
    let Some(fields) = fields.collect::<Option<Vec<_>>>() else { return Ok(None) };
    let Ok(provider) = source_as_provider(&scan.source) else { return Ok(None) };
    let Some(table) = provider.downcast_ref::<DatasetTable>() else { return Ok(None) };
    let source = provider_as_source(Arc::new(table.sketches(fields)));
    // The table sees to the filters itself.
    let all: Vec<Expr> = scan.filters.iter().chain(&filters).cloned().collect();
    let plan = LogicalPlanBuilder::scan_with_filters(scan.table_name.clone(), source, None, all)?.build()?;
    Ok(Some((plan, scan)))
}
