//! `cargo xtask key`: a new access key, while the old one still works.

use std::{collections::BTreeMap, io::Write as _};

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand};
use sha2::{Digest as _, Sha256};

use super::{Aws, Target, stack, stack::Stack, template::hex};
use crate::{
    step::{Step, say},
    workspace::Workspace,
};

/// Random bytes in a key: 160 bits.
const KEY_BYTES: usize = 20;

/// What to do with the access key.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a new key and show it once; the one before stays valid until the next rotation or until it is retired
    Rotate(Rotate),
    /// End the key before this one
    Retire(Target),
}

#[derive(Args)]
struct Rotate {
    #[command(flatten)]
    target: Target,
    /// End the key before at once, because somebody has it who shouldn't
    #[arg(long)]
    leaked: bool,
}

/// Changes the keys of a stack, and nothing else of it.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let target = match &options.command {
        Command::Rotate(rotate) => &rotate.target,
        Command::Retire(target) => target,
    };
    let aws = Aws::find(workspace, target)?;
    let stack = Stack::expect(&aws, &target.stack)?;
    ensure!(
        stack.parameter("Access") == Some("key"),
        "the stack {} has no access key: `cargo xtask deploy --access key` gives it one",
        target.stack
    );
    let change = |parameters: BTreeMap<&str, String>| {
        Step {
            name: "tell CloudFront",
            usually: Some("about 1 min"),
            advice: "look at the reason below",
        }
        .run(|| stack::change(&aws, &target.stack, &stack, &parameters))
    };
    match &options.command {
        Command::Rotate(rotate) => {
            let key = make()?;
            let before =
                if rotate.leaked { "" } else { stack.parameter("KeyHash").unwrap_or_default() };
            change(BTreeMap::from([
                ("KeyHash", hash(&key)),
                ("PreviousKeyHash", before.to_owned()),
            ]))?;
            let wall = stack.output("Wall")?;
            writeln!(std::io::stdout().lock(), "Key  {key}\nWall {wall}#key={key}")?;
            say(if rotate.leaked {
                "The key before is not valid any more."
            } else {
                "The key before stays valid until `cargo xtask key retire`."
            });
        }
        Command::Retire(_) => change(BTreeMap::from([("PreviousKeyHash", String::new())]))?,
    }
    Ok(())
}

/// A new key.
pub fn make() -> Result<String> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
    Ok(hex(&bytes))
}

/// What the gate compares a key with.
pub fn hash(key: &str) -> String {
    hex(&Sha256::digest(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_long_and_never_the_same() {
        let (one, other) = (make().unwrap(), make().unwrap());
        assert_eq!(one.len() * 4, 160);
        assert_ne!(one, other);
    }

    #[test]
    fn hashes_are_what_the_gate_makes_of_a_key() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
