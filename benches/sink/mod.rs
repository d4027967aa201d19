//! A server that takes letters and does nothing else, in clear or under TLS: one thread a connection, one write a reply.
//!
//! It must cost less than what is measured against it, and the same in clear and under TLS but for the TLS.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

const BUFFER_BYTES: usize = 64 * 1024;
const END_OF_LETTER: &[u8] = b"\r\n.\r\n";

/// Serves in clear until it is killed.
pub(crate) fn plain(port: u16) -> Result<()> {
    serve(port, converse)
}

/// Serves under implicit TLS until it is killed.
pub(crate) fn tls(port: u16, chain: &Path, key: &Path) -> Result<()> {
    let chain = CertificateDer::pem_file_iter(chain)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    let config = Arc::new(config);
    serve(port, move |stream| {
        let session = ServerConnection::new(Arc::clone(&config))?;
        converse(StreamOwned::new(session, stream))
    })
}

fn serve<F>(port: u16, conversation: F) -> Result<()>
where
    F: Fn(TcpStream) -> Result<()> + Send + Sync + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", port)).with_context(|| format!("port {port}"))?;
    let conversation = Arc::new(conversation);
    for stream in listener.incoming() {
        let (stream, conversation) = (stream?, Arc::clone(&conversation));
        stream.set_nodelay(true)?;
        // How a client leaves does not matter.
        std::thread::spawn(move || conversation(stream).is_ok());
    }
    Ok(())
}

/// What a minimal relay says (RFC 5321), commands one by one or pipelined.
fn converse(mut stream: impl Read + Write) -> Result<()> {
    let say = |stream: &mut dyn Write, words: &[u8]| stream.write_all(words).and_then(|()| stream.flush());
    say(&mut stream, b"220 sink.office.test ESMTP\r\n")?;
    let (mut buffer, mut filled, mut in_letter) = (vec![0; BUFFER_BYTES], 0, false);
    loop {
        let mut replies: Vec<u8> = Vec::new();
        let mut taken = 0;
        loop {
            let unread = &buffer[taken..filled];
            let end = if in_letter { END_OF_LETTER } else { b"\r\n" };
            let Some(at) = unread.windows(end.len()).position(|window| window == end) else { break };
            let line = &unread[..at];
            let (reply, next): (&[u8], bool) = match line.first() {
                _ if in_letter => (b"250 2.0.0 taken\r\n", false),
                Some(b'D') => (b"354 go on\r\n", true),
                Some(b'E') => (b"250-sink.office.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n", false),
                Some(b'Q') => return Ok(say(&mut stream, b"221 bye\r\n")?),
                _ => (b"250 ok\r\n", false),
            };
            replies.extend_from_slice(reply);
            in_letter = next;
            taken += at + end.len();
        }
        buffer.copy_within(taken..filled, 0);
        filled -= taken;
        if !replies.is_empty() {
            say(&mut stream, &replies)?;
        }
        anyhow::ensure!(filled < buffer.len(), "a letter larger than the buffer");
        let read = stream.read(&mut buffer[filled..])?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
    }
}
