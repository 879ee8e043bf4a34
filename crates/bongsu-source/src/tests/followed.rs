use std::sync::atomic::Ordering;
use std::time::Instant;

use super::*;
use crate::decompress::tests::gzip;

/// Follows the folder while `script` changes it; `script` is given a way to wait until so many rows are kept.
fn follow(bench: &mut Bench, names: &[&str], script: impl FnOnce(&Bench, &dyn Fn(usize))) -> Report {
    bench.options.follow = true;
    bench.options.poll = Duration::from_millis(5);
    bench.options.settle = Duration::from_millis(20);
    let paths: Vec<_> = names.iter().map(|name| bench.path(name)).collect();
    let stop = AtomicBool::new(false);
    let bench = &*bench;
    std::thread::scope(|scope| {
        let follower = scope
            .spawn(|| crate::gather(&paths, &bench.options, &bench.store, &SystemClock, &NoProgress, &stop).unwrap());
        let wait = |rows: usize| {
            let deadline = Instant::now() + Duration::from_secs(20);
            while bench.store.messages().len() < rows {
                assert!(Instant::now() < deadline, "only {:?}", bench.store.messages());
                assert!(!follower.is_finished(), "the follower ended");
                std::thread::yield_now();
            }
        };
        script(bench, &wait);
        stop.store(true, Ordering::Relaxed);
        follower.join().unwrap()
    })
}

#[test]
fn growth_new_files_rotation_and_compression_are_followed() {
    let mut bench = Bench::new();
    bench.write("app.log", lines("a", 2));
    let report = follow(&mut bench, &[""], |bench, wait| {
        wait(2);
        bench.append("app.log", &lines("b", 3));
        wait(5);
        bench.write("other.log", lines("c", 1));
        wait(6);
        fs::rename(bench.path("app.log"), bench.path("app.log.1")).unwrap();
        bench.append("app.log.1", &lines("late", 1));
        bench.write("app.log", lines("d", 2));
        wait(9);
        let text = fs::read(bench.path("app.log.1")).unwrap();
        bench.write("app.log.1.gz", gzip(&text));
        fs::remove_file(bench.path("app.log.1")).unwrap();
        bench.append("app.log", &lines("e", 1));
        wait(10);
    });
    assert_eq!((report.accepted, report.refused), (10, 0));
    let messages = bench.store.messages();
    let distinct: std::collections::BTreeSet<_> = messages.iter().collect();
    assert_eq!(distinct.len(), 10, "{messages:?}");
}

#[test]
fn copytruncate_and_truncation_are_followed() {
    let mut bench = Bench::new();
    bench.write("app.log", lines("a", 40));
    follow(&mut bench, &[""], |bench, wait| {
        wait(40);
        fs::copy(bench.path("app.log"), bench.path("app.log.1")).unwrap();
        fs::OpenOptions::new().write(true).truncate(true).open(bench.path("app.log")).unwrap();
        bench.append("app.log", &lines("b", 2));
        wait(42);
        bench.write("app.log", lines("c", 1));
        wait(43);
    });
    assert_eq!(bench.store.messages().len(), 43);
}

#[test]
fn the_last_words_of_a_file_that_is_renamed_out_of_sight_are_kept() {
    let mut bench = Bench::new();
    bench.write("app.log", lines("a", 1));
    follow(&mut bench, &["app.log"], |bench, wait| {
        wait(1);
        bench.append("app.log", "an unfinished farewell");
        fs::rename(bench.path("app.log"), bench.path("gone")).unwrap();
        bench.write("app.log", lines("b", 1));
        wait(3);
    });
    assert!(bench.store.messages().contains(&"an unfinished farewell".to_owned()));
}

#[test]
fn an_unfinished_line_waits_for_its_end_and_for_the_next_run() {
    let mut bench = Bench::new();
    bench.write("app.log", "one\nhal");
    follow(&mut bench, &["app.log"], |bench, wait| {
        wait(1);
        bench.append("app.log", "f a line\nand ano");
        wait(2);
    });
    assert_eq!(bench.store.messages(), ["half a line", "one"]);
    bench.options.follow = false;
    bench.append("app.log", "ther\n");
    assert_eq!(bench.gather().accepted, 1);
    assert_eq!(bench.store.messages(), ["and another", "half a line", "one"]);
}
