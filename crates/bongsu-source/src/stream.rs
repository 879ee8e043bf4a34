//! Streams that may pause: what has come is kept while nothing more comes.

use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::SourceError;
use crate::binary;
use crate::collector::Collector;
use crate::decompress;
use crate::inputs::describe;
use crate::reading::Reading;

const PIECE: usize = 256 << 10;

/// Reads a stream to its end. A thread of its own waits for the bytes: it ends with the stream, or with the process when a
/// stop comes first.
pub(crate) fn read<F>(to: &mut Collector<'_>, name: &Path, open: F) -> Result<(), SourceError>
where
    F: FnOnce() -> io::Result<Box<dyn Read + Send>> + Send + 'static,
{
    let (sender, pieces) = sync_channel(2);
    std::thread::spawn(move || {
        if let Err(error) = open().and_then(|raw| forward(raw, &sender)) {
            // Nobody listens any more when the gathering has stopped.
            let _ = sender.send(Err(error));
        }
    });
    to.report.files += 1;
    let mut reading = Reading::stream(to, name);
    take(to, &mut reading, name, &pieces)?;
    let all = reading.window.pending().len();
    reading.parse(to, all, true)
}

fn forward(raw: Box<dyn Read + Send>, sender: &SyncSender<io::Result<Vec<u8>>>) -> io::Result<()> {
    let mut bytes = decompress::open(raw)?.bytes;
    loop {
        let mut piece = vec![0; PIECE];
        match bytes.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                piece.truncate(count);
                piece.shrink_to_fit();
                if sender.send(Ok(piece)).is_err() {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn take(
    to: &mut Collector<'_>,
    reading: &mut Reading<'_>,
    name: &Path,
    pieces: &Receiver<io::Result<Vec<u8>>>,
) -> Result<(), SourceError> {
    const LOOK: Duration = Duration::from_millis(50);
    let mut quiet_since = Instant::now();
    let mut is_new = true;
    while !to.with.stopped() {
        match pieces.recv_timeout(LOOK) {
            Ok(Ok(piece)) => {
                let refusal = if to.with.options.format.is_none() { binary::refusal(&piece) } else { None };
                if let Some(reason) = refusal.filter(|_| std::mem::take(&mut is_new)) {
                    to.refuse_input(name, reason, &piece);
                    return Ok(());
                }
                is_new = false;
                reading.window.push(&piece);
                let pending = reading.window.pending().len();
                reading.parse(to, pending, false)?;
                to.progress(name, reading.window.offset());
                quiet_since = Instant::now();
            }
            Ok(Err(error)) => {
                to.refuse_input(name, describe(&error), &[]);
                return Ok(());
            }
            Err(RecvTimeoutError::Timeout) if quiet_since.elapsed() >= to.with.options.settle => {
                let lines = reading.lines();
                reading.parse(to, lines, true)?;
                to.flush()?;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
    Ok(())
}
