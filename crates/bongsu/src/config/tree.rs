//! The configuration: every setting with its default and its meaning, in one place.
//!
//! From these definitions come the values, the errors, the environment variables and the reference page.

use std::time::Duration;

use super::setting::{Addresses, Bytes, Count, ErrorRules, Retention, Setting, Span, Zone};

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
    /// How long rows are kept.
    retention: RetentionSettings {
        /// What is kept of each dataset; a dataset that is not named keeps everything.
        datasets: Retention = Retention::default(),
    }
    /// Bounds on one question.
    query: QuerySettings {
        /// Memory that sorting, grouping and joining may take before they go to disk.
        memory: Bytes = Bytes(256 << 20),
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
        /// Where `serve` listens. Beyond the loopback addresses a token is required (BONGSU_TOKEN).
        listen: Addresses = Addresses(vec!["127.0.0.1:5105".to_owned()]),
    }
}
