//! Finds statements that count rows in groups, and lets them add up counts instead.

use std::sync::Arc;

use bongsu_model::column;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::error::Result;
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{Aggregate, Expr, Filter, LogicalPlan, LogicalPlanBuilder, TableScan, lit};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use datafusion::prelude::coalesce;

use crate::cube::{ROWS, can_filter};
use crate::provider::DatasetTable;

/// Units of time that are made of whole minutes.
const UNITS: [&str; 7] = ["minute", "hour", "day", "week", "month", "quarter", "year"];

/// Lets statements that count rows add up counts.
#[derive(Debug)]
pub(crate) struct AddUpCounts;

impl OptimizerRule for AddUpCounts {
    fn name(&self) -> &'static str {
        "add_up_counts"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        Ok(match counted(aggregate)? {
            Some(counted) => Transformed::yes(counted),
            None => Transformed::no(plan),
        })
    }
}

fn counted(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let counts_rows = !aggregate.aggr_expr.is_empty() && aggregate.aggr_expr.iter().all(is_count);
    if !counts_rows || !aggregate.group_expr.iter().all(is_group) {
        return Ok(None);
    }
    let Some((scan, filters)) = scanned(&aggregate.input) else { return Ok(None) };
    if scan.fetch.is_some() || !scan.filters.iter().chain(&filters).all(can_filter) {
        return Ok(None);
    }
    let Some(input) = of_cube(scan, &filters)? else { return Ok(None) };
    added_up(aggregate, scan, input).map(Some)
}

/// The scan below filters and a choice of columns, and what is filtered by.
pub(crate) fn scanned(plan: &LogicalPlan) -> Option<(&TableScan, Vec<Expr>)> {
    match plan {
        LogicalPlan::TableScan(scan) => Some((scan, vec![])),
        LogicalPlan::Projection(chosen) if chosen.expr.iter().all(|expr| matches!(expr, Expr::Column(_))) => {
            scanned(&chosen.input)
        }
        LogicalPlan::Filter(filter) => {
            let (scan, mut filters) = scanned(&filter.input)?;
            filters.extend(split_conjunction_owned(filter.predicate.clone()));
            Some((scan, filters))
        }
        _ => None,
    }
}

/// `count(*)`, and no other.
fn is_count(expr: &Expr) -> bool {
    let Expr::AggregateFunction(AggregateFunction { func, params }) = expr.clone().unalias() else { return false };
    let plain = !params.distinct && params.filter.is_none() && params.order_by.is_empty();
    let constant = |arg: &Expr| matches!(arg, Expr::Literal(value, _) if !value.is_null());
    func.name() == "count" && plain && params.args.iter().all(constant)
}

/// A level, a service or whole minutes.
fn is_group(expr: &Expr) -> bool {
    match expr {
        Expr::Column(column) => [column::LEVEL, column::SERVICE].contains(&column.name.as_str()),
        Expr::Alias(alias) => is_group(&alias.expr),
        Expr::ScalarFunction(function) => match (function.func.name(), function.args.as_slice()) {
            ("date_trunc", [Expr::Literal(unit, _), Expr::Column(column)]) => {
                let unit = unit.try_as_str().flatten().unwrap_or_default().to_ascii_lowercase();
                column.name == column::TIME && UNITS.contains(&unit.as_str())
            }
            ("date_bin", [Expr::Literal(width, _), Expr::Column(column)]) => {
                column.name == column::TIME && whole_minutes(width)
            }
            _ => false,
        },
        _ => false,
    }
}

fn whole_minutes(width: &ScalarValue) -> bool {
    match width {
        ScalarValue::IntervalMonthDayNano(Some(width)) => {
            width.months == 0 && width.nanoseconds % 60_000_000_000 == 0 && (width.nanoseconds > 0 || width.days > 0)
        }
        _ => false,
    }
}

/// The table of counts in the place of the dataset.
fn of_cube(scan: &TableScan, filters: &[Expr]) -> Result<Option<LogicalPlan>> {
    let Ok(provider) = source_as_provider(&scan.source) else { return Ok(None) };
    let Some(table) = provider.downcast_ref::<DatasetTable>() else { return Ok(None) };
    let cube = provider_as_source(Arc::new(table.cube()));
    let all: Vec<Expr> = scan.filters.iter().chain(filters).cloned().collect();
    let wanted = LogicalPlanBuilder::scan_with_filters(scan.table_name.clone(), cube, None, all.clone())?.build()?;
    let filtered = all.into_iter().reduce(Expr::and);
    Ok(Some(match filtered {
        Some(filter) => LogicalPlan::Filter(Filter::try_new(filter, Arc::new(wanted))?),
        None => wanted,
    }))
}

/// The sums under the names of the counts.
fn added_up(aggregate: &Aggregate, scan: &TableScan, input: LogicalPlan) -> Result<LogicalPlan> {
    let rows = Expr::Column(Column::new(Some(scan.table_name.clone()), ROWS));
    let sums = Aggregate::try_new(Arc::new(input), aggregate.group_expr.clone(), vec![sum(rows)])?;
    let groups = aggregate.group_expr.len();
    let outputs = |schema: &DFSchema, at: usize| {
        let (table, field) = schema.qualified_field(at);
        (table.cloned(), field.name().clone())
    };
    let mut exprs: Vec<Expr> = Vec::new();
    for at in 0..groups {
        exprs.push(Expr::Column(Column::from(sums.schema.qualified_field(at))));
    }
    let total = Expr::Column(Column::from(sums.schema.qualified_field(groups)));
    for at in groups..groups + aggregate.aggr_expr.len() {
        let (table, name) = outputs(&aggregate.schema, at);
        exprs.push(coalesce(vec![total.clone(), lit(0_i64)]).alias_qualified(table, name));
    }
    LogicalPlanBuilder::from(LogicalPlan::Aggregate(sums)).project(exprs)?.build()
}
