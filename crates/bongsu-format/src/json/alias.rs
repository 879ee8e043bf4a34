//! Which keys mean a core field.

use std::borrow::Cow;

use bongsu_model::Record;

/// A core field that a key may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Time,
    Level,
    /// OpenTelemetry's number beside the level's text.
    Severity,
    Service,
    Logger,
    Host,
    Message,
    Trace,
    Span,
    Function,
    File,
    Line,
    Operation,
    Duration,
    Id,
}

impl Role {
    pub(crate) const COUNT: usize = 15;

    const ALL: [Self; Self::COUNT] = [
        Self::Time,
        Self::Level,
        Self::Severity,
        Self::Service,
        Self::Logger,
        Self::Host,
        Self::Message,
        Self::Trace,
        Self::Span,
        Self::Function,
        Self::File,
        Self::Line,
        Self::Operation,
        Self::Duration,
        Self::Id,
    ];

    /// Where a record holds its text; none of a role that is no such text, or that has a way of its own.
    pub(crate) fn slot<'r, 'a>(self, record: &'r mut Record<'a>) -> Option<&'r mut Option<Cow<'a, str>>> {
        Some(match self {
            Self::Service => &mut record.service,
            Self::Logger => &mut record.logger,
            Self::Host => &mut record.host,
            Self::Trace => &mut record.trace_id,
            Self::Span => &mut record.span_id,
            Self::Function => &mut record.function,
            Self::File => &mut record.file,
            Self::Operation => &mut record.operation,
            Self::Time | Self::Level | Self::Severity | Self::Message | Self::Line | Self::Duration | Self::Id => {
                return None;
            }
        })
    }

    /// The letter that stands for it in a shape.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Time => 'T',
            Self::Level => 'l',
            Self::Severity => 'S',
            Self::Service => 's',
            Self::Logger => 'g',
            Self::Host => 'h',
            Self::Message => 'm',
            Self::Trace => 't',
            Self::Span => 'p',
            Self::Function => 'f',
            Self::File => 'F',
            Self::Line => 'n',
            Self::Operation => 'o',
            Self::Duration => 'd',
            Self::Id => 'I',
        }
    }

    pub(crate) fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.letter() == letter)
    }

    /// The name of its column.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Level => "level",
            Self::Severity => "severity",
            Self::Service => "service",
            Self::Logger => "logger",
            Self::Host => "host",
            Self::Message => "message",
            Self::Trace => "trace_id",
            Self::Span => "span_id",
            Self::Function => "function",
            Self::File => "file",
            Self::Line => "line",
            Self::Operation => "operation",
            Self::Duration => "duration",
            Self::Id => "_id",
        }
    }
}

/// The core field that a key (dotted, from the top) stands for, and its rank: of several keys for one field the lowest
/// rank wins, the others stay the user's.
pub(crate) fn role_of(path: &str) -> Option<(Role, u8)> {
    Some(match path {
        "_time" => (Role::Time, 0),
        "@timestamp" => (Role::Time, 1),
        "timestamp" => (Role::Time, 2),
        "time" => (Role::Time, 3),
        "ts" => (Role::Time, 4),
        "asctime" => (Role::Time, 5),
        "Timestamp" => (Role::Time, 6),
        "__REALTIME_TIMESTAMP" => (Role::Time, 7),
        "message" => (Role::Message, 0),
        "msg" => (Role::Message, 1),
        "_msg" => (Role::Message, 2),
        "body" => (Role::Message, 3),
        "log" => (Role::Message, 4),
        "event" => (Role::Message, 5),
        "Body" => (Role::Message, 6),
        "MESSAGE" => (Role::Message, 7),
        "level" => (Role::Level, 0),
        "severity" => (Role::Level, 1),
        "lvl" => (Role::Level, 2),
        "levelname" => (Role::Level, 3),
        "log.level" => (Role::Level, 4),
        "SeverityText" => (Role::Level, 5),
        "PRIORITY" => (Role::Level, 6),
        "SeverityNumber" => (Role::Severity, 0),
        "service" => (Role::Service, 0),
        "service.name" => (Role::Service, 1),
        "component" => (Role::Service, 2),
        "app" => (Role::Service, 3),
        "Resource.service.name" => (Role::Service, 4),
        "SYSLOG_IDENTIFIER" => (Role::Service, 5),
        "logger" => (Role::Logger, 0),
        "logger_name" => (Role::Logger, 1),
        "log.logger" => (Role::Logger, 2),
        "InstrumentationScope.name" => (Role::Logger, 3),
        "host" => (Role::Host, 0),
        "host.name" => (Role::Host, 1),
        "hostname" => (Role::Host, 2),
        "Resource.host.name" => (Role::Host, 3),
        "_HOSTNAME" => (Role::Host, 4),
        "trace_id" => (Role::Trace, 0),
        "trace.id" => (Role::Trace, 1),
        "TraceId" => (Role::Trace, 2),
        "traceId" => (Role::Trace, 3),
        "span_id" => (Role::Span, 0),
        "span.id" => (Role::Span, 1),
        "SpanId" => (Role::Span, 2),
        "spanId" => (Role::Span, 3),
        "function" => (Role::Function, 0),
        "funcName" => (Role::Function, 1),
        "Attributes.code.function.name" => (Role::Function, 2),
        "CODE_FUNC" => (Role::Function, 3),
        "file" => (Role::File, 0),
        "Attributes.code.file.path" => (Role::File, 1),
        "CODE_FILE" => (Role::File, 2),
        "line" => (Role::Line, 0),
        "lineno" => (Role::Line, 1),
        "Attributes.code.line.number" => (Role::Line, 2),
        "operation" => (Role::Operation, 0),
        "Attributes.operation" => (Role::Operation, 1),
        "duration" => (Role::Duration, 0),
        "Attributes.duration" => (Role::Duration, 1),
        "_id" => (Role::Id, 0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_told_apart() {
        for role in Role::ALL {
            assert_eq!(Role::from_letter(role.letter()), Some(role));
        }
    }
}
