//! Python's programs that the AWS template is checked with: cfn-lint, the AWS CLI and an emulator.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{
    apt,
    cache::Cache,
    command::{command, read, run},
    step::Step,
    workspace::Workspace,
};

const PACKAGES: [(&str, &str); 3] =
    [("cfn-lint", "1.58.0"), ("ministack", "1.5.33"), ("awscli", "1.46.3")];

/// The folder with `cfn-lint`, `ministack` and `aws`, found or installed.
pub fn aws_tools(workspace: &Workspace, cache: &Cache) -> Result<PathBuf> {
    let versions = PACKAGES.map(|(_, version)| version).join("-");
    let is_good = |folder: &Path| {
        let bin = folder.join("bin");
        let starts =
            |name: &str| read(command(bin.join(name), &workspace.root).arg("--version")).is_ok();
        bin.join("ministack").exists() && starts("cfn-lint") && starts("aws")
    };
    let folder = cache.folder(&format!("aws-{versions}"), is_good, |folder| {
        Step {
            name: "install cfn-lint and an emulator of AWS",
            usually: Some("about 1 min, once"),
            advice: "Python 3.10 or newer must be installed and PyPI within reach",
        }
        .run(|| install(workspace, folder))
    })?;
    Ok(folder.join("bin"))
}

fn install(workspace: &Workspace, folder: &Path) -> Result<()> {
    let venv =
        || read(command("python3", &workspace.root).args(["-m", "venv", "--clear"]).arg(folder));
    if venv().is_err() {
        // Debian has this part of Python in a package of its own.
        apt::install(&["python3-venv"])?;
        venv()?;
    }
    let packages = PACKAGES.map(|(name, version)| format!("{name}=={version}"));
    let bin = folder.join("bin");
    run(command(bin.join("pip"), &workspace.root)
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(packages))?;
    // Its programs name their interpreter by its path, and the folder has its final name only when it is whole.
    let (unfinished, whole) = (text(folder)?, text(&folder.with_extension(""))?);
    for entry in fs::read_dir(&bin)? {
        let path = entry?.path();
        // What isn't text is the interpreter itself.
        if let Ok(program) = fs::read_to_string(&path)
            && program.starts_with(&format!("#!{unfinished}"))
        {
            fs::write(&path, program.replace(&unfinished, &whole))?;
        }
    }
    Ok(())
}

fn text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).context("the cache folder's path is not UTF-8")
}
