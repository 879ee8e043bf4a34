//! The only module of this crate with `unsafe`: what the standard library has no word for.
//!
//! Each piece is safe to call from outside; the invariant that makes it so stands beside each `unsafe`.

#![allow(unsafe_code, reason = "memory shared with the kernel, signals and the end of the process have no safe form")]

mod clock;
mod fork;
mod lock;
mod map;
mod mount;
mod own;
mod process_end;
mod ring;
mod wait;

pub(super) use clock::this_second;
pub(super) use fork::PerProcess;
pub(super) use lock::{is_held, lock, lock_new, unlock};
pub(super) use mount::{Mount, keep_in_place, mount_of, reserve};
pub(super) use own::OwnFile;
pub(super) use process_end::{Asked, at_exit, at_sigterm, drainer_is, end_by_sigterm, without_signals};
pub(super) use ring::{LABEL, OwnRing, Ring};
pub(super) use wait::Bell;
