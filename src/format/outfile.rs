//! A file that appears whole or not at all.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::FormatError;

/// A file being written: in a temporary folder beside its target, so that the rename stays on one file system and
/// side files (journals) vanish with the folder.
pub(super) struct OutFile {
    target: PathBuf,
    folder: TempDir,
    name: PathBuf,
}

impl OutFile {
    pub(super) fn new(target: &Path) -> Result<Self, FormatError> {
        let io = |error| FormatError::Io { path: target.to_owned(), error };
        if target.is_dir() {
            return Err(io(std::io::Error::from(std::io::ErrorKind::IsADirectory)));
        }
        let beside = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = TempDir::with_prefix_in(".wangge-", beside).map_err(io)?;
        let name = PathBuf::from(target.file_name().unwrap_or(OsStr::new("out")));
        Ok(Self { target: target.to_owned(), folder, name })
    }

    /// Where to write.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    /// The target, for messages.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Makes it durable and puts it in place of whatever stood there.
    pub(super) fn finish(self) -> Result<(), FormatError> {
        let written = self.path();
        let renamed = File::open(&written)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&written, &self.target));
        renamed.map_err(|error| FormatError::Io { path: self.target, error })
    }
}
