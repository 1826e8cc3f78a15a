//! What an examination found.

use std::fmt;

/// What an examination of a site found, in the order in which a request meets it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Each step, also those that were not taken because one before them failed.
    pub checks: Vec<Check>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// What was looked at.
    pub step: Step,
    /// What is thought of it.
    pub verdict: Verdict,
    /// What was seen, in words. Holds no secret.
    pub found: String,
    /// What to do, where something is to be done.
    pub remedy: Option<String>,
}

/// What is looked at, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Step {
    /// The index of the API, asked as nobody: the network, TLS, redirects, gates, firewalls, permalinks.
    Api,
    /// Whether the query of a request arrives.
    Query,
    /// What the site takes its own address to be.
    Address,
    /// The server's clock against this one.
    Clock,
    /// Obtaining the credential.
    SignIn,
    /// Whether the site knows who asks.
    Proof,
    /// Whether something on the way responds in its place.
    Cache,
    /// What the user may do.
    Rights,
}

/// What is thought of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It works, and may surprise.
    Warning(Cause),
    /// This is why it does not work.
    Failed(Cause),
    /// Not looked at: something before it failed, or it does not apply.
    Skipped,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// Nothing responds at this address.
    Unreachable,
    /// The certificate is not to be trusted, or TLS fails otherwise.
    Tls,
    /// A credential would travel over plain http, where anybody on the way can read it. It was not sent.
    Exposed,
    /// The site redirects to another address, where a write would become a read or a credential would go
    /// elsewhere.
    Redirected,
    /// The host asks for a password of its own, before WordPress.
    HostPassword,
    /// A firewall or a challenge responds.
    Firewall,
    /// The site is in maintenance, or overloaded.
    Unavailable,
    /// The server fails: a fatal error of PHP, a database that is gone.
    ServerError,
    /// The API is elsewhere: plain permalinks, another prefix, a sub-directory.
    OtherRoot,
    /// No API responds, and none is to be found.
    NoApi,
    /// WordPress is not set up at this address.
    NotInstalled,
    /// The query of a request does not arrive.
    QueryIgnored,
    /// Something unknown closes the API to strangers.
    Closed,
    /// PHP prints warnings, or something else stands around the JSON.
    Noise,
    /// The site takes itself to be on the other of http and https.
    OtherScheme,
    /// The address belongs to another site than the one that responds: of a network, or a copy.
    OtherSite,
    /// The two clocks are far apart.
    Clock,
    /// The client has no credential.
    NoIdentity,
    /// The site does not have the plugin, or not this method of it.
    NotOffered,
    /// The plugin is not set up: its secret is missing, or a method is not chosen.
    Misconfigured,
    /// API Bearer Auth keeps its login closed, since it is asked at another address than its own.
    ClosedLogin,
    /// The login or the password is wrong, or the key.
    WrongCredentials,
    /// The site takes no sign-in for a while.
    LockedOut,
    /// The site, or a limiter before it, accepts no more requests for now.
    RateLimited,
    /// The password is right, and the user has a second factor.
    SecondFactor,
    /// A security plugin wants to see a person before it lets the user sign in.
    Captcha,
    /// There is nothing to sign in with.
    SignInRequired,
    /// The token is good and does not arrive: the web server drops the header, or hides it from this plugin.
    HeaderLost,
    /// The header arrives under another name, which this plugin does not read and another one does.
    HeaderRenamed,
    /// The header that a gate leaves to WordPress holds the host's password, and no room for the token.
    HeaderTakenByHost,
    /// The token is refused although it is new: it is for another site, or for another address of this one.
    TokenForOtherSite,
    /// The token is refused.
    TokenRefused,
    /// Application passwords are switched off, or need https.
    ApplicationPasswordsOff,
    /// The site sees a stranger: the credential is wrong, or is lost on the way. It cannot be told from here.
    NotSeen,
    /// The key opens the API, and logs nobody in.
    KeyLogsNobodyIn,
    /// The token is good, and its user is gone.
    UserGone,
    /// The plugin accepts the token, and the rest of the site ignores it.
    TokenIgnored,
    /// Nothing refuses the credential, and the response proves no user: something else than WordPress wrote it.
    Unproven,
    /// A cache responds, whoever asks.
    Cache,
    /// The user may not write.
    FewRights,
    /// Anything else, in the words of what was found.
    Other,
}

/// In a few words, for a person.
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
            Self::Closed => "something closes the API to strangers",
            Self::Noise => "there is noise around the JSON",
            Self::OtherScheme => "the site takes itself to be on the other of http and https",
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
            Self::NotSeen => "the site sees a stranger: the credential is wrong, or is lost on the way",
            Self::KeyLogsNobodyIn => "the key opens the API, and logs nobody in",
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
    /// Why it does not work; `None` when it does.
    pub fn cause(&self) -> Option<Cause> {
        self.checks.iter().find_map(|check| match check.verdict {
            Verdict::Failed(cause) => Some(cause),
            _ => None,
        })
    }

    /// What works and may surprise.
    pub fn warnings(&self) -> impl Iterator<Item = Cause> {
        self.checks.iter().filter_map(|check| match check.verdict {
            Verdict::Warning(cause) => Some(cause),
            _ => None,
        })
    }

    /// Whether nothing failed.
    pub fn is_healthy(&self) -> bool {
        self.cause().is_none()
    }
}

/// For a person: each step, and below it what was seen and what to do.
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
