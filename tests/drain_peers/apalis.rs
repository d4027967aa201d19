//! What tests/drain measures beside the outbox: apalis-postgres. `drain-apalis URL JOBS BYTES` prints jobs a second.
//!
//! A batch a fetch, handlers side by side, and a short poll between, as its README's strategies have it; the figure ends when the last
//! handler has run, a little before apalis has written that down.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use apalis::prelude::*;
use apalis_postgres::*;
use futures::stream;

static DONE: AtomicUsize = AtomicUsize::new(0);

async fn letter(_: String) -> Result<(), BoxDynError> {
    DONE.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let [_, url, jobs, bytes] = &std::env::args().collect::<Vec<_>>()[..] else { anyhow::bail!("URL JOBS BYTES") };
    let (jobs, bytes): (usize, usize) = (jobs.parse()?, bytes.parse()?);
    let pool = PgPool::connect(url).await?;
    PostgresStorage::setup(&pool).await?;
    let config = Config::default().queue("letters").batch_size(500);
    let strategy = Strategy::new().interval(Duration::from_millis(50));
    let mut backend = PostgresStorage::new(&pool).with_config(config).poll_with_strategy(strategy);
    for _ in 0..jobs / 1_000 {
        let mut items = stream::iter((0..1_000).map(|_| TaskBuilder::new("x".repeat(bytes)).build()));
        backend.push_all(&mut items).await?;
    }
    let begun = Instant::now();
    let worker = WorkerBuilder::new("drain").backend(backend).concurrency(64).build(letter);
    tokio::spawn(async move { worker.run().await });
    while DONE.load(Ordering::Relaxed) < jobs / 1_000 * 1_000 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!("{:.0}", jobs as f64 / begun.elapsed().as_secs_f64());
    std::process::exit(0);
}
