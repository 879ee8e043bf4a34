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
    let none = || console.words.say("config-none");
    let mut table = Table::without_header();
    table.row(vec![console.words.say("config-data"), context.data.display().to_string()]);
    table.row(vec![console.words.say("config-file"), file.unwrap_or_else(none)]);
    let variables = if variables.is_empty() { none() } else { variables.join(", ") };
    table.row(vec![console.words.say("config-variables"), variables]);
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
    let headings = ["config-setting", "config-default", "config-accepts", "config-variable"];
    let mut table = Table::new(headings.map(|id| console.words.say(id)).to_vec());
    for (key, default, accepts, variable, _) in rows {
        let default = default.map(|value| value.to_string()).unwrap_or_default();
        table.row(vec![key, default, phrase(&accepts, &console.words), variable.unwrap_or_default()]);
    }
    Ok(table.write(console)?)
}
