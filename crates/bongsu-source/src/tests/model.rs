//! Whatever happens to files between runs, every line becomes one record.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::decompress::Compression;
use crate::decompress::tests::pack;

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    /// The beginning of a line; the next append ends it.
    Half,
    /// `app.log` becomes `app.log.1`, `.1` becomes `.2` …
    Rotate,
    CopyTruncate,
    Compress {
        which: usize,
        with: u8,
        keeps: bool,
    },
    Copy,
    /// Everything that was gathered is gone.
    Truncate,
    DeleteOldest,
    Gather {
        dies_after: Option<usize>,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (1usize..60).prop_map(Step::Append),
        2 => Just(Step::Half),
        2 => Just(Step::Rotate),
        1 => Just(Step::CopyTruncate),
        2 => (0usize..4, 0u8..4, any::<bool>()).prop_map(|(which, with, keeps)| Step::Compress { which, with, keeps }),
        1 => Just(Step::Copy),
        1 => Just(Step::Truncate),
        1 => Just(Step::DeleteOldest),
        4 => proptest::option::of(0usize..6).prop_map(|dies_after| Step::Gather { dies_after }),
    ]
}

/// The world as it should be.
struct World {
    bench: Bench,
    banner: String,
    count: usize,
    half: Option<String>,
    /// Lines that were written, with how often.
    written: BTreeMap<String, usize>,
    completed: u64,
    /// Rotated files, newest first.
    rotated: Vec<String>,
    generation: usize,
}

impl World {
    fn new(banner: bool) -> Self {
        let mut bench = Bench::new();
        bench.limits = Limits { rows: 16, bytes: 1 << 20, chunk: 700, slice: 300 };
        let banner = if banner { "this program greets all who read its log\n".repeat(30) } else { String::new() };
        Self {
            bench,
            banner,
            count: 0,
            half: None,
            written: BTreeMap::new(),
            completed: 0,
            rotated: Vec::new(),
            generation: 0,
        }
    }

    fn note(&mut self, text: &str) {
        for line in text.lines() {
            *self.written.entry(line.to_owned()).or_default() += 1;
        }
    }

    fn append(&mut self, count: usize) {
        let mut text = String::new();
        if fs::metadata(self.bench.path("app.log")).map_or(0, |metadata| metadata.len()) == 0 {
            text.push_str(&self.banner);
        }
        let mut whole = text.clone();
        if let Some(half) = self.half.take() {
            text.push_str(" and then it went on\n");
            whole = format!("{half}{text}");
        }
        for _ in 0..count {
            let line = format!("event {} was seen\n", self.count);
            self.count += 1;
            text.push_str(&line);
            whole.push_str(&line);
        }
        self.bench.append("app.log", &text);
        self.note(&whole);
    }

    fn half(&mut self) {
        // A file does not begin with half a line here: the banner comes first.
        if self.half.is_none() && self.live() {
            let half = format!("event {} was ha", self.count);
            self.count += 1;
            self.bench.append("app.log", &half);
            self.half = Some(half);
        }
    }

    fn live(&self) -> bool {
        fs::metadata(self.bench.path("app.log")).is_ok_and(|metadata| metadata.len() > 0)
    }

    /// The writer has left: what it did not finish stays as it is.
    fn close(&mut self) {
        if let Some(half) = self.half.take() {
            self.note(&half);
        }
    }

    fn rotated_name(&mut self) -> String {
        self.generation += 1;
        let name = format!("app.log.{}", self.generation);
        self.rotated.insert(0, name.clone());
        name
    }

    fn gather(&mut self) {
        let report = self.bench.gather();
        assert_eq!(report.refused, 0);
        self.completed += report.completed;
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Append(count) => self.append(*count),
            Step::Half => self.half(),
            Step::Rotate if self.live() => {
                self.close();
                let name = self.rotated_name();
                fs::rename(self.bench.path("app.log"), self.bench.path(&name)).unwrap();
            }
            Step::CopyTruncate if self.live() => {
                self.close();
                let name = self.rotated_name();
                fs::copy(self.bench.path("app.log"), self.bench.path(&name)).unwrap();
                fs::OpenOptions::new().write(true).truncate(true).open(self.bench.path("app.log")).unwrap();
            }
            Step::Compress { which, with, keeps } => self.compress(*which, *with, *keeps),
            Step::Copy if self.live() => {
                self.close();
                self.gather();
                let copy = format!("copy{}.log", self.count);
                fs::copy(self.bench.path("app.log"), self.bench.path(&copy)).unwrap();
                // From here on the two could not be told from one file that two programs write to.
                self.rotate_away();
            }
            Step::Truncate if self.live() => {
                self.close();
                self.gather();
                self.bench.write("app.log", "");
            }
            Step::DeleteOldest => {
                if self.rotated.len() > 1 {
                    self.gather();
                    let name = self.rotated.pop().unwrap();
                    fs::remove_file(self.bench.path(&name)).unwrap();
                }
            }
            Step::Gather { dies_after: None } => self.gather(),
            Step::Gather { dies_after } => self.die(*dies_after),
            Step::Rotate | Step::CopyTruncate | Step::Copy | Step::Truncate => {}
        }
    }

    fn rotate_away(&mut self) {
        let name = self.rotated_name();
        fs::rename(self.bench.path("app.log"), self.bench.path(&name)).unwrap();
    }

    fn compress(&mut self, which: usize, with: u8, keeps: bool) {
        let with = [Compression::Gzip, Compression::Zstd, Compression::Xz, Compression::Bzip2][usize::from(with)];
        let Some(name) = self.rotated.get_mut(which).filter(|name| !name.ends_with(".packed")) else { return };
        let packed = format!("{name}.packed");
        let content = fs::read(self.bench.dir.path().join(&*name)).unwrap();
        fs::write(self.bench.dir.path().join(&packed), pack(&content, with)).unwrap();
        let plain = std::mem::replace(name, packed);
        if keeps {
            self.gather();
        }
        fs::remove_file(self.bench.path(&plain)).unwrap();
    }

    /// A run that is killed; how often it completed a line is lost with it.
    fn die(&mut self, after: Option<usize>) {
        self.close_for_death();
        self.bench.store.kept().until_death = after;
        match self.bench.try_gather(&[""]) {
            Ok(report) => self.completed += report.completed,
            Err(error) => assert!(matches!(error, SourceError::Store(_)), "{error}"),
        }
        self.bench.store.kept().until_death = None;
    }

    fn close_for_death(&mut self) {
        if self.half.is_some() {
            self.append(0);
        }
        let completed = self.bench.gather().completed;
        self.completed += completed;
        self.append(20);
    }

    fn check(mut self) -> Result<(), TestCaseError> {
        self.close();
        self.gather();
        let report = self.bench.gather();
        prop_assert_eq!(report.accepted, 0, "the last run adds nothing");
        let mut kept: BTreeMap<String, usize> = BTreeMap::new();
        for message in self.bench.store.messages() {
            *kept.entry(message).or_default() += 1;
        }
        for (line, count) in &self.written {
            let found = kept.remove(line).unwrap_or(0);
            // A half line that was closed as it stood may have been kept as half of a later one: never here.
            prop_assert_eq!(found, *count, "{}", line);
        }
        // What is left are beginnings of lines, kept before their end was written; each is told in the reports.
        let halves: usize = kept.values().sum();
        prop_assert!(kept.keys().all(|half| half.ends_with(" was ha")), "{:?}", kept);
        prop_assert_eq!(halves as u64, self.completed);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_line_becomes_one_record(banner in any::<bool>(), steps in proptest::collection::vec(step(), 1..24)) {
        let mut world = World::new(banner);
        world.append(1);
        for step in &steps {
            world.step(step);
        }
        world.check()?;
    }
}
