//! Names and types of the columns every table has. A contract: they appear in SQL, in JSON output and in the files.

use arrow::datatypes::{DataType, TimeUnit};

/// When it happened, microseconds in UTC.
pub const TIME: &str = "time";
/// The 0 to 999 nanoseconds beyond [`TIME`].
pub const TIME_NS: &str = "time_ns";
/// When bongsu received it.
pub const OBSERVED_TIME: &str = "observed_time";
/// Level's name.
pub const LEVEL: &str = "level";
/// OpenTelemetry severity number.
pub const SEVERITY: &str = "severity";
/// Program or component.
pub const SERVICE: &str = "service";
/// Logger, module or tag.
pub const LOGGER: &str = "logger";
/// Machine or container.
pub const HOST: &str = "host";
/// The line without what was parsed out of it.
pub const MESSAGE: &str = "message";
/// Trace id, lower-case hex.
pub const TRACE_ID: &str = "trace_id";
/// Span id, lower-case hex.
pub const SPAN_ID: &str = "span_id";
/// Function that logged.
pub const FUNCTION: &str = "function";
/// Source file that logged.
pub const FILE: &str = "file";
/// Line in [`FILE`].
pub const LINE: &str = "line";
/// File or input that the line was gathered from.
pub const SOURCE: &str = "source";
/// Byte offset in [`SOURCE`].
pub const OFFSET: &str = "offset";
/// Name of the operation of a performance record.
pub const OPERATION: &str = "operation";
/// Seconds.
pub const DURATION: &str = "duration";
/// Fields past the limit on columns, as one JSON object.
pub const ATTRIBUTES: &str = "attributes";
/// Stable id.
pub const ID: &str = "_id";
/// How the record was written.
pub const SHAPE: &str = "_shape";

/// The template of the message, see the table `templates`; null until the row is in a file.
pub const TEMPLATE_ID: &str = "template_id";

/// The type of [`TIME`] and [`OBSERVED_TIME`].
pub fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Every column that bongsu itself defines, in the order of the table's schema.
pub fn core() -> [(&'static str, DataType); 22] {
    let text = || DataType::Utf8View;
    [
        (TIME, time_type()),
        (TIME_NS, DataType::Int16),
        (OBSERVED_TIME, time_type()),
        (LEVEL, text()),
        (SEVERITY, DataType::Int8),
        (SERVICE, text()),
        (LOGGER, text()),
        (HOST, text()),
        (MESSAGE, text()),
        (TRACE_ID, text()),
        (SPAN_ID, text()),
        (FUNCTION, text()),
        (FILE, text()),
        (LINE, DataType::Int64),
        (SOURCE, text()),
        (OFFSET, DataType::Int64),
        (OPERATION, text()),
        (DURATION, DataType::Float64),
        (ATTRIBUTES, text()),
        (ID, text()),
        (SHAPE, text()),
        (TEMPLATE_ID, DataType::Int64),
    ]
}

/// The type of the core column called `name`; none when it is a user's column.
pub fn core_type(name: &str) -> Option<DataType> {
    core().into_iter().find(|(core, _)| *core == name).map(|(_, kind)| kind)
}
