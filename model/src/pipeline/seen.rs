//! What a CI's API said of a run, beside what its events said.
//!
//! An API tells no attempts, so its facts can't be joined with those of events. They are kept beside them, and only as
//! long as they say more:
//!
//! - Of what the API said of a run, stage or action the greatest `(time, rank, state, payload, beginning)` is kept, and
//!   dropped as soon as an event stands at the same or a later place in time, whatever its attempt.
//! - What it said of trigger, change and link is dropped, field by field, as soon as an event tells the same field.
//!
//! What is dropped stays dropped: events only move on, and what comes later from the API is dropped by the same rule. So
//! facts of both tellers end in the same document in any order, and an API that says what was heard already changes
//! nothing. (Of more stages or actions than a run may have, which CodePipeline doesn't allow, this doesn't hold.)
//!
//! Read, such a fact stands for the newest attempt that was heard of up to its time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    cached::Cached,
    changes::Changes,
    register::{First, Ms, Newest, Part, keep_greatest, keep_least},
    run::{MAX_ACTIONS, MAX_STAGES, Run, Stage, admit},
};
use crate::event::{Detail, Event, Subject};

/// What only an API said of a run so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    #[serde(rename = "u", skip_serializing_if = "Option::is_none")]
    url: Option<Newest>,
    #[serde(rename = "g", skip_serializing_if = "Option::is_none")]
    trigger: Option<First>,
    #[serde(rename = "c", skip_serializing_if = "Changes::is_empty")]
    changes: Changes,
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    own: Option<Part>,
    #[serde(rename = "s", skip_serializing_if = "BTreeMap::is_empty")]
    stages: BTreeMap<String, Stage>,
}

impl Seen {
    /// Nothing that events did not say, too.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes in a fact; its attempt is not one of the API's own words.
    pub fn join(&mut self, event: Event) {
        let Event { run_url, subject, time, state, started, trigger, change, detail, .. } = event;
        // What holds for the whole run is told with each of its states: that is no news.
        let always = Ms(started.unwrap_or(time));
        if let Some(url) = run_url {
            keep_greatest(&mut self.url, (always, url));
        }
        if let Some(trigger) = trigger {
            keep_least(&mut self.trigger, (always, trigger));
        }
        if let Some((source, change)) = change {
            self.changes.merge(source, always, change);
        }
        let part = Part::told(1, time, state, started, detail);
        match subject {
            Subject::Run => take(&mut self.own, part),
            Subject::Stage(stage) => {
                if let Some(stage) = self.stage(stage) {
                    take(&mut stage.own, part);
                }
            }
            Subject::Action { stage, action } => {
                if let Some(stage) = self.stage(stage)
                    && admit(&mut stage.actions, &action, MAX_ACTIONS)
                {
                    let mut slot = stage.actions.remove(&action);
                    take(&mut slot, part);
                    stage.actions.extend(slot.map(|part| (action, part)));
                }
            }
        }
    }

    fn stage(&mut self, name: String) -> Option<&mut Stage> {
        admit(&mut self.stages, &name, MAX_STAGES).then(|| self.stages.entry(name).or_default())
    }

    /// Drops what the run's events say themselves.
    pub fn prune(&mut self, run: &Facts<'_>) {
        self.url.take_if(|_| run.url.is_some());
        self.trigger.take_if(|_| run.trigger.is_some());
        self.changes.drop_all_in(run.changes);
        self.own.take_if(|part| is_said(part, run.own));
        self.stages.retain(|name, stage| {
            let heard = run.stages.get(name);
            stage.own.take_if(|part| is_said(part, heard.and_then(|heard| heard.own.as_ref())));
            stage.actions.retain(|action, part| {
                !is_said(part, heard.and_then(|heard| heard.actions.get(action)))
            });
            stage.own.is_some() || !stage.actions.is_empty()
        });
    }

    /// Lets go of actions, or of stages with them.
    pub fn drop_actions(&mut self) {
        self.stages.retain(|_, stage| {
            stage.actions.clear();
            stage.own.is_some()
        });
    }

    /// Lets go of stages and their actions.
    pub fn drop_stages(&mut self) {
        self.stages.clear();
    }

    /// Whether there are facts about actions.
    pub fn has_actions(&self) -> bool {
        self.stages.values().any(|stage| !stage.actions.is_empty())
    }

    /// Whether there are facts about stages or actions.
    pub fn has_stages(&self) -> bool {
        !self.stages.is_empty()
    }

    /// The newest moment of all facts.
    pub fn news(&self) -> Option<Ms> {
        self.own
            .iter()
            .chain(self.stages.values().flat_map(Stage::parts))
            .map(|part| part.time)
            .max()
    }

    /// Puts these facts over those of the run's events.
    pub fn lay_over(&self, run: &mut Run) {
        let attempts: Vec<(Ms, u32)> = run.parts().map(|part| (part.time, part.attempt)).collect();
        let attempt = |at: Ms| {
            attempts
                .iter()
                .filter(|(time, _)| *time <= at)
                .map(|(_, attempt)| *attempt)
                .max()
                .unwrap_or(1)
        };
        let lay = |slot: &mut Option<Part>, part: &Part| {
            *slot = Some(over(slot.take(), part, attempt(part.time)));
        };
        if run.url.is_none() {
            run.url.clone_from(&self.url);
        }
        if run.trigger.is_none() {
            run.trigger.clone_from(&self.trigger);
        }
        run.changes.update(|changes| {
            changes.fill_from(&self.changes);
            true
        });
        if let Some(part) = &self.own {
            lay(&mut run.own, part);
        }
        for (name, seen) in &self.stages {
            let stage = run.stages.entry(name.clone()).or_default();
            stage.update(|stage| {
                if let Some(part) = &seen.own {
                    lay(&mut stage.own, part);
                }
                for (action, part) in &seen.actions {
                    let mut slot = stage.actions.remove(action);
                    lay(&mut slot, part);
                    stage.actions.extend(slot.map(|part| (action.clone(), part)));
                }
                true
            });
        }
    }
}

/// What the events of a run told, borrowed part by part.
#[derive(Debug)]
pub struct Facts<'a> {
    pub url: Option<&'a Newest>,
    pub trigger: Option<&'a First>,
    pub changes: &'a Changes,
    pub own: Option<&'a Part>,
    pub stages: &'a BTreeMap<String, Cached<Stage>>,
}

/// Keeps the greater fact, its beginning included: one of a fact that was dropped meanwhile must not matter.
fn take(slot: &mut Option<Part>, new: Part) {
    if slot.as_ref().is_none_or(|old| (new.fact(), new.began) > (old.fact(), old.began)) {
        *slot = Some(new);
    }
}

fn is_said(part: &Part, heard: Option<&Part>) -> bool {
    heard.is_some_and(|heard| part.place() <= heard.latest())
}

/// The API's fact in the place of an event's. What kind of action it is, events tell better.
fn over(heard: Option<Part>, seen: &Part, attempt: u32) -> Part {
    let Some(heard) = heard else {
        return Part { attempt, ..seen.clone() };
    };
    let same_attempt = heard.attempt == attempt;
    let began = heard.began.filter(|_| same_attempt).into_iter().chain(seen.began).min();
    let Detail { approval, kind, .. } = heard.detail;
    let detail = Detail {
        approval: approval.max(seen.detail.approval),
        kind: kind.or_else(|| seen.detail.kind.clone()),
        ..seen.detail.clone()
    };
    Part { attempt, detail, began, ..seen.clone() }
}
