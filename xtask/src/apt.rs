//! Debian's packages: installed in CI, named to a person.

use std::{env, path::Path};

use anyhow::{Result, bail};

use crate::{
    command::{command, run},
    step::Step,
};

/// Installs packages in CI; anywhere else an error that names the command.
pub fn install(packages: &[&str]) -> Result<()> {
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
