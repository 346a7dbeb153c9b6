//! `cargo xtask destroy`: removes a stack, its buckets' content and its artefacts.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::{Result, bail, ensure};
use clap::Args;

use super::{Aws, Target, deploy::artefacts_stack, site, stack, stack::Stack};
use crate::{
    step::{Step, say},
    workspace::Workspace,
};

/// What to remove.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    target: Target,
    /// Don't ask
    #[arg(long)]
    yes: bool,
}

/// Asks, then removes.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let name = &options.target.stack;
    let aws = Aws::find(workspace, &options.target)?;
    let artefacts = artefacts_stack(name);
    let (main, bucket) = (Stack::find(&aws, name)?, Stack::find(&aws, &artefacts)?);
    if main.is_none() && bucket.is_none() {
        say(&format!("there is no stack called {name} in this Region"));
        return Ok(());
    }
    if let Some(stack) = &main {
        ensure!(
            stack.parameter("DeletionProtection") != Some("true"),
            "the table is protected; `cargo xtask deploy --parameter DeletionProtection=false` ends that"
        );
    }
    if !options.yes {
        confirm(name)?;
    }
    let remove = |name: &str, stack: Option<&Stack>, bucket: &str| {
        let Some(stack) = stack else { return Ok(()) };
        // The creation of a stack may have failed before there was a bucket.
        if let Ok(bucket) = stack.output(bucket) {
            Step { name: "empty the bucket", usually: None, advice: "look at the reason below" }
                .run(|| site::empty(&aws, bucket))?;
        }
        Step {
            name: &format!("remove {name}"),
            usually: Some("about 5 min: CloudFront takes its time"),
            advice: "look at the reason below",
        }
        .run(|| stack::remove(&aws, name))
    };
    remove(name, main.as_ref(), "SiteBucket")?;
    remove(&artefacts, bucket.as_ref(), "Bucket")?;
    if main.is_some_and(|stack| stack.parameter("AccessLogs") == Some("create-role")) {
        say(
            "API Gateway's role for logs stays, because other APIs of the account may rely on it by now; docs/deploy.md tells how to end it",
        );
    }
    Ok(())
}

fn confirm(name: &str) -> Result<()> {
    say(&format!(
        "This removes the stack {name} with all its pipelines' history. Type its name to go on:"
    ));
    let input = std::io::stdin();
    if !input.is_terminal() {
        say("(or give --yes where nobody can type)");
    }
    let mut typed = String::new();
    input.lock().read_line(&mut typed)?;
    if typed.trim() != name {
        bail!("nothing was removed");
    }
    Ok(())
}
