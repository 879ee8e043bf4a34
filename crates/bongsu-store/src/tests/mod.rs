//! The whole store: what it promises, against a model of it, with faults, and with damage.

mod chance;
mod crash;
mod damage;
mod delete;
mod faults;
mod fixtures;
mod full;
mod kit;
mod model;
mod open;
mod tables;
mod times;
mod types;
mod volatile;
mod wide;
