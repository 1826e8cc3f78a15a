//! The login of a web back end: its visitors sign in with their WordPress accounts.
//!
//! `cargo run --example login_backend` plays both sides against a stand-in. There is no web framework in
//! it: `log_in` and `who_is` are what its handlers would call.

use std::error::Error;
use std::time::SystemTime;

use wp_client::{ApiKey, Client, ExposeSecret, JwtAuth, SecretString};
use wp_testkit::StandIn;

/// What the back end gives the browser, in a cookie that scripts cannot read.
struct Session {
    token: SecretString,
    expires: Option<SystemTime>,
    name: String,
}

/// Signs a visitor in. One pool of connections serves them all.
async fn log_in(wp: &Client, login: &str, password: &str) -> wp_client::Result<Session> {
    let token = wp.with_auth(JwtAuth::new(login, password)).sign_in().await?;
    let profile = token.profile().cloned().unwrap_or_default();
    Ok(Session {
        token: token.secret().cloned().unwrap_or_default(),
        expires: token.expires_at(),
        name: profile.display_name.unwrap_or_else(|| login.to_owned()),
    })
}

/// Whose the token of a later request is. `validate` proves that the site signed it and that it has not
/// run out; only the second question finds out that its user was deleted meanwhile.
async fn who_is(wp: &Client, token: &str) -> wp_client::Result<String> {
    wp.validate(token).await?;
    Ok(wp.users().me().auth(ApiKey::bearer(token)).await?.name)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let site = StandIn::start().await;
    println!("A stand-in for WordPress at {}", site.url());
    // The account of the back end itself. It says how this site's tokens are checked, and never signs in.
    let wp = Client::builder(site.url()).auth(JwtAuth::new("back-end", "")).build()?;

    let session = log_in(&wp, "author", "password").await?;
    let expires = session.expires.and_then(|end| end.duration_since(SystemTime::now()).ok());
    let hours = expires.map_or(0, |left| left.as_secs().div_ceil(3600));
    println!("the right password: {}, for {hours} hours", session.name);

    match log_in(&wp, "author", "guessed").await {
        Err(error) if error.is_unauthorized() => println!("a wrong password:   {error}"),
        Err(error) => return Err(error.into()), // the site is down: say so, and not "wrong password"
        Ok(_) => return Err("a wrong password was taken".into()),
    }

    let cookie = session.token.expose_secret();
    println!("a browser's token:  {}", who_is(&wp, cookie).await?);

    let (signed, signature) = cookie.rsplit_once('.').ok_or("the token is no JWT")?;
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    match who_is(&wp, &forged).await {
        Err(error) if error.is_unauthorized() => println!("a forged token:     {error}"),
        Err(error) => return Err(error.into()),
        Ok(name) => return Err(format!("a forged token was taken for {name}").into()),
    }

    site.remove_user("author");
    match who_is(&wp, cookie).await {
        Err(error) if error.is_unauthorized() => println!("a deleted user's:   {error}"),
        Err(error) => return Err(error.into()),
        Ok(name) => return Err(format!("a deleted user was taken for {name}").into()),
    }
    Ok(())
}
