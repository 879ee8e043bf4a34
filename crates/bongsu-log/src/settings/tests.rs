//! Every key in every language, every mistake in words, and what a running program takes.

use bongsu_model::{Explain, Level, Phrase};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::tree::KEYS;
use super::{Accepts, Format, Settings, SettingsError, effective};
use crate::{Config, Logging, Metadata};

/// A value of each key, as it is written; none is the default.
fn samples() -> Vec<(&'static str, Value)> {
    vec![
        ("home", json!("/srv/shop/logs")),
        ("zone", json!("Asia/Seoul")),
        ("levels", json!({ "KEYSAMPLE": 35 })),
        ("level", json!("WARNING")),
        ("loggers", json!({ "shop": "DEBUG", "shop.db": "KEYSAMPLE" })),
        ("console.output", json!("stderr")),
        ("console.level", json!("ERROR")),
        ("console.layout", json!("{level:<8} {message} # \"'봉수")),
        ("console.colour", json!("always")),
        ("rotation.size", json!("64 MiB")),
        ("rotation.times", json!("monday at 06:30:00")),
        ("rotation.compression", json!("zstd")),
        ("retention.count", json!(7)),
        ("retention.age", json!("30 days")),
        ("retention.size", json!("2 GiB")),
        ("retention.archive", json!(true)),
        ("application.level", json!("INFO")),
        ("application.layout", json!("json")),
        ("application.size", json!("1 MB")),
        ("application.count", json!(0)),
        ("error.level", json!("all")),
        ("error.layout", json!("simple")),
        ("error.size", json!(4097)),
        ("error.count", json!(1)),
        ("component.level", json!("CRITICAL")),
        ("component.layout", json!("detailed")),
        ("component.size", json!("1 GiB")),
        ("component.count", json!(99)),
        ("performance.level", json!("INFO")),
        ("performance.layout", json!("component")),
        ("performance.size", json!("3 KiB")),
        ("performance.count", json!(2)),
        ("components", json!({ "shop": { "file": "s.log", "size": "50 MiB", "count": 3 }, "a.b": { "count": 1 } })),
        ("level_files", json!(true)),
        ("sync", json!("1.5 s")),
        ("mode", json!("plain")),
        ("sigterm", json!(false)),
        ("private", json!(["audit", "shop.payroll"])),
        ("mask.rules", json!(["tokens", "cards"])),
        ("mask.fields", json!(["pin", "account no"])),
        ("mask.except", json!(["page_token"])),
        ("mask.prefixes", json!(["acme_", { "begin": "corp-", "least": 20 }])),
        ("ship", json!({ "url": "http://127.0.0.1:5105", "batch_records": 100 })),
    ]
}

/// A value as TOML, and as YAML of one line.
fn inline(value: &Value, format: Format) -> String {
    let key = |key: &str| if format == Format::Toml { json!(key).to_string() } else { format!("'{key}'") };
    match value {
        Value::Object(fields) => {
            let sign = if format == Format::Toml { " = " } else { ": " };
            let fields = fields.iter().map(|(name, value)| format!("{}{sign}{}", key(name), inline(value, format)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(|item| inline(item, format)).collect::<Vec<_>>().join(", "))
        }
        Value::String(text)
            if format == Format::Yaml && text.chars().all(|c| c.is_alphanumeric() || ". ".contains(c)) =>
        {
            text.clone()
        }
        value => value.to_string(),
    }
}

/// `path` with `value` in the language.
fn written(path: &str, value: &Value, format: Format) -> String {
    let value_text = inline(value, format);
    match (format, path.split_once('.')) {
        (Format::Toml, _) => format!("{path} = {value_text}\n"),
        (Format::Yaml, Some((table, name))) => format!("{table}:\n  {name}: {value_text}\n"),
        (Format::Yaml, None) => format!("---\n{path}: {value_text}\n"),
        (Format::Json, Some((table, name))) => json!({ table: { name: value } }).to_string(),
        (Format::Json, None) => json!({ path: value }).to_string(),
    }
}

fn find<'m>(effective: &'m Metadata, path: &str) -> Option<&'m Value> {
    path.split('.').try_fold(None, |above: Option<&Value>, name| match above {
        None => effective.get(name).map(Some),
        Some(table) => table.get(name).map(Some),
    })?
}

#[test]
fn every_key_is_read_from_every_language_and_shown_as_it_was_written() {
    crate::register_level("KEYSAMPLE", 35).unwrap();
    let defaults = effective(&Config::default());
    let samples = samples();
    let paths: Vec<_> = samples.iter().map(|(path, _)| *path).collect();
    assert_eq!(paths, KEYS.iter().map(|key| key.path).collect::<Vec<_>>(), "a sample of each key");
    for (path, value) in &samples {
        if *path != "levels" {
            assert_ne!(find(&defaults, path), Some(value), "{path} is the default");
        }
        for format in [Format::Toml, Format::Yaml, Format::Json] {
            let text = written(path, value, format);
            let settings = Settings::from_str(&text, format).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(settings.names().collect::<Vec<_>>(), [*path]);
            let shown = effective(&settings.config());
            let shown = find(&shown, path).unwrap();
            if *path == "levels" {
                assert_eq!(shown["KEYSAMPLE"], 35);
            } else {
                assert_eq!(shown, value, "{text}");
            }
        }
    }
}

#[test]
fn every_key_with_a_variable_is_read_from_it() {
    crate::register_level("KEYSAMPLE", 35).unwrap();
    let flat = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect::<Vec<_>>()
            .join(","),
        value => value.to_string(),
    };
    for (path, value) in samples() {
        let Some(variable) = super::tree::key(path).unwrap().variable() else {
            assert!(["components", "ship"].contains(&path), "{path}");
            continue;
        };
        let settings = Settings::from_variables([(variable.clone(), flat(&value))]).unwrap();
        let shown = effective(&settings.config());
        match path {
            "levels" => assert_eq!(find(&shown, path).unwrap()["KEYSAMPLE"], 35),
            "mask.prefixes" => assert_eq!(find(&shown, path), Some(&json!(["acme_"]))),
            _ => assert_eq!(find(&shown, path), Some(&value), "{variable}"),
        }
    }
}

#[test]
fn the_effective_configuration_is_read_as_what_it_was() {
    crate::register_level("KEYSAMPLE", 35).unwrap();
    let mut all = Settings::default();
    for (path, value) in samples() {
        all = all.below(Settings::from_str(&written(path, &value, Format::Json), Format::Json).unwrap());
    }
    for config in [Config::default(), all.config()] {
        let shown = effective(&config);
        let text = format!("{:#}", Value::from(shown.clone()));
        for format in [Format::Json, Format::Yaml] {
            let again = Settings::from_str(&text, format).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(effective(&again.config()), shown);
        }
    }
}

/// The error of a text and what is to be done about it.
fn said(text: &str, format: Format) -> String {
    let error = Settings::from_str(text, format).expect_err(text);
    format!("{error}\n{}", error.hint().unwrap())
}

#[test]
fn mistakes_name_the_line_the_key_what_was_found_and_what_is_accepted() {
    use Format::{Json, Toml, Yaml};
    let table = [
        (
            Toml,
            "\n[rotation]\nsize = \"10 MBB\"\n",
            "line 3: `rotation.size` is \"10 MBB\"; write a size such as \"10 MiB\" or \"500 MB\"\n",
        ),
        (
            Yaml,
            "# x\nconsole:\n  levle: INFO\n",
            "line 3: there is no key `console.levle`; did you mean `console.level`?\nknown here: output, level, layout, colour",
        ),
        (
            Json,
            "{\n \"consol\": {}\n}",
            "line 2: there is no key `consol`; did you mean `console`?\nknown here: home, zone, levels, level, ",
        ),
        (Toml, "size = 1", "line 1: there is no key `size`; did you mean `rotation.size`?\n"),
        (Toml, "database = 1", "line 1: there is no key `database`\nknown here: home, "),
        (
            Yaml,
            "level: LOUD",
            "line 1: `level` is \"LOUD\"; write \"none\", or TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL or a level",
        ),
        (Yaml, "loggers:\n  a: INFO\n  b: LOUD\n", "line 3: `loggers.b` is \"LOUD\"; write TRACE, DEBUG, INFO, "),
        (
            Json,
            "{\"levels\": {\"INFO\": 25}}",
            "line 1: `levels.INFO` is 25; write a new name and a number from 1 to 59",
        ),
        (
            Yaml,
            "console: stderr",
            "line 1: `console` is \"stderr\"; write a table with output, level, layout, colour\n",
        ),
        (
            Toml,
            "[components.shop]\nfile = '../x'",
            "line 2: `components.shop.file` is \"../x\"; write a file name without folders",
        ),
        (
            Toml,
            "[components.shop]\n\nsizes = 1",
            "line 3: there is no key `components.shop.sizes`; did you mean `size`?\nknown here: file, size, count",
        ),
        (
            Yaml,
            "components: {shop: 3}",
            "line 1: `components.shop` is 3; write a table with `file`, `size` and `count`\n",
        ),
        (Toml, "retention.count = -1", "line 1: `retention.count` is -1; write a whole number, 0 or more\n"),
        (Yaml, "sigterm: perhaps", "line 1: `sigterm` is \"perhaps\"; write true or false\n"),
        (Toml, "console.layout = '{level'", "line 1: `console.layout` is \"{level\"; write \"detailed\", \"simple\", "),
        (
            Toml,
            "mask.rules = ['tokens', 'card']",
            "line 1: `mask.rules` is \"card\"; write \"all\", \"none\", or a list of names, tokens",
        ),
        (
            Yaml,
            "mask:\n  prefixes:\n    - acme_\n    - a_\n",
            "line 4: `mask.prefixes` is \"a_\"; write a list of beginnings of 4 signs or more",
        ),
        (Toml, "ship = 'http://x'", "line 1: `ship` is \"http://x\"; write a table\n"),
        (Json, "{\"sync\": [1]}", "line 1: `sync` is a list; write \"never\", \"each\" or a time such as"),
        (Yaml, "mode: plain\nmode: auto", "line 2: `mode` stands in line 1 already\nkeep one of them"),
        (
            Json,
            "{\"console.level\": \"INFO\",\n\"console\": {\"level\": \"INFO\"}}",
            "line 2: `console.level` stands in line 1 already\n",
        ),
        (Toml, "a = \n", "line 1: this is not TOML: "),
        (Yaml, "a: [1\nb: 2", "line 2: this is not YAML: "),
        (Yaml, "a: 1\n---\nb: 1", "line 3: this is not YAML: there is more than one document\n"),
        (Yaml, "a: &x 1\nb: *x", "line 1: there is no key `a`"),
        (Yaml, "level: *x", "line 1: this is not YAML: there is no anchor `&x` before its alias\n"),
        (
            Yaml,
            "components:\n  a: &a\n    size: 1 MBB\n  b: {<<: *a, count: 3}\n",
            "line 3: `components.a.size` is \"1 MBB\"; write a size",
        ),
        (Json, "{\"a\": 1,\n}", "line 2: this is not JSON: trailing comma\n"),
        (Json, "[]", "line 1: this is not JSON: it is a list, and should be a table of keys\n"),
        (
            Yaml,
            "version: 1\nhandlers: {}\n",
            "line 1: this is a dictionary for Python's logging.config, not a configuration of bongsu\ngive it to logging.config.dictConfig in Python",
        ),
    ];
    for (format, text, start) in table {
        let said = said(text, format);
        assert!(said.starts_with(start), "{text}\n{said}");
    }
}

#[test]
fn a_file_is_named_in_its_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logging.toml");
    std::fs::write(&path, "\n\n\n\n\n[rotation]\nsize = '10 MBB'\n").unwrap();
    let error = Settings::read(&path).unwrap_err().to_string();
    assert!(
        error
            .ends_with("/logging.toml:7: `rotation.size` is \"10 MBB\"; write a size such as \"10 MiB\" or \"500 MB\""),
        "{error}"
    );
    let error = crate::LogError::from(Box::new(Settings::read(folder.path().join("no.toml")).unwrap_err()));
    assert!(error.to_string().contains("no.toml`: "), "{error}");
    assert_eq!((error.id(), error.hint().is_some()), ("log-config-unreadable", true));
}

#[test]
fn a_key_without_a_value_and_an_empty_text_leave_the_defaults() {
    for text in ["", "# nothing\n", "console:\n", "console:\n  level:\nloggers: ~\n"] {
        assert_eq!(Settings::from_str(text, Format::Yaml).unwrap().names().count(), 0, "{text}");
    }
    assert_eq!(Settings::from_str("", Format::Toml).unwrap().names().count(), 0);
    assert_eq!(Settings::from_str("{\"console\": null, \"sync\": null}", Format::Json).unwrap().names().count(), 0);
}

#[test]
fn the_environment_counts_before_the_file_and_what_counts_for_all_behind_what_counts_for_one() {
    let file = "[application]\nsize = '1 MiB'\n[loggers]\na = 'INFO'\nb = 'INFO'\n[ship]\nurl = 'x'\n";
    let file = Settings::from_str(file, Format::Toml).unwrap();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let variables = [
        pair("BONGSU_LOG_ROTATION_SIZE", "5 MiB"),
        pair("BONGSU_LOG_LOGGERS", "b=ERROR, c=DEBUG"),
        pair("BONGSU_LOG_SHIP_TOKEN", "s3cr3t-value"),
        pair("BONGSU_LOG_CONFIG", "x.toml"),
        pair("BONGSU_LOG_LEVEL", " "),
        pair("BONGSU_QUERY_LIMIT", "x"),
    ];
    let config = file.below(Settings::from_variables(variables).unwrap()).config();
    assert_eq!((config.application.bytes, config.error.bytes), (1 << 20, 5 << 20));
    let levels = ["a", "b", "c"].map(|name| config.loggers.of(name).cloned().unwrap());
    assert_eq!(levels, [Level::Info, Level::Error, Level::Debug]);
    assert_eq!(Value::from(config.ship_settings.clone()), json!({ "url": "x", "token": "s3cr3t-value" }));
    assert_eq!(effective(&config)["ship"], json!({ "url": "x", "token": "***HIDDEN***" }));
    let ship = "ship = { url = 'https://a:pa55word@x/', headers = { X-Shop = 'k1' }, token = 'k2' }";
    let shown = effective(&Settings::from_str(ship, Format::Toml).unwrap().config())["ship"].to_string();
    assert!(!["pa55word", "k1", "k2"].iter().any(|secret| shown.contains(secret)), "{shown}");
}

#[test]
fn mistakes_of_variables_name_them() {
    let said =
        |name: &str, value: &str| Settings::from_variables([(name.into(), value.into())]).unwrap_err().to_string();
    assert_eq!(
        said("BONGSU_LOG_SYNC", "soon"),
        r#"BONGSU_LOG_SYNC: `sync` is "soon"; write "never", "each" or a time such as "500 ms" or "1 s""#
    );
    assert_eq!(
        said("BONGSU_LOG_LEVL", "INFO"),
        "there is no variable `BONGSU_LOG_LEVL`; did you mean `BONGSU_LOG_LEVEL`?"
    );
    assert!(
        said("BONGSU_LOG_LOGGERS", "shop")
            .starts_with("BONGSU_LOG_LOGGERS: `loggers` is \"shop\"; write a level a logger")
    );
}

#[cfg(feature = "ship")]
#[test]
fn mistakes_of_shipping_have_their_line_and_show_no_secret() {
    let said = |text: &str| Settings::from_str(text, Format::Toml).unwrap_err().to_string();
    assert_eq!(
        said("[ship]\nurl = 'http://x'\ntimeout = 'soon'\n"),
        r#"line 3: `ship.timeout` is "soon"; write a time such as "500 ms" or "30 s""#
    );
    assert_eq!(said("ship.urll = 'x'\n"), "line 1: there is no key `ship.urll`; did you mean `url`?");
    for secret in ["token = ['s3cr3t']", "url = ['s3cr3t']", "headers = 's3cr3t'", "headers = { x = ['s3cr3t'] }"] {
        let said = said(&format!("[ship]\n{secret}\n"));
        assert!(said.contains("***HIDDEN***") && !said.contains("s3cr3t"), "{said}");
    }
    for right in
        ["when_full = 'block'", "headers = { x = 'y' }", "batch_records = 10", "level = 'warning'", "ca = '/x.pem'"]
    {
        Settings::from_str(&format!("[ship]\n{right}\n"), Format::Toml).unwrap();
    }
}

#[test]
fn a_table_of_the_program_is_read_as_a_file_is() {
    let table = json!({ "console": { "level": "ERROR" }, "sync": "each", "loggers": { "a.b": "DEBUG" }, "zone": null });
    let config = Settings::from_table(table.as_object().unwrap(), "config").unwrap().config();
    assert_eq!((&config.console_level, config.loggers.of("a.b")), (&Level::Error, Some(&Level::Debug)));
    for (table, expected) in [
        (json!({ "error": { "count": -1 } }), "config: `error.count` is -1; write a whole number"),
        (json!({ "error": { "cuont": 1 } }), "config: there is no key `error.cuont`"),
        (json!({ "version": 1, "root": {} }), "config: this is a dictionary"),
    ] {
        let said = Settings::from_table(table.as_object().unwrap(), "config").unwrap_err().to_string();
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn a_table_of_another_schema_can_be_had_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let expected = json!({ "version": 1, "handlers": { "h": { "class": "x.Y", "args": [1, 2.5, true, null] } } });
    let yaml = "version: 1\nhandlers:\n  h: {class: x.Y, args: [1, 2.5, true, null]}\n";
    for (name, text) in [("x.json", expected.to_string()), ("x.yaml", yaml.to_owned())] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        assert_eq!(Value::from(super::read_table(&path).unwrap()), expected, "{name}");
    }
    let path = folder.path().join("y.toml");
    std::fs::write(&path, "a = 1\nb = \n").unwrap();
    assert!(super::read_table(&path).unwrap_err().to_string().contains("y.toml:2: this is not TOML"));
    assert!(super::is_dictionary(["version", "root"]) && !super::is_dictionary(["version"]));
}

#[test]
fn names_and_rules_of_the_mask_go_together() {
    let mask = |text: &str| Settings::from_str(text, Format::Toml).unwrap().config().mask;
    let own = mask("mask = { fields = ['pin'], prefixes = ['acme_'], except = ['token'] }");
    assert_eq!(own.mask("pin=1234 token=abcd1234 password=x"), "pin=***HIDDEN*** token=abcd1234 password=***HIDDEN***");
    assert_eq!(own.mask("acme_0123456789abcdef"), "***HIDDEN***");
    assert_eq!(mask("mask = { fields = ['pin'], rules = 'none' }").mask("pin=1234"), "pin=1234");
    assert_eq!(mask("mask.rules = ['emails']").mask("a@b.kr password=x"), "***HIDDEN*** password=x");
}

#[test]
fn every_kind_of_value_has_words_and_an_id_of_its_own() {
    let mut ids: Vec<_> = Accepts::ALL.iter().map(Phrase::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), Accepts::ALL.len());
    assert!(Accepts::ALL.iter().all(|accepts| !accepts.to_string().is_empty()));
}

#[test]
fn a_running_program_takes_levels_and_masks_and_tells_what_needs_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (home, path) = (folder.path().join("logs"), folder.path().join("logging.yaml"));
    let write = |rest: &str| {
        std::fs::write(&path, format!("home: '{}'\nconsole: {{output: off}}\n{rest}", home.display())).unwrap();
    };
    write("ship: {url: 'http://127.0.0.1:9', token: abcdefgh, flush_for: 1 ms}\nlevel: ERROR\n");
    let logging = Logging::start(Config::from_file(&path).unwrap()).unwrap();
    let written = || std::fs::read_to_string(home.join("config/logging_config.json")).unwrap();
    assert!(!written().contains("abcdefgh") && written().contains("\"token\": \"***HIDDEN***\""), "{}", written());

    let log = logging.get_logger("shop", None, Level::Info).unwrap();
    crate::info!(log, "hidden by the level");
    write(
        "ship: {url: 'http://127.0.0.1:9', token: abcdefgh, flush_for: 1 ms}\nloggers: {shop: DEBUG}\napplication: {level: CRITICAL}\nmask: {fields: [pin]}\n",
    );
    assert_eq!(logging.reload(&path).unwrap(), [""; 0]);
    crate::debug!(log, "pin=1234");
    write("loggers: {shop: LOUD}\n");
    assert!(logging.reload(&path).unwrap_err().to_string().contains("logging.yaml:3: `loggers.shop`"));
    crate::debug!(log, "still DEBUG");
    write("sync: each\nrotation: {size: 1 MiB}\n");
    assert_eq!(
        logging.reload(&path).unwrap(),
        ["rotation.size", "application.size", "error.size", "component.size", "performance.size", "sync", "ship"]
    );
    crate::debug!(log, "back to INFO, as the program says");
    crate::info!(log, "pin=1234");
    logging.shutdown();
    let read = |name: &str| std::fs::read_to_string(home.join(name)).unwrap();
    let messages: Vec<_> =
        read("app/shop.log").lines().map(|line| line.split_once(" | ").unwrap().1.to_owned()).collect();
    assert_eq!(messages, ["pin=***HIDDEN***", "still DEBUG", "pin=1234"]);
    assert_eq!(read("app/application.log").matches("pin=").count(), 1);
    let now: Value = serde_json::from_str(&written()).unwrap();
    assert_eq!((&now["sync"], &now["ship"]["token"]), (&json!("never"), &json!("***HIDDEN***")), "as the program runs");
    assert_eq!(std::fs::read_dir(home.join("config")).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn components_have_files_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let text = "console.output = 'off'\n[components.shop]\nfile = 'orders.log'\nsize = 200\ncount = 1\n";
    let mut config = Settings::from_str(text, Format::Toml).unwrap().config();
    config.home = folder.path().join("logs");
    let logging = Logging::start(config).unwrap();
    let (shop, other) = (logging.get_logger("shop", None, Level::Info), logging.get_logger("other", None, Level::Info));
    for nth in 0..10 {
        crate::info!(shop.as_ref().unwrap(), "order {nth}");
        crate::info!(other.as_ref().unwrap(), "order {nth}");
    }
    logging.shutdown();
    let mut files: Vec<_> = std::fs::read_dir(folder.path().join("logs/app"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    files.sort();
    assert_eq!(files, ["application.log", "orders.log", "orders.log.1", "other.log", "system.log"]);
}

/// Text that is nearly a configuration.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("console"),
        Just("level"),
        Just("loggers"),
        Just("mask"),
        Just("components"),
        Just("size"),
        Just("layout"),
        Just("rules"),
        Just("sync"),
        Just("10 MiB"),
        Just("INFO"),
        Just("00:00"),
        Just("1e308 days"),
        Just("{level"),
        Just("-1"),
        Just("99999999999999999999"),
        Just(" = "),
        Just(": "),
        Just("\n"),
        Just("\n  "),
        Just("\n- "),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just(","),
        Just("\""),
        Just("'"),
        Just("&a "),
        Just("*a"),
        Just("!!str "),
        Just("|"),
        Just("%"),
        Just("\t"),
        Just("봉수"),
        Just("\u{feff}"),
        Just("\0"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_read_or_refused_with_words(text in prop_oneof![nearly(), any::<String>()]) {
        for format in [Format::Toml, Format::Yaml, Format::Json] {
            if let Err(error) = Settings::from_str(&text, format) {
                prop_assert!(!error.to_string().is_empty() && error.hint().is_some());
                let placed = matches!(&error, SettingsError::Value { place, .. } | SettingsError::Key { place, .. }
                    | SettingsError::Syntax { place, .. } | SettingsError::Twice { place, .. } if !place.ends_with(" 0"));
                prop_assert!(placed || matches!(error, SettingsError::Dictionary { .. }), "{}", error);
            }
        }
    }

    #[test]
    fn any_variable_is_read_or_refused_with_words(nth in 0..KEYS.len(), text in prop_oneof![nearly(), any::<String>()]) {
        let Some(name) = KEYS[nth].variable().filter(|_| KEYS[nth].path != "levels") else { return Ok(()) };
        if let Err(error) = Settings::from_variables([(name.clone(), text)]) {
            prop_assert!(error.to_string().starts_with(&name));
        }
    }

    #[test]
    fn sound_values_are_shown_as_something_sound(bytes in 1..u64::from(u32::MAX) << 20, seconds in 1..1_000_000_000_u64, older: u32) {
        let text = format!("rotation.size = {bytes}\nretention.age = '{seconds} s'\nretention.count = {older}\n");
        let config = Settings::from_str(&text, Format::Toml).unwrap().config();
        let shown = Value::from(effective(&config)).to_string();
        let again = Settings::from_str(&shown, Format::Json).unwrap().config();
        prop_assert_eq!((again.error.bytes, again.error.older), (bytes, older));
        prop_assert_eq!(again.keep_for.map(|age| age.as_secs()), Some(seconds));
    }
}

#[test]
fn settings_show_their_keys_and_no_value() {
    let settings = Settings::from_str("[ship]\nurl = 'x'\ntoken = 's3cr3t-value'\n", Format::Toml).unwrap();
    let shown = format!("{settings:?}");
    assert!(shown.contains("ship") && !shown.contains("s3cr3t"), "{shown}");
}
