//! Who made a journal, told so that other processes understand it.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use super::sys::LABEL;

const MAGIC: &[u8; 8] = b"bongsuJ1";
const BOOT: usize = 36;
const NAME: usize = 8 + 4 + 8 + BOOT + 2;

/// A process since a start of the machine, and the name of the log file it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) pid: u32,
    /// When the process began, in the kernel's ticks: a number alone is given again.
    started: u64,
    boot: [u8; BOOT],
    pub(super) log: String,
}

impl Origin {
    /// This process, as the writer of `log`. None for a name that does not fit.
    pub(super) fn here(log: &str) -> Option<Self> {
        let pid = std::process::id();
        let fits = log.len() <= LABEL - NAME;
        fits.then(|| Self { pid, started: started(pid).unwrap_or(0), boot: boot(), log: log.to_owned() })
    }

    /// This process as it would read after the machine has been started anew and gave its number again.
    #[cfg(test)]
    pub(super) fn before_restart(log: &str) -> Self {
        Self { boot: [b'x'; BOOT], ..Self::here(log).unwrap() }
    }

    pub(super) fn to_label(&self) -> [u8; LABEL] {
        let mut label = [0; LABEL];
        let name = self.log.as_bytes();
        let fields: [&[u8]; 6] = [
            MAGIC,
            &self.pid.to_le_bytes(),
            &self.started.to_le_bytes(),
            &self.boot,
            &(name.len() as u16).to_le_bytes(),
            name,
        ];
        let mut at = 0;
        for field in fields {
            label[at..at + field.len()].copy_from_slice(field);
            at += field.len();
        }
        label
    }

    /// None when the label is not one that this version writes.
    pub(super) fn from_label(label: &[u8; LABEL]) -> Option<Self> {
        let rest = label.strip_prefix(MAGIC)?;
        let (pid, rest) = rest.split_first_chunk()?;
        let (started, rest) = rest.split_first_chunk()?;
        let (boot, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let name = rest.get(..u16::from_le_bytes(*length).into())?;
        let log = std::str::from_utf8(name).ok()?.to_owned();
        let plain = Path::new(&log).file_name().is_some_and(|name| name == log.as_str());
        plain.then_some(Self { pid: u32::from_le_bytes(*pid), started: u64::from_le_bytes(*started), boot: *boot, log })
    }

    /// Whether the process still lives, as far as can be seen from here.
    pub(super) fn lives(&self) -> bool {
        self.is_of_this_boot() && started(self.pid) == Some(self.started)
    }

    /// Whether the machine has not been started anew since.
    pub(super) fn is_of_this_boot(&self) -> bool {
        self.boot == boot()
    }
}

/// The 22nd field of the process's line, counted behind the name, which may hold anything.
fn started(pid: u32) -> Option<u64> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    line.rsplit_once(')')?.1.split_ascii_whitespace().nth(19)?.parse().ok()
}

fn boot() -> [u8; BOOT] {
    static BOOT_ID: OnceLock<[u8; BOOT]> = OnceLock::new();
    *BOOT_ID.get_or_init(|| {
        let text = fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        text.first_chunk().copied().unwrap_or([b'0'; BOOT])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_reads_back_and_this_process_lives() {
        let here = Origin::here("봉수.log").unwrap();
        assert_eq!(Origin::from_label(&here.to_label()).unwrap(), here);
        assert!(here.lives() && here.is_of_this_boot());
        let other = Origin { started: here.started + 1, ..here.clone() };
        assert!(!other.lives());
        let long_ago = Origin { boot: [b'x'; BOOT], ..here };
        assert!(!long_ago.lives() && !long_ago.is_of_this_boot());
    }

    #[test]
    fn a_label_that_names_another_folder_or_is_none_is_refused() {
        let mut here = Origin::here("x.log").unwrap();
        assert!(Origin::from_label(&[0; LABEL]).is_none());
        for name in ["../x.log", "a/b", "", ".."] {
            here.log = name.to_owned();
            assert!(Origin::from_label(&here.to_label()).is_none(), "{name}");
        }
        assert!(Origin::here(&"x".repeat(1000)).is_none());
    }
}
