//! `[mail]`: how letters leave and in whose name.

use std::path::{Path, PathBuf};

use super::node::Node;
use super::secret::SecretPlace;
use super::sections::{is_loopback, path};
use super::value::text;
use crate::offices::{check_address, check_domain};

/// How letters leave and in whose name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Which way they leave.
    pub transport: Transport,
    /// The folder for [`Transport::Maildir`].
    pub maildir: PathBuf,
    /// The relay's host name.
    pub host: String,
    /// The relay's port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// User name for AUTH; `None` = no AUTH.
    pub username: Option<String>,
    /// Where the password for AUTH is kept; read only where there is a user name.
    pub password: SecretPlace,
    /// Client certificate and key (PEM), if the relay asks for them.
    pub client_certificate: Option<ClientCertificate>,
    /// Certificates that the relay's is checked against; `None` = the system's.
    pub ca_file: Option<PathBuf>,
    /// Name given in EHLO; `None` = the machine's.
    pub helo_name: Option<String>,
    /// Sender's name.
    pub from_name: String,
    /// Sender's address.
    pub from_address: String,
    /// Envelope sender, before the token is added.
    pub return_address: String,
    /// Where the key that signs return tokens is kept.
    pub return_secret: SecretPlace,
    /// Most connections at once.
    pub connections_max: u16,
    /// Most letters handed over in an hour before ordinary ones wait.
    pub letters_per_hour_max: u32,
    /// Domain of Message-IDs.
    pub message_id_domain: String,
}

/// Which way letters leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Into a folder on this machine.
    Maildir,
    /// Through a relay.
    Smtp,
}

/// How the connection to the relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first octet.
    ImplicitTls,
    /// TLS by STARTTLS, required.
    StartTls,
    /// None; the relay is on this machine.
    PlainLoopback,
}

/// A client certificate, PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate chain.
    pub certificate_file: PathBuf,
    /// Its key.
    pub key_file: PathBuf,
}

const TRANSPORTS: [(&str, Transport); 2] = [("maildir", Transport::Maildir), ("smtp", Transport::Smtp)];
const SECURITIES: [(&str, Security); 3] = [
    ("implicit_tls", Security::ImplicitTls),
    ("starttls", Security::StartTls),
    ("plain_loopback", Security::PlainLoopback),
];

impl Mail {
    pub(super) fn read(node: &Node<'_>, folder: Option<&Path>) -> Self {
        let from_address = address(node, "from_address");
        let from_domain = from_address.rsplit_once('@').map(|(_, domain)| domain.to_owned());
        let mail = Self {
            transport: node.choice("transport", &TRANSPORTS).unwrap_or(Transport::Maildir),
            maildir: path(node, "maildir", folder).unwrap_or_default(),
            host: node.string("host"),
            port: node.count("port", 1..=u16::MAX),
            security: node.choice("security", &SECURITIES).unwrap_or(Security::ImplicitTls),
            username: line(node, "username"),
            password: secret(node, "password", folder),
            client_certificate: client_certificate(node, folder),
            ca_file: path(node, "ca_file", folder),
            helo_name: domain(node, "helo_name"),
            from_name: line(node, "from_name").unwrap_or_default(),
            return_address: address(node, "return_address"),
            return_secret: secret(node, "return_secret", folder),
            connections_max: node.count("connections_max", 1..=32),
            letters_per_hour_max: node.count("letters_per_hour_max", 1..=1_000_000),
            message_id_domain: domain(node, "message_id_domain").or(from_domain).unwrap_or_default(),
            from_address,
        };
        mail.check(node);
        mail
    }

    /// What no single key shows.
    fn check(&self, node: &Node<'_>) {
        if self.security == Security::PlainLoopback && !is_loopback(&self.host) {
            let what = "plain_loopback sends letters and passwords in clear, and the host is not this machine";
            let remedy = "Use \"implicit_tls\" (port 465) or \"starttls\" (port 587), or host = \"localhost\".";
            node.refuse("security", (what.to_owned(), remedy.to_owned()));
        }
        if self.transport == Transport::Smtp && !is_loopback(&self.host) && check_domain(&self.host).is_err() {
            let what = format!("{:?} is no host name", self.host);
            node.refuse("host", (what, "Write the relay's host name as its certificate has it.".to_owned()));
        }
        if self.maildir.as_os_str().is_empty() {
            node.refuse("maildir", ("no folder".to_owned(), "Write the folder's path.".to_owned()));
        }
    }
}

/// The place of the secret `name`: `name_file` goes before `name_credential`.
pub(super) fn secret(node: &Node<'_>, name: &str, folder: Option<&Path>) -> SecretPlace {
    let key = format!("{name}_credential");
    let credential = node.must(&key, String::new(), |value| {
        let credential = text(value)?;
        // A name, not a path: it must not lead out of the credentials' folder.
        let fits = credential.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet));
        if fits && !credential.is_empty() && !credential.starts_with('.') {
            return Ok(credential.to_owned());
        }
        Err((
            format!("{credential:?} is no name of a credential"),
            "Write letters, digits, hyphens and full stops.".to_owned(),
        ))
    });
    path(node, &format!("{name}_file"), folder).map_or(SecretPlace::Credential(credential), SecretPlace::File)
}

fn client_certificate(node: &Node<'_>, folder: Option<&Path>) -> Option<ClientCertificate> {
    let certificate = path(node, "client_certificate_file", folder);
    match (certificate, path(node, "client_key_file", folder)) {
        (Some(certificate_file), Some(key_file)) => Some(ClientCertificate { certificate_file, key_file }),
        (None, None) => None,
        _ => {
            let remedy = "Write both client_certificate_file and client_key_file, or neither.";
            node.refuse(
                "client_certificate_file",
                ("a certificate without its key, or a key alone".to_owned(), remedy.to_owned()),
            );
            None
        }
    }
}

fn address(node: &Node<'_>, key: &str) -> String {
    node.must(key, String::new(), |value| {
        let address = text(value)?;
        check_address(address).map(|()| address.to_owned()).map_err(|why| {
            (
                format!("the address {address:?} {why}"),
                "Write a plain address such as \"keshirim@example.org\".".to_owned(),
            )
        })
    })
}

fn domain(node: &Node<'_>, key: &str) -> Option<String> {
    let name = node.string(key);
    if !name.is_empty() && name != "localhost" && check_domain(&name).is_err() {
        let what = format!("{name:?} is no domain name");
        node.refuse(key, (what, "Write one such as \"keshirim.example.org\", or \"\".".to_owned()));
    }
    Some(name).filter(|name| !name.is_empty())
}

/// A string that goes into one line of a protocol or header.
fn line(node: &Node<'_>, key: &str) -> Option<String> {
    let line = node.string(key);
    if line.contains(char::is_control) {
        node.refuse(key, ("a line break or control character in it".to_owned(), "Take it out.".to_owned()));
    }
    Some(line).filter(|line| !line.is_empty())
}
