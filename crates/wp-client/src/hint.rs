//! What can be done about an error. Each remedy was seen to work on a server that had the fault.

use http::StatusCode;
use wp_auth::{AuthError, AuthErrorKind};
use wp_core::answer::{Unexpected, UnexpectedKind};
use wp_core::{ApiError, TransportError, TransportErrorKind};

use crate::{DiscoveryErrorKind, Error, ErrorKind};

pub(crate) fn of(error: &Error, with_credential: bool) -> Option<&'static str> {
    let api = error.api_error();
    let other_plugin = error.auth_kind() == Some(AuthErrorKind::NotOffered);
    if let Some(hint) = api.filter(|_| !other_plugin).and_then(of_code) {
        return Some(hint);
    }
    if let (Some(AuthErrorKind::NotOffered), Some(api)) = (error.auth_kind(), api) {
        // Without an answer of the API, the words of the error say which provider it takes.
        return Some(of_plugin(api).unwrap_or(NO_PLUGIN));
    }
    if let Some(hint) = error.auth_kind().and_then(of_credential) {
        return Some(hint);
    }
    match error.kind() {
        ErrorKind::Auth(error) => of_sign_in(error),
        ErrorKind::Api(error) if error.status() == StatusCode::UNAUTHORIZED && with_credential => {
            Some(NOT_SEEN)
        }
        ErrorKind::Unexpected(answer) => of_page(answer),
        ErrorKind::Discovery(error) => Some(match error.kind() {
            DiscoveryErrorKind::NotFound => NOTHING_FOUND,
            DiscoveryErrorKind::OtherSite { .. } => OTHER_SITE,
            DiscoveryErrorKind::Unreachable => UNREACHABLE,
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
    ("application_passwords_disabled", APP_PASSWORDS_OFF),
    ("application_passwords_disabled_for_user", APP_PASSWORDS_OFF),
];

pub(crate) fn of_code(error: &ApiError) -> Option<&'static str> {
    let code = error.code().as_str();
    CODES.iter().find(|row| row.0 == code).map(|row| row.1)
}

/// Which plugin answers in place of the one that was asked for.
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
        "BAD_REQUEST",
        "WP REST API Authentication (miniOrange) has no secret for its JWTs: its settings make one",
    ),
];

pub(crate) fn of_sign_in(error: &AuthError) -> Option<&'static str> {
    let api = error.api_error().filter(|_| error.kind() == AuthErrorKind::Misconfigured);
    let row = api.and_then(|api| AT_SIGN_IN.iter().find(|row| row.0 == api.code().as_str()));
    row.map(|row| row.1)
        .or_else(|| error.unexpected().and_then(of_page))
        .or_else(|| error.transport_error().and_then(of_transport))
}

fn of_transport(error: &TransportError) -> Option<&'static str> {
    (error.kind() == TransportErrorKind::Tls).then_some(UNTRUSTED)
}

/// Of a page where the API should be.
fn of_page(answer: &Unexpected) -> Option<&'static str> {
    // WordPress's own is JSON.
    if answer.status() == StatusCode::UNAUTHORIZED {
        return Some(GATE);
    }
    if matches!(answer.status().as_u16(), 403 | 406) {
        return Some(FIREWALL);
    }
    let found = answer.status().is_success() || answer.status() == StatusCode::NOT_FOUND;
    (answer.kind() == UnexpectedKind::Html && found).then_some(NO_API)
}

const GATE: &str = "the host asks for a password of its own, before WordPress: give it to `ClientBuilder::gate`, and send \
    the token in another header (`via`) that the server hands on";

const FIREWALL: &str = "a firewall answered, not WordPress: ask the host to let the API through (with ModSecurity's core \
    rules: their exclusions for WordPress, and the methods PUT, PATCH and DELETE)";

const OTHER_HEADER: &str = "another Authorization header than the token's arrives: that of a gate before the site, or what \
    the server's configuration puts there. Send the token in a header of its own (`via`), and have the server hand that \
    on as HTTP_AUTHORIZATION";

const NO_API: &str = "a page answered where the API should be: check the address; the site may have plain permalinks \
    (`plain_permalinks`), another name for its API (`rest_prefix`, `api_root`), or a login or firewall before it; \
    `Client::discover` finds out";

const NOTHING_FOUND: &str = "check the address: it has to be that of WordPress itself, which may be another than that of \
    the front end; a plugin may have turned the API off or renamed it (`api_root`), or a login or firewall may stand before it";

const OTHER_SITE: &str = "check the address; if the site that was found is the one, give its address";

const UNREACHABLE: &str =
    "check the address and the network; https is tried unless http:// is written in front";

const NO_PLUGIN: &str = "the token plugin is not active on this site, or its API lives elsewhere: check the plugin, the \
    permalinks and the address";

const NO_SECRET: &str =
    "define JWT_AUTH_SECRET_KEY in wp-config.php, above the line that says to stop editing";

const NOT_SEEN: &str = "a credential was sent, and the site answered as to nobody: a web server drops the \
    Authorization header (`verify` tells), or the credential is wrong, or an application password needs https, or it \
    is a key that opens the API without logging anybody in (miniOrange)";

const UNTRUSTED: &str = "the certificate is not one that this system trusts: install its authority in the system's \
    store, or hand over a transport on an HTTP client of your own; or the host has to mend it, or the port speaks http";

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
