//! The formats that lines come in, by name.

use std::fmt;
use std::str::FromStr;

use bongsu_model::Explain;

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A line format. Its name, as `--format` takes it and reports show it, is its `Display`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Format { $($(#[$doc])* $variant,)* }

        impl Format {
            /// Every format.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its stable name, kebab case.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

formats! {
    /// One JSON object a line, any keys.
    Json = "json",
    /// JSON with the field names of the OpenTelemetry log data model, as the SDK writes it.
    BongsuJson = "bongsu-json",
    /// `[2025-06-06 12:00:00] INFO     name            func                 L 12 | message`.
    BongsuDetailed = "bongsu-detailed",
    /// `[2025-06-06 12:00:00] INFO     name            | message`.
    BongsuComponent = "bongsu-component",
    /// `[2025-06-06 12:00:00] PERF name            | message`.
    BongsuPerformance = "bongsu-performance",
    /// `[12:00:00] INFO     | message`.
    BongsuSimple = "bongsu-simple",
    /// `key=value key="other value"`.
    Logfmt = "logfmt",
    /// Python's `logging`: `LEVEL:logger:message`, and its parts in any order with ` - ` or ` | ` between.
    PythonLogging = "python-logging",
    /// `2025-06-06 12:00:00.123 | INFO     | module:function:12 - message`.
    Loguru = "loguru",
    /// Rust's `tracing-subscriber`: `2025-06-06T12:00:00.123456Z  INFO crate::module: message`.
    Tracing = "tracing",
    /// log4j, logback and kin: time, level, thread and logger in front of the message.
    Log4j = "log4j",
    /// Access logs of nginx and Apache, common and combined.
    Access = "access",
    /// Error log of nginx.
    NginxError = "nginx-error",
    /// Error log of Apache's httpd.
    ApacheError = "apache-error",
    /// BSD syslog.
    Syslog3164 = "syslog-3164",
    /// Syslog with version and structured data.
    Syslog5424 = "syslog-5424",
    /// klog and glog: `I0606 12:00:00.123456    1234 file.go:12] message`.
    Klog = "klog",
    /// Docker's json-file wrapper.
    Docker = "docker",
    /// The wrapper of the Kubernetes container runtime interface: `time stdout F line`.
    Cri = "cri",
    /// `journalctl -o export`.
    JournaldExport = "journald-export",
    /// `journalctl -o json`.
    JournaldJson = "journald-json",
    /// Comma, semicolon or tab separated cells below a header.
    Csv = "csv",
    /// `PostgreSQL`'s default prefix: `2025-06-06 12:00:00.123 KST [1234] LOG:  message`.
    Postgres = "postgres",
    /// Any other line with a time or a level in front.
    Headed = "headed",
    /// A line that fits nothing, kept whole.
    Text = "text",
}

/// A format's name that is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{0}`")]
pub struct UnknownFormat(pub String);

impl Explain for UnknownFormat {
    fn id(&self) -> &'static str {
        "format-unknown"
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        let names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
        vec![("name", self.0.clone()), ("formats", names.join(", "))]
    }

    fn hint(&self) -> Option<String> {
        let names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
        Some(format!("expected one of {}", names.join(", ")))
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.iter().copied().find(|format| format.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_as_its_format() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(*format));
        }
        let unknown = "yaml".parse::<Format>().unwrap_err();
        assert!(unknown.hint().is_some_and(|hint| hint.contains("syslog-5424")));
    }
}
