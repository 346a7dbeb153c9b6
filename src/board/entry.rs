//! One tile of the wall.

use std::{cmp::Ordering, sync::Arc};

use leptos::prelude::{ArcRwSignal, WithUntracked as _};
use model::Tile;

use super::{Group, rank::Rank};
use crate::layout::{Form, Position, Sizes};

/// A pipeline or a group on the wall. Clones share their signals.
#[derive(Clone, Debug)]
pub struct Entry {
    /// A pipeline's id, or a group's name.
    pub id: Arc<str>,
    /// What its tile shows.
    pub content: ArcRwSignal<Content>,
    /// Where its tile is; `None` while it is on another page of the shelf. Most changes of the wall only move tiles, so
    /// this is a signal of its own.
    pub position: ArcRwSignal<Option<Position>>,
    /// Increases whenever the entry moves in the order.
    pub moves: u32,
    pub(super) rank: Rank,
    pub(super) matches_filter: bool,
}

/// What a tile shows.
#[derive(Clone, Debug)]
pub struct Content {
    /// What it is about.
    pub subject: Subject,
    /// Account and Region of a pipeline whose name is not unique.
    pub location: Option<Location>,
    /// The tile's form and sizes; `None` while it is on another page of the shelf.
    pub look: Option<Look>,
}

/// A tile's form and sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// How much it shows.
    pub form: Form,
    /// The size of its text.
    pub sizes: Sizes,
}

/// The account and Region of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Both.
    pub full: Arc<str>,
    /// What distinguishes it from the others of its name, for a narrow tile.
    pub short: Arc<str>,
}

/// What a tile is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A pipeline.
    Pipeline(Arc<Tile>),
    /// The passed pipelines of a group.
    Group(Group),
}

impl Entry {
    pub(super) fn new(id: Arc<str>, subject: Subject, rank: Rank) -> Self {
        Self {
            id,
            content: ArcRwSignal::new(Content { subject, location: None, look: None }),
            position: ArcRwSignal::new(None),
            moves: 0,
            rank,
            matches_filter: true,
        }
    }

    /// The pipeline, unless it is a group.
    pub fn tile(&self) -> Option<Arc<Tile>> {
        self.content.with_untracked(|content| match &content.subject {
            Subject::Pipeline(tile) => Some(Arc::clone(tile)),
            Subject::Group(_) => None,
        })
    }

    /// Compares two entries by the order of the wall.
    pub(super) fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| self.id.cmp(&other.id))
    }
}
