//! In which blocks of a row group an id can be: a small filter for each block and column.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use crate::Rows;
use crate::codec::{Taker, put_number};
use crate::filter;

/// Rows of a block: as many as a page of the column has, so that one page is read for an id.
pub const BLOCK: usize = 8_192;

/// A column of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdColumn {
    /// `trace_id`
    Trace,
    /// `span_id`
    Span,
}

impl IdColumn {
    /// Every column of ids, in the order in which their filters are stored.
    pub(crate) const ALL: [Self; 2] = [Self::Trace, Self::Span];

    fn code(self) -> u64 {
        match self {
            Self::Trace => 0,
            Self::Span => 1,
        }
    }
}

/// What stands for an id in a filter.
pub(crate) fn key(value: &str) -> u64 {
    xxh3_64(value.as_bytes())
}

/// Appends the filters of `column`, the keys of whose values are given row by row.
pub(crate) fn encode(bytes: &mut Vec<u8>, column: IdColumn, values: impl Iterator<Item = Option<u64>>) {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    let mut keys = Vec::with_capacity(BLOCK);
    let (mut row, mut last) = (0, None);
    for value in values {
        if row == BLOCK {
            blocks.push(filter::encode(&mut keys));
            keys.clear();
            (row, last) = (0, None);
        }
        row += 1;
        if value.is_some() && value != last {
            keys.extend(value);
            last = value;
        }
    }
    blocks.push(filter::encode(&mut keys));
    if blocks.iter().all(Vec::is_empty) {
        return;
    }
    put_number(bytes, column.code());
    put_number(bytes, blocks.len() as u64);
    for block in &blocks {
        put_number(bytes, block.len() as u64);
        bytes.extend_from_slice(block);
    }
}

/// The filters of a row group's ids.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    bytes: Vec<u8>,
    blocks: Vec<(IdColumn, Vec<Range<usize>>)>,
}

impl Ids {
    pub(crate) fn decode(bytes: Vec<u8>) -> Option<Self> {
        let whole = bytes.len();
        let mut taker = Taker(&bytes);
        let mut blocks = Vec::new();
        while !taker.0.is_empty() {
            let code = taker.number()?;
            let column = IdColumn::ALL.into_iter().find(|column| column.code() == code)?;
            let mut ranges = Vec::new();
            for _ in 0..taker.count()? {
                let len = taker.number()?.try_into().ok()?;
                let at = whole - taker.0.len();
                taker.bytes(len)?;
                ranges.push(at..at + len);
            }
            blocks.push((column, ranges));
        }
        Some(Self { bytes, blocks })
    }

    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The rows of a group of `rows` rows in which `column` may be `value`.
    pub(crate) fn rows_with(&self, column: IdColumn, value: &str, rows: u32) -> Rows {
        let key = key(value);
        let Some((_, blocks)) = self.blocks.iter().find(|(have, _)| *have == column) else { return Rows::none() };
        let found = blocks
            .iter()
            .enumerate()
            .filter(|(_, block)| self.bytes.get((*block).clone()).is_some_and(|filter| filter::may_hold(filter, key)));
        Rows::from_ranges(
            found.map(|(nth, _)| (nth * BLOCK) as u32..((nth + 1) * BLOCK).min(rows as usize) as u32).collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_in_its_block_and_seldom_in_another() {
        let ids: Vec<_> = (0..BLOCK * 3 + 5).map(|n| (n % 3 > 0).then(|| format!("{:032x}", n / 4 * 7_919))).collect();
        let mut bytes = Vec::new();
        encode(&mut bytes, IdColumn::Trace, ids.iter().map(|id| id.as_deref().map(key)));
        encode(&mut bytes, IdColumn::Span, std::iter::repeat_n(None, 10));
        let found = Ids::decode(bytes).unwrap();
        let rows = ids.len() as u32;
        for nth in [1, BLOCK - 1, BLOCK, BLOCK * 3 + 4] {
            let Some(id) = &ids[nth] else { continue };
            let may = found.rows_with(IdColumn::Trace, id, rows);
            assert!(may.ranges().iter().any(|range| range.contains(&(nth as u32))), "{nth}");
            assert!(may.len() <= 2 * BLOCK as u64);
        }
        assert!(found.rows_with(IdColumn::Span, "x", rows).is_empty());
        assert!(found.rows_with(IdColumn::Trace, "no such id", rows).len() <= BLOCK as u64);
    }
}
