//! `Discovery::connect`: sign-in at a site of which only the address is known.

use std::sync::Arc;

use wp_client::{
    ApiBearerAuth, AuthErrorKind, Client, Discovery, Identity, JwtAuth, Login, MiniOrangeJwt, SchemeKind,
    Transport, UsefulTeamJwt,
};
use wp_testkit::{Builder, HeaderPath, MiniOrange, Permalinks, Plugin, Refusal, SimpleJwtLogin, StandIn};

use crate::transports;

type Set = fn(Builder) -> Builder;

async fn found(site: &StandIn, transport: &Arc<dyn Transport>) -> Discovery {
    Discovery::builder(site.url()).transport(Arc::clone(transport)).find().await.unwrap()
}

#[tokio::test]
async fn connect_finds_and_proves_the_scheme_of_the_site() {
    let cases: [(Set, &str); 9] = [
        (|site| site, "JwtAuth"),
        (|site| site.permalinks(Permalinks::Plain), "JwtAuth"),
        (|site| site.plugin(Plugin::UsefulTeam), "UsefulTeamJwt"),
        (|site| site.plugin(Plugin::ApiBearerAuth { jwt: false }), "ApiBearerAuth"),
        (|site| site.plugin(Plugin::ApiBearerAuth { jwt: true }), "ApiBearerAuth"),
        (|site| site.plugin(Plugin::MiniOrange(MiniOrange::Jwt)), "MiniOrangeJwt"),
        (|site| site.plugin(Plugin::MiniOrange(MiniOrange::BasicPassword)), ACCOUNT),
        (|site| site.plugin(Plugin::SimpleJwtLogin(SimpleJwtLogin::v4())), "SimpleJwtLogin"),
        (|site| site.plugin(Plugin::SimpleJwtLogin(SimpleJwtLogin::v3())), "SimpleJwtLogin"),
    ];
    for (set, scheme) in cases {
        let site = set(StandIn::builder()).start().await;
        for (stack, transport) in transports() {
            let connected = found(&site, &transport).await.connect(Login::new("editor", "password")).await;
            let connected = connected.unwrap_or_else(|error| panic!("{scheme}, {stack}: {error}"));
            assert_eq!((connected.scheme.name(), &*connected.user.name), (scheme, "Editor User"), "{stack}");
            assert_eq!(connected.client.users().me().await.unwrap().name, "Editor User");
            assert!(!format!("{connected:?}").contains("\"password\""));
        }
        assert_eq!(site.counts().failed_sign_ins, 0, "{scheme}");
    }
}

/// What providers are called.
const APPLICATION: &str = "application password";
const ACCOUNT: &str = "account password";

const PLUGINS: [Plugin; 5] = [
    Plugin::JwtAuth,
    Plugin::UsefulTeam,
    Plugin::ApiBearerAuth { jwt: false },
    Plugin::ApiBearerAuth { jwt: true },
    Plugin::SimpleJwtLogin(SimpleJwtLogin::v4()),
];

/// How often the site was sent a wrong password.
fn failed(site: &StandIn) -> usize {
    let counts = site.counts();
    counts.failed_sign_ins + counts.refused_app_passwords + counts.refused_keys
}

#[tokio::test]
async fn connect_recognises_an_application_password_by_its_groups() {
    for plugin in PLUGINS.map(Some).into_iter().chain([None]) {
        let site = StandIn::builder().plugin(plugin.clone()).start().await;
        let password = site.application_password("editor");
        for (_, transport) in transports() {
            let login = Login::new("editor", password.as_str());
            let connected = found(&site, &transport).await.connect(login).await.unwrap();
            assert_eq!(connected.scheme.name(), APPLICATION, "{plugin:?}");
            assert_eq!(connected.scheme.kind(), SchemeKind::ApplicationPassword);
            assert!(connected.tried.is_empty());
        }
        assert_eq!((site.counts().sign_ins, failed(&site)), (0, 0), "{plugin:?}");
    }
}

#[tokio::test]
async fn connect_with_application_password_without_spaces() {
    for plugin in PLUGINS.map(Some).into_iter().chain([None]) {
        let site = StandIn::builder().plugin(plugin.clone()).start().await;
        let password = site.application_password("editor").replace(' ', "");
        let signs_in = !matches!(plugin, None | Some(Plugin::SimpleJwtLogin(_)));
        for (_, transport) in transports() {
            let login = Login::new("editor", password.as_str());
            let connected = found(&site, &transport).await.connect(login).await.unwrap();
            assert_eq!(connected.scheme.kind() == SchemeKind::TokenPlugin, signs_in, "{plugin:?}");
            assert_eq!(connected.user.name, "Editor User");
            assert!(connected.tried.is_empty());
        }
        assert_eq!(failed(&site), 0, "{plugin:?}");
    }
}

#[tokio::test]
async fn connect_accepts_an_account_password_in_application_password_format() {
    let site = StandIn::start().await;
    site.application_password("editor");
    let password = "abcdefghijklmnopqrstuvwx";
    site.set_password("editor", password);
    for (_, transport) in transports() {
        let connected = found(&site, &transport).await.connect(Login::new("editor", password)).await.unwrap();
        assert_eq!(connected.scheme.name(), "JwtAuth");
        assert!(connected.tried.is_empty());
    }
    assert_eq!(failed(&site), 0);
}

#[tokio::test]
async fn connect_with_a_wrong_password_causes_one_failed_login() {
    let orange = [MiniOrange::Jwt, MiniOrange::BasicPassword, MiniOrange::ApiKey("key".to_owned())];
    let plugins = PLUGINS.into_iter().chain(orange.map(Plugin::MiniOrange)).map(Some);
    let release_3 = Some(Plugin::SimpleJwtLogin(SimpleJwtLogin::v3()));
    for plugin in plugins.chain([None, release_3]) {
        for password in ["wrong", "abcdefghijklmnopqrstuvwx", "abcd efgh ijkl mnop qrst uvwx"] {
            for has_application_passwords in [false, true] {
                let site = StandIn::builder().plugin(plugin.clone()).start().await;
                if has_application_passwords {
                    site.application_password("editor");
                }
                for (index, (stack, transport)) in transports().into_iter().enumerate() {
                    let login = Login::new("editor", password);
                    let error = found(&site, &transport).await.connect(login).await.unwrap_err();
                    let case =
                        format!("{plugin:?}, {password}, {has_application_passwords}, {stack}: {error:?}");
                    assert!(failed(&site) <= index + 1, "{case}\n{:?}", site.counts());
                    let is_not_offered = error.auth_kind() == Some(AuthErrorKind::NotOffered);
                    assert!(is_not_offered || error.is_unauthorized(), "{case}");
                    // If a plugin checked the password, its error is returned.
                    if site.counts().failed_sign_ins > 0 {
                        assert_eq!(error.auth_kind(), Some(AuthErrorKind::WrongCredentials), "{case}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn connect_stops_when_the_password_is_refused() {
    for (code, kind) in [
        ("incorrect_password", AuthErrorKind::WrongCredentials),
        ("too_many_retries", AuthErrorKind::LockedOut),
        ("wfls_twofactor_required", AuthErrorKind::SecondFactorRequired),
        ("wfls_captcha_verify", AuthErrorKind::CaptchaRequired),
        ("session_limit_exceeded", AuthErrorKind::RateLimited),
        ("a_plugin_s_own", AuthErrorKind::Refused),
    ] {
        let site = StandIn::start().await;
        // It is right, and good for another way.
        let password = site.application_password("editor").replace(' ', "");
        site.refuse_sign_in(Refusal::new(code, "No."));
        for (index, (stack, transport)) in transports().into_iter().enumerate() {
            let login = Login::new("editor", password.as_str());
            let error = found(&site, &transport).await.connect(login).await.unwrap_err();
            assert_eq!(error.auth_kind(), Some(kind), "{code}, {stack}: {error:?}");
            assert_eq!(site.count("POST", "/jwt-auth/v1/token"), index + 1, "{code}, {stack}");
        }
        assert_eq!(site.count("POST", "/wp/v2/users/me"), 0, "{code}");
    }
}

#[tokio::test]
async fn connect_continues_after_a_refusal_before_the_password_check() {
    let cases: [(Set, AuthErrorKind); 3] = [
        (|site| site.jwt_secret(None), AuthErrorKind::Misconfigured),
        (|site| site.header_arrives(HeaderPath::ModPhp), AuthErrorKind::HeaderLost),
        (|site| site.issuer("https://example.org"), AuthErrorKind::WrongSite),
    ];
    for (set, kind) in cases {
        let site = set(StandIn::builder()).start().await;
        let password = site.application_password("editor").replace(' ', "");
        for (stack, transport) in transports() {
            let login = Login::new("editor", password.as_str());
            let connected = found(&site, &transport).await.connect(login).await;
            let connected = connected.unwrap_or_else(|error| panic!("{kind:?}, {stack}: {error}"));
            assert_eq!(connected.scheme.kind(), SchemeKind::ApplicationPassword);
            let [tried] = &*connected.tried else { panic!("{:?}", connected.tried) };
            assert_eq!((tried.scheme.name(), tried.kind), ("JwtAuth", Some(kind)), "{stack}");
        }
        assert_eq!(failed(&site), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn connect_error_names_the_reason() {
    let cases: [(Set, &str, Option<AuthErrorKind>, &str); 6] = [
        (|site| site, "wrong", Some(AuthErrorKind::WrongCredentials), "incorrect"),
        (
            |site| site.plugin(Plugin::ApiBearerAuth { jwt: false }),
            "wrong",
            Some(AuthErrorKind::WrongCredentials),
            "",
        ),
        (|site| site.jwt_secret(None), "password", Some(AuthErrorKind::Misconfigured), ""),
        (|site| site.header_arrives(HeaderPath::Nowhere), "password", Some(AuthErrorKind::HeaderLost), ""),
        (|site| site.plugin(None), "password", Some(AuthErrorKind::NotOffered), "application passwords"),
        (
            |site| site.plugin(Plugin::MiniOrange(MiniOrange::ApiKey("k".to_owned()))),
            "password",
            Some(AuthErrorKind::WrongCredentials),
            "INVALID_API_KEY",
        ),
    ];
    for (set, password, kind, words) in cases {
        let site = set(StandIn::builder()).start().await;
        let (_, transport) = &transports()[1];
        let error = found(&site, transport).await.connect(Login::new("editor", password)).await.unwrap_err();
        assert_eq!(error.auth_kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn connect_in_one_line() {
    let site = StandIn::start().await;
    let wp = Client::connect(&site.uri("/wp-admin/"), Login::new("editor", "password")).await.unwrap();
    assert_eq!(wp.users().me().await.unwrap().name, "Editor User");
}

/// With the provider of another plugin, the error names the plugin of the site, if its response shows it.
#[tokio::test]
async fn connect_reports_another_plugin() {
    let jwt: fn() -> Identity = || JwtAuth::new("editor", "password").into();
    let useful: fn() -> Identity = || UsefulTeamJwt::new("editor", "password").into();
    let orange: fn() -> Identity = || MiniOrangeJwt::new("editor", "password").into();
    let bearer: fn() -> Identity = || ApiBearerAuth::new("editor", "password").into();
    let has_bearer: Set = |site| site.plugin(Plugin::ApiBearerAuth { jwt: false });
    let has_orange: Set = |site| site.plugin(Plugin::MiniOrange(MiniOrange::Jwt));
    for (identity, set, name) in [
        (jwt, has_bearer, "ApiBearerAuth"),
        (useful, has_bearer, "ApiBearerAuth"),
        (orange, has_bearer, "ApiBearerAuth"),
        // Its check passes what it does not know, so WordPress responds.
        (jwt, has_orange, "the token plugin is not active"),
        (useful, has_orange, "the token plugin is not active"),
        (bearer, has_orange, "the token plugin is not active"),
        (jwt, |site: Builder| site.plugin(Plugin::UsefulTeam), "UsefulTeamJwt"),
        (useful, |site: Builder| site, "JwtAuth"),
    ] {
        let site = set(StandIn::builder()).start().await;
        let wp = Client::builder(site.url()).auth(identity()).build().unwrap();
        let error = wp.users().me().await.unwrap_err();
        assert_eq!(error.auth_kind(), Some(AuthErrorKind::NotOffered), "{error}");
        // Shown as a program shows it that returns it from `main`.
        assert!(format!("{error:?}").contains(name), "{error:?}");
    }
}
