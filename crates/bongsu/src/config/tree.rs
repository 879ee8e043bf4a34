//! The configuration: every setting with its default and its meaning, in one place.
//!
//! From these definitions come the values, the errors, the environment variables and the reference page.

use std::time::Duration;

use super::setting::{Addresses, Bytes, Count, ErrorRules, Maybe, Retention, Setting, Span, Zone};

/// A setting as the file, the environment and the reference page see it.
pub(crate) struct Field<'a> {
    /// Its key inside the section.
    pub(crate) name: &'static str,
    /// What it is for.
    pub(crate) doc: String,
    /// Its value.
    pub(crate) value: &'a mut dyn Setting,
}

/// A table of the file.
pub(crate) struct Section<'a> {
    /// The table's name.
    pub(crate) name: &'static str,
    /// What it is about.
    pub(crate) doc: String,
    /// Its settings.
    pub(crate) fields: Vec<Field<'a>>,
}

macro_rules! tree {
    ($($(#[doc = $about:literal])+ $section:ident: $kind:ident {
        $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr,)+
    })+) => {
        $($(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct $kind { $($(#[doc = $doc])+ pub(crate) $name: $type,)+ }

        impl Default for $kind {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        })+

        /// Every setting.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub(crate) struct Settings { $($(#[doc = $about])+ pub(crate) $section: $kind,)+ }

        impl Settings {
            /// The tables of the file, in the order of the reference page.
            pub(crate) fn sections(&mut self) -> Vec<Section<'_>> {
                vec![$(Section {
                    name: stringify!($section),
                    doc: concat!($($about),+).trim().to_owned(),
                    fields: vec![$(Field {
                        name: stringify!($name),
                        doc: concat!($($doc),+).trim().to_owned(),
                        value: &mut self.$section.$name,
                    },)+],
                },)+]
            }
        }
    };
}

tree! {
    /// Times in what is read and shown.
    time: TimeSettings {
        /// The zone of times that name none, and of times shown to people.
        zone: Zone = Zone::default(),
    }
    /// What is read.
    ingest: IngestSettings {
        /// Bytes of one line; longer ones are refused.
        max_line: Bytes = Bytes(16 << 20),
    }
    /// How rows come to lie on disk.
    store: StoreSettings {
        /// Memory of all rows that are not in a file yet; whoever sends more has to wait.
        memory: Bytes = Bytes(88 << 20),
        /// Rows of a dataset in memory before they are written to a file.
        flush_rows: Count = Count(131_072),
        /// Memory of a dataset's rows before they are written to a file.
        flush_bytes: Bytes = Bytes(72 << 20),
        /// How long a row may stay in memory before it is written to a file.
        flush_after: Span = Span(Duration::from_secs(30)),
        /// Bytes of one segment of the write-ahead log.
        segment: Bytes = Bytes(64 << 20),
        /// How long files that compaction or retention took out stay on disk, for readers that still use them.
        grace: Span = Span(Duration::from_mins(10)),
        /// Bytes of refused lines that are kept; the oldest go first.
        refused: Bytes = Bytes(1 << 30),
    }
    /// Merging small files into larger ones.
    compaction: CompactionSettings {
        /// Rows past which a file is left alone.
        rows: Count = Count(1 << 20),
        /// Bytes past which a file is left alone.
        bytes: Bytes = Bytes(128 << 20),
        /// Small files of one day that make merging worth while.
        files: Count = Count(4),
        /// Memory that merging may take. Row groups have a quarter of it at most, and fewer rows than usual when that is little.
        memory: Bytes = Bytes(384 << 20),
        /// Time between two rounds of merging, retention and cleaning up, as long as `serve` or `ingest --follow` runs.
        every: Span = Span(Duration::from_mins(1)),
    }
    /// How long rows are kept. Only whole files go.
    retention: RetentionSettings {
        /// Rows older than this go.
        age: Maybe<Span> = Maybe::none(Span(Duration::ZERO)),
        /// The oldest files of a dataset go while all of its files take more than this.
        size: Maybe<Bytes> = Maybe::none(Bytes(0)),
        /// Datasets that have an age and a size of their own; what such an entry leaves out is not limited.
        datasets: Retention = Retention::default(),
    }
    /// Bounds on one question.
    query: QuerySettings {
        /// Memory that sorting, grouping and joining of all questions together may take before they go to disk.
        memory: Bytes = Bytes(256 << 20),
        /// Memory of the whole process past which questions that go on are stopped.
        ceiling: Bytes = Bytes(1 << 30),
        /// Memory of what is kept of files between questions: their indexes and their footers.
        cache: Bytes = Bytes(192 << 20),
        /// How long a question may take.
        time: Span = Span(Duration::from_mins(1)),
        /// Disk space for intermediate results that do not fit in memory.
        spill: Bytes = Bytes(10 << 30),
        /// Rows that `search` returns when `--limit` does not say.
        limit: Count = Count(100),
    }
    /// Error analysis.
    errors: ErrorSettings {
        /// Rules of your own, tried in order before the built-in ones; the first that matches names the type.
        rules: ErrorRules = ErrorRules::default(),
    }
    /// The HTTP server.
    http: HttpSettings {
        /// Where `serve` listens. Beyond the loopback addresses a token is required (`BONGSU_TOKEN`).
        listen: Addresses = Addresses(vec!["127.0.0.1:5105".to_owned()]),
        /// Bytes of one request's body, as sent and after decompression.
        body: Bytes = Bytes(64 << 20),
        /// Memory of all bodies at work: what comes in, is unpacked, becomes rows and goes to disk. A third is for what comes in.
        memory: Bytes = Bytes(32 << 20),
        /// Open connections; more wait.
        connections: Count = Count(1_024),
        /// Requests that add records at one time; more wait.
        ingests: Count = Count(64),
        /// How long a request that adds records waits for its turn and for memory before it is told to come again.
        ingest_wait: Span = Span(Duration::from_secs(5)),
        /// How long requests in flight may go on after the server was told to stop.
        drain: Span = Span(Duration::from_secs(10)),
    }
}
