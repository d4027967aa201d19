//! Servers that we did not write, started for one test each: Postfix's smtp-sink, and aiosmtpd under TLS.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// Debian's packages keep it out of the path of ordinary users.
const SMTP_SINK: &str = "/usr/sbin/smtp-sink";
/// The Python that Debian's python3-aiosmtpd belongs to.
const PYTHON: &str = "/usr/bin/python3";
/// How long a server may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// A child that does not outlive its test.
pub(crate) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            self.0.wait().unwrap();
        }
    }
}

fn start(program: &str, arguments: &[&str], remedy: &str) -> Server {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn();
    Server(child.unwrap_or_else(|error| panic!("{program}: {error}; this test needs it: {remedy}")))
}

/// smtp-sink on a free port, its letters under `dir`.
pub(crate) async fn smtp_sink(dir: &Path, options: &[&str]) -> (Server, u16) {
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let (dump, listen) = (dir.join("letter.").display().to_string(), format!("127.0.0.1:{port}"));
    let mut arguments = vec!["-d", dump.as_str()];
    // It insists on being told whom to become when it is root.
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        arguments.extend(["-u", "root"]);
    }
    arguments.extend(options);
    arguments.extend([listen.as_str(), "16"]);
    let server = start(SMTP_SINK, &arguments, "apt-get install --no-install-recommends postfix");
    // It does not say when it listens: ask until it answers.
    let asked = Instant::now();
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(asked.elapsed() < START_TIMEOUT, "smtp-sink does not listen on {port}");
        tokio::task::yield_now().await;
    }
    (server, port)
}

/// A root, a server certificate and a client certificate, made for this test.
pub(crate) struct Certificates {
    dir: TempDir,
}

impl Certificates {
    pub(crate) fn make() -> Self {
        let this = Self { dir: tempfile::tempdir().unwrap() };
        this.openssl("ca", "basicConstraints=critical,CA:TRUE", None);
        this.openssl("server", "subjectAltName=IP:127.0.0.1", Some("ca"));
        this.openssl("other", "subjectAltName=DNS:elsewhere.test", Some("ca"));
        this.openssl("client", "extendedKeyUsage=clientAuth", Some("ca"));
        this.openssl("stranger", "basicConstraints=critical,CA:TRUE", None);
        this
    }

    fn openssl(&self, name: &str, extension: &str, issuer: Option<&str>) {
        let (key, cert) = (self.path(&format!("{name}.key")), self.path(&format!("{name}.pem")));
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
        command.args(["-subj", &format!("/CN=keshirim test {name}"), "-addext", extension]);
        command.arg("-keyout").arg(key).arg("-out").arg(cert);
        if let Some(issuer) = issuer {
            command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
            command.arg("-CA").arg(self.path(&format!("{issuer}.pem")));
            command.arg("-CAkey").arg(self.path(&format!("{issuer}.key")));
        }
        let made = command
            .output()
            .unwrap_or_else(|error| panic!("openssl: {error}; this test needs it: apt-get install openssl"));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// A server certificate for this machine that ran out twenty-five years ago. (`openssl req` makes none: it wants a future.)
    pub(crate) fn make_expired(&self) {
        let openssl = |arguments: &[&str]| {
            let made = Command::new("openssl").args(arguments).current_dir(self.dir.path()).output().unwrap();
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        };
        let settings = "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nrand_serial=yes\n\
                        x509_extensions=x\n[p]\ncommonName=supplied\n[x]\nsubjectAltName=IP:127.0.0.1\n\
                        basicConstraints=critical,CA:FALSE\n";
        fs::write(self.path("ca.cnf"), settings).unwrap();
        fs::write(self.path("index"), "").unwrap();
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "expired.key"];
        openssl(&[&["req", "-subj", "/CN=keshirim test expired", "-out", "expired.csr"][..], &key[..]].concat());
        let dates = ["-startdate", "20000101000000Z", "-enddate", "20010101000000Z"];
        let files = ["-cert", "ca.pem", "-keyfile", "ca.key", "-in", "expired.csr", "-out", "expired.pem", "-notext"];
        openssl(&[&["ca", "-batch", "-config", "ca.cnf"][..], &dates[..], &files[..]].concat());
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }
}

/// aiosmtpd under TLS; what it took comes as JSON lines.
pub(crate) struct TlsServer {
    pub(crate) port: u16,
    told: BufReader<ChildStdout>,
    /// Dropped with this, and the server ends.
    _stdin: ChildStdin,
    _server: Server,
}

impl TlsServer {
    pub(crate) fn start(mode: &str, certificates: &Certificates, name: &str, client_ca: Option<&str>) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/smtp_tls_server.py").to_owned();
        let path = |name: &str| certificates.path(name).display().to_string();
        let mut arguments = vec![script, mode.to_owned(), path(&format!("{name}.pem")), path(&format!("{name}.key"))];
        arguments.extend(client_ca.map(path));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let remedy = "apt-get install python3-aiosmtpd";
        let mut server = start(PYTHON, &arguments, remedy);
        let (stdin, stdout) = (server.0.stdin.take().unwrap(), server.0.stdout.take().unwrap());
        let mut this = Self { port: 0, told: BufReader::new(stdout), _stdin: stdin, _server: server };
        let port = this.next().unwrap_or_else(|| panic!("the TLS server did not start; this test needs: {remedy}"));
        this.port = port["port"].as_u64().unwrap().try_into().unwrap();
        this
    }

    /// What the server says next; none at its end.
    pub(crate) fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        serde_json::from_str(&line).ok()
    }
}
