//! The flow in which a user grants an application password in the browser.

use std::fmt;
use std::hint::black_box;
use std::sync::Arc;

use http::Uri;
use wp_auth::{Basic, SecretString};
use wp_core::discovery::address;
use wp_core::{Query, RequestError};

use crate::{AuthorizeError, ClientBuilder, Discovery, Result};

impl Discovery {
    /// Starts the flow in which the user grants an application password in the browser. `app_name` is the name that the
    /// user sees there and in their list of passwords. [`AuthorizeBuilder`] has an example.
    pub fn authorize(&self, app_name: impl Into<String>) -> AuthorizeBuilder {
        AuthorizeBuilder::new(self.clone(), app_name.into())
    }
}

/// Builds a request for an application password, which the user grants in the browser after signing in to the site. The
/// program never sees the password of the account. Made by [`Discovery::authorize`].
///
/// ```no_run
/// # async fn run(came_back_with: &str) -> Result<(), wp_client::Error> {
/// use wp_client::{AuthorizeCallback, Client};
///
/// let found = Client::discover("example.org").await?;
/// let request = found.authorize("My app").success_url("https://app.example/connected").begin()?;
/// println!("Open {}", request.url());
/// // Later, at https://app.example/connected:
/// if let AuthorizeCallback::Approved(approved) = request.callback(came_back_with)? {
///     approved.client().build()?.verify().await?;
/// }
/// # Ok(()) }
/// ```
///
/// A site cannot direct the flow to another site. The page must be on the host of the discovered site (with or without
/// `www.`), on the same port, and on https or on this machine. The same holds for the site address in the callback,
/// which must also match the index. Only the browser that was sent to the page can return with the
/// [`state`](AuthorizeRequest::state).
///
/// A site whose WordPress is on another host than its API is therefore refused: there, the user copies a password from
/// their profile. Sites in directories of the same host are not separated: they are one origin to a browser, and each
/// could open the page of the other.
#[derive(Clone)]
#[must_use = "it is an address once `begin` was called"]
pub struct AuthorizeBuilder {
    site: Arc<Discovery>,
    app_name: String,
    app_id: Option<String>,
    success_url: Option<String>,
    reject_url: Option<String>,
    state: Option<String>,
}

/// The query parameter that identifies a callback.
const STATE: &str = "state";

impl AuthorizeBuilder {
    pub(crate) fn new(site: Discovery, app_name: String) -> Self {
        Self {
            site: Arc::new(site),
            app_name,
            app_id: None,
            success_url: None,
            reject_url: None,
            state: None,
        }
    }

    /// Sets the id of the program: a UUID, the same for all users.
    pub fn app_id(mut self, uuid: impl Into<String>) -> Self {
        self.app_id = Some(uuid.into());
        self
    }

    /// Sets the URL to which the browser returns with the password, with any scheme: `https://…`, `myapp://…`. A site
    /// that is not local does not accept `http`. The parameter `state` is added to it. Without a URL, WordPress shows
    /// the password to the user, and there is no callback.
    pub fn success_url(mut self, url: impl Into<String>) -> Self {
        self.success_url = Some(url.into());
        self
    }

    /// Sets the URL to which the browser returns if the user rejects the request. Default: the success URL with
    /// `success=false`. The parameter `state` is added to it.
    pub fn reject_url(mut self, url: impl Into<String>) -> Self {
        self.reject_url = Some(url.into());
        self
    }

    /// Sets the [`state`](AuthorizeRequest::state) of an earlier request, to handle its callback in another process.
    /// Store the state in the session of the user's browser, together with the typed address, and read both from
    /// there: a state from any other source proves nothing.
    pub fn state(mut self, saved: impl Into<String>) -> Self {
        self.state = Some(saved.into());
        self
    }

    /// Validates the page and builds the URL to open in the browser. Nothing is sent.
    ///
    /// # Errors
    /// - [`ErrorKind::Authorize`](crate::ErrorKind::Authorize) if the site has no such page, or names a page of another
    ///   site.
    /// - [`ErrorKind::Request`](crate::ErrorKind::Request) for input to which WordPress would respond with an error
    ///   page (an id that is not a UUID, a return URL without a scheme or with a script scheme), for a return URL
    ///   that already has a `state`, and for an invalid saved state.
    pub fn begin(self) -> Result<AuthorizeRequest> {
        let page = self.site.application_passwords().ok_or_else(AuthorizeError::not_offered)?;
        let page = self
            .site
            .places()
            .own_page(page)
            .map_err(|reason| AuthorizeError::page(address(page), reason))?;
        let state = match self.state {
            Some(saved) if is_state(&saved) => saved,
            Some(_) => return Err(wrong(STATE, "it is not the state of an earlier request").into()),
            None => random_state()?,
        };
        let mut query = Query::new();
        query.push("app_name", &self.app_name)?;
        if let Some(id) = &self.app_id {
            if !is_uuid(id) {
                return Err(wrong("app_id", "it must be a UUID").into());
            }
            query.push("app_id", id)?;
        }
        for (name, url) in [("success_url", &self.success_url), ("reject_url", &self.reject_url)] {
            if let Some(url) = url {
                query.push(name, with_state(url, &state).map_err(|reason| wrong(name, reason))?)?;
            }
        }
        Ok(AuthorizeRequest { site: self.site, url: format!("{page}?{query}"), page, state })
    }
}

fn wrong(name: &str, reason: &'static str) -> RequestError {
    RequestError::Query { name: name.to_owned(), reason: reason.into() }
}

fn is_uuid(text: &str) -> bool {
    let groups =
        text.split('-').map(|group| group.bytes().all(|b| b.is_ascii_hexdigit()).then_some(group.len()));
    groups.eq([8, 4, 4, 4, 12].map(Some))
}

/// The number of random bytes in a state.
const STATE_BYTES: usize = 16;

fn random_state() -> Result<String> {
    let mut bytes = [0; STATE_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| RequestError::Build("the system has no random numbers"))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

fn is_state(text: &str) -> bool {
    text.len() == 2 * STATE_BYTES && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The return URL with the state in its query.
fn with_state(url: &str, state: &str) -> Result<String, &'static str> {
    may_come_back_to(url)?;
    let (before, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let query = before.split_once('?').map(|(_, query)| query);
    if query.is_some_and(|query| Query::parse(query).get(STATE).is_some()) {
        return Err("it has a `state` already");
    }
    let joint = match query {
        None => "?",
        Some("") => "",
        Some(_) => "&",
    };
    Ok(format!("{before}{joint}{STATE}={state}{fragment}"))
}

/// The checks that WordPress makes (read in the source of 6.5).
fn may_come_back_to(url: &str) -> Result<(), &'static str> {
    let Some((scheme, rest)) = url.split_once(':') else { return Err("it names no scheme") };
    let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-');
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.bytes().all(letters) {
        return Err("it names no scheme");
    }
    if ["javascript", "data"].iter().any(|script| scheme.eq_ignore_ascii_case(script)) {
        return Err("WordPress redirects to no script");
    }
    let host = rest.strip_prefix("//").unwrap_or_default();
    if host.is_empty() || host.starts_with(['/', '?', '#']) { Err("it names no host") } else { Ok(()) }
}

/// A started authorization: the URL to open in the user's browser, and the data to validate the callback with.
#[derive(Clone)]
pub struct AuthorizeRequest {
    site: Arc<Discovery>,
    page: Uri,
    url: String,
    state: String,
}

impl AuthorizeRequest {
    /// The URL to open in the user's browser: percent-encoded ASCII.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The state that a callback of this request must contain: 32 random hexadecimal digits. If another process handles
    /// the callback, store the state and [continue](AuthorizeBuilder::state) there.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// Parses and validates the URL to which the browser returned, or its query.
    ///
    /// # Errors
    /// [`ErrorKind::Authorize`](crate::ErrorKind::Authorize) if it is not a callback of this request, the password is
    /// for another site, or a parameter is missing. The error contains nothing from the callback except the address
    /// of the other site.
    pub fn callback(&self, url_or_query: &str) -> Result<AuthorizeCallback> {
        let came = Parameters::read(url_or_query);
        let state = came.get(STATE)?.unwrap_or_default();
        if !is_same(&state, &self.state) {
            return Err(AuthorizeError::state().into());
        }
        let [site_url, user_login, password] =
            [came.get("site_url")?, came.get("user_login")?, came.get("password")?];
        let (site_url, user_login, password) = match (site_url, user_login, password) {
            (Some(site_url), Some(user_login), Some(password)) => (site_url, user_login, password),
            (None, None, None) => return Ok(AuthorizeCallback::Rejected),
            fields => return Err(AuthorizeError::incomplete(fields).into()),
        };
        if !self.is_own(&site_url) {
            return Err(AuthorizeError::other_site(address(&site_url)).into());
        }
        // A browser with JavaScript sends the password in groups of four (read in the source).
        let password: String = password.split_ascii_whitespace().collect();
        let (site, password) = (Arc::clone(&self.site), password.into());
        Ok(AuthorizeCallback::Approved(Approved { site, user_login, password }))
    }

    /// Whether `site_url` is the discovered WordPress: on the same host, and the address in its index.
    fn is_own(&self, site_url: &str) -> bool {
        let said = self.site.site().map(|site| site.url.as_str()).filter(|url| !url.is_empty());
        self.site.places().own_page(site_url).is_ok()
            && said.is_none_or(|said| place(said).is_some() && place(said) == place(site_url))
    }
}

/// The host, port and directory of a URL. The scheme that WordPress names depends on that of the request.
fn place(url: &str) -> Option<String> {
    Some(address(url)?.split_once("://")?.1.to_owned())
}

/// Compares in constant time.
fn is_same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| black_box(all | (a ^ b)));
    one.len() == other.len() && differences == 0
}

/// The query of a callback.
struct Parameters(Vec<Query>);

impl Parameters {
    /// WordPress adds `site_url`, `user_login` and `password` to the address of success, and `success=false` when
    /// there was no address of rejection; to one of rejection it adds nothing.
    fn read(url_or_query: &str) -> Self {
        let text = url_or_query.trim();
        // A browser with JavaScript appends the query to the whole URL, after its `#` too (read in the source). Encoded
        // values contain neither `#` nor `?`.
        let query = match text.split_once(['?', '#']) {
            Some((_, rest)) => rest,
            None if text.contains("://") => "",
            None => text,
        };
        Self(query.split(['?', '#', '&']).map(Query::parse).collect())
    }

    /// # Errors
    /// The parameter is there twice, so it is unknown which one WordPress wrote.
    fn get(&self, name: &'static str) -> Result<Option<String>, AuthorizeError> {
        let mut values = self.0.iter().filter_map(|pair| pair.get(name));
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(AuthorizeError::repeated(name)),
            (value, None) => Ok(value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())),
        }
    }
}

/// The outcome of a callback.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AuthorizeCallback {
    /// The user approved.
    Approved(Approved),
    /// The user rejected.
    Rejected,
}

/// An application password that the user granted, for the discovered site.
#[derive(Clone)]
pub struct Approved {
    site: Arc<Discovery>,
    user_login: String,
    password: SecretString,
}

impl Approved {
    /// The user's login.
    pub fn user_login(&self) -> &str {
        &self.user_login
    }

    /// The application password without spaces, to store it. It is valid for this site only.
    pub fn password(&self) -> &SecretString {
        &self.password
    }

    /// The provider for this password.
    pub fn provider(&self) -> Basic {
        Basic::application_password(self.user_login.as_str(), self.password.clone())
    }

    /// Starts a client of the site with this password.
    pub fn client(&self) -> ClientBuilder {
        self.site.client().auth(self.provider())
    }
}

impl fmt::Debug for AuthorizeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizeBuilder")
            .field("site", &self.site.root())
            .field("app_name", &self.app_name)
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

/// Does not show the state.
impl fmt::Debug for AuthorizeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizeRequest")
            .field("site", &self.site.root())
            .field("page", &self.page)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Approved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Approved")
            .field("site", &self.site.root())
            .field("user_login", &self.user_login)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_state_adds_the_state_to_the_query() {
        for (url, expected) in [
            ("https://a.example/cb", "https://a.example/cb?state=S"),
            ("https://a.example/cb?x=1", "https://a.example/cb?x=1&state=S"),
            ("https://a.example/cb?", "https://a.example/cb?state=S"),
            ("https://a.example/?x=1#/cb?state=2", "https://a.example/?x=1&state=S#/cb?state=2"),
            ("https://a.example/#/cb", "https://a.example/?state=S#/cb"),
            ("myapp://connected", "myapp://connected?state=S"),
        ] {
            assert_eq!(with_state(url, "S").unwrap(), expected);
        }
        for (url, reason) in [
            ("app.example/yes", "scheme"),
            ("JavaScript://x/%0aalert(1)", "script"),
            ("data://x", "script"),
            ("https:///yes", "host"),
            ("/no", "scheme"),
            ("https://a.example/cb?x=1&state=7", "already"),
            ("https://a.example/cb?st%61te", "already"),
        ] {
            let error = with_state(url, "S").unwrap_err();
            assert!(error.contains(reason), "{url}: {error}");
        }
    }

    #[test]
    fn random_state_differs_each_time() {
        let states: std::collections::BTreeSet<_> = (0..100).map(|_| random_state().unwrap()).collect();
        assert!(states.len() == 100 && states.iter().all(|state| is_state(state)), "{states:?}");
        for state in ["", "71", &"0".repeat(31), &"0".repeat(33), &"G".repeat(32), &"A".repeat(32)] {
            assert!(!is_state(state), "{state}");
        }
    }

    #[test]
    fn is_same_compares_the_whole_state() {
        assert!(is_same("abc", "abc"));
        for (one, other) in [("", "abc"), ("ab", "abc"), ("abcd", "abc"), ("abd", "abc"), ("bbc", "abc")] {
            assert!(!is_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn place_ignores_http_or_https() {
        assert_eq!(place("http://E.org/wp/"), place("https://e.org:443/wp"));
        for other in ["https://e.org", "https://e.org/WP", "https://www.e.org/wp", "https://e.org:8443/wp"] {
            assert_ne!(place("https://e.org/wp"), place(other));
        }
    }
}
