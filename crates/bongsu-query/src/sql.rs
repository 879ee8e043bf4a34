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
use crate::session::{CATALOG, SCHEMA};
use crate::sql_error::SqlError;
use crate::sql_mistake::SqlMistake;
use crate::suggest::similar;

/// The plan of one statement that reads.
pub(crate) async fn plan(state: &SessionState, catalog: &Catalog, sql: &str) -> Result<LogicalPlan, QueryError> {
    let dialect = state.config_options().sql_parser.dialect;
    depth::check_text(sql)?;
    let read = |sql: &str| state.sql_to_statement(sql, &dialect).map_err(|error| unread(sql, &error, catalog));
    let mut statement = read(sql)?;
    if !reads(&statement) {
        return Err(read_only(sql));
    }
    if shows_tables(&statement) {
        // Those of a user, without the ones that describe them.
        let ours = format!("table_schema = '{SCHEMA}' ORDER BY table_name");
        statement = read(&format!("SELECT table_name FROM information_schema.tables WHERE {ours}"))?;
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

/// Whether it is `SHOW TABLES` as it stands; what stands behind is left to the engine below, which refuses it.
fn shows_tables(statement: &Statement) -> bool {
    matches!(statement, Statement::Statement(statement) if statement.to_string() == "SHOW TABLES")
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

/// Why a statement cannot be read.
fn unread(sql: &str, error: &DataFusionError, catalog: &Catalog) -> QueryError {
    match wrong(error, catalog) {
        QueryError::Sql(SqlError::Other { message }) => match SqlMistake::told(sql, &message) {
            Some(mistake) => SqlError::Syntax(mistake),
            None if sql.trim().is_empty() => SqlError::NoStatement,
            None => SqlError::Other { message },
        }
        .into(),
        other => other,
    }
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
                // In double quotes is a name; perhaps a text was meant.
                let text = (identifier(&field.name) != field.name).then(|| format!("'{}'", field.name));
                let similar = similar(&field.name, known).iter().map(|name| identifier(name)).chain(text).collect();
                return SqlError::NoColumn { name: field.name.clone(), similar }.into();
            }
            SqlError::told(&schema.to_string()).into()
        }
        DataFusionError::Plan(text) => {
            if let Some(name) = missing_table(text) {
                return QueryError::NoDataset { similar: similar(name, catalog.names()), name: name.to_owned() };
            }
            if let Some((name, similar)) = missing_function(text) {
                return SqlError::NoFunction { name: name.to_owned(), similar }.into();
            }
            SqlError::told(text).into()
        }
        DataFusionError::SQL(error, _) => {
            let text = error.to_string();
            SqlError::told(text.trim_start_matches("sql parser error: ")).into()
        }
        DataFusionError::NotImplemented(text) if text.contains("only supports a single SQL statement") => {
            SqlError::ManyStatements.into()
        }
        root => {
            let text = root.strip_backtrace();
            SqlError::told(text.split_once(": ").map_or(text.as_str(), |(_, message)| message)).into()
        }
    }
}

/// The table in `table 'bongsu.public.x' not found`.
fn missing_table(text: &str) -> Option<&str> {
    let name = text.strip_prefix("table '")?.strip_suffix("' not found")?;
    let prefix = format!("{CATALOG}.{SCHEMA}.");
    Some(name.strip_prefix(prefix.as_str()).unwrap_or(name))
}

/// The function in `Invalid function 'x'.`, and the one that was perhaps meant, which the engine below names in any case.
fn missing_function(text: &str) -> Option<(&str, Vec<String>)> {
    let (name, rest) = text.strip_prefix("Invalid function '")?.split_once('\'')?;
    let known = rest.split('\'').nth(1);
    Some((name, similar(name, known)))
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
