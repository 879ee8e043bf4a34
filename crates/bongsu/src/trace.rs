//! What the libraries tell of themselves, on standard error: a damaged log, a store that takes no more data.

use tracing_subscriber::EnvFilter;

/// Unless `RUST_LOG` says otherwise. A refused input is not among them: the summary of `ingest` counts it.
const TROUBLES: &str = "off,bongsu_store=warn,bongsu_server=warn";
const QUIET: &str = "off,bongsu_store=error,bongsu_server=error";

/// Begins to pass on what is told.
pub(crate) fn start(quiet: bool) {
    let filter =
        EnvFilter::try_from_default_env().or_else(|_| EnvFilter::try_new(if quiet { QUIET } else { TROUBLES }));
    let Ok(filter) = filter else { return };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // It fails only when somebody listens already, who then goes on listening.
    drop(lines.with_ansi(false).with_target(false).try_init());
}
