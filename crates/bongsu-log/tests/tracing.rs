//! What a program that logs with `tracing` finds in its log home.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

mod common;

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

use bongsu_format::{ParseOptions, Parsed, Parser};
use bongsu_log::{Level, Timestamp};
use common::{Home, Panics};
use jiff::tz::TimeZone;
use tracing::field::Empty;
use tracing::{Instrument, debug, error, info, info_span, trace, warn};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::reload;

/// Does `work` under a subscriber that writes `level` and up into the home.
fn under<T>(home: &Home, level: Level, work: impl FnOnce() -> T) -> T {
    let layer = home.logging.layer(None, level).unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work)
}

/// A layer that counts the events that it sees.
#[derive(Clone, Default)]
struct Count(Arc<AtomicU32>);

impl<S: tracing::Subscriber> Layer<S> for Count {
    fn on_event(&self, _: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn an_event_becomes_a_line_with_its_target_place_spans_and_fields() {
    let home = Home::new();
    let line = under(&home, Level::Debug, || {
        let _request = info_span!("request", id = 7, path = "/pay").entered();
        let _plain = info_span!("check").entered();
        let _order = info_span!("order", user = %"kim").entered();
        info!(target: "shop::orders", amount = 300, currency = "KRW", "paid {}", "now");
        line!() - 1
    });
    let message = "request{id=7 path=\"/pay\"}:check:order{user=kim}: paid now amount=300 currency=\"KRW\"";
    assert_eq!(
        home.lines("app/application.log")[1],
        format!("[2025-06-06 12:00:00] INFO     shop::orders    tracing              L{line:>3} | {message}")
    );
    assert_eq!(home.lines("app/shop.log"), [format!("[2025-06-06 12:00:00] INFO     shop::orders    | {message}")]);
}

#[test]
fn fields_of_every_kind_read_as_in_tracings_own_format() {
    #[derive(Debug)]
    struct Cause;
    impl fmt::Display for Cause {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("no such device")
        }
    }
    impl std::error::Error for Cause {}

    let home = Home::new();
    under(&home, Level::Debug, || {
        info!(int = -1, big = u64::MAX, ratio = 0.5, yes = true, text = "a \"b\"\n가", list = ?[1, 2], shown = %"x y", "m");
        info!(none = Empty, some = Some(3), r#type = ?'c', "dotted" = 1, a.b.c = 2);
        let error: &(dyn std::error::Error + 'static) = &std::io::Error::other(Cause);
        error!(error, "not loaded");
        warn!("{}", "only text");
        let _span = info_span!("alone").entered();
        warn!(n = 1);
    });
    assert_eq!(
        home.messages("app/tracing.log"),
        [
            "m int=-1 big=18446744073709551615 ratio=0.5 yes=true text=\"a \\\"b\\\"\\n가\" list=[1, 2] shown=x y",
            "some=3 type='c' dotted=1 a.b.c=2",
            "not loaded error=no such device",
            "only text",
            "alone: n=1",
        ]
    );
}

#[test]
fn a_field_that_is_recorded_later_is_shown_with_its_last_value() {
    let home = Home::new();
    under(&home, Level::Debug, || {
        let span = info_span!("load", file = "a.csv", rows = Empty);
        span.in_scope(|| info!("before"));
        for rows in 0..1_000 {
            span.record("rows", rows);
        }
        span.in_scope(|| info!("after"));
    });
    assert_eq!(
        home.messages("app/tracing.log"),
        ["load{file=\"a.csv\"}: before", "load{file=\"a.csv\" rows=999}: after"]
    );
}

#[test]
fn a_field_of_an_outer_span_that_is_recorded_later_is_shown_inside_it() {
    let home = Home::new();
    under(&home, Level::Debug, || {
        let outer = info_span!("outer", id = Empty);
        let _inner = info_span!(parent: &outer, "inner").entered();
        info!("before");
        outer.record("id", 7);
        info!("after");
        let _third = info_span!("third").entered();
        outer.record("id", 8);
        info!("last");
    });
    assert_eq!(
        home.messages("app/tracing.log"),
        ["outer:inner: before", "outer{id=7}:inner: after", "outer{id=8}:inner:third: last"]
    );
}

#[test]
fn two_layers_have_spans_of_their_own() {
    let home = Home::new();
    let all = home.logging.layer(Some("all.log"), Level::Trace).unwrap();
    let inner = home.logging.layer(Some("inner.log"), Level::Trace).unwrap();
    let only_inner = filter_fn(|metadata| !metadata.is_span() || metadata.name() == "inner");
    let subscriber = tracing_subscriber::registry().with(inner.with_filter(only_inner)).with(all);
    tracing::subscriber::with_default(subscriber, || {
        let _outer = info_span!("outer", a = 1).entered();
        let _inner = info_span!("inner", b = 2).entered();
        let _last = info_span!("last").entered();
        info!("said");
    });
    assert_eq!(home.messages("app/all.log"), ["outer{a=1}:inner{b=2}:last: said"]);
    assert_eq!(home.messages("app/inner.log"), ["inner{b=2}: said"]);
}

#[test]
fn a_span_that_began_before_the_layer_came_has_its_name() {
    let home = Home::new();
    let (layer, handle) = reload::Layer::new(None);
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer).with(Count::default()));
    tracing::dispatcher::with_default(&dispatch, || {
        let outer = info_span!("outer", a = 1, b = Empty).entered();
        handle.modify(|none| *none = Some(home.logging.layer(None, Level::Info).unwrap())).unwrap();
        let _inner = info_span!("inner", c = 3).entered();
        info!("one");
        outer.record("b", 2);
        info!("two");
    });
    assert_eq!(home.messages("app/tracing.log"), ["outer:inner{c=3}: one", "outer{b=2}:inner{c=3}: two"]);
}

#[test]
fn spans_follow_futures_that_take_turns() {
    struct Turn(bool);
    impl Future for Turn {
        type Output = ();
        fn poll(mut self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
        }
    }
    async fn work() {
        info!("begins");
        Turn(false).await;
        info!("ends");
    }
    let home = Home::new();
    under(&home, Level::Debug, || {
        let mut first = pin!(work().instrument(info_span!("task", id = 1)));
        let mut second = pin!(work().instrument(info_span!("task", id = 2)));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..2 {
            let _ = first.as_mut().poll(&mut context);
            let _ = second.as_mut().poll(&mut context);
            info!("between");
        }
        let parent = info_span!("parent");
        info!(parent: &parent, "outside");
    });
    assert_eq!(
        home.messages("app/tracing.log"),
        [
            "task{id=1}: begins",
            "task{id=2}: begins",
            "between",
            "task{id=1}: ends",
            "task{id=2}: ends",
            "between",
            "parent: outside"
        ]
    );
}

#[test]
fn the_error_file_has_errors_only_and_what_is_below_the_level_costs_nothing() {
    let home = Home::new();
    let evaluated = AtomicU32::new(0);
    let value = || evaluated.fetch_add(1, Ordering::Relaxed);
    let layer = home.logging.layer(None, Level::Info).unwrap();
    let subscriber = tracing_subscriber::registry().with(layer).with(LevelFilter::INFO);
    tracing::subscriber::with_default(subscriber, || {
        trace!(value = value(), "t");
        debug!(value = value(), "d");
        info!("i");
        warn!("w");
        error!("e");
        assert!(!tracing::enabled!(tracing::Level::DEBUG) && tracing::enabled!(tracing::Level::INFO));
    });
    assert_eq!(evaluated.into_inner(), 0);
    assert_eq!(home.messages("app/tracing.log"), ["i", "w", "e"]);
    assert_eq!(home.messages("error/error.log"), ["e"]);
}

#[test]
fn each_level_lets_those_at_and_above_it_through() {
    let levels = [
        (Level::Trace, "TRACE DEBUG INFO WARNING ERROR"),
        (Level::Debug, "DEBUG INFO WARNING ERROR"),
        (Level::Warning, "WARNING ERROR"),
        (Level::Error, "ERROR"),
        (Level::Critical, ""),
    ];
    for (level, expected) in levels {
        let home = Home::new();
        under(&home, level, || {
            trace!("x");
            debug!("x");
            info!("x");
            warn!("x");
            error!("x");
        });
        let lines = home.lines("app/application.log");
        let found: Vec<_> = lines[1..].iter().map(|line| line.split_whitespace().nth(2).unwrap()).collect();
        assert_eq!(found.join(" "), expected);
    }
}

#[test]
fn another_layer_sees_what_it_saw_before() {
    let home = Home::new();
    let count = Count::default();
    let layer = home.logging.layer(Some("errors.log"), Level::Error).unwrap();
    let other = home.logging.layer(Some("all.log"), Level::Trace).unwrap();
    let subscriber = tracing_subscriber::registry().with(layer).with(count.clone()).with(other);
    tracing::subscriber::with_default(subscriber, || {
        let _span = info_span!("s", a = 1).entered();
        trace!("t");
        error!("e");
    });
    assert_eq!(count.0.load(Ordering::Relaxed), 2);
    assert_eq!(home.messages("app/all.log"), ["s{a=1}: t", "s{a=1}: e"]);
    // The span is below the level of this layer, so that it is none of its context either.
    assert_eq!(home.messages("app/errors.log"), ["e"]);
}

#[test]
fn a_value_that_panics_is_told_and_spoils_nothing() {
    let home = Home::new();
    under(&home, Level::Debug, || {
        info!(value = ?Panics, after = 1, "event");
        info!("half {Panics}");
        let span = info_span!("span", value = ?Panics, later = Empty).entered();
        span.record("later", tracing::field::debug(Panics));
        info!("goes on");
    });
    assert_eq!(
        home.messages("app/tracing.log"),
        ["event value=<panicked> after=1", "half <panicked>", "span{value=<panicked> later=<panicked>}: goes on",]
    );
    assert_eq!(home.logging.lost(), 0);
}

#[test]
fn a_value_that_panics_does_not_blind_another_layer() {
    let home = Home::new();
    let layer = home.logging.layer(None, Level::Info).unwrap();
    let count = Count::default();
    let errors = count.clone().with_filter(LevelFilter::ERROR);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer).with(errors), || {
        info!(value = ?Panics, "broken");
        error!("whole");
    });
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
}

#[test]
fn asking_whether_a_level_is_on_loses_no_later_event() {
    let home = Home::new();
    let layer = home.logging.layer(None, Level::Error).unwrap();
    let all = Count::default().with_filter(LevelFilter::TRACE);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer).with(all), || {
        for _ in 0..3 {
            assert!(tracing::enabled!(tracing::Level::INFO));
            error!("whole");
        }
    });
    assert_eq!(home.messages("app/tracing.log"), ["whole"; 3]);
}

#[test]
fn every_line_is_read_back_as_the_record_it_was() {
    let home = Home::new();
    under(&home, Level::Debug, || {
        let _span = info_span!("request", id = 7).entered();
        info!(target: "shop::orders", "paid | 300");
        error!(target: "shop::orders", cause = "no | room", "failed");
    });
    let text = home.lines("app/application.log").join("\n");
    let mut found = Vec::new();
    let options = ParseOptions { zone: TimeZone::UTC, ..ParseOptions::new(Timestamp::from_nanos(0)) };
    Parser::new(options).parse(text.as_bytes(), 0, true, &mut |parsed| {
        if let Parsed::Record { record, .. } = parsed {
            let [level, logger] = [record.level.unwrap().name(), &record.logger.unwrap()].map(str::to_owned);
            found.push((level, logger, record.message.into_owned()));
        }
    });
    let shop = |level: &str, message: &str| (level.to_owned(), "shop::orders".to_owned(), message.to_owned());
    assert_eq!(
        found[1..],
        [shop("INFO", "request{id=7}: paid | 300"), shop("ERROR", "request{id=7}: failed cause=\"no | room\"")]
    );
}

#[test]
fn many_threads_write_whole_lines_and_none_is_lost() {
    let home = Home::new();
    let layer = home.logging.layer(None, Level::Debug).unwrap();
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let dispatch = dispatch.clone();
            scope.spawn(move || {
                tracing::dispatcher::with_default(&dispatch, || {
                    let _span = info_span!("worker", thread).entered();
                    for nth in 0..500 {
                        info!(nth, "{}", "x".repeat(nth % 90));
                    }
                });
            });
        }
    });
    let mut expected: Vec<_> = (0..8)
        .flat_map(|thread| {
            (0..500).map(move |nth| {
                let text = "x".repeat(nth % 90);
                let gap = if text.is_empty() { "" } else { " " };
                format!("worker{{thread={thread}}}: {text}{gap}nth={nth}")
            })
        })
        .collect();
    expected.sort();
    for file in ["app/tracing.log", "app/application.log"] {
        let mut found = home.messages(file);
        found.retain(|message| message.starts_with("worker"));
        found.sort();
        assert!(found == expected, "{file}");
    }
}

#[test]
fn records_of_log_that_come_through_tracing_keep_their_place() {
    let home = Home::new();
    under(&home, Level::Debug, || {
        let record = tracing_log::log::Record::builder()
            .level(tracing_log::log::Level::Warn)
            .target("hyper::client")
            .module_path(Some("hyper::client::pool"))
            .file(Some("pool.rs"))
            .line(Some(9))
            .args(format_args!("idle"))
            .build();
        tracing_log::format_trace(&record).unwrap();
    });
    assert_eq!(
        home.lines("app/application.log")[1],
        "[2025-06-06 12:00:00] WARNING  hyper::client   pool                 L  9 | idle"
    );
    assert_eq!(home.messages("app/hyper.log"), ["idle"]);
}

#[test]
fn a_file_that_cannot_be_is_an_error_before_anything_is_logged() {
    let home = Home::new();
    let refused = home.logging.layer(Some("../x.log"), Level::Info).unwrap_err();
    assert!(refused.to_string().contains("../x.log"), "{refused}");
}
