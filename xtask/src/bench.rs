//! `cargo xtask bench`: the figures of the README.

use anyhow::Result;

use crate::workspace::Workspace;

pub fn run(_: &Workspace) -> Result<()> {
    anyhow::bail!("later")
}
