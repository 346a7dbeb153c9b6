//! All that a person types: `cargo xtask dev`, `build`, `test`, `replay`, `bench`, `deploy` and what follows it.
//!
//! Nothing of the product lives here. Set-up that a command needs is done by the command itself: pinned tools go into a cache outside the
//! tree, the ordinary way first and another way where that can't download.

mod apt;
mod archive;
mod aws;
mod bench;
mod build;
mod cache;
mod command;
mod cost;
mod dev;
mod node;
mod python;
mod replay;
mod site;
mod size;
mod step;
mod test;
mod tools;
mod workspace;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// The commands of pipelines-dashboard's developers.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Tools are installed into ~/.cache/pipelines-dashboard (or $XDG_CACHE_HOME/pipelines-dashboard); set PIPELINES_DASHBOARD_CACHE for another \
place. Nothing is installed outside of it unless CI is set.";

#[derive(Subcommand)]
enum Command {
    /// Build everything and open a wall that moves, on this machine
    ///
    /// Installs what is missing, builds the wall and the local backend, and plays 24 invented pipelines. Stop it with Ctrl-C.
    Dev(dev::Options),
    /// Build the site, the local server and the Lambda for release
    ///
    /// Makes dist/, target/release/pipelines-dashboard-local and target/lambda/backend/bootstrap.zip.
    Build,
    /// Run every check: format, lints, tests, sizes, browsers
    ///
    /// Without STEP all steps run, in the order in which they are listed.
    Test(test::Options),
    /// Post recorded events to a running backend
    ///
    /// Reads .json, .ndjson and .jsonl files: one event, an array of events, or one event a line. A folder is read whole, by file name.
    Replay(replay::Options),
    /// Measure: events a second, sizes, time to the first names on a slow phone line, time of an update
    Bench,
    /// Build everything and bring it to AWS, or bring AWS up to date
    ///
    /// Needs the AWS CLI and credentials. Asks nothing, prints the wall's address, and an access key once. A second time changes nothing.
    Deploy(aws::deploy::Options),
    /// Remove a deployed stack with its buckets
    Destroy(aws::destroy::Options),
    /// Change the access key of a deployed wall
    Key(aws::key::Options),
    /// Give dead letters to the function again
    Redrive(aws::redrive::Options),
    /// Reckon what a wall on AWS costs a month, by measured documents
    Cost(cost::Options),
    /// Pack a zip that the AWS CLI alone can deploy, and the local server with the site inside
    Package,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            step::say(&format!("\nerror: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let workspace = Workspace::find()?;
    match command {
        Command::Dev(options) => dev::run(&workspace, &options),
        Command::Build => build::run_all(&workspace),
        Command::Test(options) => test::run(&workspace, &options),
        Command::Replay(options) => replay::run(&options),
        Command::Bench => bench::run(&workspace),
        Command::Deploy(options) => aws::deploy::run(&workspace, &options),
        Command::Destroy(options) => aws::destroy::run(&workspace, &options),
        Command::Key(options) => aws::key::run(&workspace, &options),
        Command::Redrive(options) => aws::redrive::run(&workspace, &options),
        Command::Cost(options) => cost::run(&workspace, &options),
        Command::Package => aws::package::run(&workspace),
    }
}

/// A path as a person would type it from the workspace's root.
fn shown(path: &std::path::Path, workspace: &Workspace) -> PathBuf {
    path.strip_prefix(&workspace.root)
        .map_or_else(|_| path.to_path_buf(), std::path::Path::to_path_buf)
}
