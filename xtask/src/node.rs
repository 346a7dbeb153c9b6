//! npm's packages, and the browser of the tests.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    apt,
    build::{self, Profile},
    cache::Cache,
    command::{NPM, command, read, run_for, version},
    step::{Step, say},
    workspace::Workspace,
};

const OLDEST_NODE: u32 = 20;

/// Which browser Playwright starts.
pub enum Browser {
    /// The one that Playwright downloaded for itself.
    Playwrights,
    /// One that the machine has.
    Installed(PathBuf),
}

/// npm's packages and a browser.
pub struct Node {
    /// The tests' browser of today; the old one is an npm package.
    pub browser: Browser,
}

impl Node {
    /// Finds or installs them.
    pub fn find(workspace: &Workspace, cache: &Cache) -> Result<Self> {
        packages(workspace)?;
        Ok(Self { browser: browser(workspace, cache)? })
    }

    /// A program of `node_modules`, told where everything is, browsers too.
    pub fn program(&self, workspace: &Workspace, package_and_script: &str) -> Command {
        let mut node = program(workspace, package_and_script);
        if let Browser::Installed(path) = &self.browser {
            node.env("PIPELINES_DASHBOARD_CHROMIUM", path);
        }
        node
    }
}

/// A program of `node_modules` that needs no browser, told where everything else is.
pub fn program(workspace: &Workspace, package_and_script: &str) -> Command {
    let mut node = command("node", &workspace.root);
    node.arg(workspace.node_modules().join(package_and_script));
    node.env("PIPELINES_DASHBOARD_SITE", workspace.dist());
    node.env("PIPELINES_DASHBOARD_LOCAL", build::server_path(workspace, Profile::Dev));
    node
}

/// Installs the packages as package-lock.json names them.
pub fn packages(workspace: &Workspace) -> Result<()> {
    let root = &workspace.root;
    let lock = fs::read_to_string(root.join("package-lock.json"))
        .context("cannot read package-lock.json")?;
    let stamp = workspace.node_modules().join(".installed-package-lock.json");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let node = version("node", root).context("node does not start; install Node.js 20 or newer")?;
    if major(&node).is_none_or(|major| major < OLDEST_NODE) {
        bail!("node is {node}; Node.js {OLDEST_NODE} or newer is needed");
    }
    Step {
        name: "install npm's packages",
        usually: Some("about 20 s, once"),
        advice: "Node.js 20 or newer must be installed and npm's registry within reach",
    }
    .run(|| {
        read(command(NPM, root).args(["ci", "--no-audit", "--no-fund"]))?;
        Ok(fs::write(&stamp, &lock)?)
    })
}

/// The `20` of `v20.11.1`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn browser(workspace: &Workspace, cache: &Cache) -> Result<Browser> {
    const NOTE: &str = "playwright-cannot-download";
    // Its browsers are 170 MB; a machine that can't download may hang instead of failing.
    const LIMIT: Duration = Duration::from_mins(10);
    let playwrights = || {
        let path = read(
            command("node", &workspace.root)
                .args(["-p", "require('playwright-core').chromium.executablePath()"]),
        )?;
        anyhow::Ok(Path::new(path.trim()).exists())
    };
    if playwrights()? {
        return Ok(Browser::Playwrights);
    }
    if !cache.noted(NOTE) {
        let downloaded = Step {
            name: "download a browser for the tests",
            usually: Some("about 1 min, once"),
            advice: "nothing: an installed browser is looked for next",
        }
        .run(|| {
            let mut node = command("node", &workspace.root);
            run_for(
                node.env("PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT", "10000").args([
                    "node_modules/playwright/cli.js",
                    "install",
                    "chromium",
                ]),
                LIMIT,
            )
        });
        match downloaded {
            Ok(()) => return Ok(Browser::Playwrights),
            Err(error) => cache.note(NOTE, &format!("{error:#}"))?,
        }
    }
    if let Some(path) = installed_browser() {
        say(&format!("the browser of the tests is {}", path.display()));
        return Ok(Browser::Installed(path));
    }
    apt::install(&["chromium"])
        .context("no browser for the tests: Playwright can't download one, and Chromium or Chrome isn't installed")?;
    installed_browser()
        .map(Browser::Installed)
        .context("Debian's chromium was installed, but isn't on PATH")
}

fn installed_browser() -> Option<PathBuf> {
    const NAMES: [&str; 4] =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    const PLACES: [&str; 4] = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    ];
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    on_path.chain(PLACES.map(PathBuf::from)).find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn nodes_version_is_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v9.0.0"), Some(9));
        assert_eq!(major("20"), None);
        assert_eq!(major("vnext"), None);
    }
}
