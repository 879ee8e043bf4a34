//! SQL that reads.

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast;

use crate::catalog::Catalog;
use crate::depth;
use crate::error::{QueryError, own};
use crate::suggest::similar;

/// The plan of one statement that reads.
pub(crate) async fn plan(state: &SessionState, catalog: &Catalog, sql: &str) -> Result<LogicalPlan, QueryError> {
    let dialect = state.config_options().sql_parser.dialect;
    depth::check_text(sql)?;
    let statement = state.sql_to_statement(sql, &dialect).map_err(|error| wrong(&error, catalog))?;
    if !reads(&statement) {
        return Err(read_only(sql));
    }
    let plan = state.statement_to_plan(statement).await.map_err(|error| wrong(&error, catalog))?;
    depth::check_plan(&plan)?;
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    options.verify_plan(&plan).map_err(|_| read_only(sql))?;
    Ok(plan)
}

fn reads(statement: &Statement) -> bool {
    match statement {
        Statement::Explain(explain) => reads(&explain.statement),
        Statement::Statement(statement) => matches!(
            statement.as_ref(),
            ast::Statement::Query(_)
                | ast::Statement::Explain { .. }
                | ast::Statement::ExplainTable { .. }
                | ast::Statement::ShowTables { .. }
                | ast::Statement::ShowColumns { .. }
                | ast::Statement::ShowFunctions { .. }
                | ast::Statement::ShowVariable { .. }
                | ast::Statement::ShowDatabases { .. }
                | ast::Statement::ShowSchemas { .. }
                | ast::Statement::ShowCatalogs { .. }
        ),
        _ => false,
    }
}

fn read_only(sql: &str) -> QueryError {
    let words: Vec<&str> = sql.split_whitespace().take(3).collect();
    let mut statement = words.join(" ");
    if let Some((end, _)) = statement.char_indices().nth(60) {
        statement.truncate(end);
        statement.push('…');
    }
    QueryError::ReadOnly { statement }
}

/// What is wrong with a statement, and what was perhaps meant.
pub(crate) fn wrong(error: &DataFusionError, catalog: &Catalog) -> QueryError {
    if let Some(own) = own(error) {
        return own.clone();
    }
    match error.find_root() {
        DataFusionError::SchemaError(schema, _) => {
            if let SchemaError::FieldNotFound { field, valid_fields } = schema.as_ref() {
                let known: Vec<&str> = valid_fields.iter().map(|field| field.name.as_str()).collect();
                let similar = similar(&field.name, known).iter().map(|name| identifier(name)).collect();
                return QueryError::Sql { message: format!("there is no column `{}`", field.name), similar };
            }
            QueryError::Sql { message: schema.to_string(), similar: vec![] }
        }
        DataFusionError::Plan(text) => {
            if let Some(name) = missing_table(text) {
                return QueryError::NoDataset { similar: similar(name, catalog.names()), name: name.to_owned() };
            }
            QueryError::Sql { message: text.clone(), similar: vec![] }
        }
        DataFusionError::SQL(error, _) => {
            let text = error.to_string();
            let message = text.trim_start_matches("sql parser error: ").to_owned();
            QueryError::Sql { message, similar: vec![] }
        }
        root => {
            let text = root.strip_backtrace();
            let message = text.split_once(": ").map_or(text.as_str(), |(_, message)| message).to_owned();
            QueryError::Sql { message, similar: vec![] }
        }
    }
}

/// The table in `table 'bongsu.public.x' not found`.
fn missing_table(text: &str) -> Option<&str> {
    let name = text.strip_prefix("table '")?.strip_suffix("' not found")?;
    let prefix = format!("{}.{}.", crate::session::CATALOG, crate::session::SCHEMA);
    Some(name.strip_prefix(prefix.as_str()).unwrap_or(name))
}

/// A column's name as it must be written.
fn identifier(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}
