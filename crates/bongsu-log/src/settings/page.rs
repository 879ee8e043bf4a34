//! The reference page of the configuration, made from its keys.

use std::fmt::Write;

use super::effective;
use super::tree::KEYS;
use crate::Config;

/// What stands before the table.
const BEGIN: &str = "<!-- The table is made from crates/bongsu-log/src/settings/tree.rs: `UPDATE=1 cargo test -p bongsu-log --features config the_page` writes it anew. -->\n";
/// What stands behind it.
const END: &str = "\n<!-- The end of the table. -->";

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The keys as a table of Markdown.
fn table() -> String {
    let mut table = "\n| key | default | meaning | accepts | environment |\n|---|---|---|---|---|\n".to_owned();
    let defaults = Config::default();
    for key in KEYS {
        let value = key.default.map(str::to_owned).or_else(|| match (key.get)(&defaults)? {
            serde_json::Value::String(text) => Some(text),
            value => Some(value.to_string()),
        });
        let default =
            value.filter(|value| value != "none").map_or_else(|| "none".to_owned(), |value| format!("`{value}`"));
        let variable = match key.path {
            "ship" => "`BONGSU_LOG_SHIP_…`".to_owned(),
            _ => key.variable().map_or_else(|| "–".to_owned(), |name| format!("`{name}`")),
        };
        let star = if key.at_run_time { " ⟳" } else { "" };
        let accepts = cell(&key.accepts.to_string());
        let doc = cell(key.doc);
        let _ = writeln!(table, "| `{}`{star} | {} | {doc} | {accepts} | {variable} |", key.path, cell(&default));
    }
    table
}

#[test]
fn the_page_has_the_keys_that_there_are() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/logging-configuration.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    let (before, rest) = page.split_once(BEGIN).expect("the page has the beginning of the table");
    let (written, behind) = rest.split_once(END).expect("the page has the end of the table");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{}{END}{behind}", table())).unwrap();
    } else {
        assert!(written == table(), "docs/logging-configuration.md is stale: run this test with UPDATE=1");
    }
}

/// The text of each block of the page in this language.
fn examples(language: &str) -> Vec<String> {
    let page = include_str!("../../../../docs/logging-configuration.md");
    let begin = format!("```{language}\n");
    page.split(&begin).skip(1).filter_map(|rest| Some(rest.split_once("```")?.0.to_owned())).collect()
}

#[test]
fn the_examples_of_the_page_are_one_configuration_in_three_languages() {
    use super::{Format, Settings};
    let read = |language, format| {
        let example = examples(language).into_iter().next().expect("there is one");
        effective(&Settings::from_str(&example, format).unwrap().config())
    };
    let toml = read("toml", Format::Toml);
    assert_ne!(toml, effective(&Config::default()));
    assert_eq!(toml, read("yaml", Format::Yaml));
    assert_eq!(toml, read("json", Format::Json));
}

#[test]
fn the_korean_pages_have_the_same_code_names_and_defaults() {
    let configuration = [
        include_str!("../../../../docs/logging-configuration.md"),
        include_str!("../../../../docs/logging-configuration.ko.md"),
    ];
    let shipping = [include_str!("../../../../docs/shipping.md"), include_str!("../../../../docs/shipping.ko.md")];
    for (pages, columns) in [(configuration, &[0, 1, 4][..]), (shipping, &[0])] {
        let [english, korean] = pages.map(|page| page.split("```").skip(1).step_by(2).collect::<Vec<_>>());
        assert!(english.len() > 1);
        assert_eq!(english, korean);
        let [english, korean] = pages.map(|page| code_in_tables(page, columns));
        assert!(english.len() > 15);
        assert_eq!(english, korean);
    }
}

/// What stands in backticks in these columns of a page's tables, and the star of a key.
fn code_in_tables<'p>(page: &'p str, columns: &[usize]) -> Vec<Vec<&'p str>> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let cells = columns.iter().filter_map(|column| cells.get(*column));
        cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).chain(cell.contains('⟳').then_some("⟳"))).collect()
    })
    .collect()
}
