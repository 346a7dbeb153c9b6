//! `cargo xtask replay`: posts recorded events to a running backend and tells what became of each.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    site::{files, has_extension},
    step::took,
};

/// What to post, in which order, and where to.
#[derive(Args)]
pub struct Options {
    /// A file with events, or a folder of such files
    #[arg(value_name = "FILE|DIR")]
    path: PathBuf,
    /// Post in an order that follows from SEED; without it, in the order of the files
    #[arg(long, value_name = "SEED")]
    shuffle: Option<u64>,
    /// Where to post to
    #[arg(long, default_value = "http://127.0.0.1:8080/events")]
    url: String,
}

/// One event as it stands in its file, byte by byte: what is broken in it has to reach the backend.
#[derive(Debug, PartialEq)]
struct Recorded {
    /// `folder/file.json`, `file.ndjson line 3` or `file.json event 2`
    name: String,
    body: String,
}

/// What the backend answers; see `POST /events` of the local server.
#[derive(Deserialize)]
struct Answer {
    accepted: u64,
    ignored: u64,
    #[serde(default)]
    rejected: Vec<Rejected>,
}

#[derive(Deserialize)]
struct Rejected {
    error: String,
}

#[derive(Debug, PartialEq)]
enum Fate {
    Accepted,
    Ignored,
    Rejected(String),
}

/// Posts every event and prints one line for each that was not accepted, then the sums.
pub fn run(options: &Options) -> Result<()> {
    let mut events = read_all(&options.path)?;
    ensure!(
        !events.is_empty(),
        "{} holds no events: it needs .json, .ndjson or .jsonl files",
        options.path.display()
    );
    if let Some(seed) = options.shuffle {
        fastrand::Rng::with_seed(seed).shuffle(&mut events);
    }

    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into();
    let start = Instant::now();
    let mut out = std::io::stdout().lock();
    let (mut accepted, mut ignored, mut rejected) = (0, 0, 0);
    for event in &events {
        match post(&agent, &options.url, &event.body)? {
            Fate::Accepted => accepted += 1,
            Fate::Ignored => {
                ignored += 1;
                writeln!(out, "ignored   {}", event.name)?;
            }
            Fate::Rejected(error) => {
                rejected += 1;
                writeln!(out, "rejected  {}: {error}", event.name)?;
            }
        }
    }
    writeln!(
        out,
        "{accepted} accepted, {ignored} ignored, {rejected} rejected in {}",
        took(start.elapsed())
    )?;
    Ok(())
}

fn post(agent: &ureq::Agent, url: &str, body: &str) -> Result<Fate> {
    let advice =
        || format!("cannot post to {url}: is the backend running? `cargo xtask dev` starts one");
    let mut response =
        agent.post(url).content_type("application/json").send(body).with_context(advice)?;
    let text = response
        .body_mut()
        .read_to_string()
        .with_context(|| format!("cannot read the answer of {url}"))?;
    fate(response.status().as_u16(), &text)
        .with_context(|| format!("{url} doesn't answer as the backend does"))
}

/// Reads one event's fate out of the answer to it.
fn fate(status: u16, text: &str) -> Result<Fate> {
    if status == 202 {
        let answer: Answer =
            serde_json::from_str(text).context("the answer is not what POST /events gives")?;
        return match (answer.accepted, answer.ignored, answer.rejected.into_iter().next()) {
            (_, _, Some(rejected)) => Ok(Fate::Rejected(rejected.error)),
            (0, 1.., None) => Ok(Fate::Ignored),
            (1.., _, None) => Ok(Fate::Accepted),
            (0, 0, None) => bail!("one event was posted, the answer counts none"),
        };
    }
    // Broken JSON and too long a body are refused whole.
    if matches!(status, 400 | 413 | 422) {
        let error = serde_json::from_str::<Rejected>(text).map(|rejected| rejected.error);
        return Ok(Fate::Rejected(error.unwrap_or_else(|_| format!("status {status}"))));
    }
    bail!("status {status}")
}

fn read_all(path: &Path) -> Result<Vec<Recorded>> {
    if !path.is_dir() {
        let name =
            path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        return read(path, &name);
    }
    let mut events = Vec::new();
    for file in files(path)?.iter().filter(|file| has_extension(file, &["json", "ndjson", "jsonl"]))
    {
        let name = file.strip_prefix(path).unwrap_or(file).to_string_lossy().into_owned();
        events.extend(read(file, &name)?);
    }
    Ok(events)
}

fn read(path: &Path, name: &str) -> Result<Vec<Recorded>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(split(name, &String::from_utf8_lossy(&bytes)))
}

/// The events of a file: one, an array of them, or one a line.
fn split(name: &str, text: &str) -> Vec<Recorded> {
    let text = text.trim();
    if let Ok(events) = serde_json::from_str::<Vec<Box<RawValue>>>(text) {
        let recorded = |(index, event): (usize, Box<RawValue>)| Recorded {
            name: format!("{name} event {}", index + 1),
            body: String::from(event.get()),
        };
        return events.into_iter().enumerate().map(recorded).collect();
    }
    let lines: Vec<_> =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
    let is_one_event_a_line = lines.len() > 1
        && lines.iter().take(2).all(|(_, line)| line.trim_start().starts_with('{'))
        && serde_json::from_str::<&RawValue>(text).is_err();
    if !is_one_event_a_line {
        return vec![Recorded { name: name.to_owned(), body: text.to_owned() }];
    }
    lines
        .into_iter()
        .map(|(index, line)| Recorded {
            name: format!("{name} line {}", index + 1),
            body: line.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_split(text: &str, expect: &[(&str, &str)]) {
        let events = split("f", text);
        let events: Vec<_> =
            events.iter().map(|event| (event.name.as_str(), event.body.as_str())).collect();
        assert_eq!(events, expect);
    }

    #[test]
    fn files_hold_one_event_an_array_or_lines() {
        check_split("{\"a\": 1e308}\n", &[("f", "{\"a\": 1e308}")]);
        check_split("{\n  \"a\": 1\n}", &[("f", "{\n  \"a\": 1\n}")]);
        check_split(
            "[{\"a\":1}, {\"a\": 1, \"a\": 2}]",
            &[("f event 1", "{\"a\":1}"), ("f event 2", "{\"a\": 1, \"a\": 2}")],
        );
        check_split(
            "{\"a\":1}\n\n{\"a\":2}\n",
            &[("f line 1", "{\"a\":1}"), ("f line 3", "{\"a\":2}")],
        );
        check_split(
            "{\"a\":1}\n{\"a\":2}\n\n{broken\n",
            &[("f line 1", "{\"a\":1}"), ("f line 2", "{\"a\":2}"), ("f line 4", "{broken")],
        );
        check_split("{\n\"a\": {broken\n}", &[("f", "{\n\"a\": {broken\n}")]);
        check_split("{broken", &[("f", "{broken")]);
        check_split("[]", &[]);
    }

    #[track_caller]
    fn check_fate(status: u16, text: &str, expect: Option<&Fate>) {
        assert_eq!(fate(status, text).ok().as_ref(), expect);
    }

    #[test]
    fn answers_are_read() {
        check_fate(202, r#"{"accepted":1,"ignored":0,"rejected":[]}"#, Some(&Fate::Accepted));
        check_fate(202, r#"{"accepted":0,"ignored":1,"rejected":[]}"#, Some(&Fate::Ignored));
        let rejected = r#"{"accepted":0,"ignored":0,"rejected":[{"index":0,"error":"detail.execution-id: missing"}]}"#;
        check_fate(202, rejected, Some(&Fate::Rejected("detail.execution-id: missing".to_owned())));
        check_fate(400, r#"{"error":"not JSON"}"#, Some(&Fate::Rejected("not JSON".to_owned())));
        check_fate(413, "", Some(&Fate::Rejected("status 413".to_owned())));
        check_fate(202, r#"{"accepted":0,"ignored":0,"rejected":[]}"#, None);
        check_fate(202, "<html>", None);
        check_fate(200, "<html>", None);
        check_fate(404, "", None);
        check_fate(503, r#"{"error":"store"}"#, None);
    }
}
