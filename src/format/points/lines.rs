//! NDJSON of points: an object on each line, with fields for longitude and latitude or a GeoJSON point.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::super::error::FormatError;
use super::super::outfile::OutFile;
use super::{AddedColumns, Body, CHUNK_ROWS, COLUMN_NAMES, NoPoint, PointChunk, PointColumns};
use crate::crs::Crs;

/// The longest line, in bytes.
const LINE_BYTES: u64 = 1 << 20;
/// Fields that are added, and so may not be there.
const ADDED: [&str; 4] = ["grid", "edge_distance_m", "resolution", "candidates"];

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub struct PointLine {
    /// Longitude or easting, latitude or northing.
    pub given: (f64, f64),
    /// What they are in, where the line says so by itself (`"crs": "gcj02"`).
    pub crs: Option<String>,
}

/// Reads a line: `{"lon": 121.47, "lat": 31.23, …}`, with any of the usual names or those of `columns`, or a GeoJSON point or
/// feature.
///
/// # Errors
/// [`NoPoint`]: what it is that the line is not.
pub fn parse_line(text: &str, columns: &PointColumns) -> Result<PointLine, NoPoint> {
    let unreadable = |problem: String| NoPoint::Unreadable(problem);
    let object: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| unreadable(format!("not a JSON object: {error}")))?;
    if let Some(name) = ADDED.iter().find(|name| object.contains_key(**name)) {
        return Err(unreadable(format!("there is a field {name:?} already: rename it first")));
    }
    let number = |value: &Value| match value {
        Value::Null => Err(NoPoint::Missing),
        Value::Number(number) => number.as_f64().ok_or(NoPoint::Missing),
        Value::String(text) if text.trim().is_empty() => Err(NoPoint::Missing),
        Value::String(text) => text.trim().parse().map_err(|_| NoPoint::NotANumber(text.chars().take(40).collect())),
        other => Err(NoPoint::NotANumber(other.to_string().chars().take(40).collect())),
    };
    let crs = object.get("crs").and_then(Value::as_str).map(str::to_owned);
    let geometry = match object.get("type").and_then(Value::as_str) {
        Some("Feature") => object.get("geometry").and_then(Value::as_object),
        Some("Point") => Some(&object),
        _ => None,
    };
    if let Some(geometry) = geometry {
        let place = geometry.get("coordinates").and_then(Value::as_array);
        let (Some("Point"), Some([x, y, ..])) =
            (geometry.get("type").and_then(Value::as_str), place.map(Vec::as_slice))
        else {
            return Err(unreadable("its geometry is not a Point with two coordinates".to_owned()));
        };
        return Ok(PointLine { given: (number(x)?, number(y)?), crs });
    }
    let field = |name: &str| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let found = match columns {
        PointColumns::Detect => COLUMN_NAMES.into_iter().find_map(|(x, y)| Some((field(x)?, field(y)?))),
        PointColumns::Named { x, y } => field(x).zip(field(y)),
    };
    let (x, y) = found.ok_or(NoPoint::Missing)?;
    Ok(PointLine { given: (number(x)?, number(y)?), crs })
}

/// The line with fields added before its end; as it is when it is no object.
pub fn answer_line(text: &str, added: &AddedColumns, row: usize) -> String {
    let trimmed = text.trim_end();
    let Some(open) = trimmed.strip_suffix('}').filter(|_| trimmed.starts_with('{')) else { return text.to_owned() };
    let mut line = String::with_capacity(text.len() + 96);
    line.push_str(open.trim_end());
    if line.len() > 1 {
        line.push(',');
    }
    let text = |value: Option<&str>| Value::from(value).to_string();
    let metres = added.edge_distance_m.get(row).copied().flatten();
    // writing to a string does not fail
    let _ = write!(
        line,
        "\"grid\":{},\"edge_distance_m\":{},\"resolution\":{}",
        text(added.grid.get(row).copied().flatten()),
        metres.map_or_else(|| "null".to_owned(), |metres| format!("{metres:.2}")),
        text(added.resolution.get(row).copied().flatten()),
    );
    if let Some(candidates) = &added.candidates {
        let _ = write!(line, ",\"candidates\":{}", text(candidates.get(row).map(String::as_str)));
    }
    line.push('}');
    line
}

/// Reads NDJSON.
pub struct LineReader {
    path: PathBuf,
    reader: BufReader<File>,
    columns: PointColumns,
    crs: Crs,
    line: u64,
    read: u64,
    bytes: u64,
}

impl LineReader {
    pub(super) fn open(path: &Path, columns: &PointColumns, crs: &Crs) -> Result<Self, FormatError> {
        let io = |error| FormatError::Io { path: path.to_owned(), error };
        let file = File::open(path).map_err(io)?;
        let bytes = file.metadata().map_err(io)?.len();
        if bytes == 0 {
            return Err(FormatError::EmptyFile { path: path.to_owned() });
        }
        let reader = BufReader::with_capacity(1 << 16, file);
        Ok(Self { path: path.to_owned(), reader, columns: columns.clone(), crs: crs.clone(), line: 0, read: 0, bytes })
    }

    pub(super) fn progress(&self) -> (u64, u64) {
        (self.read, self.bytes)
    }

    pub(super) fn next_chunk(&mut self) -> Result<Option<PointChunk>, FormatError> {
        let io = |error| FormatError::Io { path: self.path.clone(), error };
        let (mut lines, mut places) = (Vec::new(), Vec::new());
        let (mut given, mut bad) = (Vec::new(), Vec::new());
        while lines.len() < CHUNK_ROWS {
            let mut line = Vec::new();
            let count = (&mut self.reader).take(LINE_BYTES).read_until(b'\n', &mut line).map_err(io)?;
            if count == 0 {
                break;
            }
            if count as u64 == LINE_BYTES {
                return Err(io(std::io::Error::other(format!(
                    "line {} is longer than {LINE_BYTES} bytes: is it NDJSON, an object on each line?",
                    self.line + 1
                ))));
            }
            self.line += 1;
            self.read += count as u64;
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
            if text.trim().is_empty() {
                continue;
            }
            let own_crs = |line: PointLine| match line.crs {
                None => Ok(line.given),
                Some(name) if name.parse::<Crs>().is_ok_and(|crs| crs == self.crs) => Ok(line.given),
                Some(name) => Err(NoPoint::Unreadable(format!(
                    "its crs is {name:?}, the file's is {}: locate rows of one CRS at a time",
                    self.crs
                ))),
            };
            given.push(parse_line(text, &self.columns).and_then(own_crs).unwrap_or_else(|problem| {
                bad.push((lines.len(), problem));
                (f64::NAN, f64::NAN)
            }));
            lines.push(text.to_owned());
            places.push(self.line);
        }
        if lines.is_empty() {
            return Ok(None);
        }
        let chunk = PointChunk::new(&self.crs, &given, bad, places, Body::Lines(lines));
        chunk.map(Some).map_err(|error| FormatError::Crs { path: self.path.clone(), error })
    }
}

/// Writes the lines of a [`LineReader`] with fields added.
pub struct LineWriter {
    out: OutFile,
    writer: BufWriter<File>,
}

impl LineWriter {
    pub(super) fn create(path: &Path) -> Result<Self, FormatError> {
        let out = OutFile::new(path)?;
        let file = File::create_new(out.path()).map_err(|error| FormatError::Io { path: path.to_owned(), error })?;
        Ok(Self { out, writer: BufWriter::new(file) })
    }

    pub(super) fn write(&mut self, chunk: &PointChunk, added: &AddedColumns) -> Result<(), FormatError> {
        let Body::Lines(lines) = &chunk.body else { return Ok(()) };
        let mut bad = chunk.bad.iter().map(|(row, problem)| (*row, problem)).peekable();
        for (row, line) in lines.iter().enumerate() {
            let problem = bad.next_if(|(bad, _)| *bad == row).map(|(_, problem)| problem);
            // a line that is no lawful object goes out as it came in
            let as_it_is = matches!(problem, Some(NoPoint::Unreadable(_)));
            let line = if as_it_is { line.clone() } else { answer_line(line, added, row) };
            writeln!(self.writer, "{line}")
                .map_err(|error| FormatError::Io { path: self.out.target().to_owned(), error })?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), FormatError> {
        self.writer.flush().map_err(|error| FormatError::Io { path: self.out.target().to_owned(), error })?;
        drop(self.writer);
        self.out.finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_an_object_with_names_in_use_or_a_geojson_point() {
        for text in [
            r#"{"lon": 121.5, "lat": 31.25}"#,
            r#"{"id": 7, "LNG": "121.5", "Lat": " 31.25 "}"#,
            r#"{"经度": 121.5, "纬度": 31.25, "crs": "wgs84"}"#,
            r#"{"type": "Point", "coordinates": [121.5, 31.25, 4.0]}"#,
            r#"{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [121.5, 31.25]}}"#,
        ] {
            assert_eq!(parse_line(text, &PointColumns::Detect).unwrap().given, (121.5, 31.25), "{text}");
        }
        for (text, word) in [
            ("[121.5, 31.25]", "not a JSON object"),
            (r#"{"lon": 121.5"#, "not a JSON object"),
            (r#"{"lon": 121.5}"#, "no coordinates"),
            (r#"{"lon": null, "lat": 1}"#, "no coordinates"),
            (r#"{"lon": [1], "lat": 1}"#, "[1]"),
            (r#"{"lon": 1, "lat": 1, "grid": "G"}"#, "already"),
            (r#"{"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}}"#, "Point"),
        ] {
            let problem = parse_line(text, &PointColumns::Detect).unwrap_err().to_string();
            assert!(problem.contains(word), "{text}: {problem}");
        }
    }

    #[test]
    fn fields_are_added_at_the_end_and_the_rest_stays_byte_for_byte() {
        let added = AddedColumns {
            grid: vec![Some("A-\"1"), None],
            edge_distance_m: vec![Some(6.414), None],
            resolution: vec![Some("interior"), None],
            candidates: None,
        };
        let line = answer_line("{ \"lon\":1.50,  \"note\":\"}\" } ", &added, 0);
        assert_eq!(line, r#"{ "lon":1.50,  "note":"}","grid":"A-\"1","edge_distance_m":6.41,"resolution":"interior"}"#);
        assert_eq!(answer_line("{}", &added, 1), r#"{"grid":null,"edge_distance_m":null,"resolution":null}"#);
        assert_eq!(answer_line("nonsense", &added, 0), "nonsense");
    }

    proptest! {
        #[test]
        fn no_line_panics_and_an_answered_object_is_still_one(text in "\\PC{0,60}|\\{\"lon\": ?[-0-9.e]{1,8}, ?\"lat\": ?[-0-9.e]{1,8}\\}") {
            let lawful = parse_line(&text, &PointColumns::Detect);
            let added = AddedColumns { grid: vec![Some("G")], edge_distance_m: vec![None], resolution: vec![None], candidates: Some(vec!["G:1".into()]) };
            let answered = answer_line(&text, &added, 0);
            if lawful.is_ok() {
                let object: Map<String, Value> = serde_json::from_str(&answered).unwrap();
                prop_assert_eq!(&object["grid"], "G");
            }
        }
    }
}
