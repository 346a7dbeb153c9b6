//! Where things are: the tree, cargo's target folder, the versions that Cargo.lock pins.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::command::{command, read};

/// The tree that this xtask belongs to.
pub struct Workspace {
    /// The folder with the workspace's Cargo.toml.
    pub root: PathBuf,
    /// Where cargo builds to; `CARGO_TARGET_DIR` and cargo's settings are respected.
    pub target: PathBuf,
}

impl Workspace {
    /// Asks cargo, so that xtask works from every folder.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask lies in no workspace")?
            .to_path_buf();
        let metadata =
            read(command("cargo", &root).args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let metadata: Value =
            serde_json::from_str(&metadata).context("cargo metadata did not print JSON")?;
        let target = metadata
            .get("target_directory")
            .and_then(Value::as_str)
            .context("cargo metadata names no target_directory")?;
        Ok(Self { root, target: PathBuf::from(target) })
    }

    /// The site, ready to be served.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The packages of package.json.
    pub fn node_modules(&self) -> PathBuf {
        self.root.join("node_modules")
    }

    /// The version of a crate in Cargo.lock.
    pub fn locked(&self, name: &str) -> Result<String> {
        let path = self.root.join("Cargo.lock");
        let lock = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        match locked_versions(&lock, name).as_slice() {
            [version] => Ok((*version).to_owned()),
            [] => bail!("Cargo.lock has no crate {name}"),
            several => bail!("Cargo.lock has several versions of {name}: {}", several.join(", ")),
        }
    }
}

fn locked_versions<'a>(lock: &'a str, name: &str) -> Vec<&'a str> {
    let wanted = format!("name = \"{name}\"");
    let mut lines = lock.lines();
    let mut versions = Vec::new();
    while let Some(line) = lines.next() {
        if line == wanted
            && let Some(version) =
                lines.next().and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        {
            versions.push(version);
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::locked_versions;

    const LOCK: &str = r#"
[[package]]
name = "wasm-bindgen"
version = "0.2.130"
dependencies = [
 "syn",
]

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.131"

[[package]]
name = "syn"
version = "1.0.0"

[[package]]
name = "syn"
version = "2.0.0"
"#;

    #[track_caller]
    fn check(name: &str, expect: &[&str]) {
        assert_eq!(locked_versions(LOCK, name), expect);
    }

    #[test]
    fn versions_are_read_from_the_lock() {
        check("wasm-bindgen", &["0.2.130"]);
        check("syn", &["1.0.0", "2.0.0"]);
        check("serde", &[]);
    }
}
