//! A refusal that a test makes up.

/// What `wp_authenticate` refused with, as a security plugin makes it do: a lock-out, a second factor, a captcha.
///
/// The token plugin says it in its way: `JwtAuth` with the code `[jwt_auth] too_many_retries` and 403, `ApiBearerAuth`
/// with 500, `UsefulTeam` in its envelope with 401. `MiniOrange` and `SimpleJwtLogin` have only their one word for a
/// refused sign-in. On a site that has had an application password, WordPress itself may replace what a security plugin
/// said early by `incorrect_password`; this is what comes out in the end.
///
/// ```
/// use wp_testkit::Refusal;
///
/// let locked = Refusal::new("too_many_retries", "Too many failed login attempts.");
/// let limited = locked.status(429).header("Retry-After", "1200");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Refusal {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Refusal {
    /// With the plugin's status and no header of its own.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status: None, headers: Vec::new() }
    }

    /// Another status than the plugin's, in the body too where it says it there.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// A header of the response, such as `Retry-After`.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
