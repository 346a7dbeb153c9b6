//! The site's files, from a folder or from inside the binary.
//!
//! The files are read into memory and answered from there, so nothing that isn't a plain file inside the folder can ever
//! be served: no path of a request reaches the file system. A folder is looked at again whenever a page is asked for or
//! a file is missing, so a rebuilt site is there at once.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hasher},
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::SystemTime,
};

use async_compression::{
    Level,
    tokio::write::{BrotliEncoder, GzipEncoder},
};
use axum::{
    body::Bytes,
    extract::State,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode, Uri,
        header::{
            ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG,
            IF_NONE_MATCH, VARY,
        },
    },
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use backend::api::Failure;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    runtime::Handle,
};

const PAGE: &str = "index.html";
const HASHED_CACHE: &str = "public, max-age=31536000, immutable";
const OTHER_CACHE: &str = "no-cache";
/// Smaller files don't get smaller on the wire.
const COMPRESSED_MIN_BYTES: usize = 256;

/// The built wall.
#[derive(Debug)]
pub struct Site {
    source: Source,
    files: RwLock<BTreeMap<String, Arc<File>>>,
}

/// Where a site's files are.
#[derive(Debug)]
pub enum Source {
    /// A folder with an `index.html`.
    Folder(PathBuf),
    /// The binary.
    #[cfg(feature = "embed-site")]
    Binary,
}

#[cfg(feature = "embed-site")]
static EMBEDDED: include_dir::Dir = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../../dist");

#[derive(Debug)]
struct File {
    bytes: Bytes,
    /// When it was written and how long it is: tells a file from its next version.
    stamp: Option<(SystemTime, u64)>,
    content_type: String,
    cache: &'static str,
    etag: String,
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Site {
    /// Reads the site. One that isn't there yet may come later.
    pub fn new(source: Source) -> Self {
        let site = Self { source, files: RwLock::default() };
        site.look();
        site
    }

    /// Whether there is a page to show.
    pub fn is_there(&self) -> bool {
        self.file(PAGE).is_some()
    }

    /// Compresses everything, which the first request would wait for otherwise.
    pub fn compress(&self) {
        let files: Vec<_> =
            self.files.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for file in files {
            file.encoded(Encoding::Brotli);
            file.encoded(Encoding::Gzip);
        }
    }

    fn file(&self, name: &str) -> Option<Arc<File>> {
        self.files.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Looks what files there are now; those that haven't changed are kept with what was compressed of them.
    fn look(&self) {
        let mut found = BTreeMap::new();
        match &self.source {
            Source::Folder(folder) => {
                // Without a page it is no site but some folder, of which nobody wanted to publish anything.
                if folder.join(PAGE).is_file() {
                    self.walk(folder, "", &mut found);
                }
            }
            #[cfg(feature = "embed-site")]
            Source::Binary => self.embed(&EMBEDDED, &mut found),
        }
        *self.files.write().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// Files vanish while a site is being built, so what can't be read is not there.
    fn walk(&self, folder: &Path, prefix: &str, found: &mut BTreeMap<String, Arc<File>>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            // `DirEntry` does not follow symbolic links: they are neither files nor folders.
            let (Ok(metadata), Ok(name)) = (entry.metadata(), entry.file_name().into_string())
            else {
                continue;
            };
            let path = format!("{prefix}{name}");
            if name.starts_with('.') {
                continue;
            }
            if metadata.is_dir() {
                self.walk(&entry.path(), &format!("{path}/"), found);
            } else if metadata.is_file() {
                let stamp = metadata.modified().ok().map(|modified| (modified, metadata.len()));
                let known = self.file(&path).filter(|known| known.stamp == stamp);
                let file = known.or_else(|| {
                    Some(Arc::new(File::new(
                        &path,
                        std::fs::read(entry.path()).ok()?.into(),
                        stamp,
                    )))
                });
                found.extend(file.map(|file| (path, file)));
            }
        }
    }

    #[cfg(feature = "embed-site")]
    fn embed(&self, folder: &'static include_dir::Dir, found: &mut BTreeMap<String, Arc<File>>) {
        for file in folder.files() {
            if let Some(path) = file.path().to_str() {
                let new = || Arc::new(File::new(path, Bytes::from_static(file.contents()), None));
                found.insert(path.to_owned(), self.file(path).unwrap_or_else(new));
            }
        }
        for folder in folder.dirs() {
            self.embed(folder, found);
        }
    }

    fn answer(&self, path: &str, headers: &HeaderMap) -> Result<Response, Failure> {
        let name = path.trim_start_matches('/');
        let wants_page = is_route(name) && mentions(headers, &ACCEPT, "text/html");
        let name = if name.is_empty() || wants_page { PAGE } else { name };
        if name == PAGE || self.file(name).is_none() {
            self.look();
        }
        match self.file(name) {
            Some(file) => Ok(file.answer(headers)),
            None if name == PAGE => Err(Failure::not_found(
                "the site is not built yet: cargo xtask build makes it, --site says where it is",
            )),
            None => Err(Failure::not_found("there is no such file")),
        }
    }
}

/// Answers GET and HEAD.
pub fn service(site: Arc<Site>) -> MethodRouter {
    get(answer).fallback(|| async { Failure::wrong_method() }).with_state(site)
}

async fn answer(
    State(site): State<Arc<Site>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let answered = tokio::task::spawn_blocking(move || site.answer(uri.path(), &headers)).await;
    answered.unwrap_or_else(|_| {
        Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "the file could not be answered"))
    })
}

impl File {
    fn new(path: &str, bytes: Bytes, stamp: Option<(SystemTime, u64)>) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(&bytes);
        let guess = mime_guess::from_path(path).first_or_octet_stream();
        let is_text = guess.type_() == mime_guess::mime::TEXT;
        Self {
            bytes,
            stamp,
            content_type: if is_text {
                format!("{guess}; charset=utf-8")
            } else {
                guess.to_string()
            },
            cache: if is_hashed(path) { HASHED_CACHE } else { OTHER_CACHE },
            etag: format!("W/\"{:016x}\"", hasher.finish()),
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let mut answer = HeaderMap::new();
        let mut set = |name: HeaderName, value: &str| {
            answer.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        };
        set(CACHE_CONTROL, self.cache);
        set(ETAG, &self.etag);
        set(VARY, "accept-encoding");
        if mentions(headers, &IF_NONE_MATCH, &self.etag) {
            return (StatusCode::NOT_MODIFIED, answer).into_response();
        }
        set(CONTENT_TYPE, &self.content_type);
        let (encoding, name) = if mentions(headers, &ACCEPT_ENCODING, "br") {
            (Encoding::Brotli, "br")
        } else if mentions(headers, &ACCEPT_ENCODING, "gzip") {
            (Encoding::Gzip, "gzip")
        } else {
            (Encoding::Identity, "identity")
        };
        match self.encoded(encoding) {
            Some(smaller) => {
                set(CONTENT_ENCODING, name);
                (answer, smaller).into_response()
            }
            None => (answer, self.bytes.clone()).into_response(),
        }
    }

    /// The file compressed as well as it goes, once; `None` where that doesn't pay.
    fn encoded(&self, encoding: Encoding) -> Option<Bytes> {
        let compress = |compressor: fn(&[u8]) -> io::Result<Vec<u8>>| {
            if self.bytes.len() < COMPRESSED_MIN_BYTES {
                return None;
            }
            compressor(&self.bytes)
                .ok()
                .filter(|smaller| smaller.len() < self.bytes.len())
                .map(Bytes::from)
        };
        match encoding {
            Encoding::Brotli => self.brotli.get_or_init(|| compress(brotli)).clone(),
            Encoding::Gzip => self.gzip.get_or_init(|| compress(gzip)).clone(),
            Encoding::Identity => None,
        }
    }
}

/// The smallest files take seconds of a processor, and each end-to-end test has a server of its own.
const LEVEL: Level = if cfg!(debug_assertions) { Level::Precise(4) } else { Level::Best };

fn brotli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = BrotliEncoder::with_quality(Vec::new(), LEVEL);
    write(&mut writer, bytes)?;
    Ok(writer.into_inner())
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = GzipEncoder::with_quality(Vec::new(), LEVEL);
    write(&mut writer, bytes)?;
    Ok(writer.into_inner())
}

/// Nothing is waited for: all of it is memory.
fn write(writer: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    Handle::current().block_on(async {
        writer.write_all(bytes).await?;
        writer.shutdown().await
    })
}

/// Whether a path may be a route of the single page, rather than a file's: plain words without a dot.
fn is_route(path: &str) -> bool {
    path.split('/').all(|word| {
        word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    })
}

/// Whether the build has put a hash of the content into a file's name (`wall-1a2b3c4d5e6f7a8b_bg.wasm`).
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(['-', '_', '.']).any(|word| {
        word.len() >= 8 && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Whether one of a header's comma-separated values is `wanted`, and isn't ruled out by `q=0`.
fn mentions(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    let values = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    values.map(str::trim).any(|value| match value.split_once(';') {
        None => value == wanted,
        Some((value, quality)) => {
            value.trim() == wanted
                && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        }
    })
}
