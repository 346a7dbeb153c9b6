//! The Lambda's zip.

use std::{
    fs::File,
    io::{self, Seek, Write},
    path::Path,
};

use anyhow::{Context as _, Result};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// Packs `program` as the executable `bootstrap`. The same program always gives the same bytes.
pub fn pack(program: &Path, archive: &Path) -> Result<()> {
    let source = File::open(program).with_context(|| format!("cannot read {}", program.display()))?;
    if let Some(folder) = archive.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let target = File::create(archive).with_context(|| format!("cannot write {}", archive.display()))?;
    write(source, target)
}

fn write(mut program: impl io::Read, archive: impl Write + Seek) -> Result<()> {
    // Lambda starts only what is marked as executable.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let mut zip = ZipWriter::new(archive);
    zip.start_file("bootstrap", options)?;
    io::copy(&mut program, &mut zip)?;
    zip.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use zip::ZipArchive;

    use super::*;

    fn packed(program: &str) -> Vec<u8> {
        let mut archive = Cursor::new(Vec::new());
        write(program.as_bytes(), &mut archive).unwrap();
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
