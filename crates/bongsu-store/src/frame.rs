//! One frame of the write-ahead log: what one batch makes durable.
//!
//! A frame is a header of [`HEADER`] bytes and a body. The header has a checksum of its own and the body's, so that a
//! frame can be found again behind damage, and so that the body is made before its place in the log is known.

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamEncoder;
use bongsu_model::{Dataset, Refusal, Timestamp};

use crate::refused::RefusedLine;

/// Bytes of a frame's header.
pub(crate) const HEADER: usize = 32;
pub(crate) const MAGIC: [u8; 4] = *b"bGsF";
/// Bytes of a frame's body, at most.
pub(crate) const MAX_BODY: usize = 1 << 30;

/// A fact as the log and the database keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredNote {
    pub(crate) table: String,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// What a frame holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    pub(crate) dataset: Dataset,
    /// The sequence number behind the last `_id` that the rows were given.
    pub(crate) next_id: u64,
    pub(crate) raw_bytes: u64,
    pub(crate) notes: Vec<StoredNote>,
    pub(crate) refused: Vec<RefusedLine>,
    pub(crate) rows: Option<RecordBatch>,
}

/// What a frame's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) number: u64,
    pub(crate) body: usize,
    pub(crate) body_crc: u32,
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[0..4].copy_from_slice(&MAGIC);
        bytes[8..16].copy_from_slice(&self.number.to_le_bytes());
        bytes[16..24].copy_from_slice(&(self.body as u64).to_le_bytes());
        bytes[24..28].copy_from_slice(&self.body_crc.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[8..]);
        bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The header at the beginning of `bytes`; none when there is no whole and sound one.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; HEADER] = bytes.first_chunk()?;
        let mut input = Input(bytes);
        let magic = input.take(4)?;
        let crc = input.u32()?;
        let header = Self { number: input.u64()?, body: usize::try_from(input.u64()?).ok()?, body_crc: input.u32()? };
        let sound = magic == MAGIC && crc == crc32c::crc32c(&bytes[8..]) && header.body <= MAX_BODY;
        sound.then_some(header)
    }
}

/// Why a frame's body cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("{0}")]
    Arrow(#[from] arrow::error::ArrowError),
    #[error("a frame would have {0} bytes")]
    TooLarge(usize),
    #[error("the frame's body is not what its kind of frame has")]
    Form,
}

/// A frame's body, in the pieces that it is made of: the rows' texts and numbers are not copied for it.
#[derive(Debug)]
pub(crate) struct Body {
    pieces: Vec<Buffer>,
    len: usize,
}

impl Body {
    fn new(pieces: Vec<Buffer>) -> Self {
        Self { len: pieces.iter().map(Buffer::len).sum(), pieces }
    }

    /// Bytes of all pieces.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn crc(&self) -> u32 {
        self.pieces().fold(0, crc32c::crc32c_append)
    }

    /// The body's bytes, in order.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(Buffer::as_slice)
    }
}

impl Frame {
    /// The frame's body.
    pub(crate) fn encode(&self) -> Result<Body, FrameError> {
        let mut out = Vec::new();
        put_bytes(&mut out, self.dataset.as_str().as_bytes());
        out.extend(self.next_id.to_le_bytes());
        out.extend(self.raw_bytes.to_le_bytes());
        out.extend((self.notes.len() as u32).to_le_bytes());
        for note in &self.notes {
            put_bytes(&mut out, note.table.as_bytes());
            put_bytes(&mut out, &note.key);
            put_bytes(&mut out, &note.value);
        }
        out.extend((self.refused.len() as u32).to_le_bytes());
        for line in &self.refused {
            out.extend(line.time.nanos().to_le_bytes());
            put_bytes(&mut out, line.source.as_bytes());
            out.extend(line.offset.to_le_bytes());
            put_bytes(&mut out, line.reason.to_string().as_bytes());
            put_bytes(&mut out, &line.raw);
        }
        out.push(u8::from(self.rows.is_some()));
        let mut pieces = vec![Buffer::from_vec(out)];
        if let Some(rows) = &self.rows {
            let mut encoder = StreamEncoder::try_new(rows.schema_ref())?;
            pieces.extend(encoder.encode(rows)?);
            pieces.extend(encoder.finish()?);
        }
        let body = Body::new(pieces);
        if body.len() > MAX_BODY { Err(FrameError::TooLarge(body.len())) } else { Ok(body) }
    }

    /// The frame that `body` holds; `rows` says whether its rows are wanted.
    pub(crate) fn decode(body: &[u8], rows: bool) -> Result<Self, FrameError> {
        let mut input = Input(body);
        let (mut frame, has_rows) = input.head().ok_or(FrameError::Form)?;
        if has_rows && rows {
            let mut reader = StreamReader::try_new(input.0, None)?;
            frame.rows = reader.next().transpose()?;
        }
        Ok(frame)
    }

    /// The dataset that a frame is of, and whether it has rows.
    pub(crate) fn peek(body: &[u8]) -> Option<(Self, bool)> {
        Input(body).head()
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
}

/// Bytes that are read from the front.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(*self.take(4)?.first_chunk()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(*self.take(8)?.first_chunk()?))
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.u32()? as usize;
        self.take(len)
    }

    fn text(&mut self) -> Option<String> {
        Some(std::str::from_utf8(self.bytes()?).ok()?.to_owned())
    }

    fn head(&mut self) -> Option<(Frame, bool)> {
        let dataset: Dataset = self.text()?.parse().ok()?;
        let next_id = self.u64()?;
        let raw_bytes = self.u64()?;
        let mut notes = Vec::new();
        for _ in 0..self.u32()? {
            notes.push(StoredNote { table: self.text()?, key: self.bytes()?.to_vec(), value: self.bytes()?.to_vec() });
        }
        let mut refused = Vec::new();
        for _ in 0..self.u32()? {
            refused.push(RefusedLine {
                time: Timestamp::from_nanos(self.u64()?.cast_signed()),
                dataset: dataset.clone(),
                source: self.text()?,
                offset: self.u64()?,
                reason: Refusal::from_text(&self.text()?),
                raw: self.bytes()?.to_vec(),
            });
        }
        let has_rows = *self.take(1)?.first()? == 1;
        Some((Frame { dataset, next_id, raw_bytes, notes, refused, rows: None }, has_rows))
    }
}

#[cfg(test)]
mod tests {
    use bongsu_model::{BatchBuilder, Record};
    use proptest::prelude::*;

    use super::*;

    impl From<&[u8]> for Body {
        fn from(bytes: &[u8]) -> Self {
            Self::new(vec![Buffer::from(bytes)])
        }
    }

    fn rows(messages: &[String]) -> Option<RecordBatch> {
        let mut builder = BatchBuilder::new();
        for message in messages {
            builder.push(&Record { message: message.into(), ..Record::default() }, Timestamp::from_nanos(7));
        }
        (!messages.is_empty()).then(|| builder.finish().unwrap())
    }

    proptest! {
        #[test]
        fn a_frame_comes_back_as_it_was(
            messages in prop::collection::vec(".*", 0..20),
            notes in prop::collection::vec((any::<Vec<u8>>(), any::<Vec<u8>>()), 0..4),
            refused in prop::collection::vec((any::<i64>(), ".*", any::<u64>(), any::<Vec<u8>>()), 0..4),
            numbers in any::<(u64, u64, u64)>(),
        ) {
            let dataset: Dataset = "some.logs".parse().unwrap();
            let frame = Frame {
                dataset: dataset.clone(),
                next_id: numbers.0,
                raw_bytes: numbers.1,
                notes: notes.into_iter().map(|(key, value)| StoredNote { table: "t".into(), key, value }).collect(),
                refused: refused.into_iter().map(|(time, source, offset, raw)| RefusedLine {
                    time: Timestamp::from_nanos(time), dataset: dataset.clone(), reason: Refusal::from_text(&source), source, offset, raw,
                }).collect(),
                rows: rows(&messages),
            };
            let body = frame.encode().unwrap();
            let bytes = body.pieces().collect::<Vec<_>>().concat();
            prop_assert_eq!((body.len(), body.crc()), (bytes.len(), crc32c::crc32c(&bytes)));
            prop_assert_eq!(&Frame::decode(&bytes, true).unwrap(), &frame);
            let header = Header { number: numbers.2, body: body.len(), body_crc: body.crc() };
            prop_assert_eq!(Header::decode(&header.encode()), Some(header));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in any::<Vec<u8>>(), cut in any::<prop::sample::Index>()) {
            let _ = Frame::decode(&bytes, true);
            let _ = Header::decode(&bytes);
            let frame = Frame {
                dataset: Dataset::default(), next_id: 1, raw_bytes: 1, notes: vec![], refused: vec![],
                rows: rows(&["one".into(), "two".into()]),
            };
            let body = frame.encode().unwrap().pieces().collect::<Vec<_>>().concat();
            let _ = Frame::decode(&body[..cut.index(body.len())], true);
        }

        #[test]
        fn a_flipped_bit_in_a_header_is_seen(bit in 0..HEADER * 8) {
            let mut bytes = Header { number: 5, body: 9, body_crc: 3 }.encode();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(Header::decode(&bytes), None);
        }
    }
}
