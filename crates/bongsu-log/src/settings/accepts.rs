//! What the values of a key may be, in words.

use std::fmt;

use bongsu_model::Phrase;

/// What the values of a key may be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is said by its words")]
#[non_exhaustive]
pub enum Accepts {
    Folder,
    FileName,
    Level,
    /// A level, or all.
    LevelOrAll,
    /// A level, or what the program asks for.
    LevelOrNone,
    LevelNumber,
    Size,
    SizeOrNone,
    Count,
    AgeOrNone,
    Times,
    Flag,
    Zone,
    Layout,
    Output,
    Colour,
    Sync,
    Mode,
    Compression,
    MaskRules,
    Names,
    Prefixes,
    LoggerLevels,
    OwnLevels,
    Components,
    Table,
    Text,
    /// A length of time.
    Time,
    Protocol,
    Packing,
    WhenFull,
    Headers,
    /// A table with these keys.
    Keys(String),
}

impl Accepts {
    /// Every kind, for the page and for tests.
    #[cfg(test)]
    pub(super) const ALL: [Self; 33] = [
        Self::Folder,
        Self::FileName,
        Self::Level,
        Self::LevelOrAll,
        Self::LevelOrNone,
        Self::LevelNumber,
        Self::Size,
        Self::SizeOrNone,
        Self::Count,
        Self::AgeOrNone,
        Self::Times,
        Self::Flag,
        Self::Zone,
        Self::Layout,
        Self::Output,
        Self::Colour,
        Self::Sync,
        Self::Mode,
        Self::Compression,
        Self::MaskRules,
        Self::Names,
        Self::Prefixes,
        Self::LoggerLevels,
        Self::OwnLevels,
        Self::Components,
        Self::Table,
        Self::Text,
        Self::Time,
        Self::Protocol,
        Self::Packing,
        Self::WhenFull,
        Self::Headers,
        Self::Keys(String::new()),
    ];
}

impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder => r#"a folder, such as "logs" or "/var/log/shop""#,
            Self::FileName => r#"a file name without folders, such as "shop.log""#,
            Self::Level => "TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL or a level of your own, in any case",
            Self::LevelOrAll => {
                r#""all", or TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL or a level of your own, in any case"#
            }
            Self::LevelOrNone => {
                r#""none", or TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL or a level of your own, in any case"#
            }
            Self::LevelNumber => "a new name and a number from 1 to 59 (DEBUG is 10, INFO 20, WARNING 30, ERROR 40)",
            Self::Size => r#"a size such as "10 MiB" or "500 MB""#,
            Self::SizeOrNone => r#""none", or a size such as "2 GiB" or "500 MB""#,
            Self::Count => "a whole number, 0 or more",
            Self::AgeOrNone => r#""none", or a length of time such as "12 hours", "30 days" or "8 weeks""#,
            Self::Times => {
                r#""never", or times such as "00:00", "hourly", "daily", "monday at 06:30", "monthly" or "1 week""#
            }
            Self::Flag => "true or false",
            Self::Zone => r#""system" or a name such as "Asia/Seoul" or "UTC""#,
            Self::Layout => {
                r#""detailed", "simple", "component", "performance", "json" or a template such as "{time:%H:%M:%S} {level:<8} {message}""#
            }
            Self::Output => r#""stdout", "stderr" or "off""#,
            Self::Colour => r#""auto", "always" or "never""#,
            Self::Sync => r#""never", "each" or a time such as "500 ms" or "1 s""#,
            Self::Mode => r#""auto", "journal" or "plain""#,
            Self::Compression => r#""off", "gzip" or "zstd""#,
            Self::MaskRules => {
                r#""all", "none", or a list of names, tokens, schemes, urls, private_keys, cards, residents and emails"#
            }
            Self::Names => r#"a list of names, such as ["pin", "account"]"#,
            Self::Prefixes => {
                r#"a list of beginnings of 4 signs or more, such as ["acme_"] or [{ begin = "acme_", least = 20 }]"#
            }
            Self::LoggerLevels => r#"a level a logger, such as { shop = "DEBUG", "shop.db" = "WARNING" }"#,
            Self::OwnLevels => "a number a name, from 1 to 59, such as { DETAIL = 15, AUDIT = 35 }",
            Self::Components => {
                r#"a table a component, such as { shop = { file = "shop.log", size = "50 MiB", count = 3 } }"#
            }
            Self::Table => "a table",
            Self::Text => "a text in quotes",
            Self::Time => r#"a time such as "500 ms" or "30 s""#,
            Self::Protocol => r#""bongsu" or "otlp""#,
            Self::Packing => r#""gzip", "none", or "zstd" where it is built in"#,
            Self::WhenFull => r#""drop-oldest", "drop-newest" or "block""#,
            Self::Headers => r#"a table of names and texts, such as { X-Tenant = "films" }"#,
            Self::Keys(keys) => return write!(f, "a table with {keys}"),
        })
    }
}

impl Phrase for Accepts {
    fn id(&self) -> &'static str {
        match self {
            Self::Folder => "log-accepts-folder",
            Self::FileName => "log-accepts-file-name",
            Self::Level => "log-accepts-level",
            Self::LevelOrAll => "log-accepts-level-or-all",
            Self::LevelOrNone => "log-accepts-level-or-none",
            Self::LevelNumber => "log-accepts-level-number",
            Self::Size => "log-accepts-size",
            Self::SizeOrNone => "log-accepts-size-or-none",
            Self::Count => "log-accepts-count",
            Self::AgeOrNone => "log-accepts-age-or-none",
            Self::Times => "log-accepts-times",
            Self::Flag => "log-accepts-flag",
            Self::Zone => "log-accepts-zone",
            Self::Layout => "log-accepts-layout",
            Self::Output => "log-accepts-output",
            Self::Colour => "log-accepts-colour",
            Self::Sync => "log-accepts-sync",
            Self::Mode => "log-accepts-mode",
            Self::Compression => "log-accepts-compression",
            Self::MaskRules => "log-accepts-mask-rules",
            Self::Names => "log-accepts-names",
            Self::Prefixes => "log-accepts-prefixes",
            Self::LoggerLevels => "log-accepts-logger-levels",
            Self::OwnLevels => "log-accepts-own-levels",
            Self::Components => "log-accepts-components",
            Self::Table => "log-accepts-table",
            Self::Text => "log-accepts-text",
            Self::Time => "log-accepts-time",
            Self::Protocol => "log-accepts-protocol",
            Self::Packing => "log-accepts-packing",
            Self::WhenFull => "log-accepts-when-full",
            Self::Headers => "log-accepts-headers",
            Self::Keys(_) => "log-accepts-keys",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Keys(keys) => vec![("keys", keys.clone())],
            _ => Vec::new(),
        }
    }
}
