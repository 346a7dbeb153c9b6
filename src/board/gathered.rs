//! Groups: pipelines of which nobody needs to see more than how many pass.

use std::sync::Arc;

use model::Tile;

use super::{Entry, What, rank::Rank};
use crate::{
    fit::name::prefix,
    options::{Accounts, Group},
    state::State,
};

/// A group of pipelines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// What they have in common.
    pub name: Arc<str>,
    /// How many pass.
    pub passed: usize,
    /// How many there are.
    pub all: usize,
    /// The worst of their states.
    pub worst: State,
}

/// Counts the pipelines of each group, by name; what is drawn of a group that is known already is only changed.
pub fn gather<'a>(
    groups: &mut Vec<Entry>,
    pipelines: impl Iterator<Item = &'a Entry>,
    by: Group,
    accounts: &Accounts,
) {
    let mut counted: Vec<Gathered> = Vec::new();
    for (tile, state) in pipelines.filter_map(|entry| Some((entry.pipeline()?, entry.rank.state))) {
        let name = name(&tile, by, accounts);
        let passed = usize::from(state == State::Passed);
        let place = counted.partition_point(|group| *group.name < *name);
        if let Some(group) = counted.get_mut(place).filter(|group| *group.name == *name) {
            group.passed += passed;
            group.all += 1;
            group.worst = group.worst.min(state);
        } else {
            counted.insert(place, Gathered { name: name.into(), passed, all: 1, worst: state });
        }
    }
    let known = std::mem::take(groups);
    for group in counted {
        let rank = Rank::of_group(Arc::clone(&group.name), State::Passed);
        let known = known.iter().find(|entry| entry.id == group.name);
        groups.push(match known {
            Some(entry) => {
                entry.shown.update(|shown| shown.what = What::Group(group));
                entry.clone()
            }
            None => Entry::new(Arc::clone(&group.name), What::Group(group), rank),
        });
    }
}

fn name<'a>(tile: &'a Tile, by: Group, accounts: &'a Accounts) -> &'a str {
    match by {
        Group::Account => accounts.name(tile.id.encoded_account()),
        Group::Region => tile.id.encoded_region(),
        Group::Source => tile.id.encoded_source(),
        Group::Prefix => prefix(&tile.name),
    }
}
