//! What is on the wall: one signal a pipeline, their order, and the place of each.
//!
//! A tile's signal is set only when its row changed; the order changes only when some pipeline comes, goes or changes its
//! state, so that tiles stay where a person remembers them; a place is set only where it moved.

mod gathered;
mod rank;

use std::{cmp::Ordering, sync::Arc};

pub use gathered::Gathered;
use model::{PipelineId, Tile, Timestamp};
use rank::Rank;

use crate::{
    filter::Filter,
    fit::{self, Form, Layout, Scene, Screen, Sizes, Spot, Subject},
    options::{Group, Options, Sort},
    rows::{NoRows, Rows},
    signal::Signal,
    state::State,
};

/// A pipeline, or a group of pipelines. Clones are of the same one.
#[derive(Clone, Debug)]
pub struct Entry {
    /// A pipeline's id, or a group's name.
    pub id: Arc<str>,
    /// What is drawn of it.
    pub shown: Signal<Shown>,
    /// Where it stands, while something is drawn. Most changes of the wall only move things, and then nothing is drawn anew.
    pub spot: Signal<Option<Spot>>,
    /// Another number each time that it moved in the order.
    pub moved: u32,
    rank: Rank,
    is_asked_for: bool,
}

/// What is drawn of a pipeline or group.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it is.
    pub what: What,
    /// Account and Region, where the name alone doesn't tell which pipeline it is.
    pub place: Option<Place>,
    /// How much it says and how large its text is; nothing while another page of the shelf is shown.
    pub look: Option<(Form, Sizes)>,
}

/// Where a pipeline is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Account and Region.
    pub whole: Arc<str>,
    /// What of them tells it from the others of its name, for where there is no room for both.
    pub short: Arc<str>,
}

/// What has a place on the wall.
#[derive(Clone, Debug)]
pub enum What {
    /// What the CI says of a pipeline.
    Pipeline(Arc<Tile>),
    /// Pipelines that stand for one another.
    Group(Gathered),
}

/// All that is drawn beside the pipelines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// All of the layout but the places.
    pub layout: Layout,
    /// How many pipelines that are asked for are in each state, in the order of [`State::ALL`].
    pub counts: [usize; 6],
    /// How many pipelines the filter leaves out.
    pub hidden: usize,
    /// How many groups stand for those of their pipelines that pass. A group that is alone stands for none: there is nothing
    /// to tell it from.
    pub groups: usize,
    /// The page of the shelf that is shown, from 0.
    pub page: u16,
    /// When events last flowed.
    pub heartbeat: Option<Heartbeat>,
    /// When the last run of all ended.
    pub latest_end: Option<Timestamp>,
}

/// When the senders' hearts last beat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The beat that came from furthest back.
    pub oldest: Timestamp,
    /// The account and Region that it came from, as people call them.
    pub from: Arc<str>,
    /// The newest beat of all.
    pub newest: Timestamp,
}

impl Frame {
    /// How many pipelines are asked for.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Whether there are pipelines, and all of them pass.
    pub fn all_pass(&self) -> bool {
        let [others @ .., passed] = &self.counts;
        *passed > 0 && others.iter().all(|count| *count == 0)
    }
}

/// What the views are drawn from.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// What has a place, in the order of the wall: failed (the newest failure first), waiting (the longest first), running,
    /// stopped, unknown and passed, these by name; or as the options say.
    pub order: Signal<Vec<Entry>>,
    /// All else.
    pub frame: Signal<Frame>,
}

/// Everything that is known.
#[derive(Debug)]
pub struct Board {
    options: &'static Options,
    filter: Filter,
    signals: Signals,
    screen: Screen,
    rows: Rows,
    /// Pipelines in the order of the wall.
    entries: Vec<Entry>,
    /// Their ids by [`by_name`], for a board may begin with a thousand.
    ids: Vec<PipelineId>,
    groups: Vec<Entry>,
    heartbeats: Vec<(PipelineId, Timestamp)>,
    reordered: bool,
    /// Some pipeline came or went, so that others may need to say where they are, or not any more.
    came_or_went: bool,
    frame: Frame,
    /// Where those in the order of the wall stand, each on its page.
    spots: Vec<Spot>,
    /// So many places of the shelf show the page of the frame, and those behind them the page before it.
    turned: usize,
}

/// So many places of the shelf turn at once: what few of them cost the browser leaves it time for all else.
const TURN: usize = 40;

impl Board {
    /// An empty one.
    pub fn new(options: &'static Options, signals: Signals, screen: Screen) -> Self {
        let mut board = Self {
            options,
            filter: Filter::parse(&options.filter),
            signals,
            screen,
            rows: Rows::default(),
            entries: Vec::new(),
            ids: Vec::new(),
            groups: Vec::new(),
            heartbeats: Vec::new(),
            reordered: false,
            came_or_went: false,
            frame: Frame::default(),
            spots: Vec::new(),
            turned: 0,
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
                if let Some(index) = self.index(&id) {
                    self.entries.remove(index);
                    self.ids.retain(|other| *other != id);
                    (self.reordered, self.came_or_went) = (true, true);
                }
                self.heartbeats.retain(|(beating, _)| *beating != id);
            }
        } else {
            self.rows.abandon();
        }
        let newest = self.heartbeats.iter().map(|(_, beat)| *beat).max();
        let oldest = self.heartbeats.iter().min_by_key(|(_, beat)| *beat).zip(newest);
        self.frame.heartbeat = oldest.map(|((id, oldest), newest)| Heartbeat {
            oldest: *oldest,
            from: self.home(id, " · "),
            newest,
        });
        if std::mem::take(&mut self.came_or_went) {
            self.tell_places();
        }
        if std::mem::take(&mut self.reordered) {
            self.order();
        } else {
            self.tell();
        }
    }

    /// Other pipelines are asked for.
    pub fn filter(&mut self, filter: Filter) {
        for entry in &mut self.entries {
            let asked_for = |shown: &Shown| matches!(&shown.what, What::Pipeline(tile) if filter.matches(tile, &self.options.accounts));
            entry.is_asked_for = entry.shown.with_untracked(asked_for);
        }
        self.filter = filter;
        self.order();
    }

    /// The window may have another size.
    pub fn resize(&mut self, screen: Screen) {
        if self.screen != screen {
            self.screen = screen;
            self.arrange();
            self.tell();
        }
    }

    /// Begins to show the next page of the shelf, if there is one.
    pub fn turn(&mut self) {
        if self.frame.layout.pages > 1 {
            self.frame.page = (self.frame.page + 1) % self.frame.layout.pages;
            self.turned = 0;
            self.tell();
        }
    }

    /// Turns some more places of the shelf. Gives back whether there were any. In the midst of an answer there are none: who
    /// came with it has no place yet, and when it ends all turn that are left.
    pub fn turn_on(&mut self) -> bool {
        self.turned = self.turned.saturating_add(TURN);
        !self.reordered && self.stand()
    }

    fn put(&mut self, tile: Tile) {
        if tile.id.is_heartbeat() {
            self.heartbeats.retain(|(id, _)| *id != tile.id);
            self.heartbeats.extend(tile.run.map(|run| (tile.id, run.updated)));
            return;
        }
        let rank = Rank::of(&tile, self.options.sort);
        let is_asked_for = self.filter.matches(&tile, &self.options.accounts);
        let place = self.place_of(by_name(&tile.id));
        let is_known = self.ids.get(place) == Some(&tile.id);
        let known = if is_known { self.index(&tile.id) } else { None };
        let entry = if let Some(entry) = known.and_then(|index| self.entries.get(index)) {
            entry.shown.update(|shown| shown.what = What::Pipeline(Arc::new(tile)));
            if entry.rank == rank && entry.is_asked_for == is_asked_for {
                return;
            }
            Entry { rank, is_asked_for, moved: entry.moved + 1, ..entry.clone() }
        } else {
            let id = tile.id.as_str().into();
            self.ids.insert(place, tile.id.clone());
            self.came_or_went = true;
            Entry { is_asked_for, ..Entry::new(id, What::Pipeline(Arc::new(tile)), rank) }
        };
        if let Some(index) = known {
            self.entries.remove(index);
        }
        let place = self.entries.partition_point(|other| other.cmp(&entry).is_lt());
        self.entries.insert(place, entry);
        self.reordered = true;
    }

    /// Some pipeline came, went or changed its state.
    fn order(&mut self) {
        let asked_for = || self.entries.iter().filter(|entry| entry.is_asked_for);
        for (count, state) in self.frame.counts.iter_mut().zip(State::ALL) {
            *count = asked_for().filter(|entry| entry.rank.state == state).count();
        }
        self.frame.hidden = self.entries.len() - asked_for().count();
        self.frame.latest_end =
            asked_for().filter_map(|entry| entry.pipeline()?.run.as_ref()?.ended).max();
        if let Some(group) = self.options.group {
            gathered::gather(&mut self.groups, asked_for(), group, &self.options.accounts);
            if self.groups.len() == 1 {
                self.groups.clear();
            }
            self.frame.groups = self.groups.len();
        }
        self.arrange();
        self.tell();
        self.signals.order.set(self.standing().cloned().collect());
    }

    /// What has a place, in the order of the wall. A group stands for those of its pipelines that pass.
    fn standing(&self) -> impl Iterator<Item = &Entry> {
        let is_alone = |entry: &&Entry| {
            entry.is_asked_for && (self.groups.is_empty() || entry.rank.state != State::Passed)
        };
        self.entries.iter().filter(is_alone).chain(&self.groups)
    }

    /// Where a pipeline is known.
    fn index(&self, id: &PipelineId) -> Option<usize> {
        self.entries.iter().position(|entry| *entry.id == *id.as_str())
    }

    /// Where in the order of [`by_name`] something stands or would stand.
    #[inline(never)]
    fn place_of(&self, key: [&str; 2]) -> usize {
        self.ids.partition_point(|id| by_name(id) < key)
    }

    /// Account and Region of a pipeline, where its name alone doesn't tell which it is.
    fn place(&self, id: &PipelineId) -> Option<Place> {
        let by_place = matches!(self.options.group, Some(Group::Account | Group::Region));
        let name = id.encoded_name();
        let alike = || {
            self.ids
                .iter()
                .skip(self.place_of([name, ""]))
                .take_while(|other| other.encoded_name() == name)
        };
        let is_one_of_many = alike().count() > 1;
        if !by_place && !is_one_of_many {
            return None;
        }
        let whole = self.home(id, " ");
        let is_only = |part: fn(&PipelineId) -> &str| {
            is_one_of_many && alike().filter(|other| part(other) == part(id)).count() == 1
        };
        let short = if is_only(PipelineId::encoded_account) {
            self.options.accounts.name(id.encoded_account()).into()
        } else if is_only(PipelineId::encoded_region) {
            id.encoded_region().into()
        } else {
            Arc::clone(&whole)
        };
        Some(Place { whole, short })
    }

    /// Account and Region.
    fn home(&self, id: &PipelineId, between: &str) -> Arc<str> {
        [self.options.accounts.name(id.encoded_account()), between, id.encoded_region()]
            .concat()
            .into()
    }

    fn tell_places(&self) {
        for entry in &self.entries {
            let place = entry.pipeline().and_then(|tile| self.place(&tile.id));
            if entry.shown.with_untracked(|shown| shown.place != place) {
                entry.shown.update(|shown| shown.place = place);
            }
        }
    }

    fn arrange(&mut self) {
        let scene = match self.options.sort {
            Sort::Severity if self.frame.all_pass() => Scene::AllPass,
            Sort::Severity => Scene::LoudFirst,
            Sort::Name | Sort::Recent => Scene::Alike,
        };
        let places: Vec<_> = self
            .standing()
            .map(|entry| entry.shown.with_untracked(|shown| shown.place.clone()))
            .collect();
        let subjects = self.standing().zip(&places).map(|(Entry { rank, .. }, place)| Subject {
            state: rank.state,
            name: &rank.name,
            place: place.as_ref().map(|place| &*place.whole),
        });
        let subjects: Vec<_> = subjects.collect();
        let mut layout = fit::solve(self.screen, scene, &subjects);
        self.spots = std::mem::take(&mut layout.spots);
        self.turned = usize::MAX;
        self.frame.page = self.frame.page.min(layout.pages.saturating_sub(1));
        self.frame.layout = layout;
        self.stand();
    }

    /// Tells each how it looks and where it stands. Gives back whether any looks otherwise than before.
    fn stand(&self) -> bool {
        let mut changed = false;
        let (new, layout) = (self.frame.page, &self.frame.layout);
        let old = new.checked_sub(1).unwrap_or(layout.pages.saturating_sub(1));
        let (mut page, mut place) = (0, 0);
        for (entry, spot) in self.standing().zip(&self.spots) {
            if spot.page != page {
                (page, place) = (spot.page, 0);
            }
            // What is loud has no page.
            place += usize::from(spot.form == Form::Chip);
            let shown = if place <= self.turned { new } else { old };
            let look = (spot.form, layout.sizes(spot.form, entry.rank.state));
            let look = (spot.form != Form::Chip || spot.page == shown).then_some(look);
            if entry.shown.with_untracked(|shown| shown.look != look) {
                entry.shown.update(|shown| shown.look = look);
                changed = true;
            }
            let spot = look.map(|_| *spot);
            if entry.spot.get_untracked() != spot {
                entry.spot.set(spot);
            }
        }
        changed
    }

    fn tell(&self) {
        if self.signals.frame.with_untracked(|frame| *frame != self.frame) {
            self.signals.frame.set(self.frame.clone());
        }
    }
}

impl Entry {
    fn new(id: Arc<str>, what: What, rank: Rank) -> Self {
        Self {
            id,
            shown: Signal::new(Shown { what, place: None, look: None }),
            spot: Signal::new(None),
            moved: 0,
            rank,
            is_asked_for: true,
        }
    }

    /// In the order of the wall.
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| self.id.cmp(&other.id))
    }

    fn pipeline(&self) -> Option<Arc<Tile>> {
        self.shown.with_untracked(|shown| match &shown.what {
            What::Pipeline(tile) => Some(Arc::clone(tile)),
            What::Group(_) => None,
        })
    }
}

/// What ids are sorted by: those of one name stand side by side.
fn by_name(id: &PipelineId) -> [&str; 2] {
    [id.encoded_name(), id.as_str()]
}

#[cfg(test)]
mod tests;
