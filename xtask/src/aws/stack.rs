//! Stacks of AWS resources.

use std::{
    collections::BTreeMap,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::Aws;

/// A stack as it stands.
#[derive(Debug, Default)]
pub struct Stack {
    pub status: String,
    pub parameters: BTreeMap<String, String>,
    pub outputs: BTreeMap<String, String>,
}

impl Stack {
    /// Reads a stack. `None` when there is none.
    pub fn find(aws: &Aws<'_>, name: &str) -> Result<Option<Self>> {
        match aws.json(&["cloudformation", "describe-stacks", "--stack-name", name]) {
            Ok(answer) => Ok(Some(
                Self::read(&answer).context("CloudFormation describes the stack in another way")?,
            )),
            Err(error) if error.to_string().contains("does not exist") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a stack that has to be there.
    pub fn expect(aws: &Aws<'_>, name: &str) -> Result<Self> {
        Self::find(aws, name)?
            .with_context(|| format!("there is no stack called {name} in this Region"))
    }

    /// An output of ours.
    pub fn output(&self, name: &str) -> Result<&str> {
        self.outputs.get(name).map(String::as_str).with_context(|| {
            format!("the stack has no output {name}: is it one of pipelines-dashboard?")
        })
    }

    /// A parameter, when it has a value.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn read(answer: &Value) -> Option<Self> {
        let stack = answer.get("Stacks")?.get(0)?;
        Some(Self {
            status: stack.get("StackStatus")?.as_str()?.to_owned(),
            parameters: pairs(stack.get("Parameters"), "ParameterKey", "ParameterValue"),
            outputs: pairs(stack.get("Outputs"), "OutputKey", "OutputValue"),
        })
    }
}

fn pairs(list: Option<&Value>, key: &str, value: &str) -> BTreeMap<String, String> {
    let text =
        |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    let entries = list.and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| Some((text(entry, key)?, text(entry, value)?))).collect()
}

/// Makes or updates a stack, which stands as `before`, and waits for it. Parameters that are not told keep their values.
pub fn deploy(
    aws: &Aws<'_>,
    name: &str,
    before: Option<&Stack>,
    template: &Path,
    parameters: &BTreeMap<&str, String>,
) -> Result<Stack> {
    refuse_wreck(before, name)?;
    let template = template.to_str().context("the template's path is not UTF-8")?;
    let mut arguments =
        vec!["cloudformation", "deploy", "--stack-name", name, "--template-file", template];
    arguments.extend(["--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset"]);
    let overrides: Vec<String> =
        parameters.iter().map(|(key, value)| format!("{key}={value}")).collect();
    if !overrides.is_empty() {
        arguments.push("--parameter-overrides");
        arguments.extend(overrides.iter().map(String::as_str));
    }
    aws.text(&arguments).map_err(|error| explained(aws, name, error))?;
    Stack::expect(aws, name)
}

/// Changes parameters alone: template and everything else stay as they are deployed.
pub fn change(
    aws: &Aws<'_>,
    name: &str,
    stack: &Stack,
    parameters: &BTreeMap<&str, String>,
) -> Result<()> {
    let all: Vec<String> = stack
        .parameters
        .keys()
        .map(|key| match parameters.get(key.as_str()) {
            Some(value) => format!("ParameterKey={key},ParameterValue={value}"),
            None => format!("ParameterKey={key},UsePreviousValue=true"),
        })
        .collect();
    let mut arguments =
        vec!["cloudformation", "update-stack", "--stack-name", name, "--use-previous-template"];
    arguments.extend(["--capabilities", "CAPABILITY_IAM", "--parameters"]);
    arguments.extend(all.iter().map(String::as_str));
    match aws.text(&arguments) {
        Err(error) if error.to_string().contains("No updates are to be performed") => return Ok(()),
        result => result.map_err(|error| explained(aws, name, error))?,
    };
    let status = settled(aws, name)?.map(|stack| stack.status).unwrap_or_default();
    if status != "UPDATE_COMPLETE" {
        return Err(explained(aws, name, anyhow::anyhow!("the stack is {status}")));
    }
    Ok(())
}

/// What a deployment would change, a line each.
pub fn changes(
    aws: &Aws<'_>,
    name: &str,
    before: Option<&Stack>,
    template: &Path,
    parameters: &BTreeMap<&str, String>,
) -> Result<Vec<String>> {
    const SET: &str = "pipelines-dashboard-dry-run";
    refuse_wreck(before, name)?;
    let is_new = before.is_none_or(|stack| stack.status == "REVIEW_IN_PROGRESS");
    let body = format!("file://{}", template.to_str().context("the template's path is not UTF-8")?);
    let kind = if is_new { "CREATE" } else { "UPDATE" };
    let kept = before
        .into_iter()
        .flat_map(|stack| stack.parameters.keys())
        .filter(|key| !parameters.contains_key(key.as_str()));
    let told = parameters.iter().map(|(key, value)| {
        format!("ParameterKey={key},ParameterValue={}", value.replace(',', "\\,"))
    });
    let all: Vec<String> =
        told.chain(kept.map(|key| format!("ParameterKey={key},UsePreviousValue=true"))).collect();
    let mut create =
        vec!["cloudformation", "create-change-set", "--stack-name", name, "--change-set-name", SET];
    create.extend([
        "--change-set-type",
        kind,
        "--template-body",
        &body,
        "--capabilities",
        "CAPABILITY_IAM",
        "--parameters",
    ]);
    create.extend(all.iter().map(String::as_str));
    aws.text(&create)?;

    let of_set = ["--stack-name", name, "--change-set-name", SET];
    let described = wait(Duration::from_mins(5), || {
        let set =
            aws.json(&[&["cloudformation", "describe-change-set"], of_set.as_slice()].concat())?;
        let status = set.get("Status").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok((!status.ends_with("_PENDING") && !status.ends_with("_IN_PROGRESS"))
            .then_some((status, set)))
    });
    // A change set of a stack that isn't there leaves an empty one behind.
    if is_new {
        aws.text(&["cloudformation", "delete-stack", "--stack-name", name])?;
    } else {
        aws.text(&[&["cloudformation", "delete-change-set"], of_set.as_slice()].concat())?;
    }
    let (status, set) = described?;
    let why = set.get("StatusReason").and_then(Value::as_str).unwrap_or_default();
    if status == "FAILED"
        && !why.contains("didn't contain changes")
        && !why.contains("No updates are to be performed")
    {
        bail!("the change set failed: {why}");
    }
    Ok(set
        .get("Changes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(change_line)
        .collect())
}

/// Removes a stack and waits until it is gone.
pub fn remove(aws: &Aws<'_>, name: &str) -> Result<()> {
    aws.text(&["cloudformation", "delete-stack", "--stack-name", name])?;
    match settled(aws, name)? {
        Some(stack) if stack.status != "DELETE_COMPLETE" => Err(explained(
            aws,
            name,
            anyhow::anyhow!("the stack is {} instead of being gone", stack.status),
        )),
        _ => Ok(()),
    }
}

/// The stack once nothing is in progress any more.
fn settled(aws: &Aws<'_>, name: &str) -> Result<Option<Stack>> {
    wait(Duration::from_hours(1), || {
        let stack = Stack::find(aws, name)?;
        Ok(if stack.as_ref().is_some_and(|stack| stack.status.ends_with("_IN_PROGRESS")) {
            None
        } else {
            Some(stack)
        })
    })
}

fn wait<T>(limit: Duration, mut done: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(value) = done()? {
            return Ok(value);
        }
        if start.elapsed() > limit {
            bail!("CloudFormation is not done after {} min", limit.as_secs() / 60);
        }
        thread::sleep(Duration::from_secs(2));
    }
}

/// A stack whose creation failed can't be updated, only removed.
fn refuse_wreck(stack: Option<&Stack>, name: &str) -> Result<()> {
    match stack.map(|stack| stack.status.as_str()) {
        Some(status @ ("ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED")) => {
            bail!(
                "the stack {name} is {status}, which nothing can be deployed over; `cargo xtask destroy --stack {name}` removes it"
            )
        }
        Some(status) if status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS" => {
            bail!(
                "the stack {name} is {status}: somebody else is at it; try again when that is done"
            )
        }
        _ => Ok(()),
    }
}

/// The error with the reasons of the resources that failed first.
fn explained(aws: &Aws<'_>, name: &str, error: anyhow::Error) -> anyhow::Error {
    let reasons = aws
        .json(&["cloudformation", "describe-stack-events", "--stack-name", name])
        .map(|events| failures(&events));
    match reasons {
        Ok(reasons) if !reasons.is_empty() => {
            error.context(format!("the stack {name} failed:\n  {}", reasons.join("\n  ")))
        }
        _ => error,
    }
}

/// Why resources failed in the newest operation, the first one first.
fn failures(events: &Value) -> Vec<String> {
    let text = |event: &Value, name: &str| {
        event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut found = Vec::new();
    // The newest event comes first.
    for event in events.get("StackEvents").and_then(Value::as_array).into_iter().flatten() {
        let (status, reason, resource) = (
            text(event, "ResourceStatus"),
            text(event, "ResourceStatusReason"),
            text(event, "LogicalResourceId"),
        );
        let is_stack = text(event, "ResourceType") == "AWS::CloudFormation::Stack";
        if is_stack
            && matches!(
                status.as_str(),
                "CREATE_IN_PROGRESS" | "UPDATE_IN_PROGRESS" | "DELETE_IN_PROGRESS"
            )
        {
            break;
        }
        if !is_stack && status.ends_with("_FAILED") && !reason.ends_with("cancelled") {
            found.push(format!("{resource} ({}): {reason}", text(event, "ResourceType")));
        }
    }
    found.reverse();
    found
}

fn change_line(change: &Value) -> Option<String> {
    let change = change.get("ResourceChange")?;
    let text = |name: &str| change.get(name).and_then(Value::as_str).unwrap_or_default();
    let replaced = if text("Replacement") == "True" { ", replaced" } else { "" };
    Some(format!(
        "{} {} ({}){replaced}",
        text("Action"),
        text("LogicalResourceId"),
        text("ResourceType")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_resources_own_reasons_are_told() {
        let event = |resource: &str, kind: &str, status: &str, reason: &str| json!({ "LogicalResourceId": resource, "ResourceType": kind, "ResourceStatus": status, "ResourceStatusReason": reason });
        let stack = "AWS::CloudFormation::Stack";
        let events = json!({ "StackEvents": [
            event("wall", stack, "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Site, Table]."),
            event("Site", "AWS::S3::Bucket", "CREATE_FAILED", "Resource creation cancelled"),
            event("Rule", "AWS::Events::Rule", "CREATE_FAILED", "Limit exceeded"),
            event("Table", "AWS::DynamoDB::Table", "CREATE_FAILED", "pipelines_dashboard_data already exists"),
            event("wall", stack, "CREATE_IN_PROGRESS", "User Initiated"),
            event("Old", "AWS::S3::Bucket", "CREATE_FAILED", "an older operation's"),
        ]});
        assert_eq!(
            failures(&events),
            [
                "Table (AWS::DynamoDB::Table): pipelines_dashboard_data already exists",
                "Rule (AWS::Events::Rule): Limit exceeded"
            ]
        );
        assert_eq!(failures(&json!({})), Vec::<String>::new());
    }

    #[test]
    fn stacks_that_cannot_be_updated_are_refused() {
        let check = |status: &str, refused: bool| {
            let stack = Stack { status: status.to_owned(), ..Stack::default() };
            assert_eq!(refuse_wreck(Some(&stack), "wall").is_err(), refused, "{status}");
        };
        check("CREATE_COMPLETE", false);
        check("UPDATE_ROLLBACK_COMPLETE", false);
        check("REVIEW_IN_PROGRESS", false);
        check("ROLLBACK_COMPLETE", true);
        check("UPDATE_IN_PROGRESS", true);
        refuse_wreck(None, "wall").unwrap();
    }

    #[test]
    fn changes_are_lines() {
        let change = |replacement: &str| {
            json!({ "ResourceChange": {
                "Action": "Modify", "LogicalResourceId": "Table", "ResourceType": "AWS::DynamoDB::Table", "Replacement": replacement
            }})
        };
        assert_eq!(
            change_line(&change("False")).as_deref(),
            Some("Modify Table (AWS::DynamoDB::Table)")
        );
        assert_eq!(
            change_line(&change("True")).as_deref(),
            Some("Modify Table (AWS::DynamoDB::Table), replaced")
        );
        assert_eq!(change_line(&json!({})), None);
    }
}
