//! Arrow and Parquet: columns of points in, columns of owners out.

use std::fs::File;
use std::io::{BufReader, BufWriter, Cursor, Write};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, DictionaryArray, Float64Array, Int32Array, RecordBatch, StringArray};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::super::error::FormatError;
use super::super::outfile::OutFile;
use super::{AddedColumns, Body, CHUNK_ROWS, Kind, NoPoint, PointChunk, PointColumns};
use crate::crs::Crs;

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, String>> + Send>;

/// What the reader of a format says of a file that is not what it seems. It may also lose its footing: that is a fault of the
/// file here, not of the program.
fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let caught = std::panic::catch_unwind(AssertUnwindSafe(read));
    caught.unwrap_or_else(|_| Err("its parts contradict each other".to_owned()))
}

fn names(schema: &Schema) -> Vec<String> {
    schema.fields().iter().map(|field| field.name().clone()).collect()
}

/// The coordinates of each row; `NaN` where there are none.
fn coordinates(batch: &RecordBatch, (x, y): (usize, usize)) -> Result<Vec<(f64, f64)>, String> {
    let (x, y) = (numbers(batch, x)?, numbers(batch, y)?);
    Ok(x.into_iter().zip(y).collect())
}

fn numbers(batch: &RecordBatch, column: usize) -> Result<Vec<f64>, String> {
    let array = batch.column(column);
    let or_none = |value: Option<f64>| value.unwrap_or(f64::NAN);
    Ok(match array.data_type() {
        DataType::Float64 if array.null_count() == 0 => array.as_primitive::<Float64Type>().values().to_vec(),
        DataType::Float64 => array.as_primitive::<Float64Type>().iter().map(or_none).collect(),
        DataType::Float32 => array.as_primitive::<Float32Type>().iter().map(|v| or_none(v.map(f64::from))).collect(),
        DataType::Int32 => array.as_primitive::<Int32Type>().iter().map(|v| or_none(v.map(f64::from))).collect(),
        DataType::Int64 => array.as_primitive::<Int64Type>().iter().map(|v| or_none(v.map(|v| v as f64))).collect(),
        other => {
            let name = batch.schema_ref().field(column).name().clone();
            return Err(format!("column {name:?} is {other}: coordinates are floating-point or whole numbers"));
        }
    })
}

/// Reads Arrow IPC, a stream or a file: longitude or easting, latitude or northing of each row, `NaN` where there is none.
/// Stops at `most` rows.
///
/// # Errors
/// When it is neither, it is damaged, columns are missing, or there are more rows.
pub fn points_from_arrow(bytes: &[u8], columns: &PointColumns, most: usize) -> Result<Vec<(f64, f64)>, FormatError> {
    let here = Path::new("the body");
    guarded(|| {
        let mut batches = ipc_batches(bytes.to_vec())?;
        let at = columns.find(here, &names(&batches.0)).map_err(|error| error.to_string())?;
        let mut all = Vec::new();
        for batch in &mut batches.1 {
            all.append(&mut coordinates(&batch?, at)?);
            if all.len() > most {
                return Err(format!("more than {most} rows: send them in parts"));
            }
        }
        Ok(all)
    })
    .map_err(|problem| FormatError::Mapping(format!("not Arrow IPC that can be read: {problem}")))
}

/// A stream, or a file, which begins with a word.
fn ipc_batches(bytes: Vec<u8>) -> Result<(SchemaRef, Batches), String> {
    let is_file = bytes.starts_with(b"ARROW1");
    let cursor = Cursor::new(bytes);
    let said = |error: arrow_schema::ArrowError| error.to_string();
    if is_file {
        let reader = FileReader::try_new(cursor, None).map_err(said)?;
        Ok((reader.schema(), Box::new(reader.map(move |batch| batch.map_err(said)))))
    } else {
        let reader = StreamReader::try_new(cursor, None).map_err(said)?;
        Ok((reader.schema(), Box::new(reader.map(move |batch| batch.map_err(said)))))
    }
}

/// Owners as an Arrow stream of one batch: `grid` (codes, as a dictionary of the grids met), `resolution`, and `edge_distance_m`
/// where it was measured.
///
/// # Errors
/// When they are more than Arrow holds in one column.
pub fn owners_to_arrow(
    codes: &[&str],
    owner: &[u32],
    resolution: impl Iterator<Item = Option<&'static str>>,
    edge_distance_m: Option<&[Option<f64>]>,
) -> Result<Vec<u8>, FormatError> {
    let said = |error: arrow_schema::ArrowError| FormatError::Mapping(error.to_string());
    let keys: Int32Array = owner.iter().map(|&position| (position != u32::MAX).then_some(position as i32)).collect();
    let grids: ArrayRef =
        Arc::new(DictionaryArray::try_new(keys, Arc::new(StringArray::from_iter_values(codes))).map_err(said)?);
    let words: ArrayRef = Arc::new(resolution.collect::<DictionaryArray<Int32Type>>());
    let mut columns = vec![("grid", grids), ("resolution", words)];
    if let Some(metres) = edge_distance_m {
        columns.push(("edge_distance_m", Arc::new(metres.iter().copied().collect::<Float64Array>())));
    }
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(said)?;
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).map_err(said)?;
    writer.write(&batch).map_err(said)?;
    writer.into_inner().map_err(said)
}

/// Reads Parquet or Arrow.
pub struct ColumnReader {
    path: PathBuf,
    kind: Kind,
    schema: SchemaRef,
    batches: Batches,
    columns: (usize, usize),
    crs: Crs,
    done: u64,
    rows: u64,
}

impl ColumnReader {
    pub(super) fn parquet(path: &Path, columns: &PointColumns, crs: &Crs) -> Result<Self, FormatError> {
        let file = File::open(path).map_err(|error| FormatError::Io { path: path.to_owned(), error })?;
        let damaged = |reason: String| damaged(path, "Parquet", &reason);
        let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| error.to_string()));
        let builder = builder.map_err(damaged)?;
        let schema = Arc::clone(builder.schema());
        let rows = builder.metadata().file_metadata().num_rows().max(0) as u64;
        let reader = guarded(|| builder.with_batch_size(CHUNK_ROWS).build().map_err(|error| error.to_string()));
        let batches = Box::new(reader.map_err(damaged)?.map(|batch| batch.map_err(|error| error.to_string())));
        let columns = columns.find(path, &names(&schema))?;
        let (path, crs) = (path.to_owned(), crs.clone());
        Ok(Self { path, kind: Kind::Parquet, schema, batches, columns, crs, done: 0, rows })
    }

    pub(super) fn arrow(path: &Path, columns: &PointColumns, crs: &Crs) -> Result<Self, FormatError> {
        let io = |error| FormatError::Io { path: path.to_owned(), error };
        let file = File::open(path).map_err(io)?;
        let rows = file.metadata().map_err(io)?.len();
        let mut start = BufReader::new(file);
        let is_file = std::io::BufRead::fill_buf(&mut start).map_err(io)?.starts_with(b"ARROW1");
        let said = |error: arrow_schema::ArrowError| error.to_string();
        let opened: Result<(SchemaRef, Batches), String> = guarded(|| {
            if is_file {
                let reader = FileReader::try_new(start, None).map_err(said)?;
                Ok((reader.schema(), Box::new(reader.map(move |batch| batch.map_err(said))) as Batches))
            } else {
                let reader = StreamReader::try_new(start, None).map_err(said)?;
                Ok((reader.schema(), Box::new(reader.map(move |batch| batch.map_err(said))) as Batches))
            }
        });
        let (schema, batches) = opened.map_err(|reason| damaged(path, "Arrow", &reason))?;
        let columns = columns.find(path, &names(&schema))?;
        let (path, crs) = (path.to_owned(), crs.clone());
        Ok(Self { path, kind: Kind::Arrow, schema, batches, columns, crs, done: 0, rows })
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn progress(&self) -> (u64, u64) {
        (self.done, self.rows.max(self.done))
    }

    pub(super) fn next_chunk(&mut self) -> Result<Option<PointChunk>, FormatError> {
        let damaged = |reason: String| damaged(&self.path, self.kind.name(), &reason);
        let batches = &mut self.batches;
        let Some(batch) = guarded(|| batches.next().transpose()).map_err(damaged)? else { return Ok(None) };
        let given = coordinates(&batch, self.columns)
            .map_err(|problem| FormatError::Mapping(format!("{}: {problem}", self.path.display())))?;
        let missing = given.iter().enumerate().filter(|(_, (x, y))| x.is_nan() || y.is_nan());
        let bad = missing.map(|(row, _)| (row, NoPoint::Missing)).collect();
        let places = (self.done + 1..=self.done + batch.num_rows() as u64).collect();
        self.done += batch.num_rows() as u64;
        let chunk = PointChunk::new(&self.crs, &given, bad, places, Body::Batch(batch));
        chunk.map(Some).map_err(|error| FormatError::Crs { path: self.path.clone(), error })
    }
}

fn damaged(path: &Path, format: &str, reason: &str) -> FormatError {
    let error = std::io::Error::other(format!("not {format} that can be read, or damaged: {reason}"));
    FormatError::Io { path: path.to_owned(), error }
}

enum Sink {
    Parquet(Box<ArrowWriter<BufWriter<File>>>),
    Arrow(Box<FileWriter<BufWriter<File>>>),
}

/// Writes the rows of a [`ColumnReader`] with further columns.
pub struct ColumnWriter {
    out: OutFile,
    schema: SchemaRef,
    sink: Sink,
}

impl ColumnWriter {
    pub(super) fn create(path: &Path, reader: &ColumnReader, added: &[&str]) -> Result<Self, FormatError> {
        let mut fields: Vec<Arc<Field>> = reader.schema.fields().iter().cloned().collect();
        if let Some(name) = added.iter().find(|name| fields.iter().any(|field| field.name() == **name)) {
            let path = reader.path.display();
            return Err(FormatError::Mapping(format!("{path}: there is a column {name:?} already: rename it first")));
        }
        for name in added {
            let kind = if *name == "edge_distance_m" { DataType::Float64 } else { DataType::Utf8 };
            fields.push(Arc::new(Field::new(*name, kind, true)));
        }
        let schema = Arc::new(Schema::new_with_metadata(fields, reader.schema.metadata().clone()));
        let out = OutFile::new(path)?;
        let file = File::create_new(out.path()).map_err(|error| FormatError::Io { path: path.to_owned(), error })?;
        let file = BufWriter::new(file);
        let failed = |reason: String| FormatError::Io { path: path.to_owned(), error: std::io::Error::other(reason) };
        let sink = if reader.kind == Kind::Parquet {
            let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
            let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties));
            Sink::Parquet(Box::new(writer.map_err(|error| failed(error.to_string()))?))
        } else {
            let writer = FileWriter::try_new(file, &schema).map_err(|error| failed(error.to_string()))?;
            Sink::Arrow(Box::new(writer))
        };
        Ok(Self { out, schema, sink })
    }

    pub(super) fn write(&mut self, chunk: &PointChunk, added: &AddedColumns) -> Result<(), FormatError> {
        let Body::Batch(batch) = &chunk.body else { return Ok(()) };
        let failed = |reason: String| FormatError::Io {
            path: self.out.target().to_owned(),
            error: std::io::Error::other(reason),
        };
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        columns.push(Arc::new(added.grid.iter().copied().collect::<StringArray>()));
        columns.push(Arc::new(added.edge_distance_m.iter().copied().collect::<Float64Array>()));
        columns.push(Arc::new(added.resolution.iter().copied().collect::<StringArray>()));
        if let Some(candidates) = &added.candidates {
            columns.push(Arc::new(StringArray::from_iter_values(candidates)));
        }
        let batch =
            RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|error| failed(error.to_string()))?;
        match &mut self.sink {
            Sink::Parquet(writer) => writer.write(&batch).map_err(|error| failed(error.to_string())),
            Sink::Arrow(writer) => writer.write(&batch).map_err(|error| failed(error.to_string())),
        }
    }

    pub(super) fn finish(self) -> Result<(), FormatError> {
        let target = self.out.target().to_owned();
        let failed = |reason: String| FormatError::Io { path: target.clone(), error: std::io::Error::other(reason) };
        let mut file = match self.sink {
            Sink::Parquet(writer) => writer.into_inner().map_err(|error| failed(error.to_string()))?,
            Sink::Arrow(mut writer) => {
                writer.finish().map_err(|error| failed(error.to_string()))?;
                writer.into_inner().map_err(|error| failed(error.to_string()))?
            }
        };
        file.flush().map_err(|error| failed(error.to_string()))?;
        drop(file);
        self.out.finish()
    }
}
