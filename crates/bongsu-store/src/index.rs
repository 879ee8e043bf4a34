//! Reading the index that lies in a file of a table, and what it is good for in the store: a miner that starts where the
//! one before it stopped.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use bongsu_index::{Entry, Group, Shapes, Source, decode_directory};
use bongsu_pattern::{Miner, MinerConfig};

use crate::DataFile;
use crate::delta::TableFile;

/// Files, newest first, whose templates a new miner is taught.
const TEACHERS: usize = 8;

/// The index in a file.
#[derive(Debug)]
pub struct IndexFile {
    path: PathBuf,
    shapes: Arc<Shapes>,
}

impl IndexFile {
    /// The index in `file` and the groups it has; none when there is none, or when it cannot be read: its rows are then to
    /// be looked at one by one.
    pub fn open(file: &DataFile, shapes: Arc<Shapes>) -> Option<(Self, Vec<Entry>)> {
        let index = Self { path: file.path.clone(), shapes };
        let entries = decode_directory(&index.read(file.index.clone()?)?)?;
        Some((index, entries))
    }
}

impl Source for IndexFile {
    fn read(&self, at: Range<u64>) -> Option<Vec<u8>> {
        let file = File::open(&self.path).ok()?;
        let inside = at.start <= at.end && at.end <= file.metadata().ok()?.len();
        let mut bytes = vec![0; inside.then(|| at.end - at.start)? as usize];
        file.read_exact_at(&mut bytes, at.start).ok()?;
        Some(bytes)
    }

    fn shapes(&self) -> &Shapes {
        &self.shapes
    }
}

/// A miner that knows the templates of the newest of `files`.
pub(crate) fn miner_of(files: &[Arc<TableFile>]) -> Miner {
    let mut newest: Vec<_> = files.iter().collect();
    newest.sort_by_key(|file| std::cmp::Reverse((file.data.time.map(|time| time.to), &file.add.path)));
    let shapes = Arc::new(Shapes::default());
    let mut texts: Vec<String> = Vec::new();
    for file in newest.into_iter().take(TEACHERS) {
        let Some((source, entries)) = IndexFile::open(&file.data, Arc::clone(&shapes)) else { continue };
        for entry in entries {
            let group = Group::new(entry);
            let Some(templates) = group.templates(&source) else { continue };
            texts.extend(templates.shapes.iter().map(|known| known.text.as_ref().to_owned()));
        }
    }
    texts.sort_unstable();
    texts.dedup();
    Miner::restore(MinerConfig::default(), texts.iter().map(String::as_str))
}
