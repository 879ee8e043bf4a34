//! What rows weigh: the bytes that they take in memory until they are written.

use arrow::array::{AsArray, RecordBatch};

/// Bytes of a cell beside those of a long text, also of one that holds nothing: rows of a file all have every column.
pub(crate) const CELL: usize = 16;

/// Bytes of each row.
pub(crate) fn weights(rows: &RecordBatch) -> Vec<usize> {
    let mut weights = vec![rows.num_columns() * CELL; rows.num_rows()];
    for texts in rows.columns().iter().filter_map(|column| column.as_string_view_opt()) {
        for (weight, text) in weights.iter_mut().zip(texts.lengths()) {
            *weight += text as usize;
        }
    }
    weights
}

/// How many of the first rows weigh at most `most` together, but one at least.
pub(crate) fn fitting(weights: impl Iterator<Item = usize>, most: usize) -> usize {
    let mut sum = 0usize;
    let within = weights.take_while(|weight| {
        sum = sum.saturating_add(*weight);
        sum <= most
    });
    within.count().max(1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringViewArray};

    use super::*;

    #[test]
    fn a_row_weighs_its_texts_and_its_cells() {
        let texts = StringViewArray::from_iter([Some("x".repeat(200)), None, Some("short".to_owned())]);
        let rows = RecordBatch::try_from_iter([
            ("text", Arc::new(texts) as _),
            ("number", Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])) as _),
        ]);
        assert_eq!(weights(&rows.unwrap()), [232, 32, 37]);
    }

    #[test]
    fn one_row_always_fits() {
        let fit = |most| fitting([5, 5, 5, 100].into_iter(), most);
        assert_eq!([fit(0), fit(5), fit(14), fit(15), fit(1_000)], [1, 1, 2, 3, 4]);
    }
}
