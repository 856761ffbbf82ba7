//! Reads PMTiles by the words of its specification (v3), with nothing of the crate that writes it.

use std::collections::BTreeMap;

/// An archive, read whole.
pub struct Archive {
    /// Zoom, column, row → the bytes as they stand there.
    pub tiles: BTreeMap<(u8, u32, u32), Vec<u8>>,
    pub metadata: serde_json::Value,
    pub zooms: (u8, u8),
    /// West, south, east, north in 1e-7 degree.
    pub bounds_e7: [i32; 4],
    /// Tiles, entries, different contents.
    pub counts: [u64; 3],
    /// Internal compression, tile compression, tile type.
    pub kinds: [u8; 3],
}

fn number(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return value;
        }
    }
    unreachable!()
}

pub fn gunzip(packed: &[u8]) -> Vec<u8> {
    let tail = packed[packed.len() - 4..].try_into().unwrap();
    let mut bytes = vec![0; u32::from_le_bytes(tail) as usize];
    libdeflater::Decompressor::new().gzip_decompress(packed, &mut bytes).unwrap();
    bytes
}

/// Tile id → zoom, column, row: zooms one after the other, each along a Hilbert curve.
fn place(mut id: u64) -> (u8, u32, u32) {
    let mut z = 0;
    while id >= 1 << (2 * z) {
        id -= 1 << (2 * z);
        z += 1;
    }
    let (mut x, mut y) = (0_u64, 0_u64);
    for level in 0..z {
        let side = 1_u64 << level;
        let (rx, ry) = (id >> 1 & 1, (id ^ (id >> 1)) & 1);
        if ry == 0 {
            if rx == 1 {
                (x, y) = (side - 1 - x, side - 1 - y);
            }
            (x, y) = (y, x);
        }
        (x, y) = (x + side * rx, y + side * ry);
        id >>= 2;
    }
    (z as u8, x as u32, y as u32)
}

impl Archive {
    pub fn read(bytes: &[u8]) -> Self {
        assert_eq!(&bytes[..8], b"PMTiles\x03");
        let part = |at: usize| &bytes[number(bytes, at) as usize..][..number(bytes, at + 8) as usize];
        assert!(127 + number(bytes, 16) <= 16_384, "the root is in the first 16 KiB");
        let mut tiles = BTreeMap::new();
        let (leaves, data) = (if number(bytes, 48) == 0 { &[][..] } else { part(40) }, part(56));
        let mut last = None;
        directory(&gunzip(part(8)), leaves, &mut |id, tile: (u64, u64)| {
            assert!(last < Some(id), "in ascending order");
            last = Some(id);
            tiles.insert(place(id), data[tile.0 as usize..][..tile.1 as usize].to_vec());
        });
        assert_eq!(bytes[96], 1, "clustered");
        let signed = |at: usize| i32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        Self {
            tiles,
            metadata: serde_json::from_slice(&gunzip(part(24))).unwrap(),
            zooms: (bytes[100], bytes[101]),
            bounds_e7: [102, 106, 110, 114].map(signed),
            counts: [72, 80, 88].map(|at| number(bytes, at)),
            kinds: [bytes[97], bytes[98], bytes[99]],
        }
    }
}

fn directory(mut bytes: &[u8], leaves: &[u8], found: &mut impl FnMut(u64, (u64, u64))) {
    let length = varint(&mut bytes) as usize;
    let mut column = || (0..length).map(|_| varint(&mut bytes)).collect::<Vec<_>>();
    let (steps, runs, lengths, offsets) = (column(), column(), column(), column());
    let (mut id, mut end) = (0, 0);
    for at in 0..length {
        id += steps[at];
        let start = if offsets[at] == 0 { end } else { offsets[at] - 1 };
        end = start + lengths[at];
        if runs[at] == 0 {
            directory(&gunzip(&leaves[start as usize..end as usize]), leaves, found);
        }
        for tile in id..id + runs[at] {
            found(tile, (start, lengths[at]));
        }
    }
}
