//! `demo`: the whole service on an embedded SQLite file and a capture mailbox, with a sample register.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::context::Context;
use super::{DONE, demo_register, serve, token};
use crate::app::{self, App};
use crate::config::SHIPPED_OFFICES;
use crate::http::secret::{self, Role};
use crate::register::{DEFAULT_ZONE, Registrar};
use crate::store::Instant;

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Where the register, its configuration and the mailbox are kept [default: a new folder under /tmp]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The port of the status page (0 = any free one)
    #[arg(long, default_value_t = 8460, value_name = "N")]
    port: u16,
}

pub(super) async fn run(arguments: Demo, context: &mut Context) -> Result<u8> {
    if context.config.is_some() {
        bail!("the demo writes its own configuration into its folder: leave --config away");
    }
    let now = context.clock.now();
    let folder =
        arguments.dir.unwrap_or_else(|| PathBuf::from(format!("/tmp/keshirim-demo-{}", now.format("%Y%m%d-%H%M%S"))));
    let folder = std::path::absolute(folder)?;
    let listener = app::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port))).await?;
    let address = listener.local_addr()?;
    let fresh = write_configuration(&folder, address)?;
    context.config = Some(folder.join("keshirim.toml"));
    let loaded = context.loaded()?;
    serve::start_log(&loaded)?;
    let app = App::build(loaded, context.clock.clone()).await?;
    if fresh {
        fill(&app).await?;
    }
    let token = reader_token(&app).await?;
    say(context, &folder, address, fresh, &token)?;
    app::serve(app, listener).await?;
    Ok(DONE)
}

/// Writes the demo's own files; false if the folder has a register already, which is then used as it is.
fn write_configuration(folder: &Path, address: SocketAddr) -> Result<bool> {
    let cannot = |path: &Path| format!("cannot write {}: choose another --dir", path.display());
    fs::create_dir_all(folder).with_context(|| cannot(folder))?;
    let shown = folder.to_str().context("the folder's name must be UTF-8: choose another --dir")?;
    if shown.contains(['"', '\\', '\n', '?', '#', '%']) {
        bail!("the folder's name must not have any of \" \\ ? # %: choose another --dir");
    }
    let fresh = !folder.join("keshirim.db").exists();
    let offices = folder.join("offices.toml");
    if !offices.exists() {
        fs::write(&offices, format!("{SHIPPED_OFFICES}\n{MORE_OFFICES}")).with_context(|| cannot(&offices))?;
    }
    let key = folder.join("return-secret");
    if !key.exists() {
        write_secret(&key).with_context(|| cannot(&key))?;
    }
    let config = folder.join("keshirim.toml");
    let text = format!(
        "# Written by `keshirim demo`: a sample register whose letters go into a folder and to nobody.\n\
         [store]\nurl = \"sqlite://{shown}/keshirim.db\"\n\
         [http]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\n\
         [mail]\ntransport = \"maildir\"\nmaildir = \"{shown}/mail\"\nreturn_secret_file = \"{shown}/return-secret\"\n\
         # Seconds, not a minute: nobody wants to wait in a demo.\n[letters]\ngroup_notices_seconds = 1\n\
         [log]\nfilter = \"warn,keshirim=info\"\n"
    );
    fs::write(&config, text).with_context(|| cannot(&config))?;
    Ok(fresh)
}

/// A key of its own, so that the demo's letters can be acknowledged.
fn write_secret(path: &Path) -> Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", secret::secret("")?)?;
    Ok(())
}

/// Institutions of the demo, one for each language.
const MORE_OFFICES: &str = r#"
[[office]]
code = "institution:sample-2"
name = { kk = "Үлгі түзеу мекемесінің әкімшілігі № 2", ru = "Администрация учреждения-образца № 2", en = "The administration of sample institution No. 2" }
language = "ru"
superior = "institution:*"
[[office.official]]
post = "начальник спецотдела"
address = "records@institution-2.example.org"

[[office]]
code = "institution:sample-3"
name = { kk = "Үлгі түзеу мекемесінің әкімшілігі № 3", ru = "Администрация учреждения-образца № 3", en = "The administration of sample institution No. 3" }
language = "en"
superior = "institution:*"
[[office.official]]
post = "Head of the records office"
address = "records@institution-3.example.org"
"#;

async fn fill(app: &Arc<App>) -> Result<()> {
    let settings = app.settings();
    let registrar = |who| Registrar {
        store: &app.store,
        calendar: &settings.calendar,
        config: &settings.loaded.config,
        who,
        now: app.clock.now(),
    };
    demo_register::fill(&registrar("demo registrar"), &registrar("demo second person"), DEFAULT_ZONE).await
}

/// A reader's token for this run of the demo: its secret cannot be found again, so a later run makes another in its place.
async fn reader_token(app: &App) -> Result<String> {
    const NAME: &str = "demo reader";
    let now = Instant::new(app.clock.now());
    let mut tx = app.store.begin().await?;
    tx.revoke_token(NAME, NAME, "demo", now).await?;
    tx.commit().await?;
    Ok(token::create(&app.store, Role::Reader, NAME, "demo", now).await?.0)
}

fn say(context: &mut Context, folder: &Path, address: SocketAddr, fresh: bool, token: &str) -> Result<()> {
    let shown = folder.display();
    let today = context.clock.today(DEFAULT_ZONE);
    let print = &mut context.print;
    print.line(format_args!("keshirim demo: a {} register in {shown}\n", if fresh { "new sample" } else { "used" }))?;
    print.line(format_args!("  status    http://{address}/login?next=/status"))?;
    print.line(format_args!("  token     {token}"))?;
    print.line(format_args!("  health    http://{address}/health"))?;
    print.line(format_args!(
        "  letters   {shown}/mail/new   (the first within seconds; open them with any mail program)"
    ))?;
    print.line(format_args!("  commands  keshirim --config {shown}/keshirim.toml deadlines"))?;
    print.line(format_args!(
        "            keshirim --config {shown}/keshirim.toml case show {}\n",
        demo_register::number(5, today)
    ))?;
    if fresh {
        let rows: Vec<Vec<String>> = demo_register::CASES
            .iter()
            .enumerate()
            .map(|(i, case)| vec![format!("  {}", demo_register::number(i, today)), case.shows.to_owned()])
            .collect();
        print.table(&["  CASE", "SHOWS"], &rows)?;
    }
    print.line("\nCtrl-C ends it.")?;
    print.flush()?;
    Ok(())
}
