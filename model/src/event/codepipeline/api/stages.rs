//! Reads stages, their actions and their conditions from `GetPipelineState`.
//!
//! A stage names the run that is in it, or was last. An action has the time of its last change, but no run. Therefore only
//! what certainly belongs to the stage's run is read:
//!
//! - Of a stage that succeeded, all actions that succeeded. Of one in progress, the actions in progress. Of one that failed,
//!   the last failure: an action, or a rule of a condition. Nothing from before the run began, which is of an earlier run.
//! - A stage is FAILED where the API says so, even if no action failed. A condition that is not met does that; its rule is
//!   read as a failed action. A failure without a time gets that of the run's last change, once the run has ended.
//! - A retried stage in progress shows that its run continues after a failure.
//! - Only an open approval has a token. An action in progress with a token waits, even where the definition is unknown.
//! - An open approval may have no time. It gets the newest moment that certainly precedes it: the last end among the actions
//!   of its stage and of earlier ones, else the start of the run. That moment is stable while the approval is open, and an
//!   event of the same approval replaces it. After a retry it is the run's last change, because it must follow the failure.
//! - In the mode PARALLEL a stage names one run of many. Of its actions only one in progress is read, and only if it is the
//!   only one: then the stage's run can be nowhere else.
//!
//! Source: <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StageState.html>

use super::{
    ActionState, Answers, Check, ConditionState, Execution, StageState, moment, observation,
    public_link, state,
};
use crate::{
    PipelineId, Timestamp,
    event::{Approval, Detail, Event, State, Subject},
    text,
};

/// All stages of one pipeline, with what else was answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stages<'a> {
    pub id: &'a PipelineId,
    pub answers: Answers<'a>,
}

/// A stage and the run that is in it, or was last.
#[derive(Clone, Copy, Debug)]
struct Visit<'a> {
    all: Stages<'a>,
    /// The stage's place among the others.
    place: usize,
    stage: &'a StageState,
    run: &'a str,
    now: State,
    /// Absent if the run is older than the listed ones.
    execution: Option<&'a Execution>,
}

impl<'a> Stages<'a> {
    /// The observations of all stages and their actions.
    pub fn observations(self) -> Vec<Event> {
        self.visits().flat_map(|visit| visit.observations().unwrap_or_default()).collect()
    }

    /// When a run continued in a stage in which it had failed.
    pub fn resumed(self, run: &str) -> Option<Timestamp> {
        self.visits().filter(|visit| visit.run == run).find_map(Visit::resumed)
    }

    fn visits(self) -> impl Iterator<Item = Visit<'a>> {
        self.answers.stages.iter().enumerate().filter_map(move |(place, stage)| {
            let (run, status) = stage.execution.as_ref()?;
            let execution = self.answers.executions.iter().find(|execution| execution.id == *run);
            Some(Visit { all: self, place, stage, run, now: state(status), execution })
        })
    }

    fn is_parallel(self) -> bool {
        self.answers
            .entry
            .execution_mode
            .as_deref()
            .is_some_and(|mode| mode.eq_ignore_ascii_case("PARALLEL"))
    }
}

impl<'a> Visit<'a> {
    fn observations(self) -> Option<Vec<Event>> {
        let name = text::name(&self.stage.name).ok()?;
        let run = text::name(self.run).ok()?;
        let (own, actions) = self.own_and_actions(name);
        let own = own.map(|(state, at)| {
            observation(self.all.id, run, Subject::Stage(name.to_owned()), at, state)
        });
        Some(own.into_iter().chain(actions).collect())
    }

    fn own_and_actions(self, name: &str) -> (Option<(State, Timestamp)>, Vec<Event>) {
        let is_parallel = self.all.is_parallel();
        let is_listed = self.execution.is_some();
        match self.now {
            State::Succeeded if is_listed && !is_parallel => {
                let actions: Vec<_> = self.actions_at(State::Succeeded).collect();
                let ended = actions.iter().filter_map(|action| moment(action.changed_ms)).max();
                let ended_actions = actions
                    .into_iter()
                    .filter_map(|action| self.action(name, action, moment(action.changed_ms)?))
                    .collect();
                (ended.map(|at| (State::Succeeded, at)), ended_actions)
            }
            State::Failed if is_listed => {
                let cause = self.cause(name);
                let at = cause.as_ref().map(|cause| cause.time).or_else(|| self.end());
                // Other actions of a stage may continue after one of them failed.
                let waiting =
                    self.open_actions().filter(|action| self.is_run_open() && action.waits);
                let failed = cause.into_iter().chain(self.open(name, waiting)).collect();
                (at.map(|at| (State::Failed, at)), failed)
            }
            State::Started | State::Stopping => {
                let begun = || self.open_actions().filter_map(|action| self.opened(action)).min();
                let own = match self.resumed() {
                    Some(at) => Some((State::Resumed, at)),
                    None if self.open_actions().next().is_none() => {
                        self.checking().map(|at| (State::Started, at))
                    }
                    // Its actions alone do not show that the run passed the failure.
                    None if self.is_after_failure() => begun().map(|at| (State::Started, at)),
                    None => None,
                };
                (own, self.open(name, self.open_actions()))
            }
            State::Skipped if is_listed => {
                let at = self.checked(Check::BeforeEntry).or_else(|| self.before());
                (at.map(|at| (State::Skipped, at)), Vec::new())
            }
            _ => (None, Vec::new()),
        }
    }

    fn open(self, name: &str, open: impl Iterator<Item = &'a ActionState>) -> Vec<Event> {
        open.filter_map(|action| self.action(name, action, self.opened(action)?)).collect()
    }

    /// Whether an earlier stage failed and a condition let the run pass.
    fn is_after_failure(self) -> bool {
        let is_failed = |other: Visit<'_>| {
            other.place < self.place && other.run == self.run && other.now == State::Failed
        };
        !self.all.is_parallel() && self.all.visits().any(is_failed)
    }

    /// When the run continued here after it had failed here.
    fn resumed(self) -> Option<Timestamp> {
        let is_resumed = self.stage.retries > 0 && self.now == State::Started;
        let opened = self.open_actions().filter_map(|action| self.opened(action));
        is_resumed.then(|| opened.chain(self.checking()).min()).flatten()
    }

    /// Whether a moment is not before the run began, as far as that is known.
    fn is_its(self, ms: i64) -> bool {
        let second = |ms: i64| ms.div_euclid(1000);
        let began = self.execution.map(|execution| execution.started_ms.map(second));
        began.is_none_or(|began| Some(second(ms)) >= began)
    }

    /// The actions that reached `wanted` since the run began.
    fn actions_at(self, wanted: State) -> impl Iterator<Item = &'a ActionState> {
        self.stage.actions.iter().filter(move |action| {
            now(action) == wanted && action.changed_ms.is_some_and(|ms| self.is_its(ms))
        })
    }

    /// The actions in progress.
    fn open_actions(self) -> impl Iterator<Item = &'a ActionState> {
        let open = || self.stage.actions.iter().filter(|action| now(action) == State::Started);
        let is_sure = !self.all.is_parallel() || open().count() == 1;
        open().filter(move |action| is_sure && action.changed_ms.is_none_or(|ms| self.is_its(ms)))
    }

    /// When an open action began, or a moment before that.
    fn opened(self, action: &ActionState) -> Option<Timestamp> {
        let retried = self.execution.filter(|_| self.stage.retries > 0);
        moment(action.changed_ms).or_else(|| moment(retried?.updated_ms)).or_else(|| self.before())
    }

    /// The newest moment that certainly precedes what is open in the stage.
    fn before(self) -> Option<Timestamp> {
        let began = self.execution.and_then(|execution| moment(execution.started_ms));
        if self.all.is_parallel() {
            return began;
        }
        let visited = self.all.visits().filter(|other| {
            other.place == self.place || (other.place < self.place && other.run == self.run)
        });
        let ended = visited
            .flat_map(|visit| visit.stage.actions.iter().chain(visit.rules()))
            .filter(|action| now(action) != State::Started)
            .filter_map(|action| action.changed_ms.filter(|ms| self.is_its(*ms)));
        ended.filter_map(|ms| moment(Some(ms))).chain(began).max()
    }

    fn is_run_open(self) -> bool {
        self.execution.is_some_and(|execution| state(&execution.status) == State::Started)
    }

    /// When a stage ended whose end has no time of its own.
    fn end(self) -> Option<Timestamp> {
        if self.is_run_open() {
            return self.before().filter(|_| !self.all.is_parallel());
        }
        moment(self.execution?.updated_ms).or_else(|| self.before())
    }

    /// What made the stage fail: the last action that failed, or the rule of a condition.
    fn cause(self, name: &str) -> Option<Event> {
        let is_parallel = self.all.is_parallel();
        let failed = self.stage.actions.iter().filter(|action| {
            let is_its = action.changed_ms.is_none_or(|ms| self.is_its(ms));
            !is_parallel && now(action) == State::Failed && is_its
        });
        let last = failed.max_by_key(|action| action.changed_ms);
        let action = last.and_then(|action| {
            self.action(name, action, moment(action.changed_ms).or_else(|| self.end())?)
        });
        // Conditions on failure follow a failure, and explain one only where nothing else does.
        let broken = |condition: &&ConditionState| {
            is_broken(condition) && (condition.check != Check::OnFailure || action.is_none())
        };
        let conditions = self.stage.conditions.iter().filter(|_| !is_parallel).filter(broken);
        let rules = conditions.filter_map(|condition| self.rule(name, condition));
        let rule =
            rules.max_by_key(|(check, rule)| (*check != Check::OnFailure, rule.time, *check));
        action.into_iter().chain(rule.map(|(_, rule)| rule)).max_by_key(|cause| cause.time)
    }

    /// The last rule of a condition that failed.
    fn rule(self, name: &str, condition: &'a ConditionState) -> Option<(Check, Event)> {
        let ConditionState { check, rules, changed_ms, .. } = condition;
        let failed = rules.iter().filter(|rule| now(rule) == State::Failed);
        let rule = failed.max_by_key(|rule| rule.changed_ms)?;
        let at = match rule.changed_ms.or(*changed_ms) {
            Some(ms) => moment(Some(ms).filter(|ms| self.is_its(*ms))),
            None => self.end(),
        };
        let kind = match check {
            Check::OnFailure => "Failure condition",
            Check::BeforeEntry => "Entry condition",
            Check::OnSuccess => "Success condition",
        };
        let event = self.action(name, rule, at?)?;
        let detail = Detail { kind: Some(kind.to_owned()), ..event.detail };
        Some((*check, Event { detail, ..event }))
    }

    fn rules(self) -> impl Iterator<Item = &'a ActionState> {
        self.stage.conditions.iter().flat_map(|condition| &condition.rules)
    }

    /// Since when a condition is being checked.
    fn checking(self) -> Option<Timestamp> {
        self.rules()
            .filter(|rule| !self.all.is_parallel() && now(rule) == State::Started)
            .filter_map(|rule| moment(rule.changed_ms.filter(|ms| self.is_its(*ms))))
            .min()
    }

    /// When a condition was last checked.
    fn checked(self, check: Check) -> Option<Timestamp> {
        let conditions = self.stage.conditions.iter().filter(|known| known.check == check);
        let moments = conditions.flat_map(|condition| {
            condition.rules.iter().map(|rule| rule.changed_ms).chain([condition.changed_ms])
        });
        moments
            .flatten()
            .filter(|ms| !self.all.is_parallel() && self.is_its(*ms))
            .filter_map(|ms| moment(Some(ms)))
            .max()
    }

    fn action(self, stage: &str, action: &'a ActionState, at: Timestamp) -> Option<Event> {
        let name = text::name(&action.name).ok()?;
        let known = self.all.answers.declared.and_then(|declared| declared.action(stage, name));
        let kind = known.and_then(|known| known.kind.clone());
        let is_kind = |wanted| kind.as_deref().is_some_and(|kind| kind.starts_with(wanted));
        let now = now(action);
        // As in events: the result of a successful source action is the run's change.
        let is_fetched = is_kind("Source") && now == State::Succeeded;
        let result = |text: &'a Option<String>| text.as_deref().filter(|_| !is_fetched);
        let waits =
            action.waits && now == State::Started && (kind.is_none() || is_kind("Approval"));
        let approval = if waits { Approval::Manual } else { Approval::None };
        let subject = Subject::Action { stage: stage.to_owned(), action: name.to_owned() };
        Some(Event {
            detail: Detail {
                approval: known.map_or(approval, |known| known.approval.max(approval)),
                summary: [&action.summary, &action.message]
                    .into_iter()
                    .find_map(|text| text::line(result(text)?, text::SUMMARY_CAP)),
                error: action.error.as_deref().and_then(|code| text::line(code, text::WORD_CAP)),
                url: result(&action.url).and_then(public_link),
                kind,
                took_s: None,
            },
            ..observation(self.all.id, self.run, subject, at, now)
        })
    }
}

/// The state of an action. A token stands for a missing word.
fn now(action: &ActionState) -> State {
    if action.waits && action.status.is_empty() { State::Started } else { state(&action.status) }
}

/// A condition was not met, or could not be checked, and nobody overrode that.
fn is_broken(condition: &ConditionState) -> bool {
    let is = |word| condition.status.eq_ignore_ascii_case(word);
    condition.status.is_empty() || is("Failed") || is("Errored")
}

#[cfg(test)]
mod tests;
