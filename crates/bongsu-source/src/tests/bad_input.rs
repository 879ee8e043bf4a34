use std::os::unix::fs::symlink;

use bongsu_model::Refusal;

use super::*;
use crate::decompress::tests::gzip;

fn fifo(path: &Path) {
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
}

#[test]
fn binary_files_are_refused_whole_once_and_can_be_read_about() {
    let mut bench = Bench::new();
    bench.write("program", [&b"\x7fELF\x02\x01\x01"[..], &[0; 3000]].concat());
    bench.write("good.log", "words\n");
    let report = bench.gather();
    assert_eq!((report.accepted, report.refused, report.inputs_refused.len()), (1, 1, 1));
    {
        let kept = bench.store.kept();
        assert_eq!(kept.refused[0].source, bench.path("program").to_str().unwrap());
        assert!(kept.refused[0].raw.starts_with(b"\x7fELF") && kept.refused[0].reason == Refusal::ElfProgram);
    }
    assert_eq!(bench.gather().refused, 0, "the second time adds nothing");
    bench.options.format = Some(bongsu_format::Format::Text);
    assert_eq!(bench.gather().accepted, 1, "unless its format is forced");
}

#[test]
fn what_is_no_file_is_counted_and_the_rest_goes_on() {
    let bench = Bench::new();
    bench.write("good.log", "words\n");
    bench.write("empty.log", "");
    fs::create_dir(bench.path("empty")).unwrap();
    fifo(&bench.path("pipe"));
    symlink(bench.dir.path(), bench.path("loop")).unwrap();
    symlink("nowhere", bench.path("dangling")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(bench.path("socket")).unwrap();
    let report = bench.gather();
    let mut names: Vec<_> =
        report.inputs_refused.iter().map(|input| input.path.file_name().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["dangling", "loop", "pipe", "socket"]);
    assert_eq!((report.accepted, report.refused), (1, 4));
    assert_eq!(bench.store.kept().refused.len(), 4);
}

#[test]
fn a_missing_path_is_an_error_before_anything_is_read() {
    let bench = Bench::new();
    bench.write("good.log", "words\n");
    let error = bench.try_gather(&["good.log", "god.log"]).unwrap_err();
    assert!(matches!(error, SourceError::NoSuchFile { near: Some(_), .. }));
    assert_eq!(bench.store.kept().batches, 0);
    assert!(matches!(bench.try_gather(&[]), Err(SourceError::NoInput)));
}

#[test]
fn a_folder_without_permission_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    if rustix::process::geteuid().is_root() {
        println!("skipped: root may read everything");
        return;
    }
    let bench = Bench::new();
    bench.write("good.log", "words\n");
    bench.write("secret/a.log", "words\n");
    fs::set_permissions(bench.path("secret"), fs::Permissions::from_mode(0o0)).unwrap();
    let report = bench.gather();
    assert_eq!((report.accepted, report.refused), (1, 1));
    assert_eq!(report.inputs_refused[0].reason, Refusal::Permission);
    fs::set_permissions(bench.path("secret"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_named_pipe_is_read_as_a_stream() {
    let bench = Bench::new();
    let path = bench.path("pipe");
    fifo(&path);
    let report = std::thread::scope(|scope| {
        let writer = scope.spawn(|| fs::write(&path, gzip(b"one\ntwo\nthree")).unwrap());
        let report = bench.try_gather(&["pipe"]).unwrap();
        writer.join().unwrap();
        report
    });
    assert_eq!((report.accepted, report.refused, report.files), (3, 0, 1));
    assert_eq!(bench.store.messages(), ["one", "three", "two"]);
}

#[test]
fn a_torn_archive_gives_what_it_can_and_is_counted() {
    let bench = Bench::new();
    let packed = gzip(lines("a", 20_000).as_bytes());
    bench.write("a.gz", &packed[..packed.len() * 3 / 4]);
    let report = bench.gather();
    assert!(report.accepted > 1000, "{}", report.accepted);
    assert_eq!(report.inputs_refused.len(), 1);
    assert!(matches!(report.inputs_refused[0].reason, Refusal::TornArchive { .. }));
    let second = bench.gather();
    assert_eq!((second.accepted, second.refused), (0, 0));
    bench.write("a.gz", &packed);
    let whole = bench.gather();
    assert_eq!(report.accepted + whole.accepted - whole.completed, 20_000);
}

#[test]
fn odd_lines_are_stored_or_refused_but_never_lost() {
    let bench = Bench::new();
    let many_keys = (0..100_000).fold(String::new(), |all, n| all + &format!("\"k{n}\":{n},"));
    let deep = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let mut content = b"good words first\nbroken \xff\xfe utf\na stray \0 nul\n".to_vec();
    content.extend(format!("{{{many_keys}\"z\":0}}\n{deep}\n").into_bytes());
    content.extend(vec![b'x'; Gather::MAX_LINE]);
    content.extend(b"\n");
    content.extend(vec![b'y'; Gather::MAX_LINE + 1]);
    content.extend(b"\nand good words last\n");
    bench.write("odd.log", content);
    let report = bench.gather();
    assert_eq!((report.accepted, report.refused), (7, 1));
    let kept = bench.store.kept();
    assert_eq!(kept.refused.len(), 1);
    assert_eq!(kept.refused[0].raw.len(), bongsu_model::Refused::MAX_RAW);
    drop(kept);
    let messages = bench.store.messages();
    assert!(messages.iter().any(|message| message == "and good words last"));
    assert_eq!(bench.gather().accepted, 0);
}
