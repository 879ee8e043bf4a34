//! `bongsu config`: the configuration in effect, where it came from, and what it may be.

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::config::{Accepts, Settings, variable};
use crate::console::OutputFormat;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::{Failure, phrase};
use crate::table::Table;

/// Arguments of `config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[arg(value_enum, value_name = "VIEW", default_value_t = View::Show)]
    view: View,
}

/// What to show of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum View {
    Show,
    Paths,
    Schema,
}

/// Shows one view of the configuration.
pub(crate) fn run(args: &ConfigArgs, context: &Context) -> Result<Exit, Failure> {
    match args.view {
        View::Show => show(context)?,
        View::Paths => paths(context)?,
        View::Schema => schema(context)?,
    }
    Ok(Exit::Done)
}

fn show(context: &Context) -> Result<(), Failure> {
    if context.console.format == OutputFormat::Json {
        return Ok(context.console.json(&context.settings().to_table())?);
    }
    let mut settings = context.settings().clone();
    if context.console.format == OutputFormat::Csv {
        let mut table = Table::new(["key", "value"].map(str::to_owned).to_vec());
        for section in settings.sections() {
            for field in section.fields {
                let value = field.value.show().map(|value| value.to_string()).unwrap_or_default();
                table.row(vec![format!("{}.{}", section.name, field.name), value]);
            }
        }
        return Ok(table.write(&context.console)?);
    }
    let mut first = true;
    for section in settings.sections() {
        let blank = if std::mem::take(&mut first) { "" } else { "\n" };
        let about = meaning(context, &format!("set-{}", section.name), section.doc);
        context.console.line(&format!("{blank}# {about}\n[{}]", section.name))?;
        for field in section.fields {
            let id = format!("set-{}-{}", section.name, field.name.replace('_', "-"));
            context.console.line(&format!("# {}", meaning(context, &id, field.doc)))?;
            match field.value.show() {
                Some(value) => context.console.line(&format!("{} = {value}", field.name))?,
                None => context.console.line(&format!("# {} = {{}}", field.name))?,
            }
        }
    }
    Ok(())
}

/// What a setting is for: in English as its definition says, else in the language's own words.
fn meaning(context: &Context, id: &str, english: String) -> String {
    context.console.words.find(id, &[]).unwrap_or(english)
}

fn paths(context: &Context) -> Result<(), Failure> {
    let console = &context.console;
    let file = context.loaded.file.as_ref().map(|path| path.display().to_string());
    let variables = &context.loaded.variables;
    if console.format == OutputFormat::Json {
        let data = context.data.display().to_string();
        return Ok(console.json(&json!({ "data": data, "file": file, "variables": variables }))?);
    }
    // A program wants the same names in every language, and nothing for nothing.
    let is_csv = console.format == OutputFormat::Csv;
    let name = |id: &str, name: &str| if is_csv { name.to_owned() } else { console.words.say(id) };
    let none = || if is_csv { String::new() } else { console.words.say("config-none") };
    let mut table = if is_csv { Table::new(vec!["key".into(), "value".into()]) } else { Table::without_header() };
    table.row(vec![name("config-data", "data"), context.data.display().to_string()]);
    table.row(vec![name("config-file", "file"), file.unwrap_or_else(none)]);
    let variables = if variables.is_empty() { none() } else { variables.join(", ") };
    table.row(vec![name("config-variables", "variables"), variables]);
    Ok(table.write(console)?)
}

fn schema(context: &Context) -> Result<(), Failure> {
    let console = &context.console;
    let mut settings = Settings::default();
    let mut rows = Vec::new();
    for section in settings.sections() {
        for field in section.fields {
            let key = format!("{}.{}", section.name, field.name);
            let variable = field.value.in_environment().then(|| variable(section.name, field.name));
            rows.push((key, field.value.show(), field.value.accepts(), variable, field.doc));
        }
    }
    if console.format == OutputFormat::Json {
        let row = |(key, default, accepts, variable, meaning): &(_, _, Accepts, _, _)| json!({ "key": key, "default": default, "accepts": accepts.to_string(), "environment": variable, "meaning": meaning });
        return Ok(console.json(&rows.iter().map(row).collect::<Vec<_>>())?);
    }
    let is_csv = console.format == OutputFormat::Csv;
    let headings = if is_csv {
        ["key", "default", "accepts", "environment"].map(str::to_owned)
    } else {
        ["config-setting", "config-default", "config-accepts", "config-variable"].map(|id| console.words.say(id))
    };
    let mut table = Table::new(headings.to_vec());
    for (key, default, accepts, variable, _) in rows {
        let default = default.map(|value| value.to_string()).unwrap_or_default();
        let accepts = if is_csv { accepts.to_string() } else { phrase(&accepts, &console.words) };
        table.row(vec![key, default, accepts, variable.unwrap_or_default()]);
    }
    Ok(table.write(console)?)
}
