//! The site, built by trunk.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{command::run, step::Step, tools::Tools, workspace::Workspace};

/// The target of the wall.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Where Trunk.toml expects the local server while `trunk serve` runs.
pub const BACKEND_PORT: u16 = 8081;

/// Builds `dist/` for release.
pub fn build(workspace: &Workspace, tools: &Tools) -> Result<()> {
    Step {
        name: "build the site",
        usually: Some("about 3 min at first, 1 min later"),
        advice: "look at the error above; `cargo xtask dev` shows the compiler's sooner",
    }
    .run(|| run(tools.trunk(workspace).args(["build", "--release"])))
}

/// Builds the site quickly, with the texts of panics; returns its folder.
pub fn build_for_development(workspace: &Workspace, tools: &Tools) -> Result<PathBuf> {
    let folder = workspace.target.join("site/dev");
    Step {
        name: "build the site",
        usually: Some("about 2 min at first"),
        advice: "look at the error above",
    }
    .run(|| run(tools.trunk(workspace).args(["build", "--dist"]).arg(&folder)))?;
    Ok(folder)
}

/// `trunk serve`, which builds again and reloads the page after each change. Its data come from [`BACKEND_PORT`].
pub fn serve(workspace: &Workspace, tools: &Tools, port: u16) -> Command {
    let mut trunk = tools.trunk(workspace);
    trunk.arg("serve").arg("--dist").arg(workspace.target.join("site/watch"));
    trunk.args(["--address", "127.0.0.1", "--port", &port.to_string()]);
    trunk
}

/// Every file below a folder, in the order of their names.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)
            .with_context(|| format!("cannot read the folder {}", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What `model::event` says of some events. Whatever reads events, of any source, is reached through the function that says it.
const SAID_OF_EVENTS: &str = "a notification rule's message, not an event";

/// An error when one of the wall's programs holds what reads events: that is the backend's, and all sources' readers would come with it.
pub fn check_that_no_events_are_read(site: &Path) -> Result<()> {
    let programs: Vec<_> =
        files(site)?.into_iter().filter(|path| has_extension(path, &["wasm"])).collect();
    if programs.is_empty() {
        bail!("{} holds no program", site.display());
    }
    for path in programs {
        let program = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if program.windows(SAID_OF_EVENTS.len()).any(|bytes| bytes == SAID_OF_EVENTS.as_bytes()) {
            bail!("{} holds what reads events", path.display());
        }
    }
    Ok(())
}

/// Whether a file's name ends in one of these.
pub fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| extensions.contains(&extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_reads_events_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path();
        check_that_no_events_are_read(site).unwrap_err();
        fs::write(site.join("wall.wasm"), "\0asm").unwrap();
        check_that_no_events_are_read(site).unwrap();
        // What `model` really says of them, as a program would hold it.
        fs::write(site.join("page.wasm"), include_str!("../../model/src/event.rs")).unwrap();
        check_that_no_events_are_read(site).unwrap_err();
    }
}
