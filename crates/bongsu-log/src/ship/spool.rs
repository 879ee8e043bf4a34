//! The spool of one process: the records that are still to be sent, in files, the oldest first.
//!
//! A record is in its file, written by one call to the system, when [`Spool::append`] comes back: no death of the process
//! takes it. Its files together never have more bytes than the limit, but for those taken over from other processes.
//! No lock is held while bytes are read for a request, made durable or sent.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bongsu_model::Clock;

use super::backoff::Chance;
use super::batch::Span;
use super::counters::{Counters, add};
use super::lane::Lane;
use super::options::WhenFull;
use super::segment::Segment;

/// How much a spool holds and when what it holds is due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) bytes: u64,
    pub(super) segment: u64,
    pub(super) when_full: WhenFull,
    pub(super) batch_bytes: u64,
    pub(super) batch_records: u64,
    pub(super) batch_age: Duration,
}

#[derive(Debug)]
pub(super) struct Spool {
    root: PathBuf,
    limits: Limits,
    clock: Arc<dyn Clock>,
    chance: Chance,
    counters: Arc<Counters>,
    state: Mutex<State>,
    /// Told when there is more to send, or the end has come.
    work: Condvar,
    /// Told when there is more room, or nothing is left.
    room: Condvar,
}

#[derive(Debug)]
struct State {
    /// None on a disk that was full at the start, until there is room, and once the sender has stopped: others may have it.
    own: Option<Arc<Lane>>,
    queue: VecDeque<Segment>,
    /// The last segment's file, while lines are still added to it.
    active: Option<File>,
    next_number: u64,
    /// Bytes of all segments on disk.
    bytes: u64,
    in_flight: Option<InFlight>,
    /// The sender waits for more: it is told, which costs, only then.
    sleeps: bool,
    /// Since when something waits.
    since: Duration,
    flush: bool,
    ended: bool,
    /// Bytes that waited when the sender stopped.
    left: Option<u64>,
}

/// The bytes that are being sent: they are not dropped.
#[derive(Debug, Clone)]
struct InFlight {
    lane: Arc<Lane>,
    number: u64,
    to: u64,
}

/// What the sender is to do.
#[derive(Debug)]
pub(super) enum Next {
    Send(Span),
    Idle,
    Stop,
}

impl Spool {
    /// Makes a lane in `root` and takes over those of dead processes.
    pub(super) fn open(
        root: &Path,
        limits: Limits,
        clock: Arc<dyn Clock>,
        chance: Chance,
        counters: Arc<Counters>,
    ) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        let own = match Lane::create(root, &Lane::name(clock.now(), chance.next())) {
            // What is there must be sent all the same, for that makes room.
            Err(error) if error.kind() == io::ErrorKind::StorageFull => None,
            made => Some(Arc::new(made?)),
        };
        let state = State {
            own,
            queue: VecDeque::new(),
            active: None,
            next_number: 0,
            bytes: 0,
            in_flight: None,
            sleeps: false,
            since: clock.monotonic(),
            flush: false,
            ended: false,
            left: None,
        };
        let (root, state) = (root.to_owned(), Mutex::new(state));
        let spool = Self { root, limits, clock, chance, counters, state, work: Condvar::new(), room: Condvar::new() };
        spool.take_over()?;
        Ok(spool)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over the lanes of processes that died; says how many had something to send.
    pub(super) fn take_over(&self) -> io::Result<usize> {
        let mut taken = 0;
        for id in Lane::others(&self.root)? {
            let Some(lane) = Lane::claim(&self.root, &id)?.map(Arc::new) else { continue };
            let segments = Segment::left_in(&lane)?;
            if segments.is_empty() {
                lane.remove();
                continue;
            }
            taken += 1;
            let mut state = self.lock();
            let place =
                state.queue.iter().position(|segment| state.is_own(segment.lane())).unwrap_or(state.queue.len());
            for (nth, segment) in segments.into_iter().enumerate() {
                state.bytes += segment.end;
                state.queue.insert(place + nth, segment);
            }
            self.work.notify_one();
        }
        Ok(taken)
    }

    /// Adds a sealed line. What does not come in is counted.
    pub(super) fn append(&self, line: &[u8]) {
        add(&self.counters.handed, 1);
        let length = line.len() as u64;
        let mut state = self.lock();
        if !state.has_room(length, self.limits.bytes) {
            state = self.make_room(state, length);
            if !state.has_room(length, self.limits.bytes) {
                add(&self.counters.dropped_newest, 1);
                return;
            }
        }
        let nothing_waited = !state.waits();
        let mut written =
            if state.ended { Err(io::ErrorKind::BrokenPipe.into()) } else { self.write(&mut state, line) };
        if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::StorageFull)
            && self.limits.when_full == WhenFull::DropOldest
            && self.drop_oldest(&mut state)
        {
            written = self.write(&mut state, line);
        }
        if written.is_err() {
            add(&self.counters.failed, 1);
            return;
        }
        if nothing_waited {
            state.since = self.clock.monotonic();
        }
        let tell = state.sleeps && (nothing_waited || state.is_due(&self.limits));
        state.sleeps &= !tell;
        drop(state);
        if tell {
            self.work.notify_one();
        }
    }

    /// Does what the policy says; there may be no room all the same.
    fn make_room<'s>(&'s self, mut state: MutexGuard<'s, State>, length: u64) -> MutexGuard<'s, State> {
        match self.limits.when_full {
            WhenFull::DropNewest => {}
            WhenFull::DropOldest => {
                let fits = length <= self.limits.bytes;
                while fits && !state.has_room(length, self.limits.bytes) && self.drop_oldest(&mut state) {}
            }
            WhenFull::Block(longest) => {
                add(&self.counters.blocked, 1);
                let began = Instant::now();
                while !state.ended && !state.has_room(length, self.limits.bytes) {
                    let left = longest.saturating_sub(began.elapsed());
                    if left.is_zero() {
                        break;
                    }
                    state = self.room.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
        state
    }

    /// Drops the oldest segment that is not being sent, or what of it is not; says whether there was one. What a process before
    /// this one was sending stays too: the server may have it.
    fn drop_oldest(&self, state: &mut State) -> bool {
        let in_flight = state.in_flight.clone();
        for nth in 0..state.queue.len() {
            let last = nth + 1 == state.queue.len();
            let Some(segment) = state.queue.get_mut(nth) else { break };
            let sent =
                in_flight.as_ref().filter(|flight| segment.is(&flight.lane, flight.number)).map(|flight| flight.to);
            let kept = sent.or(segment.again());
            if kept.is_some_and(|to| to >= segment.end) {
                continue;
            }
            if last {
                state.active = None;
            }
            let before = segment.end;
            let dropped = segment.cut(kept);
            state.bytes -= before - segment.end;
            add(&self.counters.dropped_oldest, dropped);
            if kept.is_none()
                && let Some(segment) = state.queue.remove(nth)
            {
                state.remove_lane_if_done(segment.lane());
            }
            return true;
        }
        false
    }

    fn write(&self, state: &mut State, line: &[u8]) -> io::Result<()> {
        let length = line.len() as u64;
        let full = |segment: &Segment| segment.end > 0 && segment.end + length > self.limits.segment;
        if state.active.is_none() || state.queue.back().is_none_or(full) {
            self.roll(state)?;
        }
        let (Some(file), Some(segment)) = (&mut state.active, state.queue.back_mut()) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        match file.write(line) {
            Ok(written) if written == line.len() => {
                segment.added(length);
                state.bytes += length;
                Ok(())
            }
            other => {
                // Half a line must not stand before the next one.
                if file.set_len(segment.end).is_err() {
                    state.active = None;
                }
                Err(other.err().unwrap_or_else(|| io::ErrorKind::StorageFull.into()))
            }
        }
    }

    /// Begins a new file.
    fn roll(&self, state: &mut State) -> io::Result<()> {
        let own = match &state.own {
            Some(own) => Arc::clone(own),
            None => Arc::new(Lane::create(&self.root, &Lane::name(self.clock.now(), self.chance.next()))?),
        };
        let file = OpenOptions::new().create_new(true).append(true).open(own.segment(state.next_number))?;
        state.queue.push_back(Segment::new(&own, state.next_number));
        state.next_number += 1;
        (state.active, state.own) = (Some(file), Some(own));
        Ok(())
    }

    /// What is to be done, waited for up to `longest`; what is to be sent is kept from being dropped until the next call.
    pub(super) fn next(&self, longest: Duration) -> Next {
        let until = Instant::now() + longest;
        let mut state = self.lock();
        if state.in_flight.take().is_some() {
            self.room.notify_all();
        }
        loop {
            if state.ended {
                return Next::Stop;
            }
            let wait = match state.look(&self.limits, self.clock.monotonic()) {
                Ok(span) => return Next::Send(span),
                Err(wait) => wait.min(until.saturating_duration_since(Instant::now())),
            };
            if wait.is_zero() {
                return Next::Idle;
            }
            state.sleeps = true;
            state = self.work.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
            state.sleeps = false;
        }
    }

    /// Of what [`Spool::next`] gave only this is being sent.
    pub(super) fn sending(&self, span: &Span) {
        let in_flight = InFlight { lane: Arc::clone(&span.lane), number: span.number, to: span.to };
        self.lock().in_flight = Some(in_flight);
    }

    /// The span needs no more sending.
    pub(super) fn done(&self, span: &Span, lines: u64) {
        let mut state = self.lock();
        if let Some(segment) = state.queue.iter_mut().find(|segment| segment.is(&span.lane, span.number)) {
            segment.done(span.to, lines);
        }
        let gone = state.take_done();
        drop(state);
        // Outside the lock: it takes a while, and nobody looks for these any more.
        for segment in &gone {
            segment.delete();
        }
        if !gone.is_empty() {
            let mut state = self.lock();
            for segment in gone {
                state.bytes -= segment.end;
                state.remove_lane_if_done(segment.lane());
            }
        }
        self.room.notify_all();
    }

    /// Waits for `pause`, or until the end; a wish to flush cuts it short once. Says whether to go on.
    pub(super) fn pause(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let mut state = self.lock();
        let flushed = state.flush;
        while !state.ended && state.flush == flushed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        !state.ended
    }

    /// Has everything sent without waiting for more, and waits up to `longest`; says whether nothing is left.
    pub(super) fn flush(&self, longest: Duration) -> bool {
        let mut state = self.lock();
        state.flush = true;
        self.work.notify_all();
        state = self
            .wait_while(state, longest, |state| state.left.is_none() && (state.waits() || state.in_flight.is_some()));
        let empty = !state.waits();
        state.flush = false;
        empty && state.left.is_none_or(|left| left == 0)
    }

    fn wait_while<'s>(
        &'s self,
        state: MutexGuard<'s, State>,
        longest: Duration,
        not_yet: impl Fn(&State) -> bool,
    ) -> MutexGuard<'s, State> {
        let waited = self.room.wait_timeout_while(state, longest, |state| not_yet(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Takes nothing more; the sender stops after what it is sending.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.work.notify_all();
        self.room.notify_all();
    }

    /// The sender has stopped: what is done with is removed, the rest is for whoever takes it over.
    pub(super) fn stopped(&self) {
        let mut state = self.lock();
        state.active = None;
        state.in_flight = None;
        for segment in state.take_done() {
            segment.delete();
            state.bytes -= segment.end;
        }
        state.left = Some(state.queue.iter().map(Segment::waiting).sum());
        if let Some(own) = state.own.take()
            && state.queue.iter().all(|segment| !segment.is_of(&own))
        {
            own.remove();
        }
        state.queue.clear();
        drop(state);
        self.room.notify_all();
    }

    /// Waits until the sender has stopped.
    pub(super) fn wait_stopped(&self, longest: Duration) {
        drop(self.wait_while(self.lock(), longest, |state| state.left.is_none()));
    }

    /// Bytes that are still to be sent.
    pub(super) fn waiting_bytes(&self) -> u64 {
        let state = self.lock();
        state.left.unwrap_or_else(|| state.queue.iter().map(Segment::waiting).sum())
    }

    /// The folder that lanes stand in.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }
}

impl State {
    fn has_room(&self, length: u64, limit: u64) -> bool {
        self.bytes.saturating_add(length) <= limit
    }

    fn waits(&self) -> bool {
        self.queue.iter().any(Segment::waits)
    }

    /// What is due to be sent at `now`, else how long to wait.
    fn look(&mut self, limits: &Limits, now: Duration) -> Result<Span, Duration> {
        let age = now.saturating_sub(self.since);
        let due = self.flush || age >= limits.batch_age || self.is_due(limits);
        let segment = self.queue.iter().find(|segment| segment.waits()).ok_or(Duration::MAX)?;
        if !due && segment.again().is_none() {
            return Err(limits.batch_age.saturating_sub(age));
        }
        let span = segment.span();
        self.since = now;
        self.in_flight = Some(InFlight { lane: Arc::clone(&span.lane), number: span.number, to: span.to });
        Ok(span)
    }

    /// Whether a request is full.
    fn is_due(&self, limits: &Limits) -> bool {
        let Some(first) = self.queue.iter().find(|segment| segment.waits()) else { return false };
        let last = self.queue.back().is_some_and(|back| std::ptr::eq(back, first));
        !last || first.waiting() >= limits.batch_bytes || first.records() >= limits.batch_records
    }

    /// Takes out the files of which nothing waits and to which nothing is added.
    fn take_done(&mut self) -> Vec<Segment> {
        let last = self.queue.len().saturating_sub(usize::from(self.active.is_some()));
        let (done, left): (Vec<_>, Vec<_>) =
            self.queue.drain(..).enumerate().partition(|(nth, segment)| *nth < last && !segment.waits());
        self.queue = left.into_iter().map(|(_, segment)| segment).collect();
        done.into_iter().map(|(_, segment)| segment).collect()
    }

    fn is_own(&self, lane: &Arc<Lane>) -> bool {
        self.own.as_ref().is_some_and(|own| Arc::ptr_eq(own, lane))
    }

    fn remove_lane_if_done(&self, lane: &Arc<Lane>) {
        if !self.is_own(lane) && !self.queue.iter().any(|segment| segment.is_of(lane)) {
            lane.remove();
        }
    }
}
