//! A refusal that a test defines.

/// A refusal by `wp_authenticate`, as security plugins cause it: a lock-out, a second factor, a captcha.
///
/// The token plugin reports it in its own format: `JwtAuth` with the code `[jwt_auth] too_many_retries` and 403,
/// `ApiBearerAuth` with 500, `UsefulTeam` in its envelope with 401. `MiniOrange` and `SimpleJwtLogin` have only
/// one error for a refused sign-in. On a site that has had an application password, WordPress itself may replace
/// an early error of a security plugin with `incorrect_password`; this type is the final result.
///
/// ```
/// use wp_testkit::Refusal;
///
/// let locked = Refusal::new("too_many_retries", "Too many failed login attempts.");
/// let limited = locked.status(429).header("Retry-After", "1200");
/// ```
///
/// ```
/// use wp_testkit::Refusal;
///
/// let refusal = Refusal::new("too_many_retries", "Locked for 20 minutes.").status(403).header("retry-after", "1200");
/// # let _ = refusal;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) status: Option<u16>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal with the plugin's status and no additional header.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status: None, headers: Vec::new() }
    }

    /// Replaces the plugin's status, also in the body if it is repeated there.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds a header to the response, such as `Retry-After`.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
