//! `cargo xtask cost`: what a wall on AWS costs a month, by what its documents measure.
//!
//! The sizes are measured on the demo's pipelines, which have as many stages, runs and words as real ones; the prices are the list prices
//! of us-east-1 as of November 2026, in USD. The edge's free tier is counted; those of the functions, logs and alarms, which an
//! account's other users may have used up, are told apart; those that end after a year are left out.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::Stdio,
    thread,
};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::{
    build::{self, Profile},
    command::command,
    step::{Step, say},
    workspace::Workspace,
};

const MONTH_S: f64 = 30.0 * 24.0 * 3600.0;
const SEED: &str = "1";

/// How the wall is used.
#[derive(Args)]
pub struct Options {
    /// Pipelines on the wall
    #[arg(long, default_value_t = 200)]
    pipelines: u32,
    /// Screens and tabs that show it, day and night
    #[arg(long, default_value_t = 20)]
    viewers: u32,
    /// Seconds between a viewer's polls
    #[arg(long, default_value_t = 5)]
    poll: u32,
    /// Seconds that CloudFront answers from its copy
    #[arg(long, default_value_t = 4)]
    edge: u32,
    /// Runs of a pipeline a day
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// Places of CloudFront that viewers reach; each asks the API for itself
    #[arg(long, default_value_t = 1)]
    edges: u32,
}

/// What the documents of the wanted number of pipelines measure.
#[derive(Clone, Copy, Debug)]
struct Measured {
    /// Bytes of an index entry, mean.
    row: f64,
    /// Bytes of `GET /` on the wire, compressed.
    answer: f64,
    /// KB of a full item as DynamoDB rounds them up, mean.
    item_kb: f64,
    /// Events that change something, a run, mean.
    events: f64,
}

/// One line of the bill.
struct Line {
    what: &'static str,
    usd: f64,
    /// How much of it an account has for nothing, for ever, unless it uses that for something else.
    free: f64,
}

/// Measures, reckons and prints.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    ensure!(options.pipelines > 0 && options.poll > 0, "there has to be a pipeline, and time between polls");
    let server = build::server(workspace, Profile::Dev)?;
    let measured = Step { name: "measure the documents", usually: None, advice: "look at the reason below" }
        .run(|| measure(workspace, &server, options.pipelines))?;
    say(&format!(
        "  a row {:.0} bytes, all rows on the wire {:.0} KB, an item {:.1} KB, {:.1} events a run",
        measured.row,
        measured.answer / 1000.0,
        measured.item_kb,
        measured.events
    ));
    let bill = bill(options, measured);
    let mut out = std::io::stdout().lock();
    for Line { what, usd, .. } in &bill {
        writeln!(out, "{what:<52} {usd:>8.2}")?;
    }
    writeln!(out, "{:<52} {:>8.2} USD a month", "in all", bill.iter().map(|line| line.usd).sum::<f64>())?;
    let alone = bill.iter().map(|line| line.usd - line.free).sum::<f64>();
    writeln!(out, "{:<52} {alone:>8.2} USD a month", "where nothing else uses the free tiers")?;
    Ok(())
}

fn bill(options: &Options, measured: Measured) -> Vec<Line> {
    const MILLION: f64 = 1e6;
    let [pipelines, viewers, poll, edge, runs, edges] =
        [options.pipelines, options.viewers, options.poll, options.edge, options.runs, options.edges].map(f64::from);
    let polls = viewers * MONTH_S / poll;
    // An edge that keeps nothing asks for every poll.
    let asked = if options.edge == 0 { polls } else { polls.min(edges * MONTH_S / edge) };
    let scan_units = (pipelines * measured.row / 4096.0).ceil() / 2.0;
    let beats = MONTH_S / 300.0;
    let events = pipelines * runs * 30.0 * measured.events + beats;
    let entry_kb = (measured.row / 1024.0).ceil();
    let gigabytes = polls * measured.answer / 1e9;
    let line = |what, usd| Line { what, usd, free: 0.0 };
    // 256 MB; an event takes two calls of DynamoDB, reckoned at 50 ms. Half a KB of log an event, with Lambda's own lines.
    let (memory, log) = (events * 0.05 * 0.25, events * 512.0 / 1e9);
    let lambda = |calls: f64, memory: f64| calls * 0.2 / MILLION + memory * 0.000_016_666_7;
    let watch = |log: f64| log * 0.5 + 0.3 + 2.0 * 0.1;
    vec![
        line("CloudFront: requests over 10 million", (polls - 10.0 * MILLION).max(0.0) * 1.0 / MILLION),
        line("CloudFront: data over 1,000 GB", (gigabytes - 1000.0).max(0.0) * 0.085),
        line("CloudFront: the gate over 2 million", (polls - 2.0 * MILLION).max(0.0) * 0.1 / MILLION),
        line("API Gateway: what the edge doesn't have", asked * 3.5 / MILLION),
        line("DynamoDB: scans of the index", asked * scan_units * 0.125 / MILLION),
        line("DynamoDB: an event's read", events * (measured.item_kb / 4.0).ceil() * 0.125 / MILLION),
        line("DynamoDB: an event's write, item and index", events * (measured.item_kb + entry_kb) * 0.625 / MILLION),
        Line { what: "Lambda", usd: lambda(events, memory), free: lambda(events.min(MILLION), memory.min(400_000.0)) },
        line("EventBridge: heartbeats", beats * 1.0 / MILLION),
        Line { what: "CloudWatch: logs, the heartbeat's metric, two alarms", usd: watch(log), free: watch(log.min(5.0)) },
        line("Secrets Manager: the key between CloudFront and API", 0.4),
    ]
}

/// Plays the demo's past and reads what the server says of it.
fn measure(workspace: &Workspace, server: &Path, pipelines: u32) -> Result<Measured> {
    let mut server = command(server, &workspace.root)
        .args(["--bind", "127.0.0.1", "--port", "0", "--seed", SEED, "--demo", &pipelines.to_string()])
        .env("RUST_LOG", "backend=debug")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start the local server")?;
    let (stdout, stderr) = (server.stdout.take(), server.stderr.take());
    let log = thread::spawn(move || {
        let mut text = String::new();
        stderr.map(|mut stderr| stderr.read_to_string(&mut text)).transpose().map(|_| text)
    });
    let answers = read_rows(stdout);
    // It may just have ended by itself.
    _ = server.kill();
    server.wait()?;
    let log = log.join().ok().context("the server's log could not be read")??;
    let (rows, row_bytes, answer) = answers?;
    let (item_kb, events) = read_log(&log, rows).context("the server's log tells nothing of events and items")?;
    Ok(Measured { row: row_bytes / rows, answer, item_kb, events })
}

/// The number of rows, the bytes of their index entries, and the bytes of all answers on the wire.
fn read_rows(stdout: Option<impl std::io::Read>) -> Result<(f64, f64, f64)> {
    let mut url = String::new();
    BufReader::new(stdout.context("the server has no output")?).read_line(&mut url)?;
    let url = url.trim();
    let (mut rows, mut row_bytes, mut wire) = (0.0, 0.0, 0.0);
    let mut path = "data".to_owned();
    loop {
        let mut page = ureq::get(format!("{url}{path}")).call()?;
        let next = page
            .headers()
            .get("link")
            .and_then(|link| link.to_str().ok()?.strip_prefix('<')?.strip_suffix(">; rel=next").map(str::to_owned));
        let body = page.body_mut().with_config().limit(64 * 1024 * 1024).read_to_string()?;
        let tiles: Vec<&serde_json::value::RawValue> = serde_json::from_str(&body)?;
        for tile in tiles {
            let id = serde_json::from_str::<serde_json::Value>(tile.get())?;
            let id = id.get("id").and_then(serde_json::Value::as_str).context("a row without an id")?.len();
            rows += 1.0;
            row_bytes += count("PipelineIdTile".len() + id + tile.get().len());
        }
        let compressed = ureq::get(format!("{url}{path}")).header("accept-encoding", "br").call()?;
        wire += count(compressed.into_body().with_config().limit(64 * 1024 * 1024).read_to_vec()?.len());
        match next {
            Some(query) => path = format!("data{query}"),
            None => return Ok((rows, row_bytes, wire)),
        }
    }
}

/// The mean size of full items in whole KB, and the mean number of events a run that changed something.
fn read_log(log: &str, rows: f64) -> Option<(f64, f64)> {
    let field = |line: &str, name: &str| {
        let value = line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))?;
        Some(value.trim_matches('"').to_owned())
    };
    let mut sizes: Vec<f64> = Vec::new();
    let mut runs = BTreeSet::new();
    let mut events = 0.0;
    for line in log.lines() {
        if let Some(bytes) = field(line, "bytes") {
            sizes.push((bytes.parse::<f64>().ok()? / 1024.0).ceil());
        } else if field(line, "applied").as_deref() == Some("Changed") && !line.contains(":heartbeat") {
            events += 1.0;
            runs.insert((field(line, "pipeline")?, field(line, "run")?));
        }
    }
    // The greatest ones: those are full, as all are after some days.
    sizes.sort_by(|one, other| other.total_cmp(one));
    let full: Vec<f64> = sizes.into_iter().zip(1..).take_while(|(_, place)| f64::from(*place) <= rows).map(|(size, _)| size).collect();
    let mean = full.iter().sum::<f64>() / count(full.len());
    (!full.is_empty() && !runs.is_empty()).then(|| (mean, events / count(runs.len())))
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURED: Measured = Measured { row: 1024.0, answer: 10_000.0, item_kb: 4.0, events: 10.0 };

    fn options() -> Options {
        Options { pipelines: 200, viewers: 20, poll: 5, edge: 4, runs: 5, edges: 1 }
    }

    #[track_caller]
    fn check(options: &Options, what: &str, usd: f64) {
        let bill = bill(options, MEASURED);
        let found = bill.iter().find(|line| line.what.starts_with(what)).map(|line| line.usd).unwrap();
        assert!((found - usd).abs() < 0.005, "{what}: {found}");
    }

    #[test]
    fn the_edge_asks_once_in_a_while_however_many_look() {
        check(&options(), "API Gateway", 648_000.0 * 3.5e-6);
        check(&Options { viewers: 2000, ..options() }, "API Gateway", 648_000.0 * 3.5e-6);
        check(&Options { edges: 2, ..options() }, "API Gateway", 2.0 * 648_000.0 * 3.5e-6);
        // Nobody asks for more than there are polls, and without an edge all are asked for.
        check(&Options { viewers: 1, ..options() }, "API Gateway", 518_400.0 * 3.5e-6);
        check(&Options { edge: 0, ..options() }, "API Gateway", 10_368_000.0 * 3.5e-6);
    }

    #[test]
    fn scans_are_paid_by_the_rows_bytes() {
        check(&options(), "DynamoDB: scans", 648_000.0 * 25.0 * 0.125e-6);
        check(&Options { pipelines: 1, ..options() }, "DynamoDB: scans", 648_000.0 * 0.5 * 0.125e-6);
    }

    #[test]
    fn writes_are_paid_by_whole_kilobytes_of_item_and_index() {
        check(&options(), "DynamoDB: an event's write", (300_000.0 + 8640.0) * 5.0 * 0.625e-6);
    }

    #[test]
    fn free_tiers_end_somewhere() {
        let free = |pipelines: u32| {
            let bill = bill(&Options { pipelines, ..options() }, MEASURED);
            let line = bill.into_iter().find(|line| line.what == "Lambda").unwrap();
            (line.usd - line.free, line.usd)
        };
        assert!(free(200).0.abs() < f64::EPSILON);
        let (paid, usd) = free(2000);
        assert!(paid > 0.3 && paid < usd, "{paid} of {usd}");
    }

    #[test]
    fn logs_are_read() {
        let log = "\
2026-11-24T05:54:15Z DEBUG put bytes=1025
2026-11-24T05:54:15Z DEBUG put bytes=3000
2026-11-24T05:54:15Z  INFO joined pipeline=codepipeline:r:a:shop run=\"1\" applied=Changed
2026-11-24T05:54:15Z  INFO joined pipeline=codepipeline:r:a:shop run=\"1\" applied=Stale
2026-11-24T05:54:15Z  INFO joined pipeline=codepipeline:r:a:shop run=\"1\" applied=Changed
2026-11-24T05:54:15Z  INFO joined pipeline=codepipeline:r:a:shop run=\"2\" applied=Changed
2026-11-24T05:54:15Z  INFO joined pipeline=pipelines-dashboard:r:a:heartbeat run=\"heartbeat\" applied=Changed
";
        assert_eq!(read_log(log, 1.0), Some((3.0, 1.5)));
        assert_eq!(read_log(log, 2.0), Some((2.5, 1.5)));
        assert_eq!(read_log("", 1.0), None);
    }
}
