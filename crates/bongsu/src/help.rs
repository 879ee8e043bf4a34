//! Help in the reader's language: the command tree as clap knows it, with every word taken from Fluent.
//!
//! A command `analyze errors` has its words under `cmd-analyze-errors`: the value is what it does, `.examples` how it
//! is typed, and an attribute an argument says what that is. An argument without words there has those of the command
//! above it (`cmd-analyze`), up to `cmd`, which is bongsu itself.

use clap::builder::{PossibleValue, Resettable, StyledStr, Styles};
use clap::{Arg, ArgAction, Command};

use crate::words::Words;

/// Gives `command` and everything below it the words of one language.
pub(crate) fn translate(command: Command, words: &Words) -> Command {
    let globals: Vec<String> =
        command.get_arguments().filter(|arg| arg.is_global_set()).map(|arg| arg.get_id().to_string()).collect();
    let root = command
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .styles(styles())
        .arg(Arg::new("help").short('h').long("help").action(ArgAction::Help).global(true))
        .arg(Arg::new("version").short('V').long("version").action(ArgAction::Version));
    let mut root = walk(root, &["cmd".to_owned()], words);
    for id in globals.iter().map(String::as_str).chain(["help"]) {
        root = root.mut_arg(id, |arg| arg.help_heading(words.say("help-global-options")));
    }
    root
}

/// `path` holds the ids of the words of this command and of those above it.
fn walk(mut command: Command, path: &[String], words: &Words) -> Command {
    let id = path.last().map_or("cmd", String::as_str);
    command = command
        .about(words.say(id))
        .subcommand_help_heading(words.say("help-commands"))
        .subcommand_value_name(words.say("help-command"));
    if let Some(examples) = words.find(&format!("{id}.examples"), &[]) {
        let indented: Vec<_> = examples.lines().map(|line| format!("  {line}").trim_end().to_owned()).collect();
        command = command.after_help(format!("{}\n{}", words.say("help-examples"), indented.join("\n")));
    }
    let names: Vec<_> = command.get_arguments().map(|arg| arg.get_id().to_string()).collect();
    for name in names {
        command = command.mut_arg(&name, |arg| argument(arg, path, words));
    }
    let usage = usage(&command, path, words);
    command = command.override_usage(usage).help_template(template(words));
    let below: Vec<_> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in below {
        let mut path = path.to_vec();
        path.push(format!("{id}-{name}"));
        command = command.mut_subcommand(&name, |sub| walk(sub, &path, words));
    }
    command
}

fn argument(arg: Arg, path: &[String], words: &Words) -> Arg {
    let name = arg.get_id().to_string();
    let help = path.iter().rev().find_map(|id| words.find(&format!("{id}.{name}"), &[])).unwrap_or_default();
    let heading = words.say(if arg.is_positional() { "help-arguments" } else { "help-options" });
    let mut notes = Vec::new();
    let note = |id: &str, text: String| words.tell(id, &[("text", text.into())]);
    let takes_value = arg.get_action().takes_values();
    let values: Vec<_> = arg.get_possible_values().iter().map(PossibleValue::get_name).map(str::to_owned).collect();
    if takes_value && !values.is_empty() && values.len() < 8 {
        notes.push(note("help-values", values.join(", ")));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes_value && !defaults.is_empty() {
        notes.push(note("help-default", defaults.join(" ")));
    }
    if let Some(variable) = arg.get_env() {
        notes.push(note("help-env", variable.to_string_lossy().into_owned()));
    }
    let help = if notes.is_empty() { help } else { format!("{help} [{}]", notes.join("; ")) };
    let arg = arg.help(help).long_help(Resettable::<StyledStr>::Reset).help_heading(heading);
    if takes_value { arg.hide_default_value(true).hide_env(true).hide_possible_values(true) } else { arg }
}

/// The usage line, written by hand so that its words can be translated.
fn usage(command: &Command, path: &[String], words: &Words) -> String {
    let name = path.last().map_or("cmd", String::as_str).replacen("cmd", "bongsu", 1).replace('-', " ");
    let mut parts = vec![name, format!("[{}]", words.say("help-options-word"))];
    if command.has_subcommands() {
        parts.push(format!("<{}>", words.say("help-command")));
    }
    for arg in command.get_positionals() {
        let value = arg.get_value_names().and_then(|names| names.first()).map_or("VALUE", |name| name.as_str());
        let many = if matches!(arg.get_action(), ArgAction::Append) { "…" } else { "" };
        parts.push(if arg.is_required_set() { format!("<{value}>{many}") } else { format!("[{value}]{many}") });
    }
    parts.join(" ")
}

fn template(words: &Words) -> String {
    format!("{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}", words.say("help-usage"))
}

fn styles() -> Styles {
    use anstyle::{AnsiColor, Style};
    Styles::styled()
        .header(Style::new().bold())
        .literal(AnsiColor::Cyan.on_default())
        .placeholder(Style::new().dimmed())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;
    use crate::lang::Lang;

    fn each(command: &Command, path: &[String], visit: &mut dyn FnMut(&Command, &[String])) {
        visit(command, path);
        for sub in command.get_subcommands() {
            let mut path = path.to_vec();
            path.push(format!("{}-{}", path[path.len() - 1], sub.get_name()));
            each(sub, &path, visit);
        }
    }

    #[test]
    fn every_command_and_argument_has_words_and_examples_in_both_languages() {
        for lang in [Lang::En, Lang::Ko] {
            let words = Words::new(lang);
            let root = translate(Cli::command(), &words);
            each(&root, &["cmd".to_owned()], &mut |command, path| {
                let id = path.last().unwrap();
                assert!(words.find(id, &[]).is_some(), "{lang:?}: {id}");
                if !command.is_hide_set() {
                    assert!(words.find(&format!("{id}.examples"), &[]).is_some(), "{lang:?}: {id}.examples");
                }
                for arg in command.get_arguments() {
                    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                    assert!(!help.is_empty() && !help.starts_with('['), "{lang:?}: {id}.{}", arg.get_id());
                }
            });
        }
    }

    #[test]
    fn help_fits_eighty_columns() {
        for lang in [Lang::En, Lang::Ko] {
            let words = Words::new(lang);
            let mut root = translate(Cli::command(), &words).term_width(80);
            root.build();
            each(&root, &["cmd".to_owned()], &mut |command, path| {
                let text = command.clone().term_width(80).render_help().to_string();
                for line in text.lines() {
                    let width = unicode_width::UnicodeWidthStr::width(line);
                    assert!(width <= 80, "{lang:?} {}: {width} columns: {line}", path.last().unwrap());
                }
            });
        }
    }

    #[test]
    fn examples_stand_on_one_line_each() {
        for lang in [Lang::En, Lang::Ko] {
            let words = Words::new(lang);
            each(&translate(Cli::command(), &words), &["cmd".to_owned()], &mut |_, path| {
                let id = path.last().unwrap();
                for line in words.find(&format!("{id}.examples"), &[]).unwrap_or_default().lines() {
                    let width = unicode_width::UnicodeWidthStr::width(line) + 2;
                    assert!(width <= 80, "{lang:?} {id}: {width} columns: {line}");
                }
            });
        }
    }

    #[test]
    fn help_reads_well() {
        for lang in [Lang::En, Lang::Ko] {
            let mut root = translate(Cli::command(), &Words::new(lang)).term_width(80);
            insta::assert_snapshot!(format!("help_{lang:?}"), root.render_help().to_string());
            let search = root.find_subcommand_mut("search").unwrap();
            insta::assert_snapshot!(
                format!("help_search_{lang:?}"),
                search.clone().term_width(80).render_help().to_string()
            );
        }
    }
}
