//! Telling files of lines from files that are none.

use bongsu_model::Refusal;

/// Bytes at a file's beginning that decide.
pub(crate) const SAMPLE: usize = 8 << 10;

/// First bytes of what people have lying among their logs.
const MAGICS: [(&[u8], Refusal); 17] = [
    (b"\x7fELF", Refusal::ElfProgram),
    (b"MZ\x90\0", Refusal::WindowsProgram),
    (b"\xfe\xed\xfa\xce", Refusal::MachProgram),
    (b"\xcf\xfa\xed\xfe", Refusal::MachProgram),
    (b"\xca\xfe\xba\xbe", Refusal::JavaClass),
    (b"\x89PNG\r\n\x1a\n", Refusal::Png),
    (b"\xff\xd8\xff", Refusal::Jpeg),
    (b"GIF8", Refusal::Gif),
    (b"PK\x03\x04", Refusal::Zip),
    (b"7z\xbc\xaf\x27\x1c", Refusal::SevenZip),
    (b"Rar!\x1a\x07", Refusal::Rar),
    (b"%PDF-", Refusal::Pdf),
    (b"SQLite format 3\0", Refusal::Sqlite),
    (b"PAR1", Refusal::Parquet),
    (b"LPKSHHRH", Refusal::Journal),
    (b"\xff\xfe", Refusal::Utf16File),
    (b"\xfe\xff", Refusal::Utf16File),
];

/// Why a file that begins with `sample` is no file of lines; none when it may be one.
pub(crate) fn refusal(sample: &[u8]) -> Option<Refusal> {
    if let Some((_, what)) = MAGICS.into_iter().find(|(magic, _)| sample.starts_with(magic)) {
        return Some(what);
    }
    if sample.get(257..262) == Some(b"ustar") {
        return Some(Refusal::Tar);
    }
    // The journal's export format holds binary fields by design.
    if sample.starts_with(b"__CURSOR=") {
        return None;
    }
    let sample = sample.get(..SAMPLE).unwrap_or(sample);
    let nuls = memchr::memchr_iter(0, sample).count();
    if nuls * 10 > sample.len() {
        return Some(Refusal::Nuls);
    }
    let controls = sample.iter().filter(|byte| is_control(**byte)).count();
    (sample.len() >= 64 && controls * 16 > sample.len()).then_some(Refusal::Controls)
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
        for (sample, refused) in [
            (b"\x7fELF\x02".to_vec(), Refusal::ElfProgram),
            (b"PK\x03\x04rest".to_vec(), Refusal::Zip),
            (b"\xff\xfeh\0i\0".to_vec(), Refusal::Utf16File),
            (vec![0; 100], Refusal::Nuls),
            (noise, Refusal::Controls),
            (tar, Refusal::Tar),
        ] {
            assert_eq!(refusal(&sample), Some(refused));
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
