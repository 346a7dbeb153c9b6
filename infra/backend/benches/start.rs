//! From the start of `bootstrap` to its first write: what an event waits for when Lambda has no instance ready.
//!
//! `cargo xtask bench` measures the Lambda's own build, which `PIPELINES_DASHBOARD_BOOTSTRAP` names. The table is an embedded
//! one behind plain HTTP, so the root certificates that HTTPS needs are not read.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints and may panic"
)]

#[path = "../tests/lambda/mod.rs"]
mod lambda;
#[path = "../tests/store/mod.rs"]
mod store;

use std::time::Instant;

use lambda::{Lambda, start};
use store::{event::run_event, store};

const STARTS: usize = 10;

#[tokio::main]
async fn main() {
    let program = std::env::var("PIPELINES_DASHBOARD_BOOTSTRAP")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_bootstrap").to_owned());
    let mut milliseconds = Vec::new();
    for number in 0..STARTS {
        let (mut lambda, store) = (Lambda::start().await, store().await);
        let begun = Instant::now();
        let process = start(&program, "ingest", &lambda, &store);
        let (result, _) = lambda.invoke(run_event("shop", &number.to_string(), "STARTED", 0)).await;
        milliseconds.push(begun.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(result, "response");
        assert_eq!(store.version("shop").await, 1);
        drop(process);
    }
    milliseconds.sort_by(f64::total_cmp);
    let median = milliseconds.iter().skip(STARTS / 2 - 1).take(2).sum::<f64>() / 2.0;
    println!(
        r#"{{"bench":"start","median_ms":{median:.1},"least_ms":{:.1},"starts":{STARTS}}}"#,
        milliseconds.first().unwrap()
    );
}
