//! The whole system on one machine: an embedded table, the same ingest and API as on AWS, and the wall.

use std::{
    io::Write,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use backend::{
    api::Wall,
    table::{self, Table},
};
use clap::Parser;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::{
    demo::{Demo, Speed},
    door::Door,
    hooks::Hooks,
    play::Play,
    server::Reach,
    site::{Site, Source},
};

mod demo;
mod door;
mod edge;
mod embedded;
mod hooks;
mod play;
mod reconcile;
mod rows;
mod server;
mod site;

const TABLE: &str = "pipelines_dashboard_data";
/// How long requests under way may take at the end.
const LAST_REQUESTS: Duration = Duration::from_secs(2);

/// Pipelines Dashboard on this machine: events in, a live wall out
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Address to listen at; 0.0.0.0 lets the whole network in
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    bind: IpAddr,
    /// Port to listen at; 0 picks a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder of the built site
    #[arg(long, value_name = "DIR")]
    #[cfg_attr(not(feature = "embed-site"), arg(default_value = "dist"))]
    site: Option<PathBuf>,
    /// File that keeps the events; without one they are gone at the end
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Takes hooks of GitHub and GitLab that know the secret in this environment variable
    #[arg(long, value_name = "VARIABLE")]
    hook_secret: Option<String>,
    /// Plays this many invented pipelines
    #[arg(long, value_name = "PIPELINES")]
    demo: Option<usize>,
    /// Which invented pipelines
    #[arg(long, default_value_t = 1, requires = "demo")]
    seed: u64,
    /// How many runs each of them has behind it, at least
    #[arg(long, default_value_t = 12, requires = "demo", value_name = "RUNS", hide = true)]
    past: usize,
    /// How much faster than life the demo goes, 0.001 to 1000
    #[arg(long, default_value = "1", requires = "demo")]
    speed: Speed,
    #[command(flatten)]
    reconcile: reconcile::Options,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,pipelines_dashboard_local=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();

    let listener = listen(args.bind, args.port).await?;
    let address = listener.local_addr().context("the listener has no address")?;
    let client = embedded::client(args.data.as_deref())?;
    table::create(&client, TABLE).await.context("cannot make the table")?;
    let table = Table::new(client, TABLE);
    let door = Door::new(table.clone());
    let hooks = args.hook_secret.map(|variable| Hooks::new(door.clone(), &variable)).transpose()?;
    let site = open_site(args.site);
    if let Some(reconciler) = args.reconcile.reconciler(&table) {
        tokio::spawn(reconcile::forever(reconciler));
    }
    let reach = if args.bind.is_loopback() { Reach::Loopback } else { Reach::Network };
    let wall = Wall::Local(reachable(address));
    let router = server::router(table, wall, door.clone(), hooks, site, reach);
    if let Some(pipelines) = args.demo {
        let now = play::now()?;
        let mut play = Play::new(Demo::new(args.seed, pipelines, args.past, now, args.speed), door);
        play.past(now).await?;
        tokio::spawn(play.future());
    }

    let signal = signal()?;
    let ended = async {
        signal.await;
        // A client that never finishes its request must not keep the server.
        tokio::spawn(async {
            tokio::time::sleep(LAST_REQUESTS).await;
            std::process::exit(0);
        });
    };
    announce(address).context("cannot write the address to standard output")?;
    axum::serve(listener, router).with_graceful_shutdown(ended).await.context("the server failed")
}

async fn listen(bind: IpAddr, port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((bind, port)).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "port {port} of {bind} is taken; --port chooses another, --port 0 a free one"
        ),
        _ => anyhow::Error::new(error)
            .context(format!("cannot listen at {}", SocketAddr::new(bind, port))),
    })
}

fn open_site(folder: Option<PathBuf>) -> Arc<Site> {
    #[cfg(feature = "embed-site")]
    let source = folder.map_or(Source::Binary, Source::Folder);
    #[cfg(not(feature = "embed-site"))]
    let source = Source::Folder(folder.unwrap_or_else(|| "dist".into()));
    let site = Arc::new(Site::new(source));
    if site.is_there() {
        let site = Arc::clone(&site);
        tokio::task::spawn_blocking(move || site.compress());
    } else {
        tracing::warn!("no site yet: there is no index.html in the folder that --site names");
    }
    site
}

/// The address with which this machine reaches the server: nobody can open `0.0.0.0` or `[::]` in a browser.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        ip if !ip.is_unspecified() => address,
        IpAddr::V4(_) => SocketAddr::new([127, 0, 0, 1].into(), address.port()),
        IpAddr::V6(_) => SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), address.port()),
    }
}

/// One line for people and scripts: where the wall is.
fn announce(address: SocketAddr) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "http://{}/", reachable(address))?;
    out.flush()
}

/// Resolves when somebody wants the end; listens for that from now on.
#[cfg(unix)]
fn signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupted, mut terminated) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Resolves when somebody wants the end.
#[cfg(not(unix))]
fn signal() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
