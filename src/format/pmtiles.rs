//! Tiles as one PMTiles file (specification v3, <https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md>), and the
//! part file they are gathered in until all of them are there.
//!
//! A part file starts with a line that says what it is a part of, and then has one record for each tile that was cut, in the
//! order of the archive: place, length, bytes, and the XXH3 of all that. What a killed program left behind is read up to the
//! first record that is not whole.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use pmtiles::{Compression, PmTilesWriter, TileCoord, TileType};
use twox_hash::XxHash3_64;

use super::error::FormatError;
use super::outfile::OutFile;

/// How a part file starts. Changes with the form of its records.
const MAGIC: &str = "wangge tiles, part 1: ";
/// Zoom, column, row and length of a record, before the bytes.
const HEAD_BYTES: usize = 13;
/// No tile is longer: a length beyond it is that of a damaged record.
const LONGEST_BYTES: usize = 1 << 28;

/// Where a tile lies in a pyramid: column x from the west, row y from the north.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilePlace {
    /// Zoom.
    pub z: u8,
    /// Column.
    pub x: u32,
    /// Row.
    pub y: u32,
}

impl TilePlace {
    /// Where it stands in an archive: zoom by zoom, along a Hilbert curve within each. `None` beyond the square.
    pub fn archive_order(self) -> Option<u64> {
        TileCoord::new(self.z, self.x, self.y).ok().map(|coord| pmtiles::TileId::from(coord).value())
    }
}

/// A tile in gzip; without bytes where nothing lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedTile {
    /// Where.
    pub place: TilePlace,
    /// In gzip.
    pub bytes: Vec<u8>,
}

/// What a reader of an archive is told beside the tiles.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchiveDescription {
    /// First and last zoom.
    pub zooms: (u8, u8),
    /// West, south, east, north in degrees.
    pub bounds: [f64; 4],
    /// A JSON object with `vector_layers` of TileJSON 3.0.
    pub metadata: String,
}

/// What an archive that was written holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveReport {
    /// Tiles with something in them.
    pub tiles: u64,
    /// Size of the file.
    pub bytes: u64,
}

/// What stood in a part file when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartFound {
    /// There was none.
    Nothing,
    /// A part of the same: so many tiles need not be cut again.
    Same(u64),
    /// A part of something else, which was thrown away.
    Other,
}

/// Tiles on their way into an archive.
#[derive(Debug)]
pub struct TilePart {
    target: PathBuf,
    path: PathBuf,
    file: BufWriter<File>,
    /// Where the records start.
    start: u64,
}

impl TilePart {
    /// Opens or starts the part file beside `target` (its name and `.part`). `what` stands for everything the bytes of the
    /// tiles depend on; `order` is the tiles of the archive: records are taken over as long as they follow it.
    ///
    /// # Errors
    /// When it cannot be read or written, another program has it open, or a file of another kind goes by that name.
    pub fn open(
        target: &Path,
        what: &str,
        order: impl Iterator<Item = TilePlace>,
    ) -> Result<(Self, PartFound), FormatError> {
        let mut name = target.as_os_str().to_owned();
        name.push(".part");
        let path = PathBuf::from(name);
        let io = |error| FormatError::Io { path: path.clone(), error };
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        if file.try_lock().is_err() {
            return Err(FormatError::TilePart {
                path,
                problem: "another program is writing it: wait for that, or write to another file",
            });
        }
        let line = format!("{MAGIC}{}\n", what.replace('\n', " "));
        let start = line.len() as u64;
        let found = match first_line(&mut file).map_err(io)? {
            first if first.is_empty() => PartFound::Nothing,
            first if first == line => {
                let (records, end) = whole_records(&mut file, start, order).map_err(io)?;
                file.set_len(end).map_err(io)?;
                file.seek(SeekFrom::Start(end)).map_err(io)?;
                PartFound::Same(records)
            }
            // a first line that was cut short is ours too
            first if first.starts_with(MAGIC) || MAGIC.starts_with(&first) => PartFound::Other,
            _ => {
                return Err(FormatError::TilePart {
                    path,
                    problem: "this is no part of an export of tiles: move it away, or write to another file",
                });
            }
        };
        if !matches!(found, PartFound::Same(_)) {
            file.set_len(0).map_err(io)?;
            file.rewind().map_err(io)?;
            file.write_all(line.as_bytes()).map_err(io)?;
        }
        Ok((Self { target: target.to_owned(), file: BufWriter::new(file), path, start }, found))
    }

    /// Adds tiles, which go on in the order of the archive; on return the system has them.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn add(&mut self, tiles: &[PackedTile]) -> Result<(), FormatError> {
        let written = tiles.iter().try_for_each(|tile| {
            let head = head(tile.place, tile.bytes.len());
            let hash = hash(&head, &tile.bytes);
            [&head[..], &tile.bytes, &hash.to_le_bytes()].into_iter().try_for_each(|bytes| self.file.write_all(bytes))
        });
        written.and_then(|()| self.file.flush()).map_err(|error| FormatError::Io { path: self.path.clone(), error })
    }

    /// Writes the archive, which appears under its name whole, and removes the part file. Tiles of the same bytes are stored
    /// once. O(size of the archive).
    ///
    /// # Errors
    /// When the disk is full or the target cannot be replaced; then the part file stays.
    pub fn finish(self, about: &ArchiveDescription) -> Result<ArchiveReport, FormatError> {
        let Self { target, path, file, start } = self;
        let io = |error| FormatError::Io { path: path.clone(), error };
        let to_target = |error: pmtiles::PmtError| FormatError::Io {
            path: target.clone(),
            error: match error {
                pmtiles::PmtError::Reading(error) => error,
                other => std::io::Error::other(other),
            },
        };
        let mut file = file.into_inner().map_err(|error| io(error.into_error()))?;
        file.seek(SeekFrom::Start(start)).map_err(io)?;
        let out = OutFile::new(&target)?;
        let created = File::create_new(out.path()).map_err(|error| FormatError::Io { path: target.clone(), error })?;
        let [west, south, east, north] = about.bounds;
        let mut archive = PmTilesWriter::new(TileType::Mvt)
            .precompressed(Compression::Gzip)
            .min_zoom(about.zooms.0)
            .max_zoom(about.zooms.1)
            .bounds(west, south, east, north)
            .center(f64::midpoint(west, east), f64::midpoint(south, north))
            .center_zoom(u8::midpoint(about.zooms.0, about.zooms.1))
            .metadata(about.metadata.clone())
            .create(created)
            .map_err(to_target)?;
        let mut tiles = 0;
        let mut records = BufReader::new(&file);
        while let Some(tile) = record(&mut records).map_err(io)? {
            if let (false, Ok(coord)) =
                (tile.bytes.is_empty(), TileCoord::new(tile.place.z, tile.place.x, tile.place.y))
            {
                archive.add_tile(coord, &tile.bytes).map_err(to_target)?;
                tiles += 1;
            }
        }
        archive.finalize().map_err(to_target)?;
        let bytes = std::fs::metadata(out.path()).map_err(io)?.len();
        out.finish()?;
        std::fs::remove_file(&path).map_err(io)?;
        Ok(ArchiveReport { tiles, bytes })
    }
}

/// The first line with its end, or as much of it as a line of ours may be long.
fn first_line(file: &mut File) -> std::io::Result<String> {
    const LONGEST_LINE_BYTES: u64 = 4096;
    file.rewind()?;
    let mut line = Vec::new();
    BufReader::new(&*file).take(LONGEST_LINE_BYTES).read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

fn head(place: TilePlace, length: usize) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    head[0] = place.z;
    head[1..5].copy_from_slice(&place.x.to_le_bytes());
    head[5..9].copy_from_slice(&place.y.to_le_bytes());
    head[9..13].copy_from_slice(&(length as u32).to_le_bytes());
    head
}

fn hash(head: &[u8; HEAD_BYTES], bytes: &[u8]) -> u64 {
    let mut hash = XxHash3_64::new();
    std::hash::Hasher::write(&mut hash, head);
    std::hash::Hasher::write(&mut hash, bytes);
    std::hash::Hasher::finish(&hash)
}

/// The next record; `None` where there is none that is whole.
fn record(from: &mut impl Read) -> std::io::Result<Option<PackedTile>> {
    let whole = |read: std::io::Result<()>| match read {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    };
    let mut start = [0; HEAD_BYTES];
    if !whole(from.read_exact(&mut start))? {
        return Ok(None);
    }
    let number = |at: usize| u32::from_le_bytes([start[at], start[at + 1], start[at + 2], start[at + 3]]);
    let place = TilePlace { z: start[0], x: number(1), y: number(5) };
    let length = number(9) as usize;
    if length > LONGEST_BYTES {
        return Ok(None);
    }
    let mut bytes = vec![0; length];
    let mut sum = [0; 8];
    if !whole(from.read_exact(&mut bytes))? || !whole(from.read_exact(&mut sum))? {
        return Ok(None);
    }
    Ok((u64::from_le_bytes(sum) == hash(&start, &bytes)).then_some(PackedTile { place, bytes }))
}

/// How many records are whole and follow the order, and where the last of them ends.
fn whole_records(file: &mut File, start: u64, order: impl Iterator<Item = TilePlace>) -> std::io::Result<(u64, u64)> {
    file.seek(SeekFrom::Start(start))?;
    let mut records = BufReader::new(&*file);
    let (mut number, mut end) = (0, start);
    for expected in order {
        match record(&mut records)? {
            Some(tile) if tile.place == expected => {
                number += 1;
                end += (HEAD_BYTES + tile.bytes.len() + 8) as u64;
            }
            _ => break,
        }
    }
    Ok((number, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiles() -> Vec<PackedTile> {
        let places = (0..4_u8).flat_map(|z| (0..1_u32 << z).map(move |x| TilePlace { z, x, y: x / 2 }));
        let mut tiles: Vec<_> =
            places.map(|place| PackedTile { place, bytes: vec![place.z; (place.x as usize % 3) * 40] }).collect();
        tiles.sort_by_key(|tile| tile.place.archive_order());
        tiles
    }

    fn about() -> ArchiveDescription {
        ArchiveDescription { zooms: (0, 3), bounds: [121.0, 31.0, 121.5, 31.25], metadata: "{}".to_owned() }
    }

    fn written(folder: &Path, name: &str, cut_bytes: u64) -> (Vec<u8>, u64) {
        let (target, tiles) = (folder.join(name), tiles());
        let order = || tiles.iter().map(|tile| tile.place);
        let (mut part, found) = TilePart::open(&target, "one", order()).unwrap();
        assert_eq!(found, PartFound::Nothing);
        part.add(&tiles[..9]).unwrap();
        drop(part);
        let beside = folder.join(format!("{name}.part"));
        let length = std::fs::metadata(&beside).unwrap().len();
        File::options().write(true).open(&beside).unwrap().set_len(length - cut_bytes).unwrap();
        let (mut part, found) = TilePart::open(&target, "one", order()).unwrap();
        let PartFound::Same(kept) = found else { panic!("{found:?}") };
        part.add(&tiles[kept as usize..]).unwrap();
        let report = part.finish(&about()).unwrap();
        assert_eq!(report.tiles, tiles.iter().filter(|tile| !tile.bytes.is_empty()).count() as u64);
        assert!(!beside.exists());
        let bytes = std::fs::read(target).unwrap();
        assert_eq!(report.bytes, bytes.len() as u64);
        (bytes, kept)
    }

    #[test]
    fn a_part_that_was_cut_short_anywhere_ends_as_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, kept) = written(folder.path(), "whole.pmtiles", 0);
        assert_eq!(kept, 9);
        assert_eq!(&whole[..8], b"PMTiles\x03");
        let mut fewest = kept;
        for cut_bytes in 1..200 {
            let (again, kept) = written(folder.path(), &format!("{cut_bytes}.pmtiles"), cut_bytes);
            assert!(again == whole && kept < 9, "{cut_bytes}");
            fewest = fewest.min(kept);
        }
        assert!(fewest < 7, "{fewest}");
    }

    #[test]
    fn a_damaged_record_and_all_after_it_are_cut_again() {
        let folder = tempfile::tempdir().unwrap();
        let (target, tiles) = (folder.path().join("f.pmtiles"), tiles());
        let order = || tiles.iter().map(|tile| tile.place);
        TilePart::open(&target, "one", order()).unwrap().0.add(&tiles).unwrap();
        let beside = folder.path().join("f.pmtiles.part");
        let mut bytes = std::fs::read(&beside).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&beside, bytes).unwrap();
        let (_, found) = TilePart::open(&target, "one", order()).unwrap();
        assert!(matches!(found, PartFound::Same(kept) if kept > 0 && kept < tiles.len() as u64), "{found:?}");
    }

    #[test]
    fn a_part_of_something_else_is_started_anew_and_a_foreign_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (target, tiles) = (folder.path().join("f.pmtiles"), tiles());
        let open = |what: &str| TilePart::open(&target, what, tiles.iter().map(|tile| tile.place));
        let (mut part, _) = open("one").unwrap();
        part.add(&tiles).unwrap();
        let held = open("one").unwrap_err().to_string();
        assert!(held.contains("another program"), "{held}");
        drop(part);
        assert_eq!(open("two").unwrap().1, PartFound::Other);
        assert_eq!(open("two").unwrap().1, PartFound::Same(0));
        let beside = folder.path().join("f.pmtiles.part");
        std::fs::write(&beside, "my diary\n").unwrap();
        let refused = open("two").unwrap_err().to_string();
        assert!(refused.contains("no part of an export") && refused.contains("f.pmtiles.part"), "{refused}");
        assert_eq!(std::fs::read_to_string(&beside).unwrap(), "my diary\n");
    }
}
