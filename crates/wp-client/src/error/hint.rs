//! The hints for errors. Each remedy was tested on a server that had the fault.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};
use wp_auth::{AuthError, AuthErrorKind, SchemeKind};
use wp_core::response::{Unexpected, UnexpectedKind};
use wp_core::{ApiError, ErrorCode, ErrorOrigin, Query, TransportError, TransportErrorKind};

use crate::{AuthorizeErrorKind, DiscoveryErrorKind, Error, ErrorKind};

/// The properties of the request that a hint depends on.
pub(crate) struct Sent {
    method: Method,
    content: Content,
    /// The length of the query in bytes.
    query: usize,
    /// The scheme of the credential that was sent.
    scheme: Option<SchemeKind>,
}

/// How a firewall treats the body of the request.
#[derive(PartialEq)]
enum Content {
    None,
    /// A media type that firewalls inspect and allow.
    Read,
    /// A media type that firewalls block: a file as the whole body.
    Raw,
}

/// The media types that `ModSecurity`'s core rules allow (observed).
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

    /// Whether the request has a method that firewalls block.
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
        // Without an API response, the error message itself names the provider to use.
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

/// Hints for error codes with one meaning.
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
        settings again",
    ),
    (
        "INVALID_API_KEY",
        "the key differs from the one in the settings of WP REST API Authentication (miniOrange), or a JWT was sent \
        while the plugin is set to API keys",
    ),
    (
        "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE",
        "WP REST API Authentication (miniOrange) is set to another of its \
        methods: an API key is an `ApiKey`, a JWT a `MiniOrangeJwt`, HTTP Basic a `Basic::account_password`",
    ),
    ("internal_server_error", SERVER_ERROR),
    (
        "rest_trash_not_supported",
        "this item has no trash: use `delete`; if you did, a server on the way drops the query of the request",
    ),
    ("rest_no_route", NO_ROUTE),
    ("term_exists", TERM_EXISTS),
    ("existing_user_email", EMAIL_TAKEN),
    ("application_passwords_disabled", APP_PASSWORDS_OFF),
    ("application_passwords_disabled_for_user", APP_PASSWORDS_OFF),
];

pub(crate) fn of_code(error: &ApiError) -> Option<&'static str> {
    let code = error.code().as_str();
    let row = CODES.iter().find(|row| row.0 == code);
    row.map(|row| row.1).or_else(|| of_clock(error)).or_else(|| of_death(error))
}

/// The hint for a token that is not valid yet. The plugin has no separate code for it.
fn of_clock(error: &ApiError) -> Option<&'static str> {
    let is_early = error.unmasked_message().starts_with("Cannot handle token prior to ");
    (is_early && *error.code() == ErrorCode::JWT_AUTH_INVALID_TOKEN).then_some(SERVER_CLOCKS)
}

/// Hints for WordPress core's codes about an application password. For other credentials the same codes mean something
/// else.
fn of_app_password(error: &ApiError) -> Option<&'static str> {
    Some(match error.code().as_str() {
        "incorrect_password" => WRONG_APP_PASSWORD,
        "invalid_username" | "invalid_email" => UNKNOWN_APP_PASSWORD_USER,
        "application_passwords_disabled" | "application_passwords_disabled_for_user" => APP_PASSWORDS_OFF,
        _ => return None,
    })
}

/// `wp_die` uses one code for everything, and its message is in the site's language.
fn of_death(error: &ApiError) -> Option<&'static str> {
    match error.status() {
        StatusCode::SERVICE_UNAVAILABLE if *error.code() == ErrorCode::WP_DIE => Some(MAINTENANCE),
        _ if error.is_database_unreachable() => Some(DATABASE),
        _ => None,
    }
}

/// The hint for a site that has another plugin than the provider expects.
fn of_plugin(error: &ApiError) -> Option<&'static str> {
    match error.code().as_str() {
        "api_bearer_auth_not_logged_in" => {
            Some("the site has the plugin API Bearer Auth: use `ApiBearerAuth`")
        }
        "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE" => of_code(error),
        "Restricted" | "UNAUTHORIZED" => Some(
            "the site has WP REST API Authentication (miniOrange): use `MiniOrangeJwt`, `ApiKey` or \
            `Basic::account_password`, as its settings say",
        ),
        _ => None,
    }
}

fn of_credential(kind: AuthErrorKind) -> Option<&'static str> {
    Some(match kind {
        AuthErrorKind::HeaderLost => HEADER_LOST,
        AuthErrorKind::WrongSite => WRONG_SITE,
        AuthErrorKind::LockedOut => {
            "wait for a minute or more: until then the site refuses the correct password too"
        }
        AuthErrorKind::RateLimited => "wait for `retry_after`: each earlier attempt may prolong it",
        AuthErrorKind::SecondFactorRequired => {
            "ask the user for the code and call `Client::complete_sign_in`, if the plugin supports it \
             (`AuthError::second_factor`); otherwise use an application password"
        }
        AuthErrorKind::CaptchaRequired => {
            "a security plugin requires a captcha: exclude the token plugin's route from it, or use an application \
             password"
        }
        AuthErrorKind::Unproven => {
            "something in front of WordPress sent the response, such as a cache or a proxy: it must pass POST \
             requests to /wp-json/ to WordPress; `Client::diagnose` finds out more"
        }
        AuthErrorKind::SignInRequired => SIGN_IN,
        _ => return None,
    })
}

/// Hints for error codes that have one meaning when a token endpoint sends them.
const AT_SIGN_IN: &[(&str, &str)] = &[
    ("api_bearer_auth_not_logged_in", CLOSED_LOGIN),
    // WordPress core received the host's own password instead of the credential.
    ("invalid_username", OTHER_HEADER),
    ("incorrect_password", OTHER_HEADER),
    (
        "45",
        "Simple JWT Login has sign-in turned off: switch on \"Allow Authentication\" in the section Authentication \
        of its settings",
    ),
    (
        "41",
        "Simple JWT Login allows sign-in only from some IP addresses: see the section Authentication of its settings",
    ),
    ("27", AUTH_CODE),
    ("94", AUTH_CODE),
    (
        "BAD_REQUEST",
        "WP REST API Authentication (miniOrange) has no secret for its JWTs: generate one in its settings",
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

/// The hint for a response that did not come from the API. `sent` is `None` for a sign-in.
fn of_response(response: &Unexpected, sent: Option<&Sent>) -> Option<&'static str> {
    let found = response.status().is_success() || response.status() == StatusCode::NOT_FOUND;
    Some(match response.kind() {
        UnexpectedKind::HostPassword => HOST_PASSWORD,
        UnexpectedKind::Firewall | UnexpectedKind::MethodRefused if sent.is_some_and(Sent::is_stopped) => {
            STOPPED_METHOD
        }
        UnexpectedKind::Firewall => match sent.map(|sent| &sent.content) {
            Some(Content::Raw) => STOPPED_FILE,
            Some(Content::Read) => STOPPED_TEXT,
            Some(Content::None) | None => FIREWALL,
        },
        UnexpectedKind::Challenge => {
            "a challenge for browsers responded, not WordPress: ask the hosting provider to exempt /wp-json/ or the \
             IP address of this machine; a retry does not help"
        }
        UnexpectedKind::RateLimit => "wait for `retry_after`, and send fewer requests at a time",
        UnexpectedKind::BodyTooLarge => {
            "the server rejected the body as too large: send less, or ask the hosting provider to raise the limit \
             (nginx: `client_max_body_size`, default 1 MB; Apache: `LimitRequestBody`; ModSecurity: \
             `SecRequestBodyNoFilesLimit`, 128 kB without files)"
        }
        UnexpectedKind::UrlTooLong => {
            "request less at a time, so that the query is shorter: nginx and Apache accept 8 kB"
        }
        UnexpectedKind::HeadersTooLarge => {
            "a header is larger than the server accepts (8 kB with nginx and Apache): send a shorter token, or ask \
             the hosting provider to raise the limit"
        }
        UnexpectedKind::BadRequest => {
            "the web server refused the request, not WordPress. Possible causes: two Authorization headers, headers \
             that are too large, http on a port for https, or a missing client certificate \
             (`ConnectOptions::client_certificate`)"
        }
        UnexpectedKind::SlowRequest => {
            "the request did not arrive within the server's timeout (Apache: `RequestReadTimeout`, 20 s): the \
             connection is slow, or the body stalled"
        }
        UnexpectedKind::Maintenance => MAINTENANCE,
        UnexpectedKind::Gateway if sent.is_some_and(|sent| sent.query > LONG_QUERY) => {
            "request less at a time: WordPress repeats the query in a header of a list, and nginx in front of it \
             accepts 4 kB of headers (`fastcgi_buffer_size`, `proxy_buffer_size`)"
        }
        UnexpectedKind::Gateway => {
            "the web server got no response from PHP or from the server behind it, which is down, overloaded or \
             slow: the server's logs say which"
        }
        UnexpectedKind::Database => DATABASE,
        UnexpectedKind::OutOfMemory | UnexpectedKind::OutOfTime => TOO_HEAVY,
        UnexpectedKind::ServerError => SERVER_ERROR,
        UnexpectedKind::WpDie => {
            "WordPress or one of its plugins aborted the request: see the message; a security plugin is a common cause"
        }
        UnexpectedKind::NotInstalled => {
            "WordPress is not set up at this address: finish its installation in a browser, or ask the hosting \
             provider to check its database and the prefix of its tables"
        }
        UnexpectedKind::LoginPage => {
            "a login page responded instead of the API: exclude /wp-json/ from the login"
        }
        UnexpectedKind::SitePage | UnexpectedKind::Page if found => NO_API,
        UnexpectedKind::PhpSource => {
            "the server sends the source code of the site, passwords included, instead of running it: take the site \
             offline until the server runs PHP again (Apache: a rewrite in the virtual host needs `[PT]`)"
        }
        UnexpectedKind::List => {
            "a redirect turned the request into a GET: use the address in the site's settings, with its scheme and \
             host, and a transport that does not follow redirects itself"
        }
        _ => return None,
    })
}

/// A query of this length in bytes may be the reason for a 502 response of nginx to a list (observed; 3200 bytes
/// worked).
const LONG_QUERY: usize = 3000;

const NO_ROUTE: &str = "the site has no such route: a post type or taxonomy must be registered with `show_in_rest`, at \
    the route of its `rest_base` (`Client::types` and `Client::taxonomies` list them); a plugin's must be active; else the \
    version of WordPress is older than the route, or the method is not one of it";

const TERM_EXISTS: &str = "the taxonomy has the name already, at this level: `Error::existing_term` is its id, and \
    `Collection::find_or_create` returns it";

const EMAIL_TAKEN: &str = "another user has the e-mail address: `Collection::find_or_create` and `Collection::upsert` \
    find them by it; in a network, it may be a user of another site";

const MAINTENANCE: &str = "the site is in maintenance: wait for `retry_after`; if it does not end, delete the file \
    `.maintenance` in the site's directory, which a failed update left behind";

const DATABASE: &str = "WordPress cannot reach its database: contact the hosting provider";

const SERVER_CLOCKS: &str = "the token is not valid yet: the clocks of the servers behind this site differ; ask the \
    hosting provider to synchronize them (NTP); the token becomes valid once the slower clock has caught up";

const TOO_HEAVY: &str = "PHP reached its memory or time limit: request fewer items at a time (`per_page`) or fewer \
    fields (`_fields`), or raise `memory_limit` or `max_execution_time`";

const UPLOADED: &str = "the file is stored, and only making its image sizes failed: send `POST \
    /wp/v2/media/{id}/post-process` with `{\"action\":\"create-image-subsizes\"}` to continue, where the id is \
    `Error::attachment_id`; do not upload it again";

const NOT_WORDPRESS: &str = "the error does not come from WordPress, but from a plugin with its own format, or from \
    a gateway or proxy in front of the site: see its message; if it does not know this site, check the address";

const SERVER_ERROR: &str =
    "the site fails, usually in a plugin or the theme: the server's error log says where";

const HOST_PASSWORD: &str = "the web server asks for the host's own password, before WordPress: set it with \
    `ClientBuilder::host_password`, and send the token in another header (`in_header`) that the web server passes \
    to PHP";

const FIREWALL: &str = "a firewall responded, not WordPress: ask the hosting provider to allow the API (with \
    ModSecurity's core rules: their exclusions for WordPress, and the methods PUT, PATCH and DELETE)";

const STOPPED_METHOD: &str = "the server, or a firewall in front of it, blocks PUT, PATCH and DELETE: send them as \
    POST with `ClientBuilder::override_methods`, or ask the hosting provider to allow them";

const STOPPED_FILE: &str = "a firewall responded, not WordPress: it blocks a file that is the whole body; send the \
    file as a form (`Request::multipart`), or ask the hosting provider to allow its media type";

const STOPPED_TEXT: &str = "a firewall responded, not WordPress: it blocks something in the body, such as block \
    comments, a script or SQL; ask the hosting provider for the exclusions for WordPress of ModSecurity's core rules \
    (`tx.crs_exclusions_wordpress=1`)";

const OTHER_HEADER: &str = "WordPress receives another Authorization header than that of the token: the host's own \
    password, or a value from the server's configuration. Send the token in another header (`in_header`), and \
    configure the web server to pass it to PHP as HTTP_AUTHORIZATION";

pub(crate) const QUERY_IGNORED: &str = "the server, or a cache in front of it, drops the query: on nginx, \
    `try_files` in front of PHP must end in `/index.php?$is_args$args`; a cache must use the query as part of its \
    key for /wp-json/, or not cache it";

const NOT_FORCED: &str = "the item was moved to the trash: the server drops the query of the request; on nginx, \
    `try_files` in front of PHP must end in `/index.php?$is_args$args`";

const FEWER: &str = "the site fails on this part of the list: request fewer items at a time (`per_page`) to find \
    the item that it fails on, and continue after it; the server's error log says why";

const NO_API: &str = "a page responded instead of the API: check the address; the site may have plain permalinks \
    (`plain_permalinks`), another path for its API (`rest_prefix`, `api_root`), or a login or firewall in front of it; \
    `Client::discover` finds out";

const NOTHING_FOUND: &str = "check the address: it must be that of WordPress itself, which may differ from that of \
    the front end; a plugin may have turned the API off or renamed it (`api_root`), or a login or firewall may be \
    in front of it";

const OTHER_SITE: &str = "check the address; if the site that was found is the right one, use its address";

const SLOW_SEARCH: &str = "the site is slow, or asks to wait: try again later, set a longer deadline \
    (`DiscoveryBuilder::deadline`), or set the address of the API (`api_root`)";

const LONG_SEARCH: &str = "the site redirects or fails each request: use the address of its home page as a browser \
    shows it, or set that of the API (`api_root`)";

const NO_GRANT: &str = "application passwords need https, or `WP_ENVIRONMENT_TYPE` set to `local`, and a plugin may \
    turn them off; if the API is closed to anonymous requests, the user creates one in their profile";

const NO_OWN_GRANT: &str = "use the address in the site's settings (Settings, General: WordPress Address) for \
    discovery; if its host differs from the API's, the user creates an application password in their profile";

const NO_CALLBACK: &str = "start the authorization again, and check the callback with the request that it belongs \
    to, or with the saved `state` of that request";

const UNREACHABLE: &str = "check the address, its scheme and its port, and the network; if the network needs a \
    proxy, set it (`ConnectOptions::proxy`)";

pub(crate) const SIGN_IN: &str = "sign in again: make the provider with a password (`new`), or with a callback that returns \
    the login (`login_from`)";

const NO_PLUGIN: &str = "the token plugin is not active on this site, or its API is at another address: check the \
    plugin, the permalinks and the address";

const NO_SECRET: &str =
    "define JWT_AUTH_SECRET_KEY in wp-config.php, above the line that says to stop editing";

const NOT_SEEN: &str = "a credential was sent, and the site treated the request as anonymous: a web server drops the \
    Authorization header (`Client::diagnose` finds out more), or the credential is wrong, or it is a key that opens \
    the API without a user (miniOrange)";

const APP_PASSWORD_NOT_SEEN: &str = "an application password was sent, and the site treated the request as \
    anonymous: the password is wrong or was revoked, or the site accepts application passwords only over https, or \
    a web server drops the Authorization header (`Client::diagnose` finds out more)";

const WRONG_APP_PASSWORD: &str = "WordPress knows the user, but the password is not one of their application \
    passwords: create a new one in the user's profile (or with `Discovery::authorize`); the password of the account \
    is not accepted here";

const UNKNOWN_APP_PASSWORD_USER: &str = "WordPress has no such user: use the login or the e-mail address of the \
    account, not the name of the application password";

pub(crate) const UNTRUSTED: &str = "for a private certificate authority: add its certificate \
    (`ConnectOptions::root_certificates`), or install it in the system's store; for a self-signed certificate: \
    create an authority and a certificate signed by it; for a wrong name or an expired certificate: check the \
    address, and contact the hosting provider; on a network that you trust: \
    `ConnectOptions::danger_accept_invalid_certificate_of`";

const NO_TLS: &str = "the port speaks plain http, or requires a client certificate \
    (`ConnectOptions::client_certificate`): check the scheme and the port";

const UNRECOGNIZED: &str = "the plugin accepts the token, but WordPress has no user for it: the user was deleted, \
    or the plugin is not set up to log users in (Simple JWT Login: \"All WordPress endpoints checks for JWT \
    authentication\")";

const AUTH_CODE: &str = "Simple JWT Login requires an authentication code (AUTH_KEY) with each sign-in, which this \
    client does not send: switch that off in its settings";

const WRONG_SITE: &str = "always use the address in the site's settings, with its scheme and host: a token is valid \
    only for the address that it was obtained at";

const CLOSED_LOGIN: &str = "API Bearer Auth allows a sign-in only at the exact address in the site's settings, \
    including host and port, and with pretty permalinks: use that address; on nginx with a port in it, HTTP_HOST \
    must be `$http_host` and not `$host`";

const APP_PASSWORDS_OFF: &str = "application passwords are switched off on this site, or for this user: they need \
    https, and a security plugin may forbid them";

/// The remedies that work on most servers. Apache drops the header by default, nginx only if configured to.
const HEADER_LOST: &str = "the web server drops the Authorization header: on Apache, save the permalinks again in the \
    dashboard, so that WordPress writes its current rewrite block, or put `SetEnvIf Authorization \"(.*)\" \
    HTTP_AUTHORIZATION=$1` above that block in .htaccess; on nginx, put `fastcgi_param HTTP_AUTHORIZATION \
    $http_authorization;` after `include fastcgi_params;`; `Client::diagnose` finds out more";
