//! CodePipeline's API: four calls that only read, at a pace that leaves room for others.
//!
//! AWS publishes no request rates for this API: its pages of quotas count pipelines, stages and actions. That reading the
//! runs of 160 pipelines one after the other is throttled is known. So each operation has a pace of its own, ten a second,
//! which takes 500 pipelines in 50 seconds; and what is throttled all the same slows the client down (adaptive retries).
//! Runs older than the newest sixteen are read only if one of them matters, in pages of the largest size.
//!
//! Sources: <https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>,
//! <https://docs.aws.amazon.com/general/latest/gr/codepipeline.html>,
//! <https://github.com/aws-ia/terraform-aws-control_tower_account_factory/issues/351>

use std::{sync::Arc, time::Duration};

use aws_sdk_codepipeline::{
    Client, Config, Error,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig},
    error::ProvideErrorMetadata,
    primitives::DateTime,
    types::{
        ActionState as SdkAction, PipelineExecutionSummary, RuleState, StageConditionState,
        StageState as SdkStage, TransitionState,
    },
};
use model::{
    event::codepipeline::api::{
        ActionDeclaration, ActionState, Check, ConditionState, Entrance, Entry, Execution,
        Revision, StageDeclaration, StageState,
    },
    pipeline::MAX_RUNS,
};
use tokio::{
    sync::Mutex,
    time::{Instant, Interval, MissedTickBehavior, interval},
};

/// Between two calls of one operation.
pub const PACE: Duration = Duration::from_millis(100);
/// Pages of the list. CodePipeline allows 1,000 pipelines by default and as many a page.
const MAX_PAGES: usize = 100;
/// The maximum of `maxResults` of `ListPipelineExecutions`.
const LARGEST_PAGE: usize = 100;

/// CodePipeline in one account and Region.
#[derive(Clone, Debug)]
pub struct Api {
    client: Client,
    paces: Arc<Paces>,
}

#[derive(Debug)]
struct Paces {
    definitions: Mutex<Interval>,
    executions: Mutex<Interval>,
    states: Mutex<Interval>,
}

/// The newest runs of a pipeline, as far as they have been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// Newest first.
    pub read: Vec<Execution>,
    /// The token of the next page.
    next: Option<String>,
}

/// Why CodePipeline did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// It refused, failed or could not be reached.
    #[error("{operation} failed")]
    Call {
        /// What was asked.
        operation: &'static str,
        /// Why.
        #[source]
        error: Box<Error>,
    },
    /// The list has no end, or none in time.
    #[error("ListPipelines came to no end")]
    Endless,
}

impl ApiError {
    /// There is no such pipeline.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Call { error, .. } if error.code() == Some("PipelineNotFoundException"))
    }
}

/// For any operation: what went wrong, as one type.
fn failed<E>(operation: &'static str) -> impl FnOnce(E) -> ApiError
where
    Error: From<E>,
{
    move |error| ApiError::Call { operation, error: Box::new(error.into()) }
}

/// A client that waits and tries again; of AWS itself unless there is another `endpoint`.
pub fn client(region: &str, credentials: Credentials, endpoint: Option<String>) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(30));
    let retries = RetryConfig::adaptive()
        .with_max_attempts(6)
        .with_initial_backoff(Duration::from_millis(500));
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(credentials)
        .http_client(crate::http::client(endpoint.as_deref()))
        .timeout_config(timeouts.build())
        .retry_config(retries.with_max_backoff(Duration::from_secs(8)));
    config.set_endpoint_url(endpoint);
    Client::from_conf(config.build())
}

impl Api {
    /// CodePipeline behind `client`, each operation asked once in a `pace`, which is longer than nothing.
    pub fn new(client: Client, pace: Duration) -> Self {
        let pace = || {
            let mut ticks = interval(pace);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            Mutex::new(ticks)
        };
        Self {
            client,
            paces: Arc::new(Paces { definitions: pace(), executions: pace(), states: pace() }),
        }
    }

    /// All pipelines, on all pages.
    ///
    /// # Errors
    /// When a page is missing: then nobody may conclude that a pipeline is.
    pub async fn pipelines(&self, deadline: Instant) -> Result<Vec<Entry>, ApiError> {
        let (mut entries, mut token) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let page = self.client.list_pipelines().set_next_token(token.take()).send();
            let page =
                tokio::time::timeout_at(deadline, page).await.map_err(|_| ApiError::Endless)?;
            let page = page.map_err(failed("ListPipelines"))?;
            entries.extend(
                page.pipelines.unwrap_or_default().into_iter().map(|pipeline| Entry {
                    name: pipeline.name.unwrap_or_default(),
                    version: pipeline.version.map(i64::from).unwrap_or_default(),
                    updated_ms: pipeline
                        .updated
                        .or(pipeline.created)
                        .and_then(|at| ms(&at))
                        .unwrap_or_default(),
                    created_ms: pipeline.created.and_then(|at| ms(&at)),
                    execution_mode: pipeline.execution_mode.map(|mode| mode.as_str().to_owned()),
                }),
            );
            token = page.next_token;
            if token.is_none() {
                return Ok(entries);
            }
        }
        Err(ApiError::Endless)
    }

    /// A pipeline's stages and their actions, as they are declared.
    ///
    /// # Errors
    /// When the API fails.
    pub async fn definition(&self, name: &str) -> Result<Vec<StageDeclaration>, ApiError> {
        wait(&self.paces.definitions).await;
        let answer =
            self.client.get_pipeline().name(name).send().await.map_err(failed("GetPipeline"))?;
        let stages = answer.pipeline.map(|pipeline| pipeline.stages).unwrap_or_default();
        let action = |action: aws_sdk_codepipeline::types::ActionDeclaration| ActionDeclaration {
            name: action.name,
            category: action.action_type_id.as_ref().map(|kind| kind.category.as_str().to_owned()),
            provider: action.action_type_id.map(|kind| kind.provider),
        };
        let stages = stages.into_iter();
        Ok(stages
            .map(|stage| StageDeclaration {
                name: stage.name,
                actions: stage.actions.into_iter().map(action).collect(),
            })
            .collect())
    }

    /// The newest runs of a pipeline, at least as many as are kept if it has so many.
    ///
    /// # Errors
    /// When the API fails.
    pub async fn executions(&self, name: &str) -> Result<Runs, ApiError> {
        let mut runs = self.page(name, MAX_RUNS, None).await?;
        // A page may hold less than it could.
        for _ in 1..MAX_RUNS {
            if runs.next.is_none() || runs.read.len() >= MAX_RUNS {
                break;
            }
            let page = self.page(name, MAX_RUNS, runs.next.take()).await?;
            runs.read.extend(page.read);
            runs.next = page.next;
        }
        Ok(runs)
    }

    /// The next older runs; empty at the end of the list.
    ///
    /// # Errors
    /// When the API fails.
    pub async fn older(&self, name: &str, runs: &mut Runs) -> Result<Vec<Execution>, ApiError> {
        let Some(token) = runs.next.take() else { return Ok(Vec::new()) };
        let page = self.page(name, LARGEST_PAGE, Some(token)).await?;
        runs.next = page.next;
        Ok(page.read)
    }

    async fn page(&self, name: &str, most: usize, token: Option<String>) -> Result<Runs, ApiError> {
        wait(&self.paces.executions).await;
        let page = self
            .client
            .list_pipeline_executions()
            .pipeline_name(name)
            .max_results(i32::try_from(most).unwrap_or(i32::MAX))
            .set_next_token(token);
        let page = page.send().await.map_err(failed("ListPipelineExecutions"))?;
        let read = page.pipeline_execution_summaries.unwrap_or_default();
        Ok(Runs { read: read.into_iter().map(execution).collect(), next: page.next_token })
    }

    /// What a pipeline's stages are at.
    ///
    /// # Errors
    /// When the API fails.
    pub async fn state(&self, entry: &Entry) -> Result<Vec<StageState>, ApiError> {
        wait(&self.paces.states).await;
        let answer = self
            .client
            .get_pipeline_state()
            .name(&entry.name)
            .send()
            .await
            .map_err(failed("GetPipelineState"))?;
        Ok(answer
            .stage_states
            .unwrap_or_default()
            .into_iter()
            .map(|stage| stage_state(stage, entry.updated_ms))
            .collect())
    }
}

async fn wait(pace: &Mutex<Interval>) {
    pace.lock().await.tick().await;
}

fn execution(run: PipelineExecutionSummary) -> Execution {
    let revisions = run.source_revisions.unwrap_or_default().into_iter();
    Execution {
        id: run.pipeline_execution_id.unwrap_or_default(),
        status: run.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        started_ms: run.start_time.and_then(|at| ms(&at)),
        updated_ms: run.last_update_time.and_then(|at| ms(&at)),
        trigger: run
            .trigger
            .and_then(|trigger| trigger.trigger_type)
            .map(|word| word.as_str().to_owned()),
        revisions: revisions
            .map(|revision| Revision {
                action: revision.action_name,
                id: revision.revision_id,
                summary: revision.revision_summary,
                url: revision.revision_url,
            })
            .collect(),
    }
}

fn stage_state(stage: SdkStage, defined_ms: i64) -> StageState {
    let retries = stage.retry_stage_metadata.map_or(0, |retries| {
        i64::from(retries.auto_stage_retry_attempt.unwrap_or_default())
            + i64::from(retries.manual_stage_retry_attempt.unwrap_or_default())
    });
    let inbound = stage.inbound_execution.map(|run| run.pipeline_execution_id);
    let conditions = [
        (Check::BeforeEntry, stage.before_entry_condition_state),
        (Check::OnSuccess, stage.on_success_condition_state),
        (Check::OnFailure, stage.on_failure_condition_state),
    ];
    StageState {
        name: stage.stage_name.unwrap_or_default(),
        inbound: inbound.or_else(|| {
            let queue = stage.inbound_executions.unwrap_or_default();
            queue.into_iter().next().map(|run| run.pipeline_execution_id)
        }),
        conditions: conditions
            .into_iter()
            .filter_map(|(check, state)| Some(condition_state(check, state?)))
            .collect(),
        execution: stage
            .latest_execution
            .map(|run| (run.pipeline_execution_id, run.status.as_str().to_owned())),
        retries,
        entry: stage
            .inbound_transition_state
            .map_or(Entrance::Untouched, |entry| entrance(entry, defined_ms)),
        actions: stage.action_states.unwrap_or_default().into_iter().map(action_state).collect(),
    }
}

/// A stage that was never open may have no time of its own: then it is closed since the pipeline is defined.
fn entrance(entry: TransitionState, defined_ms: i64) -> Entrance {
    match (entry.enabled, entry.last_changed_at.and_then(|at| ms(&at))) {
        (true, None) => Entrance::Untouched,
        (true, Some(at_ms)) => Entrance::Opened { at_ms },
        (false, at_ms) => {
            Entrance::Closed { at_ms: at_ms.unwrap_or(defined_ms), reason: entry.disabled_reason }
        }
    }
}

fn action_state(action: SdkAction) -> ActionState {
    let name = action.action_name.unwrap_or_default();
    let Some(run) = action.latest_execution else {
        return ActionState { name, ..ActionState::default() };
    };
    let (error, message) = run.error_details.map_or((None, None), |of| (of.code, of.message));
    ActionState {
        name,
        status: run.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        changed_ms: run.last_status_change.and_then(|at| ms(&at)),
        summary: run.summary,
        url: run.external_execution_url,
        error,
        message,
        // The token itself must not go further: with it one can approve.
        waits: run.token.is_some_and(|token| !token.is_empty()),
    }
}

fn condition_state(check: Check, state: StageConditionState) -> ConditionState {
    let conditions = state.condition_states.unwrap_or_default();
    let status = state.latest_execution.and_then(|run| run.status);
    let changes = conditions.iter().filter_map(|condition| {
        ms(condition.latest_execution.as_ref()?.last_status_change.as_ref()?)
    });
    ConditionState {
        check,
        status: status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        changed_ms: changes.max(),
        rules: conditions
            .into_iter()
            .flat_map(|condition| condition.rule_states.unwrap_or_default())
            .map(rule_state)
            .collect(),
    }
}

/// A rule has the same fields as an action, in another type.
fn rule_state(rule: RuleState) -> ActionState {
    let name = rule.rule_name.unwrap_or_default();
    let Some(run) = rule.latest_execution else {
        return ActionState { name, ..ActionState::default() };
    };
    let (error, message) = run.error_details.map_or((None, None), |of| (of.code, of.message));
    ActionState {
        name,
        status: run.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        changed_ms: run.last_status_change.and_then(|at| ms(&at)),
        summary: run.summary,
        url: run.external_execution_url,
        error,
        message,
        waits: false,
    }
}

fn ms(moment: &DateTime) -> Option<i64> {
    moment.to_millis().ok()
}
