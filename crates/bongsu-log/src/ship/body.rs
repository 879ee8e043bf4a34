//! The body of a request.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::options::{Packing, Protocol};
use super::otlp;

/// What `Content-Type` says of the bodies of a protocol.
pub(super) fn content_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Bongsu => "application/x-ndjson",
        Protocol::Otlp => "application/json",
    }
}

/// The body that carries `records`, packed; the same bytes for the same records.
pub(super) fn make<'r>(protocol: Protocol, packing: Packing, records: impl Iterator<Item = &'r [u8]>) -> Vec<u8> {
    let mut plain = Vec::new();
    match protocol {
        Protocol::Bongsu => {
            for record in records {
                plain.extend_from_slice(record);
                plain.push(b'\n');
            }
        }
        Protocol::Otlp => plain = otlp::request(records).to_string().into_bytes(),
    }
    match packing {
        Packing::None => plain,
        Packing::Gzip => gzip(&plain),
        // Level 1: a log line packs well at any, and the program's processor is for the program.
        #[cfg(feature = "zstd")]
        Packing::Zstd => zstd::bulk::compress(&plain, 1).unwrap_or_default(),
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
    let written = packed.write_all(plain);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    packed.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_body_is_the_same_whenever_it_is_made() {
        let records = || [&b"{\"Body\":1}"[..], b"{\"Body\":2}"].into_iter();
        let plain = make(Protocol::Bongsu, Packing::None, records());
        assert_eq!(plain, b"{\"Body\":1}\n{\"Body\":2}\n");
        let packed = make(Protocol::Bongsu, Packing::Gzip, records());
        assert_eq!(packed, make(Protocol::Bongsu, Packing::Gzip, records()));
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain);
        #[cfg(feature = "zstd")]
        {
            let packed = make(Protocol::Bongsu, Packing::Zstd, records());
            assert_eq!(zstd::bulk::decompress(&packed, 1_000).unwrap(), plain);
        }
        assert_eq!(make(Protocol::Otlp, Packing::None, std::iter::empty()), br#"{"resourceLogs":[]}"#);
    }
}
