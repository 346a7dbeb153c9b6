//! AWS, by its own command-line client: whoever deploys has it and its credentials already.

mod artefact;
pub mod deploy;
pub mod destroy;
pub mod key;
pub mod package;
pub mod redrive;
mod site;
mod stack;
mod template;

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::{command::command, workspace::Workspace};

pub use artefact::check_size;

/// Which stack, and where.
#[derive(Args)]
pub struct Target {
    /// The stack's name
    #[arg(long, value_name = "NAME", value_parser = stack_name)]
    pub stack: String,
    /// The AWS Region
    #[arg(long, value_name = "REGION", env = "AWS_REGION")]
    pub region: String,
    /// Another address for all of AWS, such as an emulator's
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
}

/// The AWS CLI, bound to a Region.
pub struct Aws<'a> {
    workspace: &'a Workspace,
    region: &'a str,
    endpoint_url: Option<&'a str>,
}

impl<'a> Aws<'a> {
    /// Finds the client and asks it who we are.
    pub fn find(workspace: &'a Workspace, target: &'a Target) -> Result<Self> {
        let aws = Self {
            workspace,
            region: &target.region,
            endpoint_url: target.endpoint_url.as_deref(),
        };
        let identity = aws.json(&["sts", "get-caller-identity"])?;
        let who =
            identity.get("Arn").and_then(Value::as_str).context("AWS does not tell who we are")?;
        crate::step::say(&format!("as {who} in {}", target.region));
        Ok(aws)
    }

    /// Runs a command and reads what it answers; `null` when that is nothing.
    pub fn json(&self, arguments: &[&str]) -> Result<Value> {
        let stdout = self.text(arguments)?;
        if stdout.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&stdout)
            .with_context(|| format!("aws {} did not print JSON", subject(arguments)))
    }

    /// Runs a command and gives back what it prints.
    pub fn text(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(arguments).stdin(Stdio::null()).output().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => anyhow::anyhow!(
                "the AWS CLI is not installed: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html tells how; \
                 `aws --version` has to answer"
            ),
            _ => anyhow::Error::new(error).context("the AWS CLI does not start"),
        })?;
        if !output.status.success() {
            bail!(
                "aws {}: {}",
                subject(arguments),
                reason(&String::from_utf8_lossy(&output.stderr))
            );
        }
        String::from_utf8(output.stdout).context("the AWS CLI printed something that is not UTF-8")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut aws = command("aws", &self.workspace.root);
        aws.args(["--region", self.region, "--output", "json"]);
        if let Some(url) = self.endpoint_url {
            aws.args(["--endpoint-url", url]);
        }
        // Otherwise version 2 of the CLI would open its answers in a pager.
        aws.env("AWS_PAGER", "").args(arguments);
        aws
    }
}

fn stack_name(name: &str) -> Result<String, String> {
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    // The artefacts' stack has ten characters more.
    if begins && plain(name) && name.len() <= 100 {
        Ok(name.to_owned())
    } else {
        Err("a stack's name begins with a letter and has at most 100 letters, digits and hyphens"
            .to_owned())
    }
}

/// The service and the operation: arguments may hold what nobody should read over a shoulder.
fn subject(arguments: &[&str]) -> String {
    arguments.iter().take(2).copied().collect::<Vec<_>>().join(" ")
}

/// What went wrong, with what to do where that is known.
fn reason(stderr: &str) -> String {
    const ADVICE: [(&str, &str); 5] = [
        (
            "Unable to locate credentials",
            "`aws configure`, `aws sso login` or AWS_PROFILE make them known",
        ),
        ("ExpiredToken", "log in again, for example by `aws sso login`"),
        ("Token has expired", "log in again, for example by `aws sso login`"),
        (
            "InvalidClientTokenId",
            "AWS doesn't know these credentials; `aws sts get-caller-identity` has to answer",
        ),
        ("AccessDenied", "docs/deploy.md lists the permissions that a deployer needs"),
    ];
    let told = stderr.trim();
    let advice = ADVICE
        .iter()
        .find(|(sign, _)| told.contains(sign))
        .map(|(_, advice)| format!("\n  what to do: {advice}"));
    format!("{told}{}", advice.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_comes_with_what_to_do() {
        let told = reason(
            "\nUnable to locate credentials. You can configure credentials by running \"aws configure\".\n",
        );
        assert!(
            told.ends_with(
                "what to do: `aws configure`, `aws sso login` or AWS_PROFILE make them known"
            ),
            "{told}"
        );
        assert_eq!(
            reason("An error occurred (ValidationError)"),
            "An error occurred (ValidationError)"
        );
    }

    #[test]
    fn a_stack_has_a_name_that_cloudformation_takes() {
        assert_eq!(stack_name("wall-2"), Ok("wall-2".to_owned()));
        for name in ["", "2wall", "wall_2", "wall 2", &"w".repeat(101)] {
            stack_name(name).unwrap_err();
        }
    }
}
