//! Recognises the format of a line.

use bongsu_model::Record;

use crate::json::{Dialect, JsonReader};
use crate::line::{self, Line};
use crate::time::Calendar;
use crate::{Format, access, bongsu_lines, headed, klog, logfmt, python, syslog, tracing, web_error};

/// Reads lines of any format; the format of the line before is tried first.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) calendar: Calendar,
    json: JsonReader,
    forced: Option<Format>,
}

impl Reader {
    pub(crate) fn new(calendar: Calendar, forced: Option<Format>) -> Self {
        Self { calendar, json: JsonReader::new(), forced }
    }

    /// Puts the record that a line is into `record`, whatever that was; its format. `before`: the format of the line before.
    ///
    /// A record is large, and there are millions: it is made where it is wanted.
    pub(crate) fn read<'a>(&mut self, record: &mut Record<'a>, text: &'a str, before: Format) -> Format {
        let Some(plain) = line::without_colours(text) else { return self.read_plain(record, text, before) };
        let mut inside = Record::default();
        let mut format = self.read_plain(&mut inside, &plain, before);
        if format == Format::Text {
            (*record, format) = line::text(text).finish();
        } else {
            *record = line::owned(inside);
        }
        format
    }

    fn read_plain<'a>(&mut self, record: &mut Record<'a>, text: &'a str, before: Format) -> Format {
        let is_json = match self.forced {
            Some(Format::Docker | Format::Cri) | None => text.trim_ascii_start().starts_with('{'),
            Some(forced) => matches!(forced, Format::Json | Format::BongsuJson | Format::JournaldJson),
        };
        let found = if is_json { self.read_json(record, text) } else { None };
        let format = found.unwrap_or_else(|| {
            let line = match self.forced {
                _ if is_json => None,
                Some(Format::Docker | Format::Cri) | None => self.detect(text, before),
                Some(forced) => self.read_as(forced, text),
            };
            let format;
            (*record, format) = line.unwrap_or_else(|| line::text(text)).finish();
            format
        });
        let logger = record.logger.as_deref().unwrap_or_default();
        let measured = format == Format::BongsuPerformance || logger.starts_with("performance.");
        if measured && record.operation.is_none() && record.duration.is_none() {
            bongsu_lines::measure(record, &self.calendar);
        }
        format
    }

    fn detect<'a>(&self, text: &'a str, before: Format) -> Option<Line<'a>> {
        if is_strict(before)
            && let Some(line) = self.read_as(before, text)
        {
            return Some(line);
        }
        let first = *text.trim_start_matches([' ', '\t']).as_bytes().first()?;
        let order: &[Format] = match first {
            b'[' => &[Format::BongsuDetailed, Format::ApacheError, Format::Headed],
            b'<' => &[Format::Syslog5424, Format::Syslog3164],
            b'0'..=b'9' => &[
                Format::Loguru,
                Format::Tracing,
                Format::PythonLogging,
                Format::Access,
                Format::NginxError,
                Format::Syslog3164,
                Format::Headed,
            ],
            _ => &[
                Format::Klog,
                Format::Syslog3164,
                Format::PythonLogging,
                Format::Logfmt,
                Format::Access,
                Format::Headed,
            ],
        };
        order.iter().find_map(|format| self.read_as(*format, text))
    }

    fn read_as<'a>(&self, format: Format, text: &'a str) -> Option<Line<'a>> {
        let calendar = &self.calendar;
        match format {
            Format::BongsuDetailed | Format::BongsuComponent | Format::BongsuPerformance | Format::BongsuSimple => {
                bongsu_lines::read(text, calendar)
            }
            Format::Logfmt => logfmt::read(text, calendar),
            Format::PythonLogging => python::read_basic(text).or_else(|| python::read_parted(text, calendar)),
            Format::Loguru => python::read_loguru(text, calendar),
            Format::Tracing => tracing::read(text, calendar),
            Format::Access => access::read(text, calendar),
            Format::NginxError => web_error::read_nginx(text, calendar),
            Format::ApacheError => web_error::read_apache(text, calendar),
            Format::Syslog3164 => syslog::read_3164(text, calendar),
            Format::Syslog5424 => syslog::read_5424(text, calendar),
            Format::Klog => klog::read(text, calendar),
            Format::Log4j | Format::Postgres | Format::Headed => headed::read(text, calendar),
            Format::Json
            | Format::BongsuJson
            | Format::JournaldJson
            | Format::Docker
            | Format::Cri
            | Format::JournaldExport
            | Format::Csv
            | Format::Text => None,
        }
    }

    fn read_json<'a>(&mut self, record: &mut Record<'a>, text: &'a str) -> Option<Format> {
        Some(match self.json.read_into(record, text, &self.calendar)? {
            Dialect::Plain => Format::Json,
            Dialect::OpenTelemetry => Format::BongsuJson,
            Dialect::Journald => Format::JournaldJson,
        })
    }
}

/// Whether a line that this format reads can be of no other format.
fn is_strict(format: Format) -> bool {
    !matches!(
        format,
        Format::PythonLogging | Format::Logfmt | Format::Log4j | Format::Postgres | Format::Headed | Format::Text
    )
}

/// Whether lines may follow that go on with a record of this format.
pub(crate) fn joins(format: Format) -> bool {
    !matches!(
        format,
        Format::Json
            | Format::BongsuJson
            | Format::JournaldJson
            | Format::JournaldExport
            | Format::Access
            | Format::Csv
    )
}
