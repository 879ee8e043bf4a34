//! What functions with `#[log_execution]` and `#[log_api_call]` leave in the log home, to the byte.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

use std::cell::Cell;
use std::error::Error;
use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use bongsu_log::{Clock, Config, Console, Timestamp, log_api_call, log_execution};
use jiff::tz::TimeZone;

thread_local! {
    /// Each test has a thread, and so a time, of its own.
    static NOW: Cell<i64> = const { Cell::new(1_749_211_200_000_000_000) };
}

#[derive(Debug)]
struct OfThisThread;

impl Clock for OfThisThread {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(NOW.get())
    }
}

/// A quarter of a second passes.
fn tick() {
    NOW.set(NOW.get() + 250_000_000);
}

/// The program's log home, made at the first use.
fn home() -> &'static Path {
    static HOME: LazyLock<PathBuf> = LazyLock::new(|| {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("attributes");
        let _ = fs::remove_dir_all(&home);
        bongsu_log::start(Config {
            home: home.clone(),
            console: Console::Off,
            zone: TimeZone::UTC,
            clock: Arc::new(OfThisThread),
            ..Config::default()
        })
        .unwrap();
        home
    });
    &HOME
}

/// The lines of `file` that contain `part`, without their time.
fn lines(file: &str, part: &str) -> Vec<String> {
    bongsu_log::flush().unwrap();
    let text = fs::read_to_string(home().join(file)).unwrap_or_default();
    text.lines().filter(|line| line.contains(part)).map(|line| line[22..].to_owned()).collect()
}

/// Runs a future to its end.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// Is not ready the first time it is asked; a quarter of a second passes.
async fn pause() {
    let mut asked = false;
    std::future::poll_fn(|_| {
        if asked {
            return Poll::Ready(());
        }
        asked = true;
        tick();
        Poll::Pending
    })
    .await;
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[derive(Debug, thiserror::Error)]
#[error("films cannot be read")]
struct Unreadable(#[from] io::Error);

#[log_execution(component = "sync", level = "debug", log_args = true, log_result = true)]
fn load(path: &str, limit: usize) -> Result<Vec<usize>, Unreadable> {
    tick();
    if path.is_empty() {
        Err(io::Error::other("no path"))?;
    }
    Ok((0..limit).collect())
}

#[test]
fn a_function_tells_its_beginning_its_end_and_how_long_it_took() {
    home();
    assert_eq!(load("films.csv", 3).unwrap(), [0, 1, 2]);
    let error = load("", 3).unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "no path");
    load(&"x".repeat(300), 200).unwrap();
    let numbers = format!("{:?}", (0..200).collect::<Vec<_>>());
    assert_eq!(
        lines("app/sync.log", " | "),
        [
            "INFO     sync            | Starting load with args: (\"films.csv\", 3) kwargs: {}",
            "INFO     sync            | Completed load in 0.250s with result: [0, 1, 2]",
            "INFO     sync            | Starting load with args: (\"\", 3) kwargs: {}",
            "ERROR    sync            | Failed load after 0.250s: films cannot be read",
            "DEBUG    sync            | Full traceback for load: films cannot be read",
            &format!("INFO     sync            | Starting load with args: (\"{}, 200) kwargs: {{}}", "x".repeat(99)),
            &format!("INFO     sync            | Completed load in 0.250s with result: {}", &numbers[..200]),
        ]
    );
    bongsu_log::flush().unwrap();
    let text = fs::read_to_string(home().join("app/sync.log")).unwrap();
    assert!(text.contains("Full traceback for load: films cannot be read\ncaused by: no path\n"), "{text}");
    assert_eq!(
        lines("performance/sync_performance.log", "load"),
        ["PERF performance.sync | load completed in 0.250s | {\"args_count\":2,\"kwargs_count\":0}"; 2]
    );
}

mod catalogue {
    use super::*;

    pub(super) struct NoDebug;

    #[log_execution]
    pub(super) fn count(_: &NoDebug, (a, b): (u8, u8)) -> NoDebug {
        let _ = a + b;
        NoDebug
    }

    pub(super) const LINE: u32 = line!() - 5;
}

#[test]
fn by_default_the_module_is_the_component_and_no_value_is_shown_nor_needs_debug() {
    home();
    catalogue::count(&catalogue::NoDebug, (1, 2));
    assert_eq!(
        lines("app/catalogue.log", " | "),
        ["INFO     catalogue       | Starting count", "INFO     catalogue       | Completed count in 0.000s"]
    );
    let common = lines("app/application.log", "Starting count");
    let place = format!("INFO     catalogue       count                L{:>3} | Starting count", catalogue::LINE);
    assert_eq!(common, [place]);
}

#[log_execution(component = "async", log_file = "later.log", level = "DEBUG", log_args = true, log_result = true)]
async fn fetch(page: u32, call: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
    pause().await;
    if page == 0 {
        return Err("no such page".into());
    }
    let doubled: u32 = call.parse::<u32>()? * 2;
    Ok(format!("{page}-{doubled}"))
}

#[test]
fn an_async_function_is_logged_while_it_runs_and_when_it_is_dropped() {
    home();
    let future = is_send(fetch(1, "21"));
    assert!(lines("app/later.log", " | ").is_empty(), "nothing runs before it is asked");
    assert_eq!(block_on(future).unwrap(), "1-42");
    assert!(block_on(fetch(0, "21")).is_err() && block_on(fetch(1, "x")).is_err());
    {
        let mut dropped = pin!(fetch(2, "1"));
        assert!(dropped.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(
        lines("app/later.log", " | "),
        [
            "INFO     async           | Starting fetch with args: (1, \"21\") kwargs: {}",
            "INFO     async           | Completed fetch in 0.250s with result: \"1-42\"",
            "INFO     async           | Starting fetch with args: (0, \"21\") kwargs: {}",
            "ERROR    async           | Failed fetch after 0.250s: no such page",
            "DEBUG    async           | Full traceback for fetch: no such page",
            "INFO     async           | Starting fetch with args: (1, \"x\") kwargs: {}",
            "ERROR    async           | Failed fetch after 0.250s: invalid digit found in string",
            "DEBUG    async           | Full traceback for fetch: invalid digit found in string",
            "INFO     async           | Starting fetch with args: (2, \"1\") kwargs: {}",
            "ERROR    async           | Failed fetch after 0.250s: dropped before it was completed",
            "DEBUG    async           | Full traceback for fetch: dropped before it was completed",
        ]
    );
}

struct Shelf<'a, T> {
    films: Vec<T>,
    owner: &'a str,
}

trait Named {
    fn named(&self, greeting: &str) -> String;
    async fn renamed(self, name: String) -> Result<String, fmtless::Opaque>;
}

mod fmtless {
    pub(super) struct Opaque;
}

impl<'a, T: Clone + PartialEq> Shelf<'a, T> {
    #[log_execution(component = "methods", log_args = true)]
    fn slot(&mut self, nth: usize) -> &mut T {
        &mut self.films[nth]
    }

    #[log_execution(component = "methods", log_result = true)]
    fn owner(&self) -> Option<&'a str> {
        Some(self.owner)
    }

    #[log_execution(component = "methods")]
    async fn slot_later(&mut self, nth: usize) -> Result<&mut T, String> {
        pause().await;
        self.films.get_mut(nth).ok_or_else(|| format!("no film {nth}"))
    }

    #[log_execution(component = "methods")]
    fn matching<'s>(&'s self, wanted: &'s T) -> impl Iterator<Item = &'s T> + use<'s, 'a, T> {
        self.films.iter().filter(move |film| *film == wanted)
    }

    #[log_execution(component = "methods")]
    fn into_films(mut self, more: impl IntoIterator<Item = T>) -> Vec<T> {
        self.films.extend(more);
        self.films
    }
}

impl Named for Shelf<'_, u8> {
    #[log_execution(component = "methods")]
    fn named(&self, greeting: &str) -> String {
        format!("{greeting} {}", self.owner)
    }

    #[log_execution(component = "methods")]
    async fn renamed(self, name: String) -> Result<String, fmtless::Opaque> {
        if name.is_empty() { Err(fmtless::Opaque) } else { Ok(name) }
    }
}

#[test]
fn methods_keep_their_receivers_lifetimes_and_generics() {
    home();
    let mut shelf = Shelf { films: vec![1_u8, 2, 2], owner: "kim" };
    *shelf.slot(0) = 2;
    *block_on(shelf.slot_later(1)).unwrap() = 9;
    assert_eq!(block_on(shelf.slot_later(7)).unwrap_err(), "no film 7");
    assert_eq!(shelf.matching(&2).count(), 2);
    assert_eq!(shelf.owner(), Some("kim"));
    assert_eq!(shelf.named("hello"), "hello kim");
    assert_eq!(Shelf { films: vec!["a"], owner: "lee" }.into_films(["b"]), ["a", "b"]);
    assert!(block_on(shelf.renamed(String::new())).is_err());
    let messages: Vec<_> =
        lines("app/methods.log", " | ").iter().filter_map(|line| Some(line.split_once(" | ")?.1.to_owned())).collect();
    assert_eq!(
        messages,
        [
            "Starting slot with args: (0,) kwargs: {}",
            "Completed slot in 0.000s",
            "Starting slot_later",
            "Completed slot_later in 0.250s",
            "Starting slot_later",
            "Failed slot_later after 0.250s: no film 7",
            "Starting matching",
            "Completed matching in 0.000s",
            "Starting owner",
            "Completed owner in 0.000s with result: Some(\"kim\")",
            "Starting named",
            "Completed named in 0.000s",
            "Starting into_films",
            "Completed into_films in 0.000s",
            "Starting renamed",
            "Failed renamed after 0.000s: <attributes::fmtless::Opaque>",
        ]
    );
}

#[log_execution(component = "shapes", log_args = true)]
fn shapes<T, const N: usize>(
    mut sum: u32,
    (a, _): (u32, T),
    ref words @ (first, _): (&str, [u8; N]),
    r#type: &mut Vec<u32>,
    result: Option<()>,
) -> Result<u32, String>
where
    T: std::fmt::Debug + Default,
{
    sum += a;
    r#type.push(words.1.len() as u32);
    result.ok_or_else(|| first.to_owned())?;
    Ok(sum)
}

/// A function that never comes back.
#[allow(clippy::panic, reason = "the panic is what is tested")]
#[log_execution(component = "shapes", level = "ERROR")]
fn stop(why: &str) -> ! {
    panic!("{why}")
}

#[log_execution(component = "shapes", level = "critical")]
fn quiet() -> Result<(), String> {
    Err("nobody reads this".to_owned())
}

#[test]
fn patterns_and_names_of_any_kind_are_arguments_and_panics_are_failures() {
    home();
    let mut numbers = vec![7];
    assert_eq!(shapes(1, (2, 'x'), ("a", [8, 9]), &mut numbers, Some(())), Ok(3));
    assert_eq!(shapes(1, (2, 'x'), ("a", [0; 0]), &mut numbers, None), Err("a".to_owned()));
    assert!(std::panic::catch_unwind(|| stop("on purpose")).is_err());
    assert!(quiet().is_err());
    assert_eq!(
        lines("app/shapes.log", " | "),
        [
            "INFO     shapes          | Starting shapes with args: (1, (2, 'x'), (\"a\", [8, 9]), [7], Some(())) kwargs: {}",
            "INFO     shapes          | Completed shapes in 0.000s",
            "INFO     shapes          | Starting shapes with args: (1, (2, 'x'), (\"a\", []), [7, 2], None) kwargs: {}",
            "ERROR    shapes          | Failed shapes after 0.000s: a",
            "ERROR    shapes          | Failed stop after 0.000s: panicked",
        ]
    );
}

#[log_api_call]
fn search_movies(query: &str, page: u32, call: &str, api_key: &str) -> io::Result<Vec<u32>> {
    tick();
    if query.is_empty() {
        return Err(io::Error::other(Unauthorised(format!("https://x/?key={api_key}&q={call}"))));
    }
    Ok(vec![page, 550])
}

#[derive(Debug, thiserror::Error)]
#[error("401 for {0}")]
struct Unauthorised(String);

#[test]
fn an_api_call_is_told_with_its_parameters_and_without_its_secrets() {
    home();
    assert_eq!(search_movies("봉수", 2, "c", "k-1234").unwrap(), [2, 550]);
    let error = search_movies("", 2, "c", "k-1234").unwrap_err();
    assert!(error.to_string().contains("k-1234"), "the caller gets the error as it is");
    assert_eq!(
        lines("app/api_calls.log", "search_movies"),
        [
            r#"INFO     api_calls       | API Call search_movies started with params: {"query":"봉수","page":2,"call":"c","api_key":"***HIDDEN***"}"#,
            "INFO     api_calls       | API Call search_movies succeeded in 0.250s",
            r#"INFO     api_calls       | API Call search_movies started with params: {"query":"","page":2,"call":"c","api_key":"***HIDDEN***"}"#,
            "ERROR    api_calls       | API Call search_movies failed after 0.250s: 401 for https://x/?key=***HIDDEN***&q=c",
            "DEBUG    api_calls       | Full traceback for search_movies: 401 for https://x/?key=***HIDDEN***&q=c",
        ]
    );
    assert_eq!(
        lines("performance/api_performance.log", "search_movies"),
        [
            r#"PERF performance.api | search_movies completed in 0.250s | {"status":"success","response_size":7}"#,
            r#"PERF performance.api | search_movies completed in 0.250s | {"status":"failed","error":"401 for https://x/?key=***HIDDEN***&q=c"}"#,
        ]
    );
}

#[derive(Debug)]
#[allow(dead_code, reason = "shown by Debug")]
struct Login {
    user: &'static str,
    pin: Secret,
}

#[derive(Debug, Clone)]
#[allow(dead_code, reason = "shown by Debug")]
struct Secret(String);

struct Client {
    base: &'static str,
}

impl Client {
    #[log_api_call(api_name = "Login", log_response = true, sensitive_fields = ["PIN", "session"])]
    async fn login<T: Display>(&self, login: Login, note: T, _client: Client) -> Result<serde_json::Value, String> {
        pause().await;
        if self.base.is_empty() {
            return Err(format!("{login:?} {note}"));
        }
        Ok(serde_json::json!({"session": "s-77", "user": login.user, "said": "pin 4179", "again": login.pin.0}))
    }

    #[log_api_call(log_request = false, log_response = true)]
    fn ping(&self, Secret(token): Secret) -> Box<str> {
        format!("{} {token}", self.base).into()
    }
}

#[test]
fn secrets_are_hidden_by_name_and_by_value_in_params_error_and_response() {
    home();
    let login = || Login { user: "kim", pin: Secret("4179".into()) };
    block_on(is_send(Client { base: "x" }.login(login(), "hello 4179", Client { base: "y" }))).unwrap();
    block_on(Client { base: "" }.login(login(), "n", Client { base: "y" })).unwrap_err();
    assert_eq!(&*Client { base: "up" }.ping(Secret("t-9-t".into())), "up t-9-t");
    let params = |note: &str| {
        format!(
            "INFO     api_calls       | API Call Login started with params: {{\"login\":\"Login {{ user: \\\"kim\\\", pin: \
             ***HIDDEN*** }}\",\"note\":\"{note}\",\"_client\":\"<attributes::Client>\"}}"
        )
    };
    assert_eq!(
        lines("app/api_calls.log", "Login"),
        [
            params("<T>").replace("<T>", "<&str>").as_str(),
            r#"INFO     api_calls       | API Call Login succeeded in 0.250s with response: {"session":"***HIDDEN***","user":"kim","said":"pin ***HIDDEN***","again":"***HIDDEN***"}"#,
            params("<&str>").as_str(),
            r#"ERROR    api_calls       | API Call Login failed after 0.250s: Login { user: "kim", pin: ***HIDDEN*** } n"#,
            r#"DEBUG    api_calls       | Full traceback for Login: Login { user: "kim", pin: ***HIDDEN*** } n"#,
        ]
    );
    assert_eq!(
        lines("app/api_calls.log", "ping"),
        [
            "INFO     api_calls       | API Call ping started",
            "INFO     api_calls       | API Call ping succeeded in 0.000s with response: up ***HIDDEN***",
        ]
    );
    assert_eq!(
        lines("performance/api_performance.log", "ping"),
        [r#"PERF performance.api | ping completed in 0.000s | {"status":"success","response_size":8}"#]
    );
}

#[log_execution(component = "both")]
#[log_api_call(api_name = "Both")]
fn both(token: &str) -> usize {
    token.len()
}

#[log_execution(component = "both", log_args = true, log_result = true)]
#[log_api_call(api_name = "Nothing", sensitive_fields = [], log_response = true)]
fn nothing() {}

#[test]
fn a_function_may_have_both_and_no_argument() {
    home();
    nothing();
    assert_eq!(
        lines("app/both.log", "nothing"),
        [
            "INFO     both            | Starting nothing with args: () kwargs: {}",
            "INFO     both            | Completed nothing in 0.000s with result: ()",
        ]
    );
    assert_eq!(
        lines("app/api_calls.log", "Nothing"),
        [
            "INFO     api_calls       | API Call Nothing started with params: {}",
            "INFO     api_calls       | API Call Nothing succeeded in 0.000s with response: null",
        ]
    );
    assert_eq!(both("abcd"), 4);
    assert_eq!(lines("app/both.log", "both in").len() + lines("app/both.log", "Starting both").len(), 2);
    assert_eq!(lines("app/api_calls.log", "Both").len(), 2);
}
