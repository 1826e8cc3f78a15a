//! Why an authorization cannot start, or a callback is invalid.

use std::error::Error;
use std::fmt;

/// Why an authorization cannot start, or its callback is invalid. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizeError {
    kind: AuthorizeErrorKind,
    detail: String,
}

/// The kinds of [`AuthorizeError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthorizeErrorKind {
    /// The site accepts no application passwords, or its API is closed to anonymous requests and does not say.
    NotOffered,
    /// The page that the site names is not its own, or not on https. The user was not sent there.
    Page,
    /// The callback does not contain the state of this request: it belongs to another request, or is forged.
    State,
    /// The password is for another site than the discovered one.
    OtherSite,
    /// A parameter of the callback is missing or there twice.
    Incomplete,
}

impl AuthorizeError {
    fn new(kind: AuthorizeErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    pub(crate) fn not_offered() -> Self {
        Self::new(
            AuthorizeErrorKind::NotOffered,
            "the site names no page where a user could grant a password",
        )
    }

    /// `page` as it can be shown.
    pub(crate) fn page(page: Option<String>, reason: &str) -> Self {
        let page = page.map(|page| format!(", {page},")).unwrap_or_default();
        let detail =
            format!("the page{page} that the site names for granting a password is not usable: {reason}");
        Self::new(AuthorizeErrorKind::Page, detail)
    }

    pub(crate) fn state() -> Self {
        Self::new(AuthorizeErrorKind::State, "the callback does not belong to this request")
    }

    /// `site` as it can be shown.
    pub(crate) fn other_site(site: Option<String>) -> Self {
        let site = site.map(|site| format!(", {site}")).unwrap_or_default();
        Self::new(
            AuthorizeErrorKind::OtherSite,
            format!("the password that came back belongs to another site{site}"),
        )
    }

    pub(crate) fn incomplete<T>(fields: (Option<T>, Option<T>, Option<T>)) -> Self {
        let (site_url, user_login, password) = fields;
        let fields = [("site_url", site_url), ("user_login", user_login), ("password", password)];
        let missing: Vec<_> =
            fields.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
        let detail = format!("the address that came back lacks {}", missing.join(" and "));
        Self::new(AuthorizeErrorKind::Incomplete, detail)
    }

    pub(crate) fn repeated(name: &str) -> Self {
        Self::new(AuthorizeErrorKind::Incomplete, format!("the address that came back has {name} twice"))
    }

    /// The kind of the failure.
    pub fn kind(&self) -> AuthorizeErrorKind {
        self.kind
    }
}

impl fmt::Display for AuthorizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl Error for AuthorizeError {}
