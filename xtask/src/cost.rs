//! `cargo xtask cost`: what a wall on AWS costs a month, by what its documents measure.
//!
//! The sizes are measured on the demo's pipelines, which have as many stages and words as real ones, once their documents are full: sixteen
//! runs and all that is remembered of older ones. The prices are the list prices of us-east-1 as of November 2026, in USD. The edge's free
//! tier is counted; those of the functions, logs and alarms, which an account's other users may have used up, are told apart, and so is the
//! whole without any. Those that end after a year are left out.

use std::{
    collections::{BTreeMap, BTreeSet},
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
/// Runs behind each pipeline: sixteen are kept and sixty-four remembered.
const PAST_RUNS: &str = "84";

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

/// What the documents of the wanted number of pipelines measure; means.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Measured {
    /// Bytes of an index entry.
    row: f64,
    /// KB of an index entry as DynamoDB rounds them up for a write.
    row_kb: f64,
    /// Bytes of `GET /` on the wire, compressed.
    answer: f64,
    items: Items,
}

/// What the server tells of events and items.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Items {
    /// KB of a full item as DynamoDB rounds them up for a write.
    written_kb: f64,
    /// Four KB of a full item as it rounds them up for a read.
    read_4kb: f64,
    /// Events that change something, a run.
    events: f64,
}

/// One line of the bill.
#[derive(Default)]
struct Line {
    what: &'static str,
    usd: f64,
    /// How much of it an account has for nothing, for ever, unless it uses that for something else.
    free: f64,
    /// What it would be beyond that without the edge's free tier.
    edge_free: f64,
}

/// Measures, reckons and prints.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    ensure!(
        options.pipelines > 0 && options.poll > 0,
        "there has to be a pipeline, and time between polls"
    );
    let server = build::server(workspace, Profile::Dev)?;
    let measured =
        Step { name: "measure the documents", usually: None, advice: "look at the reason below" }
            .run(|| measure(workspace, &server, options.pipelines))?;
    say(&format!(
        "  a row {:.0} bytes ({:.2} KB to write), all rows on the wire {:.0} KB, an item {:.1} KB, {:.1} events a run",
        measured.row,
        measured.row_kb,
        measured.answer / 1000.0,
        measured.items.written_kb,
        measured.items.events
    ));
    let bill = bill(options, measured);
    let mut out = std::io::stdout().lock();
    for Line { what, usd, .. } in &bill {
        writeln!(out, "{what:<52} {usd:>8.2}")?;
    }
    writeln!(
        out,
        "{:<52} {:>8.2} USD a month",
        "in all",
        bill.iter().map(|line| line.usd).sum::<f64>()
    )?;
    let alone = bill.iter().map(|line| line.usd - line.free).sum::<f64>();
    writeln!(out, "{:<52} {alone:>8.2} USD a month", "where nothing else uses the free tiers")?;
    let list = bill.iter().map(|line| line.usd + line.edge_free).sum::<f64>();
    writeln!(out, "{:<52} {list:>8.2} USD a month", "without any free tier, CloudFront's neither")?;
    Ok(())
}

fn bill(options: &Options, measured: Measured) -> Vec<Line> {
    const MILLION: f64 = 1e6;
    let [pipelines, viewers, poll, edge, runs, edges] = [
        options.pipelines,
        options.viewers,
        options.poll,
        options.edge,
        options.runs,
        options.edges,
    ]
    .map(f64::from);
    let polls = viewers * MONTH_S / poll;
    // An edge that keeps nothing asks for every poll.
    let asked = if options.edge == 0 { polls } else { polls.min(edges * MONTH_S / edge) };
    let scan_units = (pipelines * measured.row / 4096.0).ceil() / 2.0;
    let beats = MONTH_S / 300.0;
    let Measured { row_kb, answer, items, .. } = measured;
    let events = pipelines * runs * 30.0 * items.events + beats;
    let gigabytes = polls * answer / 1e9;
    let line = |what, usd| Line { what, usd, ..Line::default() };
    let edge = |what, amount: f64, free: f64, price: f64| {
        let usd = (amount - free).max(0.0) * price;
        Line { what, usd, edge_free: amount * price - usd, ..Line::default() }
    };
    // 256 MB; an event takes two calls of DynamoDB, reckoned at 50 ms. Half a KB of log an event, with Lambda's own lines; a fifth of
    // one a request, where the account has a role for these logs.
    let (memory, log) = (events * 0.05 * 0.25, (events * 512.0 + asked * 200.0) / 1e9);
    let lambda = |calls: f64, memory: f64| calls * 0.2 / MILLION + memory * 0.000_016_666_7;
    let watch = |log: f64| log * 0.5 + 0.3 + 2.0 * 0.1;
    vec![
        edge("CloudFront: requests over 10 million", polls, 10.0 * MILLION, 1.0 / MILLION),
        edge("CloudFront: data over 1,000 GB", gigabytes, 1000.0, 0.085),
        edge("CloudFront: the gate over 2 million", polls, 2.0 * MILLION, 0.1 / MILLION),
        line("API Gateway: what the edge doesn't have", asked * 3.5 / MILLION),
        line("DynamoDB: scans of the index", asked * scan_units * 0.125 / MILLION),
        line("DynamoDB: an event's read", events * items.read_4kb * 0.125 / MILLION),
        line(
            "DynamoDB: an event's write, item and index",
            events * (items.written_kb + row_kb) * 0.625 / MILLION,
        ),
        Line {
            free: lambda(events.min(MILLION), memory.min(400_000.0)),
            ..line("Lambda", lambda(events, memory))
        },
        line("EventBridge: heartbeats", beats * 1.0 / MILLION),
        Line {
            free: watch(log.min(5.0)),
            ..line("CloudWatch: logs, the heartbeat's metric, two alarms", watch(log))
        },
        line("Secrets Manager: the key between CloudFront and API", 0.4),
    ]
}

/// Plays the demo's past and reads what the server says of it.
fn measure(workspace: &Workspace, server: &Path, pipelines: u32) -> Result<Measured> {
    let mut server = command(server, &workspace.root)
        .args([
            "--bind",
            "127.0.0.1",
            "--port",
            "0",
            "--seed",
            SEED,
            "--demo",
            &pipelines.to_string(),
            "--past",
            PAST_RUNS,
        ])
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
    let (rows, answer) = answers?;
    let items = read_log(&log).context("the server's log tells nothing of events and items")?;
    let row = mean(rows.iter().copied()).context("there are no rows")?;
    let row_kb =
        mean(rows.iter().map(|bytes| bytes.div_ceil(1024))).context("there are no rows")?;
    Ok(Measured { row, row_kb, answer, items })
}

/// The bytes of each row's index entry, and those of all answers on the wire.
fn read_rows(stdout: Option<impl std::io::Read>) -> Result<(Vec<usize>, f64)> {
    let mut url = String::new();
    BufReader::new(stdout.context("the server has no output")?).read_line(&mut url)?;
    let url = url.trim();
    let (mut rows, mut wire) = (Vec::new(), 0.0);
    let mut path = "data".to_owned();
    loop {
        let mut page = ureq::get(format!("{url}{path}")).call()?;
        let next = page.headers().get("link").and_then(|link| {
            link.to_str().ok()?.strip_prefix('<')?.strip_suffix(">; rel=next").map(str::to_owned)
        });
        let body = page.body_mut().with_config().limit(64 * 1024 * 1024).read_to_string()?;
        let tiles: Vec<&serde_json::value::RawValue> = serde_json::from_str(&body)?;
        for tile in tiles {
            let id = serde_json::from_str::<serde_json::Value>(tile.get())?;
            let id = id
                .get("id")
                .and_then(serde_json::Value::as_str)
                .context("a row without an id")?
                .len();
            rows.push("PipelineIdTile".len() + id + tile.get().len());
        }
        let compressed =
            ureq::get(format!("{url}{path}")).header("accept-encoding", "br").call()?;
        wire += count(
            compressed.into_body().with_config().limit(64 * 1024 * 1024).read_to_vec()?.len(),
        );
        match next {
            Some(query) => path = format!("data{query}"),
            None => return Ok((rows, wire)),
        }
    }
}

/// The greatest item of each pipeline, which is a full one, and how many events of a run changed something.
fn read_log(log: &str) -> Option<Items> {
    let field = |line: &str, name: &str| {
        let value =
            line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))?;
        Some(value.trim_matches('"').to_owned())
    };
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    let mut runs = BTreeSet::new();
    let mut events = 0.0;
    for line in log.lines().filter(|line| !line.contains(":heartbeat")) {
        if let Some(bytes) = field(line, "bytes") {
            let size = sizes.entry(field(line, "pipeline")?).or_default();
            *size = bytes.parse::<usize>().ok()?.max(*size);
        } else if field(line, "applied").as_deref() == Some("Changed") {
            events += 1.0;
            runs.insert((field(line, "pipeline")?, field(line, "run")?));
        }
    }
    let rounded = |unit: usize| mean(sizes.values().map(|bytes| bytes.div_ceil(unit)));
    let items = Items {
        written_kb: rounded(1024)?,
        read_4kb: rounded(4096)?,
        events: events / count(runs.len()),
    };
    (!runs.is_empty()).then_some(items)
}

fn mean(values: impl ExactSizeIterator<Item = usize>) -> Option<f64> {
    let number = values.len();
    (number > 0).then(|| count(values.sum()) / count(number))
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURED: Measured = Measured {
        row: 1024.0,
        row_kb: 1.0,
        answer: 10_000.0,
        items: Items { written_kb: 4.0, read_4kb: 1.0, events: 10.0 },
    };

    fn options() -> Options {
        Options { pipelines: 200, viewers: 20, poll: 5, edge: 4, runs: 5, edges: 1 }
    }

    #[track_caller]
    fn check(options: &Options, what: &str, usd: f64) {
        let bill = bill(options, MEASURED);
        let found =
            bill.iter().find(|line| line.what.starts_with(what)).map(|line| line.usd).unwrap();
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
        check(
            &Options { pipelines: 1, ..options() },
            "DynamoDB: scans",
            648_000.0 * 0.5 * 0.125e-6,
        );
    }

    #[test]
    fn writes_are_paid_by_whole_kilobytes_of_item_and_index() {
        check(&options(), "DynamoDB: an event's write", (300_000.0 + 8640.0) * 5.0 * 0.625e-6);
    }

    #[test]
    fn the_edge_is_free_up_to_a_bound() {
        let bill = bill(&options(), MEASURED);
        let list: Vec<_> = bill
            .iter()
            .take(3)
            .map(|line| (line.usd + line.edge_free) * 100.0)
            .map(f64::round)
            .collect();
        assert_eq!(list, [1037.0, 881.0, 104.0]);
        check(&options(), "CloudFront: requests", 0.368);
        check(&options(), "CloudFront: data", 0.0);
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
2026-11-24T05:54:15Z DEBUG put pipeline=codepipeline:r:a:shop bytes=1025
2026-11-24T05:54:15Z DEBUG put pipeline=codepipeline:r:a:shop bytes=5000
2026-11-24T05:54:15Z DEBUG put pipeline=codepipeline:r:a:bank bytes=3000
2026-11-24T05:54:15Z DEBUG put pipeline=pipelines-dashboard:r:a:heartbeat bytes=300
2026-11-24T05:54:15Z  INFO joined pipeline=codepipeline:r:a:shop run=\"1\" applied=Changed
2026-11-24T05:54:15Z  INFO joined pipeline=codepipeline:r:a:shop run=\"1\" applied=Stale
2026-11-24T05:54:15Z  INFO joined pipeline=codepipeline:r:a:shop run=\"1\" applied=Changed
2026-11-24T05:54:15Z  INFO joined pipeline=codepipeline:r:a:shop run=\"2\" applied=Changed
2026-11-24T05:54:15Z  INFO joined pipeline=pipelines-dashboard:r:a:heartbeat run=\"heartbeat\" applied=Changed
";
        assert_eq!(read_log(log), Some(Items { written_kb: 4.0, read_4kb: 1.5, events: 1.5 }));
        assert_eq!(read_log(""), None);
    }
}
