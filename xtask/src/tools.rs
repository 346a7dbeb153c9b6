//! Pinned programs of crates: trunk, wasm-bindgen, cargo-deny. Those of npm are in package.json.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{
    cache::Cache,
    command::{command, prepend_path, run, version},
    node,
    step::Step,
    workspace::Workspace,
};

const TRUNK: Tool =
    Tool { name: "trunk", krate: "trunk", version: "0.21.14", usually: "about 5 min, once" };
const DENY: Tool = Tool {
    name: "cargo-deny",
    krate: "cargo-deny",
    version: "0.20.2",
    usually: "about 5 min, once",
};

/// Everything that builds the site.
pub struct Tools {
    trunk: PathBuf,
    wasm_bindgen: PathBuf,
}

impl Tools {
    /// Finds or installs every one of them.
    pub fn find(workspace: &Workspace, cache: &Cache) -> Result<Self> {
        let locked = workspace.locked("wasm-bindgen")?;
        let wasm_bindgen = Tool {
            name: "wasm-bindgen",
            krate: "wasm-bindgen-cli",
            version: &locked,
            usually: "about 2 min, once",
        };
        node::packages(workspace)?;
        Ok(Self {
            trunk: TRUNK.find(workspace, cache)?,
            wasm_bindgen: wasm_bindgen.find(workspace, cache)?,
        })
    }

    /// `trunk`, which finds wasm-bindgen and wasm-opt on PATH and downloads nothing.
    pub fn trunk(&self, workspace: &Workspace) -> Command {
        let mut trunk = command(&self.trunk, &workspace.root);
        prepend_path(&mut trunk, &workspace.node_modules().join(".bin"));
        if let Some(folder) = self.wasm_bindgen.parent() {
            prepend_path(&mut trunk, folder);
        }
        // Trunk takes no other value of it than true and false.
        trunk.env_remove("NO_COLOR").env("TRUNK_SKIP_VERSION_CHECK", "true");
        trunk
    }
}

/// `cargo deny`, found or installed.
pub fn cargo_deny(workspace: &Workspace, cache: &Cache) -> Result<PathBuf> {
    DENY.find(workspace, cache)
}

/// A program of a crate.
struct Tool<'a> {
    name: &'a str,
    krate: &'a str,
    version: &'a str,
    usually: &'a str,
}

impl Tool<'_> {
    fn find(&self, workspace: &Workspace, cache: &Cache) -> Result<PathBuf> {
        let Self { name, krate, version: wanted, usually } = *self;
        let program = |folder: &Path| {
            folder.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
        };
        let is_good = |folder: &Path| is_version(&program(folder), wanted, workspace);
        let folder = cache.folder(&format!("{name}-{wanted}"), is_good, |folder| {
            Step {
                name: &format!("install {krate} {wanted}"),
                usually: Some(usually),
                advice: "look at cargo's error above; crates.io must be within reach, and a C compiler installed",
            }
            .run(|| {
                let install = |locked: &[&str]| {
                    let mut cargo = command("cargo", &workspace.root);
                    // Otherwise the tool's parts would stay in our target folder for ever.
                    cargo.env_remove("CARGO_TARGET_DIR").args(["install", "--quiet", krate, "--version", wanted, "--root"]).arg(folder);
                    run(cargo.args(locked))
                };
                // The versions that a crate was published with are not always served everywhere; then the newest that fit are taken.
                install(&["--locked"]).or_else(|_| install(&[]))
            })
        })?;
        Ok(program(&folder))
    }
}

/// Whether a program is there, in this version.
fn is_version(program: &Path, wanted: &str, workspace: &Workspace) -> bool {
    program.exists()
        && version(program, &workspace.root).is_some_and(|answer| says(&answer, wanted))
}

/// Whether a program's answer to `--version` holds this version as a word.
fn says(answer: &str, version: &str) -> bool {
    answer.split_whitespace().any(|word| word == version)
}

#[cfg(test)]
mod tests {
    use super::says;

    #[test]
    fn versions_are_compared_whole() {
        assert!(says("trunk 0.21.14", "0.21.14"));
        assert!(!says("wasm-bindgen 0.2.130", "0.2.13"));
        assert!(!says("trunk 0.21.1", "0.21.14"));
    }
}
