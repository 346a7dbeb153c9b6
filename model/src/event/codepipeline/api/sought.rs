//! Finds the runs that matter although they are older than the newest sixteen.
//!
//! On a busy trunk more than sixteen runs supersede each other behind an approval. `ListPipelineExecutions` is then read
//! further, until these are found:
//!
//! - A run that `GetPipelineState` names: it is in its stage, waits to enter it, or failed in it.
//! - An open run of the record that no stage names any more: it may have ended while its events were lost.
//! - The newest run that succeeded or failed, if neither the newest sixteen nor the record have one. Without it nothing
//!   decides the pipeline's status.
//!
//! A run that the record has in the state that its stage confirms is not sought, so that the same pages are not read each
//! time. `GetPipelineExecution` needs no pages, but returns neither a run's start nor its end.
//!
//! Source: <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListPipelineExecutions.html>

use std::collections::{BTreeMap, BTreeSet};

use super::{Execution, StageState, state};
use crate::{Page, Status, event::State};

/// What to find among older runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    runs: BTreeSet<String>,
    /// Whether the newest run that succeeded or failed is sought, too.
    verdict: bool,
}

impl Sought {
    /// Returns what is missing from the `newest` runs, given the state of the stages and the record's runs (`known`).
    pub fn of(newest: &[Execution], stages: &[StageState], known: Option<&Page>) -> Self {
        let known: BTreeMap<&str, Status> = known
            .iter()
            .flat_map(|page| &page.runs)
            .map(|run| (run.id.as_str(), run.status))
            .collect();
        let is_open = |now: &Status| matches!(now, Status::Started | Status::Waiting);
        let named: BTreeMap<&str, Status> = stages
            .iter()
            .flat_map(|stage| {
                let inbound = stage.inbound.iter().map(|run| (run.as_str(), Status::Started));
                let own = stage.execution.iter().filter_map(|(run, word)| match state(word) {
                    State::Started | State::Stopping => Some((run.as_str(), Status::Started)),
                    State::Failed => Some((run.as_str(), Status::Failed)),
                    _ => None,
                });
                own.chain(inbound)
            })
            .collect();
        let is_confirmed = |run: &str, named: &Status| {
            known.get(run).is_some_and(|known| is_open(known) == is_open(named))
        };
        let unknown = named.iter().filter(|(run, now)| !is_confirmed(run, now));
        let unnamed = known.iter().filter(|(run, now)| is_open(now) && !named.contains_key(*run));
        let is_listed = |run: &str| newest.iter().any(|execution| execution.id == run);
        Self {
            runs: unknown
                .chain(unnamed)
                .map(|(run, _)| *run)
                .filter(|run| !is_listed(run))
                .map(str::to_owned)
                .collect(),
            verdict: !newest.iter().any(has_verdict)
                && !known.values().any(|now| matches!(now, Status::Succeeded | Status::Failed)),
        }
    }

    /// Whether everything is found.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && !self.verdict
    }

    /// Returns the sought ones among the next older runs, newest first.
    pub fn pick(&mut self, older: Vec<Execution>) -> Vec<Execution> {
        older
            .into_iter()
            .filter(|execution| {
                let is_newest = self.verdict && has_verdict(execution);
                self.verdict &= !is_newest;
                self.runs.remove(&execution.id) || is_newest
            })
            .collect()
    }
}

/// Whether a run ended with a verdict.
fn has_verdict(execution: &Execution) -> bool {
    matches!(state(&execution.status), State::Succeeded | State::Failed)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::execution, *};
    use crate::{Timestamp, page::PageRun};

    /// Ids of runs with their status in the API's words.
    type Runs<'a> = &'a [(&'a str, &'a str)];

    fn listed(runs: Runs<'_>) -> Vec<Execution> {
        let run =
            |(id, status): &(&str, &str)| Execution { id: (*id).to_owned(), ..execution(status) };
        runs.iter().map(run).collect()
    }

    fn page(known: &[(&str, Status)]) -> Page {
        let run = |(id, status): &(&str, Status)| PageRun {
            id: (*id).to_owned(),
            number: None,
            status: *status,
            error: None,
            phase: None,
            superseded: false,
            skipped: false,
            started: Timestamp::from_unix_ms(0).unwrap(),
            ended: None,
            took_s: None,
            attempt: 1,
            trigger: None,
            change: None,
            url: None,
            stages: Vec::new(),
        };
        Page {
            id: super::super::tests::home().id("shop").unwrap(),
            name: "shop".to_owned(),
            status: Status::Unknown,
            failing_since: None,
            url: None,
            off: Vec::new(),
            gone: None,
            runs: known.iter().map(run).collect(),
        }
    }

    fn stages(executions: Runs<'_>, inbound: Option<&str>) -> Vec<StageState> {
        let stage = |(run, status): &(&str, &str)| StageState {
            execution: Some(((*run).to_owned(), (*status).to_owned())),
            ..StageState::default()
        };
        let door = StageState { inbound: inbound.map(str::to_owned), ..StageState::default() };
        executions.iter().map(stage).chain([door]).collect()
    }

    /// Checks which of six older runs are picked.
    #[track_caller]
    fn check(newest: Runs<'_>, stages: &[StageState], known: &[(&str, Status)], expect: &[&str]) {
        let older = listed(&[
            ("r19", "InProgress"),
            ("r18", "Failed"),
            ("r17", "Succeeded"),
            ("r16", "Superseded"),
            ("r15", "Succeeded"),
            ("r14", "InProgress"),
        ]);
        let mut sought = Sought::of(&listed(newest), stages, Some(&page(known)));
        assert_eq!(sought.is_empty(), expect.is_empty());
        let picked: Vec<_> = sought.pick(older.clone()).into_iter().map(|run| run.id).collect();
        assert_eq!(picked, expect);
        assert_eq!(sought, Sought::default(), "all was found");
        assert_eq!(sought.pick(older), []);
    }

    #[test]
    fn a_run_that_a_stage_names_is_sought_unless_it_is_known_as_that() {
        let newest: Runs<'_> = &[("r21", "InProgress"), ("r20", "Failed")];
        let gate = stages(&[("r21", "Succeeded"), ("r14", "InProgress")], Some("r19"));
        check(newest, &gate, &[], &["r19", "r14"]);
        check(newest, &gate, &[("r14", Status::Waiting)], &["r19"]);
        check(newest, &gate, &[("r14", Status::Started), ("r19", Status::Started)], &[]);
        check(newest, &gate, &[("r14", Status::Failed), ("r19", Status::Stopped)], &["r19", "r14"]);
        let failed = stages(&[("r21", "Succeeded"), ("r18", "Failed"), ("r17", "Succeeded")], None);
        check(newest, &failed, &[], &["r18"]);
        check(newest, &failed, &[("r18", Status::Failed)], &[]);
        check(newest, &failed, &[("r18", Status::Started)], &["r18"]);
        check(newest, &stages(&[("r21", "InProgress")], Some("r20")), &[], &[]);
    }

    #[test]
    fn a_run_that_is_known_as_open_and_is_in_no_stage_is_sought() {
        let newest: Runs<'_> = &[("r21", "InProgress"), ("r20", "Failed")];
        let states = stages(&[("r21", "InProgress")], None);
        check(newest, &states, &[("r14", Status::Waiting), ("r17", Status::Succeeded)], &["r14"]);
        check(newest, &states, &[("r16", Status::Started), ("r21", Status::Started)], &["r16"]);
    }

    #[test]
    fn the_newest_verdict_is_sought_where_nothing_has_one() {
        let newest: Runs<'_> = &[("r21", "Superseded"), ("r20", "Stopped")];
        check(newest, &stages(&[], None), &[], &["r18"]);
        check(newest, &stages(&[("r14", "InProgress")], None), &[], &["r18", "r14"]);
        check(newest, &stages(&[], None), &[("r15", Status::Succeeded)], &[]);
        check(&[("r21", "Superseded"), ("r20", "succeeded")], &stages(&[], None), &[], &[]);
    }
}
