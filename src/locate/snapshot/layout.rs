//! The file: a head, a table of sections, the sections one after the other, each from a multiple of 64 on, with zeros before.
//!
//! All numbers are little-endian; nothing needs alignment, and nothing in the file depends on where it lies in memory. Where
//! the file begins on a boundary of 64 bytes, as a mapped one does, so does every cell of its tiles: one line of the cache.
//!
//! ```text
//! head      magic (8 bytes) | version u32 | sections u32 | length of the file u64 | checksum u64
//! table     for each section: kind u32 | 0 u32 | offset u64 | length u64 | checksum u64
//! ```
//!
//! The checksum of a section is the XXH3-64 of the XXH3-64 of its blocks of 1 MiB, each as 8 bytes, so that a large file is
//! checked on all cores; that of the head is the XXH3-64 of the head before it and the table. XXH3 is published with its
//! test vectors at <https://github.com/Cyan4973/xxHash>. It finds damage, not forgery: whoever makes a file on purpose can
//! make its checksums too, and then lookups answer wrongly, but still read nothing outside the file.

use std::ops::Range;

use rayon::prelude::*;
use twox_hash::XxHash3_64;

use super::SnapshotError;

/// Begins every snapshot. The bytes behind the letters tell a file that was sent as text.
pub(super) const MAGIC: [u8; 8] = *b"WGS\x8d\r\n\x1a\n";
/// The version of the layout that this program writes and reads.
pub(super) const VERSION: u32 = 1;
const HEAD_BYTES: usize = 32;
const ENTRY_BYTES: usize = 32;
const BLOCK_BYTES: usize = 1 << 20;
/// Sections begin on a multiple of this.
const SECTION_BYTES: usize = 64;

/// What a section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Kind {
    /// Lines of all tiles.
    Lines = 1,
    /// For each tile the number of its first line (u32) and how wide its cells are (u32); and the end.
    Tiles = 2,
    /// Where the tiles lie, and how many faces and jurisdictions there are.
    Frame = 3,
    /// A row for each grid.
    Grids = 4,
    /// A row for each jurisdiction.
    Nodes = 5,
    /// Codes and names; the first is the name of the generation.
    Text = 6,
}

impl Kind {
    pub const ALL: [Self; 6] = [Self::Lines, Self::Tiles, Self::Frame, Self::Grids, Self::Nodes, Self::Text];

    pub fn name(self) -> &'static str {
        match self {
            Self::Lines => "lines of tiles",
            Self::Tiles => "tiles",
            Self::Frame => "frame",
            Self::Grids => "grids",
            Self::Nodes => "jurisdictions",
            Self::Text => "text",
        }
    }
}

fn checksum(section: &[u8]) -> u64 {
    let blocks: Vec<u8> =
        section.par_chunks(BLOCK_BYTES).flat_map_iter(|block| XxHash3_64::oneshot(block).to_le_bytes()).collect();
    XxHash3_64::oneshot(&blocks)
}

/// The four bytes at `at`, as a number; `None` beyond the end.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The eight bytes at `at`, as a number; `None` beyond the end.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Head, table and sections, sealed with their checksums. Sections come in the order of [`Kind::ALL`].
pub(super) fn seal(sections: [Vec<u8>; 6]) -> Vec<u8> {
    let start = HEAD_BYTES + ENTRY_BYTES * sections.len();
    let end = |at: usize, section: &Vec<u8>| at.next_multiple_of(SECTION_BYTES) + section.len();
    let length = sections.iter().fold(start, end);
    let mut bytes = Vec::with_capacity(length);
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend((sections.len() as u32).to_le_bytes());
    bytes.extend((length as u64).to_le_bytes());
    bytes.extend([0; 8]);
    let mut offset = start;
    for (kind, section) in Kind::ALL.into_iter().zip(&sections) {
        offset = offset.next_multiple_of(SECTION_BYTES);
        bytes.extend((kind as u32).to_le_bytes());
        bytes.extend([0; 4]);
        for number in [offset as u64, section.len() as u64, checksum(section)] {
            bytes.extend(number.to_le_bytes());
        }
        offset += section.len();
    }
    let head = head_checksum(&bytes).unwrap_or_default();
    bytes[24..32].copy_from_slice(&head.to_le_bytes());
    for section in sections {
        bytes.resize(bytes.len().next_multiple_of(SECTION_BYTES), 0);
        bytes.extend(section);
    }
    bytes
}

fn head_checksum(bytes: &[u8]) -> Option<u64> {
    let entries = u32_at(bytes, 12)? as usize;
    let table = bytes.get(HEAD_BYTES..HEAD_BYTES.checked_add(entries.checked_mul(ENTRY_BYTES)?)?)?;
    Some(XxHash3_64::oneshot(&[bytes.get(..24)?, table].concat()))
}

/// Where a section lies, and its checksum as it was written.
#[derive(Debug, Clone, Default)]
pub(super) struct Section {
    pub range: Range<usize>,
    checksum: u64,
}

/// Whether the bytes of the sections are those that were written: reads all of them, on all cores.
///
/// # Errors
/// When they are not.
pub(super) fn verify(bytes: &[u8], sections: &[Section; 6]) -> Result<(), SnapshotError> {
    for (section, kind) in sections.iter().zip(Kind::ALL) {
        if bytes.get(section.range.clone()).map(checksum) != Some(section.checksum) {
            return Err(SnapshotError::Damaged { section: kind.name() });
        }
    }
    Ok(())
}

/// The sections in the order of [`Kind::ALL`], after checking the head and what lies between them.
///
/// # Errors
/// When it is no snapshot, of another version, cut short, or damaged in the head.
pub(super) fn open(bytes: &[u8]) -> Result<[Section; 6], SnapshotError> {
    if !bytes.starts_with(&MAGIC) {
        return Err(SnapshotError::Foreign);
    }
    let cut = || SnapshotError::Length { told: u64_at(bytes, 16), found: bytes.len() as u64 };
    let version = u32_at(bytes, 8).ok_or_else(cut)?;
    if version != VERSION {
        return Err(SnapshotError::Version { found: version });
    }
    if u64_at(bytes, 16) != Some(bytes.len() as u64) {
        return Err(cut());
    }
    let damaged = |section: &'static str| SnapshotError::Damaged { section };
    let count = u32_at(bytes, 12).ok_or_else(cut)? as usize;
    let told = u64_at(bytes, 24).ok_or_else(cut)?;
    if head_checksum(bytes) != Some(told) || count != Kind::ALL.len() {
        return Err(damaged("head"));
    }
    let mut sections = [const { Section { range: 0..0, checksum: 0 } }; 6];
    let mut next = HEAD_BYTES + ENTRY_BYTES * count;
    for (i, kind) in Kind::ALL.into_iter().enumerate() {
        let entry = HEAD_BYTES + ENTRY_BYTES * i;
        let number = |at: usize| u64_at(bytes, entry + at).ok_or_else(|| damaged("head"));
        let (offset, length, checksum) = (number(8)?, number(16)?, number(24)?);
        let start = next.next_multiple_of(SECTION_BYTES);
        let gap = bytes.get(next..start).unwrap_or(&[1]);
        let in_place = u32_at(bytes, entry) == Some(kind as u32) && offset == start as u64;
        let in_place = in_place && gap.iter().all(|&byte| byte == 0);
        let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length));
        let (true, Some(end)) = (in_place, end) else { return Err(damaged("head")) };
        bytes.get(start..end).ok_or_else(|| damaged(kind.name()))?;
        sections[i] = Section { range: start..end, checksum };
        next = end;
    }
    if next == bytes.len() { Ok(sections) } else { Err(damaged("head")) }
}
