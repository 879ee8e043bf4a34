//! The log home: one folder that holds every log of a program.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::LogError;

/// The folders of a log home, all made when logging starts.
pub const FOLDERS: [&str; 8] = ["app", "error", "system", "audit", "performance", "reports", "alerts", "archive"];

/// Where logs go unless the program says otherwise: `BONGSU_LOG_DIR`, else `logs` in the working folder.
pub fn default_home() -> PathBuf {
    from_variable(std::env::var_os("BONGSU_LOG_DIR").as_deref())
}

fn from_variable(value: Option<&OsStr>) -> PathBuf {
    value.filter(|value| !value.is_empty()).map_or_else(|| PathBuf::from("logs"), PathBuf::from)
}

/// Makes a home and its folders; those that stand already are left as they are.
pub fn create_home(home: &Path) -> Result<(), LogError> {
    for folder in FOLDERS {
        let path = home.join(folder);
        fs::create_dir_all(&path).map_err(|source| LogError::Folder { path, source })?;
    }
    Ok(())
}

/// Where the file of a component is in `home`, if `file` is a plain name that no other handler has.
///
/// ```
/// # use std::path::Path;
/// let file = bongsu_log::component_file(Path::new("logs"), "pay.log")?;
/// assert_eq!(file, Path::new("logs/app/pay.log"));
/// # Ok::<(), bongsu_log::LogError>(())
/// ```
pub fn component_file(home: &Path, file: &str) -> Result<PathBuf, LogError> {
    let plain = Path::new(file).file_name() == Some(OsStr::new(file));
    if !plain || file.contains(['/', '\\', '\0']) || file == APPLICATION {
        return Err(LogError::FileName(file.to_owned()));
    }
    Ok(home.join("app").join(file))
}

/// The name of the file that has every record, in `app/`.
pub(crate) const APPLICATION: &str = "application.log";

/// The name of a component's file without its ending: what cannot stand in one becomes `_`.
///
/// ```
/// assert_eq!(bongsu_log::file_stem("shop/orders: new"), "shop_orders__new");
/// ```
pub fn file_stem(component: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' };
    let stem: String = component.chars().map(safe).collect();
    if stem.trim_matches('.').is_empty() { "unnamed".to_owned() } else { stem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_names_the_home_and_an_empty_value_does_not() {
        assert_eq!(from_variable(Some(OsStr::new("/srv/logs"))), Path::new("/srv/logs"));
        assert_eq!(from_variable(Some(OsStr::new(""))), Path::new("logs"));
        assert_eq!(from_variable(None), Path::new("logs"));
    }

    #[test]
    fn every_folder_is_made_and_making_it_again_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("a/logs");
        create_home(&home).unwrap();
        create_home(&home).unwrap();
        for name in FOLDERS {
            assert!(home.join(name).is_dir(), "{name}");
        }
    }

    #[test]
    fn a_home_below_a_file_is_an_error_that_names_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("taken");
        fs::write(&file, "x").unwrap();
        let said = create_home(&file).unwrap_err().to_string();
        assert!(said.contains("taken/app"), "{said}");
    }

    #[test]
    fn a_component_cannot_leave_its_folder_nor_take_the_common_file() {
        let home = Path::new("logs");
        assert_eq!(component_file(home, "api.log").unwrap(), Path::new("logs/app/api.log"));
        for name in ["", ".", "..", "../error.log", "a/b.log", "/etc/x", "x/", "application.log"] {
            assert!(component_file(home, name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_component_becomes_a_file_name() {
        assert_eq!(file_stem("src.data/수집 api"), "src.data_수집_api");
        assert_eq!(file_stem(".."), "unnamed");
    }
}
