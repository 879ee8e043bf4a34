//! What `check` does about damage.

use std::path::{Path, PathBuf};

use bongsu_model::{Clock, SystemClock};

use crate::action::Action;
use crate::delta::{Commit, TableFile, TableLog};
use crate::disk::Disk;
use crate::layout::Layout;
use crate::{StoreError, WayOut};

/// Moves a file or a folder to `quarantine/`; returns where it is then.
pub(crate) fn quarantine(disk: &dyn Disk, layout: &Layout, path: &Path) -> Result<PathBuf, StoreError> {
    let folder = layout.quarantine();
    disk.create_dir(&folder).map_err(|error| StoreError::io("create", &folder, error))?;
    let inside = path.strip_prefix(layout.root()).unwrap_or(path);
    let name = inside.to_string_lossy().replace('/', "-");
    let place = (0..1_000)
        .map(|nth: u32| folder.join(if nth == 0 { name.clone() } else { format!("{name}.{nth}") }))
        .find(|place| !place.exists())
        .unwrap_or_else(|| folder.join(&name));
    disk.rename(path, &place).map_err(|error| StoreError::io("move", path, error))?;
    for changed in [Some(folder.as_path()), path.parent()].into_iter().flatten() {
        disk.sync_dir(changed).map_err(|error| StoreError::io("sync", changed, error))?;
    }
    Ok(place)
}

/// Takes a damaged or missing file out of its table; returns what was done.
pub(crate) fn take_out(
    disk: &dyn Disk,
    layout: &Layout,
    log: &mut TableLog,
    file: &TableFile,
) -> Result<WayOut, StoreError> {
    let millis = SystemClock.now().micros() / 1_000;
    let actions = vec![Action::remove(file.add.removal(millis, true))];
    let commit = Commit { operation: "FSCK", schema: None, actions, millis };
    log.commit(disk, &commit, |log| log.files().contains_key(&file.add.path))?;
    if !file.data.path.exists() {
        return Ok(WayOut::TakenOut);
    }
    Ok(WayOut::TakenOutAndMoved { to: quarantine(disk, layout, &file.data.path)? })
}
