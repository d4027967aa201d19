//! The pages, asked in-process, on a stopped clock.

mod ack;
mod pages;
mod safety;
mod sign_in;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::{TimeDelta, TimeZone, Utc};
use keshirim::app::App;
use keshirim::cli::{Surroundings, run};
use keshirim::clock::Clock;
use keshirim::config::{Environment, Loaded};
use keshirim::http::router;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::register::Registrar;
use keshirim::register::entry::Draft;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::backend::{day, new_case, register_url};

/// A daemon that nobody has started: its register, its routes, its clock.
struct Desk {
    app: Arc<App>,
    router: Router,
    clock: Clock,
    folder: TempDir,
}

/// An answer, read whole.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The page after its style, the slashes and quotes that the engine escapes as they are read.
    fn page(&self) -> String {
        let body = self.body.split_once("</style>").unwrap().1;
        body.replace("&#x2f;", "/").replace("&quot;", "\"").replace("&#x27;", "'")
    }

    /// The `name=value` of the cookie that was set.
    fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap().to_owned()
    }
}

impl Desk {
    async fn new() -> Self {
        Self::at("http://127.0.0.1:8460").await
    }

    async fn at(public_url: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let config = folder.path().join("keshirim.toml");
        let (shown, url) = (folder.path().display(), register_url(folder.path()).await);
        let text = format!(
            "[store]\nurl = \"{url}\"\n[mail]\nmaildir = \"{shown}/mail\"\nreturn_secret_file = \"{shown}/return-secret\"\n\
             [http]\npublic_url = \"{public_url}\"\n[letters]\ngroup_notices_seconds = 0\n"
        );
        std::fs::write(&config, text).unwrap();
        let key = folder.path().join("return-secret");
        std::fs::write(&key, "a key for tests\n").unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let loaded = Loaded::load_from(Some(&config), Environment::default(), Path::new("/nowhere")).unwrap();
        // A Sunday noon in Almaty.
        let clock = Clock::manual(Utc.with_ymd_and_hms(2026, 11, 22, 7, 0, 0).unwrap());
        let app = App::build(loaded, clock.clone()).await.unwrap();
        let router = router(Arc::clone(&app));
        Self { app, router, clock, folder }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = to_bytes(answer.into_body(), 16 << 20).await.unwrap();
        Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// A GET with headers.
    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A page for the holder of `token`.
    async fn page(&self, path: &str, token: &str) -> Answer {
        self.get(path, &[("authorization", &format!("Bearer {token}"))]).await
    }

    /// A form.
    async fn post(&self, path: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// Runs a command beside the daemon: its status and its JSON.
    async fn command(&self, arguments: &[&str]) -> (u8, serde_json::Value) {
        let config = self.folder.path().join("keshirim.toml");
        let mut all = vec!["keshirim".into(), "--config".into(), config.into_os_string(), "--json".into()];
        all.extend(arguments.iter().map(std::ffi::OsString::from));
        let output = self.folder.path().join("output");
        let file = std::fs::File::create(&output).unwrap();
        let clock = self.clock.clone();
        let surroundings = Surroundings {
            clock,
            who: Some("aigul".to_owned()),
            output: Box::new(file),
            errors: Box::new(std::io::sink()),
        };
        // A command brings its own runtime.
        let status = tokio::task::spawn_blocking(move || run(all, surroundings)).await.unwrap();
        let text = std::fs::read_to_string(output).unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// A new token.
    async fn token(&self, role: &str, name: &str) -> String {
        let (status, made) = self.command(&["token", "create", "--role", role, "--name", name]).await;
        assert_eq!(status, 0);
        made["token"].as_str().unwrap().to_owned()
    }

    async fn open(&self, number: &str, sentence: Sentence) {
        self.as_registrar("aigul", async |registrar| registrar.open_case(&new_case(number, sentence)).await.map(drop))
            .await;
    }

    /// Records as aigul, every unlikely date meant; yields the entry's id.
    async fn record(&self, number: &str, kind: EventKind, on: &str) -> String {
        let draft = Draft::new(kind, day(on)).confirmed();
        let draft = if number == "*" { draft.with("act", "Decree 1251").unwrap() } else { draft };
        self.as_registrar("aigul", async |registrar| {
            registrar.record(number, &draft).await.map(|recorded| recorded.entry.event_id)
        })
        .await
    }

    async fn as_registrar<T>(
        &self,
        who: &str,
        act: impl AsyncFnOnce(Registrar<'_>) -> keshirim::register::Result<T>,
    ) -> T {
        let settings = self.app.settings();
        let registrar = Registrar {
            store: &self.app.store,
            calendar: &settings.calendar,
            config: &settings.loaded.config,
            who,
            now: self.clock.now(),
        };
        act(registrar).await.unwrap()
    }

    fn wait(&self, by: TimeDelta) {
        self.clock.advance(by);
    }
}
