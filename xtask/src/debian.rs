//! Debian's toolchain for web browsers, where rustup can't download.
//!
//! Its packages bring no standard library for WebAssembly, but the sources of one: it is made once, into the cache. Nothing of the machine
//! is changed beyond the packages.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    cache::Cache,
    command::{command, prepend_path, run, version},
    step::Step,
    toolchain::{TARGET, has_core},
};

const PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-19"];
const PROGRAMS: [&str; 5] = ["cargo", "rustc", "rustdoc", "cargo-clippy", "clippy-driver"];
const LINKER: &str = "/usr/bin/wasm-ld-19";

/// Debian's compiler with a standard library of its own making.
pub struct Debian {
    /// Links to its programs, to stand before rustup's in PATH.
    bin: PathBuf,
    /// The folder that holds `lib/rustlib/wasm32-unknown-unknown`.
    sysroot: PathBuf,
    /// `rustc 1.96.0`
    pub version: String,
}

impl Debian {
    /// Makes `command`, and what it starts, use this toolchain.
    pub fn apply<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        // Cargo appends these flags to those of .cargo/config.toml.
        prepend_path(command, &self.bin);
        command
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", format!("--sysroot={}", self.sysroot.display()))
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER)
    }
}

/// Finds the packages or, in CI, installs them; makes the standard library when the cache has none.
pub fn find(cache: &Cache) -> Result<Debian> {
    if missing() {
        install_packages(&PACKAGES)?;
    }
    let version = version("/usr/bin/rustc", Path::new("/")).context("/usr/bin/rustc does not start")?;
    let version: String = version.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let name = format!("debian-{}", version.replace(' ', "-"));
    let home = cache.folder(
        &name,
        |path| has_core(&libdir(path)) && path.join("bin/cargo").exists(),
        |path| {
            Step {
                name: "standard library for WebAssembly",
                usually: Some("about 30 s"),
                advice: "look at the compiler's error above; `apt-get install --reinstall rust-web-src` brings missing sources back",
            }
            .run(|| make(path))
        },
    )?;
    Ok(Debian { bin: home.join("bin"), sysroot: home, version })
}

/// Installs Debian packages in CI; tells the command anywhere else.
pub fn install_packages(packages: &[&str]) -> Result<()> {
    let line = packages.join(" ");
    if env::var_os("CI").is_none() {
        bail!("install Debian's packages and try again:\n    sudo apt-get install {line}");
    }
    Step { name: &format!("apt-get install {line}"), usually: Some("about 1 min"), advice: "CI has to be Debian or Ubuntu, as root" }.run(
        || {
            let apt = || {
                let mut apt = command("apt-get", Path::new("/"));
                apt.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq");
                apt
            };
            run(apt().arg("update"))?;
            run(apt().args(["install", "--yes", "--no-install-recommends"]).args(packages))
        },
    )
}

fn missing() -> bool {
    let sources = fs::read_dir("/usr/lib/rustlib/src/rust/library").is_ok();
    !sources || !Path::new(LINKER).exists() || PROGRAMS.iter().any(|program| !Path::new("/usr/bin").join(program).exists())
}

fn libdir(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn make(home: &Path) -> Result<()> {
    // An empty crate, for which cargo builds the standard library.
    let empty = home.join("empty");
    fs::create_dir_all(empty.join("src"))?;
    fs::write(empty.join("Cargo.toml"), "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n")?;
    fs::write(empty.join("src/lib.rs"), "#![no_std]\n")?;

    // Without bitcode fat LTO finds nothing to optimize; without `test`, tests don't build for the target.
    run(command("/usr/bin/cargo", &empty)
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", empty.join("target"))
        .args(["build", "--quiet", "--release", "-Zbuild-std=std,panic_abort,test", "--target", TARGET]))?;

    let libdir = libdir(home);
    fs::create_dir_all(&libdir)?;
    for entry in fs::read_dir(empty.join("target").join(TARGET).join("release/deps"))? {
        let path = entry?.path();
        let is_library = path.extension().is_some_and(|extension| extension == "rlib");
        if let Some(name) = path.file_name()
            && is_library
            && !name.to_string_lossy().starts_with("libempty-")
        {
            fs::copy(&path, libdir.join(name))?;
        }
    }
    fs::remove_dir_all(&empty)?;

    let bin = home.join("bin");
    fs::create_dir(&bin)?;
    for program in PROGRAMS {
        link(&Path::new("/usr/bin").join(program), &bin.join(program))?;
    }
    Ok(())
}

#[cfg(unix)]
fn link(original: &Path, link: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(original, link)?)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> Result<()> {
    bail!("Debian's packages are for Debian")
}
