//! What is on the wall: one signal a pipeline, their order, and the place of each.
//!
//! A tile's signal is set only when its row changed; the order changes only when some pipeline comes, goes or changes its
//! state, so that tiles stay where a person remembers them; a place is set only where it moved.

use std::{cmp::Ordering, sync::Arc};

use leptos::prelude::*;
use model::{PipelineId, Tile, Timestamp};

use crate::{
    fit::{self, Form, Layout, Screen, Sizes, Spot, Subject},
    rows::{NoRows, Rows},
    state::State,
};

/// One pipeline. Clones are of the same one.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: Arc<PipelineId>,
    /// What is drawn of it.
    pub shown: ArcRwSignal<Shown>,
    /// Another number each time that it moved in the order.
    pub moved: u32,
    rank: Rank,
}

/// What is drawn of a pipeline.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What the CI says of it.
    pub tile: Arc<Tile>,
    /// Where it stands and how large its text is there; nothing while another page of the shelf is shown.
    pub spot: Option<(Spot, Sizes)>,
}

/// What decides a pipeline's place in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rank {
    state: State,
    /// Least first.
    since: i64,
    name: Arc<str>,
}

/// All that is drawn beside the pipelines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// All of the layout but the places.
    pub layout: Layout,
    /// How many pipelines are in each state, in the order of [`State::ALL`].
    pub counts: [usize; 6],
    /// The page of the shelf that is shown, from 0.
    pub page: u16,
    /// When events last flowed, by the heartbeat that came from furthest back.
    pub heartbeat: Option<Timestamp>,
}

/// What the views are drawn from.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// The pipelines in the order of the wall: failed (the newest failure first), waiting (the longest first), running,
    /// stopped, unknown and passed, these by name.
    pub order: ArcRwSignal<Vec<Entry>>,
    /// All else.
    pub frame: ArcRwSignal<Frame>,
}

/// Everything that is known.
#[derive(Debug)]
pub struct Board {
    signals: Signals,
    screen: Screen,
    rows: Rows,
    /// In the order of the wall.
    entries: Vec<Entry>,
    heartbeats: Vec<(PipelineId, Timestamp)>,
    reordered: bool,
    frame: Frame,
}

impl Board {
    /// An empty one.
    pub fn new(signals: Signals, screen: Screen) -> Self {
        let mut board = Self {
            signals,
            screen,
            rows: Rows::default(),
            entries: Vec::new(),
            heartbeats: Vec::new(),
            reordered: false,
            frame: Frame::default(),
        };
        board.arrange();
        board.tell();
        board
    }

    /// Takes in one page of an answer. Gives back how many rows are no tiles.
    ///
    /// # Errors
    /// When it is no list of rows.
    pub fn take(&mut self, page: &[u8]) -> Result<u32, NoRows> {
        let mut rows = std::mem::take(&mut self.rows);
        let result = rows.read(page, &mut |tile| self.put(tile));
        self.rows = rows;
        result
    }

    /// Ends an answer and shows what it brought. A `whole` one was read to its end: what was not in it has left the board.
    pub fn show(&mut self, whole: bool) {
        if whole {
            for id in self.rows.end() {
                let entries = self.entries.len();
                self.entries.retain(|entry| *entry.id != id);
                self.heartbeats.retain(|(beating, _)| *beating != id);
                self.reordered |= self.entries.len() != entries;
            }
        } else {
            self.rows.abandon();
        }
        self.frame.heartbeat = self.heartbeats.iter().map(|(_, beat)| *beat).min();
        let reordered = std::mem::take(&mut self.reordered);
        if reordered {
            for (count, state) in self.frame.counts.iter_mut().zip(State::ALL) {
                *count = self.entries.iter().filter(|entry| entry.rank.state == state).count();
            }
            self.arrange();
        }
        self.tell();
        if reordered {
            self.signals.order.set(self.entries.clone());
        }
    }

    /// The window may have another size.
    pub fn resize(&mut self, screen: Screen) {
        if self.screen != screen {
            self.screen = screen;
            self.arrange();
            self.tell();
        }
    }

    /// Shows the next page of the shelf, if there is one.
    pub fn turn(&mut self) {
        if self.frame.layout.pages > 1 {
            self.frame.page = (self.frame.page + 1) % self.frame.layout.pages;
            self.arrange();
            self.tell();
        }
    }

    fn put(&mut self, tile: Tile) {
        if tile.id.is_heartbeat() {
            self.heartbeats.retain(|(id, _)| *id != tile.id);
            self.heartbeats.extend(tile.run.map(|run| (tile.id, run.updated)));
            return;
        }
        let rank = Rank::of(&tile);
        let known = self.entries.iter().position(|entry| *entry.id == tile.id);
        let entry = if let Some(entry) = known.and_then(|index| self.entries.get(index)) {
            entry.shown.update(|shown| shown.tile = Arc::new(tile));
            if entry.rank == rank {
                return;
            }
            Entry { rank, moved: entry.moved + 1, ..entry.clone() }
        } else {
            let id = Arc::new(tile.id.clone());
            Entry { id, shown: ArcRwSignal::new(Shown { tile: Arc::new(tile), spot: None }), moved: 0, rank }
        };
        if let Some(index) = known {
            self.entries.remove(index);
        }
        let place = self.entries.partition_point(|other| other.cmp(&entry).is_lt());
        self.entries.insert(place, entry);
        self.reordered = true;
    }

    fn arrange(&mut self) {
        let subjects: Vec<_> = self.entries.iter().map(|entry| Subject { state: entry.rank.state, name: &entry.rank.name }).collect();
        let mut layout = fit::solve(self.screen, &subjects);
        let page = self.frame.page.min(layout.pages.saturating_sub(1));
        for (entry, spot) in self.entries.iter().zip(std::mem::take(&mut layout.spots)) {
            let sizes = layout.sizes(spot.form, entry.rank.state);
            let spot = (spot.form != Form::Chip || spot.page == page).then_some((spot, sizes));
            if entry.shown.with_untracked(|shown| shown.spot != spot) {
                entry.shown.update(|shown| shown.spot = spot);
            }
        }
        (self.frame.layout, self.frame.page) = (layout, page);
    }

    fn tell(&self) {
        if self.signals.frame.with_untracked(|frame| *frame != self.frame) {
            self.signals.frame.set(self.frame.clone());
        }
    }
}

impl Entry {
    /// In the order of the wall.
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (&self.rank, &other.rank);
        (one.state, one.since, &one.name).cmp(&(two.state, two.since, &two.name)).then_with(|| self.id.cmp(&other.id))
    }
}

impl Rank {
    fn of(tile: &Tile) -> Self {
        let state = State::from(tile.status);
        let since = match state {
            State::Failed => tile.failing_since.or(tile.run.as_ref().map(|run| run.updated)).map(|since| -since.unix_ms()),
            State::Waiting => tile
                .stages
                .iter()
                .filter(|stage| stage.status == Some(tile.status))
                .filter_map(|stage| stage.since)
                .min()
                .map(Timestamp::unix_ms),
            State::Running | State::Stopped | State::Unknown | State::Passed => None,
        };
        Self { state, since: since.unwrap_or_default(), name: tile.name.as_str().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Display;

    const TELEVISION: Screen = Screen { width: 1920, height: 1080, banner: 0, display: Display::Kiosk };

    fn row(name: &str, rest: &str) -> String {
        format!(r#"{{"id":"codepipeline:eu-west-1:111122223333:{name}","name":"{name}",{rest}}}"#)
    }

    struct Wall {
        board: Board,
        _owner: Owner,
    }

    impl Wall {
        fn new() -> Self {
            let owner = Owner::new();
            owner.set();
            Self { board: Board::new(Signals::default(), TELEVISION), _owner: owner }
        }

        /// Takes in a whole answer. Whether it changed the order.
        fn take(&mut self, rows: &[String]) -> bool {
            self.board.take(format!("[{}]", rows.join(",")).as_bytes()).unwrap();
            let reordered = self.board.reordered || self.board.entries.len() > rows.len();
            self.board.show(true);
            reordered
        }

        fn order(&self) -> String {
            self.board.signals.order.with_untracked(|order| {
                order.iter().map(|entry| entry.shown.with_untracked(|shown| shown.tile.name.clone())).collect::<Vec<_>>().join(" ")
            })
        }
    }

    #[test]
    fn failed_first_then_waiting_running_stopped_and_passed_by_name() {
        let mut wall = Wall::new();
        wall.take(&[
            row("b", r#""status":"SUCCEEDED""#),
            row("a", r#""status":"SUCCEEDED""#),
            row("run", r#""status":"STARTED""#),
            row("old", r#""status":"FAILED","failing_since":"2026-11-23T08:00:00Z""#),
            row("new", r#""status":"FAILED","failing_since":"2026-11-23T09:00:00Z""#),
            row("stop", r#""status":"STOPPED""#),
            row("odd", r#""status":"LEVITATING""#),
            row("short", r#""status":"WAITING","stages":[{"name":"P","status":"WAITING","since":"2026-11-23T09:00:00Z"}]"#),
            row("long", r#""status":"WAITING","stages":[{"name":"P","status":"WAITING","since":"2026-11-23T08:00:00Z"}]"#),
        ]);
        assert_eq!(wall.order(), "new old long short run stop odd a b");
        assert_eq!(wall.board.frame.counts, [2, 2, 1, 1, 1, 2]);
    }

    #[test]
    fn only_what_changed_is_set_and_only_a_state_reorders() {
        let mut wall = Wall::new();
        let (a, b) = (row("a", r#""status":"STARTED""#), row("b", r#""status":"STARTED""#));
        assert!(wall.take(&[a.clone(), b.clone()]));
        assert!(!wall.take(&[a.clone(), b.clone()]));
        let first = wall.board.entries[0].shown.get_untracked().tile;
        assert!(!wall.take(&[a.clone(), row("b", r#""status":"STARTED","stage":"Prod""#)]));
        assert_eq!(wall.board.entries[1].shown.with_untracked(|shown| shown.tile.stage.clone()).as_deref(), Some("Prod"));
        assert!(Arc::ptr_eq(&first, &wall.board.entries[0].shown.get_untracked().tile));
        assert!(wall.take(&[a.clone(), row("b", r#""status":"FAILED""#)]));
        assert_eq!(wall.order(), "b a");
        assert!(wall.take(&[a]));
        assert_eq!(wall.order(), "a");
    }

    #[test]
    fn an_answer_that_broke_off_removes_nothing() {
        let mut wall = Wall::new();
        let (a, b) = (row("a", r#""status":"STARTED""#), row("b", r#""status":"STARTED""#));
        wall.take(&[a.clone(), b]);
        assert_eq!(wall.board.take(format!("[{},{{", row("a", r#""status":"FAILED""#)).as_bytes()), Err(NoRows));
        wall.board.show(false);
        assert_eq!(wall.order(), "a b");
        assert_eq!(wall.board.entries[0].rank.state, State::Failed);
    }

    #[test]
    fn the_heartbeat_is_no_tile_and_the_oldest_one_counts() {
        let mut wall = Wall::new();
        let beat = |region: &str, time: &str| {
            format!(
                r#"{{"id":"pipelines-dashboard:{region}:111122223333:heartbeat","name":"heartbeat","status":"SUCCEEDED","run":{{"id":"heartbeat","started":"{time}","updated":"{time}","attempt":1}}}}"#
            )
        };
        wall.take(&[beat("eu-west-1", "2026-11-23T09:00:00Z"), beat("us-east-1", "2026-11-23T08:00:00Z")]);
        let heartbeat = |wall: &Wall| wall.board.signals.frame.get_untracked().heartbeat.map(|beat| beat.to_string());
        assert_eq!(heartbeat(&wall).as_deref(), Some("2026-11-23T08:00:00Z"));
        wall.take(&[beat("eu-west-1", "2026-11-23T09:05:00Z")]);
        assert_eq!(heartbeat(&wall).as_deref(), Some("2026-11-23T09:05:00Z"));
        assert_eq!(wall.order(), "");
    }

    #[test]
    fn pages_of_the_shelf_turn_round() {
        let mut wall = Wall::new();
        let rows: Vec<_> = (0..600).map(|index| row(&format!("p{index:03}"), r#""status":"SUCCEEDED""#)).collect();
        wall.take(&rows);
        let shown = |wall: &Wall| -> Vec<usize> {
            let on = |entry: &Entry| entry.shown.with_untracked(|shown| shown.spot.is_some());
            (0..wall.board.entries.len()).filter(|index| on(&wall.board.entries[*index])).collect()
        };
        let (first, pages) = (shown(&wall), wall.board.frame.layout.pages);
        assert!(pages > 1 && first[0] == 0);
        let mut seen = first.len();
        for _ in 1..pages {
            wall.board.turn();
            assert_eq!(shown(&wall)[0], seen);
            seen += shown(&wall).len();
        }
        assert_eq!(seen, 600);
        wall.board.turn();
        assert_eq!(shown(&wall), first);
        wall.take(&rows[..1]);
        assert_eq!((shown(&wall), wall.board.frame.page), (vec![0], 0));
    }
}
