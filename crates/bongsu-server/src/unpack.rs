//! A request's body without its compression, while it comes in.

use std::io::{self, Write};

use axum::http::{HeaderMap, StatusCode, header};
use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder};
use zstd::stream::zio::Writer;

use crate::errors::ApiError;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    None,
    Gzip,
    Deflate,
    Zstd,
}

/// The largest window of a zstd body, as a power of two: what its levels up to 19 need. The window is memory.
const WINDOW: u32 = 23;

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

    /// Bytes that `packed` bytes seldom exceed when they are unpacked.
    pub(crate) fn plain(self, packed: usize) -> usize {
        const USUAL: usize = 64;
        if self == Self::None { packed } else { packed.saturating_mul(USUAL) }
    }

    /// Bytes that unpacking takes once `plain` bytes have come out.
    pub(crate) fn window(self, plain: usize) -> usize {
        match self {
            Self::None => 0,
            Self::Gzip | Self::Deflate => 64 << 10,
            Self::Zstd => plain.min(1 << WINDOW),
        }
    }
}

/// Unpacks what is written to it.
pub(crate) enum Unpacker<W: Write> {
    Plain(W),
    Gzip(Box<MultiGzDecoder<W>>),
    Deflate(Box<Inflate<W>>),
    Zstd(Box<Writer<W, Decoder<'static>>>),
}

impl<W: Write> Unpacker<W> {
    pub(crate) fn new(packing: Packing, out: W) -> io::Result<Self> {
        Ok(match packing {
            Packing::None => Self::Plain(out),
            Packing::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(out))),
            Packing::Deflate => Self::Deflate(Box::new(Inflate::new(out))),
            Packing::Zstd => {
                let mut decoder = Decoder::new()?;
                decoder.set_parameter(DParameter::WindowLogMax(WINDOW))?;
                Self::Zstd(Box::new(Writer::new(out, decoder)))
            }
        })
    }

    /// Unpacks `bytes`.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.write_all(bytes),
            Self::Gzip(packed) => packed.write_all(bytes),
            Self::Deflate(packed) => packed.write(bytes),
            Self::Zstd(packed) => packed.write_all(bytes),
        }
    }

    /// Writes what is left; fails when the packed bytes have not come whole.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Gzip(packed) => packed.try_finish(),
            Self::Deflate(packed) => packed.finish(),
            Self::Zstd(packed) => packed.finish(),
        }
    }

    /// Where the unpacked bytes go.
    pub(crate) fn out(&mut self) -> &mut W {
        match self {
            Self::Plain(out) => out,
            Self::Gzip(packed) => packed.get_mut(),
            Self::Deflate(packed) => &mut packed.out,
            Self::Zstd(packed) => packed.writer_mut(),
        }
    }
}

/// Unpacks zlib, and knows whether it has come whole.
pub(crate) struct Inflate<W> {
    out: W,
    state: Decompress,
    plain: Vec<u8>,
    whole: bool,
}

impl<W: Write> Inflate<W> {
    fn new(out: W) -> Self {
        Self { out, state: Decompress::new(true), plain: Vec::with_capacity(32 << 10), whole: false }
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !self.whole {
            let (came, went) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress_vec(bytes, &mut self.plain, FlushDecompress::None)?;
            self.out.write_all(&self.plain)?;
            self.plain.clear();
            let used = (self.state.total_in() - came) as usize;
            bytes = bytes.get(used..).unwrap_or_default();
            self.whole = status == Status::StreamEnd;
            if used == 0 && self.state.total_out() == went {
                break;
            }
        }
        Ok(())
    }

    fn finish(&self) -> io::Result<()> {
        if self.whole { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// The packed bytes cannot be unpacked.
pub(crate) fn broken(cause: &io::Error) -> ApiError {
    let message = format!("the body cannot be decompressed: {cause}");
    ApiError::new(StatusCode::BAD_REQUEST, "broken-compression", message)
        .hint("send the whole compressed body, and name its compression in `Content-Encoding`")
}

/// The body is larger than allowed, before or after decompression.
pub(crate) fn too_large(most: usize) -> ApiError {
    let message = format!("the body is larger than {most} bytes");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message).hint("send it in several requests")
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    fn unpacked(body: &[u8], packing: Packing) -> io::Result<Vec<u8>> {
        let mut unpacker = Unpacker::new(packing, Vec::new())?;
        for part in body.chunks(7) {
            unpacker.write(part)?;
        }
        unpacker.finish()?;
        Ok(std::mem::take(unpacker.out()))
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
        let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
        let zlib = zlib.finish().unwrap();
        assert!(unpacked(&zlib[..zlib.len() / 2], Packing::Deflate).is_err());
        for (packing, body) in [
            (Packing::None, plain.clone()),
            (Packing::Gzip, gzip(&plain)),
            (Packing::Gzip, [gzip(&plain[..700]), gzip(&plain[700..])].concat()),
            (Packing::Deflate, zlib),
            (Packing::Zstd, zstd(&plain)),
            (Packing::Zstd, [zstd(&plain[..700]), zstd(&plain[700..])].concat()),
        ] {
            assert_eq!(unpacked(&body, packing).unwrap(), plain, "{packing:?}");
        }
    }

    #[test]
    fn half_a_body_and_another_compression_are_told() {
        let whole = gzip(b"some text that is long enough");
        let zstd = zstd::encode_all(&b"some text that is long enough"[..], 1).unwrap();
        for (packing, body) in [
            (Packing::Gzip, &whole[..whole.len() / 2]),
            (Packing::Gzip, &whole[..whole.len() - 3]),
            (Packing::Deflate, &whole[..]),
            (Packing::Zstd, &whole[..]),
            (Packing::Zstd, &zstd[..zstd.len() / 2]),
            (Packing::Gzip, b"plain"),
        ] {
            assert!(unpacked(body, packing).is_err(), "{packing:?} {}", body.len());
        }
    }

    #[test]
    fn a_window_that_takes_much_memory_is_refused() {
        let mut packer = zstd::Encoder::new(Vec::new(), 3).unwrap();
        packer.window_log(WINDOW + 1).unwrap();
        packer.write_all(&[b'x'; 100]).unwrap();
        assert!(unpacked(&packer.finish().unwrap(), Packing::Zstd).is_err());
    }

    #[test]
    fn an_unknown_packing_is_refused() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, "br".parse().unwrap());
        assert_eq!(Packing::of(&headers).unwrap_err().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}
