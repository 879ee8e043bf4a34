//! The version of what is on disk.

use std::fs;
use std::io::ErrorKind;

use crate::disk::{Disk, write_whole};
use crate::layout::Layout;
use crate::{Damage, StoreError};

/// The newest format this program reads, and the one it writes.
pub(crate) const FORMAT: u32 = 1;

/// The format of the data directory; none when it has no FORMAT file.
pub(crate) fn read(layout: &Layout) -> Result<Option<u32>, StoreError> {
    let path = layout.format();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(Damage::NoFormat.of(&path)),
        Err(error) => return Err(StoreError::io("read", &path, error)),
    };
    let number =
        text.trim().strip_prefix("bongsu ").and_then(|number| number.parse().ok()).filter(|number| *number > 0);
    number.map(Some).ok_or_else(|| Damage::NoFormat.of(&path))
}

/// Checks that this program can read the data directory.
pub(crate) fn check(layout: &Layout) -> Result<(), StoreError> {
    match read(layout)? {
        None => Err(StoreError::NotAStore { path: layout.root().to_owned() }),
        Some(found) if found > FORMAT => {
            Err(StoreError::TooNew { path: layout.root().to_owned(), found, known: FORMAT })
        }
        Some(_) => Ok(()),
    }
}

/// Checks the format, and writes it down in a directory that has none.
pub(crate) fn check_or_write(layout: &Layout, disk: &dyn Disk) -> Result<(), StoreError> {
    if read(layout)?.is_some() {
        return check(layout);
    }
    let path = layout.format();
    write_whole(disk, &path, format!("bongsu {FORMAT}\n").as_bytes())
        .map_err(|error| StoreError::io("write", &path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;

    #[test]
    fn a_newer_format_is_refused_and_ours_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        assert!(matches!(check(&layout), Err(StoreError::NotAStore { .. })));
        check_or_write(&layout, &RealDisk).unwrap();
        check(&layout).unwrap();
        fs::write(layout.format(), "bongsu 2\n").unwrap();
        assert!(matches!(check_or_write(&layout, &RealDisk), Err(StoreError::TooNew { found: 2, .. })));
        for damaged in [&b"??"[..], b"", b"bongsu 0\n", b"bongsu \xff\n", b"BONGSU 1"] {
            fs::write(layout.format(), damaged).unwrap();
            assert!(matches!(check(&layout), Err(StoreError::Damaged { .. })));
        }
    }
}
