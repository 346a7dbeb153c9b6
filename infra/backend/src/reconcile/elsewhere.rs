//! CodePipeline in other accounts and Regions, by a role there that only reads.
//!
//! `infra/forwarder.yaml` makes the role, and its path tells the Region: `…:role/pipelines-dashboard/eu-west-1/NAME`. So its ARN
//! alone says whose pipelines these are, and it is all that a policy has to name.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use aws_sdk_dynamodb::config::{Credentials, timeout::TimeoutConfig};
use aws_sdk_sts::{
    Client, Config, Error,
    config::{BehaviorVersion, Region},
    types::Credentials as Keys,
};
use model::{Timestamp, event::codepipeline::api::Home};
use tokio::{task::JoinSet, time::Instant};

use super::{
    ReconcileError, Reconciler, Report,
    codepipeline::{self, Api},
};
use crate::{chain::Chain, http, ingest::Writer};

/// For one role, repetitions included.
const PATIENCE: Duration = Duration::from_secs(10);
/// The least that AWS allows, and more than a function may run.
const SESSION_S: i32 = 900;

/// A role that reads the pipelines of one account and Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    arn: String,
    home: Home,
}

/// Why a text is no [`Role`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no arn:…:iam::ACCOUNT:role/pipelines-dashboard/REGION/NAME")]
pub struct InvalidRole(String);

/// Who asks elsewhere.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    sts: Client,
    /// Where pipelines are kept, and who is told of them.
    pub writer: Writer,
    /// Another CodePipeline than AWS's own.
    pub endpoint: Option<String>,
    /// After how many days without news a pipeline leaves the wall; never when absent.
    pub retire_after_days: Option<u32>,
}

/// Some accounts and Regions that are not reconciled, or not completely. Those elsewhere have a name.
#[derive(Debug, Default)]
pub struct Incomplete(Vec<(Option<Home>, ReconcileError)>);

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (home, error)) in self.0.iter().enumerate() {
            f.write_str(if index > 0 { "; " } else { "" })?;
            if let Some(Home { account, region, .. }) = home {
                write!(f, "{account} {region}: ")?;
            }
            Chain(error).fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for Role {
    type Err = InvalidRole;

    fn from_str(arn: &str) -> Result<Self, InvalidRole> {
        let read = || {
            let (head, path) = arn.split_once(":role/pipelines-dashboard/")?;
            let (partition, account) = head.strip_prefix("arn:")?.split_once(":iam::")?;
            let (region, name) = path.split_once('/')?;
            let parts = [partition, account, region, name];
            if parts.iter().any(|part| part.is_empty() || part.contains(['/', ':'])) {
                return None;
            }
            let [partition, account, region] = [partition, account, region].map(str::to_owned);
            Some(Self { arn: arn.to_owned(), home: Home { partition, region, account } })
        };
        read().ok_or_else(|| InvalidRole(arn.to_owned()))
    }
}

impl Role {
    /// Reads a list of ARNs with commas between them; an empty one is none.
    ///
    /// # Errors
    /// When one of them is none of a role that reads pipelines.
    pub fn list(text: &str) -> Result<Vec<Self>, InvalidRole> {
        text.split(',').filter(|arn| !arn.is_empty()).map(str::parse).collect()
    }
}

impl Elsewhere {
    /// Asks with roles that `credentials` may take; `endpoint` stands for AWS's own Security Token Service.
    pub fn new(
        region: &str,
        credentials: Credentials,
        endpoint: Option<String>,
        writer: Writer,
    ) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_timeout(PATIENCE);
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(credentials)
            .http_client(http::client(endpoint.as_deref()))
            .timeout_config(timeouts.build());
        config.set_endpoint_url(endpoint);
        Self {
            sts: Client::from_conf(config.build()),
            writer,
            endpoint: None,
            retire_after_days: None,
        }
    }

    /// Reconciles what `roles` read and, beside them, what `here` reads. Each has a pace of its own, as AWS counts requests for
    /// each account and Region; what fails in one stops no other.
    ///
    /// # Errors
    /// When some are not complete.
    pub async fn run(
        &self,
        here: Reconciler,
        roles: Vec<Role>,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<Vec<(Home, Report)>, Incomplete> {
        let this = Arc::new(self.clone());
        let mut under_way = JoinSet::new();
        let own = here.home.clone();
        under_way.spawn(async move { (here.home.clone(), here.run(now, deadline).await) });
        for role in roles {
            let this = Arc::clone(&this);
            under_way
                .spawn(async move { (role.home.clone(), this.one(&role, now, deadline).await) });
        }
        let (mut reports, mut incomplete) = (Vec::new(), Incomplete::default());
        for (home, result) in under_way.join_all().await {
            match result {
                Ok(report) => reports.push((home, report)),
                Err(error) => incomplete.0.push(((home != own).then_some(home), error)),
            }
        }
        if incomplete.0.is_empty() { Ok(reports) } else { Err(incomplete) }
    }

    async fn one(
        &self,
        role: &Role,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<Report, ReconcileError> {
        let credentials = self.assume(role).await.map_err(ReconcileError::Role)?;
        let client = codepipeline::client(&role.home.region, credentials, self.endpoint.clone());
        let (api, home) = (Api::new(client, codepipeline::PACE), role.home.clone());
        Reconciler {
            writer: self.writer.clone(),
            api,
            home,
            retire_after_days: self.retire_after_days,
        }
        .run(now, deadline)
        .await
    }

    async fn assume(&self, role: &Role) -> Result<Credentials, Box<Error>> {
        let request = self
            .sts
            .assume_role()
            .role_arn(&role.arn)
            .role_session_name("pipelines-dashboard")
            .duration_seconds(SESSION_S);
        let answer = request.send().await.map_err(|error| Box::new(Error::from(error)))?;
        // With none of them in the answer, CodePipeline refuses what is asked.
        let part = |of: fn(&Keys) -> &str| {
            answer.credentials.as_ref().map(of).unwrap_or_default().to_owned()
        };
        let (id, secret, token) =
            (part(Keys::access_key_id), part(Keys::secret_access_key), part(Keys::session_token));
        Ok(Credentials::new(id, secret, Some(token), None, "role"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<&[[&str; 3]]>) {
        let homes = Role::list(text).ok().map(|roles| {
            roles
                .into_iter()
                .map(|Role { home: Home { partition, region, account }, .. }| {
                    [partition, region, account]
                })
                .collect::<Vec<_>>()
        });
        assert_eq!(
            homes,
            expect.map(|homes| homes.iter().map(|home| home.map(str::to_owned)).collect()),
            "{text}"
        );
    }

    #[test]
    fn a_roles_arn_tells_account_and_region() {
        let one =
            "arn:aws:iam::222233334444:role/pipelines-dashboard/eu-west-1/forwarder-Reader-1A2B";
        check("", Some(&[]));
        check(one, Some(&[["aws", "eu-west-1", "222233334444"]]));
        let china = "arn:aws-cn:iam::333344445555:role/pipelines-dashboard/cn-north-1/x";
        check(
            &format!("{one},{china}"),
            Some(&[["aws", "eu-west-1", "222233334444"], ["aws-cn", "cn-north-1", "333344445555"]]),
        );
        for broken in [
            "arn:aws:iam::222233334444:role/eu-west-1/x",
            "arn:aws:iam::222233334444:role/pipelines-dashboard/eu-west-1",
            "arn:aws:iam::222233334444:role/pipelines-dashboard/eu-west-1/",
            "arn:aws:iam::222233334444:role/pipelines-dashboard/eu-west-1/more/x",
            "arn:aws:iam:::role/pipelines-dashboard/eu-west-1/x",
            "222233334444",
        ] {
            check(broken, None);
        }
    }
}
