//! What a CI's API says of a pipeline as a whole: how it is defined, which of its stages are switched off, whether it is
//! still there, and whether the wall has a place for it.
//!
//! Each is a register that keeps the greatest by a time of its own teller, so that answers join in any order:
//!
//! - *declared*: by the definition's own time of update and version.
//! - *switched*: by the last time that any switch was moved.
//! - *standing*: by the time at which the API was asked. It is written only when it changes.
//!
//! A standing holds up to the news that it was found at: a run that goes on afterwards brings the pipeline back, in any
//! order of arrival.

use serde::{Deserialize, Serialize};

use super::register::{Ms, keep_greatest};
use crate::{Timestamp, event::Approval};

/// How long a pipeline that is gone still shows.
const FAREWELL_MS: i64 = 24 * 60 * 60 * 1000;
/// With news this young a pipeline is not taken for gone: it may have been made while the list was read.
const FRESH_MS: i64 = 5 * 60 * 1000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The registers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listing {
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declared>,
    #[serde(rename = "o", skip_serializing_if = "Option::is_none")]
    pub switched: Option<Switched>,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    standing: Option<Standing>,
}

/// A pipeline's definition. The greatest is the newest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Declared {
    #[serde(rename = "t")]
    pub(crate) updated: Ms,
    /// Begins anew when a pipeline is made again under the same name, so time comes first.
    #[serde(rename = "v")]
    pub(crate) version: i64,
    /// In their order.
    #[serde(rename = "s", default)]
    pub(crate) stages: Vec<DeclaredStage>,
    /// The pipeline in its CI's console.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

/// A stage of a definition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct DeclaredStage {
    #[serde(rename = "n")]
    pub name: String,
    #[serde(rename = "a", default)]
    pub actions: Vec<DeclaredAction>,
}

/// An action of a definition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct DeclaredAction {
    #[serde(rename = "n")]
    pub name: String,
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// A person decides.
    #[serde(
        rename = "w",
        default,
        skip_serializing_if = "super::stored::is_machine",
        with = "super::stored::StoredApproval"
    )]
    pub approval: Approval,
}

/// Which stages nothing may enter. The greatest is the newest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Switched {
    /// When a switch was last moved.
    #[serde(rename = "t")]
    pub(crate) moved: Ms,
    #[serde(rename = "o", default)]
    pub(crate) off: Vec<SwitchedOff>,
}

/// A stage that nothing may enter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct SwitchedOff {
    #[serde(rename = "n")]
    pub stage: String,
    #[serde(rename = "t")]
    pub since: Ms,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Where a pipeline stands. The greatest is the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Standing {
    #[serde(rename = "t")]
    at: Ms,
    /// Since when it is gone, as far as was found out.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    gone: Option<Ms>,
    /// Its news when it was taken off the wall.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    off: Option<Ms>,
}

/// What was found of a pipeline when its CI was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Review {
    /// When the CI was asked for its list, before the first answer.
    pub at: Timestamp,
    /// What the list says.
    pub presence: Presence,
    /// After how many days without news a pipeline leaves the wall; never when absent.
    pub retire_after_days: Option<u32>,
}

impl Review {
    /// Whether a pipeline with this newest news is quiet for too long.
    pub fn is_quiet(&self, news: Timestamp) -> bool {
        self.retire_after_days
            .is_some_and(|days| self.at.unix_ms() - news.unix_ms() >= DAY_MS * i64::from(days))
    }
}

/// Whether the CI knows a pipeline. Only a list that was read to its end may say that one is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is in the list.
    Listed,
    /// It is not.
    Missing,
    /// No list was asked for that could have it.
    Unasked,
}

impl Listing {
    /// Nothing was told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes in a definition and switches; true when one was news.
    pub fn join(&mut self, declared: Option<Declared>, switched: Option<Switched>) -> bool {
        let declared = declared.is_some_and(|declared| keep_greatest(&mut self.declared, declared));
        switched.is_some_and(|switched| keep_greatest(&mut self.switched, switched)) || declared
    }

    /// Takes in a review of a pipeline with this newest `news`; true when its standing changed.
    pub fn review(&mut self, review: Review, news: Option<Ms>) -> bool {
        let Review { at, presence, .. } = review;
        let age_ms = |Ms(moment): Ms| at.unix_ms() - moment.unix_ms();
        let (was_gone, was_off) = (self.gone(news), self.off(news));
        let gone = match presence {
            Presence::Listed => None,
            Presence::Unasked => was_gone,
            Presence::Missing if news.is_some_and(|news| age_ms(news) < FRESH_MS) => was_gone,
            Presence::Missing => was_gone.or(Some(Ms(at))),
        };
        let is_past = gone.is_some_and(|gone| age_ms(gone) >= FAREWELL_MS);
        let is_quiet = news.is_some_and(|Ms(news)| review.is_quiet(news));
        let off = (is_past || is_quiet).then(|| was_off.or(news).unwrap_or(Ms(at)));
        (gone, off) != (was_gone, was_off)
            && keep_greatest(&mut self.standing, Standing { at: Ms(at), gone, off })
    }

    /// Since when the pipeline is gone, where there was no news since.
    pub fn gone(&self, news: Option<Ms>) -> Option<Ms> {
        self.standing?.gone.filter(|gone| news.is_none_or(|news| news <= *gone))
    }

    /// The news that the pipeline was taken off the wall at, where there was none since.
    pub fn off(&self, news: Option<Ms>) -> Option<Ms> {
        self.standing?.off.filter(|off| news.is_none_or(|news| news <= *off))
    }
}

impl Declared {
    /// Whether a list's entry speaks of this definition.
    pub fn is_of(&self, version: i64, updated: Timestamp) -> bool {
        self.version == version && self.updated == Ms(updated)
    }

    /// The names of the stages, in their order.
    pub(crate) fn stage_names(&self) -> impl Iterator<Item = &str> {
        self.stages.iter().map(|stage| stage.name.as_str())
    }

    pub(crate) fn action(&self, stage: &str, action: &str) -> Option<&DeclaredAction> {
        self.stages
            .iter()
            .find(|known| known.name == stage)?
            .actions
            .iter()
            .find(|known| known.name == action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_ms(1_795_424_400_000 + second * 1000).unwrap()
    }

    /// Reviews at these seconds, and after each what it changed: since when gone, whether off the wall.
    #[track_caller]
    fn check(news: i64, retire_after_days: Option<u32>, reviews: &[(i64, Presence, &str)]) {
        let (mut listing, news) = (Listing::default(), Some(Ms(at(news))));
        for (second, presence, expect) in reviews {
            let changed = listing
                .review(Review { at: at(*second), presence: *presence, retire_after_days }, news);
            let gone = listing.gone(news).map(|Ms(gone)| (gone.unix_ms() - at(0).unix_ms()) / 1000);
            let said = match (changed, gone, listing.off(news)) {
                (false, ..) => "same".to_owned(),
                (true, None, None) => "there".to_owned(),
                (true, None, Some(_)) => "off".to_owned(),
                (true, Some(gone), None) => format!("gone {gone}"),
                (true, Some(gone), Some(_)) => format!("gone {gone}, off"),
            };
            assert_eq!(said, *expect, "at {second}");
        }
    }

    #[test]
    fn what_is_missing_is_gone_and_leaves_after_a_day() {
        use Presence::{Listed, Missing};
        check(0, None, &[(900, Listed, "same"), (1_800, Listed, "same")]);
        check(
            0,
            None,
            &[
                (299, Missing, "same"),
                (900, Missing, "gone 900"),
                (1_800, Missing, "same"),
                (2_700, Listed, "there"),
            ],
        );
        check(
            0,
            None,
            &[
                (900, Missing, "gone 900"),
                (899 + DAY, Missing, "same"),
                (900 + DAY, Missing, "gone 900, off"),
            ],
        );
        check(
            0,
            None,
            &[
                (900, Missing, "gone 900"),
                (2 * DAY, Missing, "gone 900, off"),
                (3 * DAY, Missing, "same"),
                (4 * DAY, Listed, "there"),
            ],
        );
    }

    #[test]
    fn what_is_quiet_leaves_and_comes_back_when_more_days_are_allowed() {
        use Presence::{Listed, Missing, Unasked};
        check(
            0,
            Some(30),
            &[
                (30 * DAY - 1, Listed, "same"),
                (30 * DAY, Listed, "off"),
                (31 * DAY, Listed, "same"),
            ],
        );
        check(0, Some(1), &[(DAY, Missing, "gone 86400, off")]);
        check(
            0,
            Some(30),
            &[
                (900, Missing, "gone 900"),
                (30 * DAY - 1, Unasked, "gone 900, off"),
                (31 * DAY, Listed, "off"),
            ],
        );
        check(0, Some(30), &[(30 * DAY - 1, Unasked, "same"), (30 * DAY, Unasked, "off")]);
        let mut listing = Listing::default();
        let review =
            |days, second| Review { at: at(second), presence: Listed, retire_after_days: days };
        let news = Some(Ms(at(0)));
        assert!(listing.review(review(Some(30), 40 * DAY), news));
        assert!(listing.review(review(Some(90), 41 * DAY), news));
        assert_eq!(listing.off(news), None);
        assert!(listing.review(review(Some(30), 42 * DAY), news));
        assert_eq!(listing.off(Some(Ms(at(1)))), None, "newer news");
    }

    #[test]
    fn an_older_review_changes_nothing() {
        let mut listing = Listing::default();
        let review =
            |second, presence| Review { at: at(second), presence, retire_after_days: None };
        assert!(listing.review(review(9_000, Presence::Missing), None));
        assert!(!listing.review(review(8_000, Presence::Listed), None));
        assert_eq!(listing.gone(None), Some(Ms(at(9_000))));
    }
}
