//! The time as lines show it, made once a second.

use std::ops::Range;

use bongsu_model::Timestamp;
use jiff::tz::TimeZone;

/// Writes times of one zone. The text of the second it wrote last is kept: lines of one second share it, so a writer keeps
/// one of these (a thread its own).
///
/// ```
/// use bongsu_format::render::Stamp;
/// use bongsu_model::Timestamp;
///
/// let mut stamp = Stamp::new(jiff::tz::TimeZone::get("Asia/Seoul")?);
/// assert_eq!(stamp.local(Timestamp::from_nanos(1_749_178_800_000_000_000)), "2025-06-06 12:00:00");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Stamp {
    zone: TimeZone,
    /// Where the second begins, in nanoseconds since the epoch.
    second: i64,
    /// `[2025-06-06 12:00:00] ` in the zone.
    local: [u8; Self::FULL],
    /// `2025-06-06T03:00:00.` in UTC.
    utc: [u8; 20],
}

const SECOND: i64 = 1_000_000_000;

impl Stamp {
    /// The length of [`Stamp::full`].
    pub(super) const FULL: usize = 22;

    /// Times in `zone`.
    pub fn new(zone: TimeZone) -> Self {
        let mut stamp = Self { zone, second: 0, local: *b"[0000-00-00 00:00:00] ", utc: *b"0000-00-00T00:00:00." };
        stamp.turn_to(0);
        stamp
    }

    /// The zone that lines are written in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// `2025-06-06 12:00:00` in the zone.
    pub fn local(&mut self, time: Timestamp) -> &str {
        self.turn(time);
        std::str::from_utf8(&self.local[1..20]).unwrap_or_default()
    }

    /// The nanoseconds of `time` behind its second, to which the texts are turned.
    #[inline]
    fn turn(&mut self, time: Timestamp) -> u32 {
        let beyond = time.nanos().wrapping_sub(self.second);
        if (0..SECOND).contains(&beyond) { beyond as u32 } else { self.turn_to(time.nanos()) }
    }

    #[cold]
    fn turn_to(&mut self, nanos: i64) -> u32 {
        let beyond = nanos.rem_euclid(SECOND);
        let second = jiff::Timestamp::from_second(nanos.div_euclid(SECOND)).unwrap_or_default();
        // Wraps where the second of the earliest times begins before what can be told, and back in `turn`.
        self.second = nanos.wrapping_sub(beyond);
        write_time(&mut self.local, 1, self.zone.to_datetime(second));
        write_time(&mut self.utc, 0, TimeZone::UTC.to_datetime(second));
        beyond as u32
    }

    /// `[2025-06-06 12:00:00] ` in the zone, as the layouts begin.
    #[inline]
    pub fn full(&mut self, time: Timestamp) -> &[u8; Self::FULL] {
        self.turn(time);
        &self.local
    }

    /// `12:00:00] ` in the zone: the end of [`Stamp::full`].
    #[inline]
    pub fn clock(&mut self, time: Timestamp) -> &[u8; 10] {
        self.turn(time);
        self.local.last_chunk().unwrap_or(b"00:00:00] ")
    }

    /// `2025-06-06T03:00:00.000000000Z`.
    #[inline]
    pub(super) fn rfc3339(&mut self, time: Timestamp) -> [u8; 30] {
        let beyond = self.turn(time);
        let mut text = *b"0000-00-00T00:00:00.000000000Z";
        text[..20].copy_from_slice(&self.utc);
        digits(&mut text, 20..29, beyond);
        text
    }

    /// A part of `2025-06-06 12:00:00`.
    pub(super) fn part(&mut self, time: Timestamp, part: Range<usize>) -> &[u8] {
        self.turn(time);
        self.local.get(part.start + 1..part.end + 1).unwrap_or_default()
    }
}

fn write_time(text: &mut [u8], at: usize, time: jiff::civil::DateTime) {
    digits(text, at..at + 4, u32::try_from(time.year()).unwrap_or_default());
    let rest = [time.month(), time.day(), time.hour(), time.minute(), time.second()];
    for (nth, number) in rest.into_iter().enumerate() {
        let at = at + 5 + 3 * nth;
        digits(text, at..at + 2, u32::try_from(number).unwrap_or_default());
    }
}

/// The last digits of `number`, as many as there is place for.
pub(super) fn digits(text: &mut [u8], place: Range<usize>, mut number: u32) {
    for byte in text.get_mut(place).unwrap_or_default().iter_mut().rev() {
        *byte = b'0' + (number % 10) as u8;
        number /= 10;
    }
}
