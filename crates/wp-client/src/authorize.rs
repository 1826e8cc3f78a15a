//! Asking a user for an application password in their browser, and what comes back.

use std::fmt;

use wp_auth::{Basic, AuthError, AuthErrorKind, SecretString};
use wp_core::{ApiRoot, Query, RequestError};

use crate::Result;

/// The address to open in a user's browser, where they sign in to their site and grant a program an
/// application password. The program never sees the password of their account.
///
/// ```no_run
/// # async fn run(came_back_with: &str) -> Result<(), wp_client::Error> {
/// use wp_client::{AuthorizeCallback, AuthorizeUrl, Client};
///
/// let found = Client::discover("example.org").await?;
/// if let Some(page) = found.application_passwords() {
///     let url = AuthorizeUrl::new(page, "My app").success_url("https://app.example/connected?state=71").url()?;
///     println!("Open {url}");
/// }
/// // Later, at https://app.example/connected:
/// if let AuthorizeCallback::Approved(approved) = AuthorizeCallback::parse(came_back_with)? {
///     found.client().auth(approved.provider()).build()?.verify().await?;
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "it is an address once `url` was called"]
pub struct AuthorizeUrl {
    page: String,
    app_name: String,
    app_id: Option<String>,
    success_url: Option<String>,
    reject_url: Option<String>,
}

impl AuthorizeUrl {
    /// Asks at `page`, which is [`Discovery::application_passwords`](crate::Discovery::application_passwords),
    /// in the name of the program `app_name`, which the user will see there and in the list of their
    /// passwords.
    pub fn new(page: impl Into<String>, app_name: impl Into<String>) -> Self {
        let (page, app_name) = (page.into(), app_name.into());
        Self { page, app_name, app_id: None, success_url: None, reject_url: None }
    }

    /// The program: a UUID, the same for all its users.
    pub fn app_id(mut self, uuid: impl Into<String>) -> Self {
        self.app_id = Some(uuid.into());
        self
    }

    /// Where the browser goes with the password, of any scheme: `https://…`, `myapp://…`. A site that is
    /// not local takes no `http`. Put a value of your own into its query, and check that it comes back.
    /// Without an address, the user is shown the password to copy it.
    pub fn success_url(mut self, url: impl Into<String>) -> Self {
        self.success_url = Some(url.into());
        self
    }

    /// Where the browser goes when the user says no; the address of success with `success=false` unless
    /// said.
    pub fn reject_url(mut self, url: impl Into<String>) -> Self {
        self.reject_url = Some(url.into());
        self
    }

    /// The address.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for what WordPress would answer with an error page:
    /// a page that is no http address, an id that is no UUID, an address to come back to without a scheme,
    /// or with that of a script.
    pub fn url(&self) -> Result<String> {
        let page = self.page.split(['?', '#']).next().unwrap_or_default();
        ApiRoot::at(page)?;
        let mut query = Query::new();
        query.push("app_name", &self.app_name)?;
        if let Some(id) = &self.app_id {
            if !is_uuid(id) {
                let name = "app_id".to_owned();
                return Err(RequestError::Query { name, reason: "it has to be a UUID".into() }.into());
            }
            query.push("app_id", id)?;
        }
        for (name, url) in [("success_url", &self.success_url), ("reject_url", &self.reject_url)] {
            let Some(url) = url else { continue };
            if let Err(reason) = may_come_back_to(url) {
                return Err(RequestError::Query { name: name.to_owned(), reason: reason.into() }.into());
            }
            query.push(name, url)?;
        }
        let joint = if self.page.contains('?') { '&' } else { '?' };
        let before = self.page.split('#').next().unwrap_or_default();
        Ok(format!("{before}{joint}{query}"))
    }
}

fn is_uuid(text: &str) -> bool {
    let groups =
        text.split('-').map(|group| group.bytes().all(|b| b.is_ascii_hexdigit()).then_some(group.len()));
    groups.eq([8, 4, 4, 4, 12].map(Some))
}

/// What WordPress checks, as read in its source (6.5).
fn may_come_back_to(url: &str) -> Result<(), &'static str> {
    let Some((scheme, rest)) = url.split_once(':') else { return Err("it names no scheme") };
    let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-');
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.bytes().all(letters) {
        return Err("it names no scheme");
    }
    if ["javascript", "data"].iter().any(|script| scheme.eq_ignore_ascii_case(script)) {
        return Err("WordPress sends nobody to a script");
    }
    let host = rest.strip_prefix("//").unwrap_or_default();
    if host.is_empty() || host.starts_with(['/', '?', '#']) { Err("it names no host") } else { Ok(()) }
}

/// What came back from the user's browser.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AuthorizeCallback {
    /// They said yes.
    Approved(Approved),
    /// They said no.
    Rejected,
}

/// A login and an application password that a user granted.
#[derive(Clone)]
#[non_exhaustive]
pub struct Approved {
    /// Where WordPress is, by the word of whoever opened the address: compare it with the site that the
    /// user was sent to before the password goes anywhere.
    pub site_url: String,
    /// The user's login.
    pub user_login: String,
    /// The application password, without blanks.
    pub password: SecretString,
}

impl Approved {
    /// Signs in with it.
    pub fn provider(&self) -> Basic {
        Basic::application_password(self.user_login.as_str(), self.password.clone())
    }
}

impl fmt::Debug for Approved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Approved")
            .field("site_url", &self.site_url)
            .field("user_login", &self.user_login)
            .finish_non_exhaustive()
    }
}

impl AuthorizeCallback {
    /// Reads the address with which the browser came back, or its query.
    ///
    /// WordPress adds `site_url`, `user_login` and `password` to the address of success, and `success=false`
    /// when there was no address of rejection; to one of rejection it adds nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Auth`](crate::ErrorKind::Auth) with [`AuthErrorKind::BadResponse`] that names what is
    /// missing of the three. Nothing of what came is in it.
    pub fn parse(url_or_query: &str) -> Result<Self> {
        let text = url_or_query.trim();
        // A browser with scripts appends to the whole of the address, a `#` in it included (read in the
        // source). Values are encoded, and hold neither.
        let query = match text.split_once(['?', '#']) {
            Some((_, rest)) => rest,
            None if text.contains("://") => "",
            None => text,
        };
        let query = Query::parse(&query.replace(['?', '#'], "&"));
        let get = |name| query.get(name).map(str::trim).filter(|value| !value.is_empty());
        let fields =
            [("site_url", get("site_url")), ("user_login", get("user_login")), ("password", get("password"))];
        let [(_, Some(site_url)), (_, Some(user_login)), (_, Some(password))] = fields else {
            if fields.iter().all(|(_, value)| value.is_none()) {
                return Ok(Self::Rejected);
            }
            let missing: Vec<_> =
                fields.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
            let detail = format!("the address that came back lacks {}", missing.join(" and "));
            return Err(AuthError::new(AuthErrorKind::BadResponse, detail).into());
        };
        // A browser with scripts sends it as the API shows it, in groups of four (read in the source).
        let password: String = password.split_ascii_whitespace().collect();
        Ok(Self::Approved(Approved {
            site_url: site_url.to_owned(),
            user_login: user_login.to_owned(),
            password: password.into(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use wp_auth::ExposeSecret;

    use super::*;

    #[test]
    fn the_address_carries_all_that_was_said() {
        let page = "https://e.org/wp-admin/authorize-application.php";
        let url = AuthorizeUrl::new(page, "My app & co").url().unwrap();
        assert_eq!(url, format!("{page}?app_name=My%20app%20%26%20co"));
        let url = AuthorizeUrl::new(format!("{page}?lang=de#top"), "A")
            .app_id("6a1b2c3d-1234-4abc-8def-0123456789ab")
            .success_url("myapp://connected?x=1")
            .reject_url("https://app.example/no");
        assert_eq!(
            url.url().unwrap(),
            format!(
                "{page}?lang=de&app_name=A&app_id=6a1b2c3d-1234-4abc-8def-0123456789ab\
                 &success_url=myapp%3A%2F%2Fconnected%3Fx%3D1&reject_url=https%3A%2F%2Fapp.example%2Fno"
            )
        );
    }

    #[test]
    fn what_wordpress_would_refuse_is_told() {
        let asked = || AuthorizeUrl::new("https://e.org/wp-admin/authorize-application.php", "A");
        for (url, part) in [
            (AuthorizeUrl::new("javascript:alert(1)", "A"), "is not usable"),
            (AuthorizeUrl::new("ftp://e.org/a.php", "A"), "is not usable"),
            (asked().app_id("my-app"), "app_id"),
            (asked().app_id("6a1b2c3d-1234-4abc-8def-0123456789ag"), "UUID"),
            (asked().success_url("app.example/yes"), "success_url"),
            (asked().success_url("JavaScript://x/%0aalert(1)"), "script"),
            (asked().success_url("https:///yes"), "host"),
            (asked().reject_url("/no"), "reject_url"),
        ] {
            let error = url.url().unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    /// `None` for a rejection.
    fn read(text: &str) -> Option<(String, String, String)> {
        match AuthorizeCallback::parse(text).unwrap() {
            AuthorizeCallback::Approved(Approved { site_url, user_login, password }) => {
                Some((site_url, user_login, password.expose_secret().to_owned()))
            }
            AuthorizeCallback::Rejected => None,
        }
    }

    #[test]
    fn what_came_back_is_read() {
        const GRANTED: &str =
            "site_url=http%3A%2F%2F127.0.0.1%3A8088&user_login=ana+b&password=THZ6pYJ5q5vQ4UhICiuHTxXE";
        for text in [
            // As recorded, after a success_url with a query.
            format!("https://app.example/cb?x=1&{GRANTED}"),
            format!("https://app.example/cb?{GRANTED}#top"),
            format!("/cb?{GRANTED}"),
            format!("?{GRANTED}"),
            GRANTED.to_owned(),
            format!(" {GRANTED}\n"),
            format!("myapp://connected?{GRANTED}"),
            format!("https://app.example/#/cb?{GRANTED}"),
            format!("https://app.example/?x=1#/cb&{GRANTED}"),
            GRANTED.replace("THZ6pYJ5q5vQ4UhICiuHTxXE", "THZ6%20pYJ5%20q5vQ%204UhI%20CiuH%20TxXE"),
        ] {
            let granted = ("http://127.0.0.1:8088".into(), "ana b".into(), "THZ6pYJ5q5vQ4UhICiuHTxXE".into());
            assert_eq!(read(&text), Some(granted), "{text}");
        }
        for text in [
            "https://app.example/cb?x=1&success=false",
            "https://app.example/no",
            "https://app.example/no?error=disabled",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_named_and_no_secret_is_shown() {
        for (text, missing) in [
            ("https://a/cb?site_url=s&password=hunter2", "user_login"),
            ("password=hunter2&site_url=&user_login=", "site_url and user_login"),
            ("site_url=s&user_login=hunter2", "password"),
        ] {
            let error = AuthorizeCallback::parse(text).unwrap_err();
            let shown = format!("{error:#} {error:?}");
            assert!(shown.contains(missing) && !shown.contains("hunter2"), "{shown}");
        }
        let granted = AuthorizeCallback::parse("site_url=s&user_login=u&password=hunter2").unwrap();
        assert!(!format!("{granted:?}").contains("hunter2"));
        let AuthorizeCallback::Approved(granted) = granted else { panic!() };
        assert!(!format!("{granted:?} {:?}", granted.provider()).contains("hunter2"));
    }
}
