//! A client for the WordPress REST API: sign in with a token, publish, list.
//!
//! ```no_run
//! # async fn run() -> Result<(), wp_client::Error> {
//! use wp_client::models::{NewPost, PostStatus};
//! use wp_client::{Client, JwtAuth};
//!
//! let wp = Client::builder("https://example.org").auth(JwtAuth::new("ana", "password")).build()?;
//! println!("Hello {}", wp.users().me().await?.name);
//!
//! let post = wp.posts().create(NewPost::titled("Hello").status(PostStatus::Draft)).await?;
//! wp.posts().trash(post.id).await?;
//!
//! let mut posts = wp.posts().list().stream();
//! while let Some(post) = posts.try_next().await? {
//!     println!("{}", post.title.rendered);
//! }
//!
//! // Any other route.
//! let stats = wp.get("/my-plugin/v1/stats").query("year", 2026).await?;
//! # let _: serde_json::Value = stats; Ok(()) }
//! ```
//!
//! | feature | what it adds |
//! |---|---|
//! | `reqwest` (default) | the transport on reqwest, and tokio's clock |
//! | `hyper` | the transport on hyper: fewer crates; the default one where `reqwest` is off |
//! | `rustls` (default) | https for either, with the certificates that the system trusts |
//! | `gzip` (default) | compressed responses |
//! | `idn` (default) | hosts in other scripts than ASCII: `müller.example` |
//! | `file-store` | tokens in files that several processes of one machine share: `FileStore` |
//! | `file` | uploads from files on disk, and downloads into them, with tokio |
//! | `http2` | HTTP/2, where a server chooses it over TLS |
//! | `jiff` | times convert from and to the types of `jiff` |
//! | `proxy` | all requests through a proxy |
//! | `simd` | responses are read with vector instructions: a fifth fewer instructions for a list of posts |
//! | `tracing` | a span for each exchange: method, route, status, attempt, duration |
//!
//! Set a proxy or private certificates with `ConnectOptions` and `ClientBuilder::connect_options`. For other settings,
//! pass an HTTP client that you configured: `builder.transport(ReqwestTransport::from(client))`.
//!
//! [`Client::discover`] finds a site's API from any address that a user types.
//!
//! An [`Error`] names the request and the code that WordPress sent, shows its sources with `{:#}`, and has a
//! [`hint`](Error::hint). [`Client::verify`] checks that the site accepts the credential.
//!
//! | layer | crate | useful alone for |
//! |---|---|---|
//! | this facade | `wp-client` | a program that talks to a site |
//! | authentication | [`wp_auth`] | keeping a token valid for another HTTP client |
//! | HTTP | [`wp_http`] | a hardened transport |
//! | the API | [`wp_core`] | decoding errors and models |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod access;
mod application_passwords;
mod authorize;
mod batch;
mod builder;
mod call;
mod client;
mod collection;
mod connect;
mod diagnose;
mod discover;
mod download;
mod error;
#[cfg(feature = "file")]
mod file;
mod find_or_create;
mod header;
mod list;
mod media_file;
#[cfg(feature = "file")]
mod media_type;
mod progress;
mod read;
mod reply;
mod request;
mod resources;
mod session;
mod single;
mod upload;
mod verify;

pub use application_passwords::{ApplicationPasswords, CreatedAppPassword, RevokedAll, UserRef};
pub use authorize::{Approved, AuthorizeBuilder, AuthorizeCallback, AuthorizeRequest};
pub use batch::{BatchOf, Batched};
pub use builder::ClientBuilder;
pub use call::Call;
pub use client::Client;
pub use collection::{Collection, Deleted};
pub use connect::{Connection, Tried};
pub use diagnose::{Cause, Check, Report, Step, Verdict};
pub use discover::{Discovery, DiscoveryBuilder, FoundBy, Mismatch};
pub use download::{Chunks, Download, DownloadPoint};
pub use error::authorize_error::{AuthorizeError, AuthorizeErrorKind};
pub use error::discovery_error::{DiscoveryError, DiscoveryErrorKind};
pub use error::edit_conflict::EditConflict;
pub use error::list_position::ListPosition;
pub use error::probe::Probe;
pub use error::query_ignored::QueryIgnored;
pub use error::upload_refusal::{UploadRefusal, UploadRefusalKind};
pub use error::{Error, ErrorKind};
#[cfg(feature = "file")]
pub use file::file;
pub use find_or_create::{Ensured, FindOrCreate};
pub use list::{
    Change, Changes, Checkpoint, Cursor, Items, List, ListWarning, Order, Page, Pages, SyncWarning,
};
pub use media_file::MediaFile;
pub use progress::Progress;
pub use read::lenient::ItemError;
pub use read::saved::{Difference, Saved};
pub use read::with::With;
pub use reply::Reply;
pub use request::{ReplyRequest, Request};
pub use resources::site_health::SiteHealth;
pub use single::Single;
pub use upload::{Upload, UploadOnce, Uploaded, Uploads};

#[cfg(feature = "file-store")]
pub use wp_auth::FileStore;
pub use wp_auth::{
    ApiBearerAuth, ApiKey, AuthErrorKind, Basic, ConsumerKey, Credential, ExposeSecret, Identity,
    IdentityBuilder, JwtAuth, Login, MemoryStore, MiniOrangeJwt, Plugin, PluginLogin, SavedToken, Scheme,
    SchemeKind, SecondFactor, SecretString, SimpleJwtLogin, Token, TokenProvider, TokenStore, UsefulTeamJwt,
};
pub use wp_core::extensions::Retryable;
pub use wp_core::{
    Admission, Attempts, Body, Clock, GiveUpReason, GmtTime, Multipart, SharedLimit, SiteTime, Transport,
    TransportError, TransportErrorKind, async_trait,
};
pub use wp_core::{ApiError, ErrorCode, Id, Totals, models, php};
pub use wp_core::{
    Autosaves, BatchKind, Context, Create, Delete, Edit, Get, Key, Listed, Modified, ModifiedAfter, Name,
    NaturalKey, Nested, Paged, PostType, Protected, Resource, Revisions, Rooted, Singleton, Trash, Update,
    View, filters,
};

#[cfg(any(feature = "reqwest", feature = "hyper"))]
pub use wp_http::ConnectOptions;
pub use wp_http::{Limits, RetryPolicy};

#[doc(no_inline)]
pub use {http, wp_auth, wp_core, wp_http};

/// The result of a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The READMEs' programs compile.
#[cfg(all(doctest, feature = "hyper", feature = "file-store", feature = "file"))]
#[doc = include_str!("../../../README.md")]
#[doc = include_str!("../README.md")]
struct Readme;
