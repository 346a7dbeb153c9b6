//! The functions' zip: whether Lambda can start what is in it, and its name in the bucket.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use super::template::short;

/// The newest glibc that provided.al2023 has.
const GLIBC_MINOR: u32 = 34;

/// A zip that Lambda can run.
pub struct Artefact {
    pub path: PathBuf,
    /// Follows from the content, so a new zip has a new name and an old one doesn't.
    pub key: String,
    /// As the template's parameter wants it.
    pub architecture: &'static str,
}

impl Artefact {
    /// Reads a zip and looks whether it is one.
    pub fn open(path: &Path) -> Result<Self> {
        let advice = || format!("{} is not there; `cargo xtask build` makes it", path.display());
        let bytes = fs::read(path).with_context(advice)?;
        let mut program = Vec::new();
        let mut archive = ZipArchive::new(File::open(path)?)
            .with_context(|| format!("{} is no zip", path.display()))?;
        archive
            .by_name("bootstrap")
            .context("the zip holds no bootstrap")?
            .read_to_end(&mut program)?;
        let key = format!("bootstrap-{}.zip", short(&Sha256::digest(&bytes)));
        Ok(Self { path: path.to_path_buf(), key, architecture: architecture(&program)? })
    }
}

/// Whether a zip and the program in it are as small as a quick start wants them.
pub fn check_size(path: &Path) -> Result<()> {
    const ZIP: u64 = 3_000_000;
    const PROGRAM: u64 = 6_900_000;
    let zip = fs::metadata(path)?.len();
    let program = ZipArchive::new(File::open(path)?)?.by_name("bootstrap")?.size();
    crate::step::say(&format!(
        "  bootstrap {} KB of {}, zip {} KB of {}",
        program / 1000,
        PROGRAM / 1000,
        zip / 1000,
        ZIP / 1000
    ));
    ensure!(program <= PROGRAM && zip <= ZIP, "the Lambda has grown over its limit");
    Ok(())
}

/// What a program is compiled for; an error when Lambda could not start it.
fn architecture(program: &[u8]) -> Result<&'static str> {
    ensure!(
        program.starts_with(b"\x7fELF"),
        "bootstrap is no Linux program, but Lambda runs Linux: build it on Linux, or deploy a package that was built there"
    );
    let newest = glibc(program);
    ensure!(
        newest <= GLIBC_MINOR,
        "bootstrap needs glibc 2.{newest}, but Lambda's Amazon Linux 2023 has 2.{GLIBC_MINOR}: build it on a system that is as old, such as \
         Debian 12 or Amazon Linux 2023"
    );
    match program.get(18..20) {
        Some([0x3e, 0]) => Ok("x86_64"),
        Some([0xb7, 0]) => Ok("arm64"),
        machine => {
            bail!("bootstrap is compiled for a machine that Lambda doesn't have ({machine:?})")
        }
    }
}

/// The newest `GLIBC_2.x` that a program names; 0 when it names none.
fn glibc(program: &[u8]) -> u32 {
    const SIGN: &[u8] = b"GLIBC_2.";
    let versions = program
        .windows(SIGN.len())
        .enumerate()
        .filter(|(_, window)| *window == SIGN)
        .map(|(position, _)| {
            let digits =
                program.iter().skip(position + SIGN.len()).take_while(|byte| byte.is_ascii_digit());
            digits.fold(0_u32, |version, digit| {
                version.saturating_mul(10).saturating_add(u32::from(digit - b'0'))
            })
        });
    versions.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(machine: u8, versions: &str, expect: Result<&str, &str>) {
        let mut program = b"\x7fELF".to_vec();
        program.resize(18, 0);
        program.extend([machine, 0]);
        program.extend(versions.as_bytes());
        match (architecture(&program), expect) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn lambda_starts_linux_programs_of_its_time() {
        check(0x3e, "", Ok("x86_64"));
        check(0xb7, "GLIBC_2.17 GLIBC_2.34 GLIBC_2.9", Ok("arm64"));
        check(0x3e, "GLIBC_2.34 GLIBC_2.39", Err("needs glibc 2.39"));
        check(0xf3, "", Err("a machine that Lambda doesn't have"));
        let error = architecture(b"#!/bin/sh\n").unwrap_err();
        assert!(error.to_string().starts_with("bootstrap is no Linux program"), "{error}");
    }
}
