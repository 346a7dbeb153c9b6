//! What is on the wall: one signal a pipeline, and their order.
//!
//! A row whose bytes did not change is not even parsed. The order changes only when some pipeline comes, goes or changes
//! its state, so that tiles stay where a person remembers them.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use model::{Tile, Timestamp};
use serde_json::value::RawValue;

use crate::state::State;

/// A tile with what must be known of it to place it.
#[derive(Clone, Debug)]
pub struct Row {
    /// The pipeline's id.
    pub id: String,
    /// Its tile, changed in place.
    pub tile: ArcRwSignal<Tile>,
    state: State,
    /// The row as it came.
    raw: Box<str>,
}

/// What an answer did to the board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Pipelines came, went or changed their state.
    pub reordered: bool,
    /// Rows that are no tiles.
    pub bad: usize,
}

/// Everything that is known, without order.
#[derive(Debug, Default)]
pub struct Board {
    rows: BTreeMap<String, Row>,
    heartbeat: Option<(Box<str>, Timestamp)>,
}

/// A place in the order of the wall.
#[derive(Clone, Debug)]
pub struct Place {
    /// The row that stands there.
    pub row: Row,
    /// Its state when the order was made.
    pub state: State,
    /// Its name.
    pub name: String,
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.row.id == other.row.id && self.state == other.state
    }
}

/// The rows of an answer, as they are. `None` for what is no JSON array.
pub fn split(body: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(body).ok()
}

impl Board {
    /// Takes in all pages of an answer; what is not in it has left the board.
    pub fn take(&mut self, rows: &[&RawValue]) -> Taken {
        let mut taken = Taken::default();
        let mut seen = BTreeSet::new();
        for raw in rows.iter().map(|row| row.get()) {
            if self.heartbeat.as_ref().is_some_and(|(known, _)| **known == *raw) {
                continue;
            }
            let known = begins_with_id(raw).and_then(|id| self.rows.get(id)).filter(|row| *row.raw == *raw);
            if let Some(row) = known {
                seen.insert(row.id.clone());
                continue;
            }
            let Ok(tile) = serde_json::from_str::<Tile>(raw) else {
                taken.bad += 1;
                continue;
            };
            if is_heartbeat(tile.id.as_str()) {
                self.heartbeat = tile.run.map(|run| (raw.into(), run.updated));
                continue;
            }
            seen.insert(tile.id.as_str().to_owned());
            taken.reordered |= self.put(tile, raw);
        }
        let before = self.rows.len();
        self.rows.retain(|id, _| seen.contains(id));
        taken.reordered |= self.rows.len() != before;
        taken
    }

    fn put(&mut self, tile: Tile, raw: &str) -> bool {
        let state = State::from(tile.status);
        if let Some(row) = self.rows.get_mut(tile.id.as_str()) {
            let reordered = row.state != state;
            row.state = state;
            row.raw = raw.into();
            row.tile.set(tile);
            return reordered;
        }
        let id = tile.id.as_str().to_owned();
        self.rows.insert(id.clone(), Row { id, tile: ArcRwSignal::new(tile), state, raw: raw.into() });
        true
    }

    /// When events last flowed, as far as it is known.
    pub fn heartbeat(&self) -> Option<Timestamp> {
        self.heartbeat.as_ref().map(|(_, beat)| *beat)
    }

    /// The rows as they stand on the wall: failed (the newest failure first), waiting (the longest first), running,
    /// stopped, unknown and passed, these by name.
    pub fn order(&self) -> Vec<Place> {
        let mut places: Vec<(i64, Place)> = self
            .rows
            .values()
            .map(|row| {
                row.tile.with_untracked(|tile| {
                    let since = since(tile, row.state);
                    (since, Place { row: row.clone(), state: row.state, name: tile.name.clone() })
                })
            })
            .collect();
        places.sort_by(|(since, one), (other_since, other)| {
            (one.state, *since)
                .cmp(&(other.state, *other_since))
                .then_with(|| one.name.cmp(&other.name))
                .then_with(|| one.row.id.cmp(&other.row.id))
        });
        places.into_iter().map(|(_, place)| place).collect()
    }
}

/// What comes before the name in the order, least first.
fn since(tile: &Tile, state: State) -> i64 {
    match state {
        State::Failed => -tile.failing_since.or(tile.run.as_ref().map(|run| run.updated)).map_or(0, Timestamp::unix_ms),
        State::Waiting => {
            let waiting = tile.stages.iter().filter(|stage| State::from_stage(stage.status) == Some(State::Waiting));
            waiting.filter_map(|stage| stage.since).map(Timestamp::unix_ms).min().unwrap_or_default()
        }
        State::Running | State::Stopped | State::Unknown | State::Passed => 0,
    }
}

/// The id of a row as the API writes it, without parsing the row.
fn begins_with_id(raw: &str) -> Option<&str> {
    raw.strip_prefix(r#"{"id":""#)?.split('"').next()
}

fn is_heartbeat(id: &str) -> bool {
    id.starts_with("pipelines-dashboard:") && id.ends_with(":heartbeat")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, rest: &str) -> String {
        format!(r#"{{"id":"codepipeline:eu-west-1:111122223333:{name}","name":"{name}",{rest}}}"#)
    }

    fn take(board: &mut Board, rows: &[String]) -> Taken {
        let body = format!("[{}]", rows.join(","));
        board.take(&split(&body).unwrap())
    }

    fn order(board: &Board) -> Vec<String> {
        board.order().into_iter().map(|place| place.name).collect()
    }

    #[test]
    fn failed_first_then_waiting_running_stopped_and_passed_by_name() {
        let owner = Owner::new();
        owner.set();
        let mut board = Board::default();
        let taken = take(
            &mut board,
            &[
                row("b", r#""status":"SUCCEEDED""#),
                row("a", r#""status":"SUCCEEDED""#),
                row("run", r#""status":"STARTED""#),
                row("old", r#""status":"FAILED","failing_since":"2026-11-23T08:00:00Z""#),
                row("new", r#""status":"FAILED","failing_since":"2026-11-23T09:00:00Z""#),
                row("stop", r#""status":"STOPPED""#),
                row("odd", r#""status":"LEVITATING""#),
                row("short", r#""status":"WAITING","stages":[{"name":"P","status":"WAITING","since":"2026-11-23T09:00:00Z"}]"#),
                row("long", r#""status":"WAITING","stages":[{"name":"P","status":"WAITING","since":"2026-11-23T08:00:00Z"}]"#),
            ],
        );
        assert_eq!(taken, Taken { reordered: true, bad: 0 });
        assert_eq!(order(&board), ["new", "old", "long", "short", "run", "stop", "odd", "a", "b"]);
    }

    #[test]
    fn only_what_changed_is_set_and_only_a_state_reorders() {
        let owner = Owner::new();
        owner.set();
        let mut board = Board::default();
        let (a, b) = (row("a", r#""status":"STARTED""#), row("b", r#""status":"STARTED""#));
        assert!(take(&mut board, &[a.clone(), b.clone()]).reordered);
        assert_eq!(take(&mut board, &[a.clone(), b.clone()]), Taken::default());
        let news = row("b", r#""status":"STARTED","stage":"Prod""#);
        assert_eq!(take(&mut board, &[a.clone(), news.clone()]), Taken::default());
        assert_eq!(board.order()[1].row.tile.with_untracked(|tile| tile.stage.clone()).as_deref(), Some("Prod"));
        assert!(take(&mut board, &[a.clone(), row("b", r#""status":"FAILED""#)]).reordered);
        assert!(take(&mut board, &[a]).reordered);
        assert_eq!(order(&board), ["a"]);
    }

    #[test]
    fn bad_rows_are_counted_and_good_ones_stay() {
        let owner = Owner::new();
        owner.set();
        let mut board = Board::default();
        let rows = [row("a", r#""status":"STARTED""#), "null".to_owned(), r#"{"id":5}"#.to_owned(), r#""no row""#.to_owned()];
        assert_eq!(take(&mut board, &rows), Taken { reordered: true, bad: 3 });
        assert_eq!(order(&board), ["a"]);
    }

    #[test]
    fn the_heartbeat_is_no_tile() {
        let owner = Owner::new();
        owner.set();
        let mut board = Board::default();
        let beat = r#"{"id":"pipelines-dashboard:eu-west-1:111122223333:heartbeat","name":"heartbeat","status":"SUCCEEDED","run":{"id":"heartbeat","started":"2026-11-23T09:00:00Z","updated":"2026-11-23T09:00:00Z","attempt":1}}"#;
        assert_eq!(take(&mut board, &[beat.to_owned()]), Taken::default());
        assert_eq!(board.heartbeat().map(|beat| beat.to_string()).as_deref(), Some("2026-11-23T09:00:00Z"));
        assert!(order(&board).is_empty());
    }

    #[test]
    fn an_answer_that_is_no_array_is_none() {
        for body in ["", "<!doctype html>", "{}", r#"[{"id":"codep"#, "null"] {
            assert!(split(body).is_none(), "{body}");
        }
        assert_eq!(split("[]").map(|rows| rows.len()), Some(0));
    }
}
