//! What the handlers of a web back end call to sign visitors in with their WordPress accounts.

use std::time::SystemTime;

use wp_client::{ApiKey, Client, JwtAuth, SecretString};

/// What the back end gives the browser, in a cookie that scripts cannot read.
pub struct Session {
    pub token: SecretString,
    pub expires: Option<SystemTime>,
    pub name: String,
}

/// Signs a visitor in. `wp` is one client for all of them, so that they share its connections.
pub async fn log_in(wp: &Client, login: &str, password: &str) -> wp_client::Result<Session> {
    let visitor = wp.with_auth(JwtAuth::new(login, password));
    // Always asks the site: nothing that is stored or cached is taken for a password.
    let token = visitor.sign_in().await?;
    let user = visitor.verify().await?;
    Ok(Session {
        token: token.secret().cloned().unwrap_or_default(),
        expires: token.expires_at(),
        name: user.name,
    })
}

/// Whose the token of a later request is. `validate` has the plugin say that it signed the token and that it has not
/// expired. `verify` has WordPress say whose it is: the user may be deleted by now. A plain `users().me()` would not do: a
/// cache in front of the site may serve that of another user.
pub async fn who_is(wp: &Client, token: &str) -> wp_client::Result<String> {
    wp.validate(token).await?;
    Ok(wp.with_auth(ApiKey::bearer(token)).verify().await?.name)
}

/// A client of the site whose users sign in. It has no account of its own: its identity only says how the site's tokens
/// are checked.
pub fn client(builder: wp_client::ClientBuilder) -> wp_client::Result<Client> {
    builder.auth(JwtAuth::without_password()).build()
}
