//! Planning within bounds. A statement of half a megabyte becomes a plan of a hundred, before the first row is read: memory
//! for it is asked for before the statement is read, and the heap is looked at between the steps that change the plan.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use datafusion::physical_optimizer::{PhysicalOptimizerContext, PhysicalOptimizerRule};
use datafusion::physical_plan::ExecutionPlan;

use crate::memory::Heap;

/// Bytes that a word of a statement takes until the statement is planned: its token, its places in the statement's tree and
/// in the plan, and a copy of each while the plan is changed. Measured at a list of 100,000 numbers: 570.
const WORD: usize = 640;
/// How many copies of a statement's text there are.
const COPIES: usize = 4;

/// Takes the memory that planning `sql` needs, until it is dropped.
pub(crate) fn room_for(sql: &str, state: &SessionState) -> Result<MemoryReservation> {
    let room = MemoryConsumer::new("planning").register(&state.runtime_env().memory_pool);
    room.try_grow(words(sql).saturating_mul(WORD).saturating_add(sql.len().saturating_mul(COPIES)))?;
    Ok(room)
}

/// About how many words and signs a statement has. A text in quotes is one.
fn words(sql: &str) -> usize {
    let (mut count, mut in_word, mut quoted) = (0, false, false);
    for byte in sql.bytes() {
        let is_quote = byte == b'\'';
        let is_letter = byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
        let begins = is_letter && !in_word || !is_letter && !is_quote && !byte.is_ascii_whitespace();
        count += usize::from(!quoted && (begins || is_quote));
        quoted ^= is_quote;
        in_word = is_letter;
    }
    count
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
    fn words_and_signs_are_counted_and_a_text_is_two() {
        for (sql, wanted) in [
            ("", 0),
            ("SELECT n FROM logs", 4),
            ("n IN (1, 22, 333)", 9),
            ("message = 'many words, and signs; in a text'", 4),
            ("서비스 = '주문 서비스'", 4),
        ] {
            assert_eq!(words(sql), wanted, "{sql}");
        }
    }

    #[test]
    fn a_statement_takes_memory_before_it_is_read() {
        let pool = Arc::new(GreedyMemoryPool::new(1 << 20));
        let runtime = RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc().unwrap();
        let state = SessionContext::new_with_config_rt(SessionConfig::new(), runtime).state();
        let list = |count: usize| format!("SELECT 1 WHERE 1 IN ({})", vec!["7"; count].join(","));
        let small = room_for(&list(500), &state).unwrap();
        assert!(room_for(&list(500), &state).is_err());
        drop(small);
        room_for(&list(500), &state).unwrap();
        assert!(room_for(&list(5_000), &state).is_err());
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
