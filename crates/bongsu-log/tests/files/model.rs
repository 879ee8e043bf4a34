//! Any order of calls, moves and ends against what the files must hold.

use std::fs;

use bongsu_log::file::{FileOptions, LogFile, Mode, Retention, Rotation};
use proptest::prelude::*;

use crate::folder::Folder;

/// What may happen to a log file.
#[derive(Debug, Clone)]
enum Step {
    /// A call with this many lines of this length.
    Write(usize, usize),
    Flush,
    /// The program ends and the next one begins.
    Restart,
    /// Another program opens the file and writes a line.
    Recover,
    /// Somebody moves the file away, for good.
    Move,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (1usize..4, 1usize..30).prop_map(|(count, length)| Step::Write(count, length)),
        2 => Just(Step::Flush),
        1 => Just(Step::Restart),
        1 => Just(Step::Recover),
        1 => Just(Step::Move),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_files_together_hold_the_newest_calls_whole_and_in_order(
        steps in steps(), bytes in 8u64..120, count in 1u32..5, plain: bool
    ) {
        let folder = Folder::new();
        let options = || FileOptions {
            rotation: Rotation::at(bytes),
            retention: Retention::last(count),
            mode: if plain { Mode::Plain } else { Mode::Journal },
            ..FileOptions::default()
        };
        let mut log = Some(LogFile::open(&folder.log(), options()).unwrap());
        let (mut written, mut moved, mut moves) = (String::new(), String::new(), 0);
        for (nth, step) in steps.iter().enumerate() {
            let open = log.get_or_insert_with(|| LogFile::open(&folder.log(), options()).unwrap());
            match step {
                Step::Write(count, length) => {
                    let lines: Vec<_> = (0..*count).map(|line| format!("{nth}.{line}{}", "x".repeat(*length))).collect();
                    let call = lines.join("\n") + "\n";
                    open.write(call.as_bytes()).unwrap();
                    written.push_str(&call);
                }
                Step::Flush => open.flush().unwrap(),
                Step::Restart => log = None,
                Step::Recover => prop_assert!(folder.recover().is_nothing(), "nobody was killed"),
                Step::Move => {
                    // What is waiting must not come into the moved file while it is compared.
                    open.flush().unwrap();
                    let away = folder.path().join(format!("away{moves}"));
                    // Not there if it was moved before and nothing was written since.
                    if fs::rename(folder.log(), &away).is_ok() {
                        moved.push_str(&fs::read_to_string(away).unwrap());
                        moves += 1;
                    }
                    open.flush().unwrap();
                }
            }
        }
        drop(log);
        prop_assert_eq!(folder.journals(), 0);
        let kept: String = folder.lines().iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        if moves == 0 {
            prop_assert!(written.ends_with(&kept), "{} does not end with {}", written, kept);
        }
        for line in kept.lines().chain(moved.lines()) {
            prop_assert!(written.lines().filter(|other| *other == line).count() == 1, "{} is not what was written", line);
        }
        let last = written.lines().next_back().unwrap_or_default();
        prop_assert!(last.is_empty() || kept.contains(last) || moved.contains(last));
        for name in folder.names() {
            let text = fs::read_to_string(folder.path().join(&name)).unwrap();
            let calls: std::collections::BTreeSet<_> = text.lines().filter_map(|line| line.split('.').next()).collect();
            prop_assert!(text.len() as u64 <= bytes || calls.len() == 1, "{} is too long", name);
            if name.starts_with("x.log") {
                prop_assert!(text.is_empty() || text.split('.').nth(1).is_some_and(|rest| rest.starts_with('0')), "{} begins within a call", name);
            }
        }
        prop_assert!(folder.names().iter().filter(|name| name.starts_with("x.log")).count() as u32 <= count + 1);
    }
}
