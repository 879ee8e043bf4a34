//! From what a user names to the files that are read.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use bongsu_model::{JOURNALS, Refusal};
use globset::GlobBuilder;
use walkdir::WalkDir;

use crate::SourceError;

/// What the file system calls a file, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// What tells that a file has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) id: FileId,
    pub(crate) size: u64,
    /// Nanoseconds since the epoch.
    pub(crate) modified: i64,
}

impl Stat {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            id: FileId { device: metadata.dev(), inode: metadata.ino() },
            size: metadata.len(),
            modified: metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec()),
        }
    }
}

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// Standard input.
    Stdin,
    /// A regular file, by its absolute path; `named` when the user named it itself and not a folder or pattern.
    File { path: PathBuf, stat: Stat, named: bool },
    /// A named pipe or character device that the user named himself: read to its end as a stream.
    Stream { path: PathBuf },
    /// Something that cannot be read.
    Refused { path: PathBuf, reason: Refusal },
    /// The folder that is to be left alone.
    Without,
}

/// The inputs that `paths` name now, each file once, folders sorted by name.
///
/// With `strict`, a path that does not exist is an error; without, it is left out (a followed file between two names).
/// What lies in the folder `without` is left alone.
pub(crate) fn expand(paths: &[PathBuf], strict: bool, without: Option<&Path>) -> Result<Vec<Input>, SourceError> {
    let without = without.and_then(|folder| fs::metadata(folder).ok()).map(|metadata| Stat::of(&metadata).id);
    let mut list = List { without, ..List::default() };
    for path in paths {
        if path.as_os_str() == "-" {
            list.inputs.push(Input::Stdin);
            continue;
        }
        let path = &std::path::absolute(path).map_err(|_| missing(path))?;
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                if list.folder(path, &|_| true) {
                    list.inputs.push(Input::Without);
                }
            }
            Ok(metadata) => list.add(path, &metadata, true),
            Err(error) if is_pattern(path) && error.kind() == io::ErrorKind::NotFound => {
                let before = list.inputs.len();
                list.pattern(path)?;
                if strict && list.inputs.len() == before {
                    return Err(SourceError::NothingFits { pattern: path.display().to_string() });
                }
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                if strict {
                    return Err(missing(path));
                }
            }
            Err(error) => list.refuse(path, describe(&error)),
        }
    }
    Ok(list.inputs)
}

#[derive(Debug, Default)]
struct List {
    inputs: Vec<Input>,
    seen: HashSet<FileId>,
    without: Option<FileId>,
}

impl List {
    fn refuse(&mut self, path: &Path, reason: Refusal) {
        self.inputs.push(Input::Refused { path: path.to_owned(), reason });
    }

    fn add(&mut self, path: &Path, metadata: &Metadata, named: bool) {
        let kind = metadata.file_type();
        if kind.is_file() {
            let stat = Stat::of(metadata);
            if self.seen.insert(stat.id) {
                self.inputs.push(Input::File { path: path.to_owned(), stat, named });
            }
        } else if named && (kind.is_fifo() || kind.is_char_device()) {
            self.inputs.push(Input::Stream { path: path.to_owned() });
        } else {
            let what = match () {
                () if kind.is_fifo() => Refusal::Pipe,
                () if kind.is_socket() => Refusal::Socket,
                () if kind.is_char_device() => Refusal::Device,
                () if kind.is_block_device() => Refusal::BlockDevice,
                () => Refusal::NoFile,
            };
            self.refuse(path, what);
        }
    }

    /// Adds the wanted files in `folder`; says whether the folder to be left alone lies there.
    fn folder(&mut self, folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> bool {
        let mut has_met = false;
        let mut walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            let found = entry.and_then(|entry| entry.metadata().map(|metadata| (entry.into_path(), metadata)));
            match found {
                Ok((path, metadata)) if metadata.is_dir() => {
                    if self.without == Some(Stat::of(&metadata).id) {
                        has_met = true;
                        walk.skip_current_dir();
                    } else if path.file_name() == Some(OsStr::new(JOURNALS)) {
                        walk.skip_current_dir();
                    }
                }
                Ok((path, metadata)) if wanted(&path) => self.add(&path, &metadata, false),
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    if wanted(&path) || path.is_dir() {
                        self.refuse(&path, describe_walk(&error));
                    }
                }
            }
        }
        has_met
    }

    fn pattern(&mut self, path: &Path) -> Result<(), SourceError> {
        let text = path.to_string_lossy();
        let glob =
            GlobBuilder::new(&text).literal_separator(true).backslash_escape(true).build().map_err(|error| {
                SourceError::BadPattern { pattern: text.to_string(), reason: error.kind().to_string() }
            })?;
        let matcher = glob.compile_matcher();
        let base: PathBuf = path.components().take_while(|part| !is_pattern(Path::new(part.as_os_str()))).collect();
        // Other patterns hardly reach so deep.
        if self.folder(&base, &|path| matcher.is_match(path)) && text.contains("**") {
            self.inputs.push(Input::Without);
        }
        Ok(())
    }
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '[', '{'])
}

/// What the system said, in words that need no manual.
pub(crate) fn describe(error: &io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Refusal::Permission,
        io::ErrorKind::NotFound => Refusal::Vanished,
        _ => Refusal::Other(error.to_string()),
    }
}

fn describe_walk(error: &walkdir::Error) -> Refusal {
    match (error.loop_ancestor(), error.io_error()) {
        (Some(_), _) => Refusal::Loop,
        (None, Some(error)) => describe(error),
        (None, None) => Refusal::Other(error.to_string()),
    }
}

fn missing(path: &Path) -> SourceError {
    SourceError::NoSuchFile { path: path.to_owned(), near: near(path) }
}

/// The name in the same folder that takes the fewest changes, when those are few.
fn near(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let folder = path.parent()?;
    let allowed = (name.chars().count() / 3).clamp(1, 3);
    let names = fs::read_dir(folder).ok()?.filter_map(Result::ok).take(10_000).map(|entry| entry.file_name());
    let measured = names.map(|other| (distance(&name, &other.to_string_lossy().to_lowercase()), other));
    let (_, best) = measured.filter(|(distance, _)| *distance <= allowed).min()?;
    Some(folder.join(best))
}

/// How many signs must be changed, added or removed to make `b` of `a` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let best = (diagonal + usize::from(x != *y)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, best);
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn names(inputs: &[Input], root: &Path) -> Vec<String> {
        let show = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
        inputs
            .iter()
            .map(|input| match input {
                Input::Stdin => "-".to_owned(),
                Input::File { path, .. } => show(path),
                Input::Stream { path } => format!("stream {}", show(path)),
                Input::Refused { path, reason } => format!("{}: {reason}", show(path)),
                Input::Without => "without".to_owned(),
            })
            .collect()
    }

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.log", "a/two.log", "a/one.log", "a/deep/three.txt"] {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x\n").unwrap();
        }
        dir
    }

    #[test]
    fn folders_are_read_whole_and_sorted_and_each_file_once() {
        let dir = tree();
        let paths = [dir.path().to_owned(), dir.path().join("b.log")];
        let inputs = expand(&paths, true, None).unwrap();
        assert_eq!(names(&inputs, dir.path()), ["a/deep/three.txt", "a/one.log", "a/two.log", "b.log"]);
    }

    #[test]
    fn patterns_keep_to_their_folder_unless_two_stars_say_otherwise() {
        let dir = tree();
        let found =
            |pattern: &str| expand(&[dir.path().join(pattern)], true, None).map(|found| names(&found, dir.path()));
        assert_eq!(found("*.log").unwrap(), ["b.log"]);
        assert_eq!(found("**/*.{log,txt}").unwrap().len(), 4);
        assert!(matches!(found("*.nothing"), Err(SourceError::NothingFits { .. })));
        assert!(matches!(found("a["), Err(SourceError::BadPattern { .. })));
    }

    #[test]
    fn a_wrong_name_is_an_error_that_knows_a_near_one() {
        let dir = tree();
        let Err(SourceError::NoSuchFile { near, .. }) = expand(&[dir.path().join("a/on.log")], true, None) else {
            panic!("must not exist")
        };
        assert_eq!(near, Some(dir.path().join("a/one.log")));
        assert_eq!(expand(&[dir.path().join("a/on.log")], false, None).unwrap(), []);
    }

    #[test]
    fn loops_links_to_nothing_and_pipes_are_refused_with_a_reason() {
        let dir = tree();
        symlink(dir.path(), dir.path().join("a/loop")).unwrap();
        symlink("nowhere", dir.path().join("dangling")).unwrap();
        let fifo = dir.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let inputs = names(&expand(&[dir.path().to_owned()], true, None).unwrap(), dir.path());
        for refused in ["a/loop: a link that leads", "dangling: it vanished", "pipe: a named pipe"] {
            assert!(inputs.iter().any(|input| input.starts_with(refused)), "{refused} in {inputs:?}");
        }
        assert_eq!(names(&expand(&[fifo], true, None).unwrap(), dir.path()), ["stream pipe"]);
    }

    #[test]
    fn the_folder_to_be_left_alone_is_left_alone_by_every_name() {
        let dir = tree();
        let (data, link) = (dir.path().join("a"), dir.path().join("link"));
        symlink("a", &link).unwrap();
        let found = |path: &str| names(&expand(&[dir.path().join(path)], true, Some(&link)).unwrap(), dir.path());
        assert_eq!(found("."), ["b.log", "without"]);
        assert_eq!(found("a"), ["without"]);
        assert_eq!(found("**/*.log"), ["b.log", "without"]);
        assert_eq!(found("*.log"), ["b.log"]);
        assert_eq!(expand(&[data], true, Some(Path::new("/nonexistent"))).unwrap().len(), 3);
    }

    #[test]
    fn distance_counts_changes() {
        assert_eq!(distance("app.log", "ap.log"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
