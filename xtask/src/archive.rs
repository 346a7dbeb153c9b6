//! Zips: the Lambda's, and the package's.

use std::{
    fs::{self, File},
    io::{Seek, Write},
    path::Path,
};

use anyhow::{Context as _, Result};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// What may be done with a zip's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Read.
    File,
    /// Read and started.
    Program,
}

/// Packs `program` as the executable `bootstrap`. The same program always gives the same bytes.
pub fn pack(program: &Path, archive: &Path) -> Result<()> {
    let content =
        fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    if let Some(folder) = archive.parent() {
        fs::create_dir_all(folder)?;
    }
    // Lambda starts only what is marked as executable.
    write(create(archive)?, Mode::Program, &[("bootstrap".to_owned(), content)])
}

/// Begins a file.
pub fn create(path: &Path) -> Result<File> {
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a zip of these names and contents. The same entries always give the same bytes.
pub fn write(archive: impl Write + Seek, mode: Mode, entries: &[(String, Vec<u8>)]) -> Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(match mode {
            Mode::File => 0o644,
            Mode::Program => 0o755,
        });
    let mut zip = ZipWriter::new(archive);
    for (name, content) in entries {
        zip.start_file(name, options)?;
        zip.write_all(content)?;
    }
    zip.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor};

    use zip::ZipArchive;

    use super::*;

    fn packed(program: &str) -> Vec<u8> {
        let mut archive = Cursor::new(Vec::new());
        write(
            &mut archive,
            Mode::Program,
            &[("bootstrap".to_owned(), program.as_bytes().to_vec())],
        )
        .unwrap();
        archive.into_inner()
    }

    #[test]
    fn the_archive_holds_one_executable_called_bootstrap() {
        let mut archive = ZipArchive::new(Cursor::new(packed("program"))).unwrap();
        assert_eq!(archive.len(), 1);
        let mut entry = archive.by_index(0).unwrap();
        assert_eq!(entry.name().unwrap(), "bootstrap");
        assert_eq!(entry.unix_mode(), Some(0o100_755));
        assert_eq!(io::read_to_string(&mut entry).unwrap(), "program");
    }

    #[test]
    fn the_same_program_gives_the_same_archive() {
        assert_eq!(packed("program"), packed("program"));
    }
}
