//! The names that `WP_AUTH` may have, for the programs of this directory: how the user signs in, and with which variables.

use std::{env, fs};

use wp_client::{
    ApiBearerAuth, ApiKey, Basic, ConnectOptions, ConsumerKey, Identity, JwtAuth, MiniOrangeJwt,
    SimpleJwtLogin, TokenProvider, UsefulTeamJwt,
};

/// How the user signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    AppPassword,
    AccountPassword,
    Jwt,
    SimpleJwt,
    UsefulTeamJwt,
    ApiBearerAuth,
    MiniOrangeJwt,
    BearerToken,
    ApiKey,
    ConsumerKey,
}

/// The default for a site.
pub const DEFAULT: Scheme = Scheme::AppPassword;

/// Each scheme with its name, and with what the password is.
pub const SCHEMES: &[(Scheme, &str, &str)] = &[
    (Scheme::AppPassword, "app-password", "an application password of WordPress"),
    (
        Scheme::AccountPassword,
        "account-password",
        "the account's password, for a plugin that takes HTTP Basic",
    ),
    (Scheme::Jwt, "jwt", "the account's password, for JWT Authentication for WP REST API"),
    (Scheme::SimpleJwt, "simple-jwt", "the account's password, for Simple JWT Login"),
    (Scheme::UsefulTeamJwt, "useful-team-jwt", "the account's password, for JWT Auth (useful-team)"),
    (Scheme::ApiBearerAuth, "api-bearer-auth", "the account's password, for API Bearer Auth"),
    (
        Scheme::MiniOrangeJwt,
        "mini-orange-jwt",
        "the account's password, for WP REST API Authentication (miniOrange)",
    ),
    (Scheme::BearerToken, "bearer-token", "a token that a plugin issued"),
    (Scheme::ApiKey, "api-key", "a key of a plugin; WP_API_KEY_HEADER names its header (default: X-API-Key)"),
    (Scheme::ConsumerKey, "consumer-key", "the secret of a shop's key; the user is the key"),
];

impl Scheme {
    /// The scheme with this name.
    pub fn named(name: &str) -> Result<Self, String> {
        let scheme = SCHEMES.iter().find(|(_, known, _)| *known == name);
        scheme.map(|(scheme, ..)| *scheme).ok_or_else(|| {
            let names: Vec<_> = SCHEMES.iter().map(|(_, name, _)| *name).collect();
            format!("there is no way to sign in `{name}` (WP_AUTH); there is {}", names.join(", "))
        })
    }

    /// The scheme that `WP_AUTH` names, or `default`.
    pub fn from_env(default: Self) -> Result<Self, String> {
        set("WP_AUTH").map_or(Ok(default), |name| Self::named(&name))
    }

    /// The identity of a user with a password. What is not given is read from `WP_USER` and `WP_PASSWORD`; an application
    /// password from `WP_APP_PASSWORD` first, so that it may be set beside the password of the account.
    pub fn identity(self, user: Option<String>, password: Option<String>) -> Result<Identity, String> {
        let is_token = matches!(self, Self::BearerToken | Self::ApiKey);
        let user = match user.or_else(|| set("WP_USER")) {
            None if !is_token => return Err("a user is needed: set WP_USER".to_owned()),
            user => user.unwrap_or_default(),
        };
        let app_password = || set("WP_APP_PASSWORD").filter(|_| self == Self::AppPassword);
        let password = password.or_else(app_password).or_else(|| set("WP_PASSWORD"));
        let password = password.ok_or_else(|| match self {
            Self::AppPassword => {
                "an application password is needed: set WP_APP_PASSWORD, or WP_PASSWORD".to_owned()
            }
            _ => "a password is needed: set WP_PASSWORD".to_owned(),
        })?;
        Ok(match self {
            Self::AppPassword => sent(Basic::application_password(user, password)),
            Self::AccountPassword => sent(Basic::account_password(user, password)),
            Self::Jwt => sent(JwtAuth::new(user, password)),
            Self::SimpleJwt => sent(SimpleJwtLogin::new(user, password)),
            Self::UsefulTeamJwt => sent(UsefulTeamJwt::new(user, password)),
            Self::ApiBearerAuth => sent(ApiBearerAuth::new(user, password)),
            Self::MiniOrangeJwt => sent(MiniOrangeJwt::new(user, password)),
            Self::BearerToken => sent(ApiKey::bearer(password)),
            Self::ApiKey => ApiKey::header(key_header(), password).into(),
            Self::ConsumerKey => sent(ConsumerKey::new(user, password)),
        })
    }
}

/// The header of an API key.
pub fn key_header() -> String {
    set("WP_API_KEY_HEADER").unwrap_or_else(|| "X-API-Key".to_owned())
}

/// The options of connections that trust a private authority, whose certificate is in this file or in that of `WP_CA`.
pub fn trusting(file: Option<&str>) -> Result<ConnectOptions, String> {
    let file = file.map(str::to_owned).or_else(|| set("WP_CA"));
    let Some(file) = file.filter(|file| !file.is_empty()) else { return Ok(ConnectOptions::default()) };
    let pem = fs::read(&file).map_err(|error| format!("{file}: {error}"))?;
    Ok(ConnectOptions::default().root_certificates(pem))
}

/// A variable that is set and not empty.
fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Moves the credential to the header that `WP_TOKEN_HEADER` names.
fn sent(provider: impl TokenProvider) -> Identity {
    let identity = Identity::builder(provider);
    match set("WP_TOKEN_HEADER") {
        Some(header) => identity.in_header(header).build(),
        None => identity.build(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scheme_has_a_name_that_the_readme_explains() {
        let readme = include_str!("../README.md");
        for (scheme, name, _) in SCHEMES {
            assert_eq!(Scheme::named(name), Ok(*scheme));
            assert!(readme.contains(&format!("| `{name}`")), "{name}");
        }
        let error = Scheme::named("bearer").unwrap_err();
        assert!(SCHEMES.iter().all(|(_, name, _)| error.contains(name)), "{error}");
    }
}
