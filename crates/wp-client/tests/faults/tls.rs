//! TLS that does not come about.

use std::io::Write as _;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use wp_http::conformance::{Conn, Server, response};

use crate::fault::{Around, Fault, fault};

/// One that the clients trust, and one that they do not.
static AUTHORITIES: LazyLock<[(String, Issuer<'static, KeyPair>); 2]> = LazyLock::new(|| {
    ["Trusted", "Unknown"].map(|name| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        (params.self_signed(&key).unwrap().pem(), Issuer::new(params, key))
    })
});

/// In PEM, for the clients.
pub(crate) fn trusted() -> &'static str {
    &AUTHORITIES[0].0
}

/// A server whose certificate is signed by one of the authorities, and changed.
fn certified(authority: usize, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Arc<ServerConfig> {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &AUTHORITIES[authority].1).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap())
}

fn https(server: &Server) -> String {
    server.url().replace("http:", "https:")
}

/// Reads the head of a request over TLS, says this much, and lets the connection go without a word.
fn says(config: &Arc<ServerConfig>, said: Vec<u8>) -> impl Fn(Conn, &Around) + Send + Sync + 'static {
    let config = Arc::clone(config);
    move |conn, _| {
        let mut stream = StreamOwned::new(
            ServerConnection::new(Arc::clone(&config)).unwrap(),
            conn.stream.try_clone().unwrap(),
        );
        let mut piece = [0; 4096];
        if std::io::Read::read(&mut stream, &mut piece).is_ok_and(|size| size > 0) {
            _ = stream.write_all(&said);
            _ = stream.flush();
        }
    }
}

type Serve = dyn Fn(Conn, &Around) + Send + Sync;

#[rustfmt::skip]
pub(crate) fn faults() -> Vec<Fault> {
    let (good, bad) = (certified(0, "127.0.0.1", |_| ()), "Certificate x1");
    let ok = || response("200 OK\r\ncontent-type: application/json", "[]");
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let fault = |name, get, post, serve: Box<Serve>| fault(name, get, post, serve).at(https);
    vec![
        fault("TLS, and all is well", "ok x1", "ok x1", Box::new(says(&good, ok()))),
        fault("a certificate of an unknown authority", bad, bad, Box::new(says(&certified(1, "127.0.0.1", |_| ()), ok()))),
        fault("a certificate for another host", bad, bad, Box::new(says(&certified(0, "example.org", |_| ()), ok()))),
        fault("a certificate that has expired", bad, bad, Box::new(says(&certified(0, "127.0.0.1", expired), ok()))),
        fault("https, and the port speaks http", "Tls x1", "Tls x1", Box::new(|mut conn, _| {
            conn.send("HTTP/1.1 400 Bad Request\r\n\r\n");
            conn.closed();
        })),
        fault("the handshake is broken off", "Tls x1", "Tls x1", Box::new(|mut conn, _| {
            conn.read(16);
            _ = conn.stream.shutdown(std::net::Shutdown::Write);
            conn.closed();
        })),
        fault("the handshake stands still", "Connect x3", "Connect x3", Box::new(|mut conn, _| {
            conn.closed();
        }))
        .connect_timeout(Duration::from_millis(200)),
        fault("the handshake is reset", "Connect x3", "Connect x3", Box::new(|mut conn, _| {
            conn.read(16);
            std::thread::sleep(Duration::from_millis(20));
            conn.reset();
        })),
        fault("TLS ends without a word within the body", "Closed x3", "Closed, in doubt x1", Box::new(says(&good, b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[".to_vec()))),
        // An attacker could have truncated it: without a length, the end is unknown.
        fault("TLS ends without a word after a body without a length", "Closed x3", "Closed, in doubt x1", Box::new(says(&good, b"HTTP/1.1 200 OK\r\n\r\n[]".to_vec()))),
    ]
}
