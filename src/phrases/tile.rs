//! What a tile says, of the pipeline and the time.
//!
//! Ages are rough and change by the minute once they are older than one: seconds that change on every tile distract.
//! A duration always says what it is the duration of.

use model::{
    Status, Timestamp,
    tile::{Phase, Tile, TileRun, TileStage},
};

use super::time::{ago, exact, exact_padded, long, rough};
use crate::status::TileStatus;

/// The texts of a tile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TilePhrases {
    /// What happens, the important parts marked.
    pub sentence: Vec<Part>,
    /// The second line: what happens in detail.
    pub detail: Option<String>,
    /// "failing for 2 h 10 min".
    pub failing: Option<String>,
    /// "last run took 4 min 10 s, ended 12 min ago".
    pub last_run: Option<String>,
    /// The time since the last run ended, for a chip: "22 min".
    pub age: String,
}

/// A piece of the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Connecting words.
    Plain(String),
    /// The name of a stage or an action.
    Name(String),
}

impl Part {
    fn plain(text: impl Into<String>) -> Self {
        Self::Plain(text.into())
    }
}

/// Describes `tile` at the moment `now`.
pub fn tile_phrases(tile: &Tile, now: Timestamp) -> TilePhrases {
    let status = TileStatus::from(tile.status);
    let run = tile.run.as_ref();
    let last_event = run.map(|run| now.seconds_since(run.ended.unwrap_or(run.updated)));
    let mut phrases = match status {
        TileStatus::Failed => TilePhrases {
            sentence: failure(tile),
            failing: tile.failing_since.map(|since| failing_for(since, now, long)),
            last_run: run.and_then(|run| last_run(tile, run, now)),
            ..TilePhrases::default()
        },
        TileStatus::Waiting => TilePhrases {
            sentence: approval(
                tile.stage.as_deref(),
                current(tile).and_then(|stage| stage.since),
                now,
            ),
            detail: run.and_then(|run| queue(run.behind)),
            ..TilePhrases::default()
        },
        TileStatus::Running => running(tile, now),
        TileStatus::Passed | TileStatus::Stopped | TileStatus::Unknown => ended(tile, status, now),
    };
    if status != TileStatus::Running {
        phrases.age = last_event.map(rough).unwrap_or_default();
    }
    if let Some(off) = &tile.off {
        let is_open = matches!(status, TileStatus::Running | TileStatus::Waiting);
        let line = if is_open { &mut phrases.detail } else { &mut phrases.last_run };
        let note = format!("{off} is switched off");
        *line = Some(line.take().map_or(note.clone(), |before| format!("{before} · {note}")));
    }
    if let Some(gone) = tile.gone {
        phrases.sentence = vec![Part::Plain(format!("deleted {}", ago(now.seconds_since(gone))))];
    }
    phrases
}

/// Joins the parts of a sentence.
pub fn plain(sentence: &[Part]) -> String {
    sentence.iter().map(|(Part::Plain(piece) | Part::Name(piece))| piece.as_str()).collect()
}

/// "failing for 2 h 10 min".
pub fn failing_for(since: Timestamp, now: Timestamp, span: fn(u64) -> String) -> String {
    format!("failing for {}", span(now.seconds_since(since)))
}

/// "waits for approval in Prod for 38 min".
pub fn approval(stage: Option<&str>, since: Option<Timestamp>, now: Timestamp) -> Vec<Part> {
    let mut sentence = vec![Part::plain("waits for approval")];
    if let Some(stage) = stage {
        sentence.extend([Part::plain(" in "), Part::Name(stage.to_owned())]);
    }
    if let Some(since) = since {
        sentence.push(Part::Plain(format!(" for {}", long(now.seconds_since(since)))));
    }
    sentence
}

/// Returns the seconds since the last event of a run whose end was probably lost: more than an hour and ten typical runs.
pub fn silence(run: &TileRun, now: Timestamp) -> Option<u64> {
    let silent = now.seconds_since(run.updated);
    let limit = run.typical_s.map_or(0, |typical| typical.saturating_mul(10)).max(3600);
    (silent > limit).then_some(silent)
}

/// The progress of a running stage in percent, at most 95 before its end.
pub fn progress(stage: &TileStage, now: Timestamp) -> Option<u64> {
    if stage.status != Some(Status::Started) {
        return None;
    }
    let elapsed = now.seconds_since(stage.since?);
    Some(elapsed.saturating_mul(100).checked_div(stage.typical_s?)?.min(95))
}

/// How a run failed. `error` is the CI's own word for it.
pub fn failed(error: Option<&str>) -> &'static str {
    if error == Some("UNSTABLE") { "unstable" } else { "failed" }
}

/// How a run failed of which no stage is known.
pub fn failed_as_a_whole(error: Option<&str>) -> &'static str {
    if error == Some("UNSTABLE") { "unstable: tests failed" } else { "failed" }
}

fn failure(tile: &Tile) -> Vec<Part> {
    let error = tile.run.as_ref().and_then(|run| run.error.as_deref());
    let Some(stage) = &tile.stage else { return vec![Part::plain(failed_as_a_whole(error))] };
    let mut sentence = vec![Part::plain("stage "), Part::Name(stage.clone())];
    if let Some(action) = current(tile).and_then(|stage| stage.action.as_ref()) {
        sentence.extend([Part::plain(", action "), Part::Name(action.clone())]);
    }
    sentence.push(Part::Plain(format!(" {}", failed(error))));
    sentence
}

/// The runs that queue behind a waiting one.
fn queue(behind: u32) -> Option<String> {
    match behind {
        0 => None,
        1 => Some("1 newer run queues behind it".to_owned()),
        _ => Some(format!("{behind} newer runs queue behind it")),
    }
}

fn running(tile: &Tile, now: Timestamp) -> TilePhrases {
    let Some(run) = &tile.run else {
        return TilePhrases { sentence: vec![Part::plain("running")], ..TilePhrases::default() };
    };
    let elapsed = now.seconds_since(run.started);
    let sentence = match (silence(run, now), run.phase, run.typical_s) {
        (Some(silent), ..) => format!("no events for {}", long(silent)),
        (_, Some(Phase::Queued), _) => format!("queued for {}", long(elapsed)),
        (_, Some(Phase::Stopping), _) => "stopping".to_owned(),
        (.., Some(typical)) => time_left(elapsed, typical),
        (.., None) => format!("running for {}", exact(elapsed)),
    };
    TilePhrases {
        sentence: vec![Part::Plain(sentence)],
        detail: running_detail(tile, run, elapsed),
        age: rough(elapsed),
        ..TilePhrases::default()
    }
}

/// "now in Test, 4 min 12 s so far", without what the sentence says already.
fn running_detail(tile: &Tile, run: &TileRun, elapsed: u64) -> Option<String> {
    if run.phase == Some(Phase::Queued) {
        return None;
    }
    let stage = tile.stage.as_ref().map(|stage| format!("now in {stage}"));
    let so_far = run.typical_s.is_some().then(|| format!("{} so far", exact_padded(elapsed)));
    let parts: Vec<_> = stage.into_iter().chain(so_far).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The remaining time of a run, from its typical duration.
fn time_left(elapsed: u64, typical: u64) -> String {
    match typical.checked_sub(elapsed) {
        Some(left) if left < 60 => "less than a minute left".to_owned(),
        Some(left) => format!("about {} left", long(left.div_ceil(60) * 60)),
        None if elapsed - typical < 60 => format!("just over the usual {}", rounded(typical)),
        None => format!("{} over the usual {}", long(elapsed - typical), rounded(typical)),
    }
}

/// A typical duration, rounded to minutes.
fn rounded(seconds: u64) -> String {
    if seconds < 60 { rough(seconds) } else { long((seconds + 30) / 60 * 60) }
}

fn ended(tile: &Tile, status: TileStatus, now: Timestamp) -> TilePhrases {
    let run = tile.run.as_ref();
    let verb = match status {
        TileStatus::Unknown if run.is_none() => "has not run yet",
        TileStatus::Unknown => "in an unknown state, last event",
        _ => status.name(),
    };
    let sentence = match run {
        Some(run) => format!("{verb} {}", ago(now.seconds_since(run.ended.unwrap_or(run.updated)))),
        None => verb.to_owned(),
    };
    let verb = if status == TileStatus::Passed { "took" } else { "ran" };
    let took =
        run.and_then(|run| duration(tile, run)).map(|seconds| format!("{verb} {}", rough(seconds)));
    TilePhrases {
        sentence: vec![Part::Plain(sentence)],
        // A stopped run does not end a failure.
        last_run: tile.failing_since.map(|since| failing_for(since, now, rough)).or(took),
        ..TilePhrases::default()
    }
}

fn last_run(tile: &Tile, run: &TileRun, now: Timestamp) -> Option<String> {
    let ended = ago(now.seconds_since(run.ended?));
    Some(match duration(tile, run) {
        Some(seconds) => format!("last run took {}, ended {ended}", exact(seconds)),
        None => format!("last run ended {ended}"),
    })
}

/// The bar of the history counts as the CI does, where that is not from start to end.
fn duration(tile: &Tile, run: &TileRun) -> Option<u64> {
    let ended = run.ended?;
    let bar = tile.history.last().and_then(|bar| bar.seconds);
    bar.or(Some(ended.seconds_since(run.started)))
}

/// The stage that the tile's status is about.
fn current(tile: &Tile) -> Option<&TileStage> {
    let is_current = |stage: &&TileStage| {
        tile.stage.as_ref() == Some(&stage.name) && stage.status == Some(tile.status)
    };
    tile.stages.iter().find(is_current)
}

#[cfg(test)]
#[path = "tile_tests.rs"]
mod tests;
