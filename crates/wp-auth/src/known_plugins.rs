//! The token plugins that these crates know, described as a user would describe another one.
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

/// A plugin, described once.
pub(crate) type Known = LazyLock<Arc<Plugin>>;

/// All of them.
pub(crate) static KNOWN: [&Known; 5] =
    [&JWT_AUTH, &API_BEARER_AUTH, &MINI_ORANGE, &USEFUL_TEAM, &SIMPLE_JWT_LOGIN];

fn rule(code: &'static str, kind: AuthErrorKind) -> Rule {
    Rule::new(code, kind)
}

/// What `wp_authenticate` and the security plugins that hook into it say, with what the token plugin puts before the
/// code. What is not here is a refusal of an unknown kind, and not a wrong password.
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
    // Comes only after the right password: API logins by it are switched off.
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

/// The rules of a plugin that signs in by `wp_authenticate`.
fn of_login(prefix: &str) -> impl Iterator<Item = Rule> {
    OF_LOGIN.iter().map(move |(code, kind)| Rule::new(format!("{prefix}{code}"), *kind))
}

/// Another plugin closes the way.
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
        // Every failure is a 403, and only the message tells an expired token from a forged one.
        .at_use([
            rule("jwt_auth_invalid_token", Expired).with_message("Expired token"),
            rule("jwt_auth_invalid_token", TokenRefused),
            rule("jwt_auth_bad_request", TokenRefused),
            rule("jwt_auth_bad_iss", WrongSite),
            rule("jwt_auth_no_auth_header", HeaderLost),
            // Ours is well formed, so something on the way wrote another.
            rule("jwt_auth_bad_auth_header", HeaderLost),
            rule("jwt_auth_bad_config", Misconfigured),
            rule("jwt_auth_unsupported_algorithm", Misconfigured),
        ]);
    known("JwtAuth", plugin)
});

pub(crate) static API_BEARER_AUTH: Known = LazyLock::new(|| {
    let at_sign_in: Vec<_> = [
        // Another plugin closes the way.
        rule("Restricted", NotOffered),
        rule("UNAUTHORIZED", NotOffered),
        // Core's response to the host's own password, which it takes for one of its own. The plugin's come as 500.
        rule("invalid_username", Misconfigured).under(401),
        rule("incorrect_password", Misconfigured).under(401),
    ]
    .into_iter()
    .chain(of_login(""))
    .chain([
        // It writes its tokens in MySQL's own words.
        rule("api_api_bearer_auth_create_token", Misconfigured),
        rule("api_api_bearer_auth_wrong_blog", WrongSite),
        // It opens its endpoints only at the very address that the site gives for itself.
        rule("api_bearer_auth_not_logged_in", Misconfigured),
    ])
    .collect();
    let plugin = Plugin::builder("API Bearer Auth", "/api-bearer-auth/v1/login")
        // A form is read as empty.
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
        // It has no route to ask, but closes everything to strangers.
        .check(Check::get("/wp/v2/users/me"))
        .at_sign_in(at_sign_in)
        .at_use([
            // Expired, revoked, forged and absent look the same.
            rule("api_bearer_auth_not_logged_in", Unrecognized),
            rule("api_api_bearer_auth_error_invalid_token", TokenRefused),
            rule("api_api_bearer_auth_wrong_blog", WrongSite),
        ]);
    known("ApiBearerAuth", plugin)
});

pub(crate) static MINI_ORANGE: Known = LazyLock::new(|| {
    let plugin = Plugin::builder("WP REST API Authentication (miniOrange)", "/api/v1/token")
        // Its `expires_in` is a time and no duration: the claims say it better.
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
            // Another plugin closes the way.
            rule("api_bearer_auth_not_logged_in", NotOffered),
            rule("INVALID_CREDENTIALS", WrongCredentials),
            // Its secret is empty.
            rule("BAD_REQUEST", Misconfigured),
            rule("TOO_MANY_REQUESTS", LockedOut),
        ])
        .at_use([
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
        // As JSON, the device does not get into the token.
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
        ]);
    known("UsefulTeamJwt", plugin)
});

pub(crate) static SIMPLE_JWT_LOGIN: Known = LazyLock::new(|| {
    let plugin = Plugin::builder("Simple JWT Login", "/simple-jwt-login/v1/auth")
        // A user name or an e-mail address.
        .fields("login", "password")
        // Release 3 does.
        .compares_slashed()
        .token_at("/data/jwt")
        .refresh_at("/data/refresh_token")
        // Release 4 gives a refresh token, and another one with each renewal; release 3 renews by the token itself.
        .renewal(
            Renewal::refresh_token("/simple-jwt-login/v1/auth/refresh", "refresh_token")
                .rotating()
                .or_token_itself("JWT"),
        )
        // Where its middleware is off, a token is ignored on all routes but its own.
        .ignores_bad_tokens()
        .check(
            Check::post("/simple-jwt-login/v1/auth/validate")
                .expecting("/success", "true")
                // Of release 4, and of release 3.
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
            // Signing in is switched off, or not for this address.
            rule("45", Misconfigured),
            rule("41", Misconfigured),
            rule("105", Misconfigured),
            // A code of the site's own is wrong or missing.
            rule("27", Misconfigured),
            rule("94", Misconfigured),
            // Of the second step.
            rule("109", WrongCredentials),
            rule("108", RateLimited),
            rule("107", SecondFactorRequired),
            rule("106", SecondFactorRequired),
            rule("23", SecondFactorRequired),
        ])
        // A faulty token fails every route, public ones as well, most faults under 400.
        .at_use([
            rule("14", Expired),
            rule("1", Misconfigured),
            rule("2", TokenRefused),
            rule("11", TokenRefused),
            rule("22", TokenRefused),
            rule("24", TokenRefused),
            rule("54", TokenRefused),
            rule("55", TokenRefused),
            // Of the refresh token, and of a token that is too old to renew itself.
            rule("51", TokenRefused),
            rule("50", TokenRefused),
            rule("53", HeaderLost),
            rule("110", SecondFactorRequired),
            // Renewing, or checking, is switched off.
            rule("81", NotOffered),
            rule("82", Unsupported),
            rule("30", Misconfigured),
            rule("rest_*", Unrecognized).under(401),
        ]);
    known("SimpleJwtLogin", plugin)
});

/// What WordPress itself says of an application password, where a plugin makes it say anything.
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
    fn every_table_is_one_that_a_user_could_have_built() {
        for plugin in KNOWN {
            assert!(plugin.is_valid().is_ok(), "{plugin:?}");
        }
    }
}
