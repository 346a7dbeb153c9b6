//! Asks CodePipeline what events may have missed, and joins it into the table.
//!
//! Events make the wall live; this makes it full and true: pipelines that have not run yet appear, lost events are found,
//! what is gone or quiet for too long leaves the wall. It deletes nothing, and what changed nothing writes nothing.
//!
//! - Pipelines of other CIs, which nobody can be asked for, are only found quiet.
//! - Each pipeline is asked for on its own. What fails is counted and named, and doesn't stop the others.
//! - Only a list that was read to its end says that a pipeline is missing.
//! - Of a pipeline's runs the newest are read, and older ones only if one of them matters, up to a limit.
//! - It begins with another pipeline each time, so that who was not reached in time is not always the same.

use std::{collections::BTreeSet, fmt, mem, sync::Arc, time::Duration};

use model::{
    Applied, Pipeline, PipelineId, Timestamp,
    event::codepipeline::api::{Answers, Entry, Execution, Home, Sought, StageState},
    pipeline::{MAX_RUNS, Presence, Review, Snapshot},
};
use serde_json::Value;
use tokio::{task::JoinSet, time::Instant};

use self::codepipeline::{Api, ApiError, Runs};
use crate::{
    chain::Chain,
    ingest::{First, Unstored, Writer, amend},
    table::{Shown, TableError},
};

pub mod codepipeline;
pub mod elsewhere;

/// Pipelines under way at the same time: enough to keep the API's pace while answers take their time.
const ABREAST: usize = 12;
/// Maximum of older runs read per pipeline. With full pages these are four requests.
const MAX_OLDER: usize = 400;
/// Maximum of requests for older runs per pipeline, because pages may be short.
const MAX_OLDER_PAGES: usize = 12;
/// Names in the error's text.
const NAMED: usize = 10;

/// Whether an event asks for a reconciliation.
pub fn is_asked_for_by(event: &Value) -> bool {
    let is = |key: &str, word: &str| event.get(key).and_then(Value::as_str) == Some(word);
    is("source", "pipelines-dashboard") && is("detail-type", "Reconcile")
}

/// What to reconcile with what.
#[derive(Clone, Debug)]
pub struct Reconciler {
    /// Where pipelines are kept, and who is told of them.
    pub writer: Writer,
    /// Whom to ask.
    pub api: Api,
    /// Whose pipelines these are.
    pub home: Home,
    /// After how many days without news a pipeline leaves the wall, whosever it is; never when absent.
    pub retire_after_days: Option<u32>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Pipelines that CodePipeline has.
    pub listed: usize,
    /// Pipelines that the wall has and CodePipeline has not.
    pub missing: usize,
    /// Items written.
    pub written: usize,
}

/// Why a reconciliation is not complete. What was reached is in the table.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// Another account doesn't give its role, so nothing was done.
    #[error("the role was not given")]
    Role(#[source] Box<aws_sdk_sts::Error>),
    /// There is no list, so nothing was done.
    #[error("no list of pipelines")]
    List(#[source] Box<ApiError>),
    /// What the wall has could not be read, so nothing was done.
    #[error("no list of the wall's rows")]
    Table(#[from] TableError),
    /// Some pipelines failed.
    #[error("{0}")]
    Partial(Failures),
}

/// The pipelines that failed.
#[derive(Debug, Default)]
pub struct Failures {
    report: Report,
    failed: Vec<(PipelineId, Failure)>,
    /// Not begun, for want of time.
    left: usize,
    /// Names that are no key.
    nameless: usize,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Api(#[from] Box<ApiError>),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Unstored(#[from] Unstored),
    #[error("it took too long")]
    Late,
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { report, failed, left, nameless } = self;
        write!(
            f,
            "{} of {} pipelines failed",
            failed.len() + nameless,
            report.listed + report.missing
        )?;
        if *left > 0 {
            write!(f, ", {left} were not reached in time")?;
        }
        for (id, failure) in failed.iter().take(NAMED) {
            write!(f, "; {}: {}", id.name(), Chain(failure))?;
        }
        if failed.len() > NAMED { write!(f, "; …") } else { Ok(()) }
    }
}

/// One pipeline to look at.
enum Task {
    /// CodePipeline has it.
    Listed(PipelineId, Entry),
    /// The wall has it, and CodePipeline has not.
    Missing(PipelineId),
    /// The wall has it, nobody here can be asked for it, and it seems to be quiet for too long.
    Quiet(PipelineId),
}

impl Reconciler {
    /// Reconciles all pipelines. `now` is the moment at which it begins; nothing is begun after `deadline`, and what is under
    /// way then gets a few seconds.
    ///
    /// # Errors
    /// When there is no list, or not all pipelines could be asked for and stored in time.
    pub async fn run(&self, now: Timestamp, deadline: Instant) -> Result<Report, ReconcileError> {
        let listed = self
            .api
            .pipelines(deadline)
            .await
            .map_err(|error| ReconcileError::List(Box::new(error)))?;
        let shown = self.writer.table.on_the_wall().await?;
        let mut failures = Failures::default();
        failures.report.listed = listed.len();
        let mut tasks = Vec::with_capacity(listed.len());
        let mut ids = BTreeSet::new();
        for entry in listed {
            match self.home.id(&entry.name) {
                Ok(id) => {
                    ids.insert(id.clone());
                    tasks.push(Task::Listed(id, entry));
                }
                Err(_) => failures.nameless += 1,
            }
        }
        let (ours, others): (Vec<_>, Vec<_>) =
            shown.into_iter().partition(|row| self.home.has(&row.id));
        let missing: Vec<_> =
            ours.into_iter().map(|row| row.id).filter(|id| !ids.contains(id)).collect();
        failures.report.missing = missing.len();
        let quiet =
            others.into_iter().filter(|row| self.is_quiet(row, now)).map(|row| Task::Quiet(row.id));
        let first = fastrand::usize(..tasks.len().max(1));
        tasks.rotate_left(first);
        tasks.splice(..0, missing.into_iter().map(Task::Missing).chain(quiet));
        self.all(tasks, now, deadline, &mut failures).await;

        let Failures { report, failed, left, nameless } = &failures;
        let Report { listed, missing, written } = *report;
        let Home { account, region, .. } = &self.home;
        tracing::info!(
            account,
            region,
            listed,
            missing,
            written,
            failed = failed.len() + nameless,
            left,
            "reconciled"
        );
        if failed.is_empty() && *left == 0 && *nameless == 0 {
            Ok(*report)
        } else {
            Err(ReconcileError::Partial(failures))
        }
    }

    /// By its row alone, which knows of no definition. When the heartbeat is quiet, that is what the wall has to say.
    fn is_quiet(&self, row: &Shown, now: Timestamp) -> bool {
        !row.id.is_heartbeat()
            && row.news().is_some_and(|news| self.finding(now, Presence::Unasked).is_quiet(news))
    }

    async fn all(
        &self,
        tasks: Vec<Task>,
        now: Timestamp,
        deadline: Instant,
        failures: &mut Failures,
    ) {
        let this = Arc::new(self.clone());
        let mut under_way = JoinSet::new();
        let mut waiting = tasks.into_iter();
        loop {
            while under_way.len() < ABREAST && Instant::now() < deadline {
                let Some(task) = waiting.next() else { break };
                let this = Arc::clone(&this);
                under_way.spawn(async move {
                    let id = task.id().clone();
                    let applied = tokio::time::timeout_at(
                        deadline + Duration::from_secs(5),
                        this.one(task, now),
                    )
                    .await;
                    (id, applied.unwrap_or(Err(Failure::Late)))
                });
            }
            let Some(ended) = under_way.join_next().await else {
                break;
            };
            match ended {
                Ok((_, Ok(Applied::Changed))) => failures.report.written += 1,
                Ok((_, Ok(Applied::Stale | Applied::Evicted))) => {}
                Ok((id, Err(failure))) => failures.failed.push((id, failure)),
                // A task that panics takes the process with it; only at the end of the runtime one is cancelled.
                Err(_) => failures.left += 1,
            }
        }
        failures.left += waiting.count();
    }

    async fn one(&self, task: Task, now: Timestamp) -> Result<Applied, Failure> {
        match task {
            Task::Missing(id) => self.review(&id, self.finding(now, Presence::Missing)).await,
            Task::Quiet(id) => self.review(&id, self.finding(now, Presence::Unasked)).await,
            Task::Listed(id, entry) => {
                let known = self.writer.table.get(&id).await?;
                let Some(snapshot) =
                    self.ask(&id, &entry, known.as_ref().map(|known| &known.pipeline)).await?
                else {
                    return Ok(Applied::Stale);
                };
                let applied = amend(&self.writer, &id, known, First::IsOld, |pipeline| {
                    let joined = pipeline.reconcile(snapshot.clone());
                    let reviewed = pipeline.review(self.finding(now, Presence::Listed));
                    twice(if joined == Applied::Changed { joined } else { reviewed })
                });
                Ok(applied.await?)
            }
        }
    }

    fn finding(&self, at: Timestamp, presence: Presence) -> Review {
        Review { at, presence, retire_after_days: self.retire_after_days }
    }

    async fn review(&self, id: &PipelineId, review: Review) -> Result<Applied, Failure> {
        Ok(amend(&self.writer, id, None, First::IsOld, |pipeline| twice(pipeline.review(review)))
            .await?)
    }

    /// Asks for all that may be news. The definition only when the list tells another one than is known. `None` when the
    /// pipeline has been deleted meanwhile.
    async fn ask(
        &self,
        id: &PipelineId,
        entry: &Entry,
        known: Option<&Pipeline>,
    ) -> Result<Option<Snapshot>, Failure> {
        let declared = known.and_then(Pipeline::declared);
        let is_known = declared.is_some_and(|known| {
            Timestamp::from_unix_ms(entry.updated_ms).is_ok_and(|at| known.is_of(entry.version, at))
        });
        let definition = async {
            if is_known { Ok(None) } else { self.api.definition(&entry.name).await.map(Some) }
        };
        let executions_and_state = async {
            let (runs, stages) =
                tokio::try_join!(self.api.executions(&entry.name), self.api.state(entry))?;
            Ok((self.with_older(entry, runs, &stages, known).await?, stages))
        };
        match tokio::try_join!(definition, executions_and_state) {
            Ok((definition, (executions, stages))) => {
                let declared = definition.map_or_else(
                    || declared.cloned(),
                    |definition| self.home.declared(entry, &definition),
                );
                let answers = Answers {
                    entry,
                    declared: declared.as_ref(),
                    executions: &executions,
                    stages: &stages,
                };
                Ok(Some(self.home.snapshot(id, answers)))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Box::new(error).into()),
        }
    }

    /// Reads older runs if one of them matters, and returns the newest runs and those.
    async fn with_older(
        &self,
        entry: &Entry,
        mut runs: Runs,
        stages: &[StageState],
        known: Option<&Pipeline>,
    ) -> Result<Vec<Execution>, ApiError> {
        let mut newest = mem::take(&mut runs.read);
        let mut older = newest.split_off(newest.len().min(MAX_RUNS));
        let mut sought = Sought::of(&newest, stages, known.map(Pipeline::page).as_ref());
        let (mut read, mut pages) = (older.len(), 0);
        newest.extend(sought.pick(older));
        while !sought.is_empty() && read < MAX_OLDER && pages < MAX_OLDER_PAGES {
            older = self.api.older(&entry.name, &mut runs).await?;
            (read, pages) = (read + older.len(), pages + 1);
            newest.extend(sought.pick(older));
        }
        Ok(newest)
    }
}

impl Task {
    fn id(&self) -> &PipelineId {
        match self {
            Self::Listed(id, _) | Self::Missing(id) | Self::Quiet(id) => id,
        }
    }
}

/// What was done, for the item and for the answer.
fn twice(applied: Applied) -> (Applied, Applied) {
    (applied, applied)
}
