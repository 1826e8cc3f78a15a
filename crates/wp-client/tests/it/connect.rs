//! Signing in at a site of which only the address is known.

use std::sync::Arc;

use wp_client::{
    ApiBearerAuth, AuthErrorKind, Client, Discovery, Identity, JwtAuth, Login, MiniOrangeJwt, Transport,
    UsefulTeamJwt,
};
use wp_testkit::{Builder, HeaderPath, MiniOrange, Permalinks, Plugin, StandIn};

use crate::transports;

type Set = fn(Builder) -> Builder;

async fn found(site: &StandIn, transport: &Arc<dyn Transport>) -> Discovery {
    Discovery::builder(site.url()).transport(Arc::clone(transport)).find().await.unwrap()
}

#[tokio::test]
async fn the_scheme_that_the_site_offers_is_found_and_proven() {
    let cases: [(Set, &str); 7] = [
        (|site| site, "JwtAuth"),
        (|site| site.permalinks(Permalinks::Plain), "JwtAuth"),
        (|site| site.plugin(Plugin::UsefulTeam), "UsefulTeamJwt"),
        (|site| site.plugin(Plugin::ApiBearerAuth { jwt: false }), "ApiBearerAuth"),
        (|site| site.plugin(Plugin::ApiBearerAuth { jwt: true }), "ApiBearerAuth"),
        (|site| site.plugin(Plugin::MiniOrange(MiniOrange::Jwt)), "MiniOrangeJwt"),
        (|site| site.plugin(Plugin::MiniOrange(MiniOrange::BasicPassword)), "AccountPassword"),
    ];
    for (set, scheme) in cases {
        let site = set(StandIn::builder()).start().await;
        for (stack, transport) in transports() {
            let connected = found(&site, &transport).await.connect(Login::new("editor", "password")).await;
            let connected = connected.unwrap_or_else(|error| panic!("{scheme}, {stack}: {error}"));
            assert_eq!((connected.scheme, &*connected.user.name), (scheme, "Editor User"), "{stack}");
            assert_eq!(connected.client.users().me().await.unwrap().name, "Editor User");
            assert!(!format!("{connected:?}").contains("password\""));
        }
    }
}

#[tokio::test]
async fn an_application_password_is_known_by_its_looks() {
    for plugin in [None, Some(Plugin::JwtAuth), Some(Plugin::ApiBearerAuth { jwt: false })] {
        let site = StandIn::builder().plugin(plugin).start().await;
        let password = site.application_password("editor");
        for (_, transport) in transports() {
            for password in [password.clone(), password.replace(' ', "")] {
                let login = Login::new("editor", password);
                let connected = found(&site, &transport).await.connect(login).await.unwrap();
                assert_eq!(connected.scheme, "ApplicationPassword");
                assert!(connected.tried.is_empty());
            }
        }
    }
}

#[tokio::test]
async fn a_password_of_an_account_that_looks_like_one_is_tried_as_both() {
    let site = StandIn::start().await;
    let password = "abcdefghijklmnopqrstuvwx";
    site.set_password("editor", password);
    let (_, transport) = &transports()[0];
    let connected = found(&site, transport).await.connect(Login::new("editor", password)).await.unwrap();
    assert_eq!(connected.scheme, "JwtAuth");
    assert_eq!(connected.tried[0].scheme, "ApplicationPassword");
}

#[tokio::test]
async fn why_it_does_not_work_is_told() {
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
async fn one_line_does_it_all() {
    let site = StandIn::start().await;
    let wp = Client::connect(&site.uri("/wp-admin/"), Login::new("editor", "password")).await.unwrap();
    assert_eq!(wp.users().me().await.unwrap().name, "Editor User");
}

/// Who took the provider of another plugin is told which the site has, as far as its answer tells.
#[tokio::test]
async fn another_plugin_is_told() {
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
        (jwt, has_orange, "MiniOrangeJwt"),
        (useful, has_orange, "MiniOrangeJwt"),
        (bearer, has_orange, "MiniOrangeJwt"),
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
