//! Where the tiles of an index lie: one piece of memory for all that are made together.

use memmap2::MmapMut;

use super::slot::{LINE_BYTES, Line};

/// A page of the larger size, on the processors that have two.
const HUGE_BYTES: usize = 1 << 21;

/// Lines of 64 bytes, each in one line of the processor's cache. Large ones ask the system for huge pages: an index of
/// 200,000 grids then takes about 80 entries of the table that a processor keeps of pages, not 40,000, of which each miss
/// costs as much as the read itself. Where they are refused the pages are plain, and nothing else differs.
#[derive(Debug)]
pub(super) struct Arena {
    bytes: Bytes,
    from: usize,
    to: usize,
}

#[derive(Debug)]
enum Bytes {
    Mapped(MmapMut),
    Owned(Vec<u8>),
}

impl Bytes {
    fn get(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }

    fn get_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}

/// Huge pages, where the system has them and grants them.
fn advise(map: &MmapMut) {
    #[cfg(target_os = "linux")]
    let _ = map.advise(memmap2::Advice::HugePage);
    #[cfg(not(target_os = "linux"))]
    let _ = map;
}

impl Arena {
    /// The lines of all parts, one part after the other; each part is let go once it is copied.
    pub fn of(parts: Vec<Vec<Line>>) -> Self {
        let length = parts.iter().map(Vec::len).sum::<usize>() * LINE_BYTES;
        let mapped = (length >= HUGE_BYTES).then(|| MmapMut::map_anon(length + HUGE_BYTES).ok()).flatten();
        let (mut bytes, boundary) = match mapped {
            Some(map) => {
                advise(&map);
                (Bytes::Mapped(map), HUGE_BYTES)
            }
            None => (Bytes::Owned(vec![0; length + LINE_BYTES]), LINE_BYTES),
        };
        // never beyond what was added for it
        let from = bytes.get().as_ptr().align_offset(boundary).min(boundary);
        let mut rest = &mut bytes.get_mut()[from..];
        for part in parts {
            let part = part.as_flattened();
            let (here, after) = rest.split_at_mut(part.len());
            here.copy_from_slice(part);
            rest = after;
        }
        Self { bytes, from, to: from + length }
    }

    /// All its lines.
    #[inline]
    pub fn lines(&self) -> &[Line] {
        self.bytes.get().get(self.from..self.to).unwrap_or_default().as_chunks().0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_in_order_each_on_a_boundary_of_its_own() {
        for count in [0, 1, 700, 3 * HUGE_BYTES / LINE_BYTES + 5] {
            let line = |i: usize| [(i % 251) as u8; LINE_BYTES];
            let (one, two) = ((0..count / 3).map(line).collect(), (count / 3..count).map(line).collect());
            let arena = Arena::of(vec![one, two]);
            assert_eq!(arena.lines().len(), count);
            assert!(arena.lines().iter().enumerate().all(|(i, found)| *found == line(i)));
            assert_eq!(arena.lines().as_ptr().addr() % LINE_BYTES, 0);
        }
    }
}
