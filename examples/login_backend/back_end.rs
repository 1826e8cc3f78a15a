//! The functions that the handlers of a web back end call to log visitors in with their WordPress accounts.

use std::time::SystemTime;

use wp_client::{ApiKey, Client, JwtAuth, SecretString};

/// The session that the back end stores in an `HttpOnly` cookie of the browser.
pub struct Session {
    pub token: SecretString,
    pub expires: Option<SystemTime>,
    pub name: String,
}

/// Logs a visitor in. `wp` is one client for all visitors, so that they share its connections.
pub async fn log_in(wp: &Client, login: &str, password: &str) -> wp_client::Result<Session> {
    let visitor = wp.with_auth(JwtAuth::new(login, password));
    // `sign_in` always asks the site. A stored or cached token does not replace the password.
    let token = visitor.sign_in().await?;
    let user = visitor.verify().await?;
    Ok(Session {
        token: token.secret().cloned().unwrap_or_default(),
        expires: token.expires_at(),
        name: user.name,
    })
}

/// Returns the user of the token in a later request. `validate` has the plugin check the signature and the
/// expiry. `verify` has WordPress return the user, who may have been deleted meanwhile. A plain `users().me()` is
/// not enough: a cache in front of the site may return another user's response.
pub async fn who_is(wp: &Client, token: &str) -> wp_client::Result<String> {
    wp.validate(token).await?;
    Ok(wp.with_auth(ApiKey::bearer(token)).verify().await?.name)
}

/// A client for the site whose users log in. It has no account of its own: its identity only defines how the
/// site's tokens are checked.
pub fn client(builder: wp_client::ClientBuilder) -> wp_client::Result<Client> {
    builder.auth(JwtAuth::without_password()).build()
}
