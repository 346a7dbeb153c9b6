//! `cargo xtask dev`: a wall that moves, on this machine.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::{
    build::{self, Profile},
    cache::Cache,
    command::{command, line},
    site,
    step::say,
    tools::Tools,
    workspace::Workspace,
};

const PIPELINES: &str = "24";

/// What the wall shows and where.
#[derive(Args)]
pub struct Options {
    /// Start with an empty board instead of invented pipelines
    #[arg(long)]
    empty: bool,
    /// Build again and reload the page whenever a source file changes
    #[arg(long)]
    watch: bool,
    /// Where the wall is served: http://127.0.0.1:PORT/
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// Sets up, builds, and serves until Ctrl-C.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let tools = Tools::find(workspace, &Cache::open()?)?;
    build::server(workspace, Profile::Dev)?;
    if options.watch {
        return watch(workspace, &tools, options);
    }
    let site = site::build_for_development(workspace, &tools)?;
    say(&format!("\nthe wall: http://127.0.0.1:{}/ (Ctrl-C stops it)", options.port));
    say(&format!(
        "events go to http://127.0.0.1:{}/events, for example by: cargo xtask replay FILE\n",
        options.port
    ));
    become_server(&mut server(workspace, options, options.port, Some(&site)))
}

fn server(workspace: &Workspace, options: &Options, port: u16, site: Option<&Path>) -> Command {
    let mut server = command(build::server_path(workspace, Profile::Dev), &workspace.root);
    server.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
    if let Some(site) = site {
        server.arg("--site").arg(site);
    }
    if !options.empty {
        server.args(["--demo", PIPELINES]);
    }
    server
}

/// The server takes this process's place, so that it gets every signal itself.
#[cfg(unix)]
fn become_server(server: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(server.exec()).with_context(|| format!("cannot start {}", line(server)))
}

#[cfg(not(unix))]
fn become_server(server: &mut Command) -> Result<()> {
    crate::command::run(server)
}

/// trunk builds the wall, serves it and reloads it; the server behind it is built and started again here.
fn watch(workspace: &Workspace, tools: &Tools, options: &Options) -> Result<()> {
    let mut running = Server::start(workspace, options)?;
    say(&format!(
        "\nthe wall: http://127.0.0.1:{}/ (Ctrl-C stops it); it reloads when src, style or model change",
        options.port
    ));
    say(&format!(
        "events go to {}events; the server restarts when infra or model change\n",
        running.url
    ));

    let mut trunk = site::serve(workspace, tools, options.port);
    let mut trunk = Guard(trunk.stdin(Stdio::null()).spawn().context("cannot start trunk")?);

    let sources = [
        workspace.root.join("infra"),
        workspace.root.join("model/src"),
        workspace.root.join("Cargo.lock"),
    ];
    let mut built = newest(&sources);
    loop {
        thread::sleep(Duration::from_secs(1));
        if let Some(status) = trunk.0.try_wait()? {
            bail!("trunk ended with {status}");
        }
        let changed = newest(&sources);
        if changed > built {
            built = changed;
            // A mistake in the source is told by the compiler; the old server goes on until it is corrected.
            if build::server(workspace, Profile::Dev).is_ok() {
                drop(running);
                running = Server::start(workspace, options)?;
            }
        }
    }
}

/// The time of the newest change below these files and folders.
fn newest(paths: &[PathBuf]) -> Option<SystemTime> {
    let below = |path: &PathBuf| {
        if path.is_dir() { site::files(path).unwrap_or_default() } else { vec![path.clone()] }
    };
    paths
        .iter()
        .flat_map(below)
        .filter_map(|path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok())
        .max()
}

/// Ends its process when dropped.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// A server that runs, and the address it printed.
struct Server {
    _process: Guard,
    url: String,
}

impl Server {
    fn start(workspace: &Workspace, options: &Options) -> Result<Self> {
        let mut server = server(workspace, options, site::BACKEND_PORT, None);
        let mut process = Guard(
            server
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .spawn()
                .context("cannot start the local server")?,
        );
        let stdout = process.0.stdout.take().context("the local server has no stdout")?;
        let mut url = String::new();
        BufReader::new(stdout).read_line(&mut url)?;
        let url = url.trim().to_owned();
        if url.is_empty() {
            bail!("{} ended before it answered; its reason stands above", line(&server));
        }
        Ok(Self { _process: process, url })
    }
}
