//! A web back end whose visitors log in with their WordPress accounts.
//!
//! `cargo run --example login_backend` plays both sides against a stand-in, without a web framework: `log_in` and
//! `who_is` in `back_end.rs` are the functions that its handlers would call.

mod back_end;

use std::error::Error;
use std::time::SystemTime;

use wp_client::{AuthErrorKind, Client, ExposeSecret};
use wp_testkit::{CacheKey, StandIn};

use back_end::{client, log_in, who_is};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Runs behind a cache that looks only at the URL.
    let site = StandIn::builder().cache(CacheKey::Path).start().await;
    println!("A stand-in for WordPress at {}", site.url());
    let wp = client(Client::builder(site.url()))?;

    let session = log_in(&wp, "author", "password").await?;
    let expires = session.expires.and_then(|end| end.duration_since(SystemTime::now()).ok());
    let hours = expires.map_or(0, |left| left.as_secs().div_ceil(3600));
    println!("the right password: {}, for {hours} hours", session.name);

    match log_in(&wp, "author", "guessed").await {
        // Not `is_unauthorized`: a server that drops the header refuses the right password, too.
        Err(error) if error.auth_kind() == Some(AuthErrorKind::WrongCredentials) => {
            println!("a wrong password:   {error}");
        }
        Err(error) => return Err(error.into()), // the site is down; do not report a wrong password
        Ok(_) => return Err("a wrong password was accepted".into()),
    }

    let cookie = session.token.expose_secret();
    println!("a browser's token:  {}", who_is(&wp, cookie).await?);

    let (signed, signature) = cookie.rsplit_once('.').ok_or("the token is not a JWT")?;
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
