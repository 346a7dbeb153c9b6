//! An invented event in exactly the shape that CodePipeline's events have today.
//!
//! Source: <https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html>;
//! numbers are floats and a connection's summary is JSON in a text, as in captured events.

use model::{Timestamp, fnv::fnv1a};
use serde_json::{Map, Value, json};

use super::{
    cast::{self, Work},
    line::{Host, Line},
    script::{Action, Run, Stage, Start, State, Subject, Told},
};

/// The event's JSON. `time` turns the demo's milliseconds into moments.
pub(super) fn event(line: &Line, told: &Told, time: &dyn Fn(i64) -> Timestamp) -> Value {
    let mut detail = Map::new();
    let mut put = |key: &str, value: Value| {
        detail.insert(key.to_owned(), value);
    };
    put("pipeline", json!(line.name));
    put("execution-id", json!(line.run_id(&told.run)));
    if told.state != State::Resumed {
        put("start-time", json!(time(told.started)));
    }
    let kind = match told.subject {
        Subject::Run => {
            if let Some(trigger) = trigger(line, told) {
                put("execution-trigger", trigger);
            }
            if told.state == State::Stopping {
                put("stop-execution-comments", pick(&cast::STOPS, &told.run));
            }
            "Pipeline"
        }
        Subject::Stage(stage) => {
            put("stage", json!(stage_name(line, stage)));
            if let Some(retried) = told.retried {
                put("stage-last-retry-attempt-time", json!(time(retried)));
            }
            "Stage"
        }
        Subject::Action(stage, place) => {
            put("stage", json!(stage_name(line, stage)));
            put("region", json!(line.region));
            let action = line.stages.get(stage).and_then(|stage: &Stage| stage.actions.get(place));
            for (key, value) in
                action.into_iter().flat_map(|action| action_detail(line, told, action))
            {
                put(key, value);
            }
            "Action"
        }
    };
    put("state", json!(word(told.state)));
    put("version", json!(line.version));
    put("pipeline-execution-attempt", json!(f64::from(told.attempt)));
    envelope(
        line.account,
        line.region,
        time(told.at),
        &detail_type(kind),
        "aws.codepipeline",
        &[line.arn()],
        &Value::Object(detail),
    )
}

/// The board's own heartbeat.
pub(super) fn heartbeat(time: Timestamp) -> Value {
    let [(account, region), ..] = cast::PLACES;
    let schedule = format!(
        "arn:aws:scheduler:{region}:{account}:schedule/default/pipelines-dashboard-heartbeat"
    );
    envelope(account, region, time, "Heartbeat", "pipelines-dashboard", &[schedule], &json!({}))
}

fn detail_type(kind: &str) -> String {
    format!("CodePipeline {kind} Execution State Change")
}

fn envelope(
    account: &str,
    region: &str,
    time: Timestamp,
    detail_type: &str,
    source: &str,
    resources: &[String],
    detail: &Value,
) -> Value {
    // The envelope's time has whole seconds.
    let whole = Timestamp::from_unix_ms(time.unix_ms() / 1000 * 1000).unwrap_or(time);
    json!({
        "version": "0",
        "id": id_of(&format!("{region}{source}{detail_type}{time}{detail}")),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": whole,
        "region": region,
        "resources": resources,
        "detail": detail,
    })
}

/// An event's id, by what it says.
fn id_of(text: &str) -> String {
    let (high, low) = (fnv1a(text), fnv1a(&format!("-{text}")));
    let (a, b, c) = (high >> 32, (high >> 16) & 0xFFFF, high & 0x0FFF);
    format!("{a:08x}-{b:04x}-4{c:03x}-a{:03x}-{:012x}", low >> 52, low & 0xFFFF_FFFF_FFFF)
}

fn word(state: State) -> &'static str {
    match state {
        State::Started => "STARTED",
        State::Succeeded => "SUCCEEDED",
        State::Failed => "FAILED",
        State::Resumed => "RESUMED",
        State::Stopping => "STOPPING",
        State::Stopped => "STOPPED",
        State::Superseded => "SUPERSEDED",
        State::Abandoned => "ABANDONED",
    }
}

fn stage_name(line: &Line, stage: usize) -> &'static str {
    line.stages.get(stage).map_or("", |stage| stage.name)
}

/// One of several texts, always the same for a run.
fn pick(texts: &[&str], run: &Run) -> Value {
    let index = run.commit.bytes().map(usize::from).sum::<usize>() % texts.len().max(1);
    json!(texts.get(index))
}

/// One form at the start, another at the end, none between.
fn trigger(line: &Line, told: &Told) -> Option<Value> {
    let run = &told.run;
    match (told.state, run.start, line.host) {
        (State::Started, Start::Hand, _) => {
            let role = format!(
                "arn:aws:sts::{}:assumed-role/Developer/{}",
                line.account,
                run.author.replace(' ', ".")
            );
            Some(json!({"trigger-type": "StartPipelineExecution", "trigger-detail": role}))
        }
        (State::Started, Start::Push, Host::CodeCommit) => {
            let rule =
                format!("arn:aws:events:{}:{}:rule/{}-main", line.region, line.account, line.name);
            Some(json!({"trigger-type": "CloudWatchEvent", "trigger-detail": rule}))
        }
        (State::Started, Start::Push, _) => {
            Some(json!({"trigger-type": "WebhookV2", "trigger-detail": line.connection()}))
        }
        (
            State::Succeeded | State::Failed | State::Stopped | State::Superseded,
            _,
            Host::GitHub | Host::GitLab,
        ) => {
            let email = format!("{}@example.com", run.author.to_lowercase().replace(' ', "."));
            Some(json!({
                "author-display-name": run.author,
                "full-repository-name": line.repository(),
                "provider-type": line.host.word(),
                "author-email": email,
                "commit-message": run.message,
                "branch-name": "main",
                "commit-id": run.commit,
                "connection-arn": line.connection(),
                "author-id": run.author,
            }))
        }
        _ => None,
    }
}

fn action_detail(line: &Line, told: &Told, action: &Action) -> Vec<(&'static str, Value)> {
    let (category, provider) = match action.work {
        Work::Source if line.host == Host::CodeCommit => ("Source", "CodeCommit"),
        Work::Source => ("Source", "CodeStarSourceConnection"),
        Work::Build => ("Build", "CodeBuild"),
        Work::Test => ("Test", "CodeBuild"),
        Work::Approval => ("Approval", "Manual"),
        Work::Deploy => ("Deploy", "CodeDeploy"),
        Work::CloudFormation => ("Deploy", "CloudFormation"),
        Work::Ecs => ("Deploy", "ECS"),
    };
    let mut fields = vec![
        ("action", json!(action.name)),
        (
            "action-execution-id",
            json!(id_of(&format!("{}{}{}", told.run.commit, action.name, told.started))),
        ),
        (
            "type",
            json!({"owner": "AWS", "provider": provider, "category": category, "version": "1"}),
        ),
    ];
    let artifact = |name: &str| {
        let key = format!("{}/{name}/{}", line.name, told.run.commit.get(..7).unwrap_or_default());
        json!([{"name": name, "s3location": {"bucket": format!("codepipeline-{}-demo", line.region), "key": key}}])
    };
    match (action.work, told.state) {
        (Work::Source, State::Succeeded) => {
            fields.push(("output-artifacts", artifact("SourceArtifact")));
        }
        (
            Work::Build | Work::Test | Work::Deploy | Work::CloudFormation | Work::Ecs,
            State::Started,
        ) => {
            fields.push(("input-artifacts", artifact("SourceArtifact")));
        }
        _ => {}
    }
    if let Some(result) = result(line, told, action) {
        fields.push(("execution-result", result));
    }
    fields
}

fn result(line: &Line, told: &Told, action: &Action) -> Option<Value> {
    let (region, run) = (line.region, &told.run);
    let failed = match told.state {
        State::Succeeded => false,
        State::Failed => true,
        _ => return None,
    };
    let short = run.commit.get(..8).unwrap_or_default();
    let console = format!("https://{region}.console.aws.amazon.com");
    let (id, summary, url) = match action.work {
        Work::Source => {
            let url = format!(
                "{console}/codesuite/settings/connections/redirect?connectionArn={}&referenceType=COMMIT&FullRepositoryId={}&Commit={}",
                line.connection(),
                line.repository(),
                run.commit
            );
            return Some(match line.host {
                Host::CodeCommit => json!({
                    "external-execution-id": run.commit,
                    "external-execution-summary": run.message,
                    "external-execution-url": format!("{console}/codecommit/home#/repository/{}/commit/{}", line.name, run.commit),
                }),
                Host::GitHub | Host::GitLab => json!({
                    "external-execution-id": run.commit,
                    "external-execution-summary": json!({"ProviderType": line.host.word(), "CommitMessage": run.message}).to_string(),
                    "external-execution-url": url,
                }),
            });
        }
        Work::Approval => {
            let texts: &[&str] = if failed { &cast::REJECTIONS } else { &cast::APPROVALS };
            return Some(json!({"external-execution-summary": pick(texts, run)}));
        }
        Work::Build | Work::Test => {
            let build =
                format!("{}-{}:{}", line.name, action.name.to_lowercase(), line.run_id(run));
            let url = format!("{console}/codebuild/home?region={region}#/builds/{build}/view/new");
            (
                build,
                if failed {
                    "Build terminated with state: FAILED".to_owned()
                } else {
                    String::new()
                },
                url,
            )
        }
        Work::Deploy | Work::Ecs => {
            let deployment = format!("d-{}", short.to_uppercase());
            let url =
                format!("{console}/codedeploy/home?region={region}#/deployments/{deployment}");
            let how = if failed { "failed: too few healthy instances" } else { "succeeded" };
            (deployment.clone(), format!("Deployment {deployment} {how}"), url)
        }
        Work::CloudFormation => {
            let url = format!(
                "{console}/cloudformation/home?region={region}#/stacks?filteringText={}",
                line.name
            );
            let how = if failed { "UPDATE_ROLLBACK_COMPLETE" } else { "UPDATE_COMPLETE" };
            (line.name.clone(), format!("Stack {} is {how}", line.name), url)
        }
    };
    let mut result = json!({"external-execution-id": id, "external-execution-summary": summary, "external-execution-url": url});
    if let (true, Some(result)) = (failed, result.as_object_mut()) {
        result.insert("error-code".to_owned(), json!("JobFailed"));
    }
    Some(result)
}
