//! What a browser loads before it can paint, as it goes over the line.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use crate::site::{files, has_extension};

/// Bytes of brotli before first paint.
pub const FIRST_LOAD_MAX: u64 = 64 * 1024;
/// Bytes of fonts, which come after paint.
pub const FONTS_MAX: u64 = 44 * 1024;

/// The sizes of a site.
pub struct Sizes {
    /// Name and brotli bytes of what is loaded before first paint, by name.
    pub first_load: Vec<(String, u64)>,
    /// Name and bytes of the fonts, which are compressed already.
    pub fonts: Vec<(String, u64)>,
}

impl Sizes {
    /// Measures a built site.
    pub fn of(site: &Path) -> Result<Self> {
        let all = files(site)?;
        let mut first_load = Vec::new();
        for path in loaded_first(site, &all)? {
            let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            first_load.push((name(site, &path), brotli(&content)?));
        }
        let mut fonts = Vec::new();
        for path in all.iter().filter(|path| has_extension(path, &["woff2"])) {
            fonts.push((name(site, path), fs::metadata(path)?.len()));
        }
        Ok(Self { first_load, fonts })
    }

    /// Bytes before first paint.
    pub fn first_load_total(&self) -> u64 {
        self.first_load.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Bytes of all fonts.
    pub fn fonts_total(&self) -> u64 {
        self.fonts.iter().map(|(_, bytes)| bytes).sum()
    }

    /// One line a file and one for each total.
    pub fn table(&self) -> String {
        let mut lines = Vec::new();
        for (name, bytes) in &self.first_load {
            lines.push(format!("{bytes:>8}  {name}"));
        }
        lines.push(format!("{:>8}  before first paint, brotli (at most {FIRST_LOAD_MAX})", self.first_load_total()));
        lines.push(format!("{:>8}  fonts, after paint (at most {FONTS_MAX})", self.fonts_total()));
        lines.join("\n")
    }

    /// An error when the site has outgrown its budget.
    pub fn check(&self) -> Result<()> {
        if self.first_load_total() > FIRST_LOAD_MAX {
            bail!("the first load is {} bytes of brotli, {FIRST_LOAD_MAX} at most", self.first_load_total());
        }
        if self.fonts_total() > FONTS_MAX {
            bail!("the fonts are {} bytes, {FONTS_MAX} at most", self.fonts_total());
        }
        Ok(())
    }
}

/// `index.html`, and the style sheets, scripts and WebAssembly that it or one of those scripts names.
fn loaded_first(site: &Path, all: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let index = site.join("index.html");
    let mut known = vec![index.clone()];
    let mut unread = vec![index];
    while let Some(path) = unread.pop() {
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for other in all.iter().filter(|other| has_extension(other, &["css", "js", "mjs", "wasm"])) {
            let file = other.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if !known.contains(other) && text.contains(file) {
                known.push(other.clone());
                if has_extension(other, &["js", "mjs"]) {
                    unread.push(other.clone());
                }
            }
        }
    }
    known.sort();
    Ok(known)
}

fn name(site: &Path, path: &Path) -> String {
    path.strip_prefix(site).unwrap_or(path).to_string_lossy().into_owned()
}

fn brotli(content: &[u8]) -> Result<u64> {
    let mut counter = Counter(0);
    let mut writer = brotli::CompressorWriter::new(&mut counter, 64 * 1024, 11, 22);
    writer.write_all(content)?;
    writer.flush()?;
    drop(writer);
    Ok(counter.0)
}

/// Counts what is written to it.
struct Counter(u64);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    #[test]
    fn what_the_page_names_directly_or_by_a_script_is_the_first_load() {
        let folder = site(&[
            ("index.html", "<script src=start.js></script><link href=wall.css>"),
            ("start.js", "import './snippets/one.js'; fetch('wall.wasm')"),
            ("snippets/one.js", ""),
            ("wall.css", "@font-face { src: url(barlow.woff2) }"),
            ("wall.wasm", "\0asm"),
            ("page.js", "loaded on demand"),
            ("barlow.woff2", "12345"),
        ]);
        let sizes = Sizes::of(folder.path()).unwrap();
        let names: Vec<_> = sizes.first_load.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["index.html", "snippets/one.js", "start.js", "wall.css", "wall.wasm"]);
        assert_eq!(sizes.fonts, [("barlow.woff2".to_owned(), 5)]);
        sizes.check().unwrap();
    }

    #[test]
    fn a_site_over_its_budget_is_an_error() {
        let over = |first_load, fonts| {
            Sizes { first_load: vec![("a".to_owned(), first_load)], fonts: vec![("b".to_owned(), fonts)] }.check().is_err()
        };
        assert!(!over(FIRST_LOAD_MAX, FONTS_MAX));
        assert!(over(FIRST_LOAD_MAX + 1, 0));
        assert!(over(0, FONTS_MAX + 1));
    }

    #[test]
    fn text_shrinks() {
        assert!(brotli("calm when green, loud when red ".repeat(100).as_bytes()).unwrap() < 100);
    }
}
