//! The site's files into their bucket.
//!
//! Files whose names hold a hash go first and stay for ever: tabs that are open still ask for the old ones. `index.html` goes last, so that
//! it never names a file that isn't there yet.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::Aws;
use crate::{site::files, step::say};

const PAGE: &str = "index.html";

/// A file of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    path: PathBuf,
    key: String,
    /// S3's name for the content: its MD5 in hex.
    etag: String,
}

/// Uploads what is new or changed, and makes CloudFront forget what changed under its old name.
pub fn publish(aws: &Aws<'_>, folder: &Path, bucket: &str, distribution: &str) -> Result<()> {
    let local = read(folder)?;
    let uploads = plan(local, &list(aws, bucket)?);
    for File { path, key, .. } in &uploads {
        let path = path.to_str().context("a file's path is not UTF-8")?;
        let (kind, cache) = (content_type(key), cache_control(key));
        aws.text(&[
            "s3api",
            "put-object",
            "--bucket",
            bucket,
            "--key",
            key,
            "--body",
            path,
            "--content-type",
            kind,
            "--cache-control",
            cache,
        ])?;
        say(&format!("  {key}"));
    }
    // Hashed names are new when their content is, so no edge has them.
    let stale: Vec<String> = uploads.iter().filter(|file| !is_hashed(&file.key)).map(|file| format!("/{}", file.key)).collect();
    if uploads.is_empty() {
        say("  nothing changed");
    }
    if !stale.is_empty() {
        let mut arguments = vec!["cloudfront", "create-invalidation", "--distribution-id", distribution, "--paths", "/"];
        arguments.extend(stale.iter().map(String::as_str));
        aws.text(&arguments)?;
    }
    Ok(())
}

/// Deletes every object of a bucket.
pub fn empty(aws: &Aws<'_>, bucket: &str) -> Result<()> {
    let place = format!("s3://{bucket}");
    aws.text(&["s3", "rm", "--recursive", "--only-show-errors", &place]).map(drop)
}

/// What has to be uploaded, in this order.
fn plan(mut local: Vec<File>, remote: &BTreeMap<String, String>) -> Vec<File> {
    local.retain(|file| remote.get(&file.key) != Some(&file.etag));
    local.sort_by_key(|file| (file.key == PAGE, !is_hashed(&file.key), file.key.clone()));
    local
}

fn read(folder: &Path) -> Result<Vec<File>> {
    let mut found = Vec::new();
    for path in files(folder)? {
        let parts = path.strip_prefix(folder)?.iter().map(|part| part.to_str().context("a file's name is not UTF-8"));
        let key = parts.collect::<Result<Vec<_>>>()?.join("/");
        let etag = format!("{:x}", md5::compute(fs::read(&path)?));
        found.push(File { path, key, etag });
    }
    ensure!(found.iter().any(|file| file.key == PAGE), "{} holds no site; `cargo xtask build` makes one", folder.display());
    Ok(found)
}

fn list(aws: &Aws<'_>, bucket: &str) -> Result<BTreeMap<String, String>> {
    let answer = aws.json(&["s3api", "list-objects-v2", "--bucket", bucket])?;
    let objects = answer.get("Contents").and_then(Value::as_array).into_iter().flatten();
    let text = |object: &Value, name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(objects.filter_map(|object| Some((text(object, "Key")?, text(object, "ETag")?.trim_matches('"').to_owned()))).collect())
}

/// Whether the build has put a hash of the content into a file's name (`wall-1a2b3c4d5e6f7a8b_bg.wasm`).
fn is_hashed(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.split(['-', '_', '.']).any(|word| word.len() >= 8 && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
}

fn cache_control(key: &str) -> &'static str {
    if is_hashed(key) { "public, max-age=31536000, immutable" } else { "no-cache" }
}

fn content_type(key: &str) -> &'static str {
    match key.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(key: &str, etag: &str) -> File {
        File { path: PathBuf::from(key), key: key.to_owned(), etag: etag.to_owned() }
    }

    #[test]
    fn the_page_goes_last_and_what_is_there_stays() {
        let local = vec![
            file("favicon.svg", "1"),
            file("index.html", "2"),
            file("wall-0123456789abcdef.js", "3"),
            file("wall-0123456789abcdef_bg.wasm", "4"),
        ];
        let remote = [("favicon.svg", "0"), ("wall-0123456789abcdef.js", "3"), ("wall-ffffffffffffffff.js", "9")];
        let remote = remote.map(|(key, etag)| (key.to_owned(), etag.to_owned())).into();
        let keys: Vec<_> = plan(local.clone(), &remote).into_iter().map(|file| file.key).collect();
        assert_eq!(keys, ["wall-0123456789abcdef_bg.wasm", "favicon.svg", "index.html"]);

        let all = local.iter().map(|file| (file.key.clone(), file.etag.clone())).collect();
        assert_eq!(plan(local, &all), []);
    }

    #[test]
    fn hashed_files_last_for_ever() {
        assert_eq!(cache_control("wall-0123456789abcdef_bg.wasm"), "public, max-age=31536000, immutable");
        assert_eq!(cache_control("fonts/barlow-0123abcd.woff2"), "public, max-age=31536000, immutable");
        assert_eq!(cache_control("index.html"), "no-cache");
        assert_eq!(cache_control("favicon.svg"), "no-cache");
    }
}
