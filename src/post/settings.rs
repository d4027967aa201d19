//! What is configured about the relay, and the TLS set-up made of it.

use std::{fmt, sync::Arc, time::Duration};

use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314), usually port 465.
    ImplicitTls,
    /// Clear text until STARTTLS (RFC 3207), which must be offered and succeed; usually port 587.
    StartTlsRequired,
    /// No TLS; refused for every address that is not loopback.
    PlainLoopbackOnly,
}

/// How long each step may take; every one ends a dead dialogue, none cuts a slow one short (RFC 5321 section 4.5.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepTimeouts {
    /// Name resolution, and again TCP to each address: 15 s.
    pub connect: Duration,
    /// The TLS handshake: 30 s (the RFC sets none).
    pub handshake: Duration,
    /// The greeting: 5 min.
    pub greeting: Duration,
    /// The reply to EHLO, STARTTLS, AUTH, MAIL, RCPT and RSET: 5 min each.
    pub command: Duration,
    /// The reply to DATA: 2 min.
    pub data: Duration,
    /// Writing the body: 3 min.
    pub body: Duration,
    /// The reply to the final dot: 10 min. A shorter wait makes duplicates of letters that were accepted.
    pub dot: Duration,
}

impl Default for StepTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            handshake: Duration::from_secs(30),
            greeting: Duration::from_mins(5),
            command: Duration::from_mins(5),
            data: Duration::from_mins(2),
            body: Duration::from_mins(3),
            dot: Duration::from_mins(10),
        }
    }
}

/// User and password for AUTH; never shown by `Debug`.
#[derive(Clone)]
pub struct Credentials {
    /// The user as the relay knows it.
    pub user: String,
    /// Its password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// A certificate by which the relay knows us; its key is never shown by `Debug`.
#[derive(Clone)]
pub struct ClientCertificate {
    /// Our certificate and its intermediates, PEM.
    pub chain_pem: Vec<u8>,
    /// The private key, PEM (PKCS#8, PKCS#1 or SEC1).
    pub key_pem: Vec<u8>,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(…)")
    }
}

/// What is configured about the relay.
#[derive(Debug, Clone)]
pub struct RelaySettings {
    /// Name or address; with TLS the certificate must be for it.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Our own name in EHLO (a host name, or an address in brackets).
    pub helo_name: String,
    /// AUTH; without it none is tried.
    pub credentials: Option<Credentials>,
    /// A client certificate.
    pub client_certificate: Option<ClientCertificate>,
    /// Further trusted roots (PEM), beside the machine's own.
    pub ca_pem: Option<Vec<u8>>,
    /// How long each step may take.
    pub timeouts: StepTimeouts,
}

/// Why settings are not usable.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// EHLO would not be one lawful word.
    #[error("the EHLO name {0:?} is neither a host name nor an address in brackets")]
    HeloName(String),
    /// No certificate can be for such a host.
    #[error("the relay {0:?} is neither a host name nor an IP address")]
    Host(String),
    /// A PEM file holds something else.
    #[error("{what}: {detail}")]
    Pem {
        /// Which one.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// Every relay would be refused.
    #[error("no trusted root certificate: install ca-certificates or name the relay's own root")]
    NoRoots,
    /// rustls refuses the combination.
    #[error("TLS set-up: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
}

/// What TLS needs, from certificates to the provider of its cryptography.
pub(super) fn client_config(settings: &RelaySettings) -> Result<ClientConfig, RelayError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(pem) = &settings.ca_pem {
        for root in certificates("the relay's root certificate", pem)? {
            roots.add(root)?;
        }
    }
    if roots.is_empty() {
        return Err(RelayError::NoRoots);
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let Some(ClientCertificate { chain_pem, key_pem }) = &settings.client_certificate else {
        return Ok(config.with_no_client_auth());
    };
    let key = PrivateKeyDer::from_pem_slice(key_pem)
        .map_err(|error| RelayError::Pem { what: "the client key", detail: error.to_string() })?;
    Ok(config.with_client_auth_cert(certificates("the client certificate", chain_pem)?, key)?)
}

/// All certificates of a PEM file; none is an error.
fn certificates(what: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, RelayError> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| RelayError::Pem { what, detail: error.to_string() })?;
    if found.is_empty() {
        return Err(RelayError::Pem { what, detail: "no certificate in it".to_owned() });
    }
    Ok(found)
}
