//! `cargo xtask build`: all that is released.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    archive,
    cache::Cache,
    command::{command, run},
    shown, site,
    step::{Step, say},
    tools::Tools,
    workspace::Workspace,
};

/// The local server's package, and its program.
const SERVER: &str = "pipelines-dashboard-local";

/// Builds the site, the local server and the Lambda.
pub fn run_all(workspace: &Workspace) -> Result<()> {
    let tools = Tools::find(workspace, &Cache::open()?)?;
    site::build(workspace, &tools)?;
    let server = server(workspace, Profile::Release)?;
    let archive = lambda(workspace)?;
    say("\nbuilt:");
    for path in [workspace.dist(), server, archive] {
        say(&format!("  {}", shown(&path, workspace).display()));
    }
    Ok(())
}

/// How the local server is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Soon.
    Dev,
    /// Fast.
    Release,
}

/// Builds the local server; gives back where it lies.
pub fn server(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    let (usually, release): (_, &[&str]) = match profile {
        Profile::Dev => ("about 4 min at first", &[]),
        Profile::Release => ("about 6 min at first", &["--release"]),
    };
    Step {
        name: "build the local server",
        usually: Some(usually),
        advice: "look at the compiler's error above",
    }
    .run(|| {
        run(command("cargo", &workspace.root)
            .args(["build", "--locked"])
            .args(release)
            .args(["--package", SERVER]))?;
        Ok(server_path(workspace, profile))
    })
}

/// Where a build of the local server lies.
pub fn server_path(workspace: &Workspace, profile: Profile) -> PathBuf {
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    };
    workspace.target.join(folder).join(format!("{SERVER}{}", std::env::consts::EXE_SUFFIX))
}

/// Builds the Lambda's zip.
pub fn lambda(workspace: &Workspace) -> Result<PathBuf> {
    let archive = workspace.target.join("lambda/backend/bootstrap.zip");
    Step {
        name: "build the Lambda",
        usually: Some("about 4 min at first"),
        advice: "look at the compiler's error above",
    }
    .run(|| {
        run(command("cargo", &workspace.root).args([
            "build",
            "--locked",
            "--profile",
            "lambda",
            "--package",
            "backend",
        ]))?;
        archive::pack(&workspace.target.join("lambda/bootstrap"), &archive)
    })?;
    Ok(archive)
}
