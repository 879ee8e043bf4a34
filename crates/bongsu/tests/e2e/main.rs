//! End-to-end tests: the real binary, real files, real sockets.
//!
//! They know what a user knows: the command line, the HTTP interface and the files on disk. `BONGSU_SEED` repeats a run
//! of the tests that choose at random, `BONGSU_LOGHUB` names a folder of real logs with their truth.

// Helpers of a test may fail it, and speed does not matter here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::format_collect)]

mod analyze;
mod cli;
mod clients;
mod crash;
mod damage;
mod delete;
mod demo;
mod fixtures;
mod ingest;
mod journals;
mod limits;
mod open_format;
mod patterns;
mod search;
mod serve;

mod support {
    pub(crate) mod bin;
    pub(crate) mod home;
    pub(crate) mod http;
    pub(crate) mod python;
    pub(crate) mod random;
    pub(crate) mod server;
}
