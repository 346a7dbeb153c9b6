//! The registers that a [`Run`](super::run::Run) is made of, and how two of them join.
//!
//! Every register keeps the greatest or the least of what it was ever told, in a total order. Joining is therefore
//! idempotent, commutative and associative, and no order of arrival can differ from another.

use serde::{Deserialize, Serialize};

use super::stored;
use crate::{
    Timestamp,
    event::{Approval, ChangeSource, Detail, State},
    timestamp::InvalidTimestamp,
};

/// A moment, stored as whole milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Ms(pub Timestamp);

/// The newest text told, by time, then bytes.
pub type Newest = (Ms, String);

/// The first text told, by time, then bytes.
pub type First = (Ms, String);

/// One field of a change: the most trusted source wins, then the newest, then the greater bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Told(#[serde(with = "Source")] pub ChangeSource, pub Ms, pub String);

/// When something began. The least wins: an explicit moment beats a derived one, then the earliest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Began(pub Origin, pub Ms);

/// Which explicit start of one attempt counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starts {
    /// The first: the CI counts attempts, and an attempt has one start.
    First,
    /// The last: the CI counts no attempts, and a retried job has a new start.
    Last,
}

impl Starts {
    fn keep(self, known: &mut Option<Began>, new: Began) -> bool {
        match (self, &known) {
            (Self::Last, Some(Began(Origin::Told, at))) if new.0 == Origin::Told => {
                let is_later = new.1 > *at;
                if is_later {
                    *known = Some(new);
                }
                is_later
            }
            _ => keep_least(known, new),
        }
    }
}

/// How a beginning is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Origin {
    /// The CI said so.
    #[serde(rename = "t")]
    Told,
    /// It is the time of a `STARTED` or `RESUMED`.
    #[serde(rename = "d")]
    Derived,
}

/// The first failure heard of. The least wins: the best teller, then the earliest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Failure(pub Level, pub Ms);

/// What a failure was told of, best teller first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// The run as a whole.
    #[serde(rename = "r")]
    Run,
    /// A stage.
    #[serde(rename = "s")]
    Stage,
    /// An action.
    #[serde(rename = "a")]
    Action,
}

/// How far a state is, which orders facts of one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Not begun, or a word we don't know: it never beats a known one of the same second.
    Queued,
    Started,
    Stopping,
    Ended,
}

/// What is known of one run, stage or action: the winning fact of its newest attempt, and when that attempt began.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "stored::Part")]
pub struct Part {
    /// Counts from 1.
    pub attempt: u32,
    /// When the CI said it.
    pub time: Ms,
    /// What it said.
    pub state: State,
    /// What it said of an action.
    pub detail: Detail,
    /// When this attempt began, as far as it was heard of.
    pub began: Option<Began>,
    /// The place in time of an older attempt's fact, where one lies behind this one's: what an attempt was told by and
    /// what a clock says seldom disagree, but then all orders have to end in the same document.
    pub late: Option<Place>,
}

/// Where in time a fact stands: what is compared where attempts are not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place(pub Ms, #[serde(with = "stored::Word")] pub State);

impl Place {
    fn order(self) -> (Ms, Rank, State) {
        (self.0, rank(self.1), self.1)
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl Part {
    /// What one event says.
    pub fn told(
        attempt: u32,
        time: Timestamp,
        state: State,
        started: Option<Timestamp>,
        detail: Detail,
    ) -> Self {
        let began = match (started, state) {
            (Some(started), _) => Some(Began(Origin::Told, Ms(started))),
            (None, State::Started | State::Resumed) => Some(Began(Origin::Derived, Ms(time))),
            (None, _) => None,
        };
        Self { attempt: attempt.max(1), time: Ms(time), state, detail, began, late: None }
    }

    /// Takes in what another event says of the same subject; true when that was news.
    pub fn join(&mut self, new: Self, starts: Starts) -> bool {
        let latest = self.latest().max(new.latest());
        let news = self.join_fact(new, starts);
        let late = Some(latest).filter(|latest| *latest > self.place());
        let later = self.late != late;
        self.late = late;
        news || later
    }

    fn join_fact(&mut self, new: Self, starts: Starts) -> bool {
        if new.attempt > self.attempt {
            *self = new;
            return true;
        }
        if new.attempt < self.attempt {
            return false;
        }
        let earlier = new.began.is_some_and(|began| starts.keep(&mut self.began, began));
        let wins = new.fact() > self.fact();
        if wins {
            *self = Self { began: self.began, ..new };
        }
        wins || earlier
    }

    /// What a run's stages and actions say of it, as a fact of the run itself.
    pub fn inferred(attempt: u32, time: Ms, state: State, began: Option<Ms>) -> Self {
        let began = began.map(|at| Began(Origin::Derived, at));
        Self { attempt, time, state, detail: Detail::default(), began, late: None }
    }

    /// Where in time the fact stands.
    pub fn place(&self) -> Place {
        Place(self.time, self.state)
    }

    /// The last place in time that anything was heard of, whatever its attempt.
    pub fn latest(&self) -> Place {
        self.late.unwrap_or_else(|| self.place())
    }

    /// What facts of one attempt are ordered by.
    pub fn fact(&self) -> (Ms, Rank, State, &Detail) {
        (self.time, rank(self.state), self.state, &self.detail)
    }

    /// It came to an end, well or not.
    pub fn is_ended(&self) -> bool {
        rank(self.state) == Rank::Ended
    }

    /// It is under way or still to come. A state that we don't know is neither open nor ended.
    pub fn is_open(&self) -> bool {
        !self.is_ended() && self.state != State::Unknown
    }

    /// It was at least begun, or something unknown happened to it. What was canceled before it began was not reached.
    pub fn is_reached(&self) -> bool {
        match self.state {
            State::Queued => false,
            State::Canceled => self.began.is_some(),
            _ => true,
        }
    }

    /// It says that its stage was reached: what was skipped or canceled before it began does not.
    pub fn reaches_its_stage(&self) -> bool {
        self.is_reached() && (self.state != State::Skipped || self.began.is_some())
    }

    /// It surely ran: being cancelled alone is no proof of that.
    pub fn is_begun(&self) -> bool {
        self.began.is_some()
            || matches!(self.state, State::Stopping | State::Succeeded | State::Failed)
    }

    /// When this attempt began, where that was heard of.
    pub fn began_at(&self) -> Option<Ms> {
        self.began.map(|Began(_, at)| at)
    }

    /// A person's decision that is being waited for.
    pub fn is_open_approval(&self) -> bool {
        self.detail.approval == Approval::Manual
            && matches!(self.state, State::Started | State::Resumed)
    }
}

/// Keeps the greater; true when that is the new one.
pub fn keep_greatest<T: Ord>(slot: &mut Option<T>, new: T) -> bool {
    let wins = slot.as_ref().is_none_or(|old| new > *old);
    if wins {
        *slot = Some(new);
    }
    wins
}

/// Keeps the lesser; true when that is the new one.
pub fn keep_least<T: Ord>(slot: &mut Option<T>, new: T) -> bool {
    let wins = slot.as_ref().is_none_or(|old| new < *old);
    if wins {
        *slot = Some(new);
    }
    wins
}

fn rank(state: State) -> Rank {
    match state {
        State::Unknown | State::Queued => Rank::Queued,
        State::Started | State::Resumed => Rank::Started,
        State::Stopping => Rank::Stopping,
        State::Skipped
        | State::Superseded
        | State::Canceled
        | State::Abandoned
        | State::Stopped
        | State::Succeeded
        | State::Failed => Rank::Ended,
    }
}

impl TryFrom<i64> for Ms {
    type Error = InvalidTimestamp;

    fn try_from(ms: i64) -> Result<Self, Self::Error> {
        Timestamp::from_unix_ms(ms).map(Self)
    }
}

impl From<Ms> for i64 {
    fn from(Ms(moment): Ms) -> Self {
        moment.unix_ms()
    }
}

/// How [`ChangeSource`] is stored.
#[derive(Serialize, Deserialize)]
#[serde(remote = "ChangeSource")]
#[expect(clippy::enum_variant_names, reason = "the names are those of `ChangeSource`")]
enum Source {
    #[serde(rename = "i")]
    Artifact,
    #[serde(rename = "a")]
    SourceAction,
    #[serde(rename = "g")]
    GitTrigger,
    #[serde(rename = "t", other)]
    StartTrigger,
}
