//! Diagnoses why a site does not work as expected.
//!
//! ```sh
//! cargo run --example doctor                      # a stand-in, healthy and with a header that gets lost
//! WP_URL=https://example.org WP_AUTH=jwt WP_USER=ana WP_PASSWORD=… cargo run --example doctor
//! ```
//!
//! | variable | meaning |
//! |---|---|
//! | `WP_AUTH` | `jwt` (the default), `bearer`, `mini-orange`, `useful-team`, `simple-jwt`, `account-password`, `app-password`, `api-key` |
//! | `WP_USER`, `WP_PASSWORD` | the account; for `api-key`, the password is the key or a token |
//! | `WP_API_ROOT` | the URL of the API, if it is not at `/wp-json/` |
//! | `WP_APP_PASSWORD` | an application password of the account, for comparison |
//! | `WP_HOST_USER`, `WP_HOST_PASSWORD` | the host's own user and password (HTTP Basic in front of the site) |
//! | `WP_TOKEN_HEADER` | the header for the token, if the host's own password occupies `Authorization` |
//! | `WP_ALLOW_PLAIN_HTTP` | allows sending the credential unencrypted |
//!
//! Exit code: 0 if the site is in order, 2 if it found a problem, 1 if it could not check the site.

use std::env::var;
use std::error::Error;
use std::process::ExitCode;

use wp_client::{
    ApiBearerAuth, ApiKey, Basic, Cause, Client, Credential, Identity, JwtAuth, MiniOrangeJwt,
    SimpleJwtLogin, TokenProvider, UsefulTeamJwt,
};
use wp_testkit::StandIn;

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
    let (user, password) = (var("WP_USER").unwrap_or_default(), var("WP_PASSWORD").unwrap_or_default());
    let identity = match var("WP_AUTH").as_deref().unwrap_or("jwt") {
        "jwt" => sent(JwtAuth::new(&user, password)),
        "bearer" => sent(ApiBearerAuth::new(&user, password)),
        "mini-orange" => sent(MiniOrangeJwt::new(&user, password)),
        "useful-team" => sent(UsefulTeamJwt::new(&user, password)),
        "simple-jwt" => sent(SimpleJwtLogin::new(&user, password)),
        "account-password" => sent(Basic::account_password(&user, password)),
        "app-password" => sent(Basic::application_password(&user, password)),
        "api-key" => sent(ApiKey::bearer(password)),
        other => {
            let known =
                "jwt, bearer, mini-orange, useful-team, simple-jwt, account-password, app-password, api-key";
            return Err(format!("WP_AUTH is {other}; it may be {known}").into());
        }
    };
    let mut builder = Client::builder(url).auth(identity);
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
    let report = match var("WP_APP_PASSWORD") {
        Ok(password) => wp.diagnose_against(sent(Basic::application_password(user, password))).await,
        Err(_) => wp.diagnose().await,
    };
    println!("{report}");
    Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Moves the token to the configured header.
fn sent(provider: impl TokenProvider) -> Identity {
    let identity = Identity::builder(provider);
    match var("WP_TOKEN_HEADER") {
        Ok(header) => identity.in_header(header).build(),
        Err(_) => identity.build(),
    }
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
