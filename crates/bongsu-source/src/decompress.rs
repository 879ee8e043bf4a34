//! Compressed files, known by their first bytes and not by their name.

use std::io::{self, BufReader, Read};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use liblzma::read::XzDecoder;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

impl Compression {
    /// The compression whose files begin with `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => Some(Self::Bzip2),
            _ => None,
        }
    }
}

/// A stream of plain bytes.
pub(crate) struct Opened<'a> {
    pub(crate) bytes: Box<dyn Read + Send + 'a>,
    pub(crate) compressed: bool,
}

/// Unpacks `raw` if it is compressed. Files of several members read as one.
pub(crate) fn open<'a>(raw: impl Read + Send + 'a) -> io::Result<Opened<'a>> {
    const LONGEST_MAGIC: u64 = 10;
    let mut raw = BufReader::with_capacity(64 << 10, raw);
    // One read may give fewer bytes than a magic has when the input is a pipe.
    let mut start = Vec::new();
    raw.by_ref().take(LONGEST_MAGIC).read_to_end(&mut start)?;
    let compression = Compression::of(&start);
    let whole = io::Cursor::new(start).chain(raw);
    let bytes: Box<dyn Read + Send + 'a> = match compression {
        None => Box::new(whole),
        Some(Compression::Gzip) => Box::new(MultiGzDecoder::new(whole)),
        Some(Compression::Zstd) => Box::new(zstd::Decoder::with_buffer(whole)?),
        Some(Compression::Xz) => Box::new(XzDecoder::new_multi_decoder(whole)),
        Some(Compression::Bzip2) => Box::new(MultiBzDecoder::new(whole)),
    };
    Ok(Opened { bytes, compressed: compression.is_some() })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use super::*;

    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    pub(crate) fn pack(bytes: &[u8], compression: Compression) -> Vec<u8> {
        match compression {
            Compression::Gzip => gzip(bytes),
            Compression::Zstd => zstd::encode_all(bytes, 1).unwrap(),
            Compression::Xz => {
                let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Bzip2 => {
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        open(bytes)?.bytes.read_to_end(&mut plain)?;
        Ok(plain)
    }

    #[test]
    fn every_compression_is_known_by_its_first_bytes_also_in_several_members() {
        for compression in [Compression::Gzip, Compression::Zstd, Compression::Xz, Compression::Bzip2] {
            let mut packed = pack(b"one\n", compression);
            packed.extend(pack(b"two\n", compression));
            assert_eq!(Compression::of(&packed), Some(compression));
            assert_eq!(unpacked(&packed).unwrap(), b"one\ntwo\n", "{compression:?}");
        }
    }

    #[test]
    fn plain_bytes_and_nothing_at_all_stay_as_they_are() {
        for plain in [&b""[..], b"x", b"BZh is how it begins", &[0x1f, 0x8b]] {
            assert_eq!(unpacked(plain).unwrap(), plain);
        }
    }

    #[test]
    fn a_torn_archive_is_an_error_after_what_could_be_read() {
        let packed = gzip(b"a line that was written\n".repeat(1000).as_slice());
        let error = unpacked(&packed[..packed.len() - 9]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
