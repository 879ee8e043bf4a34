//! How a log file is kept.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bongsu_model::{Clock, SystemClock};
use jiff::tz::TimeZone;

use super::{Retention, Rotation};

/// How a log file is written, when it moves out of the way and what becomes of the older ones.
///
/// ```
/// use bongsu_log::file::{Compression, FileOptions, Retention, Rotation};
///
/// let options = FileOptions {
///     rotation: "100 MB or 00:00".parse::<Rotation>()?,
///     retention: "30 days".parse::<Retention>()?,
///     compression: Compression::Off,
///     ..FileOptions::default()
/// };
/// assert_eq!(options.rotation.bytes, Some(100_000_000));
/// # Ok::<(), bongsu_log::LogError>(())
/// ```
#[derive(Debug, Clone)]
pub struct FileOptions {
    /// When the file moves to `.1`: at 10 MiB.
    pub rotation: Rotation,
    /// Which older files are kept: the last 5.
    pub retention: Retention,
    /// Whether older files are compressed: they are not.
    pub compression: Compression,
    /// A folder for older files beyond the number that is kept, by the year they end in: `archive/2025/x.log.20250606T235959Z`.
    /// Without one they are deleted.
    pub archive: Option<PathBuf>,
    /// What is on the disk when a call returns: nothing is waited for.
    pub sync: Sync,
    /// How lines get into the file: as the file system allows.
    pub mode: Mode,
    /// Where the time comes from by which the file rotates and older ones age.
    pub clock: Arc<dyn Clock>,
    /// The zone of times such as `00:00`: the machine's.
    pub zone: TimeZone,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self {
            rotation: Rotation::default(),
            retention: Retention::default(),
            compression: Compression::Off,
            archive: None,
            sync: Sync::Never,
            mode: Mode::Auto,
            clock: Arc::new(SystemClock),
            zone: TimeZone::system(),
        }
    }
}

impl FileOptions {
    /// What is otherwise in `other`, here and there: `rotation 10 B, not 20 B`; nothing when they are alike.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        let mut add = |name: &str, here: String, there: String| {
            if here != there {
                differences.push(format!("{name} {here}, not {there}"));
            }
        };
        add("rotation", self.rotation.to_string(), other.rotation.to_string());
        add("retention", self.retention.to_string(), other.retention.to_string());
        add("compression", format!("{:?}", self.compression), format!("{:?}", other.compression));
        add("archive", format!("{:?}", self.archive), format!("{:?}", other.archive));
        add("sync", format!("{:?}", self.sync), format!("{:?}", other.sync));
        add("mode", format!("{:?}", self.mode), format!("{:?}", other.mode));
        add("zone", format!("{:?}", self.zone.iana_name()), format!("{:?}", other.zone.iana_name()));
        differences
    }
}

/// How an older file is compressed, on a thread of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// It stays as it is.
    #[default]
    Off,
    /// `x.log.1.gz`; with the cargo feature `gzip`.
    Gzip,
    /// `x.log.1.zst`; with the cargo feature `zstd`.
    Zstd,
}

impl Compression {
    /// Behind the name of a file that is compressed so.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Off => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }

    /// The cargo feature it needs.
    pub(super) fn feature(self) -> &'static str {
        match self {
            Self::Off => "",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Whether this build of the library can do it.
    pub fn is_built(self) -> bool {
        match self {
            Self::Off => true,
            Self::Gzip => cfg!(feature = "gzip"),
            Self::Zstd => cfg!(feature = "zstd"),
        }
    }
}

/// What survives a loss of power. The end of the program, however it comes, takes nothing with it in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sync {
    /// What the system has written by itself, mostly all but the last half minute.
    #[default]
    Never,
    /// All but the last such time, which is no shorter than a second.
    Interval(Duration),
    /// Every line whose call has returned; a call then takes as long as the disk.
    Each,
}

/// How lines get into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Through a journal in memory that survives the program; plainly on network, FUSE and shared file systems.
    #[default]
    Auto,
    /// Through a journal, whatever the file system says of itself.
    Journal,
    /// One write a call.
    Plain,
}
