//! The compiler that builds the wall.
//!
//! Standard libraries of different compilers don't mix, so one toolchain builds a WebAssembly file from end to end: the pinned one where
//! its target can be had, else Debian's.

use std::{fs, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result};

use crate::{
    cache::Cache,
    command::{command, read, run_for},
    debian::{self, Debian},
    step::{Step, say},
    workspace::Workspace,
};

/// The target of the wall.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// A compiler with a standard library for [`TARGET`].
pub enum Toolchain {
    /// That of rust-toolchain.toml.
    Pinned,
    /// Debian's packages, where rustup can't download.
    Debian(Debian),
}

impl Toolchain {
    /// Finds one, or installs one.
    pub fn find(workspace: &Workspace, cache: &Cache) -> Result<Self> {
        const NOTE: &str = "rustup-cannot-download";
        if pinned_has_target(workspace)? {
            return Ok(Self::Pinned);
        }
        if !cache.noted(NOTE) {
            let downloaded =
                Step { name: "WebAssembly target by rustup", usually: None, advice: "nothing: another toolchain is tried next" }
                    .run(|| rustup(workspace));
            match downloaded {
                Ok(()) if pinned_has_target(workspace)? => return Ok(Self::Pinned),
                Ok(()) => cache.note(NOTE, "rustup succeeded, but the pinned toolchain has no target")?,
                Err(error) => cache.note(NOTE, &format!("{error:#}"))?,
            }
        }
        say("rustup cannot download the WebAssembly target here; Debian's toolchain builds the wall instead");
        let channel = workspace.channel()?;
        debian::find(cache).map(Self::Debian).with_context(|| {
            format!("no toolchain for the wall: `rustup target add {TARGET} --toolchain {channel}` failed, and Debian's is not there")
        })
    }

    /// Makes `command`, and what it starts, use this toolchain.
    pub fn apply<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        match self {
            Self::Pinned => command,
            Self::Debian(debian) => debian.apply(command),
        }
    }

    /// Whether `cargo clippy` is there.
    pub fn has_clippy(&self, workspace: &Workspace) -> bool {
        let mut clippy = command("cargo", &workspace.root);
        read(self.apply(clippy.args(["clippy", "--version"]))).is_ok()
    }

    /// What it is called in messages.
    pub fn name(&self) -> String {
        match self {
            Self::Pinned => "the pinned toolchain".to_owned(),
            Self::Debian(debian) => format!("Debian's {}", debian.version),
        }
    }
}

fn pinned_has_target(workspace: &Workspace) -> Result<bool> {
    let libdir = read(command("rustc", &workspace.root).args(["--print", "target-libdir", "--target", TARGET]))?;
    Ok(has_core(Path::new(libdir.trim())))
}

/// Whether a folder holds a standard library.
pub fn has_core(libdir: &Path) -> bool {
    fs::read_dir(libdir).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| name.starts_with("libcore-") && Path::new(name).extension().is_some_and(|e| e == "rlib"))
        })
    })
}

fn rustup(workspace: &Workspace) -> Result<()> {
    // The target is 25 MB; a machine that can't download may hang instead of failing.
    const LIMIT: Duration = Duration::from_mins(3);
    let channel = workspace.channel()?;
    run_for(command("rustup", &workspace.root).args(["target", "add", TARGET, "--toolchain", &channel]), LIMIT)
}
