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

/// Builds the site, the local server and the Lambda.
pub fn run_all(workspace: &Workspace) -> Result<()> {
    let tools = Tools::find(workspace, &Cache::open()?)?;
    site::build(workspace, &tools)?;
    Step { name: "build the local server", usually: Some("about 6 min at first"), advice: "look at the compiler's error above" }.run(
        || run(command("cargo", &workspace.root).args(["build", "--locked", "--release", "--package", "pipelines-dashboard-local"])),
    )?;
    let archive = lambda(workspace)?;
    say("\nbuilt:");
    let server = workspace.target.join("release").join(format!("pipelines-dashboard-local{}", std::env::consts::EXE_SUFFIX));
    for path in [workspace.dist(), server, archive] {
        say(&format!("  {}", shown(&path, workspace).display()));
    }
    Ok(())
}

/// Builds the Lambda's zip.
pub fn lambda(workspace: &Workspace) -> Result<PathBuf> {
    let archive = workspace.target.join("lambda/backend/bootstrap.zip");
    Step { name: "build the Lambda", usually: Some("about 4 min at first"), advice: "look at the compiler's error above" }.run(|| {
        run(command("cargo", &workspace.root).args(["build", "--locked", "--profile", "lambda", "--package", "backend"]))?;
        archive::pack(&workspace.target.join("lambda/bootstrap"), &archive)
    })?;
    Ok(archive)
}
