//! Log files under everything that can happen to a program and to its files: the guarantees of `bongsu_log::file`.
//!
//! Programs that are killed are this test itself, started again with its work in `BONGSU_TEST_CHILD`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests may stop a test")]

mod child;
mod crash;
mod folder;
mod fork;
mod model;
mod moved;
mod processes;
mod times;
mod trouble;
