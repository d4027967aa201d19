//! The way out as configured: the dispatcher, and the relay with its secrets read.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, anyhow};

use crate::clock::Clock;
use crate::config::{self, Loaded, Transport};
use crate::post::ack_link::AckLinks;
use crate::post::dispatch::{Dispatcher, Unsettled, Way};
use crate::post::return_path::ReturnPath;
use crate::post::{self, Brake, Breaker, Relay, RelaySettings};
use crate::store::Store;

/// The way out, as configured.
pub(super) fn dispatcher(loaded: &Loaded, store: Store, clock: Clock) -> Result<Dispatcher> {
    let mail = &loaded.config.mail;
    let way = match mail.transport {
        Transport::Maildir => Way::Maildir(mail.maildir.clone()),
        Transport::Smtp => Way::Smtp(Arc::new(relay(loaded)?)),
    };
    let key = return_secret(loaded).inspect_err(|problem| {
        if mail.transport == Transport::Smtp {
            tracing::warn!(%problem, "letters carry no link to acknowledge them, and bounces cannot be told from forged ones");
        }
    });
    let key = key.ok();
    Ok(Dispatcher {
        owner: owner(&store, loaded.config.http.listen),
        store,
        clock,
        way,
        return_path: ReturnPath::new(&mail.return_address, key.as_ref().map(config::Secret::expose)),
        retry: loaded.config.retry.clone(),
        connections_max: mail.connections_max,
        breaker: Mutex::new(Breaker::default()),
        brake: Mutex::new(Brake::new(mail.letters_per_hour_max)),
        unsettled: Unsettled::default(),
        stopping: AtomicBool::new(false),
    })
}

/// The links with which letters are acknowledged; without a key there are none.
pub(super) fn links(loaded: &Loaded) -> AckLinks {
    let key = return_secret(loaded).ok();
    AckLinks::new(&loaded.config.http.public_url, key.as_ref().map(config::Secret::expose))
}

/// The key that return addresses and links are signed with. Without one letters go all the same.
fn return_secret(loaded: &Loaded) -> Result<config::Secret, config::Problem> {
    loaded.config.mail.return_secret.read("mail.return_secret", &loaded.environment)
}

/// Under which name this daemon claims letters. One file has one daemon, so whatever was claimed there was claimed by it.
/// On a server it is the machine and the port, which a daemon keeps when it is started again: so it takes up at once what it left.
fn owner(store: &Store, listen: SocketAddr) -> String {
    match store {
        Store::Sqlite { .. } => "this machine".to_owned(),
        Store::Postgres(_) => format!("{} {listen}", hostname()),
    }
}

/// The relay, with its secrets read.
pub fn relay(loaded: &Loaded) -> Result<Relay> {
    let mail = &loaded.config.mail;
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let credentials = match &mail.username {
        None => None,
        Some(user) => {
            let password = mail.password.read("mail.password", &loaded.environment).map_err(|p| anyhow!("{p}"))?;
            Some(post::Credentials { user: user.clone(), password: password.expose().to_owned() })
        }
    };
    let client_certificate = match &mail.client_certificate {
        None => None,
        Some(files) => {
            Some(post::ClientCertificate { chain_pem: read(&files.certificate_file)?, key_pem: read(&files.key_file)? })
        }
    };
    let security = match mail.security {
        config::Security::ImplicitTls => post::Security::ImplicitTls,
        config::Security::StartTls => post::Security::StartTlsRequired,
        config::Security::PlainLoopback => post::Security::PlainLoopbackOnly,
    };
    let settings = RelaySettings {
        host: mail.host.clone(),
        port: mail.port,
        security,
        helo_name: mail.helo_name.clone().unwrap_or_else(hostname),
        credentials,
        client_certificate,
        ca_pem: mail.ca_file.as_deref().map(read).transpose()?,
        timeouts: post::StepTimeouts::default(),
    };
    Relay::new(settings).context("the mail relay's settings cannot be used")
}

/// The machine's name; empty where the kernel does not tell it.
fn hostname() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned()
}
