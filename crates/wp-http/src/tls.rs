//! TLS, the same for every adapter.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;
use wp_core::{BoxError, TransportError, TransportErrorKind};

/// The TLS part of [`ConnectOptions`](crate::ConnectOptions).
#[derive(Clone, Default)]
pub(crate) struct Tls {
    /// Authorities, in PEM.
    pub(crate) roots: Vec<Vec<u8>>,
    /// A chain and its key, in PEM.
    pub(crate) client: Option<(Vec<u8>, Vec<u8>)>,
    /// Hosts of which any certificate is taken.
    pub(crate) unproved: Vec<String>,
}

impl Tls {
    /// The configuration of rustls, without ALPN.
    pub(crate) fn config(&self) -> Result<ClientConfig, TransportError> {
        if let Some(host) = self.unproved.iter().find(|host| ServerName::try_from(host.as_str()).is_err()) {
            let why = format!("{host:?} is not a host name or an address without a port");
            return Err(wrong("danger_accept_invalid_certificate_of", &why));
        }
        let mut roots = Vec::new();
        for pem in &self.roots {
            roots.extend(certificates("root_certificates", pem)?);
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let has_no_roots = roots.is_empty();
        let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider)).map_err(|error| {
            let why = if has_no_roots {
                "the system names no authority to trust (Debian: `ca-certificates`); name one"
            } else {
                "an authority is not usable"
            };
            wrong("root_certificates", why).caused_by(error)
        })?;
        let verifier = Arc::new(Except { verifier, unproved: self.unproved.clone() });
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TransportError::new(TransportErrorKind::Setup).caused_by(error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let Some((chain, key)) = &self.client else { return Ok(builder.with_no_client_auth()) };
        let chain = certificates(CLIENT, chain)?;
        // The error may quote the key.
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| wrong(CLIENT, "its key is not a private key in PEM"))?;
        builder.with_client_auth_cert(chain, key).map_err(|error| {
            wrong(CLIENT, "the certificate and the key are not usable together").caused_by(error)
        })
    }
}

const CLIENT: &str = "client_certificate";

fn certificates(option: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err(wrong(option, "it holds no certificate in PEM (the content of a file, not its name)"))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(wrong(option, "it is not valid PEM").caused_by(BoxError::from(error.to_string()))),
    }
}

fn wrong(option: &str, why: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Setup).detail(format!("`{option}`: {why}"))
}

/// Shows how many, and of the hosts which.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("roots", &self.roots.len())
            .field("client", &self.client.is_some())
            .field("unproved", &self.unproved)
            .finish()
    }
}

/// Verifies as the platform does, and accepts any certificate of the named hosts.
#[derive(Debug)]
struct Except {
    verifier: Verifier,
    unproved: Vec<String>,
}

impl ServerCertVerifier for Except {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.unproved.iter().any(|host| name.to_str().eq_ignore_ascii_case(host)) {
            return Ok(ServerCertVerified::assertion());
        }
        self.verifier.verify_server_cert(certificate, intermediates, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
