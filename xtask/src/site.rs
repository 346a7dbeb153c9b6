//! The site: trunk builds it, then it is made small.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{command::run, shrink, step::Step, tools::Tools, workspace::Workspace};

/// A panic ends the wall at once; its text would be a tenth of the WebAssembly and is seen by nobody.
const WITHOUT_PANICS: &str = "-Zunstable-options -Cpanic=immediate-abort";

/// Builds `dist/` for release.
pub fn build(workspace: &Workspace, tools: &Tools) -> Result<()> {
    let made = workspace.target.join("site/release");
    Step {
        name: "build the wall",
        usually: Some("about 3 min at first, 1 min later"),
        advice: "look at the compiler's error above; `cargo xtask dev` shows it sooner",
    }
    .run(|| {
        let mut trunk = trunk(workspace, tools, "build", &made);
        // Cargo appends these flags to those of .cargo/config.toml.
        trunk.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", WITHOUT_PANICS);
        run(trunk.args(["--release", "true", "--cargo-profile", "wall"]))
    })?;
    Step { name: "shrink the site", usually: None, advice: "look at what the tool says above" }.run(
        || {
            shrink::site(workspace, tools, &made)?;
            replace(&made, &workspace.dist())
        },
    )
}

/// Builds the site for today's browsers, quickly; gives back where it lies.
pub fn build_for_development(workspace: &Workspace, tools: &Tools) -> Result<PathBuf> {
    let made = workspace.target.join("site/dev");
    Step {
        name: "build the wall",
        usually: Some("about 2 min at first"),
        advice: "look at the compiler's error above",
    }
    .run(|| run(&mut trunk(workspace, tools, "build", &made)))?;
    Ok(made)
}

/// `trunk build` or `trunk serve` into `made`.
pub fn trunk(workspace: &Workspace, tools: &Tools, verb: &str, made: &Path) -> Command {
    let mut trunk = tools.trunk(workspace);
    trunk
        // Another compiler may build the wall than the rest, and cargo lets only one build at a time into a folder.
        .env("CARGO_TARGET_DIR", target(workspace))
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        .arg(verb)
        // Shrinking changes the file after trunk has taken its checksum; the site loads nothing from elsewhere.
        .args(["--no-sri", "true", "--dist"])
        .arg(made);
    trunk
}

/// Where the wall's crates are compiled to.
pub fn target(workspace: &Workspace) -> PathBuf {
    workspace.target.join("wasm")
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

/// Puts a copy of `from` in the place of `to`.
fn replace(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)
            .with_context(|| format!("cannot remove the old {}", to.display()))?;
    }
    for path in files(from)? {
        let copy = to.join(path.strip_prefix(from)?);
        if let Some(folder) = copy.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&path, &copy).with_context(|| format!("cannot write {}", copy.display()))?;
    }
    Ok(())
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

    #[test]
    fn an_old_site_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("snippets")).unwrap();
        fs::write(from.join("snippets/a.js"), "new").unwrap();
        fs::create_dir(&to).unwrap();
        fs::write(to.join("old.js"), "old").unwrap();

        replace(&from, &to).unwrap();

        assert_eq!(files(&to).unwrap(), [to.join("snippets/a.js")]);
    }
}
