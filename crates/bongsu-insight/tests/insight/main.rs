//! Tests of the crate as its users see it; one program, because each has the whole engine in it.

#![allow(clippy::unwrap_used, clippy::float_cmp)] // what fails here fails a test

mod engine;
mod equal;
mod names;
