//! Pages of the AWS console, in an event's partition and Region.

use super::{Envelope, Rejected};
use crate::text;

/// The console of the Region that an event comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console<'a> {
    region: &'a str,
    domain: &'static str,
}

impl<'a> Console<'a> {
    /// `None` where the partition's console is not known. `service` is that of the ARN which tells the partition.
    pub(super) fn of(envelope: Envelope<'a>, service: &str) -> Result<Option<Self>, Rejected> {
        let partition = envelope.arn(service).and_then(|arn| arn.split(':').nth(1));
        Ok(Self::at(partition, envelope.region()?))
    }

    /// The same, by the words for them.
    pub(super) fn at(partition: Option<&str>, region: &'a str) -> Option<Self> {
        let domain = match partition {
            Some("aws-cn") => "console.amazonaws.cn",
            Some("aws-us-gov") => "console.amazonaws-us-gov.com",
            Some("aws") => "console.aws.amazon.com",
            Some(_) => return None,
            None if region.starts_with("cn-") => "console.amazonaws.cn",
            None if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
            None => "console.aws.amazon.com",
        };
        let plain = region
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        plain.then_some(Self { region, domain })
    }

    /// A page of the developer tools. Names in it have to be path segments.
    pub(super) fn link(self, page: &str) -> Option<String> {
        let Self { region, domain } = self;
        text::made_link(&format!("https://{region}.{domain}/codesuite/{page}?region={region}"))
    }
}
