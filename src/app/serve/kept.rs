//! Tiles that were cut, compressed once and kept in memory within a bound.
//!
//! 1. What is kept goes out as it is: one entry for each tile and coding. Tiles as they are, uncompressed, are unpacked from
//!    gzip each time: hardly anybody asks for them.
//! 2. Who asks for a tile that another is cutting waits for that one.
//! 3. A tile is never half: it is cut, packed and kept whole, or not at all.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use libdeflater::{CompressionLvl, Compressor, Decompressor};
use moka::sync::Cache;
use twox_hash::XxHash3_64;

use crate::tile::{TileId, TileSource};

/// Beside its bytes an entry takes its key, its tag and its place in the cache.
const ENTRY_BYTES: usize = 200;
/// Level of gzip (libdeflate's). Tiles are differences of coordinates, near to noise: level 6 takes twice the time and saves 1.7 %.
const GZIP_LEVEL: i32 = 1;
/// Quality of Brotli, for the same reason.
const BROTLI_QUALITY: i32 = 5;
/// Level of Zstandard.
const ZSTD_LEVEL: i32 = 6;

/// No tile is larger: a length beyond it is that of damaged bytes.
const MOST_TILE_BYTES: usize = 1 << 26;

/// Sources in a row whose unchanged tiles are kept; with more, those of the oldest are cut again.
const MOST_BEFORE: u32 = 8;

/// How a tile is written on the wire (RFC 9110 §8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

impl Coding {
    /// The word in `Content-Encoding`; none for what is as it is.
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
        }
    }
}

/// How much memory tiles may take, in MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileMemory(pub u64);

impl Default for TileMemory {
    /// Some 10,000 tiles of a city, which is all that its viewers look at in a day.
    fn default() -> Self {
        Self(256)
    }
}

/// A tile in one coding. Copies share the bytes.
#[derive(Debug, Clone)]
pub struct KeptTile {
    /// As it goes out; nothing where nothing lies.
    bytes: Arc<[u8]>,
    /// The XXH3 of the tile as it is.
    hash: u64,
    coding: Coding,
}

impl KeptTile {
    /// A tile that was kept in gzip elsewhere, in this coding; `None` where it is no gzip. Without bytes nothing lies there.
    pub(super) fn of_gzip(bytes: Arc<[u8]>, coding: Coding) -> Option<Self> {
        let tile = if bytes.is_empty() { Vec::new() } else { unzip(&bytes)? };
        let hash = XxHash3_64::oneshot(&tile);
        let bytes = if coding == Coding::Gzip { bytes } else { packed(&tile, coding).into() };
        Some(Self { bytes, hash, coding })
    }

    /// The memory it takes, in bytes.
    pub(super) fn weight(&self) -> u32 {
        (self.bytes.len() + ENTRY_BYTES) as u32
    }

    /// Whether nothing lies there.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// As it goes out.
    pub fn bytes(&self) -> Arc<[u8]> {
        Arc::clone(&self.bytes)
    }

    /// How it is written.
    pub fn coding(&self) -> Coding {
        self.coding
    }

    /// Stands for exactly these bytes: the hash of the tile, and its coding.
    pub fn tag(&self) -> [u8; 20] {
        let mut tag = *b"\"0000000000000000-?\"";
        for (place, shift) in tag[1..17].iter_mut().zip((0..16).rev()) {
            *place = b"0123456789abcdef"[(self.hash >> (4 * shift) & 15) as usize];
        }
        tag[18] = match self.coding {
            Coding::Identity => b'i',
            Coding::Gzip => b'g',
            Coding::Brotli => b'b',
            Coding::Zstd => b'z',
        };
        tag
    }
}

/// When tiles of a draft changed: for each the revisions after which it was another, ascending.
#[derive(Debug, Default)]
pub(super) struct Changed(Mutex<HashMap<TileId, Vec<i64>>>);

impl Changed {
    /// Notes that these tiles are others from a revision on. Revisions come in order.
    pub fn note(&self, rev: i64, tiles: &[TileId]) {
        // a panic in between leaves tiles that are cut once more
        let mut changed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for &tile in tiles {
            changed.entry(tile).or_default().push(rev);
        }
    }

    /// The last revision up to this one that changed a tile.
    fn last(&self, rev: i64, tile: TileId) -> Option<i64> {
        let changed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let revs = changed.get(&tile)?;
        revs[..revs.partition_point(|&at| at <= rev)].last().copied()
    }
}

/// Which revision of a draft a source is of.
#[derive(Debug)]
struct Revision {
    rev: i64,
    /// Since this revision it is known which tiles changed.
    known_from: i64,
    changed: Arc<Changed>,
}

/// The source before one, and the tiles that are others now.
#[derive(Debug)]
struct Before {
    number: u64,
    changed: HashSet<TileId>,
    /// Tiles of deeper zooms are not known to be the same.
    deepest: u8,
    older: Option<Arc<Before>>,
    /// How many come before it.
    depth: u32,
}

/// A source of tiles under a number that no other source of this process has, but for other revisions of the same draft.
#[derive(Debug)]
pub(super) struct Numbered {
    number: u64,
    before: OnceLock<Arc<Before>>,
    revision: Option<Revision>,
    source: TileSource,
}

/// A number that no other source of this process has.
pub(super) fn source_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Numbered {
    pub fn new(source: TileSource) -> Self {
        Self { number: source_number(), before: OnceLock::new(), revision: None, source }
    }

    /// A revision of what has this number: a tile that did not change since an earlier one is kept once for both.
    pub fn of_revision(number: u64, rev: i64, known_from: i64, changed: Arc<Changed>, source: TileSource) -> Self {
        Self { number, before: OnceLock::new(), revision: Some(Revision { rev, known_from, changed }), source }
    }

    fn key(&self, tile: TileId, coding: Coding) -> Key {
        let since = |revision: &Revision| {
            let Revision { rev, known_from, changed } = revision;
            if rev < known_from { *rev } else { changed.last(*rev, tile).unwrap_or(*known_from) }
        };
        let (mut source, mut before) = (self.number, self.before.get());
        while let Some(same) = before.filter(|before| tile.z() <= before.deepest && !before.changed.contains(&tile)) {
            (source, before) = (same.number, same.older.as_ref());
        }
        Key { source, since: self.revision.as_ref().map_or(0, since), tile, coding }
    }

    /// Says that it comes after another: of the tiles down to zoom `deepest` only these differ. The others stay kept.
    pub fn follow(&self, older: &Self, changed: impl IntoIterator<Item = TileId>, deepest: u8) {
        let before = older.before.get().filter(|before| before.depth < MOST_BEFORE);
        let (older_still, depth) = (before.cloned(), before.map_or(0, |before| before.depth + 1));
        let changed = changed.into_iter().collect();
        let own = Before { number: older.number, changed, deepest, older: older_still, depth };
        // it was said before, then
        let _ = self.before.set(Arc::new(own));
    }

    /// A tile in gzip, as it is sent, cut now and not kept; empty where nothing lies.
    pub fn packed(&self, tile: TileId) -> Arc<[u8]> {
        zipped(self.source.tile(tile).as_deref()).bytes
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    source: u64,
    /// The revision from which on it is as it is; 0 where there are none.
    since: i64,
    tile: TileId,
    coding: Coding,
}

/// Tiles that are kept.
#[derive(Debug)]
pub(super) struct KeptTiles(Cache<Key, KeptTile>);

impl KeptTiles {
    pub fn new(memory: TileMemory) -> Self {
        let weigh = |_: &Key, tile: &KeptTile| tile.weight();
        Self(Cache::builder().max_capacity(memory.0 << 20).weigher(weigh).build())
    }

    /// The tile, if it is kept.
    pub fn at_once(&self, source: &Numbered, tile: TileId, coding: Coding) -> Option<KeptTile> {
        self.0.get(&source.key(tile, coding))
    }

    /// The tile: kept, or cut, packed and kept now. O(what lies in it).
    pub fn get(&self, source: &Numbered, tile: TileId, coding: Coding) -> KeptTile {
        let key = |coding| source.key(tile, coding);
        let zipped = || self.0.get_with(key(Coding::Gzip), || zipped(source.source.tile(tile).as_deref()));
        match coding {
            Coding::Gzip => zipped(),
            Coding::Identity => {
                let zipped = zipped();
                KeptTile { bytes: unzipped(&zipped.bytes).into(), coding, ..zipped }
            }
            Coding::Brotli | Coding::Zstd => self.0.get_with(key(coding), || {
                let zipped = zipped();
                let packed = packed(&unzipped(&zipped.bytes), coding);
                KeptTile { bytes: packed.into(), coding, ..zipped }
            }),
        }
    }
}

/// The tile with its hash, in gzip; empty where nothing lies.
fn zipped(tile: Option<&[u8]>) -> KeptTile {
    let tile = tile.unwrap_or_default();
    let hash = XxHash3_64::oneshot(tile);
    let bytes = if tile.is_empty() { Arc::default() } else { gzipped(tile, |packed| packed.into()) };
    KeptTile { bytes, hash, coding: Coding::Gzip }
}

/// In gzip, without name and time.
pub(in crate::app) fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzipped(bytes, <[u8]>::to_vec)
}

/// In gzip, without name and time, where it was packed: a compressor and the room for what it writes are hundreds of kilobytes, which
/// each thread asks for once.
fn gzipped<T>(bytes: &[u8], found: impl FnOnce(&[u8]) -> T) -> T {
    thread_local! {
        static PACKER: RefCell<(Compressor, Vec<u8>)> = RefCell::new({
            let level = CompressionLvl::new(GZIP_LEVEL).expect("between 0 and 12");
            (Compressor::new(level), Vec::new())
        });
    }
    PACKER.with_borrow_mut(|(compressor, room)| {
        let bound = compressor.gzip_compress_bound(bytes.len());
        if room.len() < bound {
            room.resize(bound, 0);
        }
        let length = compressor.gzip_compress(bytes, room).expect("the bound is a bound");
        found(&room[..length])
    })
}

/// Out of what [`gzip`] made.
fn unzipped(packed: &[u8]) -> Cow<'_, [u8]> {
    if packed.is_empty() {
        return Cow::Borrowed(packed);
    }
    Cow::Owned(unzip(packed).expect("packed here"))
}

/// Out of a gzip of one member; `None` where it is none, or says that it holds more than any tile.
fn unzip(packed: &[u8]) -> Option<Vec<u8>> {
    // gzip ends with the length of what is in it (RFC 1952 §2.3.1)
    let length = u32::from_le_bytes(*packed.last_chunk()?) as usize;
    let mut bytes = vec![0; Some(length).filter(|&length| length <= MOST_TILE_BYTES)?];
    let written = Decompressor::new().gzip_decompress(packed, &mut bytes).ok()?;
    (written == length).then_some(bytes)
}

pub(super) fn packed(bytes: &[u8], coding: Coding) -> Vec<u8> {
    if bytes.is_empty() {
        return Vec::new();
    }
    match coding {
        Coding::Brotli => {
            let mut packed = Vec::new();
            let params = brotli::enc::BrotliEncoderParams { quality: BROTLI_QUALITY, ..Default::default() };
            brotli::BrotliCompress(&mut &*bytes, &mut packed, &params).expect("memory takes what is written");
            packed
        }
        Coding::Zstd => zstd::bulk::compress(bytes, ZSTD_LEVEL).expect("the level is lawful"),
        Coding::Gzip => gzip(bytes),
        Coding::Identity => bytes.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::geom::{LatticePoint, MultiPolygon, Polygon, Ring};
    use crate::tile::{Field, LayerBuilder, Value};

    fn source() -> Numbered {
        let corners = [(0, 0), (900_000_000, 0), (900_000_000, 400_000_000), (0, 400_000_000)];
        let ring = Ring::new(corners.map(|(x, y)| LatticePoint::new(x, y)).to_vec());
        let mut layer = LayerBuilder::polygons("grids", vec![Field::text("code", "its code")]);
        let square = MultiPolygon(vec![Polygon { exterior: ring, holes: vec![] }]);
        layer.polygon(1, vec![Value::from("310101-001")], &square);
        Numbered::new(TileSource::new(vec![layer.build()]))
    }

    #[test]
    fn every_coding_holds_the_same_tile_under_a_tag_of_its_own() {
        let (kept, source) = (KeptTiles::new(TileMemory(1)), source());
        let tile = TileId::new(1, 1, 0).unwrap();
        let plain = source.source.tile(tile).unwrap();
        let mut tags = Vec::new();
        for coding in [Coding::Identity, Coding::Brotli, Coding::Zstd, Coding::Gzip] {
            let got = kept.get(&source, tile, coding);
            let mut unpacked = Vec::new();
            match coding {
                Coding::Identity => unpacked.extend_from_slice(&got.bytes),
                Coding::Gzip => unpacked.extend_from_slice(&unzipped(&got.bytes)),
                Coding::Brotli => {
                    brotli::Decompressor::new(&*got.bytes, 4096).read_to_end(&mut unpacked).unwrap();
                }
                Coding::Zstd => unpacked = zstd::bulk::decompress(&got.bytes, 1 << 20).unwrap(),
            }
            assert_eq!(unpacked, plain, "{coding:?}");
            assert_eq!(got.coding(), coding);
            tags.push(got.tag());
            if coding != Coding::Identity {
                assert_eq!(kept.at_once(&source, tile, coding).unwrap().bytes, got.bytes);
            }
        }
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), 4);
        assert!(kept.get(&source, TileId::new(2, 0, 3).unwrap(), Coding::Gzip).is_empty());
        assert!(kept.get(&source, TileId::new(2, 0, 3).unwrap(), Coding::Zstd).is_empty());
    }

    #[test]
    fn what_a_newer_source_has_as_before_is_not_cut_again() {
        let kept = KeptTiles::new(TileMemory(1));
        let [at, beside] = [TileId::new(1, 1, 0).unwrap(), TileId::new(3, 4, 3).unwrap()];
        let sources: Vec<Numbered> = (0..20).map(|_| source()).collect();
        for tile in [at, beside] {
            kept.get(&sources[0], tile, Coding::Gzip);
        }
        for (step, pair) in sources.windows(2).enumerate() {
            pair[1].follow(&pair[0], [at], 16);
            let has = |tile| kept.at_once(&pair[1], tile, Coding::Gzip).is_some();
            assert!(!has(at), "it changed");
            assert_eq!(has(beside), step <= MOST_BEFORE as usize, "{step}");
        }
        // of deeper zooms nothing is known
        let deep = TileId::new(17, 65_536, 65_535).unwrap();
        kept.get(&sources[0], deep, Coding::Gzip);
        assert!(kept.at_once(&sources[1], deep, Coding::Gzip).is_none());
    }

    #[test]
    fn a_revision_has_the_tiles_of_the_last_that_changed_them() {
        let (kept, changed) = (KeptTiles::new(TileMemory(1)), Arc::new(Changed::default()));
        let number = source_number();
        let [one, other] = [TileId::new(1, 1, 0).unwrap(), TileId::new(3, 4, 3).unwrap()];
        changed.note(7, &[one]);
        changed.note(9, &[one, other]);
        let at = |rev| Numbered::of_revision(number, rev, 5, Arc::clone(&changed), source().source);
        for (rev, same, others) in [(5, 6, [4, 7]), (7, 8, [9, 10])] {
            let tile = kept.get(&at(rev), one, Coding::Gzip);
            assert!(Arc::ptr_eq(&tile.bytes, &kept.at_once(&at(same), one, Coding::Gzip).unwrap().bytes));
            assert!(others.iter().all(|&rev| kept.at_once(&at(rev), one, Coding::Gzip).is_none()), "{rev}");
        }
        kept.get(&at(5), other, Coding::Gzip);
        assert!(
            kept.at_once(&at(8), other, Coding::Gzip).is_some() && kept.at_once(&at(9), other, Coding::Gzip).is_none()
        );
    }

    #[test]
    fn memory_is_bounded() {
        let (kept, source) = (KeptTiles::new(TileMemory(1)), source());
        for y in 0..128 {
            for x in 0..128 {
                kept.get(&source, TileId::new(9, 256 + x, y + 100).unwrap(), Coding::Gzip);
            }
        }
        kept.0.run_pending_tasks();
        assert!(kept.0.weighted_size() <= 1 << 20, "{}", kept.0.weighted_size());
    }
}
