//! tracing-subscriber's `fmt` in front of tracing-appender, which has no rotation by size: one file that grows.

use std::ops::Range;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, never};
use tracing_subscriber::fmt::MakeWriter;

use super::{Library, write_by_tracing};
use crate::{Place, Result};

struct Tracing {
    /// Its end waits for the thread.
    _guard: Option<WorkerGuard>,
}

impl Library for Tracing {
    fn write(&self, numbers: Range<u64>) {
        write_by_tracing(numbers);
    }

    fn close(self: Box<Self>) {}
}

fn file(place: &Place) -> RollingFileAppender {
    never(&place.folder, "log.log")
}

fn started<W>(writer: W, guard: Option<WorkerGuard>) -> Result<Box<dyn Library>>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).finish();
    tracing::subscriber::set_global_default(subscriber)?;
    Ok(Box::new(Tracing { _guard: guard }))
}

pub(super) fn blocking(place: &Place) -> Result<Box<dyn Library>> {
    started(file(place), None)
}

/// As it comes: what does not fit into the queue is dropped.
pub(super) fn non_blocking(place: &Place) -> Result<Box<dyn Library>> {
    let (writer, guard) = tracing_appender::non_blocking(file(place));
    started(writer, Some(guard))
}

pub(super) fn lossless(place: &Place) -> Result<Box<dyn Library>> {
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(file(place));
    started(writer, Some(guard))
}
