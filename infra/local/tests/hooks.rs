//! Hooks as GitHub and GitLab send them, through the whole local server.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod local;

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    path::Path,
    process::Stdio,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_smithy_types::base64;
use hmac::{Hmac, KeyInit, Mac};
use local::{Answer, Server, command, start, start_by};
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "correct horse battery staple";
/// A signing token of GitLab, and its key.
const TOKEN: &str = "whsec_c3dvcmRmaXNoIHN3b3JkZmlzaCBzd29yZGZpc2ggISE=";
const TOKENS_KEY: &[u8] = b"swordfish swordfish swordfish !!";

fn server() -> Server {
    let secrets = format!("{SECRET}\n{TOKEN}\n");
    start_by(command(&["--port", "0", "--hook-secret", "THE_SECRET"]).env("THE_SECRET", secrets))
}

fn signature(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    mac.finalize()
        .into_bytes()
        .iter()
        .fold("sha256=".to_owned(), |digits, byte| digits + &format!("{byte:02x}"))
}

/// Sends a hook as its CI does: GitHub writes its bodies in one line, GitLab, too; here also with all the white space of a file.
fn send(server: &Server, sender: &str, kind: &str, body: &[u8]) -> Answer {
    let signature = signature(body);
    let headers = match sender {
        "github" => [
            ("x-github-event", kind),
            ("x-hub-signature-256", signature.as_str()),
            ("user-agent", "GitHub-Hookshot/1a2b3c4"),
        ],
        _ => {
            [("x-gitlab-event", kind), ("x-gitlab-token", SECRET), ("user-agent", "GitLab/18.6.0")]
        }
    };
    server.ask("POST", &format!("/data/hooks/{sender}"), &headers, body)
}

/// All events of an adapter's fixtures, by their names, with the account and Region of the local server.
fn events(adapter: &str) -> Vec<(String, Value)> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../model/tests/fixtures").join(adapter);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut events: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| {
            let mut event: Value =
                serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            event["account"] = json!("local");
            event["region"] = json!("local");
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), event)
        })
        .collect();
    events.sort_by(|(one, _), (other, _)| one.cmp(other));
    events
}

/// All that the API tells: the rows, and each pipeline's page.
fn state(server: &Server) -> Vec<Value> {
    let rows = server.get("/data").json();
    let pages =
        rows.as_array().unwrap().iter().map(|row| {
            server.get(&format!("/data/pipelines/{}", row["id"].as_str().unwrap())).json()
        });
    let pages: Vec<_> = pages.collect();
    [vec![rows], pages].concat()
}

#[test]
fn hooks_make_the_pipelines_that_their_events_make_however_often_they_come() {
    for adapter in ["github", "gitlab"] {
        let (hooked, told) = (server(), start(&[]));
        for (name, event) in events(adapter) {
            let kind = event["detail-type"].as_str().unwrap();
            let is_followed =
                ["workflow_run", "workflow_job", "Pipeline Hook", "Job Hook"].contains(&kind);
            let expected =
                json!({ "accepted": u8::from(is_followed), "ignored": u8::from(!is_followed) });
            for body in [
                event["detail"].to_string(),
                serde_json::to_string_pretty(&event["detail"]).unwrap(),
            ] {
                let answer = send(&hooked, adapter, kind, body.as_bytes());
                assert_eq!((answer.status, answer.json()), (202, expected.clone()), "{name}");
            }
            assert_eq!(told.post(event.to_string()).status, 202);
        }
        let state = state(&hooked);
        assert!(state.len() > 1, "{adapter}");
        assert_eq!(state, self::state(&told), "{adapter}");
        for (_, event) in events(adapter).iter().rev() {
            send(
                &hooked,
                adapter,
                event["detail-type"].as_str().unwrap(),
                event["detail"].to_string().as_bytes(),
            );
        }
        assert_eq!(self::state(&hooked), state, "{adapter}");
    }
}

#[test]
fn a_hook_is_signed_with_a_token_of_gitlabs() {
    let (server, told) = (server(), start(&[]));
    for (name, event) in events("gitlab") {
        let body = event["detail"].to_string();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(TOKENS_KEY).unwrap();
        mac.update(format!("{name}.{now}.{body}").as_bytes());
        let signature = format!("v1,bm9uZQ== v1,{}", base64::encode(mac.finalize().into_bytes()));
        let headers = [
            ("x-gitlab-event", event["detail-type"].as_str().unwrap()),
            ("webhook-id", name.as_str()),
            ("webhook-timestamp", now.as_str()),
            ("webhook-signature", signature.as_str()),
        ];
        let post =
            |body: &str| server.ask("POST", "/data/hooks/gitlab", &headers, body.as_bytes()).status;
        assert_eq!(post(&body), 202, "{name}");
        assert_eq!(post(&body.replacen('{', "{ ", 1)), 401, "{name}");
        assert_eq!(told.post(event.to_string()).status, 202);
    }
    assert_eq!(state(&server), state(&told));
}

#[test]
fn nobody_gets_in_who_does_not_know_the_secret() {
    let server = server();
    let (_, event) = events("github").pop().unwrap();
    let body = event["detail"].to_string();
    let good = signature(body.as_bytes());
    let kind = ("x-github-event", "workflow_run");
    for (path, headers, body, status) in [
        ("/data/hooks/github", vec![kind], body.as_str(), 401),
        ("/data/hooks/github", vec![kind, ("x-hub-signature-256", "sha256=00")], &body, 401),
        (
            "/data/hooks/github",
            vec![kind, ("x-hub-signature-256", good.as_str())],
            body.get(..200).unwrap(),
            401,
        ),
        (
            "/data/hooks/gitlab",
            vec![("x-gitlab-event", "Job Hook"), ("x-gitlab-token", "swordfish")],
            &body,
            401,
        ),
        (
            "/data/hooks/github",
            vec![kind, ("x-hub-signature-256", good.as_str()), ("origin", "https://wall.example")],
            &body,
            403,
        ),
        (
            "/data/hooks/github",
            vec![kind, ("x-hub-signature-256", good.as_str()), ("host", "wall.example")],
            &body,
            403,
        ),
        ("/hooks/github", vec![kind, ("x-hub-signature-256", good.as_str())], &body, 405),
        ("/data/hooks/jenkins", vec![], &body, 404),
    ] {
        let answer = server.ask("POST", path, &headers, body.as_bytes());
        assert_eq!(answer.status, status, "{path} {headers:?}");
        assert!(!answer.json()["error"].as_str().unwrap().is_empty());
    }
    assert_eq!(server.ask("GET", "/data/hooks/github", &[], b"").status, 405);
    assert_eq!(server.get("/data").json(), json!([]));
}

#[test]
fn a_hook_that_is_broken_says_where_and_is_no_failure_of_its_sender() {
    let server = server();
    let rejected = |error: &str| {
        let problems = [json!({ "index": 0, "error": error })];
        json!({ "accepted": 0, "ignored": 0, "rejected": problems })
    };
    let answer =
        send(&server, "github", "workflow_run", br#"{"workflow_run":{"head_branch":"main"}}"#);
    assert_eq!((answer.status, answer.json()), (202, rejected("detail.repository: missing")));
    let answer = send(&server, "gitlab", "Job Hook", br#"{"object_kind":"build","project":{}}"#);
    assert_eq!(
        (answer.status, answer.json()),
        (202, rejected("detail.project.path_with_namespace: missing"))
    );
    let long = "x".repeat(6 * 1024 * 1024 + 1);
    let answer = send(&server, "github", "workflow_run", long.as_bytes());
    assert_eq!(
        (answer.status, answer.json()),
        (202, rejected("event: the hook is longer than 6 MiB"))
    );
    assert_eq!(send(&server, "github", "workflow_run", b"{").status, 400);
}

#[test]
fn a_hook_that_breaks_off_is_no_hook() {
    let server = server();
    let (_, event) = events("github").pop().unwrap();
    let body = event["detail"].to_string();
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    let (length, signature) = (body.len() + 1, signature(body.as_bytes()));
    write!(
        stream,
        "POST /data/hooks/github HTTP/1.0\r\nhost: localhost\r\nx-github-event: workflow_run\r\n"
    )
    .unwrap();
    write!(stream, "x-hub-signature-256: {signature}\r\ncontent-length: {length}\r\n\r\n{body}")
        .unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(!answer.contains(" 202 "), "{answer}");
    assert_eq!(server.get("/data").json(), json!([]));
}

#[test]
fn without_a_secret_there_are_no_hooks() {
    let server = start(&[]);
    assert_eq!(send(&server, "github", "ping", b"{}").status, 404);
    for secret in [None, Some("short")] {
        let mut command = command(&["--port", "0", "--hook-secret", "THE_SECRET"]);
        let output = secret
            .iter()
            .fold(&mut command, |command, secret| command.env("THE_SECRET", secret))
            .stderr(Stdio::piped())
            .output();
        let output = output.unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && error.contains("THE_SECRET") && !error.contains("short\n"),
            "{error}"
        );
    }
}
