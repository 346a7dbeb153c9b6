//! What a browser loads, as it goes over the line.

use std::{fs, io::Write as _, path::Path};

use anyhow::{Context as _, Result, bail};

use crate::site::{files, has_extension};

/// The limit of everything but the fonts, in bytes of brotli. The goal is 156 KiB: docs/decisions/012-one-program-by-trunk.md.
pub const FIRST_LOAD_MAX: u64 = 232 * 1024;
/// Bytes of the fonts, which come after the first paint.
pub const FONTS_MAX: u64 = 44 * 1024;

/// The sizes of a site.
pub struct Sizes {
    /// Name and bytes of brotli of each file of page, style and program, by name.
    pub first_load: Vec<(String, u64)>,
    /// Name and bytes of each font, which are compressed already.
    pub fonts: Vec<(String, u64)>,
}

impl Sizes {
    /// Measures a built site.
    pub fn of(site: &Path) -> Result<Self> {
        let (mut first_load, mut fonts) = (Vec::new(), Vec::new());
        for path in files(site)? {
            let name = path.strip_prefix(site)?.to_string_lossy().into_owned();
            let content =
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if has_extension(&path, &["css", "html", "js", "mjs", "wasm"]) {
                first_load.push((name, brotli(&content)?));
            } else if has_extension(&path, &["woff2"]) {
                fonts.push((name, u64::try_from(content.len())?));
            }
        }
        Ok(Self { first_load, fonts })
    }

    /// Bytes of brotli of everything but the fonts.
    pub fn first_load_total(&self) -> u64 {
        total(&self.first_load)
    }

    /// Bytes of all fonts.
    pub fn fonts_total(&self) -> u64 {
        total(&self.fonts)
    }

    /// One line per file and one per total.
    pub fn table(&self) -> String {
        let mut lines: Vec<_> =
            self.first_load.iter().map(|(name, bytes)| format!("{bytes:>8}  {name}")).collect();
        lines.push(format!(
            "{:>8}  first load, brotli (at most {FIRST_LOAD_MAX})",
            self.first_load_total()
        ));
        lines.push(format!("{:>8}  fonts, after paint (at most {FONTS_MAX})", self.fonts_total()));
        lines.join("\n")
    }

    /// Fails when the site has outgrown a limit.
    pub fn check(&self) -> Result<()> {
        for (what, bytes, max) in [
            ("the first load", self.first_load_total(), FIRST_LOAD_MAX),
            ("the fonts", self.fonts_total(), FONTS_MAX),
        ] {
            if bytes > max {
                bail!("{what}: {bytes} bytes, {max} at most");
            }
        }
        Ok(())
    }
}

fn total(files: &[(String, u64)]) -> u64 {
    files.iter().map(|(_, bytes)| bytes).sum()
}

fn brotli(content: &[u8]) -> Result<u64> {
    let mut compressed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut compressed, 64 * 1024, 11, 22);
    writer.write_all(content)?;
    writer.flush()?;
    drop(writer);
    Ok(u64::try_from(compressed.len())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_the_fonts_is_the_first_load() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["barlow.woff2", "boot.js", "icon.svg", "index.html", "wall.css", "wall.wasm"] {
            fs::write(folder.path().join(name), "calm when green ".repeat(100)).unwrap();
        }
        let sizes = Sizes::of(folder.path()).unwrap();
        let names: Vec<_> = sizes.first_load.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["boot.js", "index.html", "wall.css", "wall.wasm"]);
        assert!(sizes.first_load_total() < 4 * 100, "{}", sizes.first_load_total());
        assert_eq!(sizes.fonts, [("barlow.woff2".to_owned(), 1600)]);
    }

    #[test]
    fn a_site_over_a_limit_is_an_error() {
        let is_good = |first_load, fonts| {
            let file = |bytes| vec![("a".to_owned(), bytes)];
            Sizes { first_load: file(first_load), fonts: file(fonts) }.check().is_ok()
        };
        assert!(is_good(FIRST_LOAD_MAX, FONTS_MAX));
        assert!(!is_good(FIRST_LOAD_MAX + 1, 0));
        assert!(!is_good(0, FONTS_MAX + 1));
    }
}
