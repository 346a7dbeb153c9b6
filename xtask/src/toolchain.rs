//! The compiler that builds the wall, and its standard library with it.
//!
//! The wall's WebAssembly holds a standard library made for size, without the texts of panics (see docs/decisions/007): so the library's
//! sources are needed, of exactly the compiler's version. They come by rustup where it can download, else with Debian's toolchain.

use std::{path::Path, process::Command, time::Duration};

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

/// A compiler with the sources of its standard library.
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
        if pinned_has_sources(workspace)? {
            return Ok(Self::Pinned);
        }
        if !cache.noted(NOTE) {
            let downloaded = Step {
                name: "sources of Rust's standard library by rustup",
                usually: None,
                advice: "nothing: another toolchain is tried next",
            }
            .run(|| rustup(workspace));
            match downloaded {
                Ok(()) if pinned_has_sources(workspace)? => return Ok(Self::Pinned),
                Ok(()) => {
                    cache
                        .note(NOTE, "rustup succeeded, but the pinned toolchain has no sources")?;
                }
                Err(error) => cache.note(NOTE, &format!("{error:#}"))?,
            }
        }
        say(
            "rustup cannot download the standard library's sources here; Debian's toolchain builds the wall instead",
        );
        let channel = workspace.channel()?;
        debian::find(cache).map(Self::Debian).with_context(|| {
            format!("no toolchain for the wall: `rustup component add rust-src --toolchain {channel}` failed, and Debian's is not there")
        })
    }

    /// Makes `command`, and what it starts, build for [`TARGET`] by this toolchain.
    pub fn apply<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if let Self::Debian(debian) = self {
            debian.apply(command);
        }
        // A stable compiler builds its own standard library only when it is told that this is no stable feature.
        command
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
            .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
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

fn pinned_has_sources(workspace: &Workspace) -> Result<bool> {
    let sysroot = read(command("rustc", &workspace.root).args(["--print", "sysroot"]))?;
    Ok(has_sources(Path::new(sysroot.trim())))
}

/// Whether a toolchain has the sources of its standard library.
pub fn has_sources(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").exists()
}

fn rustup(workspace: &Workspace) -> Result<()> {
    // The sources are 3 MB; a machine that can't download may hang instead of failing.
    const LIMIT: Duration = Duration::from_mins(3);
    let channel = workspace.channel()?;
    run_for(
        command("rustup", &workspace.root).args([
            "component",
            "add",
            "rust-src",
            "--toolchain",
            &channel,
        ]),
        LIMIT,
    )
}
