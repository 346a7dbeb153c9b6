//! What a browser loads before it can paint, as it goes over the line.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use crate::site::{files, has_extension};

/// Bytes of brotli before first paint. The wall is opened once and runs for weeks: a readable program may cost this much.
pub const FIRST_LOAD_MAX: u64 = 156 * 1024;
/// Bytes of brotli when somebody opens a pipeline's page for the first time.
pub const ON_DEMAND_MAX: u64 = 16 * 1024;
/// Bytes of brotli of what stands alone, a second after paint or when somebody wants it: as large as it is, and a tenth more.
pub const ALONE_MAX: [(&str, u64); 5] = [
    ("embed.js", 170),
    ("kiosk.js", 250),
    ("settings.css", 1050),
    ("settings.js", 2800),
    ("tab.js", 2570),
];
/// Bytes of fonts, which come after paint.
pub const FONTS_MAX: u64 = 44 * 1024;

/// What a browser loads beside the page and its fonts.
const LOADED: [&str; 4] = ["css", "js", "mjs", "wasm"];

/// The sizes of a site.
pub struct Sizes {
    /// Name and brotli bytes of what is loaded before first paint, by name.
    pub first_load: Vec<(String, u64)>,
    /// The same of what is loaded on demand.
    pub on_demand: Vec<(String, u64)>,
    /// The same of what stands alone.
    pub alone: Vec<(String, u64)>,
    /// Name and bytes of the fonts, which are compressed already.
    pub fonts: Vec<(String, u64)>,
}

impl Sizes {
    /// Measures a built site.
    pub fn of(site: &Path) -> Result<Self> {
        let all = files(site)?;
        let index = site.join("index.html");
        let page = read(&index)?;
        let (page, demanded) = without_demanded(&page);
        let mut first = named_in(page, &all)?;
        first.push(index);
        first.sort();
        let mut later = demanded.map_or(Ok(Vec::new()), |name| named_in(name.to_owned(), &all))?;
        later.retain(|path| !first.contains(path));
        later.sort();
        let measured = |paths: &[PathBuf]| {
            let measure = |path: &PathBuf| {
                let content =
                    fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
                Ok((name(site, path), brotli(&content)?))
            };
            paths.iter().map(measure).collect::<Result<Vec<_>>>()
        };
        let is_alone = |path: &&PathBuf| {
            has_extension(path, &LOADED) && !first.contains(path) && !later.contains(path)
        };
        let alone: Vec<_> = all.iter().filter(is_alone).cloned().collect();
        let (first_load, on_demand, alone) =
            (measured(&first)?, measured(&later)?, measured(&alone)?);
        let mut fonts = Vec::new();
        for path in all.iter().filter(|path| has_extension(path, &["woff2"])) {
            fonts.push((name(site, path), fs::metadata(path)?.len()));
        }
        Ok(Self { first_load, on_demand, alone, fonts })
    }

    /// Bytes before first paint.
    pub fn first_load_total(&self) -> u64 {
        total(&self.first_load)
    }

    /// Bytes of what is loaded on demand.
    pub fn on_demand_total(&self) -> u64 {
        total(&self.on_demand)
    }

    /// Bytes of all fonts.
    pub fn fonts_total(&self) -> u64 {
        total(&self.fonts)
    }

    /// One line a file and one for each total.
    pub fn table(&self) -> String {
        let mut lines = Vec::new();
        for (name, bytes) in &self.first_load {
            lines.push(format!("{bytes:>8}  {name}"));
        }
        lines.push(format!(
            "{:>8}  before first paint, brotli (at most {FIRST_LOAD_MAX})",
            self.first_load_total()
        ));
        for (name, bytes) in &self.on_demand {
            lines.push(format!("{bytes:>8}  {name}"));
        }
        lines.push(format!(
            "{:>8}  on demand, brotli (at most {ON_DEMAND_MAX})",
            self.on_demand_total()
        ));
        for (name, bytes) in &self.alone {
            lines.push(format!("{bytes:>8}  {name}, brotli (at most {})", alone_max(name)));
        }
        lines.push(format!("{:>8}  fonts, after paint (at most {FONTS_MAX})", self.fonts_total()));
        lines.join("\n")
    }

    /// An error when the site has outgrown its budget.
    pub fn check(&self) -> Result<()> {
        if self.first_load_total() > FIRST_LOAD_MAX {
            bail!(
                "the first load is {} bytes of brotli, {FIRST_LOAD_MAX} at most",
                self.first_load_total()
            );
        }
        if self.on_demand_total() > ON_DEMAND_MAX {
            bail!(
                "what is loaded on demand is {} bytes of brotli, {ON_DEMAND_MAX} at most",
                self.on_demand_total()
            );
        }
        for (name, bytes) in &self.alone {
            if *bytes > alone_max(name) {
                bail!("{name} is {bytes} bytes of brotli, {} at most", alone_max(name));
            }
        }
        if self.fonts_total() > FONTS_MAX {
            bail!("the fonts are {} bytes, {FONTS_MAX} at most", self.fonts_total());
        }
        Ok(())
    }
}

/// The limit of a file that stands alone; one that has none may not be there.
fn alone_max(name: &str) -> u64 {
    ALONE_MAX.into_iter().find(|(other, _)| *other == name).map_or(0, |(_, max)| max)
}

/// A page without the name of what is loaded on demand, and that name: the value of its `data-page`.
fn without_demanded(page: &str) -> (String, Option<&str>) {
    let Some((before, after)) = page.split_once("data-page=") else {
        return (page.to_owned(), None);
    };
    let value = after.strip_prefix(['"', '\'']).unwrap_or(after);
    let (name, rest) = value.split_once(['"', '\'', ' ', '>']).unwrap_or((value, ""));
    ([before, rest].concat(), Some(name))
}

/// The style sheets, scripts and WebAssembly that a text names, or one of those scripts.
fn named_in(text: String, all: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut known: Vec<PathBuf> = Vec::new();
    let mut unread = vec![text];
    while let Some(text) = unread.pop() {
        for other in all.iter().filter(|other| has_extension(other, &LOADED)) {
            let file = other.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if !known.contains(other) && text.contains(file) {
                known.push(other.clone());
                if has_extension(other, &["js", "mjs"]) {
                    unread.push(read(other)?);
                }
            }
        }
    }
    Ok(known)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn total(files: &[(String, u64)]) -> u64 {
    files.iter().map(|(_, bytes)| bytes).sum()
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
            (
                "index.html",
                "<script src=start.js data-page=./more-1.js></script><link href=wall.css>",
            ),
            ("start.js", "import './snippets/one.js'; fetch('wall.wasm')"),
            ("snippets/one.js", ""),
            ("wall.css", "@font-face { src: url(barlow.woff2) }"),
            ("wall.wasm", "\0asm"),
            ("more-1.js", "'more-2.css' 'more-3.wasm' 'snippets/one.js'"),
            ("more-2.css", ""),
            ("more-3.wasm", "\0asm"),
            ("tab.js", "named by nobody"),
            ("barlow.woff2", "12345"),
        ]);
        let sizes = Sizes::of(folder.path()).unwrap();
        let names: Vec<_> = sizes.first_load.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["index.html", "snippets/one.js", "start.js", "wall.css", "wall.wasm"]);
        let names: Vec<_> = sizes.on_demand.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["more-1.js", "more-2.css", "more-3.wasm"]);
        let names: Vec<_> = sizes.alone.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["tab.js"]);
        assert_eq!(sizes.fonts, [("barlow.woff2".to_owned(), 5)]);
        sizes.check().unwrap();
    }

    #[test]
    fn a_site_over_its_budget_is_an_error() {
        let [(alone, alone_max), ..] = ALONE_MAX;
        let over = |first_load, on_demand, alone: (&str, u64), fonts| {
            let file = |(name, bytes): (&str, u64)| vec![(name.to_owned(), bytes)];
            let [first_load, on_demand, fonts] =
                [first_load, on_demand, fonts].map(|bytes| file(("a", bytes)));
            Sizes { first_load, on_demand, alone: file(alone), fonts }.check().is_err()
        };
        assert!(!over(FIRST_LOAD_MAX, ON_DEMAND_MAX, (alone, alone_max), FONTS_MAX));
        assert!(over(FIRST_LOAD_MAX + 1, 0, (alone, 0), 0));
        assert!(over(0, ON_DEMAND_MAX + 1, (alone, 0), 0));
        assert!(over(0, 0, (alone, alone_max + 1), 0));
        assert!(over(0, 0, ("without-a-limit.js", 1), 0));
        assert!(over(0, 0, (alone, 0), FONTS_MAX + 1));
    }

    #[test]
    fn what_is_loaded_on_demand_is_named_by_an_attribute() {
        for page in [
            r#"<a data-page="./b.js">c"#,
            "<a data-page='./b.js'>c",
            "<a data-page=./b.js>c",
            "<a data-page=./b.js c",
        ] {
            let (rest, name) = without_demanded(page);
            assert_eq!(name, Some("./b.js"), "{page}");
            assert!(rest.starts_with("<a ") && rest.ends_with('c'), "{rest}");
        }
        assert_eq!(without_demanded("<a>"), ("<a>".to_owned(), None));
    }

    #[test]
    fn text_shrinks() {
        assert!(brotli("calm when green, loud when red ".repeat(100).as_bytes()).unwrap() < 100);
    }
}
