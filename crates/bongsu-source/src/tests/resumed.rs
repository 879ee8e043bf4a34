use super::*;
use crate::decompress::tests::gzip;

fn figures(report: &Report) -> (u64, u64, u64) {
    (report.accepted, report.files, report.skipped)
}

#[test]
fn the_second_time_adds_nothing_and_again_repeats() {
    let mut bench = Bench::new();
    bench.write("a.log", lines("a", 3));
    bench.write("b/b.log", lines("b", 2));
    assert_eq!(figures(&bench.gather()), (5, 2, 0));
    assert_eq!(figures(&bench.gather()), (0, 0, 2));
    bench.options.again = true;
    assert_eq!(figures(&bench.gather()), (5, 2, 0));
    bench.options.again = false;
    assert_eq!(figures(&bench.gather()), (0, 0, 2));
    assert_eq!(bench.store.messages().len(), 10);
}

#[test]
fn reading_without_a_store_remembers_nothing_and_stops_when_nobody_takes_the_rows() {
    let bench = Bench::new();
    bench.write("a.log", lines("a", 3));
    bench.write("b/b.log", lines("b", 2));
    let paths = [bench.path("a.log"), bench.path("b")];
    let read = |take: &mut dyn FnMut(usize) -> Result<(), SourceError>| {
        let mut rows = |rows: arrow::array::RecordBatch| take(rows.num_rows());
        crate::read(&paths, &bench.options, &SystemClock, &NoProgress, &mut rows)
    };
    for _ in 0..2 {
        let mut taken = 0;
        let report = read(&mut |rows| {
            taken += rows;
            Ok(())
        });
        assert_eq!((figures(&report.unwrap()), taken), ((5, 2, 0), 5));
    }
    assert!(matches!(read(&mut |_| Err(SourceError::Stopped)), Err(SourceError::Stopped)));
    let missing = [bench.path("c.log")];
    let nothing = crate::read(&missing, &bench.options, &SystemClock, &NoProgress, &mut |_| Ok(()));
    assert!(matches!(nothing, Err(SourceError::NoSuchFile { .. })));
}

#[test]
fn rows_say_where_they_lay() {
    let bench = Bench::new();
    bench.write("a.log", "first words\nmore words\n");
    let report = bench.gather();
    assert_eq!((report.bytes, report.refused), (23, 0));
    assert_eq!(bench.store.column("source"), vec![bench.path("a.log").to_str().unwrap(); 2]);
    let kept = bench.store.kept();
    let offsets = kept.rows[0].column_by_name("offset").unwrap();
    let offsets = arrow::array::AsArray::as_primitive::<arrow::datatypes::Int64Type>(offsets);
    assert_eq!(offsets.values(), &[0, 12]);
}

#[test]
fn only_new_bytes_are_read_of_a_grown_file_however_short_it_was() {
    let bench = Bench::new();
    bench.write("a.log", "x\n");
    bench.gather();
    let mut all = String::from("x\n");
    for round in 0..6 {
        let more = lines(&format!("round{round}"), 20);
        bench.append("a.log", &more);
        all.push_str(&more);
        let report = bench.gather();
        assert_eq!((report.accepted, report.bytes), (20, more.len() as u64));
    }
    let mut expected: Vec<_> = all.lines().map(str::to_owned).collect();
    expected.sort();
    assert_eq!(bench.store.messages(), expected);
    let kept = bench.store.kept();
    assert_eq!(kept.notes.len(), 1, "one file, one note");
}

#[test]
fn renamed_compressed_and_copied_files_are_the_same_file() {
    let bench = Bench::new();
    let text = lines("a", 200);
    bench.write("application.log", &text);
    bench.gather();
    fs::rename(bench.path("application.log"), bench.path("application.log.1")).unwrap();
    bench.write("application.log", lines("b", 3));
    assert_eq!(figures(&bench.gather()), (3, 1, 1));
    bench.append("application.log.1", "a straggler\n");
    let packed = gzip(format!("{text}a straggler\nand another\n").as_bytes());
    bench.write("application.log.1.gz", &packed);
    fs::remove_file(bench.path("application.log.1")).unwrap();
    assert_eq!(figures(&bench.gather()), (2, 1, 1));
    assert_eq!(figures(&bench.gather()), (0, 0, 2));
    fs::copy(bench.path("application.log.1.gz"), bench.path("copy.gz")).unwrap();
    fs::copy(bench.path("application.log"), bench.path("copy.log")).unwrap();
    assert_eq!(figures(&bench.gather()), (0, 0, 4));
}

#[test]
fn copies_that_are_still_being_made_are_left_alone() {
    let bench = Bench::new();
    let text = lines("a", 500);
    bench.write("app.log", &text);
    bench.gather();
    bench.write("app.log.1", &text[..text.len() / 2]);
    let packed = gzip(text.as_bytes());
    bench.write("app.log.1.gz", &packed[..packed.len() / 2]);
    assert_eq!(figures(&bench.gather()), (0, 0, 3));
    bench.write("app.log.1", &text);
    bench.write("app.log", "");
    bench.write("app.log.1.gz", &packed);
    assert_eq!(bench.gather().accepted, 0);
    bench.append("app.log", "a new beginning\n");
    assert_eq!(bench.gather().accepted, 1);
}

#[test]
fn different_files_with_equal_heads_are_both_read_in_full() {
    let bench = Bench::new();
    let banner = "= welcome to the machine =\n".repeat(100);
    for name in ["a", "b", "c"] {
        bench.write(&format!("{name}.log"), format!("{banner}{}", lines(name, 5)));
    }
    assert_eq!(bench.gather().accepted, 315);
    bench.append("b.log", "more of it\n");
    assert_eq!(figures(&bench.gather()), (1, 1, 2));

    let short = Bench::new();
    short.write("host1/app.log", "started\n");
    short.gather();
    short.append("host1/app.log", "one\n");
    short.write("host2/app.log", "started\ntwo\n");
    assert_eq!(short.gather().accepted, 3);
}

#[test]
fn a_truncated_or_rewritten_file_is_a_new_one() {
    let bench = Bench::new();
    bench.write("a.log", lines("a", 50));
    bench.gather();
    bench.write("a.log", lines("b", 2));
    assert_eq!(bench.gather().accepted, 2);
    bench.write("a.log", lines("c", 400));
    assert_eq!(bench.gather().accepted, 400);
    let longer = format!("{}{}", lines("c", 300), lines("d", 300));
    bench.write("a.log", longer);
    assert_eq!(bench.gather().accepted, 600, "the same head, but other bytes before the remembered place");
}

#[test]
fn an_exchanged_file_of_the_same_name_goes_on_as_rsync_leaves_it() {
    let bench = Bench::new();
    bench.write("a.log", "one\n");
    bench.gather();
    bench.write(".a.log.tmp", "one\ntwo\n");
    fs::rename(bench.path(".a.log.tmp"), bench.path("a.log")).unwrap();
    assert_eq!(bench.gather().accepted, 1);
}

#[test]
fn a_line_without_end_is_kept_and_kept_whole_when_it_goes_on() {
    let bench = Bench::new();
    bench.write("a.log", "one\ntw");
    assert_eq!(bench.gather().accepted, 2);
    assert_eq!(figures(&bench.gather()), (0, 0, 1));
    bench.append("a.log", "o goes on\nthree\n");
    let report = bench.gather();
    assert_eq!((report.accepted, report.completed), (2, 1));
    assert_eq!(bench.store.messages(), ["one", "three", "tw", "two goes on"]);

    let ended = Bench::new();
    ended.write("a.log", "one\ntwo");
    ended.gather();
    ended.append("a.log", "\nthree");
    let report = ended.gather();
    assert_eq!((report.accepted, report.completed), (1, 0), "only its end was missing");
}

#[test]
fn a_line_that_is_being_written_waits_for_the_next_run() {
    let mut bench = Bench::new();
    bench.options.settle = Duration::from_millis(300);
    bench.write("a.log", "one\nhal");
    let path = bench.path("a.log");
    let done = AtomicBool::new(false);
    let report = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                append(&path, "f");
                std::thread::yield_now();
            }
        });
        let report = bench.gather();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        writer.join().unwrap();
        report
    });
    assert_eq!(report.unfinished, 1);
    bench.append("a.log", " line\n");
    bench.gather();
    let messages = bench.store.messages();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].starts_with("half") && messages[0].ends_with(" line"), "whole, once");
}

#[test]
fn a_killed_run_goes_on_where_its_last_batch_ended() {
    let mut bench = Bench::new();
    bench.limits = Limits { rows: 10, bytes: 1 << 20, chunk: 500, slice: 200 };
    bench.write("a.log", lines("a", 300));
    bench.write("b.log.gz", gzip(lines("b", 300).as_bytes()));
    let mut deaths = 0;
    loop {
        bench.store.kept().until_death = Some(2);
        match bench.try_gather(&[""]) {
            Ok(_) => break,
            Err(SourceError::Store(_)) => deaths += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(deaths > 10, "{deaths}");
    let mut expected: Vec<_> = (lines("a", 300) + &lines("b", 300)).lines().map(str::to_owned).collect();
    expected.sort();
    assert!(bench.store.messages() == expected, "{} rows", bench.store.messages().len());
}

#[test]
fn a_busy_store_is_asked_again() {
    let bench = Bench::new();
    bench.write("a.log", "one\n");
    bench.store.kept().busy = 3;
    assert_eq!(bench.gather().accepted, 1);
    assert_eq!(bench.store.kept().batches, 1);
}

#[test]
fn a_raised_stop_flag_ends_the_run_and_the_next_goes_on() {
    struct StopsAt<'a>(&'a AtomicBool);
    impl crate::Progress for StopsAt<'_> {
        fn update(&self, state: &crate::ProgressState<'_>) {
            assert_eq!(state.bytes_total, Some(lines("a", 1000).len() as u64));
            self.0.store(state.rows > 300, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let bench = Bench::new();
    bench.write("a.log", lines("a", 1000));
    let stop = AtomicBool::new(false);
    let with = Surroundings {
        options: &bench.options,
        clock: &SystemClock,
        progress: &StopsAt(&stop),
        stop: &stop,
        limits: Limits { rows: 50, bytes: 1 << 20, chunk: 2_000, slice: 500 },
    };
    let first = gather_with(&[bench.path("a.log")], with, &bench.store).unwrap();
    assert!((301..500).contains(&first.accepted), "{}", first.accepted);
    assert_eq!(first.accepted + bench.gather().accepted, 1000);
    assert_eq!(bench.store.messages().len(), 1000);
}

#[test]
fn datasets_remember_apart() {
    let mut bench = Bench::new();
    bench.write("a.log", "one\n");
    bench.gather();
    bench.options.dataset = "other".parse().unwrap();
    assert_eq!(bench.gather().accepted, 1);
}

#[test]
fn a_table_is_read_on_with_the_header_of_the_run_before() {
    let bench = Bench::new();
    bench.write(
        "a.csv",
        "time,level,message,shop\n2025-06-06T12:00:00Z,INFO,first,north\n2025-06-06T12:00:01Z,INFO,second,north\n",
    );
    bench.gather();
    bench.append("a.csv", "2025-06-06T12:00:02Z,INFO,third,south\n");
    assert_eq!(bench.gather().formats.get("csv"), Some(&1));
    assert_eq!(bench.store.messages(), ["first", "second", "third"]);
    assert_eq!(bench.store.column("shop"), ["north", "north", "south"]);
}

#[test]
fn a_traceback_over_two_pieces_stays_one_record() {
    let mut bench = Bench::new();
    bench.limits = Limits { rows: 2, bytes: 1 << 20, chunk: 90, slice: 40 };
    let frames =
        (0..20).fold(String::new(), |all, n| all + &format!("  File \"shop.py\", line {n}, in pay\n    pay({n})\n"));
    let head = "2025-06-06 12:00:00,000 - shop - ERROR - it broke\n";
    let text = format!("{head}Traceback (most recent call last):\n{frames}ValueError: no money\n{head}");
    bench.write("a.log", text);
    assert_eq!(bench.gather().accepted, 2);
    assert!(bench.store.messages()[1].contains("no money"), "{:?}", bench.store.messages());
}
