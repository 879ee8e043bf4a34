//! The bongsu command.
fn main() {}
