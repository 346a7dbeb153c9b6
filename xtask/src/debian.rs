//! Debian's toolchain for web browsers, where rustup can't download. Nothing of the machine is changed beyond the packages.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    cache::Cache,
    command::{command, prepend_path, run, version},
    step::Step,
    toolchain::has_sources,
};

const PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-19"];
const PROGRAMS: [&str; 5] = ["cargo", "rustc", "rustdoc", "cargo-clippy", "clippy-driver"];
const LINKER: &str = "/usr/bin/wasm-ld-19";

/// Debian's compiler.
pub struct Debian {
    /// Links to its programs, to stand before rustup's in PATH.
    bin: PathBuf,
    /// `rustc 1.96.0`
    pub version: String,
}

impl Debian {
    /// Makes `command`, and what it starts, use this toolchain.
    pub fn apply(&self, command: &mut Command) {
        prepend_path(command, &self.bin);
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
    }
}

/// Finds the packages or, in CI, installs them.
pub fn find(cache: &Cache) -> Result<Debian> {
    if missing() {
        install_packages(&PACKAGES)?;
    }
    let version =
        version("/usr/bin/rustc", Path::new("/")).context("/usr/bin/rustc does not start")?;
    let version: String = version.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let bin = cache.folder(
        "debian-rust",
        |bin| PROGRAMS.iter().all(|program| bin.join(program).exists()),
        |bin| {
            PROGRAMS.iter().try_for_each(|program| {
                link(&Path::new("/usr/bin").join(program), &bin.join(program))
            })
        },
    )?;
    Ok(Debian { bin, version })
}

/// Installs Debian packages in CI; tells the command anywhere else.
pub fn install_packages(packages: &[&str]) -> Result<()> {
    let line = packages.join(" ");
    if env::var_os("CI").is_none() {
        bail!("install Debian's packages and try again:\n    sudo apt-get install {line}");
    }
    Step {
        name: &format!("apt-get install {line}"),
        usually: Some("about 1 min"),
        advice: "CI has to be Debian or Ubuntu, as root",
    }
    .run(|| {
        let apt = || {
            let mut apt = command("apt-get", Path::new("/"));
            apt.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq");
            apt
        };
        run(apt().arg("update"))?;
        run(apt().args(["install", "--yes", "--no-install-recommends"]).args(packages))
    })
}

fn missing() -> bool {
    !has_sources(Path::new("/usr"))
        || !Path::new(LINKER).exists()
        || PROGRAMS.iter().any(|program| !Path::new("/usr/bin").join(program).exists())
}

#[cfg(unix)]
fn link(original: &Path, link: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(original, link)?)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> Result<()> {
    bail!("Debian's packages are for Debian")
}
