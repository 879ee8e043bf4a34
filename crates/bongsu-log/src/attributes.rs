//! The attributes of functions. The compiler's part is in `bongsu-macros`, what it calls in [`crate::calls`].

/// Logs each run of a function: its beginning, its end or its failure, and a performance line.
///
/// ```
/// use bongsu_log::log_execution;
///
/// #[log_execution(component = "films", log_args = true, log_result = true)]
/// fn load(path: &str, limit: usize) -> Result<usize, std::io::Error> {
///     if path.is_empty() {
///         return Err(std::io::Error::other("no path"));
///     }
///     Ok(limit.min(20))
/// }
///
/// # let folder = tempfile::tempdir()?;
/// # let config = bongsu_log::Config { home: folder.path().into(), console: bongsu_log::Console::Off, ..Default::default() };
/// # bongsu_log::start(config)?;
/// load("films.csv", 100)?;
/// assert!(load("", 1).is_err());
///
/// # let read = |file: &str| bongsu_log::flush().and_then(|()| std::fs::read_to_string(folder.path().join(file)));
/// let written = read("app/films.log")?;
/// assert!(written.contains("| Starting load with args: (\"films.csv\", 100) kwargs: {}\n"));
/// assert!(written.contains("| Completed load in 0.0"));
/// assert!(written.contains("s with result: 20\n"));
/// assert!(written.contains("| Failed load after 0.0"));
/// assert!(written.contains("s: no path\n"));
/// let performance = read("performance/films_performance.log")?;
/// assert!(performance.contains("s | {\"args_count\":2,\"kwargs_count\":0}\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// | key | default | |
/// |---|---|---|
/// | `component` | last part of the module's path | name of the logger, of its file and of the performance file |
/// | `log_file` | `{component}.log` | file below `app/` |
/// | `level` | `"INFO"` | least level that the logger writes, in any case |
/// | `log_args` | `false` | `Starting f with args: (…) kwargs: {}`, each value by its `Debug`, cut at 100 characters |
/// | `log_result` | `false` | `Completed f in 0.123s with result: …` by its `Debug`, cut at 200 characters; of a `Result` the value in `Ok` |
///
/// A function that gives a `Result` fails when it gives `Err`: `Failed f after 0.123s: error` at ERROR, and at DEBUG (with
/// `level = "DEBUG"`) `Full traceback for f: …`, the error and its sources; the same error goes on. The error may be any
/// `Error`, a boxed one, one of `anyhow`, or anything with `Display` or `Debug`. A function that panics, and an `async` one
/// that is dropped half way, are logged as failed too.
///
/// It stands on functions and methods, sync and `async`, generic or not; a receiver (`self`) is neither shown nor counted.
/// Only what is to be shown needs `Debug`. Nothing is masked: for functions with secrets see [`macro@crate::log_api_call`]. A function
/// that returns a future without being `async` is logged until the future is made. The lines go to the program's own logging
/// ([`crate::start`], else the default log home); where that cannot be opened the function does its work all the same.
///
/// A word that is not known does not compile:
///
/// ```compile_fail
/// #[bongsu_log::log_execution(level = "LOUD")]
/// fn load() {}
/// ```
pub use bongsu_macros::log_execution;

/// Logs each run of a function as a call of an API, in `app/api_calls.log`, with secrets masked.
///
/// ```
/// use bongsu_log::log_api_call;
///
/// #[log_api_call(api_name = "TMDB", log_response = true)]
/// fn search(query: &str, api_key: &str) -> Result<Vec<u32>, String> {
///     if query.is_empty() {
///         return Err(format!("401 for key {api_key}"));
///     }
///     Ok(vec![550])
/// }
///
/// # let folder = tempfile::tempdir()?;
/// # let config = bongsu_log::Config { home: folder.path().into(), console: bongsu_log::Console::Off, ..Default::default() };
/// # bongsu_log::start(config)?;
/// search("fight club", "k-1234")?;
/// assert!(search("", "k-1234").is_err());
///
/// # let read = |file: &str| bongsu_log::flush().and_then(|()| std::fs::read_to_string(folder.path().join(file)));
/// let written = read("app/api_calls.log")?;
/// assert!(written.contains(r#"| API Call TMDB started with params: {"query":"fight club","api_key":"***HIDDEN***"}"#));
/// assert!(written.contains("| API Call TMDB succeeded in 0.0"));
/// assert!(written.contains("s with response: [550]\n"));
/// assert!(written.contains("s: 401 for key ***HIDDEN***\n"));
/// let performance = read("performance/api_performance.log")?;
/// assert!(performance.contains(r#"s | {"status":"success","response_size":5}"#));
/// assert!(performance.contains(r#"s | {"status":"failed","error":"401 for key ***HIDDEN***"}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// | key | default | |
/// |---|---|---|
/// | `api_name` | the function's name | |
/// | `log_request` | `true` | `… started with params: {json}`, an object of the arguments by name |
/// | `log_response` | `false` | `… succeeded in 0.123s with response: …`, cut at 200 characters; of a `Result` the value in `Ok` |
/// | `sensitive_fields` | `["api_key", "password", "token"]` | names whose values read `***HIDDEN***`; the list takes the place of the default |
///
/// A value is written as JSON where its type is `Serialize`, else as a string of its `Debug`, else as the name of its type: no
/// type is refused. `response_size` is the length in bytes of that text (of a string, its own), `null` where it is but a type's name.
///
/// A sensitive name is recognised in any spelling (`API_KEY`, `apiKey`, `api-key`), as an argument's name, at any depth of
/// its value, and in texts (`token=…`, `"token": "…"`). The values found so are also looked for, raw, escaped and
/// percent-encoded, in all that is written of the call: other parameters, response, error and its sources; however short they
/// are, so that a password of one letter hides that letter everywhere. A secret that is part of `self`
/// is hidden where its name stands beside it. Arguments taken apart by a pattern with one name (`Query(token)`) are called by it, others `arg0`,
/// `arg1` ….
///
/// What counts as failure, and where the lines go, is as with [`macro@crate::log_execution`]; the error's sources follow at DEBUG.
pub use bongsu_macros::log_api_call;
