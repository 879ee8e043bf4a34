//! A log home as the logging SDK leaves it: rotated and compressed files, and copies of each record in `app/`.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::events::{COMPONENTS, Event, How, What};

pub(crate) fn write(home: &Path, events: &[Event]) {
    for folder in ["app", "error", "performance", "system"] {
        fs::create_dir_all(home.join(folder)).unwrap();
    }
    let lines = |wanted: &dyn Fn(&Event) -> bool| -> Vec<String> {
        events.iter().filter(|event| wanted(event)).map(Event::line).collect()
    };
    rotated(&home.join("error/error.log"), &lines(&is_detailed_error));
    rotated(&home.join("error/json.log"), &lines(&is_json));
    plain(&home.join("error/plain.log"), &lines(&is_timeless));
    for component in COMPONENTS {
        let here = |event: &Event| matches!(event.what, What::Operation { .. }) && event.component == component;
        rotated(&home.join(format!("performance/{component}_performance.log")), &lines(&here));
    }
    let copies: Vec<_> = events.iter().filter(|event| is_copied(event)).map(Event::detailed).collect();
    let mut application = vec![
        "[2025-06-06 11:00:00] INFO     app             main                 L  3 | no ERROR and nothing CRITICAL"
            .into(),
        "[2025-06-06 11:00:01] WARNING  app             main                 L  4 | HTTP 500 of somebody else".into(),
    ];
    application.extend(copies);
    rotated(&home.join("app/application.log"), &application);
    for component in COMPONENTS {
        let here = events.iter().filter(|event| is_detailed_error(event) && event.component == component);
        plain(&home.join(format!("app/{component}.log")), &here.map(Event::detailed).collect::<Vec<_>>());
    }
}

pub(crate) fn is_detailed_error(event: &Event) -> bool {
    matches!(event.what, What::Error { how: How::Detailed, .. })
}

pub(crate) fn is_json(event: &Event) -> bool {
    matches!(event.what, What::Error { how: How::Json { .. }, .. })
}

pub(crate) fn is_timeless(event: &Event) -> bool {
    matches!(event.what, What::Error { how: How::Timeless, .. })
}

fn is_copied(event: &Event) -> bool {
    is_detailed_error(event) || matches!(event.what, What::Operation { .. })
}

/// How many lines go to the oldest file, which is compressed, and to the one after it.
pub(crate) fn split(lines: usize) -> (usize, usize) {
    (lines / 4, lines / 3)
}

fn rotated(path: &Path, lines: &[String]) {
    let (oldest, middle) = split(lines.len());
    let named = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        std::path::PathBuf::from(name)
    };
    if oldest > 0 {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text(&lines[..oldest]).as_bytes()).unwrap();
        fs::write(named(".2.gz"), packed.finish().unwrap()).unwrap();
    }
    if middle > 0 {
        plain(&named(".1"), &lines[oldest..oldest + middle]);
    }
    plain(path, &lines[oldest + middle..]);
}

fn plain(path: &Path, lines: &[String]) {
    fs::write(path, text(lines)).unwrap();
}

fn text(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}
