//! CodeDeploy's state changes of deployments. A deployment group of an application is a pipeline, a deployment a run.
//!
//! Nothing in the event says who made the deployment, so one that CodePipeline made can't be joined to its action, nor left
//! out: whoever watches the pipeline keeps its applications out of the rule.
//!
//! Sources: <https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html>,
//! <https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-codedeploy.html>.

use super::console::Console;
use super::{Adapter, Envelope, Event, Parsed, Rejected, State, Subject, ignored_type, told, word};
use crate::text;

pub(super) const ADAPTER: Adapter = Adapter { source: "aws.codedeploy", read };

/// The first part of the pipelines' ids.
const SOURCE: &str = "codedeploy";

fn read(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    if envelope.detail_type != "CodeDeploy Deployment State-change Notification" {
        return Ok(ignored_type(envelope));
    }
    let detail = envelope.detail()?;
    let (application, group) = (detail.name("application")?, detail.name("deploymentGroup")?);
    let run = detail.name("deploymentId")?;
    let state = state(detail.text("state")?);
    let pipeline =
        envelope.pipeline(SOURCE, &format!("{application}/{group}"), "detail.deploymentGroup")?;
    let console = Console::of(envelope, SOURCE)?;
    let group = format!(
        "codedeploy/applications/{}/deployment-groups/{}",
        text::path_segment(application),
        text::path_segment(group)
    );
    Ok(told(Event {
        pipeline_url: console.and_then(|console| console.link(&group)),
        run_url: console.and_then(|console| {
            console.link(&format!("codedeploy/deployments/{}", text::path_segment(run)))
        }),
        ..Event::new(pipeline, run.to_owned(), Subject::Run, envelope.time()?, state)
    }))
}

/// `READY`: the replacement of a blue/green deployment stands and waits for traffic, by the clock or by hand.
/// Events say `START`, `SUCCESS`, `FAILURE` and `STOP` where the API says `InProgress`, `Succeeded`, `Failed` and `Stopped`.
///
/// Source: <https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html>
fn state(status: &str) -> State {
    match word::canonical(status).as_str() {
        "ready" | "baking" => State::Started,
        "stopped" | "canceled" => State::Stopped,
        word => word::state(word),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{check_ignored, check_rejected, read, with};
    use super::*;

    fn deployment(pointer: &str, value: Value) -> Value {
        with("codedeploy/deployment-failure", pointer, value)
    }

    #[test]
    fn states_of_deployments() {
        let state = |word: &str| read(&deployment("/detail/state", json!(word))).state;
        assert_eq!(state("QUEUED"), State::Queued);
        assert_eq!(state("START"), State::Started);
        assert_eq!(state("READY"), State::Started);
        assert_eq!(state("STOP"), State::Stopped);
        assert_eq!(state("SUCCESS"), State::Succeeded);
        assert_eq!(state("FAILURE"), State::Failed);
        for (spelling, expect) in [
            ("Created", State::Queued),
            ("InProgress", State::Started),
            ("Baking", State::Started),
            ("Succeeded", State::Succeeded),
            ("Failed", State::Failed),
            ("Stopped", State::Stopped),
            ("CANCELLED", State::Stopped),
        ] {
            assert_eq!(state(spelling), expect, "{spelling}");
        }
        assert_eq!(state("DRIFTING"), State::Unknown);
    }

    #[test]
    fn what_is_broken_is_rejected_by_path() {
        for key in ["application", "deploymentGroup", "deploymentId", "state"] {
            check_rejected(
                &deployment(&format!("/detail/{key}"), json!(null)),
                &format!("detail.{key}: missing"),
            );
            check_rejected(
                &deployment(&format!("/detail/{key}"), json!(7)),
                &format!("detail.{key}: not a text"),
            );
        }
    }

    #[test]
    fn instances_are_ignored() {
        check_ignored(
            &deployment("/detail-type", json!("CodeDeploy Instance State-change Notification")),
            r#"detail-type "CodeDeploy Instance State-change Notification" of source "aws.codedeploy" is not followed"#,
        );
    }
}
