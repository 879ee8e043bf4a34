//! Writing rows to Parquet files that any reader of Delta tables opens.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::DataType;
use bongsu_index::{Arranged, BLOCK, Entry, encode_directory};
use bongsu_model::column;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use crate::StoreError;
use crate::disk::{Disk, DiskFile};
use crate::sums::{BlockSums, SumsPlace};

/// Rows of a row group: small enough that one of many can be skipped.
pub(crate) const ROW_GROUP: usize = 131_072;
/// Bytes of a page of messages: a search that looks at few rows unpacks the pages they lie in. One of 1 MiB would be 5 % smaller.
const TEXT_PAGE: usize = 64 << 10;
/// Bytes of a page of ids, which come again further down: 64 KiB would be a fifth larger.
const ID_PAGE: usize = 160 << 10;
/// Bytes of a page of numbers that differ from row to row.
const SMALL_PAGE: usize = 16 << 10;
/// Columns whose encoding leaves nothing to compress: unpacking them would cost time for a hundredth of their bytes.
const AS_SMALL_AS_IT_GETS: [&str; 10] = [
    column::TIME,
    column::TIME_NS,
    column::LEVEL,
    column::SEVERITY,
    column::SERVICE,
    column::SOURCE,
    column::OFFSET,
    column::LINE,
    column::TEMPLATE_ID,
    column::FUNCTION,
];
/// Columns of a file that zstd packs. It takes 110 KiB to write one and as much to read it, for all columns of a row group at
/// the same time: the thousand columns of wide rows took more memory than their rows, ten times as much.
pub(crate) const MOST_CONTEXTS: usize = 64;
/// Where in the file the index lies, among the facts of its footer and of the table's log: `FROM..TO` in bytes.
pub(crate) const INDEX_KEY: &str = "bongsu.index";
/// Where in the file the checksums of its blocks lie, likewise.
pub(crate) const SUMS_KEY: &str = "bongsu.sums";
/// The files whose rows this file holds in their stead, among the facts of its footer: their paths in the log, one a line.
pub(crate) const REPLACES_KEY: &str = "bongsu.replaces";

/// A Parquet file that is being written.
pub(crate) struct ParquetFile {
    writer: ArrowWriter<Counting>,
    path: std::path::PathBuf,
    rows: u64,
    nulls: Vec<u64>,
    index: Vec<Entry>,
}

/// What is known of a file once it is written and durable.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) size: u64,
    pub(crate) rows: u64,
    pub(crate) crc: u32,
    /// Nulls of each column of the file's schema.
    pub(crate) nulls: Vec<u64>,
    /// Where in the file the directory of its index lies.
    pub(crate) index: Range<u64>,
    /// Where in the file the checksums of its blocks lie.
    pub(crate) sums: SumsPlace,
}

impl ParquetFile {
    /// Begins a file at `path`, which must not exist, for row groups of which `first` is the first.
    pub(crate) fn create(disk: &dyn Disk, path: &Path, first: &RecordBatch, level: i32) -> Result<Self, StoreError> {
        let schema = first.schema_ref();
        let file = disk.create(path).map_err(|error| StoreError::io("create", path, error))?;
        let sink = Counting { file, crc: 0, len: 0, sums: BlockSums::default(), footer: None, error: None };
        let options =
            ArrowWriterOptions::new().with_properties(properties(first, level)).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(sink, Arc::clone(schema), options)
            .map_err(|error| failed(path, None, &error))?;
        Ok(Self { writer, path: path.to_owned(), rows: 0, nulls: vec![0; schema.fields().len()], index: vec![] })
    }

    /// Adds a row group, which has the file's schema, and its index behind it.
    pub(crate) fn write_group(&mut self, group: &Arranged) -> Result<(), StoreError> {
        self.rows += group.rows.num_rows() as u64;
        for (nulls, array) in self.nulls.iter_mut().zip(group.rows.columns()) {
            *nulls += array.null_count() as u64;
        }
        let written = self.writer.write(&group.rows).and_then(|()| self.writer.flush());
        written.map_err(|error| failed(&self.path, self.writer.inner_mut().error.take(), &error))?;
        let (bytes, entry) = group.index.place(self.writer.bytes_written() as u64);
        self.index.push(entry);
        self.writer.write_all(&bytes).map_err(|error| StoreError::io("write", &self.path, error))
    }

    /// Ends the file and makes its content durable; its name is not yet. It holds the rows of the files `replaces` in their
    /// stead.
    pub(crate) fn finish(mut self, replaces: &[String]) -> Result<Written, StoreError> {
        let index = self.put(INDEX_KEY, &encode_directory(&self.index))?;
        self.writer.sync().map_err(|error| StoreError::io("write", &self.path, error))?;
        let sums = self.writer.inner_mut().sums.encode();
        let sums = self.put(SUMS_KEY, &sums)?;
        self.writer.sync().map_err(|error| StoreError::io("write", &self.path, error))?;
        self.writer.inner_mut().footer = Some(0);
        if !replaces.is_empty() {
            self.writer.append_key_value_metadata(KeyValue::new(REPLACES_KEY.to_owned(), replaces.join("\n")));
        }
        if let Err(error) = self.writer.finish() {
            return Err(failed(&self.path, self.writer.inner_mut().error.take(), &error));
        }
        let sink = self.writer.inner_mut();
        sink.file.sync().map_err(|error| StoreError::io("sync", &self.path, error))?;
        let sums = SumsPlace { from: sums.start, to: sums.end, footer: sink.footer.unwrap_or_default() };
        Ok(Written { size: sink.len, rows: self.rows, crc: sink.crc, nulls: self.nulls, index, sums })
    }

    /// Writes bytes that are no column, and notes in the footer where they lie.
    fn put(&mut self, key: &str, bytes: &[u8]) -> Result<Range<u64>, StoreError> {
        let from = self.writer.bytes_written() as u64;
        let place = from..from + bytes.len() as u64;
        self.writer.write_all(bytes).map_err(|error| StoreError::io("write", &self.path, error))?;
        let text = format!("{}..{}", place.start, place.end);
        self.writer.append_key_value_metadata(KeyValue::new(key.to_owned(), text));
        Ok(place)
    }
}

fn failed(path: &Path, cause: Option<io::Error>, error: &ParquetError) -> StoreError {
    match cause {
        Some(cause) => StoreError::io("write", path, cause),
        None => StoreError::BadBatch { what: error.to_string() },
    }
}

/// Counts and sums up what goes through, and keeps the first error, which Parquet would turn into words.
struct Counting {
    file: Box<dyn DiskFile>,
    crc: u32,
    len: u64,
    sums: BlockSums,
    /// The checksum of what was written since the end of the blocks' checksums.
    footer: Option<u32>,
    error: Option<io::Error>,
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match self.file.write(bytes) {
            Ok(written) => written,
            Err(error) => {
                let kind = error.kind();
                self.error = Some(error);
                return Err(kind.into());
            }
        };
        let bytes = &bytes[..written];
        self.crc = crc32c::crc32c_append(self.crc, bytes);
        self.len += written as u64;
        match &mut self.footer {
            Some(footer) => *footer = crc32c::crc32c_append(*footer, bytes),
            None => self.sums.add(bytes),
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The columns that are worth a context of zstd, when not all can have one: those that hold most.
fn packed_well(first: &RecordBatch) -> BTreeSet<&str> {
    let fields = first.schema_ref().fields().iter();
    let worth_it = |name: &str| !AS_SMALL_AS_IT_GETS.contains(&name);
    let mut columns: Vec<_> = fields
        .zip(first.columns())
        .map(|(field, array)| (bytes_of(array), field.name().as_str()))
        .filter(|(_, name)| worth_it(name))
        .collect();
    columns.sort_unstable_by(|left, right| right.cmp(left));
    columns.into_iter().take(MOST_CONTEXTS).map(|(_, name)| name).collect()
}

fn bytes_of(array: &dyn Array) -> usize {
    let present = array.len() - array.null_count();
    let texts = array.as_string_view_opt().map_or(0, StringViewArray::total_buffer_bytes_used);
    present.saturating_mul(size_of::<u64>()).saturating_add(texts)
}

fn properties(first: &RecordBatch, level: i32) -> WriterProperties {
    let schema = first.schema_ref();
    let packed_well = packed_well(first);
    let level = ZstdLevel::try_new(level).unwrap_or_default();
    let mut builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(None)
        .set_data_page_row_count_limit(BLOCK)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_created_by(concat!("bongsu ", env!("CARGO_PKG_VERSION")).to_owned());
    if let Ok(service) = schema.index_of(column::SERVICE) {
        let order = SortingColumn { column_idx: service as i32, descending: false, nulls_first: true };
        builder = builder.set_sorting_columns(Some(vec![order]));
    }
    for field in schema.fields() {
        let path = ColumnPath::new(vec![field.name().clone()]);
        if AS_SMALL_AS_IT_GETS.contains(&field.name().as_str()) {
            builder = builder.set_column_compression(path.clone(), Compression::UNCOMPRESSED);
        } else if !packed_well.contains(field.name().as_str()) {
            builder = builder.set_column_compression(path.clone(), Compression::SNAPPY);
        }
        builder = match (field.name().as_str(), field.data_type()) {
            // A batch arrives at once: few values, unless rows come one by one.
            (column::OBSERVED_TIME, _) => builder
                .set_column_dictionary_page_size_limit(path.clone(), SMALL_PAGE)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
            (column::TIME | column::OFFSET, _) => builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_data_page_size_limit(path.clone(), SMALL_PAGE)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
            (column::ID, _) => builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_data_page_size_limit(path.clone(), SMALL_PAGE)
                .set_column_statistics_enabled(path.clone(), EnabledStatistics::None)
                .set_column_encoding(path, Encoding::DELTA_BYTE_ARRAY),
            (column::MESSAGE | column::ATTRIBUTES, _) => builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_data_page_size_limit(path.clone(), TEXT_PAGE)
                // The first and the last text of a group leave nothing out, and every text would be compared with them.
                .set_column_statistics_enabled(path, EnabledStatistics::None),
            (column::TRACE_ID | column::SPAN_ID, _) => builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_data_page_size_limit(path.clone(), ID_PAGE)
                .set_column_statistics_enabled(path, EnabledStatistics::None),
            (_, DataType::Utf8View) => builder.set_column_statistics_enabled(path, EnabledStatistics::Chunk),
            _ => builder,
        };
    }
    builder.build()
}
