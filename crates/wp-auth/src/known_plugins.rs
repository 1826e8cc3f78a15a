//! The built-in plugin descriptions, made with the same builder that users have.
//!
//! Observed on JWT Authentication for WP REST API 1.3.4, API Bearer Auth 20200916, WP REST API
//! Authentication (miniOrange) 4.4.0, JWT Auth (useful-team) 3.0.2, and Simple JWT Login 3.6.6 and 4.0.0.

use std::sync::{Arc, LazyLock};

use crate::AuthErrorKind::{
    CaptchaRequired, Expired, HeaderLost, LockedOut, Misconfigured, NotOffered, RateLimited,
    SecondFactorRequired, TokenRefused, Unrecognized, Unsupported, WrongCredentials, WrongSite,
};
use crate::plugin::{Interim, Plugin, PluginBuilder};
use crate::{AuthErrorKind, Check, Encoding, Renewal, Rule};

/// A plugin description, built on first use.
pub(crate) type Known = LazyLock<Arc<Plugin>>;

/// All built-in plugins.
pub(crate) static KNOWN: [&Known; 5] =
    [&JWT_AUTH, &API_BEARER_AUTH, &MINI_ORANGE, &USEFUL_TEAM, &SIMPLE_JWT_LOGIN];

fn rule(code: &'static str, kind: AuthErrorKind) -> Rule {
    Rule::new(code, kind)
}

/// The error codes of `wp_authenticate` and of the security plugins that hook into it, for a token plugin that
/// puts a prefix before the code. A code that is not listed is a refusal of unknown kind, not a wrong password.
///
/// Read in the sources of Two Factor 0.16, WP 2FA 2.8, Really Simple SSL 9.5, Wordfence 8.2, Limit Login Attempts (1.7, and
/// Reloaded 3.2), Loginizer 2.0, All-In-One Security 5.4, Advanced Google reCAPTCHA 5.39, Simple Cloudflare Turnstile 1.41
/// and `reCaptcha` by `BestWebSoft` 1.78.
const OF_LOGIN: &[(&str, AuthErrorKind)] = &[
    ("incorrect_password", WrongCredentials),
    ("invalid_username", WrongCredentials),
    ("invalid_email", WrongCredentials),
    ("invalidcombo", WrongCredentials),
    ("empty_username", WrongCredentials),
    ("empty_password", WrongCredentials),
    ("tfa_user_not_found", WrongCredentials),
    ("too_many_retries", LockedOut),
    ("ip_blocked", LockedOut),
    ("ip_blacklisted", LockedOut),
    ("user_blacklisted", LockedOut),
    ("username_blacklisted", LockedOut),
    ("account_locked", LockedOut),
    ("wpcaptcha_fail_count", LockedOut),
    ("lmttmpts_error", LockedOut),
    ("session_limit_exceeded", RateLimited),
    // Sent only after the right password: this user's API logins with it are disabled.
    ("invalid_application_credentials", SecondFactorRequired),
    ("wfls_twofactor_*", SecondFactorRequired),
    ("twofactor_*", SecondFactorRequired),
    ("two_factor_*", SecondFactorRequired),
    ("tfa_required", SecondFactorRequired),
    ("wfls_captcha_*", CaptchaRequired),
    ("wpcaptcha_*", CaptchaRequired),
    ("cfturnstile_error", CaptchaRequired),
    ("gglcptch_*", CaptchaRequired),
];

/// The rules of a plugin that signs in with `wp_authenticate`.
fn of_login(prefix: &str) -> impl Iterator<Item = Rule> {
    OF_LOGIN.iter().map(move |(code, kind)| Rule::new(format!("{prefix}{code}"), *kind))
}

/// Another plugin blocks the route.
fn closed_by_others() -> [Rule; 3] {
    ["api_bearer_auth_not_logged_in", "Restricted", "UNAUTHORIZED"].map(|code| rule(code, NotOffered))
}

fn known(provider: &'static str, builder: PluginBuilder) -> Arc<Plugin> {
    Arc::new(builder.known(provider))
}

pub(crate) static JWT_AUTH: Known = LazyLock::new(|| {
    let at_sign_in: Vec<_> = closed_by_others()
        .into_iter()
        .chain(of_login("[jwt_auth] "))
        .chain([
            rule("jwt_auth_bad_config", Misconfigured),
            rule("jwt_auth_unsupported_algorithm", Misconfigured),
        ])
        .collect();
    let plugin = Plugin::builder("JWT Authentication for WP REST API", "/jwt-auth/v1/token")
        .email_at("/user_email")
        .nicename_at("/user_nicename")
        .display_name_at("/user_display_name")
        .check(
            Check::post("/jwt-auth/v1/token/validate")
                .expecting("/code", "jwt_auth_valid_token")
                .expecting("/data/status", "200"),
        )
        .compares_slashed()
        .at_sign_in(at_sign_in)
        // Every failure is a 403; only the message distinguishes an expired token from a forged one.
        .at_use([
            rule("jwt_auth_invalid_token", Expired).with_message("Expired token"),
            rule("jwt_auth_invalid_token", TokenRefused),
            rule("jwt_auth_bad_request", TokenRefused),
            rule("jwt_auth_bad_iss", WrongSite),
            rule("jwt_auth_no_auth_header", HeaderLost),
            // This crate sends a well-formed header, so something on the way replaced it.
            rule("jwt_auth_bad_auth_header", HeaderLost),
            rule("jwt_auth_bad_config", Misconfigured),
            rule("jwt_auth_unsupported_algorithm", Misconfigured),
        ]);
    known("JwtAuth", plugin)
});

pub(crate) static API_BEARER_AUTH: Known = LazyLock::new(|| {
    let at_sign_in: Vec<_> = [
        // Another plugin blocks the route.
        rule("Restricted", NotOffered),
        rule("UNAUTHORIZED", NotOffered),
        // WordPress mistakes the host's own password for one of its own and responds with 401. The plugin's
        // errors have status 500.
        rule("invalid_username", Misconfigured).under(401),
        rule("incorrect_password", Misconfigured).under(401),
    ]
    .into_iter()
    .chain(of_login(""))
    .chain([
        // The plugin's SQL is specific to MySQL and fails on other databases.
        rule("api_api_bearer_auth_create_token", Misconfigured),
        rule("api_api_bearer_auth_wrong_blog", WrongSite),
        // The plugin opens its endpoints only at exactly the URL that the site reports as its own.
        rule("api_bearer_auth_not_logged_in", Misconfigured),
    ])
    .collect();
    let plugin = Plugin::builder("API Bearer Auth", "/api-bearer-auth/v1/login")
        // The plugin ignores form fields.
        .encoding(Encoding::Json)
        .label_field("client_name", true)
        .compares_slashed()
        .token_at("/access_token")
        .lifetime_at("/expires_in")
        .refresh_at("/refresh_token")
        .id_at("/wp_user/ID")
        .login_at("/wp_user/data/user_login")
        .email_at("/wp_user/data/user_email")
        .nicename_at("/wp_user/data/user_nicename")
        .display_name_at("/wp_user/data/display_name")
        .roles_at("/wp_user/roles")
        .renewal(Renewal::refresh_token("/api-bearer-auth/v1/tokens/refresh", "token"))
        .reads_one_header()
        // The plugin has no route to check a token, but it closes the API to anonymous requests.
        .check(Check::get("/wp/v2/users/me"))
        .at_sign_in(at_sign_in)
        .at_use([
            // An expired, a revoked, a forged and a missing token get the same error.
            rule("api_bearer_auth_not_logged_in", Unrecognized),
            rule("api_api_bearer_auth_error_invalid_token", TokenRefused),
            rule("api_api_bearer_auth_wrong_blog", WrongSite),
        ]);
    known("ApiBearerAuth", plugin)
});

pub(crate) static MINI_ORANGE: Known = LazyLock::new(|| {
    let plugin = Plugin::builder("WP REST API Authentication (miniOrange)", "/api/v1/token")
        // `expires_in` is a point in time, not a duration. The claims have the lifetime.
        .token_at("/jwt_token")
        .compares_slashed()
        .reads_one_header()
        .locks_after_refusals()
        .check(
            Check::get("/api/v1/token-validate")
                .expecting("/status", "TRUE")
                .expecting("/message", "VALID_TOKEN"),
        )
        .at_sign_in([
            // Another plugin blocks the route.
            rule("api_bearer_auth_not_logged_in", NotOffered),
            rule("INVALID_CREDENTIALS", WrongCredentials),
            // The plugin's secret is empty.
            rule("BAD_REQUEST", Misconfigured),
            rule("TOO_MANY_REQUESTS", LockedOut),
        ])
        .at_use([
            rule("INVALID_SIGNATURE", TokenRefused),
            rule("SEGMENT_FAULT", TokenRefused),
            // Sent by later releases, which check the expiry.
            rule("TOKEN_EXPIRED", Expired),
            rule("INVALID_USER", TokenRefused),
            rule("INVALID_API_KEY", WrongCredentials),
            rule("INVALID_USERNAME", WrongCredentials),
            rule("INVALID_PASSWORD", WrongCredentials),
            rule("INVALID_CLIENT_CREDENTIALS", WrongCredentials),
            rule("INVALID_TOKEN_FORMAT", WrongCredentials),
            rule("MISSING_AUTHORIZATION_HEADER", HeaderLost),
            // The site uses another of the plugin's methods.
            rule("INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE", NotOffered),
            // The site has no method enabled, or the token uses another algorithm.
            rule("UNAUTHORIZED", Misconfigured),
            rule("TOO_MANY_REQUESTS", LockedOut),
        ]);
    known("MiniOrangeJwt", plugin)
});

pub(crate) static USEFUL_TEAM: Known = LazyLock::new(|| {
    let at_sign_in: Vec<_> = closed_by_others()
        .into_iter()
        .chain(of_login(""))
        .chain([
            rule("jwt_auth_missing_credentials", WrongCredentials),
            rule("jwt_auth_custom_auth_failed", WrongCredentials),
            rule("jwt_auth_bad_config", Misconfigured),
        ])
        .collect();
    let plugin = Plugin::builder("JWT Auth (useful-team)", "/jwt-auth/v1/token")
        // Sent as JSON, the device does not get into the token.
        .encoding(Encoding::Form)
        .label_field("device", false)
        .compares_slashed()
        .token_at("/data/token")
        .id_at("/data/id")
        .email_at("/data/email")
        .nicename_at("/data/nicename")
        .display_name_at("/data/displayName")
        .renewal(Renewal::cookie("refresh_token", "/jwt-auth/v1/token/refresh"))
        .ignores_bad_tokens()
        .check(
            Check::post("/jwt-auth/v1/token/validate")
                .expecting("/code", "jwt_auth_valid_token")
                .expecting("/success", "true"),
        )
        .at_sign_in(at_sign_in)
        .at_use([
            rule("jwt_auth_invalid_token", Expired).with_message("Expired token"),
            rule("jwt_auth_invalid_token", TokenRefused),
            rule("jwt_auth_bad_request", TokenRefused),
            // The password was changed, or the device was removed.
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
            // The plugin ignores a bad token. A user without the permission gets a 403; an anonymous request gets
            // this.
            rule("rest_*", Unrecognized).under(401),
        ]);
    known("UsefulTeamJwt", plugin)
});

pub(crate) static SIMPLE_JWT_LOGIN: Known = LazyLock::new(|| {
    let plugin = Plugin::builder("Simple JWT Login", "/simple-jwt-login/v1/auth")
        // A user name or an e-mail address.
        .fields("login", "password")
        // True for release 3.
        .compares_slashed()
        .token_at("/data/jwt")
        .refresh_at("/data/refresh_token")
        // Release 4 returns a new refresh token with each renewal; release 3 renews with the token itself.
        .renewal(
            Renewal::refresh_token("/simple-jwt-login/v1/auth/refresh", "refresh_token")
                .rotating()
                .or_token_itself("JWT"),
        )
        // While the plugin's middleware is disabled, only its own routes read the token.
        .ignores_bad_tokens()
        .check(
            Check::post("/simple-jwt-login/v1/auth/validate")
                .expecting("/success", "true")
                // Of release 4, then of release 3.
                .echoing_token("/data/jwt/token")
                .echoing_token("/data/jwt/0/token"),
        )
        .interim(Interim {
            flag: "/data/two_factor_required".into(),
            method: "/data/provider".into(),
            claim: "tfa_pending".into(),
            complete: "/simple-jwt-login/v1/auth/2fa".into(),
            code_field: "code".into(),
        })
        // The codes are numbers.
        .at_sign_in([
            rule("48", WrongCredentials),
            rule("46", WrongCredentials),
            rule("47", WrongCredentials),
            // Sign-in is disabled, or not allowed for this IP address.
            rule("45", Misconfigured),
            rule("41", Misconfigured),
            rule("105", Misconfigured),
            // The site's additional auth code is wrong or missing.
            rule("27", Misconfigured),
            rule("94", Misconfigured),
            // The codes of the second factor.
            rule("109", WrongCredentials),
            rule("108", RateLimited),
            rule("107", SecondFactorRequired),
            rule("106", SecondFactorRequired),
            rule("23", SecondFactorRequired),
        ])
        // An invalid token fails every route, public ones included, mostly with status 400.
        .at_use([
            rule("14", Expired),
            rule("1", Misconfigured),
            rule("2", TokenRefused),
            rule("11", TokenRefused),
            rule("22", TokenRefused),
            rule("24", TokenRefused),
            rule("54", TokenRefused),
            rule("55", TokenRefused),
            // For a refresh token, and for a token that is too old to renew itself.
            rule("51", TokenRefused),
            rule("50", TokenRefused),
            rule("53", HeaderLost),
            rule("110", SecondFactorRequired),
            // Renewal, or checking a token, is disabled.
            rule("81", NotOffered),
            rule("82", Unsupported),
            rule("30", Misconfigured),
            rule("rest_*", Unrecognized).under(401),
        ]);
    known("SimpleJwtLogin", plugin)
});

/// The errors of WordPress for an application password, in the cases where a plugin makes WordPress report one.
pub(crate) static APPLICATION_PASSWORD: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    vec![
        rule("incorrect_password", WrongCredentials).under(401),
        rule("invalid_username", WrongCredentials).under(401),
        rule("invalid_email", WrongCredentials).under(401),
        rule("application_passwords_disabled*", NotOffered),
    ]
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_plugins_pass_the_checks_of_the_public_builder() {
        for plugin in KNOWN {
            assert!(plugin.is_valid().is_ok(), "{plugin:?}");
        }
    }
}
