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
            let (explicit, derived) = subjects.entry(&event.subject).or_default();
            let least = |slot: &mut Option<i64>, ms: i64| {
                *slot = Some(slot.map_or(ms, |known| known.min(ms)));
            };
            if let Some(started) = event.started {
                least(explicit, started.unix_ms());
            }
            if begun(&event) {
                least(derived, event.time.unix_ms());
            }
        }
        let own = subjects.iter().filter(|(subject, _)| matches!(subject, Subject::Stage(_)));
        let own = own.filter_map(|(_, (explicit, derived))| explicit.or(*derived)).min();
        let any = subjects.values().filter_map(|(explicit, derived)| explicit.or(*derived)).min();
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

    /// Whether the newest attempt of a subject is known to have begun.
    fn has_start(&self, subject: &Subject) -> bool {
        let newest = attempt(self.last()[subject]);
        let mut of = self.0.iter().filter(|event| event.subject == *subject);
        of.any(|event| {
            attempt(event) == newest
                && (event.started.is_some()
                    || matches!(event.state, State::Started | State::Resumed))
        })
    }

    /// Whether what is known of a subject shows that its stage was reached.
    fn reaches(&self, event: &Event) -> bool {
        match event.state {
            State::Queued => false,
            State::Canceled => self.has_start(&event.subject),
            State::Skipped => !is_action(event) || self.has_start(&event.subject),
            _ => true,
        }
    }

    /// Whether another stage began after this one had failed.
    fn was_passed(&self, failed: &Event) -> bool {
        let last = self.last();
        let mut others = last.values().filter(|other| {
            matches!(other.subject, Subject::Stage(_)) && other.subject != failed.subject
        });
        self.source() == "codepipeline"
            && others.any(|other| {
                let of = || {
                    self.0.iter().filter(|event| {
                        event.subject == other.subject && attempt(event) == attempt(other)
                    })
                };
                let explicit = of().filter_map(|event| event.started).min();
                let derived = of()
                    .filter(|event| matches!(event.state, State::Started | State::Resumed))
                    .map(|event| event.time)
                    .min();
                let ran = matches!(other.state, State::Stopping | State::Succeeded | State::Failed);
                let start = explicit.or(derived);
                let began = start.unwrap_or(other.time);
                let in_one_second = began == failed.time;
                attempt(other) >= attempt(failed)
                    && (start.is_some() || ran)
                    && (began > failed.time
                        || in_one_second && (is_open(other) || other.time > failed.time))
            })
    }

    /// When the run last failed, as far as it is known for sure: the run itself, else a stage, else an action.
    fn failed_at(&self) -> Option<i64> {
        let failed = |level: fn(&Subject) -> bool| {
            let of = self.0.iter().filter(move |event| level(&event.subject));
            of.filter(|event| event.state == State::Failed).map(|event| event.time.unix_ms())
        };
        let of_run = failed(|subject| *subject == Subject::Run).max();
        let of_stage = failed(|subject| matches!(subject, Subject::Stage(_))).min();
        let of_action = failed(|subject| matches!(subject, Subject::Action { .. })).min();
        of_run.or(of_stage).or(of_action)
    }

    /// What the run and its stages are at.
    fn read(&self, complete: &Actions) -> Read {
        let (last, newest) = (self.last(), self.newest_attempt());
        let own = last.get(&Subject::Run).filter(|own| attempt(own) == newest);
        let ended = own.filter(|own| is_ended(own));
        let closing = ended.map(|own| word(own.state));
        let stages = self.stages(closing);
        let now = || last.values().filter(|event| attempt(event) == newest);
        let stage_facts = || now().filter(|event| matches!(event.subject, Subject::Stage(_)));
        let actions = || last.values().filter(|event| is_action(event));
        let failed = |event: &&&Event| event.state == State::Failed;
        let failures: Vec<i64> = if stage_facts().count() > 0 {
            let failed = stage_facts().filter(failed).filter(|stage| !self.was_passed(stage));
            failed.map(|event| event.time.unix_ms()).collect()
        } else {
            let failed = now().filter(|event| is_action(event)).filter(failed);
            failed.map(|event| event.time.unix_ms()).collect()
        };
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
        let is_vouched = ["github", "gitlab"].contains(&self.source().as_str());
        let read = |status, ended| Read { status, ended, is_aside: false, stages: stages.clone() };
        if let Some(own) = ended {
            let is_aside = matches!(own.state, State::Superseded | State::Skipped);
            return Read { is_aside, ..read(word(own.state), Some(own.time.unix_ms())) };
        }
        let status = match closing {
            _ if !failures.is_empty() => {
                let end = failures.into_iter().max().filter(|_| !is_vouched);
                return read(Status::Failed, end);
            }
            None if own.is_some_and(|own| waits(own))
                || stages.values().any(|status| *status == Status::Waiting) =>
            {
                Status::Waiting
            }
            None if is_done => {
                let ended = actions().map(|event| event.time.unix_ms()).max();
                let stages = self.stages(Some(Status::Succeeded));
                return Read { stages, ..read(Status::Succeeded, ended) };
            }
            None if own.is_some_and(|own| own.state == State::Unknown) => Status::Unknown,
            _ => Status::Started,
        };
        read(status, None)
    }

    fn stages(&self, closing: Option<Status>) -> BTreeMap<String, Status> {
        let last = self.last();
        let reached: BTreeSet<&str> = last
            .values()
            .filter(|event| self.reaches(event))
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

/// What a run and its stages are at.
#[derive(Clone)]
struct Read {
    status: Status,
    /// Nothing where it is open.
    ended: Option<i64>,
    /// It was superseded or skipped.
    is_aside: bool,
    /// Those that were reached.
    stages: BTreeMap<String, Status>,
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
    for (_, told) in &runs {
        let run = told.read(&complete);
        let is_rollback = told.0.iter().any(|event| {
            event.trigger.as_ref().is_some_and(|trigger| trigger.ends_with("Rollback"))
        });
        let actions: Actions = told
            .0
            .iter()
            .filter(|event| is_action(event))
            .map(|event| event.subject.clone())
            .collect();
        if run.status == Status::Succeeded && !is_rollback && !actions.is_empty() {
            complete = actions;
        }
        read.push(run);
    }
    let failed_at: Vec<Option<i64>> = runs.iter().map(|(_, told)| told.failed_at()).collect();
    let headline = expected_headline(&read, &failed_at)
        .map(|place| (runs[place].0.to_owned(), read[place].status));
    let read = runs.iter().zip(read);
    (read.map(|((id, _), run)| ((*id).to_owned(), run.status, run.stages)).collect(), headline)
}

/// The rules of the headline, as questions that are asked one after the other.
fn expected_headline(runs: &[Read], failed_at: &[Option<i64>]) -> Option<usize> {
    use Status::{Failed, Started, Stopped, Succeeded, Unknown, Waiting};
    let places = || (0..runs.len()).rev();
    let of = |wanted: &[Status]| {
        places().find(|place| !runs[*place].is_aside && wanted.contains(&runs[*place].status))
    };
    let (stopped, waiting) = (of(&[Stopped]), of(&[Waiting]));
    let Some(newest) = of(&[Started, Succeeded, Failed, Waiting, Unknown]) else {
        return stopped.or(runs.len().checked_sub(1));
    };
    let over = |place: usize| runs[place].ended.or(failed_at[place]);
    let verdicts = places().filter(|place| {
        !runs[*place].is_aside && [Succeeded, Failed].contains(&runs[*place].status)
    });
    let last = verdicts.max_by_key(|place| (over(*place), *place));
    let speaker = match runs[newest].status {
        Failed if runs[newest].ended.is_none() => newest,
        Succeeded | Failed => {
            let last = last.unwrap();
            if runs[last].status == Failed { last } else { waiting.unwrap_or(last) }
        }
        _ => waiting.unwrap_or(newest),
    };
    let gives_way = [Succeeded, Unknown].contains(&runs[speaker].status);
    stopped.filter(|stopped| gives_way && *stopped > speaker).or(Some(speaker))
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
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// What nobody may miss: an open approval, and a failure that ended after the last success.
    #[test]
    fn nothing_that_matters_is_hidden(events in history(), source in prop::sample::select(&["codepipeline", "github", "jenkins"])) {
        let pipeline = pipeline(&by(source, events));
        let (tile, page) = (pipeline.tile(), pipeline.page());
        if page.runs.iter().any(|run| run.status == Status::Waiting) {
            prop_assert!(matches!(tile.status, Status::Waiting | Status::Failed), "{:?}", tile.status);
        }
        let ended = |status| page.runs.iter().filter(move |run| run.status == status).filter_map(|run| run.ended);
        let last_success = ended(Status::Succeeded).max();
        if ended(Status::Failed).any(|failed| last_success.is_none_or(|success| failed > success)) {
            prop_assert!(tile.failing_since.is_some());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn also_of_sixteen_runs(events in sixteen_runs()) {
        prop_assert_eq!(answered(&events), expected(&events));
    }
}
