//! Diagnoses why a site does not work as expected.
//!
//! ```sh
//! cargo run --example doctor                      # a stand-in, healthy and with a header that gets lost
//! WP_URL=https://example.org WP_AUTH=jwt WP_USER=ana WP_PASSWORD=… cargo run --example doctor
//! ```
//!
//! | variable | meaning |
//! |---|---|
//! | `WP_AUTH` | how to sign in: see `sign_in.rs`; default: `app-password` |
//! | `WP_USER`, `WP_PASSWORD` | the account, or what `WP_AUTH` says |
//! | `WP_API_ROOT` | the URL of the API, if it is not at `/wp-json/` |
//! | `WP_APP_PASSWORD` | an application password of the account: the credential by default, and else for comparison |
//! | `WP_HOST_USER`, `WP_HOST_PASSWORD` | the host's own user and password (HTTP Basic in front of the site) |
//! | `WP_TOKEN_HEADER` | the header for the token, if the host's own password occupies `Authorization` |
//! | `WP_CA` | a file with the certificate of a private authority, as PEM |
//! | `WP_ALLOW_PLAIN_HTTP` | allows sending the credential unencrypted |
//!
//! Exit code: 0 if the site is in order, 2 if it found a problem, 1 if it could not check the site.

#[path = "sign_in.rs"]
mod sign_in;

use std::env::var;
use std::error::Error;
use std::process::ExitCode;

use wp_client::{Cause, Client, Credential, JwtAuth};
use wp_testkit::StandIn;

use sign_in::Scheme;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match var("WP_URL") {
        Ok(url) => examine(&url).await,
        Err(_) => demonstrate().await,
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("could not look: {error}");
        ExitCode::FAILURE
    })
}

async fn examine(url: &str) -> Result<ExitCode> {
    let scheme = Scheme::from_env(sign_in::DEFAULT)?;
    let identity = scheme.identity(None, None)?;
    let mut builder = Client::builder(url).auth(identity).connect_options(sign_in::trusting(None)?);
    if let (Ok(user), Ok(password)) = (var("WP_HOST_USER"), var("WP_HOST_PASSWORD")) {
        builder = builder.host_password(&Credential::basic(&user, &password.into())?);
    }
    if let Ok(root) = var("WP_API_ROOT") {
        builder = builder.api_root(&root);
    }
    if var("WP_ALLOW_PLAIN_HTTP").is_ok() {
        builder = builder.allow_plain_http();
    }
    let wp = builder.build()?;
    let compares = scheme != Scheme::AppPassword && var("WP_APP_PASSWORD").is_ok();
    let report = if compares {
        wp.diagnose_against(Scheme::AppPassword.identity(None, None)?).await
    } else {
        wp.diagnose().await
    };
    println!("{report}");
    Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

async fn demonstrate() -> Result<ExitCode> {
    for (strip, expected) in [(false, None), (true, Some(Cause::HeaderLost))] {
        let site = StandIn::builder().strip_authorization(strip).start().await;
        println!(
            "\nA stand-in at {}{}\n",
            site.url(),
            if strip { ", whose server drops a header" } else { "" }
        );
        let wp = Client::builder(site.url()).auth(JwtAuth::new("editor", "password")).build()?;
        let report = wp.diagnose().await;
        println!("{report}");
        if report.cause() != expected {
            return Err(format!("it found {:?}, and not {expected:?}", report.cause()).into());
        }
    }
    Ok(ExitCode::SUCCESS)
}
