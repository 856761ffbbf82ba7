//! A file as bytes in memory, as the system's file cache has it, and bytes as a file that appears whole.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::error::FormatError;
use super::outfile::OutFile;

/// A file mapped into memory, for reading. Several processes that map it share the memory.
///
/// Its bytes are those of the file as long as nobody writes into it or cuts it short in place; what this program writes is put
/// under its name whole ([`write_whole`]), and a file that was replaced so stays what it was for those who have it open.
#[derive(Debug)]
pub struct MappedFile(memmap2::Mmap);

impl MappedFile {
    /// Maps a file.
    ///
    /// # Errors
    /// When there is no such file, it may not be read, or has no bytes.
    pub fn open(path: &Path) -> Result<Self, FormatError> {
        let io = |error| FormatError::Io { path: path.to_owned(), error };
        let file = File::open(path).map_err(io)?;
        let about = file.metadata().map_err(io)?;
        if about.is_dir() {
            return Err(io(std::io::Error::from(std::io::ErrorKind::IsADirectory)));
        }
        if about.len() == 0 {
            return Err(FormatError::EmptyFile { path: path.to_owned() });
        }
        // SAFETY: the mapping is for reading and private to this value. What it cannot rule out is that another program cuts the
        // file short in place: then reading beyond the new end ends this process (SIGBUS), as the documentation says.
        #[expect(unsafe_code, reason = "mapping a file is unsafe in Rust whoever does it; this is the one place")]
        let map = unsafe { memmap2::Mmap::map(&file) };
        map.map(Self).map_err(io)
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Writes a file that appears under its name whole, on disk, or not at all.
///
/// # Errors
/// When the disk is full or the target cannot be replaced.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FormatError> {
    let out = OutFile::new(path)?;
    let io = |error| FormatError::Io { path: path.to_owned(), error };
    let mut file = File::create_new(out.path()).map_err(io)?;
    file.write_all(bytes).map_err(io)?;
    drop(file);
    out.finish()
}
