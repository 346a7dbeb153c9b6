//! Every route of the local server over real HTTP.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod local;

use std::{collections::BTreeSet, io::Write, process::Stdio};

use local::{Server, command, event::run_event, start};
use serde_json::{Value, json};

const SHOP: &str = "codepipeline:eu-north-1:210987654321:shop";

#[test]
fn an_event_becomes_a_row_a_page_a_project_and_a_badge() {
    let server = start(&[]);
    assert_eq!(server.get("/data").json(), json!([]));
    let answer = server.post(run_event("shop", "r1", "FAILED", 0).to_string());
    assert_eq!(
        (answer.status, answer.json()),
        (202, json!({ "accepted": 1, "ignored": 0, "rejected": [] }))
    );
    for path in ["/data", "/data/", "/data?start=", "/data?start=a:b:c:d&x=y"] {
        let answer = server.get(path);
        if path == "/data?start=" {
            assert_eq!(answer.status, 400);
            continue;
        }
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "max-age=4, stale-if-error=86400");
        assert!(answer.header("date").ends_with(" GMT"));
        assert_eq!(answer.header("link"), "");
    }
    let rows = server.get("/data").json();
    assert_eq!((&rows[0]["id"], &rows[0]["status"]), (&json!(SHOP), &json!("FAILED")));
    assert_eq!(server.get(&format!("/data/pipelines/{SHOP}")).json()["runs"][0]["id"], "r1");
    assert_eq!(
        server.get("/data/cctray.xml").header("content-type"),
        "application/xml; charset=utf-8"
    );
    assert_eq!(
        server.get(&format!("/data/badge/{SHOP}.svg")).header("content-type"),
        "image/svg+xml"
    );
}

#[test]
fn a_project_without_page_leads_to_this_wall() {
    let server = start(&[]);
    let event = json!({
        "detail-type": "Run", "source": "pipelines-dashboard", "account": "210987654321",
        "time": "2026-11-02T12:00:00Z", "region": "eu-north-1",
        "detail": { "pipeline": "night shift", "run": 7, "status": "succeeded" },
    });
    assert_eq!(server.post(event.to_string()).status, 202);
    let page = "/#p=pipelines-dashboard:eu-north-1:210987654321:night~20shift";
    for (headers, address) in [
        (vec![], server.url.as_str()),
        (vec![("host", "localhost")], "http://localhost"),
        (
            vec![("host", "wall.localhost:81"), ("x-wall-host", "evil.example")],
            "http://wall.localhost:81",
        ),
    ] {
        let answer = server.ask("GET", "/data/cctray.xml", &headers, b"");
        let feed = String::from_utf8(answer.body).unwrap();
        assert!(feed.contains(&format!("webUrl=\"{address}{page}\"")), "{headers:?}: {feed}");
    }
}

#[test]
fn events_come_alone_in_an_array_or_one_a_line() {
    let server = start(&[]);
    let (event, foreign) =
        (run_event("shop", "r1", "STARTED", 0), json!({ "source": "aws.ec2", "detail-type": "x" }));
    let mut broken = run_event("shop", "r1", "STARTED", 0);
    broken["detail"].as_object_mut().unwrap().remove("execution-id");
    let rejected = json!([{ "index": 1, "error": "detail.execution-id: missing" }]);
    let mixed = json!({ "accepted": 1, "ignored": 1, "rejected": rejected });
    for (body, expected) in [
        (event.to_string(), json!({ "accepted": 1, "ignored": 0, "rejected": [] })),
        (
            serde_json::to_string_pretty(&event).unwrap(),
            json!({ "accepted": 1, "ignored": 0, "rejected": [] }),
        ),
        (json!([event, broken, foreign]).to_string(), mixed.clone()),
        (format!("{event}\n{broken}\r\n\n{foreign}\n"), mixed),
        ("[]".to_owned(), json!({ "accepted": 0, "ignored": 0, "rejected": [] })),
        (
            "5".to_owned(),
            json!({ "accepted": 0, "ignored": 0, "rejected": [{ "index": 0, "error": "event: not an object" }] }),
        ),
    ] {
        let answer = server.post(&body);
        assert_eq!((answer.status, answer.json()), (202, expected), "{body}");
    }
}

#[test]
fn whatever_fails_says_so_in_json() {
    let server = start(&[]);
    let (big, huge) = (format!("[{}", " ".repeat(1024 * 1024)), " ".repeat(8 * 1024 * 1024));
    let bodies: [(&str, &[u8], u16); 7] = [
        ("POST", b"", 400),
        ("POST", b"<event/>", 400),
        ("POST", b"{\"a\":1}\n{\"a\":", 400),
        ("POST", b"\xff\xfe", 400),
        ("POST", big.as_bytes(), 413),
        ("POST", huge.as_bytes(), 413),
        ("GET", b"", 405),
    ];
    for (method, body, status) in bodies {
        check_failure(&server, method, "/events", body, status);
    }
    for (method, path, status) in [
        ("GET", "/data?start=shop", 400),
        ("GET", "/data?start=a:b:c:~zz", 400),
        ("GET", "/data?start=a:b:c:d&start=a:b:c:e", 400),
        ("POST", "/data", 405),
        ("DELETE", "/data/", 405),
        ("GET", "/data/nothing", 404),
        ("GET", "/data/pipelines/shop", 400),
        ("GET", "/data/pipelines/a:b:c:d", 404),
        ("PUT", "/data/cctray.xml", 405),
        ("GET", "/data/cctray.xml?names=long", 400),
        ("GET", "/database.css", 404),
        ("POST", "/", 405),
        ("POST", "/nothing", 405),
    ] {
        check_failure(&server, method, path, b"", status);
    }
}

#[track_caller]
fn check_failure(server: &Server, method: &str, path: &str, body: &[u8], status: u16) {
    let answer = server.ask(method, path, &[("accept", "text/html")], body);
    assert_eq!(answer.status, status, "{method} {path}");
    assert_eq!(answer.header("content-type"), "application/json", "{method} {path}");
    assert_eq!(answer.header("cache-control"), "no-store", "{method} {path}");
    assert!(!answer.json()["error"].as_str().unwrap().is_empty());
    let allowed = if path == "/events" { "POST" } else { "GET,HEAD" };
    assert_eq!(answer.header("allow"), if status == 405 { allowed } else { "" }, "{method} {path}");
}

#[test]
fn pages_hold_every_row_exactly_once() {
    let server = start(&[]);
    let names: Vec<_> = (0..2500).map(|number| format!("shop-{number}")).collect();
    for names in names.chunks(1000) {
        let events: Vec<_> =
            names.iter().map(|name| run_event(name, "r1", "SUCCEEDED", 0)).collect();
        assert_eq!(server.post(Value::Array(events).to_string()).json()["accepted"], names.len());
    }
    let (mut rows, mut sizes, mut path) = (BTreeSet::new(), Vec::new(), "/data".to_owned());
    loop {
        let answer = server.get(&path);
        let page = answer.json();
        let page = page.as_array().unwrap();
        sizes.push(page.len());
        for row in page {
            assert!(
                rows.insert(row["name"].as_str().unwrap().to_owned()),
                "{} came twice",
                row["name"]
            );
        }
        let Some(link) = answer
            .header("link")
            .strip_prefix('<')
            .and_then(|link| link.strip_suffix(">; rel=next"))
        else {
            break;
        };
        path = format!("/data{link}");
    }
    assert_eq!(rows, names.into_iter().collect());
    assert_eq!(sizes, [1000, 1000, 500]);
}

#[test]
fn other_sites_pages_are_kept_out() {
    let server = start(&[]);
    let body = run_event("shop", "r1", "STARTED", 0).to_string();
    for (method, path, headers, status) in [
        ("POST", "/events", vec![("origin", server.url.as_str())], 202),
        ("POST", "/events", vec![("sec-fetch-site", "same-origin")], 202),
        ("POST", "/events", vec![("origin", "https://wall.example")], 403),
        ("POST", "/events", vec![("origin", "null")], 403),
        ("POST", "/events", vec![("sec-fetch-site", "cross-site")], 403),
        ("GET", "/data", vec![("origin", "https://wall.example")], 200),
        ("GET", "/data", vec![("host", "localhost")], 200),
        ("GET", "/data", vec![("host", "wall.example")], 403),
        ("POST", "/events", vec![("host", "wall.example"), ("origin", "http://wall.example")], 403),
    ] {
        let answer = server.ask(method, path, &headers, body.as_bytes());
        assert_eq!(answer.status, status, "{method} {path} {headers:?}");
        assert_eq!(answer.header("access-control-allow-origin"), "");
        if status == 403 {
            assert!(!answer.json()["error"].as_str().unwrap().is_empty());
        }
    }
}

#[test]
fn the_network_may_come_by_any_name_when_asked_in() {
    let server = start(&["--bind", "0.0.0.0"]);
    assert!(server.url.starts_with("http://127.0.0.1:"), "{}", server.url);
    assert_eq!(server.ask("GET", "/data", &[("host", "wall.example")], b"").status, 200);
}

#[test]
fn answers_carry_the_headers_of_the_edge() {
    let server = start(&[]);
    for path in ["/", "/data", "/data/nothing", "/events"] {
        let answer = server.get(path);
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval';",
            "style-src 'self';",
            "connect-src 'self'",
            "frame-ancestors *",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(!answer.header("permissions-policy").is_empty());
        assert_eq!(answer.header("x-frame-options"), "");
    }
}

#[test]
fn a_taken_port_is_named() {
    let server = start(&[]);
    let port = server.url.rsplit(':').next().unwrap();
    let output = command(&["--port", port]).stderr(Stdio::piped()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(error.contains(&format!("port {port} of 127.0.0.1 is taken")), "{error}");
}

#[test]
fn a_data_file_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.db");
    std::fs::write(&file, "these are no events, they are a letter to my aunt".repeat(99)).unwrap();
    for path in [file, folder.path().join("missing/events.db")] {
        let path = path.to_str().unwrap();
        let output =
            command(&["--port", "0", "--data", path]).stderr(Stdio::piped()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && error.contains(path), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn ends_in_order_when_asked_to() {
    for signal in ["-INT", "-TERM"] {
        let mut server = start(&[]);
        // Somebody who never finishes a request keeps nobody from the end.
        let mut slow =
            std::net::TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
        slow.write_all(b"POST /events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n[")
            .unwrap();
        assert!(
            std::process::Command::new("kill")
                .args([signal, &server.process.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
        assert!(server.process.wait().unwrap().success(), "{signal}");
    }
}
