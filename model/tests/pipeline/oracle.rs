//! An independent reading: the rules applied to the *sorted* events, by the shortest code that states them.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Status,
    event::{Approval, Event, State, Subject},
};
use proptest::prelude::*;

use crate::{
    invented::{history, retold, sixteen_runs},
    story::{by, pipeline},
};

/// All events of one run, in the order in which facts are ordered.
struct Told<'a>(Vec<&'a Event>);

fn attempt(event: &Event) -> u32 {
    event.attempt.max(1)
}

fn rank(state: State) -> u8 {
    match state {
        State::Queued | State::Unknown => 0,
        State::Started | State::Resumed => 1,
        State::Stopping => 2,
        State::Skipped
        | State::Superseded
        | State::Canceled
        | State::Abandoned
        | State::Stopped
        | State::Succeeded
        | State::Failed => 3,
    }
}

fn is_ended(event: &Event) -> bool {
    rank(event.state) == 3
}

fn is_open(event: &Event) -> bool {
    !is_ended(event) && event.state != State::Unknown
}

fn waits(event: &Event) -> bool {
    event.detail.approval == Approval::Manual
        && matches!(event.state, State::Started | State::Resumed)
}

fn word(state: State) -> Status {
    match state {
        State::Succeeded => Status::Succeeded,
        State::Failed => Status::Failed,
        State::Unknown => Status::Unknown,
        State::Skipped
        | State::Superseded
        | State::Canceled
        | State::Abandoned
        | State::Stopped => Status::Stopped,
        State::Queued | State::Started | State::Resumed | State::Stopping => Status::Started,
    }
}

fn stage_of(event: &Event) -> Option<&str> {
    match &event.subject {
        Subject::Run => None,
        Subject::Stage(stage) | Subject::Action { stage, .. } => Some(stage),
    }
}

fn is_action(event: &Event) -> bool {
    matches!(event.subject, Subject::Action { .. })
}

type Actions = BTreeSet<Subject>;

impl<'a> Told<'a> {
    fn of(run: &str, events: &'a [Event]) -> Self {
        let mut told: Vec<&Event> = events.iter().filter(|event| event.run == run).collect();
        told.sort_by_key(|event| {
            (attempt(event), event.time, rank(event.state), event.state, event.detail.clone())
        });
        Self(told)
    }

    /// The last event about each subject.
    fn last(&self) -> BTreeMap<&'a Subject, &'a Event> {
        self.0.iter().map(|event| (&event.subject, *event)).collect()
    }

    fn source(&self) -> String {
        self.0.iter().map(|event| event.pipeline.source()).next().unwrap()
    }

    /// Only jobs told of it, and this CI's jobs don't say for whom they run.
    fn is_hearsay(&self) -> bool {
        ["github", "gitlab"].contains(&self.source().as_str())
            && self.0.iter().all(|event| event.subject != Subject::Run)
    }

    fn newest_attempt(&self) -> u32 {
        self.0.iter().map(|event| attempt(event)).max().unwrap()
    }

    fn order(&self, id: &str) -> (i64, String) {
        let of_run = self.0.iter().filter(|event| event.subject == Subject::Run);
        let explicit = of_run.filter_map(|event| event.started).min();
        let heard =
            self.0.iter().flat_map(|event| [Some(event.time), event.started]).flatten().min();
        (explicit.or(heard).unwrap().unix_ms(), id.to_owned())
    }

    /// When the newest attempt of a stage or action began: told, else seen, else first news of what won.
    fn place(&self, stage: &str, newest: u32) -> i64 {
        let of = |own: bool| {
            self.0.iter().filter(move |event| {
                stage_of(event) == Some(stage)
                    && is_action(event) != own
                    && attempt(event) == newest
            })
        };
        let begun = |event: &&&Event| {
            matches!(event.state, State::Started | State::Resumed) && event.started.is_none()
        };
        let mut subjects: BTreeMap<&Subject, (Option<i64>, Option<i64>)> = BTreeMap::new();
        for event in of(true).chain(of(false)) {
            let (told, seen) = subjects.entry(&event.subject).or_default();
            let least = |slot: &mut Option<i64>, ms: i64| {
                *slot = Some(slot.map_or(ms, |known| known.min(ms)))
            };
            if let Some(started) = event.started {
                least(told, started.unix_ms());
            }
            if begun(&event) {
                least(seen, event.time.unix_ms());
            }
        }
        let own = subjects.iter().filter(|(subject, _)| matches!(subject, Subject::Stage(_)));
        let own = own.filter_map(|(_, (told, seen))| told.or(*seen)).min();
        let any = subjects.values().filter_map(|(told, seen)| told.or(*seen)).min();
        let last = self.last();
        let news = last
            .values()
            .filter(|event| stage_of(event) == Some(stage) && attempt(event) == newest)
            .map(|event| event.time.unix_ms());
        own.or(any).or(news.min()).unwrap()
    }

    fn has_begun(&self, stage: &str, newest: u32) -> bool {
        let now = || {
            self.0.iter().filter(|event| stage_of(event) == Some(stage) && attempt(event) == newest)
        };
        now().any(|event| {
            event.started.is_some() || matches!(event.state, State::Started | State::Resumed)
        }) || self.last().values().any(|event| {
            stage_of(event) == Some(stage)
                && attempt(event) == newest
                && matches!(event.state, State::Stopping | State::Succeeded | State::Failed)
        })
    }

    /// The run's status, whether it was superseded or skipped, and the status of each stage that was reached.
    fn read(&self, complete: &Actions) -> (Status, bool, BTreeMap<String, Status>) {
        let (last, newest) = (self.last(), self.newest_attempt());
        let own = last.get(&Subject::Run).filter(|own| attempt(own) == newest);
        let ended = own.filter(|own| is_ended(own));
        let closing = ended.map(|own| word(own.state));
        let stages = self.stages(closing);
        let now = || last.values().filter(|event| attempt(event) == newest);
        let stage_facts = || now().filter(|event| matches!(event.subject, Subject::Stage(_)));
        let actions = || last.values().filter(|event| is_action(event));
        let failed = |event: &&Event| event.state == State::Failed;
        let is_failed = stage_facts().any(&failed)
            || (stage_facts().count() == 0 && now().any(|event| is_action(event) && failed(event)));
        let done: Actions = actions()
            .filter(|event| event.state == State::Succeeded)
            .map(|event| event.subject.clone())
            .collect();
        let newest_action = actions().max_by_key(|event| (event.time, event.state));
        let is_done = last.values().all(|event| is_action(event))
            && !actions().any(|event| is_open(event))
            && if complete.is_empty() {
                newest_action.is_some_and(|event| event.state == State::Succeeded)
            } else {
                complete.is_subset(&done)
            };
        let status = match closing {
            Some(status) => status,
            None if is_failed => Status::Failed,
            None if own.is_some_and(|own| waits(own))
                || stages.values().any(|status| *status == Status::Waiting) =>
            {
                Status::Waiting
            }
            None if is_done => {
                return (Status::Succeeded, false, self.stages(Some(Status::Succeeded)));
            }
            None if own.is_some_and(|own| own.state == State::Unknown) => Status::Unknown,
            None => Status::Started,
        };
        (
            status,
            ended.is_some_and(|own| matches!(own.state, State::Superseded | State::Skipped)),
            stages,
        )
    }

    fn stages(&self, closing: Option<Status>) -> BTreeMap<String, Status> {
        let last = self.last();
        let reached: BTreeSet<&str> = last
            .values()
            .filter(|event| event.state != State::Queued)
            .filter_map(|event| stage_of(event))
            .collect();
        let attempt_of = |stage: &str| {
            last.values()
                .filter(|event| stage_of(event) == Some(stage))
                .map(|event| attempt(event))
                .max()
                .unwrap()
        };
        let status = |stage: &str| {
            let newest = attempt_of(stage);
            let own =
                last.get(&Subject::Stage(stage.to_owned())).filter(|own| attempt(own) == newest);
            let actions = || {
                last.values().filter(|event| {
                    is_action(event) && stage_of(event) == Some(stage) && attempt(event) == newest
                })
            };
            let is_failed = actions().any(|event| event.state == State::Failed);
            let in_turn = self.source() == "codepipeline";
            let is_past = in_turn
                && reached.iter().any(|other| {
                    let later = attempt_of(other);
                    later >= newest
                        && self.has_begun(other, later)
                        && self.place(other, later) > self.place(stage, newest)
                });
            let waits = newest == self.newest_attempt()
                && own.into_iter().chain(actions()).any(|event| waits(event));
            if let Some(own) = own.filter(|own| !is_open(own)) {
                word(own.state)
            } else if own.is_none() && is_failed {
                Status::Failed
            } else if !in_turn && own.is_none() && actions().all(|event| is_ended(event)) {
                if actions().any(|event| event.state == State::Succeeded) {
                    Status::Succeeded
                } else {
                    Status::Stopped
                }
            } else if is_past || closing == Some(Status::Succeeded) {
                Status::Succeeded
            } else if closing == Some(Status::Failed) && is_failed {
                Status::Failed
            } else if closing.is_some() {
                Status::Stopped
            } else if waits {
                Status::Waiting
            } else {
                Status::Started
            }
        };
        reached.iter().map(|stage| ((*stage).to_owned(), status(stage))).collect()
    }
}

/// Of each run, oldest first: id, status, stages. And the headline's run and status.
type Answer = (Vec<(String, Status, BTreeMap<String, Status>)>, Option<(String, Status)>);

fn expected(events: &[Event]) -> Answer {
    let ids: BTreeSet<&str> = events.iter().map(|event| event.run.as_str()).collect();
    let mut runs: Vec<(&str, Told<'_>)> =
        ids.into_iter().map(|id| (id, Told::of(id, events))).collect();
    runs.retain(|(_, told)| !told.is_hearsay());
    runs.sort_by_key(|(id, told)| told.order(id));
    let mut complete = Actions::new();
    let mut read = Vec::new();
    for (id, told) in runs {
        let (status, superseded, stages) = told.read(&complete);
        let is_rollback = told.0.iter().any(|event| {
            event.trigger.as_ref().is_some_and(|trigger| trigger.ends_with("Rollback"))
        });
        let actions: Actions = told
            .0
            .iter()
            .filter(|event| is_action(event))
            .map(|event| event.subject.clone())
            .collect();
        if status == Status::Succeeded && !is_rollback && !actions.is_empty() {
            complete = actions;
        }
        read.push((id.to_owned(), status, superseded, stages));
    }
    let newest =
        read.iter().rposition(|(_, _, superseded, _)| !superseded).or(read.len().checked_sub(1));
    let headline = newest.map(|newest| {
        let waiting = (0..newest).rfind(|place| read[*place].1 == Status::Waiting);
        let place = waiting.filter(|_| read[newest].1 == Status::Started).unwrap_or(newest);
        (read[place].0.clone(), read[place].1)
    });
    (read.into_iter().map(|(id, status, _, stages)| (id, status, stages)).collect(), headline)
}

fn answered(events: &[Event]) -> Answer {
    let pipeline = pipeline(events);
    let (tile, page) = (pipeline.tile(), pipeline.page());
    let runs = page.runs.iter().rev().map(|run| {
        let stages = run.stages.iter().map(|stage| (stage.name.clone(), stage.status)).collect();
        (run.id.clone(), run.status, stages)
    });
    assert_eq!(page.status, tile.status);
    (runs.collect(), tile.run.map(|run| (run.id, tile.status)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn what_is_read_is_what_the_sorted_events_say(
        (events, retold) in history().prop_flat_map(|events| (Just(events.clone()), retold(events))),
        source in prop::sample::select(&["codepipeline", "github", "jenkins"]),
    ) {
        prop_assert_eq!(answered(&by(source, retold)), expected(&by(source, events)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn also_of_sixteen_runs(events in sixteen_runs()) {
        prop_assert_eq!(answered(&events), expected(&events));
    }
}
