//! A column of texts that many rows have in common: each is kept once, and rows say which they have.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewArray, StringViewBuilder, UInt32Builder};
use arrow::compute::take;
use arrow::error::ArrowError;

/// Places for texts that came lately. A power of two.
const LATELY: usize = 256;

/// Collects texts that come again and again.
///
/// Only texts that came lately are compared: one that comes again after many others is kept a second time, which costs its bytes and
/// nothing else. A table of all would have to hash every text from its beginning to its end.
#[derive(Debug)]
pub(crate) struct Repeated {
    texts: StringViewBuilder,
    known: u32,
    /// One more than the position of a text in `texts`; 0 for none.
    lately: Box<[u32; LATELY]>,
    rows: UInt32Builder,
}

impl Repeated {
    /// A column of about `rows` rows, its texts in blocks of `block` bytes.
    pub(crate) fn new(rows: usize, block: u32) -> Self {
        Self {
            texts: StringViewBuilder::new().with_fixed_block_size(block),
            known: 0,
            lately: Box::new([0; LATELY]),
            rows: UInt32Builder::with_capacity(rows),
        }
    }

    pub(crate) fn len(&self) -> usize {
        use arrow::array::ArrayBuilder;
        self.rows.len()
    }

    pub(crate) fn append_null(&mut self) {
        self.rows.append_null();
    }

    pub(crate) fn append_value(&mut self, text: &str) {
        let place = &mut self.lately[place(text.as_bytes())];
        if let Some(position) = place.checked_sub(1)
            && self.texts.get_value(position as usize) == text.as_bytes()
        {
            self.rows.append_value(position);
            return;
        }
        self.texts.append_value(text);
        self.rows.append_value(self.known);
        self.known += 1;
        *place = self.known;
    }

    /// The texts of the rows; without the room behind them when there is `much` of it.
    pub(crate) fn finish(&mut self, much: bool) -> Result<ArrayRef, ArrowError> {
        let mut texts = self.texts.finish();
        if much {
            texts.shrink_to_fit();
        }
        let rows = self.rows.finish();
        if texts.is_empty() {
            return Ok(Arc::new(StringViewArray::new_null(rows.len())));
        }
        take(&texts, &rows, None)
    }
}

/// Where a text is among those that came lately: by its length, its beginning and its end.
fn place(text: &[u8]) -> usize {
    let (beginning, end) = match (text.first_chunk(), text.last_chunk()) {
        (Some(beginning), Some(end)) => (u64::from_le_bytes(*beginning), u64::from_le_bytes(*end)),
        _ => (text.iter().fold(0, |bytes, byte| bytes << 8 | u64::from(*byte)), 0),
    };
    let mixed = (beginning ^ end.rotate_left(29) ^ (text.len() as u64) << 56).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize % LATELY
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_kept_once() {
        let mut column = Repeated::new(0, 64);
        for n in 0..1_000 {
            column.append_value(["a service of a long name", "another of a long name"][n % 2]);
        }
        let texts = column.finish(false).unwrap();
        assert_eq!(texts.len(), 1_000);
        assert_eq!(texts.as_string_view().data_buffers().iter().map(arrow::buffer::Buffer::len).sum::<usize>(), 46);
    }

    proptest! {
        #[test]
        fn every_row_has_its_text(rows in prop::collection::vec(prop::option::of("[ab]{0,3}|[a-c]{30,33}|.{0,40}"), 0..600)) {
            let mut column = Repeated::new(0, 64);
            for (nth, row) in rows.iter().enumerate() {
                prop_assert_eq!(column.len(), nth);
                match row {
                    Some(text) => column.append_value(text),
                    None => column.append_null(),
                }
            }
            let texts = column.finish(false).unwrap();
            let found: Vec<_> = texts.as_string_view().iter().map(|text| text.map(str::to_owned)).collect();
            prop_assert_eq!(found, rows);
        }
    }
}
