//! All that a tile says, as plain functions of the tile and the time.
//!
//! Ages are rough, and tick by minutes once older than one: seconds that change on every tile are noise. What lasts is
//! always said with what it is the length of.

use model::{
    Status, Timestamp,
    tile::{Phase, Tile, TileRun, TileStage},
};

use crate::{number::digits, state::State};

/// What a tile says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// What goes on, the parts that matter marked.
    pub sentence: Vec<Part>,
    /// What goes on more exactly, for a run under way.
    pub detail: Option<String>,
    /// "failing for 2 h 10 min".
    pub failing: Option<String>,
    /// "last run took 4 min 10 s, ended 12 min ago".
    pub last_run: Option<String>,
    /// How old the last end is, for a chip: "22 min".
    pub age: String,
}

/// A piece of the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Connecting words.
    Plain(String),
    /// A name: of a stage, of an action.
    Name(String),
}

/// Says what `tile` is at, at the moment `now`.
pub fn words(tile: &Tile, now: Timestamp) -> Words {
    let state = State::from(tile.status);
    let run = tile.run.as_ref();
    let failing = |span: fn(u64) -> String| {
        tile.failing_since.map(|since| join("failing for ", &span(now.seconds_since(since))))
    };
    let mut words = Words {
        age: run
            .map(|run| rough(now.seconds_since(run.ended.unwrap_or(run.updated))))
            .unwrap_or_default(),
        ..Words::default()
    };
    match state {
        State::Failed => {
            words.sentence = failure(tile);
            words.failing = failing(long);
            words.last_run = run.and_then(|run| last_run(tile, run, now));
        }
        State::Waiting => {
            words.sentence = waiting(tile, now);
            words.detail = run.and_then(queue);
        }
        State::Running => running(tile, now, &mut words),
        State::Passed | State::Stopped | State::Unknown => {
            let verb = quiet_verb(state);
            words.sentence = vec![Part::Plain(match run {
                Some(run) => {
                    join2(verb, " ", &ago(now.seconds_since(run.ended.unwrap_or(run.updated))))
                }
                None if state == State::Unknown => "has not run yet".to_owned(),
                None => verb.to_owned(),
            })];
            let took = run.and_then(|run| took(tile, run)).map(|seconds| {
                join(if state == State::Passed { "took " } else { "ran " }, &rough(seconds))
            });
            // What was stopped mends nothing.
            words.last_run = failing(rough).or(took);
        }
    }
    if let Some(off) = &tile.off {
        let place = if matches!(state, State::Running | State::Waiting) {
            &mut words.detail
        } else {
            &mut words.last_run
        };
        let note = join(off, " is switched off");
        *place = Some(match place.take() {
            Some(before) => join2(&before, " · ", &note),
            None => note,
        });
    }
    if let Some(gone) = tile.gone {
        words.sentence = vec![Part::Plain(join("gone for ", &long(now.seconds_since(gone))))];
    }
    words
}

/// The words of the sentence in a row.
pub fn plain(sentence: &[Part]) -> String {
    sentence.iter().map(|(Part::Plain(piece) | Part::Name(piece))| piece.as_str()).collect()
}

/// A span to the second below an hour: "42 s", "4 min 10 s", "2 h 10 min", "3 d 4 h".
pub fn exact(seconds: u64) -> String {
    match seconds {
        0..60 => unit(seconds, " s"),
        60..3600 => two(seconds / 60, " min ", seconds % 60, " s"),
        _ => long(seconds),
    }
}

/// A span in its two largest units, from minutes up: "42 s", "26 min", "2 h 10 min", "3 d 4 h".
pub fn long(seconds: u64) -> String {
    match seconds {
        3600..86_400 if seconds % 3600 >= 60 => {
            two(seconds / 3600, " h ", seconds % 3600 / 60, " min")
        }
        86_400.. if seconds % 86_400 >= 3600 => {
            two(seconds / 86_400, " d ", seconds % 86_400 / 3600, " h")
        }
        _ => rough(seconds),
    }
}

/// A span in its largest unit: "42 s", "26 min", "2 h", "3 d".
pub fn rough(seconds: u64) -> String {
    match seconds {
        0..60 => unit(seconds, " s"),
        60..3600 => unit(seconds / 60, " min"),
        3600..86_400 => unit(seconds / 3600, " h"),
        _ => unit(seconds / 86_400, " d"),
    }
}

/// When something was: "just now" in the first minute, then "26 min ago".
pub fn ago(seconds: u64) -> String {
    if seconds < 60 { "just now".to_owned() } else { join2(&rough(seconds), " ", "ago") }
}

/// The run's news are so old that its end was probably never heard of: older than an hour and than ten usual runs.
pub fn silence(run: &TileRun, now: Timestamp) -> Option<u64> {
    let silent = now.seconds_since(run.updated);
    (silent > run.typical_s.map_or(0, |usual| usual.saturating_mul(10)).max(3600)).then_some(silent)
}

/// How far a stage that runs is, in per cent; never above 95 before its end.
pub fn progress(stage: &TileStage, now: Timestamp) -> Option<u64> {
    let usual = stage.typical_s.filter(|usual| *usual > 0)?;
    (stage.status == Some(Status::Started)).then(|| {
        (now.seconds_since(stage.since?))
            .saturating_mul(100)
            .checked_div(usual)
            .map(|done| done.min(95))
    })?
}

fn failure(tile: &Tile) -> Vec<Part> {
    let Some(stage) = &tile.stage else {
        let error = tile.run.as_ref().and_then(|run| run.error.as_deref());
        let words = if error == Some("UNSTABLE") { "unstable: tests failed" } else { "failed" };
        return vec![Part::Plain(words.to_owned())];
    };
    let mut sentence = vec![Part::Plain("stage ".to_owned()), Part::Name(stage.clone())];
    if let Some(action) = current(tile).and_then(|stage| stage.action.as_ref()) {
        sentence.push(Part::Plain(", action ".to_owned()));
        sentence.push(Part::Name(action.clone()));
    }
    sentence.push(Part::Plain(" failed".to_owned()));
    sentence
}

fn waiting(tile: &Tile, now: Timestamp) -> Vec<Part> {
    let mut sentence = vec![Part::Plain("waits for approval".to_owned())];
    if let Some(stage) = &tile.stage {
        sentence.push(Part::Plain(" in ".to_owned()));
        sentence.push(Part::Name(stage.clone()));
    }
    if let Some(since) = current(tile).and_then(|stage| stage.since) {
        sentence.push(Part::Plain(join(" for ", &long(now.seconds_since(since)))));
    }
    sentence
}

/// "2 newer runs queue behind it".
fn queue(run: &TileRun) -> Option<String> {
    match run.behind {
        0 => None,
        1 => Some("1 newer run queues behind it".to_owned()),
        behind => Some(join(&digits(behind), " newer runs queue behind it")),
    }
}

fn running(tile: &Tile, now: Timestamp, words: &mut Words) {
    let Some(run) = &tile.run else {
        words.sentence = vec![Part::Plain("running".to_owned())];
        return;
    };
    let so_far = now.seconds_since(run.started);
    let sentence = if let Some(silent) = silence(run, now) {
        join("no news for ", &long(silent))
    } else {
        match run.phase {
            Some(Phase::Queued) => join("queued for ", &long(so_far)),
            Some(Phase::Stopping) => "stopping".to_owned(),
            Some(Phase::Other) | None => match run.typical_s {
                Some(usual) => time_left(so_far, usual),
                None => join("running for ", &exact(so_far)),
            },
        }
    };
    words.sentence = vec![Part::Plain(sentence)];
    words.age = rough(so_far);
    words.detail = detail(tile, run, so_far);
}

/// "now in Test, 4 min 12 s so far", leaving out what the sentence says already.
fn detail(tile: &Tile, run: &TileRun, so_far: u64) -> Option<String> {
    if run.phase == Some(Phase::Queued) {
        return None;
    }
    let length = run.typical_s.is_some().then(|| join2(&exact_padded(so_far), " ", "so far"));
    match (&tile.stage, length) {
        (Some(stage), Some(length)) => Some(join2(&join("now in ", stage), ", ", &length)),
        (Some(stage), None) => Some(join("now in ", stage)),
        (None, length) => length,
    }
}

/// What is left of a run by what it usually takes.
fn time_left(so_far: u64, usual: u64) -> String {
    match usual.checked_sub(so_far) {
        Some(left) if left < 60 => "less than a minute left".to_owned(),
        Some(left) => join2("about ", &long(left.div_ceil(60) * 60), " left"),
        None if so_far - usual < 60 => join("just over the usual ", &usually(usual)),
        None => join2(&long(so_far - usual), " over the usual ", &usually(usual)),
    }
}

/// A usual duration, rounded to what people say of it.
fn usually(seconds: u64) -> String {
    if seconds < 60 { rough(seconds) } else { long((seconds + 30) / 60 * 60) }
}

fn last_run(tile: &Tile, run: &TileRun, now: Timestamp) -> Option<String> {
    let ended = join("ended ", &ago(now.seconds_since(run.ended?)));
    Some(match took(tile, run) {
        Some(seconds) => join2(&join("last run took ", &exact(seconds)), ", ", &ended),
        None => join("last run ", &ended),
    })
}

/// The bar of the history counts as the CI does, where that is not from start to end.
fn took(tile: &Tile, run: &TileRun) -> Option<u64> {
    let ended = run.ended?;
    let bar = tile.history.last().and_then(|bar| bar.seconds);
    bar.or(Some(ended.seconds_since(run.started)))
}

/// The stage that the tile's status is about.
fn current(tile: &Tile) -> Option<&TileStage> {
    tile.stages
        .iter()
        .find(|stage| tile.stage.as_ref() == Some(&stage.name) && stage.status == Some(tile.status))
}

const fn quiet_verb(state: State) -> &'static str {
    match state {
        State::Unknown => "in an unknown state, last news",
        State::Failed | State::Waiting | State::Running | State::Stopped | State::Passed => {
            state.name()
        }
    }
}

/// As [`exact`], with two digits for the seconds, so that a text that ticks doesn't change its width.
fn exact_padded(seconds: u64) -> String {
    match seconds {
        60..3600 => {
            let mut text = unit(seconds / 60, " min ");
            if seconds % 60 < 10 {
                text.push('0');
            }
            text.push_str(&unit(seconds % 60, " s"));
            text
        }
        _ => exact(seconds),
    }
}

fn unit(number: u64, unit: &str) -> String {
    let mut text = digits(number);
    text.push_str(unit);
    text
}

fn two(number: u64, first: &str, rest: u64, second: &str) -> String {
    if rest == 0 {
        unit(number, first.trim_end())
    } else {
        join(&unit(number, first), &unit(rest, second))
    }
}

fn join(left: &str, right: &str) -> String {
    join2(left, "", right)
}

fn join2(left: &str, middle: &str, right: &str) -> String {
    [left, middle, right].concat()
}

#[cfg(test)]
#[path = "words/tests.rs"]
mod tests;
