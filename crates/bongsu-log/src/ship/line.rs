//! Lines of a spool's file: a record as JSON, a blank, eight hexadecimal digits of its checksum.
//!
//! A line that is damaged costs itself only: the next begins behind the next line end.

/// Bytes behind the JSON: a blank, the digits, the line end.
const TAIL: usize = 10;

/// Ends `line`, which holds a record as JSON without a line end, as a line of the spool.
pub(super) fn seal(line: &mut Vec<u8>) {
    let sum = crc32fast::hash(line);
    line.push(b' ');
    for shift in (0..8).rev() {
        line.push(b"0123456789abcdef"[(sum >> (4 * shift)) as usize & 15]);
    }
    line.push(b'\n');
}

/// The record of a line that [`seal`] ended; none when the line is not as it was written.
pub(super) fn open(line: &[u8]) -> Option<&[u8]> {
    let (json, tail) = line.split_at_checked(line.len().checked_sub(TAIL)?)?;
    let digits = tail.strip_prefix(b" ")?.strip_suffix(b"\n")?;
    let sum = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (crc32fast::hash(json) == sum).then_some(json)
}

/// The lines of `bytes` with their line ends; what follows the last line end is left out.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sealed(json: &str) -> Vec<u8> {
        let mut line = json.as_bytes().to_vec();
        seal(&mut line);
        line
    }

    #[test]
    fn a_line_can_be_read_by_people() {
        assert_eq!(sealed(r#"{"Body":"봉수"}"#), "{\"Body\":\"봉수\"} c60500e1\n".as_bytes());
    }

    #[test]
    fn what_is_no_line_is_none() {
        for line in ["", "\n", "x\n", " 00000000", "{} 00000000\n", "{} +0000000\n"] {
            assert_eq!(open(line.as_bytes()), None, "{line:?}");
        }
        assert_eq!(open(b" 00000000\n"), Some(&b""[..]));
    }

    proptest! {
        #[test]
        fn a_line_with_one_other_byte_is_damaged_and_its_neighbours_are_not(
            records in prop::collection::vec("[a-z{}\" ]{0,20}", 1..6), at in any::<prop::sample::Index>(), flip in 1u8..=255
        ) {
            let mut bytes = Vec::new();
            for record in &records {
                bytes.extend(sealed(record));
            }
            prop_assert_eq!(lines(&bytes).filter_map(open).count(), records.len());
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            let whole: Vec<_> = lines(&bytes).filter_map(open).map(|json| String::from_utf8_lossy(json).into_owned()).collect();
            // One line is damaged; where its line end is, its neighbour is with it.
            prop_assert!(whole.len() + 2 >= records.len() && whole.len() <= records.len());
            prop_assert!(whole.iter().all(|record| records.contains(record)));
        }
    }
}
