//! The store of the wall: one entry per pipeline, their order, and the position of each.
//!
//! An entry's content is set only when its pipeline changed; the order only when a pipeline appears, disappears or changes
//! its rank, so that tiles stay where people remember them; a position only when the tile moves.

mod entry;
mod group;
mod rank;

use std::sync::Arc;

use leptos::prelude::*;
use model::{PipelineId, Tile, Timestamp};

pub use entry::{Content, Entry, Location, Look, Subject};
pub use group::Group;
use rank::Rank;

use crate::{
    filter::Filter,
    layout::{self, Form, Layout, Position, Scene, Viewport},
    options::{GroupBy, Options, Sort},
    status::TileStatus,
};

/// Everything about the wall except the single tiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The layout without the positions.
    pub layout: Layout,
    /// The number of pipelines that match the filter, per status, in the order of [`TileStatus::ALL`].
    pub counts: [usize; 6],
    /// The number of pipelines that the filter hides.
    pub hidden: usize,
    /// The number of groups that show their passed pipelines. A single group has no tile: there is nothing to
    /// distinguish it from.
    pub groups: usize,
    /// The visible page of the shelf, from 0.
    pub page: u16,
    /// When events last flowed.
    pub heartbeat: Option<Heartbeat>,
    /// When the last run of all pipelines ended.
    pub latest_end: Option<Timestamp>,
}

/// When the senders of events last sent a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The oldest of the senders' last heartbeats.
    pub oldest: Timestamp,
    /// The account and Region that it came from.
    pub from: Arc<str>,
    /// The newest of the senders' last heartbeats.
    pub newest: Timestamp,
}

impl Summary {
    /// The number of pipelines that match the filter.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// The worst status, and how many pipelines have it.
    pub fn worst(&self) -> Option<(TileStatus, usize)> {
        TileStatus::ALL.into_iter().zip(self.counts).find(|(_, count)| *count > 0)
    }

    fn all_passed(&self) -> bool {
        self.worst().is_some_and(|(status, _)| status == TileStatus::Passed)
    }
}

/// What an answer changed.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// New and changed pipelines.
    pub tiles: Vec<Tile>,
    /// Pipelines that a complete answer no longer has.
    pub deleted: Vec<PipelineId>,
}

/// The store.
#[derive(Debug)]
pub struct Board {
    options: Options,
    filter: Filter,
    viewport: Viewport,
    /// Pipelines in the order of the wall.
    entries: Vec<Entry>,
    /// Their ids by [`by_name`].
    ids: Vec<PipelineId>,
    groups: Vec<Entry>,
    heartbeats: Vec<(PipelineId, Timestamp)>,
    summary: Summary,
    /// The positions of the visible entries, each on its page.
    positions: Vec<Position>,
    /// This many positions of the shelf show the summary's page, the others still the page before it.
    turned: usize,
    order_signal: RwSignal<Vec<Entry>>,
    summary_signal: RwSignal<Summary>,
}

/// The number of chips that turn to the next page at a time: turning all at once would block the main thread.
const TURN: usize = 40;

impl Board {
    /// Creates an empty board that writes to these signals.
    pub fn new(
        options: Options,
        viewport: Viewport,
        order_signal: RwSignal<Vec<Entry>>,
        summary_signal: RwSignal<Summary>,
    ) -> Self {
        let mut board = Self {
            filter: Filter::parse(&options.filter),
            options,
            viewport,
            entries: Vec::new(),
            ids: Vec::new(),
            groups: Vec::new(),
            heartbeats: Vec::new(),
            summary: Summary::default(),
            positions: Vec::new(),
            turned: 0,
            order_signal,
            summary_signal,
        };
        board.arrange();
        board.publish_summary();
        board
    }

    /// Applies an answer. Returns the known pipelines whose status changed.
    pub fn apply(&mut self, changes: Changes) -> Vec<(String, TileStatus)> {
        let count = self.ids.len();
        let mut statuses = Vec::new();
        let mut is_reordered = false;
        for tile in changes.tiles {
            is_reordered |= self.put(tile, &mut statuses);
        }
        for id in &changes.deleted {
            is_reordered |= self.remove(id);
        }
        self.summary.heartbeat = self.heartbeat();
        if is_reordered {
            // A name may have become unique, or be no longer.
            if count != self.ids.len() || !changes.deleted.is_empty() {
                self.locate();
            }
            self.reorder();
        } else {
            self.publish_summary();
        }
        statuses
    }

    /// Applies another filter.
    pub fn filter(&mut self, filter: Filter) {
        for entry in &mut self.entries {
            entry.matches_filter =
                entry.tile().is_some_and(|tile| filter.matches(&tile, &self.options.accounts));
        }
        self.filter = filter;
        self.reorder();
    }

    /// Applies another viewport.
    pub fn resize(&mut self, viewport: Viewport) {
        if self.viewport != viewport {
            self.viewport = viewport;
            self.arrange();
            self.publish_summary();
        }
    }

    /// Begins to turn to the next page of the shelf, if there is one.
    pub fn turn_page(&mut self) {
        if self.summary.layout.pages > 1 {
            self.summary.page = (self.summary.page + 1) % self.summary.layout.pages;
            self.turned = 0;
            self.publish_summary();
        }
    }

    /// Turns some more chips to the next page. Returns whether there were any.
    pub fn turn_more(&mut self) -> bool {
        self.turned = self.turned.saturating_add(TURN);
        self.publish_positions()
    }

    /// All pipelines, for suggestions.
    pub fn tiles(&self) -> Vec<Arc<Tile>> {
        self.entries.iter().filter_map(Entry::tile).collect()
    }

    /// The ids and positions of the visible tiles, in the order of the wall.
    pub fn visible(&self) -> Vec<(Arc<str>, Position)> {
        let visible =
            |entry: &Entry| Some((Arc::clone(&entry.id), entry.position.get_untracked()?));
        self.shown().filter_map(visible).collect()
    }

    /// Account and Region of a pipeline, if its name is not unique or groups are by location.
    pub fn location(&self, id: &PipelineId) -> Option<Location> {
        let is_grouped = matches!(self.options.group, Some(GroupBy::Account | GroupBy::Region));
        let name = id.encoded_name();
        let start = self.index_by_name([name, ""]);
        let namesakes =
            || self.ids.iter().skip(start).take_while(|other| other.encoded_name() == name);
        let is_ambiguous = namesakes().count() > 1;
        if !is_grouped && !is_ambiguous {
            return None;
        }
        let full = self.home(id, " ");
        let is_distinct = |part: fn(&PipelineId) -> &str| {
            is_ambiguous && namesakes().filter(|other| part(other) == part(id)).count() == 1
        };
        let short = if is_distinct(PipelineId::encoded_account) {
            self.options.accounts.name(id.encoded_account()).into()
        } else if is_distinct(PipelineId::encoded_region) {
            id.encoded_region().into()
        } else {
            Arc::clone(&full)
        };
        Some(Location { full, short })
    }

    /// Adds or changes a pipeline. Returns whether that changed the order.
    fn put(&mut self, tile: Tile, changed: &mut Vec<(String, TileStatus)>) -> bool {
        if tile.id.is_heartbeat() {
            self.heartbeats.retain(|(id, _)| *id != tile.id);
            self.heartbeats.extend(tile.run.map(|run| (tile.id, run.updated)));
            return false;
        }
        let rank = Rank::of(&tile, self.options.sort);
        let matches_filter = self.filter.matches(&tile, &self.options.accounts);
        let by_name = self.index_by_name(by_name(&tile.id));
        let is_known = self.ids.get(by_name) == Some(&tile.id);
        let known = if is_known { self.index(&tile.id) } else { None };
        let entry = if let Some(entry) = known.and_then(|index| self.entries.get(index)) {
            if entry.rank.status != rank.status && matches_filter {
                changed.push((tile.name.clone(), rank.status));
            }
            entry.content.update(|content| content.subject = Subject::Pipeline(Arc::new(tile)));
            if entry.rank == rank && entry.matches_filter == matches_filter {
                return false;
            }
            Entry { rank, matches_filter, moves: entry.moves + 1, ..entry.clone() }
        } else {
            let id = tile.id.as_str().into();
            self.ids.insert(by_name, tile.id.clone());
            let entry = Entry::new(id, Subject::Pipeline(Arc::new(tile)), rank);
            Entry { matches_filter, ..entry }
        };
        if let Some(index) = known {
            self.entries.remove(index);
        }
        let index = self.entries.partition_point(|other| other.cmp(&entry).is_lt());
        self.entries.insert(index, entry);
        true
    }

    /// Removes a pipeline. Returns whether it was on the board.
    fn remove(&mut self, id: &PipelineId) -> bool {
        self.heartbeats.retain(|(other, _)| other != id);
        self.ids.retain(|other| other != id);
        let index = self.index(id);
        if let Some(index) = index {
            self.entries.remove(index);
        }
        index.is_some()
    }

    fn heartbeat(&self) -> Option<Heartbeat> {
        let newest = self.heartbeats.iter().map(|(_, beat)| *beat).max()?;
        let (id, oldest) = self.heartbeats.iter().min_by_key(|(_, beat)| *beat)?;
        Some(Heartbeat { oldest: *oldest, from: self.home(id, " · "), newest })
    }

    /// Counts and arranges everything in its new order.
    fn reorder(&mut self) {
        let matching = || self.entries.iter().filter(|entry| entry.matches_filter);
        for (count, status) in self.summary.counts.iter_mut().zip(TileStatus::ALL) {
            *count = matching().filter(|entry| entry.rank.status == status).count();
        }
        self.summary.hidden = self.entries.len() - matching().count();
        self.summary.latest_end =
            matching().filter_map(|entry| entry.tile()?.run.as_ref()?.ended).max();
        if let Some(group) = self.options.group {
            group::count_groups(&mut self.groups, matching(), group, &self.options.accounts);
            if self.groups.len() == 1 {
                self.groups.clear();
            }
            self.summary.groups = self.groups.len();
        }
        self.arrange();
        self.publish_summary();
        self.order_signal.set(self.shown().cloned().collect());
    }

    /// The entries with a tile, in the order of the wall: a group replaces its passed pipelines.
    fn shown(&self) -> impl Iterator<Item = &Entry> {
        let has_tile = |entry: &&Entry| {
            entry.matches_filter
                && (self.groups.is_empty() || entry.rank.status != TileStatus::Passed)
        };
        self.entries.iter().filter(has_tile).chain(&self.groups)
    }

    fn index(&self, id: &PipelineId) -> Option<usize> {
        self.entries.iter().position(|entry| *entry.id == *id.as_str())
    }

    /// The index in the order of [`by_name`].
    fn index_by_name(&self, key: [&str; 2]) -> usize {
        self.ids.partition_point(|id| by_name(id) < key)
    }

    /// Account and Region.
    fn home(&self, id: &PipelineId, separator: &str) -> Arc<str> {
        let account = self.options.accounts.name(id.encoded_account());
        format!("{account}{separator}{}", id.encoded_region()).into()
    }

    /// Updates the locations.
    fn locate(&self) {
        for entry in &self.entries {
            let location = entry.tile().and_then(|tile| self.location(&tile.id));
            update_if_changed(&entry.content, location, |content| &mut content.location);
        }
    }

    /// Computes the layout.
    fn arrange(&mut self) {
        let scene = match self.options.sort {
            Sort::Severity if self.summary.all_passed() => Scene::AllPassed,
            Sort::Severity => Scene::ProminentFirst,
            Sort::Name | Sort::Recent => Scene::Uniform,
        };
        let location =
            |entry: &Entry| entry.content.with_untracked(|content| content.location.clone());
        let locations: Vec<_> = self.shown().map(location).collect();
        let subjects: Vec<_> = self
            .shown()
            .zip(&locations)
            .map(|(Entry { rank, .. }, location)| layout::Subject {
                status: rank.status,
                name: &rank.name,
                location: location.as_ref().map(|location| &*location.full),
            })
            .collect();
        let mut layout = layout::solve(self.viewport, scene, &subjects);
        self.positions = std::mem::take(&mut layout.positions);
        self.turned = usize::MAX;
        self.summary.page = self.summary.page.min(layout.pages.saturating_sub(1));
        self.summary.layout = layout;
        self.publish_positions();
    }

    /// Sets the form and position of every entry. Returns whether any form changed.
    fn publish_positions(&self) -> bool {
        let mut is_changed = false;
        let (new, layout) = (self.summary.page, &self.summary.layout);
        let old = new.checked_sub(1).unwrap_or(layout.pages.saturating_sub(1));
        let (mut page, mut chip) = (0, 0);
        for (entry, position) in self.shown().zip(&self.positions) {
            if position.page != page {
                (page, chip) = (position.page, 0);
            }
            // Only chips are on pages.
            chip += usize::from(position.form == Form::Chip);
            let visible_page = if chip <= self.turned { new } else { old };
            let form = position.form;
            let look = Look { form, sizes: layout.sizes(form, entry.rank.status) };
            let look = (form != Form::Chip || page == visible_page).then_some(look);
            is_changed |= update_if_changed(&entry.content, look, |content| &mut content.look);
            let position = look.map(|_| *position);
            if entry.position.get_untracked() != position {
                entry.position.set(position);
            }
        }
        is_changed
    }

    fn publish_summary(&self) {
        if self.summary_signal.with_untracked(|summary| *summary != self.summary) {
            self.summary_signal.set(self.summary.clone());
        }
    }
}

/// Sets a part of a signal's value, and notifies its readers only of a change.
fn update_if_changed<T: PartialEq>(
    signal: &ArcRwSignal<Content>,
    new: T,
    part: impl Fn(&mut Content) -> &mut T,
) -> bool {
    signal
        .try_maybe_update(|content| {
            let part = part(content);
            let is_changed = *part != new;
            *part = new;
            (is_changed, is_changed)
        })
        .unwrap_or_default()
}

/// The key that ids are sorted by: pipelines of one name are neighbors.
fn by_name(id: &PipelineId) -> [&str; 2] {
    [id.encoded_name(), id.as_str()]
}

#[cfg(test)]
mod tests;
