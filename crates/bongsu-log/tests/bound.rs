//! Fields that go with records.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bongsu_log::mask::HIDDEN;
use bongsu_log::{Bound, Config, Console, Layout, Layouts, Level, Logger, Logging, contextualize, info};

struct Shop {
    folder: tempfile::TempDir,
    logging: Logging,
    log: Logger,
}

fn shop(component: Layout) -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let layouts = Layouts { component, ..Layouts::default() };
    let config = Config { home: folder.path().to_owned(), console: Console::Off, layouts, ..Config::default() };
    let logging = Logging::start(config).unwrap();
    let log = logging.get_logger("shop", None, Level::Info).unwrap();
    Shop { folder, logging, log }
}

impl Shop {
    fn lines(&self) -> Vec<String> {
        self.logging.flush().unwrap();
        let text = std::fs::read_to_string(self.folder.path().join("app/shop.log")).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

fn extras() -> Layout {
    Layout::Template("{message} {extra}".parse().unwrap())
}

#[test]
fn inner_fields_hide_outer_ones_and_go_when_they_end() {
    let shop = shop(extras());
    let _outer = contextualize([("user", "kim"), ("step", "one")]);
    {
        let _inner = contextualize([("step", "two")]);
        info!(shop.log.bind([("user", "lee")]).bind([("n", 1)]), "a");
    }
    info!(shop.log, "b");
    assert_eq!(shop.lines(), [r#"a {"step":"two","user":"lee","n":1}"#, r#"b {"user":"kim","step":"one"}"#]);
}

#[test]
fn fields_are_attributes_in_json_of_their_own_type_and_without_secrets() {
    let shop = shop(Layout::Json);
    let fields = serde_json::json!({"n": 1, "big": u64::MAX, "x": 0.5, "ok": true, "none": null, "deep": {"password": "hunter2"}});
    let _all = contextualize(fields.as_object().unwrap().clone());
    let _secrets = contextualize([("api_key", "k-1"), ("said", "password=hunter2")]);
    info!(shop.log, "a");
    let line = shop.lines().pop().unwrap();
    let attributes = format!(
        r#","n":1,"big":18446744073709551615,"x":0.5,"ok":true,"none":null,"deep":{{"password":"{HIDDEN}"}},"api_key":"{HIDDEN}","said":"password={HIDDEN}"}}}}"#
    );
    assert!(line.ends_with(&attributes), "{line}");
}

#[test]
fn other_layouts_do_not_show_them() {
    let shop = shop(Layout::Component);
    let _fields = contextualize([("user", "kim")]);
    info!(shop.log, "a");
    assert!(shop.lines()[0].ends_with("| a"));
}

#[test]
fn they_go_to_another_thread_only_where_they_are_taken() {
    let shop = shop(extras());
    let _fields = contextualize([("user", "kim")]);
    let here = Bound::current();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            info!(shop.log, "without");
            let _inside = here.enter();
            info!(shop.log, "with");
        });
    });
    assert_eq!(shop.lines(), ["without {}", r#"with {"user":"kim"}"#]);
}

#[test]
fn a_task_keeps_its_fields_while_others_run() {
    let shop = shop(extras());
    let task = |name: &'static str| {
        let log = shop.log.clone();
        Bound::default().with([("task", name)]).within(async move {
            info!(log, "begins");
            let mut waited = false;
            std::future::poll_fn(
                |_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending },
            )
            .await;
            info!(log, "ends");
        })
    };
    let (mut one, mut two) = (pin!(task("one")), pin!(task("two")));
    let mut context = Context::from_waker(Waker::noop());
    assert!(one.as_mut().poll(&mut context).is_pending());
    assert!(two.as_mut().poll(&mut context).is_pending());
    info!(shop.log, "between");
    assert!(one.as_mut().poll(&mut context).is_ready());
    assert!(two.as_mut().poll(&mut context).is_ready());
    let expected = [
        r#"begins {"task":"one"}"#,
        r#"begins {"task":"two"}"#,
        "between {}",
        r#"ends {"task":"one"}"#,
        r#"ends {"task":"two"}"#,
    ];
    assert_eq!(shop.lines(), expected);
}
