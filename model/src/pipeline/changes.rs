//! What a run builds, chosen as one source as a whole.
//!
//! A run may have several sources: two repositories, an image, an object of a bucket. Each has a revision of its own, and
//! so what events claim is kept by revision. The revision with the best source is shown, and every field of it belongs to
//! that revision. What was claimed without a revision belongs to all of them.

use serde::{Deserialize, Serialize};

use super::register::{Ms, Told, keep_greatest};
use crate::{event::ChangeSource, tile::Change};

/// How many revisions of one run are kept. CodePipeline allows fifty source actions; nobody was seen to use more than five.
const MAX_REVISIONS: usize = 8;

/// The revisions of a run, the shown one first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Changes {
    shown: Fields,
    /// By falling trust; last what was claimed without a revision.
    others: Vec<Fields>,
}

/// The same as it is stored. A record of an earlier version has the shown revision alone.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    message: Option<Told>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    author: Option<Told>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    revision: Option<Told>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    url: Option<Told>,
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<Stored>,
}

/// What is known of one revision. Each field keeps its greatest claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Fields {
    message: Option<Told>,
    author: Option<Told>,
    revision: Option<Told>,
    url: Option<Told>,
}

impl Changes {
    /// Nothing is known.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Merges one claim; true when that changed something.
    pub fn merge(&mut self, source: ChangeSource, time: Ms, change: Change) -> bool {
        let Change { message, author, revision, url } = change;
        let claim = |text: Option<String>| text.map(|text| Told(source, time, text));
        let new = Fields {
            message: claim(message),
            author: claim(author),
            revision: claim(revision),
            url: claim(url),
        };
        if new.is_empty() {
            return false;
        }
        // The common case, without a copy of what is known.
        if self.others.is_empty() && self.shown.is_of(&new) {
            return self.shown.merge(&new);
        }
        let before = self.clone();
        let mut revisions = std::mem::take(self).into_revisions();
        match revisions.iter_mut().find(|known| known.is_of(&new)) {
            Some(known) => drop(known.merge(&new)),
            None => revisions.push(new),
        }
        *self = Self::of(revisions);
        *self != before
    }

    /// Drops the fields of each revision that `events` have, too.
    pub fn drop_all_in(&mut self, events: &Self) {
        if self.is_empty() || events.is_empty() {
            return;
        }
        let mut revisions = std::mem::take(self).into_revisions();
        for revision in &mut revisions {
            if let Some(known) = events.revisions().find(|known| known.is_of(revision)) {
                revision.drop_all_in(known);
            }
        }
        revisions.retain(|revision| !revision.is_empty());
        *self = Self::of(revisions);
    }

    /// Takes from `polled` each field that is not known of its revision.
    pub fn fill_from(&mut self, polled: &Self) {
        let mut revisions = std::mem::take(self).into_revisions();
        for new in polled.revisions() {
            match revisions.iter_mut().find(|known| known.is_of(new)) {
                Some(known) => known.fill_from(new),
                None => revisions.push(new.clone()),
            }
        }
        *self = Self::of(revisions);
    }

    /// The change that is shown, if anything is known.
    pub fn read(&self) -> Option<Change> {
        self.without_url().map(|change| Change { url: text(self.shown.url.as_ref()), ..change })
    }

    /// The same for a tile, which has no link to the commit: it is long, and nobody asks a tile for it.
    pub fn without_url(&self) -> Option<Change> {
        let Fields { message, author, revision, .. } = &self.shown;
        let [message, author, revision] =
            [message, author, revision].map(|claim| text(claim.as_ref()));
        (!self.is_empty()).then_some(Change { message, author, revision, url: None })
    }

    /// Who wrote it.
    pub fn author(&self) -> Option<&str> {
        said(self.shown.author.as_ref())
    }

    /// Its revision.
    pub fn revision(&self) -> Option<&str> {
        said(self.shown.revision.as_ref())
    }

    fn revisions(&self) -> impl Iterator<Item = &Fields> {
        std::iter::once(&self.shown).chain(&self.others).filter(|fields| !fields.is_empty())
    }

    fn into_revisions(self) -> Vec<Fields> {
        let mut revisions = self.others;
        if !self.shown.is_empty() {
            revisions.insert(0, self.shown);
        }
        revisions
    }

    /// Sorts by trust and gives what has no revision to all that have one.
    fn of(mut revisions: Vec<Fields>) -> Self {
        let common = revisions.iter().find(|fields| fields.revision.is_none()).cloned();
        if let Some(common) = common {
            for revision in &mut revisions {
                revision.merge(&common);
            }
        }
        revisions.sort_by(|one, other| other.revision.cmp(&one.revision));
        let has_common = revisions.last().is_some_and(|last| last.revision.is_none());
        let most = MAX_REVISIONS + usize::from(has_common);
        if revisions.len() > most {
            revisions.drain(MAX_REVISIONS..revisions.len() - usize::from(has_common));
        }
        let mut revisions = revisions.into_iter();
        Self { shown: revisions.next().unwrap_or_default(), others: revisions.collect() }
    }
}

impl From<Stored> for Changes {
    fn from(mut stored: Stored) -> Self {
        let others = std::mem::take(&mut stored.others);
        if others.is_empty() {
            return Self { shown: stored.into(), others: Vec::new() };
        }
        Self::of(std::iter::once(stored).chain(others).map(Fields::from).collect())
    }
}

impl From<Changes> for Stored {
    fn from(Changes { shown, others }: Changes) -> Self {
        Self { others: others.into_iter().map(Self::from).collect(), ..shown.into() }
    }
}

impl From<Stored> for Fields {
    fn from(Stored { message, author, revision, url, .. }: Stored) -> Self {
        Self { message, author, revision, url }
    }
}

impl From<Fields> for Stored {
    fn from(Fields { message, author, revision, url }: Fields) -> Self {
        Self { message, author, revision, url, others: Vec::new() }
    }
}

impl Fields {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn is_of(&self, other: &Self) -> bool {
        said(self.revision.as_ref()) == said(other.revision.as_ref())
    }

    fn slots<'a>(&'a mut self, other: &'a Self) -> [(&'a mut Option<Told>, &'a Option<Told>); 4] {
        let Self { message, author, revision, url } = other;
        [
            (&mut self.message, message),
            (&mut self.author, author),
            (&mut self.revision, revision),
            (&mut self.url, url),
        ]
    }

    fn merge(&mut self, new: &Self) -> bool {
        let mut changed = false;
        for (known, new) in self.slots(new) {
            if let Some(new) = new {
                changed |= keep_greatest(known, new.clone());
            }
        }
        changed
    }

    fn drop_all_in(&mut self, known: &Self) {
        for (polled, known) in self.slots(known) {
            polled.take_if(|_| known.is_some());
        }
    }

    fn fill_from(&mut self, polled: &Self) {
        for (known, polled) in self.slots(polled) {
            if known.is_none() {
                known.clone_from(polled);
            }
        }
    }
}

fn text(claim: Option<&Told>) -> Option<String> {
    said(claim).map(str::to_owned)
}

fn said(claim: Option<&Told>) -> Option<&str> {
    claim.map(|Told(_, _, text)| text.as_str())
}
