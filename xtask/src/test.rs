//! `cargo xtask test`: every check, one after the other.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use crate::{
    apt, aws, build,
    cache::Cache,
    command::{NPM, command, follow, read, run as run_command, run_for},
    node::{self, Node},
    python,
    site::{self, TARGET},
    size::Sizes,
    step::{Step, say, took},
    tools::{self, Tools},
    workspace::Workspace,
};

/// Which checks to run.
#[derive(Args)]
pub struct Options {
    /// Only these steps
    #[arg(value_name = "STEP")]
    steps: Vec<Check>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Check {
    /// The code is formatted as rustfmt does it
    Format,
    /// clippy, tsc and eslint find nothing
    Lint,
    /// Licences, banned and unknown sources, known vulnerabilities of dependencies
    Deny,
    /// Unit, property and documentation tests of all crates
    Unit,
    /// The site builds, stays within its size and reads no events
    Site,
    /// The AWS template keeps its rules and works as deployed, on an emulator
    Template,
    /// Browsers, today's and one of 2020, against the local server
    End2end,
}

/// What a whole run found.
#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
    unproven: Vec<String>,
}

/// Runs the checks; all of them, even when one fails, and tells at the end which did.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let start = Instant::now();
    let mut tally = Tally::default();
    let mut times = Vec::new();
    let mut failures = Vec::new();
    for check in Check::value_variants() {
        if !options.steps.is_empty() && !options.steps.contains(check) {
            continue;
        }
        let begun = Instant::now();
        let (passed, failed) = (tally.passed, tally.failed);
        let result = check.run(workspace, &mut tally);
        times.push((check.name(), begun.elapsed(), result.is_ok()));
        // A step without tests of its own counts as one.
        if let Err(error) = result {
            say(&format!("\nerror: {error:#}\n"));
            tally.failed = tally.failed.max(failed + 1);
            failures.push(check.name());
        } else {
            tally.passed = tally.passed.max(passed + 1);
        }
    }

    say("");
    for (name, time, passed) in &times {
        say(&format!("{} {name:<10} {}", if *passed { '✓' } else { '✗' }, took(*time)));
    }
    say(&format!("in all {}", took(start.elapsed())));
    for unproven in &tally.unproven {
        say(&format!("unproven: {unproven}"));
    }
    writeln!(std::io::stdout().lock(), "{} passed, {} failed", tally.passed, tally.failed)?;
    if !failures.is_empty() {
        bail!("failed: {}; one step alone runs by `cargo xtask test STEP`", failures.join(", "));
    }
    Ok(())
}

impl Check {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn run(self, workspace: &Workspace, tally: &mut Tally) -> Result<()> {
        match self {
            Self::Format => format(workspace),
            Self::Lint => lint(workspace),
            Self::Deny => deny(workspace, tally),
            Self::Unit => unit(workspace, tally),
            Self::Site => site(workspace),
            Self::Template => template(workspace, tally),
            Self::End2end => end2end(workspace, tally),
        }
    }
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut cargo = command("cargo", &workspace.root);
    cargo.args(arguments);
    cargo
}

fn format(workspace: &Workspace) -> Result<()> {
    Step { name: "format", usually: None, advice: "run `cargo fmt --all -- model/src/event/*.rs`" }
        .run(|| {
            let mut format = cargo(workspace, &["fmt", "--all", "--check", "--"]);
            run_command(format.args(adapters(workspace)?))
        })
}

/// The files that rustfmt doesn't find by itself, because the registry of adapters declares them by a macro.
fn adapters(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let folder = workspace.root.join("model/src/event");
    let files = folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?;
    files
        .map(|file| Ok(file?.path()))
        .filter(|file| {
            file.as_ref().is_ok_and(|path| path.extension().is_some_and(|end| end == "rs"))
        })
        .collect()
}

fn lint(workspace: &Workspace) -> Result<()> {
    const ADVICE: &str = "correct what clippy shows above; an exception needs a reason: #[expect(clippy::…, reason = \"…\")]";
    Step { name: "clippy", usually: Some("about 4 min at first"), advice: ADVICE }.run(|| {
        run_command(&mut cargo(
            workspace,
            &["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"],
        ))
    })?;
    Step { name: "clippy for the browser", usually: Some("about 1 min at first"), advice: ADVICE }
        .run(|| {
            run_command(&mut cargo(
                workspace,
                &[
                    "clippy",
                    "--locked",
                    "--package",
                    "pipelines-dashboard",
                    "--target",
                    TARGET,
                    "--",
                    "--deny",
                    "warnings",
                ],
            ))
        })?;
    node::packages(workspace)?;
    Step {
        name: "tsc and eslint",
        usually: Some("about 30 s"),
        advice: "correct what is shown above; the same again: `npm run lint`",
    }
    .run(|| run_command(command(NPM, &workspace.root).args(["run", "--silent", "lint"])))
}

fn deny(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    // The database of advisories is a repository; a machine that can't reach it may hang instead of failing.
    const LIMIT: Duration = Duration::from_mins(1);
    let program = tools::cargo_deny(workspace, &Cache::open()?)?;
    let deny = |checks: &[&str]| {
        let mut deny = command(&program, &workspace.root);
        deny.args(["--log-level", "error", "--all-features", "check"]).args(checks);
        deny
    };
    Step {
        name: "licences and sources",
        usually: None,
        advice: "see deny.toml for what is allowed",
    }
    .run(|| run_command(&mut deny(&["licenses", "bans", "sources"])))?;
    let fetched = Step {
        name: "fetch the advisories",
        usually: None,
        advice: "nothing: it is told at the end",
    }
    .run(|| {
        let mut fetch = command(&program, &workspace.root);
        run_for(fetch.args(["--log-level", "off", "fetch", "db"]), LIMIT)
    });
    if fetched.is_err() {
        tally.unproven.push(
            "advisories about dependencies, because their database cannot be fetched from here"
                .to_owned(),
        );
        return Ok(());
    }
    Step {
        name: "advisories",
        usually: None,
        advice: "update the crate that is named, or tell in deny.toml why it doesn't concern us",
    }
    .run(|| run_command(deny(&["advisories"]).arg("--disable-fetch")))
}

fn unit(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    Step {
        name: "unit and property tests",
        usually: Some("about 6 min at first"),
        advice: "run the failing test alone: `cargo test -p CRATE NAME`",
    }
    .run(|| {
        counted(
            &mut cargo(workspace, &["test", "--locked", "--workspace", "--no-fail-fast"]),
            tally,
        )
    })?;
    Step {
        name: "documentation",
        usually: Some("about 1 min at first"),
        advice: "correct what rustdoc shows above",
    }
    .run(|| {
        let mut doc = cargo(
            workspace,
            &["doc", "--quiet", "--locked", "--workspace", "--no-deps", "--document-private-items"],
        );
        run_command(doc.env("RUSTDOCFLAGS", "--deny warnings"))
    })
}

fn site(workspace: &Workspace) -> Result<()> {
    let tools = Tools::find(workspace, &Cache::open()?)?;
    site::build(workspace, &tools)?;
    Step {
        name: "size of the site",
        usually: None,
        advice: "look at what grew: `cargo xtask bench` lists the parts; the limits are in xtask/src/size.rs",
    }
    .run(|| {
        let sizes = Sizes::of(&workspace.dist())?;
        say(&sizes.table());
        sizes.check()
    })?;
    Step {
        name: "rooms of the site",
        usually: None,
        advice: "the wall knows no CI: it draws what the backend made of events",
    }
    .run(|| site::check_that_no_events_are_read(&workspace.dist()))
}

fn template(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    anyhow::ensure!(
        workspace.dist().join("index.html").exists(),
        "dist/ holds no site; run `cargo xtask test site` first"
    );
    node::packages(workspace)?;
    let tools = python::aws_tools(workspace, &Cache::open()?)?;
    if read(command("njs", &workspace.root).arg("-v")).is_err() && apt::install(&["njs"]).is_err() {
        tally.unproven.push(
            "CloudFront's functions in njs, because Debian's package njs isn't installed"
                .to_owned(),
        );
    }
    // Templates are rendered by a program that Java compiles when it starts it.
    let has_java = read(command("java", &workspace.root).arg("--list-modules"))
        .is_ok_and(|modules| modules.contains("jdk.compiler@"));
    let has_velocity = || {
        Path::new("/usr/share/java/velocity.jar").exists() || apt::install(&["velocity"]).is_ok()
    };
    if !has_java || !has_velocity() {
        tally.unproven.push("the mapping templates in Velocity 1.7, because a JDK or Debian's package velocity isn't installed".to_owned());
    }
    Step {
        name: "lints of the AWS template",
        usually: None,
        advice: "correct what cfn-lint shows above",
    }
    .run(|| {
        let mut lint = command(tools.join("cfn-lint"), &workspace.root);
        run_command(lint.args([
            "infra/template.yaml",
            "infra/artefacts.yaml",
            "infra/forwarder.yaml",
            "infra/senders.yaml",
        ]))
    })?;
    let zip = build::lambda(workspace)?;
    Step {
        name: "size of the Lambda",
        usually: None,
        advice: "look at what grew: `cargo bloat` lists the parts",
    }
    .run(|| aws::check_size(&zip))?;
    build::server(workspace, build::Profile::Dev)?;
    Step {
        name: "AWS template",
        usually: Some("about 5 min"),
        advice: "each test tells what it wants: end2end/aws",
    }
    .run(|| {
        let mut playwright = node::program(workspace, "@playwright/test/cli.js");
        playwright
            .env("PIPELINES_DASHBOARD_EMULATOR", &tools)
            .env("PIPELINES_DASHBOARD_XTASK", std::env::current_exe()?);
        counted(playwright.args(["test", "--config", "end2end/aws"]), tally)
    })
}

fn end2end(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    anyhow::ensure!(
        workspace.dist().join("index.html").exists(),
        "dist/ holds no site; run `cargo xtask test site` first"
    );
    build::server(workspace, build::Profile::Dev)?;
    let node = Node::find(workspace, &Cache::open()?)?;
    Step {
        name: "browser tests",
        usually: Some("about 10 min"),
        advice: "pictures and traces of what failed are in end2end/results; one test alone: `cargo xtask test end2end` with `test.only`",
    }
    .run(|| {
        let mut playwright = node.program(workspace, "@playwright/test/cli.js");
        counted(playwright.args(["test", "--config", "end2end"]), tally)
    })
}

/// Runs tests and counts them by what their runner prints.
fn counted(command: &mut Command, tally: &mut Tally) -> Result<()> {
    let (mut passed, mut failed) = (0, 0);
    let unproven = &mut tally.unproven;
    let result = follow(command, |line| {
        let (more_passed, more_failed) = counts(line);
        passed += more_passed;
        failed += more_failed;
        unproven.extend(told_unproven(line));
    });
    tally.passed += passed;
    tally.failed += failed;
    result?;
    if passed == 0 {
        let program =
            Path::new(command.get_program()).file_name().context("a command without a name")?;
        bail!("{} ran no test", program.to_string_lossy());
    }
    Ok(())
}

/// What tests could not prove on this machine, and why: a line `unproven: WHAT`.
fn told_unproven(line: &str) -> Option<String> {
    line.trim().strip_prefix("unproven: ").map(str::to_owned)
}

/// Passed and failed tests told by one line of libtest (`test result: ok. 12 passed; 0 failed; …`) or Playwright (`  12 passed (3.4s)`).
fn counts(line: &str) -> (u64, u64) {
    let line = line.trim();
    let words: Vec<_> = line.split_whitespace().collect();
    let before = |word: &str| {
        let position = words.iter().position(|other| other.trim_end_matches(';') == word)?;
        words.get(position.checked_sub(1)?)?.parse::<u64>().ok()
    };
    let playwrights = words.len() <= 3
        && words.first().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    if line.starts_with("test result:") || playwrights {
        (before("passed").unwrap_or(0), before("failed").unwrap_or(0))
    } else {
        (0, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::{counts, told_unproven};

    #[test]
    fn the_runners_sums_are_read() {
        assert_eq!(
            counts(
                "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s"
            ),
            (12, 0)
        );
        assert_eq!(counts("test result: FAILED. 3 passed; 2 failed; 0 ignored"), (3, 2));
        assert_eq!(counts("  31 passed (1.2m)"), (31, 0));
        assert_eq!(counts("  2 failed"), (0, 2));
        assert_eq!(counts("test board::ten_failed ... ok"), (0, 0));
        assert_eq!(counts("running 2 tests"), (0, 0));
        assert_eq!(counts("log: 3 passed through, 2 failed on the way"), (0, 0));
        assert_eq!(counts(""), (0, 0));
    }

    #[test]
    fn what_tests_could_not_prove_is_read() {
        assert_eq!(
            told_unproven("unproven: firefox (not installed)").as_deref(),
            Some("firefox (not installed)")
        );
        assert_eq!(told_unproven("  ✓  1 tests/wall.spec.ts › unproven: nothing (1s)"), None);
    }
}
