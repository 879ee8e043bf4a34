//! The reference page of the configuration, made from its definitions.

use std::fmt::Write;

use super::file::variable;
use super::tree::Settings;

const HEAD: &str = "# Configuration

<!-- Made from crates/bongsu/src/config/tree.rs: `UPDATE=1 cargo test --release -p bongsu reference_page` writes it anew. -->

bongsu works without any configuration. Settings come, each overruling the one before, from the defaults below, from
`bongsu.toml` in the data directory (or the file that `--config` or `BONGSU_CONFIG` names), from environment variables,
and from options of the command line. `bongsu config` shows what is in effect, `bongsu config paths` where it came from.
A wrong key or value stops the command with the file, the line and the accepted values.
";

/// The page as Markdown.
pub(crate) fn markdown() -> String {
    let mut page = HEAD.to_owned();
    let mut settings = Settings::default();
    for section in settings.sections() {
        let _ = write!(page, "\n## `[{}]`\n\n{}\n\n", section.name, section.doc);
        page.push_str("| key | default | meaning | accepts | environment |\n|---|---|---|---|---|\n");
        for field in section.fields {
            let default = field.value.show().map_or_else(|| "none".to_owned(), |value| format!("`{value}`"));
            let variable = if field.value.in_environment() {
                format!("`{}`", variable(section.name, field.name))
            } else {
                "–".to_owned()
            };
            let accepts = field.value.accepts().to_string().replace('|', "\\|");
            let _ = writeln!(page, "| `{}` | {default} | {} | {accepts} | {variable} |", field.name, field.doc);
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_is_what_the_definitions_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == markdown(), "docs/configuration.md is stale: run this test with UPDATE=1");
    }
}
