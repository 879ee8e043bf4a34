//! spdlog-rs: a rotating file, written by the caller or by a thread; both buffer, as they do by default.

use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;

use spdlog::sink::{AsyncPoolSink, RotatingFileSink, RotationPolicy, Sink};
use spdlog::{Logger, ThreadPool};

use super::{Library, OLDER};
use crate::{Place, Result};

struct Spdlog {
    logger: Logger,
    /// Behind the logger: its end waits for the thread.
    _pool: Option<Arc<ThreadPool>>,
}

impl Library for Spdlog {
    fn write(&self, numbers: Range<u64>) {
        for number in numbers {
            spdlog::info!(logger: self.logger, "req {number} user={}", black_box("bob"));
        }
    }

    fn close(self: Box<Self>) {
        self.logger.flush();
    }
}

fn file(place: &Place) -> Result<Arc<RotatingFileSink>> {
    let sink = RotatingFileSink::builder()
        .base_path(place.file())
        .rotation_policy(RotationPolicy::FileSize(place.rotate as u64))
        .max_files(OLDER + 1)
        .build_arc()?;
    Ok(sink)
}

fn logger(sink: Arc<dyn Sink>, pool: Option<Arc<ThreadPool>>) -> Result<Box<dyn Library>> {
    let logger = Logger::builder().name("bench").sink(sink).build()?;
    Ok(Box::new(Spdlog { logger, _pool: pool }))
}

pub(super) fn sync(place: &Place) -> Result<Box<dyn Library>> {
    logger(file(place)?, None)
}

pub(super) fn queued(place: &Place) -> Result<Box<dyn Library>> {
    let pool = ThreadPool::builder().build_arc()?;
    let sink = AsyncPoolSink::builder().sink(file(place)?).thread_pool(Arc::clone(&pool)).build_arc()?;
    logger(sink, Some(pool))
}
