//! The command line in the places where people run it.

use std::io::{BufRead, BufReader, Read};

use unicode_width::UnicodeWidthStr;

use crate::ingest::lines;
use crate::support::bin::{bare, bongsu, count};

const COMMANDS: [&str; 15] = [
    "ingest",
    "search",
    "sql",
    "tail",
    "patterns",
    "analyze",
    "report",
    "stats",
    "refused",
    "delete",
    "check",
    "serve",
    "config",
    "completion",
    "demo",
];

fn hangul(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

#[test]
fn the_version_is_told() {
    let ran = bare().arg("--version").run().ok();
    assert_eq!(ran.text().trim(), format!("bongsu {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_names_every_command_in_both_languages() {
    for (lang, korean) in [("en", false), ("ko", true)] {
        let ran = bare().args(["--lang", lang, "--help"]).run().ok();
        assert_eq!(hangul(ran.text()), korean);
        for command in COMMANDS {
            assert!(ran.text().contains(command), "{command}: {}", ran.told());
        }
    }
}

#[test]
fn every_help_has_examples_and_fits_eighty_columns() {
    for lang in ["en", "ko"] {
        for command in COMMANDS {
            let ran = bare().env("COLUMNS", "80").args(["--lang", lang, command, "--help"]).run().ok();
            assert!(ran.text().contains(&format!("bongsu {command}")), "{}", ran.told());
            for line in ran.text().lines() {
                assert!(line.width() <= 80, "{} columns: {line}", line.width());
            }
        }
    }
}

#[test]
fn the_language_comes_from_the_environment() {
    let help = |lang: &str| bare().env("LANG", lang).arg("--help").run().ok();
    assert!(hangul(help("ko_KR.UTF-8").text()));
    for other in ["C", "POSIX", "C.UTF-8", "en_US.UTF-8", "de_DE.UTF-8", ""] {
        assert!(!hangul(help(other).text()), "{other}");
    }
    let missing = bare().args(["--lang", "ko", "search", "x", "--data", "/nowhere"]).run().fails(1);
    assert!(hangul(&missing.err), "{}", missing.told());
}

#[test]
fn wrong_usage_is_two_and_names_what_was_meant() {
    let command = bare().arg("serach").run().fails(2);
    assert!(command.err.contains("search"), "{}", command.told());
    let option = bare().args(["sql", "SELECT 1", "--fial"]).run().fails(2);
    assert!(option.err.contains("--fail"), "{}", option.told());
    bare().run().fails(2);
    bare().args(["--output-format", "xml", "stats"]).run().fails(2);
    bare().args(["ingest"]).run().fails(2);
}

#[test]
fn without_a_terminal_there_is_no_colour_and_no_bar() {
    let dir = tempfile::tempdir().unwrap();
    let ingested = bongsu(dir.path()).args(["ingest", "-"]).input(lines(0..20)).run().ok();
    for args in [&["search", "event"][..], &["stats"], &["analyze", "health"], &["check"]] {
        let ran = bongsu(dir.path()).args(args).env("LANG", "C").env("TERM", "dumb").run().ok();
        for text in [ran.text(), &ran.err, &ingested.err] {
            assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{}", ran.told());
        }
    }
    let coloured = bongsu(dir.path()).args(["--color", "always", "search", "event"]).run().ok();
    assert!(coloured.text().contains('\u{1b}'));
}

#[test]
fn tables_fit_eighty_columns() {
    let dir = tempfile::tempdir().unwrap();
    bongsu(dir.path()).args(["ingest", "-"]).input(lines(0..20)).run().ok();
    for args in
        [&["stats"][..], &["patterns"], &["analyze", "health"], &["analyze", "errors"], &["analyze", "performance"]]
    {
        let ran = bongsu(dir.path()).env("COLUMNS", "80").args(args).run().ok();
        for line in ran.text().lines() {
            assert!(line.width() <= 80, "{args:?}, {} columns: {line}", line.width());
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let dir = tempfile::tempdir().unwrap();
    bongsu(dir.path()).args(["ingest", "-"]).input(lines(0..20_000)).run().ok();
    for format in ["json", "csv", "table"] {
        let mut child = bongsu(dir.path()).args(["--output-format", format, "search", "*", "--limit", "all"]).spawn();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert!(!line.is_empty());
        drop(out);
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        child.wait().unwrap();
        assert!(!err.contains("panicked") && !err.contains("error"), "{format}: {err}");
    }
}

#[test]
fn a_home_that_cannot_be_written_to_is_no_hindrance() {
    let dir = tempfile::tempdir().unwrap();
    for home in ["/proc", "/nonexistent", ""] {
        let data = dir.path().join(format!("data{}", home.len()));
        bongsu(&data)
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home)
            .args(["ingest", "-"])
            .input(lines(0..3))
            .run()
            .ok();
        assert_eq!(count(&data), 3);
    }
}

#[test]
fn the_data_directory_is_chosen_by_option_environment_and_default() {
    let dir = tempfile::tempdir().unwrap();
    bare().dir(dir.path()).args(["ingest", "-"]).input(lines(0..3)).run().ok();
    assert!(dir.path().join("bongsu-data/FORMAT").is_file());
    let named = dir.path().join("named");
    bare().dir(dir.path()).env("BONGSU_DATA", &named).args(["ingest", "-"]).input(lines(0..4)).run().ok();
    assert_eq!(count(&named), 4);
    assert_eq!(count(&dir.path().join("bongsu-data")), 3);
}

#[test]
fn help_of_a_command_that_there_is_not_says_which_was_meant() {
    let analyze = bare().args(["help", "analyze", "errors"]).run().ok();
    assert_eq!(analyze.text(), bare().args(["analyze", "errors", "--help"]).run().ok().text());
    for (lang, words) in [("en", "did you mean `search`"), ("ko", "비슷한 이름: `search`")] {
        let unknown = bare().args(["--lang", lang, "help", "serach"]).run().fails(2);
        assert!(unknown.err.contains(words) && unknown.out.is_empty(), "{}", unknown.told());
    }
}

#[test]
fn what_programs_read_has_the_same_names_in_every_language() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    std::fs::create_dir_all(logs.join("app")).unwrap();
    let (data, logs) = (dir.path().join("data"), logs.to_str().unwrap().to_owned());
    bongsu(&data).args(["ingest", "-"]).input(lines(0..20)).run().ok();
    for (args, header) in [
        (&["config"][..], "key,value"),
        (&["config", "paths"], "key,value"),
        (&["config", "schema"], "key,default,accepts,environment"),
        (&["stats"], "dataset,rows,raw_bytes,stored_bytes,ratio,files,from,to"),
        (&["stats", "--logs", &logs], "folder,files,bytes"),
        (&["refused"], "time,dataset,source,offset,reason,raw,reason_id"),
        (&["check"], "path,what,way_out,repaired"),
        (&["report"], "component,health_score,total_errors,critical_errors,total_operations,slow_operations"),
    ] {
        let csv = |lang: &str| {
            let ran = bongsu(&data).args(["--lang", lang, "--output-format", "csv"]).args(args).run().ok();
            ran.text().to_owned()
        };
        let english = csv("en");
        assert_eq!(english.lines().next(), Some(header), "{args:?}");
        assert_eq!(csv("ko"), english, "{args:?}");
    }
    let empty = dir.path().join("empty");
    bongsu(&empty).args(["ingest", "-"]).run().ok();
    let none = bongsu(&empty).args(["--output-format", "csv", "stats"]).run().ok();
    assert_eq!(none.text(), "dataset,rows,raw_bytes,stored_bytes,ratio,files,from,to\n");
}

#[test]
fn completion_is_there_for_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = bare().args(["completion", shell]).run().ok();
        assert!(ran.text().contains("analyze"), "{}", ran.told());
    }
    bare().args(["completion", "abacus"]).run().fails(2);
}

#[test]
fn a_wrong_configuration_names_the_file_the_line_and_what_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bongsu.toml");
    std::fs::write(&file, "# a comment\nno_such_key = 3\n").unwrap();
    let ran = bongsu(&dir.path().join("data")).arg("--config").arg(&file).args(["ingest", "-"]).run();
    assert_ne!(ran.code, Some(0), "{}", ran.told());
    assert!(
        ran.err.contains("bongsu.toml") && ran.err.contains("no_such_key") && ran.err.contains('2'),
        "{}",
        ran.told()
    );
    let shown = bongsu(&dir.path().join("data")).arg("config").run().ok();
    assert!(!shown.text().is_empty());
}

#[test]
fn stats_count_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    bongsu(dir.path()).args(["ingest", "-"]).input(lines(0..20)).run().ok();
    let stats = bongsu(dir.path()).json().arg("stats").run().ok();
    assert!(stats.text().contains("\"logs\"") && stats.text().contains("20"), "{}", stats.told());
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("app")).unwrap();
    std::fs::write(folder.path().join("app/a.log"), "12345\n").unwrap();
    let home = bare().json().args(["stats", "--logs"]).arg(folder.path()).run().ok().document();
    assert_eq!(home["folders"]["app"]["bytes"], 6, "{home}");
    assert_eq!(home["total"]["files"], 1, "{home}");
}
