//! Lines that programs with the logging SDK had no time to write into their files.

use std::path::Path;

use bongsu_model::JOURNALS;

use crate::console::Console;
use crate::text::bytes;

/// Makes the log files in `path`, or the one that it is, whole before they are read. What cannot be done is told and stops nothing.
pub(crate) fn make_whole(path: &Path, console: &Console) {
    let beside = path.parent().filter(|folder| folder.join(JOURNALS).is_dir());
    let Some(folder) = Some(path).filter(|path| path.is_dir()).or(beside) else { return };
    let say = |id: &str, path: &Path, cause: String| {
        let values = [("path", path.display().to_string().into()), ("cause", cause.into())];
        console.note(&console.words.tell(id, &values));
    };
    match bongsu_log::recover(folder) {
        Ok(recovered) => {
            if recovered.journals > 0 && recovered.bytes > 0 {
                console.note(&console.words.tell("journals-recovered", &[("bytes", bytes(recovered.bytes).into())]));
            }
            for (path, error) in recovered.failed {
                say("journals-failed", &path, error.to_string());
            }
            for path in recovered.damaged {
                say("journals-damaged", &path, String::new());
            }
        }
        Err(error) => say("journals-failed", folder, error.to_string()),
    }
}
