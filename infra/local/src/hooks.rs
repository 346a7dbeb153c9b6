//! Hooks without a bus: straight through the door.

use std::env;

use anyhow::Context;
use backend::hooks::{Bus, Secret, Undelivered};
use model::event::{Rejected, hook::Entry};

use crate::door::Door;

/// What a bus of AWS would write on an event.
const ACCOUNT: &str = "local";
const REGION: &str = "local";

/// The door, for those who know the secret.
#[derive(Clone)]
pub struct Hooks {
    door: Door,
    secret: Secret,
}

impl Hooks {
    /// With the secret that stands in this variable of the environment, where others than the process can't read it.
    pub fn new(door: Door, variable: &str) -> anyhow::Result<Self> {
        let secret = env::var(variable)
            .with_context(|| format!("the environment variable {variable} tells no secret"))?;
        let secret = Secret::new(&secret)
            .with_context(|| format!("the environment variable {variable} is of no use"))?;
        Ok(Self { door, secret })
    }
}

impl Bus for Hooks {
    async fn secret(&self) -> Result<Secret, Undelivered> {
        Ok(self.secret.clone())
    }

    async fn put(&self, entry: Entry) -> Result<Result<(), Rejected>, Undelivered> {
        let outcomes = self
            .door
            .take(&[entry.event(ACCOUNT, REGION)])
            .await
            .map_err(|error| Undelivered(error.into()))?;
        Ok(outcomes.into_iter().collect::<Result<Vec<_>, _>>().map(drop))
    }
}
