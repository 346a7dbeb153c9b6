//! The site's files into their bucket.
//!
//! Files whose names hold a hash go first and stay for ever: tabs that are open still ask for the old ones. `index.html` goes last, so that
//! it never names a file that isn't there yet.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::Aws;
use crate::{site::files, step::say};

const PAGE: &str = "index.html";

/// A file of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    /// Its path below the site's folder.
    key: String,
    /// S3's name for the content: its MD5 in hex.
    etag: String,
}

/// What is told about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Headers {
    cache: &'static str,
    /// Where the AWS CLI's own guess might be none.
    content_type: Option<&'static str>,
}

/// Uploads what is new or changed, and makes CloudFront forget what changed under its old name.
pub fn publish(aws: &Aws<'_>, folder: &Path, bucket: &str, distribution: &str) -> Result<()> {
    let local = read(folder)?;
    let uploads = plan(local, &list(aws, bucket)?);
    for (headers, keys) in groups(&uploads) {
        let folder = folder.to_str().context("the site's path is not UTF-8")?;
        let place = format!("s3://{bucket}/");
        let mut arguments =
            vec!["s3", "cp", folder, &place, "--recursive", "--only-show-errors", "--exclude", "*"];
        arguments.extend(keys.iter().flat_map(|key| ["--include", key]));
        arguments.extend(["--cache-control", headers.cache]);
        arguments.extend(headers.content_type.iter().flat_map(|kind| ["--content-type", kind]));
        aws.text(&arguments)?;
        for key in keys {
            say(&format!("  {key}"));
        }
    }
    // Hashed names are new when their content is, so no edge has them.
    let stale: Vec<String> = uploads
        .iter()
        .filter(|file| !is_hashed(&file.key))
        .map(|file| format!("/{}", file.key))
        .collect();
    if uploads.is_empty() {
        say("  nothing changed");
    }
    if !stale.is_empty() {
        let mut arguments = vec![
            "cloudfront",
            "create-invalidation",
            "--distribution-id",
            distribution,
            "--paths",
            "/",
        ];
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
    local.sort_by_key(|file| {
        (file.key == PAGE, !is_hashed(&file.key), headers(&file.key).content_type, file.key.clone())
    });
    local
}

fn read(folder: &Path) -> Result<Vec<File>> {
    let mut found = Vec::new();
    for path in files(folder)? {
        let parts = path
            .strip_prefix(folder)?
            .iter()
            .map(|part| part.to_str().context("a file's name is not UTF-8"));
        let key = parts.collect::<Result<Vec<_>>>()?.join("/");
        let etag = format!("{:x}", md5::compute(fs::read(&path)?));
        found.push(File { key, etag });
    }
    ensure!(
        found.iter().any(|file| file.key == PAGE),
        "{} holds no site; `cargo xtask build` makes one",
        folder.display()
    );
    Ok(found)
}

fn list(aws: &Aws<'_>, bucket: &str) -> Result<BTreeMap<String, String>> {
    let answer = aws.json(&["s3api", "list-objects-v2", "--bucket", bucket])?;
    let objects = answer.get("Contents").and_then(Value::as_array).into_iter().flatten();
    let text =
        |object: &Value, name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(objects
        .filter_map(|object| {
            Some((text(object, "Key")?, text(object, "ETag")?.trim_matches('"').to_owned()))
        })
        .collect())
}

/// Whether the build has put a hash of the content into a file's name (`wall-1a2b3c4d5e6f7a8b_bg.wasm`).
fn is_hashed(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.split(['-', '_', '.']).any(|word| {
        word.len() >= 8 && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn headers(key: &str) -> Headers {
    let cache = if is_hashed(key) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let content_type = match key.rsplit('.').next() {
        Some("wasm") => Some("application/wasm"),
        Some("woff2") => Some("font/woff2"),
        _ => None,
    };
    Headers { cache, content_type }
}

/// Neighbours with the same headers together: one upload each.
fn groups(files: &[File]) -> Vec<(Headers, Vec<&str>)> {
    let mut groups: Vec<(Headers, Vec<&str>)> = Vec::new();
    for file in files {
        match groups.last_mut() {
            // The page is alone, because the files of an upload go side by side.
            Some((known, keys)) if *known == headers(&file.key) && file.key != PAGE => {
                keys.push(&file.key);
            }
            _ => groups.push((headers(&file.key), vec![&file.key])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(key: &str, etag: &str) -> File {
        File { key: key.to_owned(), etag: etag.to_owned() }
    }

    #[test]
    fn the_page_goes_last_and_what_is_there_stays() {
        let local = vec![
            file("favicon.svg", "1"),
            file("index.html", "2"),
            file("wall-0123456789abcdef.js", "3"),
            file("wall-0123456789abcdef_bg.wasm", "4"),
        ];
        let remote = [
            ("favicon.svg", "0"),
            ("wall-0123456789abcdef.js", "3"),
            ("wall-ffffffffffffffff.js", "9"),
        ];
        let remote = remote.map(|(key, etag)| (key.to_owned(), etag.to_owned())).into();
        let keys: Vec<_> = plan(local.clone(), &remote).into_iter().map(|file| file.key).collect();
        assert_eq!(keys, ["wall-0123456789abcdef_bg.wasm", "favicon.svg", "index.html"]);

        let all = local.iter().map(|file| (file.key.clone(), file.etag.clone())).collect();
        assert_eq!(plan(local, &all), []);
    }

    #[test]
    fn hashed_files_last_for_ever() {
        let check = |key: &str, cache: &str| assert_eq!(headers(key).cache, cache, "{key}");
        check("wall-0123456789abcdef_bg.wasm", "public, max-age=31536000, immutable");
        check("fonts/barlow-0123abcd.woff2", "public, max-age=31536000, immutable");
        check("index.html", "no-cache");
        check("favicon.svg", "no-cache");
    }

    #[test]
    fn files_with_the_same_headers_go_together() {
        let local = [
            "a-0123456789abcdef.js",
            "b-0123456789abcdef.css",
            "b-0123456789abcdef_bg.wasm",
            "boot.js",
            "index.html",
            "x.woff2",
        ];
        let uploads = plan(local.map(|key| file(key, "")).to_vec(), &BTreeMap::new());
        let keys: Vec<_> = groups(&uploads).into_iter().map(|(_, keys)| keys).collect();
        assert_eq!(
            keys,
            [
                vec!["a-0123456789abcdef.js", "b-0123456789abcdef.css"],
                vec!["b-0123456789abcdef_bg.wasm"],
                vec!["boot.js"],
                vec!["x.woff2"],
                vec!["index.html"],
            ]
        );
    }
}
