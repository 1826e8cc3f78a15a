//! Counters of accepted and refused credentials.

/// How often the site has accepted or refused a credential since it started. Returned by [`StandIn::counts`].
///
/// [`StandIn::counts`]: crate::StandIn::counts
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Sign-ins with a name and a password that a token endpoint accepted.
    pub sign_ins: usize,
    /// Sign-ins with a wrong name or password at a token endpoint, which a security plugin counts as failed
    /// logins. Requests that were refused before the password was checked are not included.
    pub failed_sign_ins: usize,
    /// Access tokens that were issued for a refresh token or for an older access token.
    pub renewals: usize,
    /// Renewals that were refused, with a refresh token or an access token.
    pub failed_renewals: usize,
    /// Requests with a token that the plugin did not accept, whether refused or served as anonymous requests.
    pub refused_tokens: usize,
    /// Requests with a wrong application password.
    pub refused_app_passwords: usize,
    /// Requests whose API key, client secret or `Basic` account password miniOrange's plugin refused.
    pub refused_keys: usize,
}
