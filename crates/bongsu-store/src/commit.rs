//! Group commit: one thread writes the frames of all who wait, makes them durable with one sync, and wakes them all.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, SyncSender};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use bongsu_model::Acked;

use crate::StoreError;
use crate::frame::{Body, Frame};
use crate::shared::{Shared, lock};

/// Bytes of frames that are written before they are synced.
const GROUP_BYTES: usize = 32 << 20;

type Reply = SyncSender<Result<Acked, StoreError>>;

/// A frame that somebody waits for.
struct Waiting {
    frame: Frame,
    body: Body,
    reply: Reply,
}

/// The way to the thread that writes frames.
#[derive(Debug)]
pub(crate) struct Committer {
    queue: Option<Sender<Waiting>>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts the thread.
    pub(crate) fn start(shared: Arc<Shared>) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel();
        let path = shared.layout.wal();
        let thread = std::thread::Builder::new()
            .name("bongsu-commit".into())
            .spawn(move || run(&shared, &waiting))
            .map_err(|error| StoreError::io("start a thread for", &path, error))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Returns once `frame` is durable and its rows can be seen, or is refused.
    pub(crate) fn commit(&self, frame: Frame) -> Result<Acked, StoreError> {
        let body = frame.encode().map_err(|error| StoreError::BadBatch { what: error.to_string() })?;
        let (reply, answer) = mpsc::sync_channel(1);
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(Waiting { frame, body, reply }).map_err(|_| StoreError::Closed)?;
        answer.recv().map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(shared: &Shared, waiting: &Receiver<Waiting>) {
    while let Ok(first) = waiting.recv() {
        let mut bytes = first.body.len();
        let mut group = vec![first];
        while bytes < GROUP_BYTES
            && let Ok(next) = waiting.try_recv()
        {
            bytes += next.body.len();
            group.push(next);
        }
        commit_group(shared, group);
    }
}

fn commit_group(shared: &Shared, group: Vec<Waiting>) {
    let mut wal = lock(&shared.wal);
    let mut written = Vec::with_capacity(group.len());
    let mut failed = Vec::new();
    for Waiting { frame, body, reply } in group {
        let appended = shared.check_poison().and_then(|()| {
            let rows_of = frame.rows.is_some().then_some(&frame.dataset);
            wal.append(&body, rows_of).map_err(|error| if error.is_full() { error } else { shared.poison(&error) })
        });
        match appended {
            Ok(number) => written.push((number, frame, reply)),
            Err(error) => failed.push((error, reply)),
        }
    }
    if !written.is_empty()
        && let Err(error) = shared.check_poison().and_then(|()| wal.sync().map_err(|error| shared.poison(&error)))
    {
        wal.take_back();
        failed.extend(written.drain(..).map(|(_, _, reply)| (error.clone(), reply)));
    }
    if wal.segment_bytes() >= shared.config.segment_bytes && shared.check_poison().is_ok() {
        rotate(shared, &mut wal);
    }
    drop(wal);
    publish(shared, written);
    for (error, reply) in failed {
        let _ = reply.send(Err(error));
    }
}

fn rotate(shared: &Shared, wal: &mut crate::wal::Wal) {
    match wal.rotate(shared.next_id.load(Ordering::Relaxed)) {
        Ok(()) => {}
        Err(error) if error.is_full() => tracing::warn!(%error, "the write-ahead log goes on in its old segment"),
        Err(error) => {
            shared.poison(&error);
        }
    }
}

/// Makes durable rows visible, then tells those who wait.
fn publish(shared: &Shared, written: Vec<(u64, Frame, Reply)>) {
    let seal = (shared.config.seal_bytes, shared.config.seal_rows);
    let mut replies = Vec::with_capacity(written.len());
    let mut state = lock(&shared.state);
    let mut full = false;
    for (number, frame, reply) in written {
        shared.counters.refused(frame.refused.len() as u64);
        let rows = frame.rows.as_ref().map_or(0, |rows| rows.num_rows() as u64);
        full |= state.apply(number, frame, seal);
        replies.push((Acked { rows, frame: number }, reply));
    }
    drop(state);
    if full {
        shared.wake.notify_all();
    }
    for (acked, reply) in replies {
        let _ = reply.send(Ok(acked));
    }
}
