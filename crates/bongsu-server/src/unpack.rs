//! A request's body without its compression, never larger than allowed.

use std::io::{self, Read};

use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use crate::errors::ApiError;
use crate::limits::Account;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    None,
    Gzip,
    Deflate,
    Zstd,
}

impl Packing {
    /// What `Content-Encoding` names.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let Some(value) = headers.get(header::CONTENT_ENCODING) else { return Ok(Self::None) };
        let name = value.to_str().unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "" | "identity" => Ok(Self::None),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "zstd" => Ok(Self::Zstd),
            _ => Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unknown-encoding",
                format!("`Content-Encoding: {name}` is not known"),
            )
            .hint("send the body plain, or compressed with gzip, deflate or zstd")),
        }
    }
}

/// Bytes that are unpacked between two looks at the limits.
const STEP: u64 = 1 << 20;

/// The body as it was before compression: at most `most` bytes, which `account` comes to hold too.
pub(crate) fn unpack(body: Bytes, packing: Packing, most: usize, account: &mut Account) -> Result<Bytes, ApiError> {
    let packed = body.len();
    let mut room = |plain: usize| if plain > most { Err(too_large(most)) } else { account.hold(packed + plain) };
    match packing {
        Packing::None if body.len() > most => Err(too_large(most)),
        Packing::None => Ok(body),
        Packing::Gzip => read(MultiGzDecoder::new(body.as_ref()), &mut room),
        Packing::Deflate => read(ZlibDecoder::new(body.as_ref()), &mut room),
        Packing::Zstd => read(zstd::stream::read::Decoder::new(body.as_ref()).map_err(|e| broken(&e))?, &mut room),
    }
}

fn read(mut packed: impl Read, room: &mut dyn FnMut(usize) -> Result<(), ApiError>) -> Result<Bytes, ApiError> {
    let mut plain = Vec::new();
    while packed.by_ref().take(STEP).read_to_end(&mut plain).map_err(|e| broken(&e))? > 0 {
        room(plain.len())?;
    }
    Ok(plain.into())
}

fn broken(cause: &io::Error) -> ApiError {
    let message = format!("the body cannot be decompressed: {cause}");
    ApiError::new(StatusCode::BAD_REQUEST, "broken-compression", message)
        .hint("send the whole compressed body, and name its compression in `Content-Encoding`")
}

/// The body is larger than allowed, before or after decompression.
pub(crate) fn too_large(most: usize) -> ApiError {
    let message = format!("the body is larger than {most} bytes");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message)
        .hint("send it in several requests: nothing of this one was kept")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;
    use crate::config::Limits;
    use crate::limits::Room;

    fn unpacked(body: Vec<u8>, packing: Packing, most: usize) -> Result<Bytes, ApiError> {
        unpack(body.into(), packing, most, &mut Room::new(&Limits::default()).account())
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(plain).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn every_packing_gives_back_what_was_packed() {
        let plain = b"a line\n".repeat(1_000);
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&plain).unwrap();
        for (packing, body) in [
            (Packing::None, plain.clone()),
            (Packing::Gzip, gzip(&plain)),
            (Packing::Gzip, [gzip(&plain[..700]), gzip(&plain[700..])].concat()),
            (Packing::Deflate, zlib.finish().unwrap()),
            (Packing::Zstd, zstd::encode_all(&plain[..], 1).unwrap()),
        ] {
            assert_eq!(unpacked(body, packing, plain.len()).unwrap(), plain, "{packing:?}");
        }
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let plain = vec![0; 10 << 20];
        for (packing, body) in
            [(Packing::Gzip, gzip(&plain)), (Packing::Zstd, zstd::encode_all(&plain[..], 1).unwrap())]
        {
            let error = unpacked(body, packing, 1 << 20).unwrap_err();
            assert_eq!(error.status(), StatusCode::PAYLOAD_TOO_LARGE, "{packing:?}");
        }
    }

    #[test]
    fn half_a_body_and_another_compression_are_told() {
        let whole = gzip(b"some text that is long enough");
        for (packing, body) in [
            (Packing::Gzip, whole[..whole.len() / 2].to_vec()),
            (Packing::Zstd, whole.clone()),
            (Packing::Gzip, b"plain".to_vec()),
        ] {
            assert_eq!(unpacked(body, packing, 1 << 20).unwrap_err().status(), StatusCode::BAD_REQUEST);
        }
    }

    #[test]
    fn an_unknown_packing_is_refused() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, "br".parse().unwrap());
        assert_eq!(Packing::of(&headers).unwrap_err().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}
