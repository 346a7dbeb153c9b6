//! `cargo xtask deploy`: builds everything and brings it to AWS. A second time changes nothing.

use std::{collections::BTreeMap, fs, net::IpAddr, path::PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use serde_json::Value;

use super::{Aws, Target, artefact::Artefact, key, site, stack, stack::Stack, template};
use crate::{
    build, shown,
    step::{Step, say},
    workspace::Workspace,
};

/// What to deploy, where, and for whom.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    target: Target,
    /// Who may read the data: public, key, or ip=RANGE[,RANGE…]; has to be told at first
    #[arg(long, value_name = "ACCESS")]
    access: Option<Access>,
    /// Another parameter of infra/template.yaml, such as AlarmEmail=ada@example.com
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,
    /// A changed copy of infra/template.yaml in its place
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Take dist/ and the zip as they are
    #[arg(long)]
    no_build: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Who may read the data.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Access {
    Public,
    Key,
    /// Whoever comes from these ranges, as the template takes them.
    Ip(String),
}

/// The bucket of a stack's zips is a stack of its own: it has to be there before the other one.
pub fn artefacts_stack(name: &str) -> String {
    format!("{name}-artefacts")
}

/// Deploys.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let name = &options.target.stack;
    let aws = Step { name: "find AWS", usually: None, advice: "see below" }
        .run(|| Aws::find(workspace, &options.target))?;
    let before = Stack::find(&aws, name)?;
    ensure!(
        options.access.is_some()
            || before.as_ref().is_some_and(|stack| stack.parameter("Access").is_some()),
        "choose who may read the wall's data: --access public, --access key or --access ip=203.0.113.0/24"
    );
    if !options.no_build {
        build::run_all(workspace)?;
    }
    let zip = Artefact::open(&workspace.target.join("lambda/backend/bootstrap.zip"))?;
    let (mut parameters, new_key) = parameters(&aws, options, before.as_ref(), &zip)?;
    let written = write_template(workspace, options, &parameters, before.as_ref())?;

    let artefacts = artefacts_stack(name);
    let artefacts_before = Stack::find(&aws, &artefacts)?;
    if options.dry_run {
        let bucket = artefacts_before.and_then(|stack| stack.outputs.get("Bucket").cloned());
        parameters.insert("CodeBucket", bucket.unwrap_or_else(|| "not-made-yet".to_owned()));
        let changes = stack::changes(&aws, name, before.as_ref(), &written, &parameters)?;
        say(if changes.is_empty() { "nothing would change in the stack" } else { "would change:" });
        for change in changes {
            say(&format!("  {change}"));
        }
        return Ok(());
    }

    let bucket =
        Step { name: "bucket for the zip", usually: None, advice: "look at the reason below" }
            .run(|| {
                let template = workspace.root.join("infra/artefacts.yaml");
                let stack = stack::deploy(
                    &aws,
                    &artefacts,
                    artefacts_before.as_ref(),
                    &template,
                    &BTreeMap::new(),
                )?;
                Ok(stack.output("Bucket")?.to_owned())
            })?;
    Step { name: "upload the zip", usually: None, advice: "look at the reason below" }
        .run(|| upload(&aws, &bucket, &zip))?;
    parameters.insert("CodeBucket", bucket);
    let stack = Step {
        name: "deploy the stack",
        usually: Some("about 5 min at first: CloudFront takes its time"),
        advice: "correct what the failing resource says; docs/deploy.md knows the common ones",
    }
    .run(|| stack::deploy(&aws, name, before.as_ref(), &written, &parameters))?;
    Step { name: "upload the site", usually: None, advice: "look at the reason below" }.run(
        || {
            site::publish(
                &aws,
                &workspace.dist(),
                stack.output("SiteBucket")?,
                stack.output("DistributionId")?,
            )
        },
    )?;
    if stack.parameter("ReconcileEveryMinutes") != Some("0") {
        Step {
            name: "let it read all pipelines",
            usually: None,
            advice: "look at the reason below",
        }
        .run(|| reconcile(&aws, workspace, stack.output("IngestFunction")?))?;
    }
    print(&stack, new_key.as_deref())
}

/// All parameters that are told anew, and the new access key if one is made.
fn parameters(
    aws: &Aws<'_>,
    options: &Options,
    before: Option<&Stack>,
    zip: &Artefact,
) -> Result<(BTreeMap<&'static str, String>, Option<String>)> {
    let known = parameter_names();
    let mut parameters = BTreeMap::from([
        ("CodeKey", zip.key.clone()),
        ("Architecture", zip.architecture.to_owned()),
    ]);
    let mut new_key = None;
    match &options.access {
        None => {}
        Some(Access::Public) => _ = parameters.insert("Access", "public".to_owned()),
        Some(Access::Ip(ranges)) => {
            parameters.insert("Access", "ip".to_owned());
            parameters.insert("AllowedCidrs", ranges.clone());
        }
        Some(Access::Key) => {
            parameters.insert("Access", "key".to_owned());
            if before.and_then(|stack| stack.parameter("KeyHash")).is_none() {
                let key = key::make()?;
                parameters.insert("KeyHash", key::hash(&key));
                new_key = Some(key);
            }
        }
    }
    if before.is_none() {
        let logs = if has_log_role(aws)? { "existing-role" } else { "off" };
        if logs == "off" {
            say(
                "no access logs: the account has no role for them; --parameter AccessLogs=create-role makes one",
            );
        }
        parameters.insert("AccessLogs", logs.to_owned());
    }
    for (name, value) in &options.parameters {
        let name = known.iter().find(|known| *known == name).with_context(|| {
            format!("the template has no parameter {name}; it has {}", known.join(", "))
        })?;
        parameters.insert(name, value.clone());
    }
    Ok((parameters, new_key))
}

/// Whether API Gateway may write logs in this account and Region. Somebody else may depend on that setting, so it is only read.
fn has_log_role(aws: &Aws<'_>) -> Result<bool> {
    let account = aws.json(&["apigateway", "get-account"])?;
    Ok(account
        .get("cloudwatchRoleArn")
        .and_then(Value::as_str)
        .is_some_and(|role| !role.is_empty()))
}

/// The template with its deployment named, where the AWS CLI finds it.
fn write_template(
    workspace: &Workspace,
    options: &Options,
    parameters: &BTreeMap<&str, String>,
    before: Option<&Stack>,
) -> Result<PathBuf> {
    let source =
        options.template.clone().unwrap_or_else(|| workspace.root.join("infra/template.yaml"));
    let source =
        fs::read_to_string(&source).with_context(|| format!("cannot read {}", source.display()))?;
    let value = |name: &str| {
        parameters
            .get(name)
            .or_else(|| before.and_then(|stack| stack.parameters.get(name)))
            .cloned()
    };
    let written = workspace.target.join("deploy").join(format!("{}.yaml", options.target.stack));
    if let Some(folder) = written.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&written, template::with_deployment(&source, value)?)?;
    say(&format!("the template is {}", shown(&written, workspace).display()));
    Ok(written)
}

fn upload(aws: &Aws<'_>, bucket: &str, zip: &Artefact) -> Result<()> {
    let Artefact { path, key, .. } = zip;
    let there = aws.json(&["s3api", "list-objects-v2", "--bucket", bucket, "--prefix", key])?;
    if there.get("Contents").and_then(Value::as_array).is_some_and(|objects| !objects.is_empty()) {
        say("  nothing changed");
        return Ok(());
    }
    let path = path.to_str().context("the zip's path is not UTF-8")?;
    aws.text(&["s3api", "put-object", "--bucket", bucket, "--key", key, "--body", path]).map(drop)
}

/// Asks for what the schedule asks for every few minutes, so that nobody waits for it. What comes of it, the function's log
/// tells: a failure is tried again and becomes a dead letter.
fn reconcile(aws: &Aws<'_>, workspace: &Workspace, function: &str) -> Result<()> {
    let folder = workspace.target.join("deploy");
    let (payload, answer) = (folder.join("reconcile.json"), folder.join("reconcile-answer.json"));
    fs::write(
        &payload,
        r#"{"source":"pipelines-dashboard","detail-type":"Reconcile","detail":{}}"#,
    )?;
    let path = |path: &PathBuf| {
        path.to_str().map(str::to_owned).context("the target folder's path is not UTF-8")
    };
    let payload = format!("fileb://{}", path(&payload)?);
    let invoke = [
        "lambda",
        "invoke",
        "--function-name",
        function,
        "--invocation-type",
        "Event",
        "--payload",
        &payload,
        &path(&answer)?,
    ];
    aws.json(&invoke).map(drop)
}

fn print(stack: &Stack, new_key: Option<&str>) -> Result<()> {
    use std::io::Write as _;

    let mut out = std::io::stdout().lock();
    let hash = new_key.map(|key| format!("#key={key}")).unwrap_or_default();
    writeln!(out)?;
    for name in ["Wall", "Kiosk", "EmbedSnippet", "Cctray", "Data", "TableName", "DeadLettersUrl"] {
        let value = stack.output(name)?;
        let value = match name {
            "Wall" | "Kiosk" => format!("{value}{hash}"),
            "EmbedSnippet" => value.replacen("?embed\"", &format!("?embed{hash}\""), 1),
            _ => value.to_owned(),
        };
        writeln!(out, "{name:<15} {value}")?;
    }
    for name in ["HookUrl", "HookSecret", "NewsTopic"] {
        if let Some(value) = stack.outputs.get(name) {
            writeln!(out, "{name:<15} {value}")?;
        }
    }
    if let Some(key) = new_key {
        writeln!(out, "{:<15} {key}", "Key")?;
        say(
            "\nThe key is shown this once and kept nowhere. `cargo xtask key rotate` makes another one.",
        );
    }
    Ok(())
}

/// The names of the template's parameters.
fn parameter_names() -> Vec<&'static str> {
    let lines = include_str!("../../../infra/template.yaml")
        .lines()
        .skip_while(|line| *line != "Parameters:")
        .skip(1);
    let names = lines
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .filter(|line| !line.starts_with("   "));
    names.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':')).collect()
}

impl std::str::FromStr for Access {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once('=') {
            None if text == "public" => Ok(Self::Public),
            None if text == "key" => Ok(Self::Key),
            Some(("ip", ranges)) => {
                Ok(Self::Ip(ranges.split(',').map(range).collect::<Result<Vec<_>>>()?.join(",")))
            }
            _ => bail!("access is public, key or ip=RANGE[,RANGE…]"),
        }
    }
}

/// One range as the template takes it; an address alone is a range of one.
fn range(text: &str) -> Result<String> {
    let (address, bits) =
        text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let parsed: IpAddr = address.parse().with_context(|| format!("{address:?} is no address"))?;
    let most: u8 = if parsed.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Ok(most), str::parse::<u8>).ok().filter(|bits| *bits <= most);
    // Written by the parser again, so that an address of version 6 has no dots in it.
    let address = match parsed {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => address.segments().map(|segment| format!("{segment:x}")).join(":"),
    };
    Ok(format!(
        "{address}/{}",
        bits.with_context(|| format!(
            "{text:?} has no number of bits from 0 to {most} behind the slash"
        ))?
    ))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a parameter is NAME=VALUE")?;
    if matches!(
        name,
        "Access"
            | "AllowedCidrs"
            | "KeyHash"
            | "PreviousKeyHash"
            | "CodeBucket"
            | "CodeKey"
            | "Architecture"
    ) {
        return Err(format!("{name} is set by other options"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Result<Access, &str>) {
        match (text.parse::<Access>(), expect) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(error), Err(expected)) => {
                assert!(format!("{error:#}").contains(expected), "{error:#}");
            }
            (found, expected) => panic!("{text}: {found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn access_is_one_of_three() {
        let ip = |ranges: &str| Ok(Access::Ip(ranges.to_owned()));
        check("public", Ok(Access::Public));
        check("key", Ok(Access::Key));
        check("ip=203.0.113.0/24", ip("203.0.113.0/24"));
        check("ip=203.0.113.7,2001:db8::/32", ip("203.0.113.7/32,2001:db8:0:0:0:0:0:0/32"));
        check("ip=::ffff:192.0.2.1", ip("0:0:0:0:0:ffff:c000:201/128"));
        check("ip=0.0.0.0/0", ip("0.0.0.0/0"));
        check("ip=", Err("\"\" is no address"));
        check("ip=203.0.113.0/33", Err("no number of bits from 0 to 32"));
        check("ip=203.0.113.0/", Err("no number of bits"));
        check("ip=203.0.113", Err("is no address"));
        check("ip", Err("access is public, key or ip="));
        check("everybody", Err("access is public, key or ip="));
    }

    #[test]
    fn parameters_are_the_templates() {
        let names = parameter_names();
        for name in ["Access", "KeyHash", "EdgeSeconds", "DeletionProtection"] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(!names.contains(&"Rule"), "{names:?}");
        assert_eq!(pair("AlarmEmail=a=b"), Ok(("AlarmEmail".to_owned(), "a=b".to_owned())));
        pair("KeyHash=0").unwrap_err();
        pair("AlarmEmail").unwrap_err();
    }
}
