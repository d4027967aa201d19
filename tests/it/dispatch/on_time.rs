//! Letters leave at their instants: the loops of a daemon, whose way out leads nowhere.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use keshirim::app::App;
use keshirim::clock::Clock;
use keshirim::config::{Environment, Loaded};
use keshirim::post::dispatch::Way;
use keshirim::post::nowhere::Nowhere;
use keshirim::schedule::Beat;
use keshirim::store::{Instant, LetterRow, Migrations, Store};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::backend::{on_each_backend, register_url};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

struct Daemon {
    app: Arc<App>,
    nowhere: Arc<Nowhere>,
    /// The register as another process has it open.
    store: Store,
    stop: watch::Sender<bool>,
    _folder: TempDir,
}

impl Daemon {
    async fn new(clock: Clock) -> Self {
        let folder = TempDir::new().unwrap();
        let url = register_url(folder.path()).await;
        let file = folder.path().join("keshirim.toml");
        fs::write(&file, format!("[store]\nurl = \"{url}\"\n")).unwrap();
        let loaded = Loaded::load_from(Some(&file), Environment::default(), &file).unwrap();
        let mut app = App::build(loaded, clock).await.unwrap();
        let nowhere = Arc::new(Nowhere::default());
        let dispatcher = Arc::get_mut(&mut Arc::get_mut(&mut app).unwrap().dispatcher).unwrap();
        dispatcher.way = Way::Nowhere(Arc::clone(&nowhere));
        dispatcher.connections_max = 50;
        let store = Store::open(&url, Migrations::Leave).await.unwrap();
        Self { app, nowhere, store, stop: watch::channel(false).0, _folder: folder }
    }

    /// A letter that is due so many milliseconds from now, put into the outbox by somebody else.
    async fn put(&self, letter_id: &str, milliseconds: i64) -> Instant {
        let due = Instant::new(self.app.clock.now() + TimeDelta::milliseconds(milliseconds));
        let letter = LetterRow {
            letter_id: letter_id.to_owned(),
            office: "working_body".to_owned(),
            address: "official@office.test".to_owned(),
            post: "head".to_owned(),
            language: "kk".to_owned(),
            subject: "Мерзім".to_owned(),
            message_id: format!("<{letter_id}@office.test>"),
            bytes: b"Subject: x\r\n\r\nend\r\n".to_vec(),
            urgency: milliseconds % 2,
            composed_at: due,
            due_at: due,
            state: "queued".to_owned(),
            attempts: 0,
            next_attempt_at: Some(due),
            lease_owner: None,
            lease_until: None,
        };
        let mut tx = self.store.begin().await.unwrap();
        assert!(tx.insert_letter(&letter).await.unwrap());
        tx.commit().await.unwrap();
        due
    }

    /// Waits until so many letters were handed over.
    async fn handed(&self, letters: usize) -> Vec<(String, Duration)> {
        let mut handed = Vec::new();
        let all = async {
            while handed.len() < letters {
                handed.extend(self.nowhere.handed());
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, all).await.expect("every letter leaves");
        handed
    }
}

async fn no_letter_leaves_before_its_instant_and_each_leaves_once() {
    let daemon = Daemon::new(Clock::System).await;
    // The wall clock is read first: an instant reckoned from these two is never later than it was.
    let (wall, steady) = (daemon.app.clock.now(), daemon.app.clock.steady());
    let mut due = std::collections::BTreeMap::new();
    for n in 0..60 {
        let id = format!("L-{n}");
        let at = daemon.put(&id, 300 + n * 17).await;
        due.insert(id, at);
    }
    let sender = tokio::spawn(Arc::clone(&daemon.app).send_loop(daemon.stop.subscribe()));
    let handed = daemon.handed(60).await;
    assert_eq!(handed.len(), 60);
    for (id, at) in handed {
        let due = due.remove(&id).expect("each letter once");
        // Whole milliseconds, cut: `wall` is up to one behind the instant that `steady` was read at.
        let at = wall + TimeDelta::from_std(at.saturating_sub(steady)).unwrap() + TimeDelta::milliseconds(1);
        assert!(at >= due.utc(), "{id} was due at {due} and left at {at}");
    }
    daemon.stop.send(true).unwrap();
    sender.await.unwrap();
}

async fn a_letter_that_another_process_put_there_is_seen_by_the_beat_and_leaves_at_its_instant() {
    let daemon = Daemon::new(Clock::System).await;
    let sender = tokio::spawn(Arc::clone(&daemon.app).send_loop(daemon.stop.subscribe()));
    daemon.put("L-0", 0).await;
    daemon.app.wake();
    daemon.handed(1).await;
    // The outbox is empty, and the loop sleeps for a minute: longer than this test has patience.
    let due = daemon.put("L-1", 2_000).await;
    while daemon.app.clock.now() < due.utc() - TimeDelta::milliseconds(500) {
        daemon.app.beat(Beat::Dispatch).await;
        assert!(daemon.app.clock.now() >= due.utc() || daemon.nowhere.handed().is_empty(), "not before its instant");
        sleep(Duration::from_millis(20)).await;
    }
    timeout(PATIENCE / 2, daemon.handed(1)).await.expect("without any other beat");
    daemon.stop.send(true).unwrap();
    sender.await.unwrap();
}

on_each_backend!(
    no_letter_leaves_before_its_instant_and_each_leaves_once,
    a_letter_that_another_process_put_there_is_seen_by_the_beat_and_leaves_at_its_instant,
);
