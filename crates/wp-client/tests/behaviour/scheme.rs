//! The ways to sign in, as the tests see them.

use std::time::Duration;

use wp_client::{
    ApiBearerAuth, ApiKey, AuthErrorKind, Basic, Identity, JwtAuth, MiniOrangeJwt, PluginLogin, SavedToken,
    SimpleJwtLogin, UsefulTeamJwt,
};
use wp_testkit::{Builder, MiniOrange, Plugin, SimpleJwtLogin as Sjl};

use crate::site::Site;

/// One way, and what is to be expected of it.
#[derive(Debug)]
pub(crate) struct Scheme {
    pub(crate) name: &'static str,
    /// Where a stand-in has it.
    pub(crate) stand_in: fn(Builder) -> Builder,
    /// miniOrange's name for its method, which its requests carry to a real site.
    pub(crate) method: &'static str,
    pub(crate) identity: fn(&Site) -> Identity,
    /// With another password or key.
    pub(crate) wrong: fn(&Site) -> Identity,
    /// Without a password.
    pub(crate) resume: Option<fn(SavedToken) -> Identity>,
    /// Where it signs in.
    pub(crate) sign_in: Option<&'static str>,
    /// Where it renews.
    pub(crate) renew: Option<&'static str>,
    /// Whether the site knows whose credential it is.
    pub(crate) logs_in: bool,
    /// What a wrong password is, ...
    pub(crate) at_wrong: Option<AuthErrorKind>,
    /// ... a header that the server drops, ...
    pub(crate) at_strip: Option<AuthErrorKind>,
    /// ... a plugin that is not set up, ...
    pub(crate) at_misconfigured: Option<AuthErrorKind>,
    /// ... and a credential that was taken back, with no password at hand.
    pub(crate) at_revoked: Option<AuthErrorKind>,
    pub(crate) misconfigured: Misconfigured,
    /// Whether it has a call that completes a sign-in by a second factor.
    pub(crate) has_second_step: bool,
}

/// How the site is not set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misconfigured {
    /// The plugin lacks its secret, or its method.
    Plugin,
    /// The site is asked at an address that it does not give for itself.
    Address,
    /// There is nothing to set up.
    Never,
}

/// Of the tokens of a stand-in: longer than any case takes. What has to end ends by [`Site::pass`].
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);

const fn none(_: &Site) -> Identity {
    unreachable!()
}

fn resumed(provider: PluginLogin, saved: SavedToken) -> Identity {
    Identity::builder(provider).resume(saved).build()
}

/// What most of them have in common.
const SCHEME: Scheme = Scheme {
    name: "",
    stand_in: |site| site,
    method: "",
    identity: none,
    wrong: none,
    resume: None,
    sign_in: None,
    renew: None,
    logs_in: true,
    at_wrong: Some(AuthErrorKind::WrongCredentials),
    at_strip: Some(AuthErrorKind::HeaderLost),
    at_misconfigured: Some(AuthErrorKind::Misconfigured),
    at_revoked: Some(AuthErrorKind::SignInRequired),
    misconfigured: Misconfigured::Plugin,
    has_second_step: false,
};

pub(crate) static JWT_AUTH: Scheme = Scheme {
    name: "JwtAuth",
    stand_in: |site| site.plugin(Plugin::JwtAuth),
    identity: |site| JwtAuth::new(site.user.as_str(), site.password.as_str()).into(),
    wrong: |site| JwtAuth::new(site.user.as_str(), "wrong").into(),
    resume: Some(|saved| resumed(JwtAuth::without_password(), saved)),
    sign_in: Some("/jwt-auth/v1/token"),
    ..SCHEME
};

const BEARER: Scheme = Scheme {
    name: "ApiBearerAuth",
    stand_in: |site| site.plugin(Plugin::ApiBearerAuth { jwt: false }),
    identity: |site| ApiBearerAuth::new(site.user.as_str(), site.password.as_str()).into(),
    wrong: |site| ApiBearerAuth::new(site.user.as_str(), "wrong").into(),
    resume: Some(|saved| resumed(ApiBearerAuth::without_password(), saved)),
    sign_in: Some("/api-bearer-auth/v1/login"),
    renew: Some("/api-bearer-auth/v1/tokens/refresh"),
    misconfigured: Misconfigured::Address,
    ..SCHEME
};

pub(crate) static API_BEARER_AUTH: Scheme = BEARER;

pub(crate) static API_BEARER_AUTH_JWT: Scheme = Scheme {
    name: "ApiBearerAuth (JWT)",
    stand_in: |site| site.plugin(Plugin::ApiBearerAuth { jwt: true }),
    ..BEARER
};

pub(crate) static USEFUL_TEAM: Scheme = Scheme {
    name: "UsefulTeamJwt",
    stand_in: |site| site.plugin(Plugin::UsefulTeam),
    identity: |site| UsefulTeamJwt::new(site.user.as_str(), site.password.as_str()).into(),
    wrong: |site| UsefulTeamJwt::new(site.user.as_str(), "wrong").into(),
    resume: Some(|saved| resumed(UsefulTeamJwt::without_password(), saved)),
    sign_in: Some("/jwt-auth/v1/token"),
    // The same: it is the cookie that signs in.
    renew: Some("/jwt-auth/v1/token"),
    ..SCHEME
};

pub(crate) static MINI_ORANGE_JWT: Scheme = Scheme {
    name: "MiniOrangeJwt",
    stand_in: |site| site.plugin(Plugin::MiniOrange(MiniOrange::Jwt)),
    method: "jwt_auth",
    identity: |site| MiniOrangeJwt::new(site.user.as_str(), site.password.as_str()).into(),
    wrong: |site| MiniOrangeJwt::new(site.user.as_str(), "wrong").into(),
    resume: Some(|saved| resumed(MiniOrangeJwt::without_password(), saved)),
    sign_in: Some("/api/v1/token"),
    ..SCHEME
};

const SIMPLE: Scheme = Scheme {
    identity: |site| SimpleJwtLogin::new(site.user.as_str(), site.password.as_str()).into(),
    wrong: |site| SimpleJwtLogin::new(site.user.as_str(), "wrong").into(),
    resume: Some(|saved| resumed(SimpleJwtLogin::without_password(), saved)),
    sign_in: Some("/simple-jwt-login/v1/auth"),
    renew: Some("/simple-jwt-login/v1/auth/refresh"),
    ..SCHEME
};

pub(crate) static SIMPLE_JWT_LOGIN_4: Scheme = Scheme {
    name: "SimpleJwtLogin (4)",
    stand_in: |site| site.plugin(Plugin::SimpleJwtLogin(Sjl::v4())),
    has_second_step: true,
    ..SIMPLE
};

pub(crate) static SIMPLE_JWT_LOGIN_3: Scheme = Scheme {
    name: "SimpleJwtLogin (3)",
    stand_in: |site| site.plugin(Plugin::SimpleJwtLogin(Sjl::v3())),
    ..SIMPLE
};

/// The key that both a stand-in and `faults.php` give to miniOrange.
pub(crate) const KEY: &str = "key0123456789key0123456789key012";

pub(crate) static MINI_ORANGE_KEY: Scheme = Scheme {
    name: "ApiKey (miniOrange)",
    stand_in: |site| site.plugin(Plugin::MiniOrange(MiniOrange::ApiKey(KEY.to_owned()))),
    method: "tokenapi",
    identity: |_| ApiKey::bearer(KEY).into(),
    wrong: |_| ApiKey::bearer("another").into(),
    logs_in: false,
    at_revoked: Some(AuthErrorKind::WrongCredentials),
    ..SCHEME
};

pub(crate) static MINI_ORANGE_BASIC: Scheme = Scheme {
    name: "Basic::account_password (miniOrange)",
    stand_in: |site| site.plugin(Plugin::MiniOrange(MiniOrange::BasicPassword)),
    method: "basic_auth",
    identity: |site| Basic::account_password(site.user.as_str(), site.password.as_str()).into(),
    wrong: |site| Basic::account_password(site.user.as_str(), "wrong").into(),
    at_revoked: None,
    ..SCHEME
};

pub(crate) static APPLICATION_PASSWORD: Scheme = Scheme {
    name: "Basic::application_password",
    stand_in: |site| site.plugin(None),
    identity: |site| {
        let password = site.app_password.clone().unwrap_or_default();
        Basic::application_password(site.user.as_str(), password).into()
    },
    wrong: |site| Basic::application_password(site.user.as_str(), "abcd efgh ijkl mnop qrst uvwx").into(),
    // WordPress ignores it without a word.
    at_wrong: None,
    at_strip: None,
    at_revoked: None,
    misconfigured: Misconfigured::Never,
    ..SCHEME
};

/// All that a stand-in has.
pub(crate) static SCHEMES: [&Scheme; 10] = [
    &JWT_AUTH,
    &API_BEARER_AUTH,
    &API_BEARER_AUTH_JWT,
    &USEFUL_TEAM,
    &SIMPLE_JWT_LOGIN_4,
    &SIMPLE_JWT_LOGIN_3,
    &MINI_ORANGE_JWT,
    &MINI_ORANGE_KEY,
    &MINI_ORANGE_BASIC,
    &APPLICATION_PASSWORD,
];

/// The three methods of a site that has miniOrange's plugin.
pub(crate) static MINI_ORANGE: [&Scheme; 3] = [&MINI_ORANGE_JWT, &MINI_ORANGE_KEY, &MINI_ORANGE_BASIC];

impl Scheme {
    /// Whether it has tokens that come from the site.
    pub(crate) fn fetches(&self) -> bool {
        self.sign_in.is_some()
    }
}
