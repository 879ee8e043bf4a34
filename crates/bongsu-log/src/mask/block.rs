//! Private keys between `-----BEGIN … PRIVATE KEY-----` and its end.

use std::ops::Range;

/// Adds where they stand in `text`, to its end where a key is cut off.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    const BEGIN: &str = "-----BEGIN ";
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find(BEGIN)) {
        let start = at + start;
        at = start + BEGIN.len();
        let Some(rest) = text.get(at..) else { return };
        let Some((label, _)) = rest.split_once("-----") else { return };
        if !label.contains("PRIVATE KEY") || label.len() > 60 {
            continue;
        }
        let end = rest.find("-----END ").and_then(|end| {
            let behind = end + "-----END ".len();
            rest.get(behind..)?.find("-----").map(|length| at + behind + length + "-----".len())
        });
        let end = end.unwrap_or(text.len());
        found.push(start..end);
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::hidden;
    use super::*;

    #[test]
    fn a_private_key_is_hidden_and_a_public_one_is_not() {
        for (text, expected) in [
            ("a -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- b", "a # b"),
            ("-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n-----END RSA PRIVATE KEY-----\\n", "#\\n"),
            ("-----BEGIN PGP PRIVATE KEY BLOCK-----x", "#"),
            ("-----BEGIN EC PRIVATE KEY-----x-----END EC", "#"),
            (
                "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
                "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
            ),
            ("-----BEGIN ", "-----BEGIN "),
            ("----- BEGIN PRIVATE KEY", "----- BEGIN PRIVATE KEY"),
        ] {
            assert_eq!(hidden(text, find), expected);
        }
    }
}
