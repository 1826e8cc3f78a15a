//! Classifying a response that the API did not write, by its status, its headers and marks in its body.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use http::{HeaderMap, StatusCode};

use crate::error::api_error::OF_DATABASE;

/// The kinds of [`Unexpected`](super::Unexpected).
///
/// There is one kind for each way in which a caller may react. A kind for a status such as 413 means that the web
/// server rejected the request: WordPress itself responds in JSON, which is an [`ApiError`](crate::ApiError). JSON of
/// a firewall, a host password, a rate limiter or a gateway has the same kind as their pages, under any status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnexpectedKind {
    /// A firewall rejected the request, and it did not reach WordPress: 403 or 406, or a page that names the firewall.
    /// `ModSecurity` sends Apache's plain page (observed).
    Firewall,
    /// A challenge for a browser: to run JavaScript, or to prove that the user is human. The request did not reach
    /// WordPress.
    Challenge,
    /// The host requires a password of its own: 401. The request did not reach WordPress. A response in JSON counts
    /// if it has a challenge for Basic or a similar scheme, which WordPress never sends (observed).
    HostPassword,
    /// A rate limiter in front of the site rejected the request: 429.
    RateLimit,
    /// The server rejected the body as too large: 413.
    BodyTooLarge,
    /// The server rejected the address as too long: 414.
    UrlTooLong,
    /// The server rejected the headers as too large: 431, or a 400 whose page says so.
    HeadersTooLarge,
    /// The server rejected the request as malformed, or requires a length: 400, 411. Varnish and `HAProxy` respond so
    /// to headers that are too large (observed).
    BadRequest,
    /// The server does not allow this method: 405, 501.
    MethodRefused,
    /// The request took too long to arrive: 408.
    SlowRequest,
    /// The site is in maintenance: the page of WordPress or of a plugin, under 503.
    Maintenance,
    /// A proxy got no response from its upstream: 502, 503, 504, and Cloudflare's 52x.
    Gateway,
    /// WordPress cannot reach its database.
    Database,
    /// PHP exceeded its memory limit (`memory_limit`). The same request for fewer items needs less.
    OutOfMemory,
    /// PHP exceeded its time limit (`max_execution_time`). The same request for fewer items needs less.
    OutOfTime,
    /// PHP or the web server failed: a fatal error, visible or not, under any status; or 500 and above.
    ServerError,
    /// An error page of WordPress or a plugin (`wp_die`). The request reached WordPress, and the excerpt holds the
    /// reason.
    WpDie,
    /// The page of WordPress's installer: WordPress is not set up at this address.
    NotInstalled,
    /// A page of the site, which names its API. The address is not that of the API: with plain permalinks, WordPress
    /// responds to every path with the home page (observed).
    SitePage,
    /// A page with a login form, of WordPress or of a system in front of it.
    LoginPage,
    /// Any other HTML page.
    Page,
    /// PHP source code, because the server does not run PHP. No excerpt is shown.
    PhpSource,
    /// An empty body.
    Empty,
    /// JSON that is cut short.
    CutShort,
    /// JSON without an error code or a message, under an error status.
    Json,
    /// A page of a list in response to a write. A redirect changed the request into a `GET`, and the data to be written
    /// was most likely lost.
    List,
    /// Anything else: text, XML, an image.
    Other,
}

use UnexpectedKind as Kind;

/// A kind, with the statuses and the marks that identify it.
struct Sign {
    kind: Kind,
    statuses: &'static [RangeInclusive<u16>],
    /// The marks, in lower case; for a header, its name, a colon, a space and its value. Empty if the status is
    /// sufficient.
    marks: &'static [&'static str],
}

const ANY: &[RangeInclusive<u16>] = &[100..=999];
/// Statuses that need no kind of their own if the page is one of `wp_die`.
const OF_WP_DIE: &[RangeInclusive<u16>] = &[100..=407, 409..=412, 415..=428, 432..=499];
const OF_GATEWAYS: &[RangeInclusive<u16>] = &[502..=504, 520..=530];
/// A firewall in the cloud is also a gateway, and has its name on both kinds of pages. Wordfence rejects with 503.
const OF_FIREWALLS: &[RangeInclusive<u16>] = &[100..=501, 503..=503, 505..=519, 531..=999];

/// Cloudflare, twice, Amazon, `SiteGround`, DDoS-Guard, Imunify360, and a free host's script.
const OF_CHALLENGES: &[&str] = &[
    "\ncf-mitigated: challenge",
    "<title>just a moment...",
    "\nx-amzn-waf-action: ",
    "/.well-known/sgcaptcha/",
    "<title>ddos-guard",
    "<title>one moment, please...",
    "src=\"/aes.js\"",
    "src='/aes.js'",
    "\nx-vercel-mitigated: challenge",
];
/// Cloudflare (older versions), `SiteGround`, `LiteSpeed`, Imunify360, Anubis.
const CHALLENGE_PAGES: &[&str] = &[
    "<title>please wait... | cloudflare",
    "checking your browser before accessing",
    "ddos protection by cloudflare",
    "<title>robot challenge screen",
    "<title>verifying that you are not a robot",
    "and blocked access to this website",
    "id=\"anubis_version\"",
];
/// WordPress's own page, and pages of plugins in some languages. Apache says "maintenance downtime" for any reason.
const OF_MAINTENANCE: &[&str] = &[
    "class=\"wp-die-message\"",
    "scheduled maintenance",
    "<title>maintenance",
    "maintenance mode",
    "under maintenance",
    "undergoing maintenance",
    "for maintenance",
    "site maintenance",
    "coming soon",
    "under construction",
    "wartungsmodus",
    "wartungsarbeiten",
    "en maintenance",
    "cours de maintenance",
    "mantenimiento",
    "manutenção",
    "manutenzione",
    "onderhoud",
    "техническ",
    "メンテナンス",
];

/// The first match is used.
#[rustfmt::skip]
const SIGNS: &[Sign] = &[
    Sign { kind: Kind::Challenge, statuses: ANY, marks: OF_CHALLENGES },
    Sign { kind: Kind::Challenge, statuses: ANY, marks: CHALLENGE_PAGES },
    // Wordfence (503 as well), Sucuri, Cloudflare, ModSecurity (older versions), Imperva, F5 (200 as well), Imunify360.
    Sign { kind: Kind::Firewall, statuses: OF_FIREWALLS, marks: &[
        "generated by wordfence", "<title>sucuri website firewall", "<title>attention required! | cloudflare",
        "generated by mod_security", "incapsula incident id", "<title>request rejected</title>",
        "access denied by imunify360",
    ] },
    // The pages of the installer: the language, the form, and the database.
    Sign { kind: Kind::NotInstalled, statuses: ANY, marks: &[
        "<title>wordpress &rsaquo; installation", "<title>wordpress &rsaquo; setup configuration", "id=\"setup\" method=\"post\" action=\"",
        "action=\"install.php?step=", "action=\"setup-config.php?step=", "href=\"setup-config.php?step=",
    ] },
    Sign { kind: Kind::Database, statuses: ANY, marks: &[
        "<h1>error establishing a database connection", "<title>database error",
    ] },
    Sign { kind: Kind::Database, statuses: &[500..=500], marks: OF_DATABASE },
    // Apache's page for a 503 mentions "maintenance downtime" for any reason.
    Sign { kind: Kind::Maintenance, statuses: &[503..=503], marks: OF_MAINTENANCE },
    // Output before the error may have set the status, so any status counts: PHP's own message, and WordPress's page
    // for fatal errors, which links to the same article in every language.
    Sign { kind: Kind::OutOfMemory, statuses: ANY, marks: &[
        "fatal error</b>: allowed memory size of ", "fatal error: allowed memory size of ",
        "fatal error</b>: out of memory (allocated ", "fatal error: out of memory (allocated ",
    ] },
    Sign { kind: Kind::OutOfMemory, statuses: &[500..=599], marks: &["allowed memory size of ", "out of memory (allocated "] },
    Sign { kind: Kind::OutOfTime, statuses: ANY, marks: &[
        "fatal error</b>: maximum execution time of ", "fatal error: maximum execution time of ",
    ] },
    Sign { kind: Kind::OutOfTime, statuses: &[500..=599], marks: &["maximum execution time of "] },
    Sign { kind: Kind::ServerError, statuses: ANY, marks: &[
        "class=\"wp-die-message\"><p>there has been a critical error", "/faq-troubleshooting/\"", "/debugging-in-wordpress/\"",
    ] },
    Sign { kind: Kind::WpDie, statuses: OF_WP_DIE, marks: &["class=\"wp-die-message\"", "<body id=\"error-page\""] },
    Sign { kind: Kind::HostPassword, statuses: &[401..=401], marks: &[] },
    Sign { kind: Kind::RateLimit, statuses: &[429..=429], marks: &[] },
    Sign { kind: Kind::BodyTooLarge, statuses: &[413..=413], marks: &[] },
    Sign { kind: Kind::UrlTooLong, statuses: &[414..=414], marks: &[] },
    Sign { kind: Kind::HeadersTooLarge, statuses: &[431..=431, 494..=494], marks: &[] },
    // nginx, Apache, IIS.
    Sign { kind: Kind::HeadersTooLarge, statuses: &[400..=400], marks: &[
        "request header or cookie too large", "request header field exceeds server limit", "request headers is too long",
    ] },
    // IIS, by its request filtering.
    Sign { kind: Kind::BodyTooLarge, statuses: &[404..=404], marks: &["404.13 - not found"] },
    Sign { kind: Kind::UrlTooLong, statuses: &[404..=404], marks: &["404.14 - not found", "404.15 - not found"] },
    Sign { kind: Kind::BadRequest, statuses: &[400..=400, 411..=411], marks: &[] },
    Sign { kind: Kind::MethodRefused, statuses: &[405..=405, 501..=501], marks: &[] },
    Sign { kind: Kind::SlowRequest, statuses: &[408..=408], marks: &[] },
    Sign { kind: Kind::Firewall, statuses: &[403..=403, 406..=406], marks: &[] },
    Sign { kind: Kind::Gateway, statuses: OF_GATEWAYS, marks: &[] },
    Sign { kind: Kind::ServerError, statuses: &[500..=999], marks: &[] },
    Sign { kind: Kind::ServerError, statuses: ANY, marks: &[
        "<b>fatal error</b>:", "<b>parse error</b>:", "\nfatal error: ", "php fatal error: ", "\nparse error: ",
        "</span> fatal error: ", "</span> parse error: ",
    ] },
    // A page shows code as `&lt;?php`.
    Sign { kind: Kind::PhpSource, statuses: ANY, marks: &["<?php", "\n\n<?\n", "\n\n<? ", "\n\n<?="] },
    Sign { kind: Kind::SitePage, statuses: ANY, marks: &[
        "rel=\"https://api.w.org/\"", "rel='https://api.w.org/'", "rel=https://api.w.org/",
    ] },
    Sign { kind: Kind::LoginPage, statuses: &[200..=200], marks: &[
        "id=\"loginform\"", "type=\"password\"", "type='password'", "type=password", "/cdn-cgi/access/login", "name=\"samlrequest\"",
    ] },
];

/// Signs in JSON that WordPress did not write: its headers, its message, and its status if that is not one that plugins
/// send.
#[rustfmt::skip]
const JSON_SIGNS: &[Sign] = &[
    Sign { kind: Kind::Challenge, statuses: ANY, marks: OF_CHALLENGES },
    Sign { kind: Kind::Firewall, statuses: OF_FIREWALLS, marks: &[
        "imunify360", "wordfence", "sucuri", "mod_security", "modsecurity", "incapsula", "imperva", "cloudflare to restrict access",
        "bot-protection", "bot protection", "web application firewall", "firewall", "request rejected", "blocked by security",
        "security rule", "anti-spam by cleantalk", "error 1005: ", "error 1006: ", "error 1007: ", "error 1008: ", "error 1009: ",
        "error 1010: ", "error 1012: ", "error 1020",
    ] },
    // WordPress's own 401 has no challenge.
    Sign { kind: Kind::HostPassword, statuses: &[401..=401], marks: &[
        "\nwww-authenticate: basic", "\nwww-authenticate: digest", "\nwww-authenticate: negotiate", "\nwww-authenticate: ntlm",
    ] },
    Sign { kind: Kind::RateLimit, statuses: &[429..=429], marks: &[] },
    Sign { kind: Kind::RateLimit, statuses: ANY, marks: &["too many requests", "rate limit", "rate-limit", "ratelimit"] },
    Sign { kind: Kind::BodyTooLarge, statuses: &[413..=413], marks: &[] },
    Sign { kind: Kind::UrlTooLong, statuses: &[414..=414], marks: &[] },
    Sign { kind: Kind::HeadersTooLarge, statuses: &[431..=431], marks: &[] },
    Sign { kind: Kind::MethodRefused, statuses: &[405..=405, 501..=501], marks: &[] },
    Sign { kind: Kind::SlowRequest, statuses: &[408..=408], marks: &[] },
    Sign { kind: Kind::Maintenance, statuses: &[503..=503], marks: &["maintenance"] },
    Sign { kind: Kind::Gateway, statuses: OF_GATEWAYS, marks: &[] },
    Sign { kind: Kind::OutOfMemory, statuses: &[500..=599], marks: &["allowed memory size of "] },
    Sign { kind: Kind::OutOfTime, statuses: &[500..=599], marks: &["maximum execution time of "] },
    Sign { kind: Kind::ServerError, statuses: &[500..=999], marks: &[] },
];

/// How many bytes of a page are searched for marks.
const HEAD: usize = 64 * 1024;

impl Kind {
    /// Classifies a body in which no JSON was found.
    pub(super) fn of(status: StatusCode, headers: &HeaderMap, claims_json: bool, body: &[u8]) -> Self {
        let start = body.trim_ascii_start();
        // Only a byte order mark counts as empty.
        let start = start
            .strip_prefix("\u{feff}".as_bytes())
            .filter(|rest| rest.trim_ascii().is_empty())
            .unwrap_or(start);
        if start.trim_ascii().is_empty() && claims_json && !status.is_server_error() {
            return Self::Empty; // the API's response to HEAD, or a plugin that exited
        }
        let text = Text::of(headers, start);
        // WordPress sends a link to its API in the headers of every response, so that alone does not make a page.
        let found = SIGNS.iter().filter(|sign| sign.kind != Self::SitePage || text.is_document());
        let form = match start {
            [] => Self::Empty,
            [b'<', ..] if !start.starts_with(b"<?xml") => Self::Page,
            _ if text.is_document() => Self::Page,
            _ => Self::Other,
        };
        text.kind_by(found, status).unwrap_or(form)
    }

    /// Classifies an error in JSON that WordPress did not write, with this message. `None` if its author is unknown.
    pub(super) fn of_json(status: StatusCode, headers: &HeaderMap, message: &str) -> Option<Self> {
        Text::of(headers, message.as_bytes()).kind_of_json(status)
    }

    /// Whether a system in front of WordPress rejected the request, so that WordPress did not act on it.
    pub fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::Firewall
                | Self::Challenge
                | Self::HostPassword
                | Self::RateLimit
                | Self::BodyTooLarge
                | Self::UrlTooLong
                | Self::HeadersTooLarge
                | Self::BadRequest
                | Self::MethodRefused
        )
    }

    /// Whether the same request will be rejected again, unless the response says when to retry: true for every
    /// rejection except that of a rate limiter.
    pub fn is_lasting(self) -> bool {
        self.is_refusal() && self != Self::RateLimit
    }

    /// Whether the body is a text for the user, so that an excerpt may be shown. JSON could hold unchecked values,
    /// and source code a password.
    pub(super) fn is_readable(self) -> bool {
        !matches!(self, Self::Empty | Self::Json | Self::CutShort | Self::List | Self::PhpSource)
    }

    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Firewall => "the response of a firewall",
            Self::Challenge => "a challenge for browsers",
            Self::HostPassword => "the host's request for its own password",
            Self::RateLimit => "the response of a rate limiter",
            Self::BodyTooLarge => "a rejection by the server: the body is too large",
            Self::UrlTooLong => "a rejection by the server: the address is too long",
            Self::HeadersTooLarge => "a rejection by the server: the headers are too large",
            Self::BadRequest => "a rejection by the server: the request is malformed",
            Self::MethodRefused => "a rejection by the server: the method is not allowed",
            Self::SlowRequest => "a rejection by the server: the request took too long to arrive",
            Self::Maintenance => "a maintenance page",
            Self::Gateway => "an error of a gateway, which has no response from the site",
            Self::Database => "an error of WordPress, which cannot reach its database",
            Self::OutOfMemory => "a fatal error of PHP: out of memory",
            Self::OutOfTime => "a fatal error of PHP: out of time",
            Self::ServerError => "an error of PHP or of the web server",
            Self::WpDie => "an error page of WordPress",
            Self::NotInstalled => "the page of the WordPress installer",
            Self::SitePage => "a page of the site instead of JSON",
            Self::LoginPage => "a login page instead of JSON",
            Self::Page => "an HTML page instead of JSON",
            Self::PhpSource => "the source code of PHP, which the server does not run",
            Self::Empty => "an empty body instead of JSON",
            Self::CutShort => "JSON that is cut short",
            Self::Json => "JSON without an error message",
            Self::List => "a list in response to a write",
            Self::Other => "something that is not JSON",
        }
    }
}

/// Whether the text begins with a page. An XML declaration, a warning or a comment may come first.
pub(super) fn is_document(text: &[u8]) -> bool {
    Text::of(&HeaderMap::new(), text).is_document()
}

/// The headers and the beginning of the body, in lower case: `\nname: value` for each header, an empty line, the body.
struct Text(String);

impl Text {
    fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        let mut text = String::new();
        for (name, value) in headers {
            let _ = write!(text, "\n{name}: {}", String::from_utf8_lossy(value.as_bytes()));
        }
        text.push_str("\n\n");
        text.push_str(&String::from_utf8_lossy(&body[..body.len().min(HEAD)]));
        text.make_ascii_lowercase();
        // PHP writes two spaces after the label of a message, and one with other settings.
        Self(text.replace(":  ", ": "))
    }

    /// The kind of the first sign that matches.
    fn kind_by<'s>(&self, mut signs: impl Iterator<Item = &'s Sign>, status: StatusCode) -> Option<Kind> {
        Self::kind_where(&mut signs, status, |mark| self.0.contains(mark))
    }

    /// The kind of the first sign for JSON that matches. A site behind a firewall or a rate limiter has its headers
    /// on every response, so a mark of a header must match from its beginning.
    fn kind_of_json(&self, status: StatusCode) -> Option<Kind> {
        let body = self.0.split_once("\n\n").map_or("", |(_, body)| body);
        Self::kind_where(&mut JSON_SIGNS.iter(), status, |mark| {
            if mark.starts_with('\n') { self.0.contains(mark) } else { body.contains(mark) }
        })
    }

    fn kind_where<'s>(
        signs: &mut impl Iterator<Item = &'s Sign>,
        status: StatusCode,
        bears: impl Fn(&str) -> bool,
    ) -> Option<Kind> {
        let fits = |sign: &&Sign| {
            sign.statuses.iter().any(|range| range.contains(&status.as_u16()))
                && (sign.marks.is_empty() || sign.marks.iter().any(|mark| bears(mark)))
        };
        signs.find(fits).map(|sign| sign.kind)
    }

    /// Whether it is a whole page. An XML declaration, a warning or a comment may come first.
    fn is_document(&self) -> bool {
        let body = self.0.split_once("\n\n").map_or("", |(_, body)| body);
        let head = body.get(..1024).unwrap_or(body);
        ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| head.contains(tag))
    }
}
