//! HTTP: the [`Transport`]s of the WordPress SDK, and the decorators that harden any transport.
//!
//! | feature | what it adds |
//! |---|---|
//! | `reqwest` | `ReqwestTransport` |
//! | `hyper` | `HyperTransport`: fewer crates, no `url` |
//! | `rustls` | https for whichever of the two is on |
//! | `http2` | HTTP/2, where a server chooses it over TLS |
//! | `proxy` | all requests through a proxy |
//! | `gzip` | `Decompress`: gzip and deflate, and both in the [`Stack`] |
//! | `idn` | redirects to hosts in other scripts than ASCII |
//! | `tracing` | `Trace`, and spans in the [`Stack`] |
//! | `conformance` | [`conformance`]: tests for any transport, including your own |
//! | `tokio` | `TokioClock`; the adapters turn it on |
//!
//! No feature is on by default. An adapter performs one bare exchange, and the [`Stack`] adds all protections around it.
//! Each decorator can be used alone. Both adapters send the same bytes and return the same error kind for the same
//! failure.
//!
//! ```
//! # #[cfg(feature = "hyper")]
//! # fn main() -> Result<(), wp_core::TransportError> {
//! use std::sync::Arc;
//! use wp_http::{HyperTransport, RetryPolicy, Stack, TokioClock};
//!
//! let transport = Stack::new(HyperTransport::new()?, Arc::new(TokioClock))
//!     .max_body(8 << 20)
//!     .retry(RetryPolicy::default().attempts(6));
//! # drop(transport);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "hyper"))]
//! # fn main() {}
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "conformance")]
pub mod conformance;

// Modules that only an adapter needs.
#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod classify;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod framing;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod options;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod outgoing;
#[cfg(all(feature = "proxy", any(feature = "reqwest", feature = "hyper")))]
mod proxy;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod renewable;
#[cfg(all(feature = "rustls", any(feature = "reqwest", feature = "hyper")))]
mod tls;

// The adapters.
#[cfg(feature = "tokio")]
mod clock;
#[cfg(feature = "hyper")]
mod connector;
#[cfg(feature = "hyper")]
mod hyper;
#[cfg(feature = "reqwest")]
mod reqwest;

// The decorators, outermost first, and all of them at once.
mod body_cap;
#[cfg(feature = "gzip")]
mod decompress;
mod encoding;
mod exposure_guard;
mod incoming;
mod limit;
mod location;
mod method_override;
mod redirect;
mod retry;
mod stack;
mod timeout;
#[cfg(feature = "tracing")]
mod trace;
#[cfg(feature = "gzip")]
mod unpack;

pub use body_cap::BodyCap;
pub use exposure_guard::ExposureGuard;
pub use limit::{Limit, Limits};
pub use method_override::MethodOverride;
pub use redirect::Redirect;
pub use retry::{Retry, RetryPolicy};
pub use stack::{SingleAttempt, Stack};
pub use timeout::Timeout;
pub use wp_core::{
    Admission, Attempts, Body, Clock, GiveUpReason, SharedLimit, Transport, TransportError,
    TransportErrorKind,
};

#[cfg(feature = "hyper")]
pub use crate::hyper::HyperTransport;
#[cfg(feature = "reqwest")]
pub use crate::reqwest::ReqwestTransport;
#[cfg(feature = "tokio")]
pub use clock::TokioClock;
#[cfg(feature = "gzip")]
pub use decompress::Decompress;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
pub use framing::check_framing;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
pub use options::ConnectOptions;
#[cfg(feature = "tracing")]
pub use trace::Trace;

/// The README's program compiles.
#[cfg(all(doctest, feature = "hyper"))]
#[doc = include_str!("../README.md")]
struct Readme;
