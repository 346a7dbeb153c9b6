//! `cargo xtask redrive`: gives dead letters to the function again.
//!
//! Each is handed over synchronously, so that its fate is known: what is stored leaves the queue, what fails stays in it with its reason told.

use std::{collections::BTreeMap, fs};

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::Value;

use super::{Aws, Target, stack::Stack};
use crate::{
    step::{Step, say},
    workspace::Workspace,
};

/// Whose dead letters.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    target: Target,
    /// Delete what fails again: it will never be stored
    #[arg(long)]
    drop: bool,
}

/// What became of a message.
#[derive(Clone)]
enum Fate {
    Stored,
    Failed(String),
}

/// Tries every message once.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let aws = Aws::find(workspace, &options.target)?;
    let stack = Stack::expect(&aws, &options.target.stack)?;
    let (queue, function) = (stack.output("DeadLettersUrl")?, stack.output("IngestFunction")?);
    let folder = workspace.target.join("deploy");
    fs::create_dir_all(&folder)?;
    let mut stored = 0;
    let mut failed: BTreeMap<String, u64> = BTreeMap::new();
    let mut left = Vec::new();
    let mut reconciled = None;
    Step { name: "try the dead letters again", usually: None, advice: "look at the reason below" }
        .run(|| {
            loop {
                let messages = receive(&aws, queue)?;
                if messages.is_empty() {
                    return Ok(());
                }
                for (body, receipt) in messages {
                    let fate = match event(&body) {
                        None => Fate::Failed("no event".to_owned()),
                        Some(event) if asks_to_reconcile(&event) => {
                            let fate = reconciled
                                .take()
                                .map_or_else(|| invoke(&aws, function, &event, &folder), Ok)?;
                            reconciled.insert(fate).clone()
                        }
                        Some(event) => invoke(&aws, function, &event, &folder)?,
                    };
                    match fate {
                        Fate::Stored => {
                            stored += 1;
                            delete(&aws, queue, &receipt)?;
                        }
                        Fate::Failed(reason) => {
                            *failed.entry(reason).or_default() += 1;
                            if options.drop {
                                delete(&aws, queue, &receipt)?;
                            } else {
                                left.push(receipt);
                            }
                        }
                    }
                }
            }
        })?;
    // Only now, or the same message would come again and again.
    for receipt in &left {
        aws.text(&[
            "sqs",
            "change-message-visibility",
            "--queue-url",
            queue,
            "--receipt-handle",
            receipt,
            "--visibility-timeout",
            "0",
        ])?;
    }
    say(&format!("{stored} stored"));
    for (reason, count) in &failed {
        say(&format!(
            "{count} {}: {reason}",
            if options.drop { "dropped" } else { "left in the queue" }
        ));
    }
    Ok(())
}

/// Up to ten messages, each with what deletes it. Nobody else sees them for five minutes.
fn receive(aws: &Aws<'_>, queue: &str) -> Result<Vec<(String, String)>> {
    let answer = aws.json(&[
        "sqs",
        "receive-message",
        "--queue-url",
        queue,
        "--max-number-of-messages",
        "10",
        "--wait-time-seconds",
        "1",
        "--visibility-timeout",
        "300",
    ])?;
    let messages = answer.get("Messages").and_then(Value::as_array).into_iter().flatten();
    let text =
        |message: &Value, name: &str| message.get(name).and_then(Value::as_str).map(str::to_owned);
    messages
        .map(|message| Some((text(message, "Body")?, text(message, "ReceiptHandle")?)))
        .collect::<Option<_>>()
        .context("SQS describes messages in another way")
}

fn delete(aws: &Aws<'_>, queue: &str, receipt: &str) -> Result<()> {
    aws.text(&["sqs", "delete-message", "--queue-url", queue, "--receipt-handle", receipt])
        .map(drop)
}

/// The event inside a message: as it is from a rule, wrapped from a function; none from a schedule.
fn event(body: &str) -> Option<Value> {
    let body: Value = serde_json::from_str(body).ok()?;
    let event = body.get("requestPayload").cloned().unwrap_or(body);
    event.is_object().then_some(event)
}

/// All of these ask for the same, and each takes minutes: what becomes of one becomes of all.
fn asks_to_reconcile(event: &Value) -> bool {
    event.get("source").is_some_and(|source| source == "pipelines-dashboard")
        && event.get("detail-type").is_some_and(|kind| kind == "Reconcile")
}

fn invoke(aws: &Aws<'_>, function: &str, event: &Value, folder: &std::path::Path) -> Result<Fate> {
    let (payload, answer) = (folder.join("redrive.json"), folder.join("redrive-answer.json"));
    fs::write(&payload, event.to_string())?;
    let path = |path: &std::path::Path| {
        path.to_str().map(str::to_owned).context("the target folder's path is not UTF-8")
    };
    let result = aws.json(&[
        "lambda",
        "invoke",
        "--function-name",
        function,
        "--payload",
        &format!("fileb://{}", path(&payload)?),
        // What asks for a reconciliation takes minutes, and must not be asked for again meanwhile.
        "--cli-read-timeout",
        "310",
        &path(&answer)?,
    ])?;
    if result.get("FunctionError").is_none() {
        return Ok(Fate::Stored);
    }
    let told: Value = serde_json::from_str(&fs::read_to_string(&answer)?).unwrap_or_default();
    let text = |name: &str| told.get(name).and_then(Value::as_str);
    Ok(Fate::Failed(
        text("errorMessage")
            .or_else(|| text("errorType"))
            .unwrap_or("the function failed")
            .to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expect: Option<&str>) {
        assert_eq!(event(body).map(|event| event.to_string()).as_deref(), expect);
    }

    #[test]
    fn reconciliations_are_ours_alone() {
        let event =
            |source: &str, kind: &str| serde_json::json!({ "source": source, "detail-type": kind });
        assert!(asks_to_reconcile(&event("pipelines-dashboard", "Reconcile")));
        assert!(!asks_to_reconcile(&event("pipelines-dashboard", "Heartbeat")));
        assert!(!asks_to_reconcile(&event("aws.codepipeline", "Reconcile")));
    }

    #[test]
    fn events_are_found_in_both_kinds_of_letters() {
        check(r#"{"source":"aws.codepipeline"}"#, Some(r#"{"source":"aws.codepipeline"}"#));
        check(
            r#"{"requestContext":{"condition":"RetriesExhausted"},"requestPayload":{"source":"x"}}"#,
            Some(r#"{"source":"x"}"#),
        );
        check(r#"{"requestPayload":"text"}"#, None);
        check("text", None);
        check("[]", None);
    }
}
