//! The contract of a token provider.

use std::fmt::Debug;

use wp_core::{ApiError, Site, async_trait};

use crate::{AuthError, AuthErrorKind, Token};

/// Obtains a token for a site, and reads that site's refusals.
///
/// An [`Identity`](crate::Identity) calls it only when it has to, and never twice at a time, so a
/// provider keeps no state and takes no lock.
///
/// ```
/// use wp_auth::{AuthError, Credential, Token, TokenProvider};
/// use wp_core::{Site, async_trait};
///
/// /// A token that another program keeps in a file.
/// #[derive(Debug)]
/// struct FromFile(std::path::PathBuf);
///
/// #[async_trait]
/// impl TokenProvider for FromFile {
///     async fn obtain(&self, site: &Site, _: Option<&Token>) -> Result<Token, AuthError> {
///         let text = std::fs::read_to_string(&self.0)
///             .map_err(|error| AuthError::new(wp_auth::AuthErrorKind::SignInRequired, error.to_string()))?;
///         let token = Token::permanent(Credential::bearer(&text.trim().into())?);
///         Ok(token.expires_after(site.clock().now(), std::time::Duration::from_secs(60)))
///     }
/// }
/// ```
#[async_trait]
pub trait TokenProvider: Debug + Send + Sync + 'static {
    /// Obtains a token: signs in, or renews `previous`, the last one, which expired, is about to, or
    /// was refused.
    ///
    /// # Errors
    /// Why there is none; every task that waits gets it.
    async fn obtain(&self, site: &Site, previous: Option<&Token>) -> Result<Token, AuthError>;

    /// What an error that the API answered says of the credential that the request carried.
    fn verdict(&self, error: &ApiError) -> Verdict {
        let _ = error;
        Verdict::Unrelated
    }

    /// Asks the site whether `token` is good.
    ///
    /// # Errors
    /// Why it is not; [`AuthErrorKind::Unsupported`] where the site cannot be asked.
    async fn validate(&self, site: &Site, token: &Token) -> Result<(), AuthError> {
        let _ = (site, token);
        Err(AuthError::new(
            AuthErrorKind::Unsupported,
            "this scheme has no way to ask whether a token is good",
        ))
    }
}

/// What an error says of the credential that the request carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing: the user may not do this, or the request is wrong.
    Unrelated,
    /// The token has expired, or is not accepted for another reason that a new one may end.
    Refused,
    /// The credential did not arrive: a server on the way drops the header.
    HeaderLost,
    /// The plugin is not set up, so no token can work.
    Misconfigured,
}
