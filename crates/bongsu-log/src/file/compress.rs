//! Compressing an older file, and looking whether a compressed one holds the same.

use std::fs::File;
use std::io::{self, Read};

use super::Compression;

/// Writes what `from` holds into `to`.
pub(super) fn compress(kind: Compression, from: &mut File, to: &mut File) -> io::Result<()> {
    match kind {
        #[cfg(feature = "gzip")]
        Compression::Gzip => {
            let mut packer = flate2::write::GzEncoder::new(to, flate2::Compression::default());
            io::copy(from, &mut packer)?;
            packer.finish().map(drop)
        }
        #[cfg(feature = "zstd")]
        Compression::Zstd => zstd::stream::copy_encode(from, to, zstd::DEFAULT_COMPRESSION_LEVEL),
        _ => {
            let _ = (from, to);
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}

/// Whether `packed` unpacks to what `plain` holds.
pub(super) fn holds(ending: &str, packed: &File, plain: &mut File) -> io::Result<bool> {
    let _ = packed;
    match ending {
        #[cfg(feature = "gzip")]
        ".gz" => same(&mut flate2::read::MultiGzDecoder::new(packed), plain),
        #[cfg(feature = "zstd")]
        ".zst" => same(&mut zstd::stream::Decoder::new(packed)?, plain),
        _ => same(&mut io::empty(), plain),
    }
}

fn same(one: &mut impl Read, other: &mut impl Read) -> io::Result<bool> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        left.clear();
        right.clear();
        // A damaged file is one that does not hold the same.
        if one.by_ref().take(64 << 10).read_to_end(&mut left).is_err() {
            return Ok(false);
        }
        other.by_ref().take(64 << 10).read_to_end(&mut right)?;
        if left != right || left.is_empty() {
            return Ok(left == right);
        }
    }
}
