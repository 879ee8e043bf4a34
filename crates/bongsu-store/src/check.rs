//! Verifying a data directory, and repairing what can be repaired.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bongsu_model::Dataset;

use crate::delta::{TableFile, TableLog};
use crate::disk::{Disk, RealDisk, write_whole};
use crate::frame::{Frame, HEADER, Header};
use crate::layout::Layout;
use crate::lock::Lock;
use crate::merge::Input;
use crate::meta::{Meta, Progress};
use crate::reader::table_folders;
use crate::rebuild::{Rebuilt, rebuild};
use crate::refused::{self, Broken};
use crate::segment::{self, SEGMENT_HEADER};
use crate::{Damage, StoreError, WayOut, format, recover, repair};

/// What [`check`] is to do.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckOptions {
    /// Decode every row of every file, not only checksums and footers.
    pub deep: bool,
    /// Set damage aside, so that everything else can be read. Needs the writer's lock.
    pub repair: bool,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub what: Damage,
    /// What to do, or what was done.
    pub way_out: WayOut,
    /// Whether `repair` mended it.
    pub repaired: bool,
}

/// What [`check`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// Data files that were looked at.
    pub files: u64,
    /// Frames of the write-ahead log that were looked at.
    pub frames: u64,
    /// Rows in data files.
    pub rows: u64,
    /// Bytes that were read.
    pub bytes: u64,
}

impl CheckReport {
    /// Whether nothing is wrong, or all of it was repaired.
    pub fn is_sound(&self) -> bool {
        self.problems.iter().all(|problem| problem.repaired)
    }
}

/// Verifies every file of the data directory `data`: checksums, footers, the tables' logs, and with
/// [`CheckOptions::deep`] every row. Without [`CheckOptions::repair`] it changes nothing and works beside a running writer.
///
/// Fails only when there is nothing to verify, or when the directory is in use and a repair was asked for. What is damaged
/// stands in the report.
pub fn check(data: &Path, options: CheckOptions) -> Result<CheckReport, StoreError> {
    let layout = Layout::new(data);
    let mut check = Check { disk: Arc::new(RealDisk), options, report: CheckReport::default(), layout };
    check.format()?;
    // Without the lock a writer is at work, and the database is its alone.
    let lock = match Lock::take(&check.layout, None) {
        Err(error) if options.repair => return Err(error),
        other => other.ok(),
    };
    check.log()?;
    if lock.is_some() {
        let progress = check.database()?;
        check.refused(progress)?;
    }
    for dataset in table_folders(&check.layout)? {
        check.table(&dataset)?;
    }
    Ok(check.report)
}

struct Check {
    layout: Layout,
    disk: Arc<dyn Disk>,
    options: CheckOptions,
    report: CheckReport,
}

impl Check {
    fn problem(&mut self, path: &Path, what: Damage) -> &mut Problem {
        let problem = Problem { path: path.to_owned(), what, way_out: WayOut::Repair, repaired: false };
        self.report.problems.push(problem);
        let last = self.report.problems.len() - 1;
        &mut self.report.problems[last]
    }

    fn format(&mut self) -> Result<(), StoreError> {
        match format::check(&self.layout) {
            Err(StoreError::Damaged { path, what }) => {
                let repaired = self.options.repair;
                let problem = self.problem(&path, what);
                if repaired {
                    problem.repaired = true;
                    problem.way_out = WayOut::WrittenAnew;
                    fs::remove_file(&path).map_err(|error| StoreError::io("remove", &path, error))?;
                    format::check_or_write(&self.layout, &*self.disk)?;
                }
                Ok(())
            }
            other => other,
        }
    }

    fn log(&mut self) -> Result<(), StoreError> {
        if self.options.repair {
            let mut frames = 0;
            let disk = Arc::clone(&self.disk);
            let log = recover::recover(&self.layout, &*disk, &mut |_, _| {
                frames += 1;
                Ok(())
            })?;
            self.report.frames = frames;
            self.report.bytes += log.segments.iter().map(|segment| segment.bytes).sum::<u64>();
            self.report.problems.extend(log.problems);
            return Ok(());
        }
        let segments = segment::list(&self.layout.wal())?;
        for (nth, (_, path)) in segments.iter().enumerate() {
            let bytes = match fs::read(path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(StoreError::io("read", path, error)),
            };
            let found = segment::scan(&bytes);
            self.report.frames += found.frames.len() as u64;
            self.report.bytes += bytes.len() as u64;
            if found.header.is_none() && bytes.len() >= SEGMENT_HEADER {
                self.problem(path, Damage::Header);
            }
            for range in &found.damage {
                self.problem(path, Damage::Bytes { from: range.start as u64, to: range.end as u64 });
            }
            let whole = Header::decode(&bytes[found.tail.clone()])
                .is_some_and(|header| found.tail.len() >= HEADER + header.body);
            if !found.tail.is_empty() && (nth + 1 < segments.len() || whole) {
                self.problem(path, Damage::End { from: found.tail.start as u64 });
            }
            for (header, body) in found.frames {
                if let Err(error) = Frame::decode(&bytes[body], self.options.deep) {
                    self.problem(path, Damage::Frame { number: header.number, cause: error.to_string() });
                }
            }
        }
        Ok(())
    }

    fn database(&mut self) -> Result<Progress, StoreError> {
        let path = self.layout.database();
        if !path.exists() {
            return Ok(Progress::default());
        }
        let read = |meta: Meta| meta.list(b"").and_then(|_| meta.progress());
        let error = match Meta::open(&path).and_then(read) {
            Ok(progress) => return Ok(progress),
            Err(error) => error,
        };
        let repair = self.options.repair;
        let (disk, layout) = (Arc::clone(&self.disk), self.layout.clone());
        let problem = self.problem(&path, Damage::told_by(&error));
        if repair {
            let kept = repair::quarantine(&*disk, &layout, &path)?;
            problem.repaired = true;
            problem.way_out = WayOut::DatabaseMoved { to: kept };
            Meta::begin(&path)?;
        }
        Ok(Progress::default())
    }

    fn refused(&mut self, mut progress: Progress) -> Result<(), StoreError> {
        for Broken { path, what, sound } in refused::broken(&self.layout.refused(), progress.refused.as_ref())? {
            let (repair, disk, layout) = (self.options.repair, Arc::clone(&self.disk), self.layout.clone());
            let problem = self.problem(&path, what);
            if repair {
                problem.way_out = WayOut::LinesMoved { to: repair::quarantine(&*disk, &layout, &path)? };
                problem.repaired = true;
                write_whole(&*disk, &path, &sound).map_err(|error| StoreError::io("write", &path, error))?;
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                if let Some((_, len)) = progress.refused.as_mut().filter(|(last, _)| last == name) {
                    *len = sound.len() as u64;
                    Meta::open(&layout.database())?.commit(std::iter::empty(), &progress)?;
                }
            }
        }
        Ok(())
    }

    fn table(&mut self, dataset: &Dataset) -> Result<(), StoreError> {
        let root = self.layout.table(dataset);
        let mut log = match TableLog::load(&root) {
            Ok(log) => log,
            Err(error) => {
                let path = match &error {
                    StoreError::Damaged { path, .. } | StoreError::Io { path, .. } => path.clone(),
                    _ => root.clone(),
                };
                let (repair, disk, layout) = (self.options.repair, Arc::clone(&self.disk), self.layout.clone());
                let problem = self.problem(&path, Damage::told_by(&error));
                if !repair {
                    return Ok(());
                }
                let Rebuilt { log, kept, problems } = rebuild(&*disk, &layout, dataset)?;
                problem.repaired = true;
                problem.way_out = WayOut::LogRebuilt { to: kept };
                self.report.problems.extend(problems);
                log
            }
        };
        let files: Vec<_> = log.files().values().cloned().collect();
        let mut bad = Vec::new();
        for file in files {
            self.report.files += 1;
            match self.file(&file) {
                Ok(()) => self.report.rows += file.data.rows,
                Err(what) => bad.push((file, what)),
            }
        }
        for (file, what) in bad {
            let (repair, disk, layout) = (self.options.repair, Arc::clone(&self.disk), self.layout.clone());
            let problem = self.problem(&file.data.path, what);
            if repair {
                problem.way_out = repair::take_out(&*disk, &layout, &mut log, &file)?;
                problem.repaired = true;
            }
        }
        Ok(())
    }

    fn file(&mut self, file: &TableFile) -> Result<(), Damage> {
        let told = |error: StoreError| Damage::told_by(&error);
        self.report.bytes += file.data.size;
        let input = Input::open_sound(file).map_err(told)?;
        let mut rows = input.rows();
        if self.options.deep {
            let read: Result<u64, _> =
                input.read().map_err(told)?.map(|rows| rows.map(|rows| rows.num_rows() as u64)).sum();
            rows = read.map_err(told)?;
        }
        let expected = file.data.rows;
        if rows == expected { Ok(()) } else { Err(Damage::Rows { found: rows, expected }) }
    }
}

impl TableFile {
    /// Reads the file and compares it with what the table's log says was written.
    pub(crate) fn verify(&self) -> Result<(), StoreError> {
        let path = &self.data.path;
        let (found, crc) = File::open(path).and_then(checksum).map_err(|error| StoreError::io("read", path, error))?;
        if found != self.data.size {
            return Err(Damage::Size { found, expected: self.data.size }.of(path));
        }
        if self.crc.is_some_and(|expected| expected != crc) {
            return Err(Damage::Checksum.of(path));
        }
        Ok(())
    }
}

fn checksum(file: File) -> std::io::Result<(u64, u32)> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut buffer = vec![0; 1 << 20];
    let (mut size, mut crc) = (0, 0);
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok((size, crc));
        }
        size += read as u64;
        crc = crc32c::crc32c_append(crc, &buffer[..read]);
    }
}
