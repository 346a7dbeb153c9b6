//! `cargo xtask package`: all that is deployed in one zip for the AWS CLI alone, and the local server with the site inside.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

use super::{artefact::Artefact, template};
use crate::{
    archive::{self, Mode},
    build,
    command::{command, run as run_command},
    shown,
    site::files,
    step::{Step, say},
    workspace::Workspace,
};

const README: &str = include_str!("package.md");

/// Builds both.
pub fn run(workspace: &Workspace) -> Result<()> {
    build::run_all(workspace)?;
    let folder = workspace.target.join("package");
    fs::create_dir_all(&folder)?;
    let archive = folder.join("pipelines-dashboard.zip");
    Step { name: "pack", usually: None, advice: "look at the reason below" }
        .run(|| pack(workspace, &archive))?;
    let name = format!("pipelines-dashboard-local{}", std::env::consts::EXE_SUFFIX);
    let server = folder.join(&name);
    Step {
        name: "local server with the site inside",
        usually: Some("about 8 min at first, 1 min later"),
        advice: "look at the compiler's error above",
    }
    .run(|| {
        let mut cargo = command("cargo", &workspace.root);
        cargo.args([
            "build",
            "--locked",
            "--release",
            "--package",
            "pipelines-dashboard-local",
            "--features",
            "embed-site",
        ]);
        // Of its own, so that the one without a site stays as it is.
        let own = workspace.target.join("embedded");
        run_command(cargo.arg("--target-dir").arg(&own))?;
        fs::copy(own.join("release").join(&name), &server)
            .map(drop)
            .context("the server was not built")
    })?;
    say("\npackaged:");
    for path in [archive, server] {
        say(&format!(
            "  {} ({} KB)",
            shown(&path, workspace).display(),
            fs::metadata(&path)?.len().div_ceil(1000)
        ));
    }
    Ok(())
}

fn pack(workspace: &Workspace, archive: &Path) -> Result<()> {
    let zip = Artefact::open(&workspace.target.join("lambda/backend/bootstrap.zip"))?;
    let source = fs::read_to_string(workspace.root.join("infra/template.yaml"))?;
    let artefacts = fs::read(workspace.root.join("infra/artefacts.yaml"))?;
    let template = template::with_deployment(&source, |_| None)?;
    let readme = README.replace("{key}", &zip.key).replace("{architecture}", zip.architecture);
    let mut entries = vec![
        ("README.md".to_owned(), readme.into_bytes()),
        ("template.yaml".to_owned(), template.into_bytes()),
        ("artefacts.yaml".to_owned(), artefacts),
        (zip.key.clone(), fs::read(&zip.path)?),
    ];
    let dist = workspace.dist();
    for path in files(&dist)? {
        let key = path
            .strip_prefix(&dist)?
            .to_str()
            .context("a file's name is not UTF-8")?
            .replace('\\', "/");
        entries.push((format!("site/{key}"), fs::read(&path)?));
    }
    let entries: Vec<_> = entries
        .into_iter()
        .map(|(name, content)| (format!("pipelines-dashboard/{name}"), content))
        .collect();
    archive::write(archive::create(archive)?, Mode::File, &entries)
}
