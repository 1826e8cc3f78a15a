//! What happened to the credentials that were sent.

/// How often the site accepted or refused a credential since it started; read by [`StandIn::counts`].
///
/// [`StandIn::counts`]: crate::StandIn::counts
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// A name and a password that a token endpoint accepted.
    pub sign_ins: usize,
    /// A name and a password that a token endpoint refused as wrong: what a security plugin counts as a failed login.
    /// Requests that were refused before the password was looked at are not among them.
    pub failed_sign_ins: usize,
    /// An access token that was given out for a refresh token, or for an older access token.
    pub renewals: usize,
    /// A refresh token, or an access token to be renewed, that was refused.
    pub failed_renewals: usize,
    /// A request with a token that the plugin did not accept, whether it was refused or served as a stranger's.
    pub refused_tokens: usize,
    /// A request with a wrong application password.
    pub refused_app_passwords: usize,
    /// A request whose API key, client secret or `Basic` account password miniOrange's plugin refused.
    pub refused_keys: usize,
}
