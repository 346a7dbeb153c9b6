//! `cargo xtask bench`: the figures of the README, measured here and now.

use std::{io::Write as _, process::Command};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{
    build::{self, Profile},
    cache::Cache,
    command::{command, follow},
    node::Node,
    site,
    size::{FIRST_LOAD_MAX, FONTS_MAX, Sizes},
    step::{Step, say},
    tools::Tools,
    workspace::Workspace,
};

/// One line of the table.
#[derive(Debug, PartialEq)]
struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    goal: Goal,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Goal {
    AtMost(f64),
    AtLeast(f64),
    None,
}

/// Builds for release, measures, and prints one table.
pub fn run(workspace: &Workspace) -> Result<()> {
    let (tools, node) = {
        let cache = Cache::open()?;
        (Tools::find(workspace, &cache)?, Node::find(workspace, &cache)?)
    };
    site::build(workspace, &tools)?;
    let server = build::server(workspace, Profile::Release)?;

    let mut figures = Vec::new();
    Step {
        name: "events a second",
        usually: Some("about 2 min at first"),
        advice: "`cargo bench -p model` alone shows more",
    }
    .run(|| {
        let mut bench = command("cargo", &workspace.root);
        collect(bench.args(["bench", "--locked", "--package", "model"]), crates, &mut figures)
    })?;
    build::lambda(workspace)?;
    Step {
        name: "start of the Lambda",
        usually: Some("about 1 min at first"),
        advice: "infra/backend/benches/start.rs tells what is measured",
    }
    .run(|| {
        let mut bench = command("cargo", &workspace.root);
        // Only the program is measured, so that what starts it need not be built for release.
        bench.args([
            "bench",
            "--locked",
            "--package",
            "backend",
            "--profile",
            "dev",
            "--bench",
            "start",
        ]);
        collect(
            bench.env("PIPELINES_DASHBOARD_BOOTSTRAP", workspace.target.join("lambda/bootstrap")),
            crates,
            &mut figures,
        )
    })?;
    figures.extend(sizes(&Sizes::of(&workspace.dist())?)?);
    Step {
        name: "browser",
        usually: Some("about 15 min, of which a day of polls takes ten"),
        advice: "look at the failure above; nothing else may use the processor meanwhile",
    }
    .run(|| {
        let mut playwright = node.program(workspace, "@playwright/test/cli.js");
        playwright.env("PIPELINES_DASHBOARD_LOCAL", &server).args([
            "test",
            "--config",
            "end2end/bench.config.ts",
        ]);
        collect(&mut playwright, browsers, &mut figures)
    })?;

    say("");
    write!(std::io::stdout().lock(), "{}", table(&figures))?;
    Ok(())
}

fn collect(
    command: &mut Command,
    read: impl Fn(&str) -> Vec<Figure>,
    figures: &mut Vec<Figure>,
) -> Result<()> {
    let before = figures.len();
    follow(command, |line| figures.extend(read(line)))?;
    anyhow::ensure!(figures.len() > before, "no figure was printed");
    Ok(())
}

/// The line of JSON that a crate's benchmark prints.
fn crates(line: &str) -> Vec<Figure> {
    let Ok(Value::Object(bench)) = serde_json::from_str(line) else {
        return Vec::new();
    };
    let figure = |key: &str, name: &str, unit, goal| {
        let value = bench.get(key)?.as_f64()?;
        Some(Figure { name: name.to_owned(), value, unit, goal })
    };
    [
        figure(
            "applied_and_written_per_s",
            "events applied, document and tile written, one core",
            "a second",
            Goal::AtLeast(100_000.0),
        ),
        figure("document_bytes", "document of a pipeline of 16 runs", "bytes", Goal::None),
        figure("tile_bytes", "tile of a pipeline of 5 stages", "bytes", Goal::AtMost(1_000.0)),
        figure(
            "median_ms",
            "start of the Lambda to its first write, median of ten",
            "ms",
            Goal::AtMost(60.0),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn sizes(sizes: &Sizes) -> Result<Vec<Figure>> {
    let bytes = |name: &str, bytes: u64, goal| {
        // Files are far smaller than where a float loses a byte.
        let value =
            f64::from(u32::try_from(bytes).with_context(|| format!("{name} is over 4 GB"))?);
        anyhow::Ok(Figure { name: name.to_owned(), value, unit: "bytes", goal })
    };
    let goal = |max: u64| u32::try_from(max).map_or(Goal::None, |max| Goal::AtMost(f64::from(max)));
    let mut figures = Vec::new();
    for (name, size) in &sizes.first_load {
        figures.push(bytes(&format!("{}, brotli", without_hash(name)), *size, Goal::None)?);
    }
    figures.push(bytes("first load, brotli", sizes.first_load_total(), goal(FIRST_LOAD_MAX))?);
    figures.push(bytes("fonts, after paint", sizes.fonts_total(), goal(FONTS_MAX))?);
    Ok(figures)
}

/// `wall-0123456789abcdef.css` as `wall.css`: the hash changes with every build.
fn without_hash(name: &str) -> String {
    const FEWEST_DIGITS: usize = 10;
    let Some((before, after)) = name.rsplit_once('-') else {
        return name.to_owned();
    };
    let rest = after.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    if after.len() - rest.len() < FEWEST_DIGITS {
        name.to_owned()
    } else {
        format!("{before}{rest}")
    }
}

/// A line of end2end/bench: `figure`, name, value, at most, unit; between tabs.
fn browsers(line: &str) -> Vec<Figure> {
    let parts: Vec<_> = line.trim().split('\t').collect();
    let ["figure", name, value, goal, unit] = *parts else {
        return Vec::new();
    };
    let unit = ["ms", "%", "nodes"].into_iter().find(|known| *known == unit);
    match (value.parse(), goal.parse(), unit) {
        (Ok(value), Ok(goal), Some(unit)) => {
            vec![Figure { name: name.to_owned(), value, unit, goal: Goal::AtMost(goal) }]
        }
        _ => Vec::new(),
    }
}

fn table(figures: &[Figure]) -> String {
    let width = figures.iter().map(|figure| figure.name.chars().count()).max().unwrap_or(0);
    let lines = figures.iter().map(|Figure { name, value, unit, goal }| {
        let (goal, reached) = match goal {
            Goal::AtMost(goal) => (format!("at most {goal}"), value <= goal),
            Goal::AtLeast(goal) => (format!("at least {goal}"), value >= goal),
            Goal::None => (String::new(), true),
        };
        let missed = if reached { "" } else { "  MISSED" };
        let line = format!("{name:<width$}  {value:>10} {unit:<8}  {goal}{missed}");
        format!("{}\n", line.trim_end())
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_what_the_benchmarks_print() {
        let figure =
            |name: &str, value, goal| Figure { name: name.to_owned(), value, unit: "ms", goal };
        assert_eq!(
            browsers("figure\tfirst names\t1012.4\t1200\tms"),
            [figure("first names", 1012.4, Goal::AtMost(1200.0))]
        );
        assert_eq!(browsers("[1/3] bench/wall.bench.ts"), []);
        assert_eq!(browsers("figure\tfirst names\tNaN ms\t1\tms"), []);
        assert_eq!(browsers("figure\tfirst names\t1\t1\tyears"), []);

        let read = crates(
            r#"{"bench":"model","applied_and_written_per_s":120000,"document_bytes":40000,"rounds":10}"#,
        );
        let values: Vec<_> = read.iter().map(|figure| figure.value).collect();
        assert_eq!(values, [120_000.0, 40_000.0]);
        assert_eq!(crates("running 0 tests"), []);
    }

    #[test]
    fn hashes_are_left_out_of_names() {
        assert_eq!(without_hash("wall-0123456789abcdef.css"), "wall.css");
        assert_eq!(
            without_hash("pipelines-dashboard-0123456789abcdef_bg.wasm"),
            "pipelines-dashboard_bg.wasm"
        );
        assert_eq!(without_hash("tokens-a835871f51f8561.css"), "tokens.css");
        assert_eq!(without_hash("index.html"), "index.html");
        assert_eq!(without_hash("snippets/leptos-dom/a.js"), "snippets/leptos-dom/a.js");
    }

    #[test]
    fn a_missed_goal_is_plain_to_see() {
        let figure = |value, goal| Figure { name: "x".to_owned(), value, unit: "ms", goal };
        assert_eq!(
            table(&[
                figure(9.0, Goal::AtMost(8.0)),
                figure(9.0, Goal::AtLeast(8.0)),
                figure(7.5, Goal::None)
            ]),
            "x           9 ms        at most 8  MISSED\nx           9 ms        at least 8\nx         7.5 ms\n"
        );
    }
}
