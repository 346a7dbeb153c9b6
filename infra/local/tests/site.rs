//! The site as a browser, and as somebody who wants more than the site, asks for it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod local;

use std::{fs, io::Read, path::Path};

use local::{Server, start};
use tempfile::TempDir;

const PAGE: &str = "<!doctype html><title>wall</title>";
const SECRET: &str = "not for the world";

/// A folder with a site in it and a secret beside it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("dist");
    fs::create_dir_all(site.join("fonts")).unwrap();
    fs::create_dir_all(site.join(".stage")).unwrap();
    fs::write(folder.path().join("secret"), SECRET).unwrap();
    fs::write(folder.path().join("secret.txt"), SECRET).unwrap();
    for (name, content) in [
        ("index.html", PAGE),
        ("wall-1a2b3c4d5e6f7a8b.js", "export {};"),
        ("wall-1a2b3c4d5e6f7a8b_bg.wasm", &"\0asm and more of it. ".repeat(500)),
        ("wall-9f8e7d6c5b4a3f2e.css", "main{}"),
        ("fonts/barlow-500.woff2", "wOF2"),
        ("favicon.svg", "<svg/>"),
        (".stage/half", SECRET),
        (".env", SECRET),
    ] {
        fs::write(site.join(name), content).unwrap();
    }
    link(&folder.path().join("secret.txt"), &site.join("link.txt"));
    link(folder.path(), &site.join("up"));
    folder
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) {
    std::os::unix::fs::symlink(to, at).unwrap();
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) {}

fn serve(folder: &TempDir) -> Server {
    start(&["--site", folder.path().join("dist").to_str().unwrap()])
}

#[test]
fn files_have_their_types_and_lifetimes() {
    let folder = folder();
    let server = serve(&folder);
    let (hashed, other) = ("public, max-age=31536000, immutable", "no-cache");
    for (path, content_type, cache) in [
        ("/", "text/html; charset=utf-8", other),
        ("/index.html", "text/html; charset=utf-8", other),
        ("/?kiosk&filter=a%20b", "text/html; charset=utf-8", other),
        ("/wall-1a2b3c4d5e6f7a8b.js", "text/javascript; charset=utf-8", hashed),
        ("/wall-1a2b3c4d5e6f7a8b_bg.wasm", "application/wasm", hashed),
        ("/wall-9f8e7d6c5b4a3f2e.css", "text/css; charset=utf-8", hashed),
        ("/fonts/barlow-500.woff2", "font/woff2", other),
        ("/favicon.svg", "image/svg+xml", other),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = server.ask(method, path, &[], b"");
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.header("content-type"), content_type, "{path}");
            assert_eq!(answer.header("cache-control"), cache, "{path}");
            assert_eq!(answer.body.is_empty(), method == "HEAD", "{path}");
            let known = [("if-none-match", answer.header("etag"))];
            let answer = server.ask(method, path, &known, b"");
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{path}");
        }
    }
}

#[test]
fn files_are_compressed_for_those_who_understand_it() {
    let folder = folder();
    let server = serve(&folder);
    let path = "/wall-1a2b3c4d5e6f7a8b_bg.wasm";
    let plain = server.get(path);
    assert_eq!(plain.header("content-encoding"), "");
    for (accept, encoding) in [
        ("gzip, deflate, br", "br"),
        ("br;q=1.0", "br"),
        ("br;q=0, gzip", "gzip"),
        ("gzip", "gzip"),
        ("identity", ""),
        ("deflate", ""),
    ] {
        let answer = server.ask("GET", path, &[("accept-encoding", accept)], b"");
        assert_eq!(answer.header("content-encoding"), encoding, "{accept}");
        assert_eq!(answer.header("vary"), "accept-encoding", "{accept}");
        assert_eq!(answer.header("content-type"), "application/wasm", "{accept}");
        assert_eq!(decode(encoding, &answer.body), plain.body, "{accept}");
    }
    let small = server.ask("GET", "/", &[("accept-encoding", "br")], b"");
    assert_eq!((small.header("content-encoding"), small.body.as_slice()), ("", PAGE.as_bytes()));
}

fn decode(encoding: &str, body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match encoding {
        "br" => brotli::Decompressor::new(body, 4096).read_to_end(&mut plain).unwrap(),
        "gzip" => flate2::read::GzDecoder::new(body).read_to_end(&mut plain).unwrap(),
        _ => return body.to_vec(),
    };
    plain
}

#[test]
fn routes_of_the_page_are_the_page_but_missing_files_are_missing() {
    let folder = folder();
    let server = serve(&folder);
    for (path, accept, status) in [
        ("/wall", "text/html,application/xhtml+xml,*/*;q=0.8", 200),
        ("/teams/shop", "text/html", 200),
        ("/wall", "*/*", 404),
        ("/wall", "application/json", 404),
        ("/wall-0000000000000000.js", "text/html", 404),
        ("/missing.css", "*/*", 404),
        ("/data/wall", "text/html", 404),
    ] {
        let answer = server.ask("GET", path, &[("accept", accept)], b"");
        assert_eq!(answer.status, status, "{path} {accept}");
        assert_eq!(answer.body == PAGE.as_bytes(), status == 200, "{path} {accept}");
    }
}

#[test]
fn nothing_outside_the_folder_is_served() {
    let folder = folder();
    let server = serve(&folder);
    for path in [
        "/../secret.txt",
        "/../secret",
        "/fonts/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%252e%252e/secret.txt",
        "/..%c0%afsecret.txt",
        "/....//secret.txt",
        "/./../secret.txt",
        "//../secret.txt",
        "/secret.txt%00.js",
        "/up/secret.txt",
        "/up/secret",
        "/link.txt",
        "/.env",
        "/.stage/half",
        "/fonts/",
        "/fonts/..",
        "/etc/passwd",
        "//etc/passwd",
        "/data/../../secret.txt",
    ] {
        for accept in ["*/*", "text/html"] {
            let answer = server.ask("GET", path, &[("accept", accept)], b"");
            assert!(!String::from_utf8_lossy(&answer.body).contains(SECRET), "{path}");
            assert!(
                matches!(answer.status, 400 | 404) || answer.body == PAGE.as_bytes(),
                "{path}: {}",
                answer.status
            );
        }
    }
    let absolute = format!("{}", folder.path().join("secret.txt").display());
    assert_eq!(server.get(&absolute).status, 404);
}

#[test]
fn a_site_built_later_or_anew_is_served_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("dist");
    let server = serve(&folder);
    let answer = server.get("/");
    assert_eq!(
        (answer.status, answer.json()["error"].as_str().unwrap().contains("--site")),
        (404, true)
    );
    fs::create_dir_all(&site).unwrap();
    fs::write(site.join("notes.txt"), SECRET).unwrap();
    assert_eq!(server.get("/notes.txt").status, 404);
    fs::write(site.join("index.html"), PAGE).unwrap();
    assert_eq!(server.get("/").body, PAGE.as_bytes());
    fs::write(site.join("index.html"), "<!doctype html><title>a newer wall</title>").unwrap();
    fs::write(site.join("wall-0f1e2d3c4b5a6978.css"), "main{}").unwrap();
    assert_eq!(server.get("/").body, b"<!doctype html><title>a newer wall</title>");
    assert_eq!(server.get("/wall-0f1e2d3c4b5a6978.css").body, b"main{}");
}
