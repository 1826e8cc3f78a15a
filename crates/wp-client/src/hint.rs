//! What can be done about an error. Each remedy was seen to work on a server that had the fault.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};
use wp_auth::{AuthError, AuthErrorKind, SchemeKind};
use wp_core::response::{Unexpected, UnexpectedKind};
use wp_core::{ApiError, ErrorCode, ErrorOrigin, Query, TransportError, TransportErrorKind};

use crate::{AuthorizeErrorKind, DiscoveryErrorKind, Error, ErrorKind};

/// What was sent, as far as a remedy depends on it.
pub(crate) struct Sent {
    method: Method,
    content: Content,
    /// Bytes.
    query: usize,
    /// The scheme of the credential that was sent.
    scheme: Option<SchemeKind>,
}

/// The body of a request, as firewalls see it.
#[derive(PartialEq)]
enum Content {
    None,
    /// One that they read.
    Read,
    /// One that they do not let through: a file, as it is.
    Raw,
}

/// The media types that `ModSecurity`'s core rules let through as they come (observed).
const READ: &[&str] = &[
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/xml",
    "text/xml",
];

impl Sent {
    pub(crate) fn of(method: Method, headers: &HeaderMap, query: &Query, scheme: Option<SchemeKind>) -> Self {
        let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media = media.and_then(|value| value.split(';').next()).map(str::trim);
        let content = match media {
            None => Content::None,
            Some(media) if READ.iter().any(|read| media.eq_ignore_ascii_case(read)) => Content::Read,
            Some(_) => Content::Raw,
        };
        Self { method, content, query: query.to_string().len(), scheme }
    }

    /// By a method that firewalls stop.
    fn is_stopped(&self) -> bool {
        matches!(self.method, Method::PUT | Method::PATCH | Method::DELETE)
    }
}

pub(crate) fn of(error: &Error, with_credential: bool, sent: Option<&Sent>) -> Option<&'static str> {
    if error.attachment_id().is_some() {
        return Some(UPLOADED);
    }
    if error.is_out_of_memory() || error.is_out_of_time() {
        return Some(TOO_HEAVY);
    }
    if error.list_position().is_some() && error.status().is_some_and(|status| status.as_u16() == 500) {
        return Some(FEWER);
    }
    let api = error.api_error().filter(|api| api.origin() == ErrorOrigin::WordPress);
    let is_app_password = sent.is_some_and(|sent| sent.scheme == Some(SchemeKind::ApplicationPassword));
    if let Some(hint) = api.filter(|_| is_app_password).and_then(of_app_password) {
        return Some(hint);
    }
    let other_plugin = error.auth_kind() == Some(AuthErrorKind::NotOffered);
    if let Some(hint) = api.filter(|_| !other_plugin).and_then(of_code) {
        return Some(hint);
    }
    if let (Some(AuthErrorKind::NotOffered), Some(api)) = (error.auth_kind(), api) {
        // Without a response of the API, the words of the error say which provider it takes.
        return Some(of_plugin(api).unwrap_or(NO_PLUGIN));
    }
    let unseen = error.code() == Some(&ErrorCode::NOT_LOGGED_IN);
    if unseen && error.auth_kind() == Some(AuthErrorKind::Unrecognized) {
        return Some(UNRECOGNIZED);
    }
    if let Some(hint) = error.auth_kind().and_then(of_credential) {
        return Some(hint);
    }
    match error.kind() {
        ErrorKind::Auth(error) => of_sign_in(error),
        ErrorKind::Api(error) if error.origin() != ErrorOrigin::WordPress => Some(NOT_WORDPRESS),
        ErrorKind::Api(error) if error.status() == StatusCode::UNAUTHORIZED && with_credential => {
            Some(if is_app_password { APP_PASSWORD_NOT_SEEN } else { NOT_SEEN })
        }
        ErrorKind::Unexpected(response) => of_response(response, sent),
        ErrorKind::QueryIgnored(ignored) => {
            Some(if ignored.parameter() == "force" { NOT_FORCED } else { QUERY_IGNORED })
        }
        ErrorKind::Discovery(error) => Some(match error.kind() {
            DiscoveryErrorKind::NotFound => NOTHING_FOUND,
            DiscoveryErrorKind::OtherSite { .. } => OTHER_SITE,
            DiscoveryErrorKind::Unreachable => {
                error.transport_error().and_then(of_transport).unwrap_or(UNREACHABLE)
            }
            DiscoveryErrorKind::Deadline { .. } => SLOW_SEARCH,
            DiscoveryErrorKind::RequestLimit { .. } => LONG_SEARCH,
        }),
        ErrorKind::Authorize(error) => Some(match error.kind() {
            AuthorizeErrorKind::NotOffered => NO_GRANT,
            AuthorizeErrorKind::Page | AuthorizeErrorKind::OtherSite => NO_OWN_GRANT,
            AuthorizeErrorKind::State | AuthorizeErrorKind::Incomplete => NO_CALLBACK,
        }),
        ErrorKind::Transport(error) => of_transport(error),
        _ => None,
    }
}

/// Codes that say it all.
const CODES: &[(&str, &str)] = &[
    ("jwt_auth_bad_config", NO_SECRET),
    ("jwt_auth_bad_auth_header", OTHER_HEADER),
    (
        "api_api_bearer_auth_create_token",
        "API Bearer Auth keeps its tokens in MySQL or MariaDB, and works with no other database",
    ),
    (
        "Restricted",
        "the free plan of WP REST API Authentication (miniOrange) closes everything but /wp/v2, with any \
        credential, and `?rest_route=`; only pretty permalinks and the routes of /wp/v2 work",
    ),
    (
        "UNAUTHORIZED",
        "WP REST API Authentication (miniOrange) is active, and no method, or no algorithm for it, is chosen: save its \
        settings once more",
    ),
    (
        "INVALID_API_KEY",
        "the key is another than in the settings of WP REST API Authentication (miniOrange), or it is a JWT, and there the \
        API key is chosen",
    ),
    (
        "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE",
        "WP REST API Authentication (miniOrange) is set to another of its \
        methods: an API key is an `ApiKey`, a JWT a `MiniOrangeJwt`, Basic an `AccountPassword`",
    ),
    ("internal_server_error", SERVER_ERROR),
    (
        "rest_trash_not_supported",
        "this is not put into a trash: delete it; where that was asked for, a server on the way drops the query of a request",
    ),
    ("application_passwords_disabled", APP_PASSWORDS_OFF),
    ("application_passwords_disabled_for_user", APP_PASSWORDS_OFF),
];

pub(crate) fn of_code(error: &ApiError) -> Option<&'static str> {
    let code = error.code().as_str();
    let row = CODES.iter().find(|row| row.0 == code);
    row.map(|row| row.1).or_else(|| of_clock(error)).or_else(|| of_death(error))
}

/// Of a token that is not valid yet, for which the plugin has no code of its own.
fn of_clock(error: &ApiError) -> Option<&'static str> {
    let is_early = error.unmasked_message().starts_with("Cannot handle token prior to ");
    (is_early && *error.code() == ErrorCode::JWT_AUTH_INVALID_TOKEN).then_some(SERVER_CLOCKS)
}

/// What core says of an application password. Of any other credential the same codes mean something else.
fn of_app_password(error: &ApiError) -> Option<&'static str> {
    Some(match error.code().as_str() {
        "incorrect_password" => WRONG_APP_PASSWORD,
        "invalid_username" | "invalid_email" => UNKNOWN_APP_PASSWORD_USER,
        "application_passwords_disabled" | "application_passwords_disabled_for_user" => APP_PASSWORDS_OFF,
        _ => return None,
    })
}

/// WordPress ends with one code for everything; the words are in the site's language.
fn of_death(error: &ApiError) -> Option<&'static str> {
    let said = (*error.code() == ErrorCode::WP_DIE).then(|| error.unmasked_message())?;
    match error.status() {
        StatusCode::SERVICE_UNAVAILABLE => Some(MAINTENANCE),
        _ if said.starts_with("Error establishing a database connection") => Some(DATABASE),
        _ => None,
    }
}

/// Which plugin responds in place of the one that was asked for.
fn of_plugin(error: &ApiError) -> Option<&'static str> {
    match error.code().as_str() {
        "api_bearer_auth_not_logged_in" => {
            Some("the site has the plugin API Bearer Auth: use `ApiBearerAuth`")
        }
        "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE" => of_code(error),
        "Restricted" | "UNAUTHORIZED" => Some(
            "the site has WP REST API Authentication (miniOrange): use `MiniOrangeJwt`, `ApiKey` or `AccountPassword`, as \
            its settings say",
        ),
        _ => None,
    }
}

fn of_credential(kind: AuthErrorKind) -> Option<&'static str> {
    Some(match kind {
        AuthErrorKind::HeaderLost => HEADER_LOST,
        AuthErrorKind::WrongSite => WRONG_SITE,
        AuthErrorKind::LockedOut => {
            "wait for a minute or more: until then a right password is refused as well"
        }
        AuthErrorKind::RateLimited => "wait, as `retry_after` says: each attempt until then may prolong it",
        AuthErrorKind::SecondFactorRequired => {
            "ask the user for the code, and complete the sign-in by `Client::complete_sign_in` where the plugin has a way to \
             (`AuthError::second_factor`); otherwise use an application password"
        }
        AuthErrorKind::CaptchaRequired => {
            "a security plugin wants to see a person: have it leave the token plugin's route out, or use an application \
             password"
        }
        AuthErrorKind::Unproven => {
            "something in front of WordPress wrote the response, such as a cache or a proxy, which has to pass POST requests to \
             /wp-json/ on; `Client::diagnose` looks closer"
        }
        AuthErrorKind::SignInRequired => {
            "sign in anew: give the provider a password, or a callback (`asking`)"
        }
        _ => return None,
    })
}

/// Codes that say it all where they come from a token endpoint.
const AT_SIGN_IN: &[(&str, &str)] = &[
    ("api_bearer_auth_not_logged_in", CLOSED_LOGIN),
    // Core's word on the password of a gate.
    ("invalid_username", OTHER_HEADER),
    ("incorrect_password", OTHER_HEADER),
    (
        "45",
        "Simple JWT Login lets nobody sign in until its settings do: \"Allow Authentication\" in the section Authentication",
    ),
    (
        "41",
        "Simple JWT Login lets only some addresses sign in: see the section Authentication of its settings",
    ),
    ("27", AUTH_CODE),
    ("94", AUTH_CODE),
    (
        "BAD_REQUEST",
        "WP REST API Authentication (miniOrange) has no secret for its JWTs: its settings make one",
    ),
];

pub(crate) fn of_sign_in(error: &AuthError) -> Option<&'static str> {
    let api = error.api_error().filter(|_| error.kind() == AuthErrorKind::Misconfigured);
    let row = api.and_then(|api| AT_SIGN_IN.iter().find(|row| row.0 == api.code().as_str()));
    row.map(|row| row.1)
        .or_else(|| error.unexpected().and_then(|response| of_response(response, None)))
        .or_else(|| error.transport_error().and_then(of_transport))
}

fn of_transport(error: &TransportError) -> Option<&'static str> {
    match error.kind() {
        TransportErrorKind::Certificate => Some(UNTRUSTED),
        TransportErrorKind::Tls => Some(NO_TLS),
        TransportErrorKind::Resolve | TransportErrorKind::Connect => Some(UNREACHABLE),
        _ => None,
    }
}

/// Of what responded where the API should. What a sign-in sent is nobody's business.
fn of_response(response: &Unexpected, sent: Option<&Sent>) -> Option<&'static str> {
    let found = response.status().is_success() || response.status() == StatusCode::NOT_FOUND;
    Some(match response.kind() {
        UnexpectedKind::HostPassword => GATE,
        UnexpectedKind::Firewall | UnexpectedKind::MethodRefused if sent.is_some_and(Sent::is_stopped) => {
            STOPPED_METHOD
        }
        UnexpectedKind::Firewall => match sent.map(|sent| &sent.content) {
            Some(Content::Raw) => STOPPED_FILE,
            Some(Content::Read) => STOPPED_TEXT,
            Some(Content::None) | None => FIREWALL,
        },
        UnexpectedKind::Challenge => {
            "a challenge for browsers responded, not WordPress: ask the host to let /wp-json/ past it, or the address of \
             this machine; to repeat it does not help"
        }
        UnexpectedKind::RateLimit => "wait, as `retry_after` says, and send fewer requests at a time",
        UnexpectedKind::BodyTooLarge => {
            "the server takes no body of this size: send less, or have its limit raised (nginx: `client_max_body_size`, \
             1 MB unless said; Apache: `LimitRequestBody`; ModSecurity: `SecRequestBodyNoFilesLimit`, 128 kB of what is \
             no file)"
        }
        UnexpectedKind::UrlTooLong => {
            "ask for less at a time, so that the query is shorter: nginx and Apache take 8 kB"
        }
        UnexpectedKind::HeadersTooLarge => {
            "a header is larger than the server takes, 8 kB with nginx and Apache: send a shorter token, or have the limit \
             raised"
        }
        UnexpectedKind::BadRequest => {
            "the web server refused it, not WordPress: two Authorization headers, headers that are too large, a port that \
             speaks https, or a certificate of yours that it wants (`ConnectOptions::client_certificate`)"
        }
        UnexpectedKind::SlowRequest => {
            "the request did not arrive in the time that the server gives (Apache: `RequestReadTimeout`, 20 s): the line is \
             slow, or the body stalled"
        }
        UnexpectedKind::Maintenance => MAINTENANCE,
        UnexpectedKind::Gateway if sent.is_some_and(|sent| sent.query > LONG_QUERY) => {
            "ask for less at a time: WordPress repeats the query in a header of a list, and an nginx before it takes 4 kB of \
             headers (`fastcgi_buffer_size`, `proxy_buffer_size`)"
        }
        UnexpectedKind::Gateway => {
            "the web server has no response from PHP or from the server behind it, which is down, overloaded or slow: the \
             host's logs say which"
        }
        UnexpectedKind::Database => DATABASE,
        UnexpectedKind::OutOfMemory | UnexpectedKind::OutOfTime => TOO_HEAVY,
        UnexpectedKind::ServerError => SERVER_ERROR,
        UnexpectedKind::WpDie => {
            "WordPress or one of its plugins ended the request; its words say why, and a security plugin is a common reason"
        }
        UnexpectedKind::NotInstalled => {
            "WordPress is not set up at this address: finish its installation in a browser, or have the host look whether              its database and the prefix of its tables are the right ones"
        }
        UnexpectedKind::LoginPage => {
            "a login page responded where the API should be: have what asks for the login leave /wp-json/ open"
        }
        UnexpectedKind::SitePage | UnexpectedKind::Page if found => NO_API,
        UnexpectedKind::PhpSource => {
            "the server hands out the source code of the site instead of running it, with the passwords that it holds: take \
             the site off the net until its rules for PHP are right (Apache: a rewrite in the virtual host needs `[PT]`)"
        }
        UnexpectedKind::List => {
            "a redirect on the way made a GET of the request: use the address that the site gives for itself, with its \
             scheme and host, and a transport that follows no redirects by itself"
        }
        _ => return None,
    })
}

/// From this length on, in bytes, nginx was seen to respond with 502 to lists; 3200 went through.
const LONG_QUERY: usize = 3000;

const MAINTENANCE: &str = "the site is in maintenance: wait, as `retry_after` says; where it lasts, `.maintenance` in the \
    site's directory is left over from an update";

const DATABASE: &str = "WordPress cannot reach its database: contact the hosting provider";

const SERVER_CLOCKS: &str = "the token is from the future: the clocks of the servers behind this site differ, so the host has to set \
    them by NTP; a token is good again once the slower clock has caught up";

const TOO_HEAVY: &str = "PHP has no more memory or time for this: ask for fewer items at a time (`per_page`) or for \
    fewer fields (`_fields`), or have `memory_limit` or `max_execution_time` raised";

const UPLOADED: &str = "the file has arrived, and only the work after it failed: `POST /wp/v2/media/{id}/post-process` with \
    `{\"action\":\"create-image-subsizes\"}` goes on with it, where the id is `Error::attachment_id`; do not upload it again";

const NOT_WORDPRESS: &str = "WordPress did not say this, but a plugin in its own way, or a gateway or proxy before the site: its \
    words say what is missing; if it knows nothing of this site, check the address";

const SERVER_ERROR: &str =
    "the site fails, mostly in a plugin or the theme: the server's error log says where";

const GATE: &str = "the host asks for a password of its own, before WordPress: give it to `ClientBuilder::host_password`, and send \
    the token in another header (`in_header`) that the server hands on";

const FIREWALL: &str = "a firewall responded, not WordPress: ask the host to let the API through (with ModSecurity's core \
    rules: their exclusions for WordPress, and the methods PUT, PATCH and DELETE)";

const STOPPED_METHOD: &str = "the server, or a firewall before it, stops PUT, PATCH and DELETE: have them sent as POST by \
    `ClientBuilder::override_methods`, or ask the host to allow them";

const STOPPED_FILE: &str = "a firewall responded, not WordPress: it stops files that are sent as they are; send it as a form \
    (`Request::multipart`), or ask the host to allow its media type";

const STOPPED_TEXT: &str = "a firewall responded, not WordPress: it takes offence at something in what was sent, such as the \
    comments of blocks, a script or SQL; ask the host for the exclusions for WordPress of ModSecurity's core rules \
    (`tx.crs_exclusions_wordpress=1`)";

const OTHER_HEADER: &str = "another Authorization header than the token's arrives: that of a gate before the site, or what \
    the server's configuration puts there. Send the token in a header of its own (`in_header`), and have the server hand that \
    on as HTTP_AUTHORIZATION";

pub(crate) const QUERY_IGNORED: &str = "the server, or a cache before it, drops the query: on nginx, `try_files` in front of PHP \
    has to end in `/index.php?$is_args$args`; a cache has to keep responses of /wp-json/ apart by their query, or leave \
    them alone";

const NOT_FORCED: &str = "the item is in the trash: the server drops the query of a request; on nginx, `try_files` in front of \
    PHP has to end in `/index.php?$is_args$args`";

const FEWER: &str = "the site fails on this part of the list: ask for fewer items at a time (`per_page`), down to the one that \
    it fails on, and go on behind it; the server's error log says why";

const NO_API: &str = "a page responded where the API should be: check the address; the site may have plain permalinks \
    (`plain_permalinks`), another name for its API (`rest_prefix`, `api_root`), or a login or firewall before it; \
    `Client::discover` finds out";

const NOTHING_FOUND: &str = "check the address: it has to be that of WordPress itself, which may be another than that of \
    the front end; a plugin may have turned the API off or renamed it (`api_root`), or a login or firewall may stand before it";

const OTHER_SITE: &str = "check the address; if the site that was found is the one, give its address";

const SLOW_SEARCH: &str = "the site is slow, or asks to wait: try again later, give the search more time \
    (`DiscoveryBuilder::deadline`), or give the address of the API (`api_root`)";

const LONG_SEARCH: &str = "the site redirects each request, or fails again and again: give the address of its home page as a \
    browser shows it, or that of the API (`api_root`)";

const NO_GRANT: &str = "application passwords need https, or `WP_ENVIRONMENT_TYPE` set to `local`, and a plugin may turn \
    them off; where the API is closed to strangers, the user makes one in their profile";

const NO_OWN_GRANT: &str = "search for the site under the address that WordPress gives for itself (Settings, General: \
    WordPress Address); where that is another host than the API's, the user makes an application password in their profile";

const NO_CALLBACK: &str = "begin anew, and check the callback with the request that the user was sent off with, or with its \
    saved `state`";

const UNREACHABLE: &str = "check the address, its scheme and its port, and the network; where the way out is a proxy, name it \
    (`ConnectOptions::proxy`)";

const NO_PLUGIN: &str = "the token plugin is not active on this site, or its API lives elsewhere: check the plugin, the \
    permalinks and the address";

const NO_SECRET: &str =
    "define JWT_AUTH_SECRET_KEY in wp-config.php, above the line that says to stop editing";

const NOT_SEEN: &str = "a credential was sent, and the site responded as to nobody: a web server drops the \
    Authorization header (`Client::diagnose` looks closer), or the credential is wrong, or it is a key that opens the API without logging \
    anybody in (miniOrange)";

const APP_PASSWORD_NOT_SEEN: &str = "an application password was sent, and the site responded as to nobody: it is wrong or was \
    revoked, or the site has application passwords only over https, or a web server drops the Authorization header \
    (`Client::diagnose` looks closer)";

const WRONG_APP_PASSWORD: &str = "WordPress knows the user, and this is none of their application passwords: make a new one in the \
    user's profile (or by `Discovery::authorize`); the password of the account is not taken here";

const UNKNOWN_APP_PASSWORD_USER: &str = "WordPress has no such user: give the login or the e-mail address of the account, not the name \
    of the application password";

pub(crate) const UNTRUSTED: &str = "an authority of your own: hand it over (`ConnectOptions::root_certificates`), or install \
    it in the system's store; a certificate that vouches for itself: make an authority and a certificate by it; another \
    name, or expired: check the address, and the host has to mend it; on a line that you trust: \
    `ConnectOptions::danger_accept_invalid_certificate_of`";

const NO_TLS: &str = "the port speaks plain http, or asks for a certificate of yours \
    (`ConnectOptions::client_certificate`): check the scheme and the port";

const UNRECOGNIZED: &str = "the plugin accepts the token, and WordPress sees no user: the user was deleted, or the plugin is not \
    set up to log users in (Simple JWT Login: \"All WordPress endpoints checks for JWT authentication\")";

const AUTH_CODE: &str = "Simple JWT Login is set to want a code of the site's own (AUTH_KEY) with each sign-in, which is not sent: \
    switch that off in its settings";

const WRONG_SITE: &str = "use one address for the site, with the scheme and the host that it gives for itself: a token \
    is good for the address that it was obtained at";

const CLOSED_LOGIN: &str = "API Bearer Auth opens its login only at the very address that the site gives for itself, \
    host and port included, and with pretty permalinks: use that address; on nginx with a port in it, HTTP_HOST has to be \
    `$http_host` and not `$host`";

const APP_PASSWORDS_OFF: &str = "application passwords are switched off on this site, or for this user: they need https, \
    and a security plugin may forbid them";

/// The remedies that work on most set-ups: Apache drops the header unless told otherwise, nginx when told to.
const HEADER_LOST: &str = "the web server drops the Authorization header: on Apache, save the permalinks once more in the \
    dashboard, so that WordPress writes its current rewrite block, or put `SetEnvIf Authorization \"(.*)\" \
    HTTP_AUTHORIZATION=$1` above that block in .htaccess; on nginx, put `fastcgi_param HTTP_AUTHORIZATION \
    $http_authorization;` behind `include fastcgi_params;`; `Client::diagnose` looks closer";
