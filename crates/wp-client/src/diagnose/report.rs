//! The report of a diagnosis.

use std::fmt;

/// The report of [`Client::diagnose`](crate::Client::diagnose), in the order in which a request passes the steps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// All steps, including those that were skipped after a failed one.
    pub checks: Vec<Check>,
}

/// The result of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// The step.
    pub step: Step,
    /// The verdict.
    pub verdict: Verdict,
    /// The observation, as text without secrets.
    pub found: String,
    /// The remedy, if something has to be done.
    pub remedy: Option<String>,
}

/// The steps of a diagnosis, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Step {
    /// An anonymous request for the index of the API: network, TLS, redirects, the host's own password, firewalls,
    /// permalinks.
    Api,
    /// Whether the query of a request arrives.
    Query,
    /// The address that the site reports for itself.
    Address,
    /// The difference between the server's clock and this machine's.
    Clock,
    /// Obtaining the credential.
    SignIn,
    /// Whether the site knows the user.
    Proof,
    /// Whether a cache responds instead of WordPress.
    Cache,
    /// The rights of the user.
    Rights,
}

/// The verdict on a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// In order.
    Good,
    /// The step works, but may cause problems.
    Warning(Cause),
    /// The step does not work, for this reason.
    Failed(Cause),
    /// Not checked: an earlier step failed, or the step does not apply.
    Skipped,
}

/// The cause of a warning or failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// Nothing responds at this address.
    Unreachable,
    /// The certificate is not trusted, or TLS fails for another reason.
    Tls,
    /// A credential would be sent over plain http, where anyone on the network path can read it. It was not sent.
    Exposed,
    /// The site redirects to another address. A write would become a read there, or a credential would go to another
    /// server.
    Redirected,
    /// The web server asks for the host's own password, before WordPress.
    HostPassword,
    /// A firewall or a challenge responds.
    Firewall,
    /// The site is in maintenance, or overloaded.
    Unavailable,
    /// The server fails: a fatal PHP error, an unreachable database.
    ServerError,
    /// The API is at another address: plain permalinks, another prefix, a sub-directory.
    OtherRoot,
    /// No API responds, and discovery finds none.
    NoApi,
    /// WordPress is not set up at this address.
    NotInstalled,
    /// The query of a request does not arrive.
    QueryIgnored,
    /// Something unknown closes the API to anonymous requests.
    Closed,
    /// Other output, such as PHP warnings, surrounds the JSON.
    Noise,
    /// The site reports the other scheme of http and https for itself.
    OtherScheme,
    /// Another site than that of the address responds: another site of a network, or a copy.
    OtherSite,
    /// The two clocks are far apart.
    Clock,
    /// The client has no credential.
    NoIdentity,
    /// The site does not have the plugin, or not this method of it.
    NotOffered,
    /// The plugin is not set up: its secret is missing, or a method is not chosen.
    Misconfigured,
    /// API Bearer Auth refuses the sign-in because the request uses another address than the site's.
    ClosedLogin,
    /// The login, the password or the key is wrong.
    WrongCredentials,
    /// The site refuses all sign-ins for a while.
    LockedOut,
    /// The site, or a rate limiter in front of it, accepts no more requests for now.
    RateLimited,
    /// The password is correct, and the user has a second factor.
    SecondFactor,
    /// A security plugin requires a captcha before the user can sign in.
    Captcha,
    /// The provider has no password to sign in with.
    SignInRequired,
    /// The token is valid but does not arrive: the web server drops the header, or hides it from this plugin.
    HeaderLost,
    /// The header arrives under another name, which this plugin does not read and another one does.
    HeaderRenamed,
    /// The header that reaches WordPress holds the host's own password instead of the token.
    HeaderTakenByHost,
    /// A new token is refused: it is for another site, or for another address of this site.
    TokenForOtherSite,
    /// The token is refused.
    TokenRefused,
    /// Application passwords are switched off, or need https.
    ApplicationPasswordsOff,
    /// The site treats the request as anonymous: the credential is wrong, or is lost on the way. The client cannot tell
    /// which.
    NotSeen,
    /// The key opens the API, but belongs to no user.
    KeyWithoutUser,
    /// The token is valid, but its user was deleted.
    UserGone,
    /// The plugin accepts the token, but the rest of the site ignores it.
    TokenIgnored,
    /// The credential is not refused, but the response does not prove a user: it does not come from WordPress.
    Unproven,
    /// A cache sends every user the same response.
    Cache,
    /// The user may not write.
    FewRights,
    /// Any other cause; see [`Check::found`].
    Other,
}

/// A short description for the user.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "nothing responds",
            Self::Tls => "no secure connection",
            Self::Exposed => "a credential would be shown to everyone on the way",
            Self::Redirected => "the site redirects elsewhere",
            Self::HostPassword => "the host asks for a password of its own",
            Self::Firewall => "a firewall responds, not WordPress",
            Self::Unavailable => "the site is in maintenance, or overloaded",
            Self::ServerError => "the server fails",
            Self::OtherRoot => "the API is at another address",
            Self::NoApi => "no API responds",
            Self::NotInstalled => "WordPress is not set up",
            Self::QueryIgnored => "the query of a request does not arrive",
            Self::Closed => "something closes the API to anonymous requests",
            Self::Noise => "there is noise around the JSON",
            Self::OtherScheme => "the site's own address has the other scheme (http or https)",
            Self::OtherSite => "the site that responds is another one, or has another address",
            Self::Clock => "the clocks are far apart",
            Self::NoIdentity => "the client has no credential",
            Self::NotOffered => "the site does not have this way to sign in",
            Self::Misconfigured => "the plugin is not set up",
            Self::ClosedLogin => "API Bearer Auth keeps its login closed at this address",
            Self::WrongCredentials => "the login, the password or the key is wrong",
            Self::LockedOut => "the site takes no sign-in for a while",
            Self::RateLimited => "the site accepts no more requests for now",
            Self::SecondFactor => "the user has a second factor, which is needed as well",
            Self::Captcha => "the site requires a captcha before this user can sign in",
            Self::SignInRequired => "there is nothing to sign in with",
            Self::HeaderLost => "the header with the credential does not reach the plugin",
            Self::HeaderRenamed => "the web server renames the header, and this plugin does not find it",
            Self::HeaderTakenByHost => "the host's password stands where WordPress looks for the credential",
            Self::TokenForOtherSite => "the token is for another address or site",
            Self::TokenRefused => "the token is refused",
            Self::ApplicationPasswordsOff => "application passwords are off",
            Self::NotSeen => {
                "the site treats the request as anonymous: the credential is wrong, or is lost on the way"
            }
            Self::KeyWithoutUser => "the key gives access to the API without signing in a user",
            Self::UserGone => "the token is good, and its user is gone",
            Self::TokenIgnored => "the plugin accepts the token, and the rest of the site ignores it",
            Self::Unproven => "nothing proves that the site knows the user",
            Self::Cache => "a cache sends everyone the same response",
            Self::FewRights => "the user may not write",
            Self::Other => "a response that was not expected",
        })
    }
}

impl Report {
    /// The cause of the first failure; `None` if no step failed.
    pub fn cause(&self) -> Option<Cause> {
        self.checks.iter().find_map(|check| match check.verdict {
            Verdict::Failed(cause) => Some(cause),
            _ => None,
        })
    }

    /// The causes of all warnings.
    pub fn warnings(&self) -> impl Iterator<Item = Cause> {
        self.checks.iter().filter_map(|check| match check.verdict {
            Verdict::Warning(cause) => Some(cause),
            _ => None,
        })
    }

    /// Whether no step failed.
    pub fn is_healthy(&self) -> bool {
        self.cause().is_none()
    }
}

/// Text for the user: each step, with what was observed and what to do.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Check { step, verdict, found, remedy }) in self.checks.iter().enumerate() {
            let (mark, cause) = match verdict {
                Verdict::Good => ("ok", None),
                Verdict::Warning(cause) => ("WARN", Some(cause)),
                Verdict::Failed(cause) => ("FAIL", Some(cause)),
                Verdict::Skipped => ("-", None),
            };
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{mark:<5}{:<9}", format!("{step:?}").to_lowercase())?;
            if let Some(cause) = cause {
                write!(f, "{cause}\n{:14}", "")?;
            }
            f.write_str(found)?;
            for line in remedy.iter().flat_map(|remedy| remedy.lines()) {
                write!(f, "\n{:14}-> {line}", "")?;
            }
        }
        Ok(())
    }
}
