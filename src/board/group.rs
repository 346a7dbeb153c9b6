//! Groups: pipelines of which only the number that passed is shown.

use std::sync::Arc;

use leptos::prelude::Update as _;
use model::Tile;

use super::{Entry, Subject, rank::Rank};
use crate::{
    layout::name::prefix,
    options::{Accounts, GroupBy},
    status::TileStatus,
};

/// A group of pipelines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What its pipelines have in common.
    pub name: Arc<str>,
    /// The number of passed pipelines.
    pub passed: usize,
    /// The number of all pipelines.
    pub all: usize,
    /// The worst status of them.
    pub worst: TileStatus,
}

/// Counts the pipelines of each group, by name. Known groups keep their entries.
pub fn count_groups<'a>(
    groups: &mut Vec<Entry>,
    pipelines: impl Iterator<Item = &'a Entry>,
    by: GroupBy,
    accounts: &Accounts,
) {
    let mut counted: Vec<Group> = Vec::new();
    for (tile, status) in pipelines.filter_map(|entry| Some((entry.tile()?, entry.rank.status))) {
        let name = name(&tile, by, accounts);
        let passed = usize::from(status == TileStatus::Passed);
        let index = counted.partition_point(|group| *group.name < *name);
        if let Some(group) = counted.get_mut(index).filter(|group| *group.name == *name) {
            group.passed += passed;
            group.all += 1;
            group.worst = group.worst.min(status);
        } else {
            counted.insert(index, Group { name: name.into(), passed, all: 1, worst: status });
        }
    }
    let known = std::mem::take(groups);
    groups.extend(counted.into_iter().map(|group| {
        let Some(entry) = known.iter().find(|entry| entry.id == group.name) else {
            let rank = Rank::of_group(Arc::clone(&group.name));
            return Entry::new(Arc::clone(&group.name), Subject::Group(group), rank);
        };
        entry.content.update(|content| content.subject = Subject::Group(group));
        entry.clone()
    }));
}

fn name<'a>(tile: &'a Tile, by: GroupBy, accounts: &'a Accounts) -> &'a str {
    match by {
        GroupBy::Account => accounts.name(tile.id.encoded_account()),
        GroupBy::Region => tile.id.encoded_region(),
        GroupBy::Source => tile.id.encoded_source(),
        GroupBy::Prefix => prefix(&tile.name),
    }
}
