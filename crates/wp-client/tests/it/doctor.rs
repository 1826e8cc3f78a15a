//! The doctor names the cause of every fault that the stand-in can have.

use std::time::Duration;

use wp_client::{
    ApiBearerAuth, ApiKey, Basic, Cause, Client, Credential, Identity, JwtAuth, MiniOrangeJwt,
    SimpleJwtLogin, Step, UsefulTeamJwt, Verdict,
};
use wp_testkit::{
    Builder, CacheKey, Firewall, HeaderPath, MiniOrange, Noise, Permalinks, Plugin, Refusal, SignInFailure,
    SimpleJwtLogin as Sjl, StandIn,
};

use crate::clients;

/// A fault, who meets it, and what it is to be called.
struct Row {
    fault: &'static str,
    site: fn(Builder) -> Builder,
    identity: fn(&StandIn) -> Identity,
    /// With an application password to compare with.
    compared: bool,
    cause: Option<Cause>,
    /// A warning, if nothing fails.
    warning: Option<Cause>,
    /// Words that the remedy has.
    remedy: &'static str,
}

const KEY: &str = "key0123456789key0123456789key012";

fn jwt(_: &StandIn) -> Identity {
    JwtAuth::new("editor", "password").into()
}

fn bearer(_: &StandIn) -> Identity {
    ApiBearerAuth::new("editor", "password").into()
}

fn orange(_: &StandIn) -> Identity {
    MiniOrangeJwt::new("editor", "password").into()
}

fn useful(_: &StandIn) -> Identity {
    UsefulTeamJwt::new("editor", "password").into()
}

fn simple(_: &StandIn) -> Identity {
    SimpleJwtLogin::new("editor", "password").into()
}

fn app_password(site: &StandIn) -> Identity {
    Basic::application_password("editor", site.application_password("editor")).into()
}

fn key(_: &StandIn) -> Identity {
    ApiKey::bearer(KEY).into()
}

const ROW: Row = Row {
    fault: "",
    site: |site| site,
    identity: jwt,
    compared: false,
    cause: None,
    warning: None,
    remedy: "",
};

const SIMPLE: Plugin = Plugin::SimpleJwtLogin(Sjl::v4());
const SIMPLE_3: Plugin = Plugin::SimpleJwtLogin(Sjl::v3());
const IGNORED: Plugin = Plugin::SimpleJwtLogin(Sjl::v4().without_middleware());
const BEARER: Plugin = Plugin::ApiBearerAuth { jwt: false };

fn with_key(site: Builder) -> Builder {
    site.plugin(Plugin::MiniOrange(MiniOrange::ApiKey(KEY.to_owned())))
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { fault: "nothing", ..ROW },
    Row { fault: "nothing", site: |s| s.plugin(BEARER), identity: bearer, ..ROW },
    Row { fault: "nothing", site: |s| s.plugin(Plugin::UsefulTeam), identity: useful, ..ROW },
    Row { fault: "nothing", site: |s| s.plugin(Plugin::MiniOrange(MiniOrange::Jwt)), identity: orange, ..ROW },
    Row { fault: "nothing", site: |s| s.plugin(SIMPLE), identity: simple, ..ROW },
    Row { fault: "nothing", site: |s| s.plugin(SIMPLE_3), identity: simple, ..ROW },
    Row { fault: "nothing", identity: app_password, ..ROW },
    Row { fault: "nothing", site: |s| s.plugin(Plugin::MiniOrange(MiniOrange::BasicPassword)), identity: |_| Basic::account_password("editor", "password").into(), ..ROW },
    Row { fault: "a server that drops the method override", site: |s| s.drop_method_override(true), ..ROW },
    Row { fault: "a header that is dropped", site: |s| s.strip_authorization(true).plugin(SIMPLE), identity: simple, cause: Some(Cause::HeaderLost), remedy: "HTTP_AUTHORIZATION", ..ROW },
    Row { fault: "a plugin whose tokens the site ignores", site: |s| s.plugin(IGNORED), identity: simple, cause: Some(Cause::TokenIgnored), remedy: "All WordPress endpoints", ..ROW },
    Row { fault: "the same, for a user who is not for strangers", site: |s| s.plugin(IGNORED), identity: |_| SimpleJwtLogin::new("subscriber", "password").into(), cause: Some(Cause::TokenIgnored), remedy: "All WordPress endpoints", ..ROW },
    Row { fault: "a wrong password", site: |s| s.plugin(SIMPLE), identity: |_| SimpleJwtLogin::new("editor", "wrong").into(), cause: Some(Cause::WrongCredentials), remedy: "check", ..ROW },
    Row { fault: "a wrong password", site: |s| s.plugin(SIMPLE_3), identity: |_| SimpleJwtLogin::new("editor", "wrong").into(), cause: Some(Cause::WrongCredentials), remedy: "check", ..ROW },
    Row { fault: "a header that is dropped", site: |s| s.strip_authorization(true), cause: Some(Cause::HeaderLost), remedy: "HTTP_AUTHORIZATION", ..ROW },
    Row { fault: "a header that is dropped", site: |s| s.strip_authorization(true).plugin(BEARER), identity: bearer, cause: Some(Cause::HeaderLost), remedy: "HTTP_AUTHORIZATION", ..ROW },
    Row { fault: "a header that is dropped", site: |s| s.strip_authorization(true).plugin(Plugin::UsefulTeam), identity: useful, cause: Some(Cause::HeaderLost), remedy: "HTTP_AUTHORIZATION", ..ROW },
    Row { fault: "a header that is dropped", site: |s| s.strip_authorization(true).plugin(Plugin::MiniOrange(MiniOrange::Jwt)), identity: orange, cause: Some(Cause::HeaderLost), remedy: "HTTP_AUTHORIZATION", ..ROW },
    Row { fault: "a header that is dropped", site: |s| with_key(s).strip_authorization(true), identity: key, cause: Some(Cause::HeaderLost), remedy: "HTTP_AUTHORIZATION", ..ROW },
    Row { fault: "a header that is dropped, and a plugin that can tell", site: |s| s.strip_authorization(true), identity: app_password, cause: Some(Cause::HeaderLost), remedy: "HTTP_AUTHORIZATION", ..ROW },
    Row { fault: "a dropped header without a plugin that could report it", site: |s| s.strip_authorization(true).plugin(None), identity: app_password, cause: Some(Cause::NotSeen), remedy: "permalinks", ..ROW },
    Row { fault: "a header under another name", site: |s| s.header_arrives(HeaderPath::Redirected).plugin(BEARER), identity: bearer, compared: true, cause: Some(Cause::HeaderRenamed), remedy: "virtual host", ..ROW },
    Row { fault: "mod_php with an old rewrite block", site: |s| s.header_arrives(HeaderPath::ModPhp), compared: true, cause: Some(Cause::HeaderLost), remedy: "permalinks", ..ROW },
    Row { fault: "a host password", site: |s| s.host_password("staging", "open"), cause: Some(Cause::HostPassword), remedy: "ClientBuilder::host_password", ..ROW },
    Row { fault: "application passwords that are off", site: |s| s.application_passwords(false).plugin(None), identity: app_password, cause: Some(Cause::ApplicationPasswordsOff), remedy: "https", ..ROW },
    Row { fault: "a wrong application password", identity: |_| Basic::application_password("editor", "abcd efgh ijkl mnop qrst uvwx").into(), cause: Some(Cause::WrongCredentials), remedy: "check", ..ROW },
    Row { fault: "a wrong password", identity: |_| JwtAuth::new("editor", "wrong").into(), cause: Some(Cause::WrongCredentials), remedy: "check", ..ROW },
    Row { fault: "a wrong password", site: |s| s.plugin(BEARER), identity: |_| ApiBearerAuth::new("editor", "wrong").into(), cause: Some(Cause::WrongCredentials), remedy: "check", ..ROW },
    Row { fault: "a wrong key", site: with_key, identity: |_| ApiKey::bearer("another").into(), cause: Some(Cause::WrongCredentials), remedy: "settings", ..ROW },
    Row { fault: "a key without a user", site: with_key, identity: key, cause: Some(Cause::KeyWithoutUser), remedy: "public", ..ROW },
    Row { fault: "a plugin without its secret", site: |s| s.jwt_secret(None), cause: Some(Cause::Misconfigured), remedy: "JWT_AUTH_SECRET_KEY", ..ROW },
    Row { fault: "a plugin without its secret", site: |s| s.jwt_secret(None).plugin(Plugin::UsefulTeam), identity: useful, cause: Some(Cause::Misconfigured), remedy: "JWT_AUTH_SECRET_KEY", ..ROW },
    Row { fault: "a plugin without its secret", site: |s| s.jwt_secret(None).plugin(Plugin::MiniOrange(MiniOrange::Jwt)), identity: orange, cause: Some(Cause::Misconfigured), remedy: "miniOrange", ..ROW },
    Row { fault: "a plugin without a method", site: |s| s.plugin(Plugin::MiniOrange(MiniOrange::Unset)), identity: |_| Basic::account_password("editor", "password").into(), cause: Some(Cause::Misconfigured), remedy: "miniOrange", ..ROW },
    Row { fault: "no plugin", site: |s| s.plugin(None), cause: Some(Cause::NotOffered), remedy: "activate", ..ROW },
    Row { fault: "another plugin at the same address", site: |s| s.plugin(Plugin::UsefulTeam), cause: Some(Cause::NotOffered), remedy: "provider", ..ROW },
    Row { fault: "plain permalinks", site: |s| s.permalinks(Permalinks::Plain), cause: Some(Cause::OtherRoot), remedy: "rest_route", ..ROW },
    Row { fault: "another prefix", site: |s| s.rest_prefix("api"), cause: Some(Cause::OtherRoot), remedy: "/api/", ..ROW },
    Row { fault: "no rewriting", site: |s| s.permalinks(Permalinks::Index), cause: Some(Cause::OtherRoot), remedy: "/index.php/wp-json/", ..ROW },
    Row { fault: "a site that reports another address", site: |s| s.issuer("https://example.org"), cause: Some(Cause::TokenForOtherSite), warning: Some(Cause::OtherSite), remedy: "sign in at the address", ..ROW },
    Row { fault: "a firewall before everything", site: |s| s.firewall(Firewall::Everything), cause: Some(Cause::Firewall), remedy: "host", ..ROW },
    Row { fault: "a cache that ignores the user", site: |s| s.cache(CacheKey::Url), cause: Some(Cause::Cache), remedy: "cache", ..ROW },
    Row { fault: "a clock that is an hour ahead", site: |s| s.clock_offset(Duration::from_secs(3600), true), warning: Some(Cause::Clock), remedy: "clock", ..ROW },
    Row { fault: "warnings before the JSON", site: |s| s.noise(Noise::NoticeBefore), warning: Some(Cause::Noise), remedy: "display_errors", ..ROW },
    Row { fault: "a byte order mark", site: |s| s.noise(Noise::Bom), warning: Some(Cause::Noise), remedy: "display_errors", ..ROW },
    Row { fault: "a redirect to another host", site: |s| s.redirect_to("http://localhost:9"), cause: Some(Cause::Redirected), remedy: "address", ..ROW },
    Row { fault: "a user who may not write", identity: |_| JwtAuth::new("subscriber", "password").into(), warning: Some(Cause::FewRights), remedy: "role", ..ROW },
];

#[tokio::test]
async fn doctor_names_cause_and_remedy_of_each_fault() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let site = (row.site)(StandIn::builder()).start().await;
        for (stack, builder) in clients(&site) {
            let wp = builder.auth((row.identity)(&site)).build().unwrap();
            let report = if row.compared {
                wp.diagnose_against(app_password(&site)).await
            } else {
                wp.diagnose().await
            };
            let report_text = report.to_string();
            let warned = row.warning.is_none_or(|warning| report.warnings().any(|found| found == warning));
            if report.cause() != row.cause || !warned || !report_text.contains(row.remedy) {
                let Row { fault, cause, warning, .. } = row;
                wrong.push(format!("{fault} ({stack}): not {cause:?} {warning:?}\n{report}"));
            }
            for secret in ["password\"", KEY] {
                assert!(
                    !report_text.contains(secret) && !format!("{report:?}").contains(secret),
                    "{report_text}"
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn doctor_with_host_password_reports_its_header() {
    let host_password = Credential::basic("staging", &"open".into()).unwrap();
    // The server does not hand the token's header on, and does.
    for (reads, cause) in [(false, Some(Cause::HeaderTakenByHost)), (true, None)] {
        let site = StandIn::builder()
            .host_password("staging", "open")
            .host_password_in_x_authorization(reads)
            .start()
            .await;
        for (_, builder) in clients(&site) {
            let token = Identity::builder(JwtAuth::new("editor", "password")).in_header("X-Authorization");
            let report = builder.host_password(&host_password).auth(token).build().unwrap().diagnose().await;
            assert_eq!(report.cause(), cause, "{report}");
            assert_eq!(report.to_string().contains("X-Authorization"), cause.is_some(), "{report}");
        }
    }
}

#[tokio::test]
async fn doctor_reports_unreachable_site_missing_identity_and_missing_tls() {
    for (url, cause) in
        [("http://127.0.0.1:9", Cause::Unreachable), ("https://127.0.0.1:9", Cause::Unreachable)]
    {
        let wp = Client::builder(url).auth(JwtAuth::new("editor", "password")).build().unwrap();
        assert_eq!(wp.diagnose().await.cause(), Some(cause));
    }
    let site = StandIn::start().await;
    let report = Client::builder(site.url()).build().unwrap().diagnose().await;
    assert_eq!(report.cause(), Some(Cause::NoIdentity), "{report}");
    let tls = site.url().replace("http:", "https:");
    let wp = Client::builder(tls).auth(JwtAuth::new("editor", "password")).build().unwrap();
    assert_eq!(wp.diagnose().await.cause(), Some(Cause::Tls));
}

#[tokio::test]
async fn doctor_reports_other_sign_in_failures() {
    let site = StandIn::start().await;
    for (failure, cause) in [
        (SignInFailure::BadConfig, Cause::Misconfigured),
        (SignInFailure::ServerErrorHtml, Cause::ServerError),
        (SignInFailure::Maintenance, Cause::Unavailable),
        (SignInFailure::TooManyRequests, Cause::RateLimited),
    ] {
        site.fail_sign_in(Some(failure));
        let wp = Client::builder(site.url()).auth(JwtAuth::new("editor", "password")).build().unwrap();
        let report = wp.diagnose().await;
        assert_eq!(report.cause(), Some(cause), "{failure:?}\n{report}");
        assert_eq!(
            report.checks.iter().find(|check| check.step == Step::Proof).unwrap().verdict,
            Verdict::Skipped
        );
    }
}

#[tokio::test]
async fn doctor_reports_a_deleted_user() {
    let site = StandIn::start().await;
    site.add_user("guest", "author");
    let wp = Client::builder(site.url()).auth(JwtAuth::new("guest", "password")).build().unwrap();
    wp.verify().await.unwrap();
    site.remove_user("guest");
    let report = wp.diagnose().await;
    assert_eq!(report.cause(), Some(Cause::UserGone), "{report}");
}

#[tokio::test]
async fn doctor_reports_a_refusal_of_a_security_plugin() {
    let site = StandIn::start().await;
    for (code, cause) in [
        ("too_many_retries", Cause::LockedOut),
        ("wfls_twofactor_required", Cause::SecondFactor),
        ("wfls_captcha_verify", Cause::Captcha),
        ("session_limit_exceeded", Cause::RateLimited),
        ("incorrect_password", Cause::WrongCredentials),
        ("a_plugin_s_own", Cause::Other),
    ] {
        site.refuse_sign_in(Refusal::new(code, "No."));
        for (stack, builder) in clients(&site) {
            let wp = builder.auth(JwtAuth::new("editor", "password")).build().unwrap();
            let before = site.count("POST", "/jwt-auth/v1/token");
            let report = wp.diagnose().await;
            assert_eq!(report.cause(), Some(cause), "{code}, {stack}\n{report}");
            // A second run asks no more than the client would.
            assert_eq!(wp.diagnose().await.cause(), Some(cause), "{code}, {stack}");
            assert_eq!(site.count("POST", "/jwt-auth/v1/token") - before, 1, "{code}, {stack}");
        }
    }
}

#[tokio::test]
async fn doctor_reports_a_second_factor() {
    let site = StandIn::builder().plugin(SIMPLE).start().await;
    site.set_second_factor("editor", Some("123456"));
    for (stack, builder) in clients(&site) {
        let report = builder.auth(simple(&site)).build().unwrap().diagnose().await;
        assert_eq!(report.cause(), Some(Cause::SecondFactor), "{stack}\n{report}");
    }
}

type Who = fn(&StandIn) -> Identity;

/// A plugin that locks sign-in does so after five refused or missing tokens in a minute.
#[tokio::test]
async fn repeated_doctor_runs_cause_no_lock_out() {
    let account = |_: &StandIn| Basic::account_password("editor", "password").into();
    let cases: [(Plugin, Who); 8] = [
        (Plugin::MiniOrange(MiniOrange::Jwt), orange),
        (Plugin::MiniOrange(MiniOrange::Jwt), |site| ApiKey::bearer(site.token("editor")).into()),
        (Plugin::MiniOrange(MiniOrange::BasicPassword), account),
        (Plugin::JwtAuth, jwt),
        (Plugin::UsefulTeam, useful),
        (BEARER, bearer),
        (SIMPLE, simple),
        (SIMPLE_3, simple),
    ];
    for (plugin, identity) in cases {
        let site = StandIn::builder().plugin(plugin.clone()).start().await;
        for (stack, builder) in clients(&site) {
            let anonymous = builder.build().unwrap();
            for run in 1..=6 {
                site.clear_log();
                let wp = anonymous.with_auth(identity(&site));
                let report = wp.diagnose().await;
                assert!(report.is_healthy(), "{plugin:?}, {stack}, run {run}\n{report}");
                let log = site.log();
                assert!(log.len() <= 12, "{plugin:?}: {log:#?}");
                let is_open = |route: &str| route == "/" || route.ends_with("/token");
                let is_bare =
                    |route: &str, credential: Option<usize>| credential.is_none() && !is_open(route);
                if matches!(plugin, Plugin::MiniOrange(_)) {
                    assert!(!log.iter().any(|entry| is_bare(&entry.path, entry.credential)), "{log:#?}");
                }
            }
            // Its own tokens are refused nowhere, and the password is right.
            let counts = site.counts();
            assert_eq!((counts.refused_tokens, counts.failed_sign_ins), (0, 0), "{plugin:?}, {stack}");
        }
    }
}

#[tokio::test]
async fn doctor_causes_one_failed_login_per_run_if_miniorange_gets_no_header() {
    for identity in [orange, |site: &StandIn| ApiKey::bearer(site.token("editor")).into()] {
        let site = StandIn::builder().plugin(Plugin::MiniOrange(MiniOrange::Jwt)).strip_authorization(true);
        let site = site.start().await;
        let (_, builder) = clients(&site).next().unwrap();
        let anonymous = builder.build().unwrap();
        for run in 1..=4 {
            let wp = anonymous.with_auth(identity(&site));
            let report = wp.diagnose_against(app_password(&site)).await;
            assert_eq!(report.cause(), Some(Cause::HeaderLost), "run {run}\n{report}");
        }
        let asked = site.log().into_iter().filter(|entry| entry.path.starts_with("/wp/v2/"));
        assert_eq!(asked.count(), 4);
    }
}
