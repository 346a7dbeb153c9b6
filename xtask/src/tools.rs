//! Pinned tools: trunk, wasm-bindgen, wasm-opt, esbuild, cargo-deny.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{
    cache::Cache,
    command::{NPM, command, prepend_path, read, run, version},
    step::Step,
    toolchain::Toolchain,
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
const WASM_OPT: NpmTool =
    NpmTool { name: "wasm-opt", package: "binaryen", version: "132.0.0", says: "132" };
const ESBUILD: NpmTool =
    NpmTool { name: "esbuild", package: "esbuild", version: "0.28.2", says: "0.28.2" };

/// All that builds the wall.
pub struct Tools {
    /// Who compiles it.
    pub toolchain: Toolchain,
    trunk: PathBuf,
    wasm_bindgen: PathBuf,
    wasm_opt: PathBuf,
    esbuild: PathBuf,
}

impl Tools {
    /// Finds or installs every one of them.
    pub fn find(workspace: &Workspace, cache: &Cache) -> Result<Self> {
        let toolchain = Toolchain::find(workspace, cache)?;
        let locked = workspace.locked("wasm-bindgen")?;
        let wasm_bindgen = Tool {
            name: "wasm-bindgen",
            krate: "wasm-bindgen-cli",
            version: &locked,
            usually: "about 2 min, once",
        };
        Ok(Self {
            toolchain,
            trunk: TRUNK.find(workspace, cache)?,
            wasm_bindgen: wasm_bindgen.find(workspace, cache)?,
            wasm_opt: WASM_OPT.find(workspace, cache)?,
            esbuild: ESBUILD.find(workspace, cache)?,
        })
    }

    /// `trunk`, which finds the others on PATH and needs no download.
    pub fn trunk(&self, workspace: &Workspace) -> Command {
        let mut trunk = command(&self.trunk, &workspace.root);
        self.toolchain.apply(&mut trunk);
        for folder in [self.wasm_bindgen.parent(), self.wasm_opt.parent()].into_iter().flatten() {
            prepend_path(&mut trunk, folder);
        }
        // Trunk takes no other value of it than true and false.
        trunk.env_remove("NO_COLOR");
        trunk
    }

    /// A program of binaryen, which come together.
    pub fn binaryen(&self, program: &str) -> PathBuf {
        self.wasm_opt.with_file_name(
            self.wasm_opt
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .replace("wasm-opt", program),
        )
    }

    /// `esbuild`, started in the folder of the scripts.
    pub fn esbuild(&self, folder: &Path) -> Command {
        command(&self.esbuild, folder)
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

/// A program of an npm package.
struct NpmTool {
    name: &'static str,
    package: &'static str,
    version: &'static str,
    /// The version as the program itself tells it.
    says: &'static str,
}

impl NpmTool {
    fn find(&self, workspace: &Workspace, cache: &Cache) -> Result<PathBuf> {
        let Self { name, package, version: wanted, says: told } = *self;
        // npm's launchers for Windows are scripts.
        let launcher = if cfg!(windows) { format!("{name}.cmd") } else { name.to_owned() };
        let program = |folder: &Path| folder.join("node_modules/.bin").join(&launcher);
        let is_good = |folder: &Path| is_version(&program(folder), told, workspace);
        let folder = cache.folder(&format!("{package}-{told}"), is_good, |folder| {
            Step {
                name: &format!("install {package} {wanted} ({name})"),
                usually: None,
                advice: "npm's registry must be within reach",
            }
            .run(|| {
                let package = format!("{package}@{wanted}");
                read(command(NPM, folder).args([
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--ignore-scripts",
                    "--prefix",
                    ".",
                    &package,
                ]))
                .map(drop)
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
        assert!(says("wasm-opt version 132 (version_132)", "132"));
        assert!(!says("wasm-bindgen 0.2.130", "0.2.13"));
        assert!(!says("trunk 0.21.1", "0.21.14"));
    }
}
