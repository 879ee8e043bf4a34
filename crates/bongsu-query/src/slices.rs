//! Cuts time into slices with about as many rows as wanted, the newest slice first.

use arrow::array::{Array, RecordBatch};
use arrow::compute::{max, min};
use arrow::datatypes::TimestampMicrosecondType;
use bongsu_model::{TimeRange, Timestamp, column};

use crate::candidates::Candidate;

/// Rows, and the times they lie in.
#[derive(Debug, Clone, Copy)]
struct Share {
    time: TimeRange,
    rows: f64,
}

/// What is left of the times of a question.
#[derive(Debug, Clone)]
pub(crate) struct Slices {
    shares: Vec<Share>,
    left: Option<TimeRange>,
}

impl Slices {
    /// The times in `range` at which `files` and `live` rows can be wanted.
    pub(crate) fn new(files: &[Candidate], live: &[RecordBatch], range: &TimeRange) -> Self {
        let files = files
            .iter()
            .flat_map(Candidate::shares)
            .filter(|(_, rows, _)| *rows > 0)
            .map(|(time, rows, _)| (time.unwrap_or(*range), rows as f64));
        let live = live.iter().map(|batch| (times(batch).unwrap_or(*range), batch.num_rows() as f64));
        let shares: Vec<Share> = files
            .chain(live)
            .filter(|(time, _)| range.overlaps(time.from, time.to))
            .map(|(time, rows)| Share { time, rows })
            .collect();
        let from = shares.iter().map(|share| share.time.from).min();
        let to = shares.iter().map(|share| share.time.to).max();
        let left = from
            .zip(to)
            .map(|(from, to)| TimeRange { from: from.max(range.from), to: to.min(range.to) })
            .filter(|range| range.from <= range.to);
        Self { shares, left }
    }

    /// The newest slice of what is left, with about `rows` rows in it.
    pub(crate) fn next(&mut self, rows: f64) -> Option<TimeRange> {
        let left = self.left?;
        let (mut low, mut high) = (left.from.micros(), left.to.micros());
        if self.rows(left) <= rows * 1.5 {
            high = low;
        }
        // The slice begins at the last time that leaves enough rows behind it.
        while low < high {
            let middle = low + (high.wrapping_sub(low) as u64 / 2 + 1) as i64;
            let held = self.rows(TimeRange { from: Timestamp::from_micros(middle), to: left.to });
            if held >= rows {
                low = middle;
                if held <= rows * 1.25 {
                    break;
                }
            } else {
                high = middle - 1;
            }
        }
        let from = Timestamp::from_micros(low).max(left.from);
        self.left = (from > left.from).then(|| TimeRange { from: left.from, to: from.plus_nanos(-1) });
        Some(TimeRange { from, to: left.to })
    }

    /// About how many rows lie in `range`, as if each share's rows were spread evenly.
    fn rows(&self, range: TimeRange) -> f64 {
        self.shares
            .iter()
            .map(|share| {
                let (from, to) = (share.time.from.max(range.from), share.time.to.min(range.to));
                if from > to { 0.0 } else { share.rows * length(from, to) / length(share.time.from, share.time.to) }
            })
            .sum()
    }
}

fn length(from: Timestamp, to: Timestamp) -> f64 {
    to.nanos() as f64 - from.nanos() as f64 + 1.0
}

/// The first and the last time in `batch`; none when it has none.
fn times(batch: &RecordBatch) -> Option<TimeRange> {
    let times = batch.column_by_name(column::TIME)?;
    let times = times.as_any().downcast_ref::<arrow::array::PrimitiveArray<TimestampMicrosecondType>>()?;
    Some(TimeRange {
        from: Timestamp::from_micros(min(times)?),
        to: Timestamp::from_micros(max(times)?).plus_nanos(999),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slices(shares: &[(i64, i64, f64)]) -> Slices {
        let at = |second: i64| Timestamp::from_micros(second * 1_000_000);
        let shares: Vec<Share> = shares
            .iter()
            .map(|(from, to, rows)| Share {
                time: TimeRange { from: at(*from), to: at(*to).plus_nanos(999) },
                rows: *rows,
            })
            .collect();
        let left = TimeRange {
            from: shares.iter().map(|s| s.time.from).min().unwrap(),
            to: shares.iter().map(|s| s.time.to).max().unwrap(),
        };
        Slices { shares, left: Some(left) }
    }

    #[test]
    fn slices_touch_and_cover_everything() {
        let mut slices = slices(&[(0, 1_000, 1e6), (900, 2_000, 5e5), (3_000, 3_000, 7.0)]);
        let whole = slices.left.unwrap();
        let mut end = whole.to;
        let mut count = 0;
        while let Some(slice) = slices.next(100_000.0) {
            assert_eq!(slice.to, end);
            assert!(slice.from <= slice.to);
            end = slice.from.plus_nanos(-1);
            count += 1;
        }
        assert_eq!(end, whole.from.plus_nanos(-1));
        assert!((10..=16).contains(&count), "{count}");
    }

    #[test]
    fn all_times_are_one_range_too() {
        let everything = Share { time: TimeRange::ALL, rows: 1e9 };
        let mut slices = Slices { shares: vec![everything], left: Some(TimeRange::ALL) };
        let mut count = 0;
        let mut end = Timestamp::MAX;
        while let Some(slice) = slices.next(1e8) {
            assert_eq!(slice.to, end);
            end = slice.from.plus_nanos(-1);
            count += 1;
        }
        assert_eq!(end, Timestamp::MIN);
        assert!((5..=12).contains(&count), "{count}");
    }
}
