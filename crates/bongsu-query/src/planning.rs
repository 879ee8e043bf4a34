//! Planning within bounds. A statement of half a megabyte becomes a plan of a hundred, before the first row is read: memory
//! for it is asked for before the statement is read, and the heap is looked at between the steps that change the plan.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use datafusion::common::tree_node::Transformed;
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use datafusion::physical_optimizer::{PhysicalOptimizerContext, PhysicalOptimizerRule};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::sqlparser::ast::TableFactor;

use crate::memory::Heap;

/// Bytes that a word or a sign of a statement takes until the statement is planned: its token, its places in the statement's
/// tree and in the plan, and a copy of each while the plan is changed. Measured at a list of 100,000 numbers: 570.
const WORD: usize = 640;
/// Bytes that a space takes, which is a token too.
const SPACE: usize = 256;
/// How many copies of a statement's text there are.
const COPIES: usize = 4;

/// Takes the memory that planning `sql` needs, until it is dropped.
pub(crate) fn room_for(sql: &str, state: &SessionState) -> Result<MemoryReservation> {
    let (words, spaces) = tokens(sql);
    let room = MemoryConsumer::new("planning").register(&state.runtime_env().memory_pool);
    let bytes = [words.saturating_mul(WORD), spaces.saturating_mul(SPACE), sql.len().saturating_mul(COPIES)];
    room.try_grow(bytes.into_iter().fold(0, usize::saturating_add))?;
    Ok(room)
}

/// About how many words and signs, and how many spaces, a statement has. What stands in texts and comments is counted too:
/// to know where they end is to read the statement.
fn tokens(sql: &str) -> (usize, usize) {
    let (mut words, mut spaces, mut in_word) = (0, 0, false);
    for byte in sql.bytes() {
        let is_letter = byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
        let is_space = byte.is_ascii_whitespace();
        spaces += usize::from(is_space);
        words += usize::from(!(is_space || is_letter && in_word));
        in_word = is_letter;
    }
    (words, spaces)
}

/// Bytes that a column takes in the schema of one step of a plan, and in an expression that names it.
const COLUMN: usize = 400;

/// Looks at the heap before each table that a statement names becomes part of its plan: tables of many columns, named often,
/// make much of a short statement, and so does each `*`, which names all columns there are.
#[derive(Debug)]
pub(crate) struct WatchTables {
    heap: Heap,
    stars: usize,
    /// Columns of the tables so far, as if all were joined.
    columns: AtomicUsize,
    /// Whether the next table is the one that is being looked at.
    looking: AtomicBool,
}

impl WatchTables {
    pub(crate) fn new(sql: &str, heap: Heap) -> Self {
        let stars = sql.bytes().filter(|byte| *byte == b'*').count();
        Self { heap, stars, columns: AtomicUsize::default(), looking: AtomicBool::default() }
    }

    fn check(&self) -> Result<()> {
        let columns = self.columns.load(Ordering::Relaxed);
        self.heap.check_with(columns.saturating_mul(self.stars + 1).saturating_mul(COLUMN))
    }
}

impl RelationPlanner for WatchTables {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        if self.looking.swap(false, Ordering::Relaxed) {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        }
        self.check()?;
        self.looking.store(true, Ordering::Relaxed);
        let plan = context.plan(relation)?;
        self.columns.fetch_add(plan.schema().fields().len(), Ordering::Relaxed);
        self.check()?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))))
    }
}

/// The session with a look at the heap before each step that changes a plan.
pub(crate) fn watched(state: SessionState, heap: Heap) -> SessionState {
    let logical =
        state.optimizers().iter().map(|rule| Arc::new(Watching { rule: Arc::clone(rule), heap }) as _).collect();
    let physical = state.physical_optimizers().iter();
    let physical = physical.map(|rule| Arc::new(Watching { rule: Arc::clone(rule), heap }) as _).collect();
    SessionStateBuilder::new_from_existing(state)
        .with_optimizer_rules(logical)
        .with_physical_optimizer_rules(physical)
        .build()
}

/// A step that is not taken when the process holds too much.
#[derive(Debug)]
struct Watching<R> {
    rule: R,
    heap: Heap,
}

impl OptimizerRule for Watching<Arc<dyn OptimizerRule + Send + Sync>> {
    fn name(&self) -> &str {
        self.rule.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.rule.apply_order()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        self.heap.check()?;
        self.rule.rewrite(plan, config)
    }
}

impl PhysicalOptimizerRule for Watching<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        self.heap.check()?;
        self.rule.optimize(plan, config)
    }

    fn optimize_with_context(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        context: &dyn PhysicalOptimizerContext,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.heap.check()?;
        self.rule.optimize_with_context(plan, context)
    }

    fn name(&self) -> &str {
        self.rule.name()
    }

    fn schema_check(&self) -> bool {
        self.rule.schema_check()
    }
}

#[cfg(test)]
mod tests {
    use datafusion::execution::memory_pool::GreedyMemoryPool;
    use datafusion::execution::runtime_env::RuntimeEnvBuilder;
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;
    use crate::error::QueryError;

    #[test]
    fn words_signs_and_spaces_are_counted() {
        for (sql, wanted) in [
            ("", (0, 0)),
            ("SELECT n FROM logs", (4, 3)),
            ("n IN (1, 22, 333)", (9, 4)),
            ("message = 'a text, too'", (8, 4)),
            ("서비스\t=\n'주문'", (5, 2)),
        ] {
            assert_eq!(tokens(sql), wanted, "{sql}");
        }
    }

    #[test]
    fn a_statement_takes_memory_before_it_is_read() {
        let pool = Arc::new(GreedyMemoryPool::new(1 << 20));
        let runtime = RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc().unwrap();
        let state = SessionContext::new_with_config_rt(SessionConfig::new(), runtime).state();
        let list = |count: usize| format!("SELECT 1 WHERE 1 IN ({})", vec!["7"; count].join(","));
        let first = room_for(&list(500), &state).unwrap();
        assert!(room_for(&list(500), &state).is_err());
        drop(first);
        room_for(&list(500), &state).unwrap();
        assert!(room_for(&list(5_000), &state).is_err());
        assert!(room_for(&format!("SELECT{}1", " ".repeat(5_000)), &state).is_err());
    }

    #[tokio::test]
    async fn tables_of_many_columns_are_not_named_without_end() {
        let planned = async |sql: &str, most: usize| {
            let mut state = SessionContext::new().state();
            state.register_relation_planner(Arc::new(WatchTables::new(sql, Heap { used: || Some(0), most }))).unwrap();
            state.create_logical_plan(sql).await.map(|plan| plan.to_string()).map_err(QueryError::from)
        };
        let ten = "(SELECT 1 AS a, 2 AS b, 3 AS c, 4 AS d, 5 AS e, 6 AS f, 7 AS g, 8 AS h, 9 AS i, 10 AS j)";
        let joined = format!("SELECT * FROM {ten} x, {ten} y, {ten} z");
        let as_ever = SessionContext::new().state().create_logical_plan(&joined).await.unwrap().to_string();
        assert_eq!(planned(&joined, 30 * 2 * COLUMN).await.unwrap(), as_ever);
        assert!(matches!(planned(&joined, 30 * 2 * COLUMN - 1).await, Err(QueryError::Ceiling { .. })));
        let nested = format!("SELECT 1 FROM (SELECT a FROM {ten} x) y");
        planned(&nested, 11 * COLUMN).await.unwrap();
        let stars = format!("SELECT {} FROM {ten} x", vec!["*"; 100].join(", "));
        assert!(matches!(planned(&stars, 10 * 100 * COLUMN).await, Err(QueryError::Ceiling { .. })));
        let doubled = (1..30).map(|n| format!("c{n} AS (SELECT a.* FROM c{0} a, c{0} b)", n - 1));
        let doubled = doubled.collect::<Vec<_>>().join(", ");
        let doubled = format!("WITH c0 AS (SELECT * FROM {ten} x), {doubled} SELECT * FROM c29 a, c29 b");
        assert!(matches!(planned(&doubled, 400 * COLUMN).await, Err(QueryError::Ceiling { .. })));
    }

    #[tokio::test]
    async fn no_plan_is_made_while_the_process_holds_too_much() {
        let heap = Heap { used: || Some(1_000), most: 999 };
        let state = watched(SessionContext::new().state(), heap);
        let error = SessionContext::new_with_state(state).sql("SELECT 1").await.unwrap().collect().await.unwrap_err();
        assert!(matches!(QueryError::from(error), QueryError::Ceiling { limit: 999 }));
        let heap = Heap { most: 1_000, ..heap };
        let state = watched(SessionContext::new().state(), heap);
        SessionContext::new_with_state(state).sql("SELECT 1").await.unwrap().collect().await.unwrap();
    }
}
