//! Telling files of lines from files that are none.

/// Bytes at a file's beginning that decide.
pub(crate) const SAMPLE: usize = 8 << 10;

/// First bytes of what people have lying among their logs.
const MAGICS: [(&[u8], &str); 17] = [
    (b"\x7fELF", "a program (ELF)"),
    (b"MZ\x90\0", "a program (Windows)"),
    (b"\xfe\xed\xfa\xce", "a program (Mach-O)"),
    (b"\xcf\xfa\xed\xfe", "a program (Mach-O)"),
    (b"\xca\xfe\xba\xbe", "a Java class"),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
    (b"Rar!\x1a\x07", "a rar archive; unpack it first"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"LPKSHHRH", "a systemd journal; gather the output of `journalctl -o export`"),
    (b"\xff\xfe", "text in UTF-16; convert it with `iconv -f UTF-16 -t UTF-8`"),
    (b"\xfe\xff", "text in UTF-16; convert it with `iconv -f UTF-16 -t UTF-8`"),
];

/// Why a file that begins with `sample` is no file of lines; none when it may be one.
pub(crate) fn refusal(sample: &[u8]) -> Option<&'static str> {
    if let Some((_, what)) = MAGICS.iter().find(|(magic, _)| sample.starts_with(magic)) {
        return Some(what);
    }
    if sample.get(257..262) == Some(b"ustar") {
        return Some("a tar archive; unpack it first");
    }
    // The journal's export format holds binary fields by design.
    if sample.starts_with(b"__CURSOR=") {
        return None;
    }
    let sample = sample.get(..SAMPLE).unwrap_or(sample);
    let nuls = memchr::memchr_iter(0, sample).count();
    if nuls * 10 > sample.len() {
        return Some("binary data: more than a tenth of its beginning are NUL bytes");
    }
    let controls = sample.iter().filter(|byte| is_control(**byte)).count();
    (sample.len() >= 64 && controls * 16 > sample.len()).then_some("binary data: full of control bytes")
}

/// A control byte that text has no use for. Escape sequences colour many logs, so escape is none.
fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=7 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_no_log() {
        let mut noise = Vec::new();
        let mut state = 1u32;
        while noise.len() < SAMPLE {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.push((state >> 24) as u8);
        }
        let tar = [vec![b'a'; 257], b"ustar".to_vec(), vec![b'b'; 300]].concat();
        for (sample, word) in [
            (b"\x7fELF\x02".to_vec(), "ELF"),
            (b"PK\x03\x04rest".to_vec(), "zip"),
            (b"\xff\xfeh\0i\0".to_vec(), "UTF-16"),
            (vec![0; 100], "NUL"),
            (noise, "control"),
            (tar, "tar"),
        ] {
            assert!(refusal(&sample).is_some_and(|reason| reason.contains(word)), "{word}");
        }
    }

    #[test]
    fn lets_logs_pass_in_any_charset_with_colours_and_a_stray_nul() {
        let korean_in_euc = b"2025-06-06 \xbf\xc0\xb7\xf9\xb0\xa1 \xb9\xdf\xbb\xfd\n".repeat(20);
        for sample in [
            b"".to_vec(),
            b"x".to_vec(),
            "데이터베이스 연결 오류\n".repeat(50).into_bytes(),
            korean_in_euc,
            b"\x1b[31mERROR\x1b[0m it broke\n".repeat(50),
            b"a line with one \0 inside it, as a crash leaves them\n".to_vec(),
        ] {
            assert_eq!(refusal(&sample), None, "{sample:?}");
        }
    }
}
