//! TLS: which servers are trusted, and client certificates.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use wp_http::TransportErrorKind::{Certificate, Setup, Tls};
use wp_http::conformance::{Server, response};
use wp_http::{ConnectOptions, HyperTransport, ReqwestTransport, TransportError};

use crate::{connecting, get, post, soon};

/// An authority, which signs certificates.
pub(crate) struct Authority {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        let name = format!("Authority {}", NUMBER.fetch_add(1, SeqCst));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A chain and its key, in PEM, for these names.
    fn certificate(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    /// What a server says of itself, and whom it lets in.
    pub(crate) fn server(
        &self,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
        clients: bool,
    ) -> ServerConfig {
        let (chain, key) = self.certificate(names, change);
        let chain = vec![CertificateDer::from_pem_slice(chain.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = if clients {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        builder.with_single_cert(chain, key).unwrap()
    }
}

/// Responds one request on each connection, over TLS.
pub(crate) fn serve(config: ServerConfig) -> Server {
    let config = Arc::new(config);
    Server::start(move |conn| {
        let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(tls, conn.stream.try_clone().unwrap());
        let mut piece = [0; 4096];
        if stream.read(&mut piece).is_ok_and(|size| size > 0) {
            stream.write_all(&response("200 OK\r\nconnection: close", "[]")).unwrap();
            stream.conn.send_close_notify();
            let _ = stream.flush();
        } else {
            // The alert, and then the end: unread bytes would turn it into a reset, which drops the alert.
            let _ = stream.conn.write_tls(&mut stream.sock);
            let _ = stream.sock.shutdown(std::net::Shutdown::Write);
            while stream.sock.read(&mut piece).is_ok_and(|size| size > 0) {}
        }
    })
    .unwrap()
}

fn at(server: &Server, host: &str) -> String {
    format!("https://{host}:{}/?password=secret", server.address().port())
}

/// What becomes of a GET over each adapter.
async fn outcomes(options: &ConnectOptions, url: &str) -> Vec<Result<String, TransportError>> {
    let mut outcomes = Vec::new();
    for (_, transport) in connecting(options) {
        for request in [get(url), post(url)] {
            outcomes.push(match soon(transport.send(request)).await {
                Ok(response) => {
                    let body = soon(response.into_body().collect(9)).await;
                    body.map(|body| String::from_utf8(body.to_vec()).unwrap())
                }
                Err(error) => Err(error),
            });
        }
    }
    outcomes
}

async fn works(options: &ConnectOptions, url: &str) {
    for outcome in outcomes(options, url).await {
        assert_eq!(outcome.unwrap(), "[]", "{url}");
    }
}

async fn fails(options: &ConnectOptions, url: &str, kind: wp_http::TransportErrorKind, words: &str) {
    for outcome in outcomes(options, url).await {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(!error.may_have_been_sent() && !error.is_transient(), "{error:?}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(words) && !text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn custom_root_certificate_is_trusted() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let server = serve(ours.server(&["127.0.0.1", "localhost"], |_| (), false));
    let url = at(&server, "127.0.0.1");
    let default = ConnectOptions::default();
    fails(&default, &url, Certificate, "an authority that is not trusted").await;
    fails(&default.clone().root_certificates(&*theirs.pem), &url, Certificate, "not trusted").await;
    works(&default.clone().root_certificates(&*ours.pem), &url).await;
    works(&default.clone().root_certificates(&*ours.pem), &at(&server, "localhost")).await;
    works(&default.clone().root_certificates(&*theirs.pem).root_certificates(&*ours.pem), &url).await;
    works(&default.root_certificates(format!("{}\n{}", theirs.pem, ours.pem)), &url).await;
}

#[tokio::test]
async fn certificate_with_wrong_name_validity_or_usage_is_rejected() {
    let ours = Authority::new();
    let trusting = ConnectOptions::default().root_certificates(&*ours.pem);
    let other = serve(ours.server(&["example.org"], |_| (), false));
    fails(&trusting, &at(&other, "127.0.0.1"), Certificate, "it is for another name").await;
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let old = serve(ours.server(&["127.0.0.1"], expired, false));
    fails(&trusting, &at(&old, "127.0.0.1"), Certificate, "it has expired").await;
    let early = |params: &mut CertificateParams| params.not_before = date_time_ymd(2999, 1, 1);
    let young = serve(ours.server(&["127.0.0.1"], early, false));
    fails(&trusting, &at(&young, "127.0.0.1"), Certificate, "not valid yet").await;
    // As plain `openssl req -x509` makes them.
    let authority = |params: &mut CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let itself = serve(ours.server(&["127.0.0.1"], authority, false));
    fails(&trusting, &at(&itself, "127.0.0.1"), Certificate, "it belongs to an authority, not to a server")
        .await;
}

#[tokio::test]
async fn accept_invalid_certificate_applies_to_the_named_host_only() {
    let ours = Authority::new();
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let server = serve(ours.server(&["example.org"], expired, false));
    for (named, works_at, fails_at) in
        [("127.0.0.1", "127.0.0.1", "localhost"), ("LocalHost", "localhost", "127.0.0.1")]
    {
        let options = ConnectOptions::default().danger_accept_invalid_certificate_of(named);
        works(&options, &at(&server, works_at)).await;
        fails(&options, &at(&server, fails_at), Certificate, "").await;
    }
}

#[tokio::test]
async fn client_certificate_is_sent_on_request() {
    let ours = Authority::new();
    let server = serve(ours.server(&["127.0.0.1"], |_| (), true));
    let url = at(&server, "127.0.0.1");
    let trusting = ConnectOptions::default().root_certificates(&*ours.pem);
    let (chain, key) = ours.certificate(&["ana"], |_| ());
    works(&trusting.clone().client_certificate(&*chain, &*key), &url).await;
    // The server says so after the handshake (TLS 1.3), when the request may be on its way.
    for outcome in outcomes(&trusting, &url).await {
        let error = outcome.unwrap_err();
        assert!(error.kind() == Tls && !error.is_transient(), "{error:?}");
    }
}

#[tokio::test]
async fn invalid_tls_options_are_named_and_not_shown() {
    let ours = Authority::new();
    let (chain, key) = ours.certificate(&["ana"], |_| ());
    let (_, other) = ours.certificate(&["ben"], |_| ());
    let default = ConnectOptions::default;
    for (options, words) in [
        (default().root_certificates("hello"), "`root_certificates`: it holds no certificate"),
        (default().root_certificates(&*key), "`root_certificates`: it holds no certificate"),
        (
            default().root_certificates("-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----"),
            "`root_certificates`: it is not valid PEM",
        ),
        (
            default().root_certificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
            "`root_certificates`: an authority",
        ),
        (
            default().danger_accept_invalid_certificate_of("localhost:48102"),
            "`danger_accept_invalid_certificate_of`: \"localhost:48102\" is not a host name",
        ),
        (default().client_certificate(&*chain, "hello"), "`client_certificate`: its key"),
        (default().client_certificate("", &*key), "`client_certificate`: it holds no certificate"),
        (default().client_certificate(&*chain, &*other), "`client_certificate`: the certificate and the key"),
    ] {
        let shown = format!("{options:?}");
        let errors =
            [ReqwestTransport::with(&options).unwrap_err(), HyperTransport::with(&options).unwrap_err()];
        for error in errors {
            assert!(error.kind() == Setup && error.to_string().contains(words), "{error:?}");
            let text = format!("{error:?} {shown}");
            assert!(!text.contains(&key[30..60]) && !text.contains(&other[30..60]), "{text}");
        }
    }
}
