//! One measurement in a process of its own: `bench-sdk LIBRARY CASE COUNT ROTATE FOLDER RESULT`; the result is a JSON file.
//!
//! `bench/sdk/run.py --rust` starts it, checks the log files and prints the table. `bench-sdk names` prints the libraries.

mod cases;
mod libraries;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// What every part fails with: the text is what the table's note says.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Where a library writes, and at how many bytes it rotates.
#[derive(Debug, Clone)]
struct Place {
    folder: PathBuf,
    rotate: usize,
}

impl Place {
    /// The log file, for libraries that let its name be chosen.
    fn file(&self) -> PathBuf {
        self.folder.join("log.log")
    }
}

fn main() -> Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    match given[..] {
        ["names"] => {
            libraries::ALL.iter().for_each(|(name, _)| println!("{name}"));
            Ok(())
        }
        [library, case, count, rotate, folder, result] => {
            let place = Place { folder: folder.into(), rotate: rotate.parse()? };
            let told = measured(library, case, count.parse()?, &place)?;
            Ok(std::fs::write(Path::new(result), Value::Object(told).to_string())?)
        }
        _ => Err("usage: bench-sdk names | bench-sdk LIBRARY CASE COUNT ROTATE FOLDER RESULT".into()),
    }
}

fn measured(library: &str, case: &str, count: u64, place: &Place) -> Result<Map<String, Value>> {
    let (_, (file, open)) =
        libraries::ALL.iter().find(|(name, _)| *name == library).ok_or_else(|| format!("no library {library:?}"))?;
    let mut told = match case {
        "hot" => cases::hot(open(place)?, count),
        "sustained" => cases::sustained(open(place)?, count),
        "threads" => cases::threads(open(place)?, count),
        "crash" => return cases::crash(open(place)?, count),
        "reopen" => {
            open(place)?.close();
            Map::new()
        }
        _ => return Err(format!("no case {case:?}").into()),
    };
    told.insert("path".into(), json!(place.folder.join(file)));
    Ok(told)
}
