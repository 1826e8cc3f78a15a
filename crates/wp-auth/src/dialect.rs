//! The token plugins, as data: where one signs in, what comes back, and what their errors mean.
//!
//! Observed on JWT Authentication for WP REST API 1.3.4, API Bearer Auth 20200916, WP REST API
//! Authentication (miniOrange) 4.4.0 and JWT Auth (useful-team) 3.0.2.

use http::Method;

use crate::AuthErrorKind::{
    Expired, HeaderLost, LockedOut, Misconfigured, NotOffered, TokenRefused, Unrecognized, WrongCredentials,
    WrongSite,
};
use crate::meaning::{Rule, rule};

/// How one plugin does it.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// What its author calls it.
    pub(crate) plugin: &'static str,
    /// The provider for it, for whoever took another one.
    pub(crate) provider: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) encoding: Encoding,
    /// The field that tells one program's tokens from another's, if the plugin keeps them apart.
    pub(crate) label: Option<Label>,
    pub(crate) renewal: Renewal,
    /// It answers public routes to a bad token as to a stranger.
    pub(crate) ignores_bad_tokens: bool,
    /// What is asked to prove a token.
    pub(crate) check: (Method, &'static str),
    pub(crate) grant: Grant,
    /// What the errors of signing in mean...
    pub(crate) at_sign_in: &'static [Rule],
    /// ...and those of renewing, of checking, and of any other request that carries a token.
    pub(crate) at_use: &'static [Rule],
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Encoding {
    Json,
    Form,
}

#[derive(Debug)]
pub(crate) struct Label {
    pub(crate) field: &'static str,
    /// A program that gives none gets one of its own: the plugin ends the older of two tokens of one name.
    pub(crate) required: bool,
}

#[derive(Debug)]
pub(crate) enum Renewal {
    /// There is none: one signs in again.
    SignIn,
    /// A refresh token, which stays the same.
    Token { route: &'static str, field: &'static str },
    /// A cookie that signs in, and can be exchanged for a younger one at `rotate`.
    Cookie { name: &'static str, rotate: &'static str },
}

/// Where things are in the answer of the token endpoint, as JSON pointers. Empty: nowhere.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) token: &'static str,
    /// The seconds that the token lives; without it, its claims say.
    pub(crate) lifetime: &'static str,
    pub(crate) refresh: &'static str,
    /// The user's id; without it, the claims say.
    pub(crate) id: &'static str,
    pub(crate) login: &'static str,
    pub(crate) email: &'static str,
    pub(crate) nicename: &'static str,
    pub(crate) display_name: &'static str,
    pub(crate) roles: &'static str,
}

const NOTHING: Grant = Grant {
    token: "",
    lifetime: "",
    refresh: "",
    id: "",
    login: "",
    email: "",
    nicename: "",
    display_name: "",
    roles: "",
};

/// All of them.
pub(crate) static DIALECTS: [&Dialect; 4] = [&JWT_AUTH, &API_BEARER_AUTH, &MINI_ORANGE, &USEFUL_TEAM];

pub(crate) static JWT_AUTH: Dialect = Dialect {
    plugin: "JWT Authentication for WP REST API",
    provider: "JwtAuth",
    sign_in: "/jwt-auth/v1/token",
    encoding: Encoding::Json,
    label: None,
    renewal: Renewal::SignIn,
    ignores_bad_tokens: false,
    check: (Method::POST, "/jwt-auth/v1/token/validate"),
    grant: Grant {
        token: "/token",
        email: "/user_email",
        nicename: "/user_nicename",
        display_name: "/user_display_name",
        ..NOTHING
    },
    at_sign_in: &[
        // Another plugin closes the way.
        rule("api_bearer_auth_not_logged_in", NotOffered),
        rule("Restricted", NotOffered),
        rule("UNAUTHORIZED", NotOffered),
        // Whatever stands behind the prefix, core or a security plugin did not let this user in.
        rule("[jwt_auth] *", WrongCredentials),
        rule("jwt_auth_bad_config", Misconfigured),
        rule("jwt_auth_unsupported_algorithm", Misconfigured),
    ],
    // Every failure is a 403, and only the message tells an expired token from a forged one.
    at_use: &[
        rule("jwt_auth_invalid_token", Expired).saying("Expired token"),
        rule("jwt_auth_invalid_token", TokenRefused),
        rule("jwt_auth_bad_request", TokenRefused),
        rule("jwt_auth_bad_iss", WrongSite),
        rule("jwt_auth_no_auth_header", HeaderLost),
        // Ours is well formed, so something on the way wrote another.
        rule("jwt_auth_bad_auth_header", HeaderLost),
        rule("jwt_auth_bad_config", Misconfigured),
        rule("jwt_auth_unsupported_algorithm", Misconfigured),
    ],
};

pub(crate) static API_BEARER_AUTH: Dialect = Dialect {
    plugin: "API Bearer Auth",
    provider: "ApiBearerAuth",
    sign_in: "/api-bearer-auth/v1/login",
    // A form is read as empty.
    encoding: Encoding::Json,
    label: Some(Label { field: "client_name", required: true }),
    renewal: Renewal::Token { route: "/api-bearer-auth/v1/tokens/refresh", field: "token" },
    ignores_bad_tokens: false,
    // It has nothing to ask, but closes everything to strangers.
    check: (Method::GET, "/wp/v2/users/me"),
    grant: Grant {
        token: "/access_token",
        lifetime: "/expires_in",
        refresh: "/refresh_token",
        id: "/wp_user/ID",
        login: "/wp_user/data/user_login",
        email: "/wp_user/data/user_email",
        nicename: "/wp_user/data/user_nicename",
        display_name: "/wp_user/data/display_name",
        roles: "/wp_user/roles",
    },
    at_sign_in: &[
        // Another plugin closes the way.
        rule("Restricted", NotOffered),
        rule("UNAUTHORIZED", NotOffered),
        // Core's word on the password of a gate in front of the site, which it takes for one of its own.
        rule("invalid_username", Misconfigured).under(401),
        rule("incorrect_password", Misconfigured).under(401),
        // Its own come as 500.
        rule("incorrect_password", WrongCredentials),
        rule("invalid_username", WrongCredentials),
        rule("invalid_email", WrongCredentials),
        rule("empty_username", WrongCredentials),
        rule("empty_password", WrongCredentials),
        // It writes its tokens in MySQL's own words.
        rule("api_api_bearer_auth_create_token", Misconfigured),
        rule("api_api_bearer_auth_wrong_blog", WrongSite),
        // It opens its endpoints only at the very address that the site gives for itself.
        rule("api_bearer_auth_not_logged_in", Misconfigured),
    ],
    at_use: &[
        // Expired, revoked, forged and absent look the same.
        rule("api_bearer_auth_not_logged_in", Unrecognized),
        rule("api_api_bearer_auth_error_invalid_token", TokenRefused),
        rule("api_api_bearer_auth_wrong_blog", WrongSite),
    ],
};

pub(crate) static MINI_ORANGE: Dialect = Dialect {
    plugin: "WP REST API Authentication (miniOrange)",
    provider: "MiniOrangeJwt",
    sign_in: "/api/v1/token",
    encoding: Encoding::Json,
    label: None,
    renewal: Renewal::SignIn,
    ignores_bad_tokens: false,
    check: (Method::GET, "/api/v1/token-validate"),
    // Its `expires_in` is a time and no duration: the claims say it better.
    grant: Grant { token: "/jwt_token", ..NOTHING },
    at_sign_in: &[
        // Another plugin closes the way.
        rule("api_bearer_auth_not_logged_in", NotOffered),
        rule("INVALID_CREDENTIALS", WrongCredentials),
        // Its secret is empty.
        rule("BAD_REQUEST", Misconfigured),
        rule("TOO_MANY_REQUESTS", LockedOut),
    ],
    at_use: &[
        rule("INVALID_SIGNATURE", TokenRefused),
        rule("SEGMENT_FAULT", TokenRefused),
        // Of later releases, which look at the end.
        rule("TOKEN_EXPIRED", Expired),
        rule("INVALID_USER", TokenRefused),
        rule("INVALID_API_KEY", WrongCredentials),
        rule("INVALID_USERNAME", WrongCredentials),
        rule("INVALID_PASSWORD", WrongCredentials),
        rule("INVALID_CLIENT_CREDENTIALS", WrongCredentials),
        rule("INVALID_TOKEN_FORMAT", WrongCredentials),
        rule("MISSING_AUTHORIZATION_HEADER", HeaderLost),
        // The site was set to another of its methods, ...
        rule("INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE", NotOffered),
        // ... to none, or the token has another algorithm.
        rule("UNAUTHORIZED", Misconfigured),
        rule("TOO_MANY_REQUESTS", LockedOut),
    ],
};

pub(crate) static USEFUL_TEAM: Dialect = Dialect {
    plugin: "JWT Auth (useful-team)",
    provider: "UsefulTeamJwt",
    sign_in: "/jwt-auth/v1/token",
    // As JSON, the device does not get into the token.
    encoding: Encoding::Form,
    label: Some(Label { field: "device", required: false }),
    renewal: Renewal::Cookie { name: "refresh_token", rotate: "/jwt-auth/v1/token/refresh" },
    ignores_bad_tokens: true,
    check: (Method::POST, "/jwt-auth/v1/token/validate"),
    grant: Grant {
        token: "/data/token",
        id: "/data/id",
        email: "/data/email",
        nicename: "/data/nicename",
        display_name: "/data/displayName",
        ..NOTHING
    },
    at_sign_in: &[
        // Another plugin closes the way.
        rule("api_bearer_auth_not_logged_in", NotOffered),
        rule("Restricted", NotOffered),
        rule("UNAUTHORIZED", NotOffered),
        rule("incorrect_password", WrongCredentials),
        rule("invalid_username", WrongCredentials),
        rule("invalid_email", WrongCredentials),
        rule("empty_username", WrongCredentials),
        rule("empty_password", WrongCredentials),
        rule("jwt_auth_missing_credentials", WrongCredentials),
        rule("jwt_auth_custom_auth_failed", WrongCredentials),
        rule("jwt_auth_bad_config", Misconfigured),
    ],
    at_use: &[
        rule("jwt_auth_invalid_token", Expired).saying("Expired token"),
        rule("jwt_auth_invalid_token", TokenRefused),
        rule("jwt_auth_bad_request", TokenRefused),
        // The password was changed, or the device removed.
        rule("jwt_auth_obsolete_token", TokenRefused),
        rule("jwt_auth_bad_iss", WrongSite),
        rule("jwt_auth_no_auth_header", HeaderLost),
        rule("jwt_auth_bad_auth_header", HeaderLost),
        rule("jwt_auth_bad_config", Misconfigured),
        rule("jwt_auth_no_auth_cookie", TokenRefused),
        rule("jwt_auth_invalid_refresh_token", TokenRefused),
        rule("jwt_auth_obsolete_refresh_token", TokenRefused),
        rule("jwt_auth_expired_refresh_token", TokenRefused),
        rule("jwt_auth_missing_credentials", TokenRefused),
        // A token that is not good is ignored. Who is known gets a 403 where a stranger gets this.
        rule("rest_*", Unrecognized).under(401),
    ],
};

/// What WordPress itself says of an application password, where a plugin makes it say anything.
pub(crate) static APPLICATION_PASSWORD: &[Rule] = &[
    rule("incorrect_password", WrongCredentials).under(401),
    rule("invalid_username", WrongCredentials).under(401),
    rule("invalid_email", WrongCredentials).under(401),
    rule("application_passwords_disabled*", NotOffered),
];
