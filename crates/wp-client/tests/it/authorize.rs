//! An application password that a user grants in the browser is accepted only for the site that requested it.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, Request, Respond, ResponseTemplate};
use wp_client::{
    AuthorizeCallback, AuthorizeErrorKind, AuthorizeRequest, Discovery, Error, ErrorKind, ExposeSecret,
    Transport,
};
use wp_testkit::StandIn;

use crate::transports;

const CALLBACK: &str = "https://app.example/cb?x=1";
const PASSWORD: &str = "THZ6pYJ5q5vQ4UhICiuHTxXE";

async fn find(site: &StandIn, transport: &Arc<dyn Transport>) -> Discovery {
    Discovery::builder(site.url()).transport(Arc::clone(transport)).find().await.unwrap()
}

fn begin(found: &Discovery) -> wp_client::Result<AuthorizeRequest> {
    found.authorize("App").success_url(CALLBACK).begin()
}

/// What a site says of itself.
#[derive(Clone, Default)]
struct Index(Arc<Mutex<Value>>);

impl Index {
    /// In place of that of the stand-in.
    async fn of(site: &StandIn) -> Self {
        let index = Self::default();
        Mock::given(path("/wp-json/")).respond_with(index.clone()).mount(site.server()).await;
        index
    }

    /// Which page is for granting a password, and where WordPress is.
    fn says(&self, page: &str, url: &str) {
        *self.0.lock().unwrap() = json!({
            "name": "A", "namespaces": ["wp/v2"], "home": url, "url": url,
            "authentication": {"application-passwords": {"endpoints": {"authorization": page}}},
        });
    }
}

impl Respond for Index {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        ResponseTemplate::new(200).set_body_json(&*self.0.lock().unwrap())
    }
}

/// What WordPress adds to the address of success.
fn granted(site_url: &str) -> String {
    format!(
        "site_url={}&user_login=editor&password={PASSWORD}",
        site_url.replace(':', "%3A").replace('/', "%2F")
    )
}

fn kind(error: &Error) -> AuthorizeErrorKind {
    match error.kind() {
        ErrorKind::Authorize(error) => error.kind(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn authorize_grants_a_client_of_the_site_that_was_found() {
    let site = StandIn::start().await;
    for (stack, transport) in transports() {
        let found = find(&site, &transport).await;
        let request = found
            .authorize("My app & co")
            .app_id("6a1b2c3d-1234-4abc-8def-0123456789ab")
            .success_url("myapp://connected?x=1")
            .reject_url("https://app.example/no#top")
            .begin()
            .unwrap();
        let state = request.state();
        assert_eq!(
            request.url(),
            site.uri("wp-admin/authorize-application.php?app_name=My%20app%20%26%20co")
                + "&app_id=6a1b2c3d-1234-4abc-8def-0123456789ab"
                + &format!("&success_url=myapp%3A%2F%2Fconnected%3Fx%3D1%26state%3D{state}")
                + &format!("&reject_url=https%3A%2F%2Fapp.example%2Fno%3Fstate%3D{state}%23top"),
        );
        let password = site.application_password("editor").replace(' ', "");
        let came_back = format!(
            "myapp://connected?x=1&state={state}&{}",
            granted(&site.url()).replace(PASSWORD, &password)
        );
        let AuthorizeCallback::Approved(approved) = request.callback(&came_back).unwrap() else { panic!() };
        assert_eq!((approved.user_login(), approved.password().expose_secret()), ("editor", &*password));
        let wp = approved.client().build().unwrap();
        assert_eq!(wp.verify().await.unwrap().name, "Editor User", "{stack}");
        let shown = format!("{request:?} {approved:?} {:?}", approved.provider());
        assert!(!shown.contains(state) && !shown.contains(&password), "{shown}");
    }
}

#[tokio::test]
async fn authorization_page_of_another_site_in_the_index_is_rejected() {
    for (stack, transport) in transports() {
        let (hostile, bank) = (StandIn::start().await, StandIn::start().await);
        Index::of(&hostile).await.says(&bank.uri("wp-admin/authorize-application.php"), &bank.url());
        let found = find(&hostile, &transport).await;
        let error = begin(&found).unwrap_err();
        assert_eq!(kind(&error), AuthorizeErrorKind::Page, "{stack}: {error}");
        assert!(error.to_string().contains(&bank.url()) && error.hint().is_some(), "{error}");
        no_credential_came(&hostile).await;
        assert_eq!(bank.server().received_requests().await.unwrap().len(), 0, "{stack}");
    }
}

#[tokio::test]
async fn authorization_page_that_redirects_to_another_site_is_rejected() {
    for (stack, transport) in transports() {
        let (hostile, bank) = (StandIn::start().await, StandIn::start().await);
        // Its own page, which sends the browser on; the address of WordPress is the other's, or its own.
        let index = Index::of(&hostile).await;
        for said in [bank.url(), hostile.url()] {
            index.says(&hostile.uri("grant.php"), &said);
            let request = begin(&find(&hostile, &transport).await).unwrap();
            for site_url in [bank.url(), format!("{}/", bank.url()), "https://bank.example".to_owned()] {
                let came_back = format!("{CALLBACK}&state={}&{}", request.state(), granted(&site_url));
                let error = request.callback(&came_back).unwrap_err();
                assert_eq!(kind(&error), AuthorizeErrorKind::OtherSite, "{stack} {said} {site_url}");
                assert!(!format!("{error:?}").contains(PASSWORD));
            }
        }
        no_credential_came(&hostile).await;
        assert_eq!(bank.server().received_requests().await.unwrap().len(), 0, "{stack}");
    }
}

async fn no_credential_came(site: &StandIn) {
    let requests = site.server().received_requests().await.unwrap();
    assert!(!requests.is_empty());
    for request in requests {
        assert!(!request.headers.contains_key("authorization"), "{request:?}");
        assert!(!request.url.as_str().contains(PASSWORD));
    }
}

#[tokio::test]
async fn authorization_page_must_belong_to_the_site() {
    let site = StandIn::start().await;
    let own = site.url();
    let index = Index::of(&site).await;
    let port = own.rsplit(':').next().unwrap();
    for (stack, transport) in transports() {
        for page in [
            format!("{own}/a.php\r\nSet-Cookie: x"),
            format!("{own}/a b.php"),
            format!("{own}/\u{202e}php.a"),
            format!("{own}\\@bank.example/a.php"),
            own.replace("://", "://ana:pw@"),
            format!("http://localhost:{port}/a.php"),
            "https://bank.example/a.php".to_owned(),
            "javascript:alert(1)".to_owned(),
            "//bank.example/a.php".to_owned(),
            String::new(),
        ] {
            index.says(&page, &own);
            let error = begin(&find(&site, &transport).await).unwrap_err();
            assert_eq!(kind(&error), AuthorizeErrorKind::Page, "{stack} {page:?}");
            let shown = format!("{error:#} {error:?}");
            assert!(shown.bytes().all(|b| (b' '..=b'~').contains(&b) || b == b'\n'), "{shown:?}");
        }
        // What is shown and opened is what was read, not what was written.
        index.says(&format!("{own}/$(id)/a.php?success_url=https://bank.example#x"), &own);
        let request = begin(&find(&site, &transport).await).unwrap();
        assert!(
            request
                .url()
                .starts_with(&format!("{own}/%24%28id%29/a.php?app_name=App&success_url=https%3A%2F%2Fapp"))
        );
        assert_eq!(request.url().matches("success_url").count(), 1);
    }
    let site = StandIn::builder().application_passwords(false).start().await;
    let error = begin(&find(&site, &transports()[0].1).await).unwrap_err();
    assert_eq!(kind(&error), AuthorizeErrorKind::NotOffered);
}

#[tokio::test]
async fn authorize_rejects_invalid_parameters_early() {
    let site = StandIn::start().await;
    let found = find(&site, &transports()[0].1).await;
    let asked = || found.authorize("App");
    for (request, part) in [
        (asked().app_id("my-app"), "app_id"),
        (asked().app_id("6a1b2c3d-1234-4abc-8def-0123456789ag"), "UUID"),
        (asked().success_url("app.example/yes"), "success_url"),
        (asked().success_url("https://app.example/cb?state=71"), "already"),
        (asked().reject_url("/no"), "reject_url"),
        (asked().state("71"), "state"),
    ] {
        let error = request.begin().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(_)) && error.to_string().contains(part), "{error}");
    }
    assert!(asked().begin().unwrap().url().ends_with("?app_name=App"), "the user is shown the password");
}

#[tokio::test]
async fn callback_requires_the_state_of_the_request() {
    let site = StandIn::start().await;
    let found = find(&site, &transports()[1].1).await;
    let (request, another) = (begin(&found).unwrap(), begin(&found).unwrap());
    let saved = request.state().to_owned();
    assert_ne!(saved, another.state());
    let query = granted(&site.url());
    for came_back in [
        format!("{CALLBACK}&{query}"),
        format!("{CALLBACK}&state=&{query}"),
        format!("{CALLBACK}&state={}&{query}", another.state()),
        format!("{CALLBACK}&state={}&{query}", &saved[1..]),
        format!("{CALLBACK}&state={saved}0&{query}"),
        format!("{CALLBACK}&state={}&success=false", another.state()),
        "https://app.example/no".to_owned(),
        String::new(),
    ] {
        let error = request.callback(&came_back).unwrap_err();
        assert_eq!(kind(&error), AuthorizeErrorKind::State, "{came_back}");
        assert!(!format!("{error:?}").contains(PASSWORD));
    }
    for came_back in [
        format!("{CALLBACK}&state={}&state={saved}&{query}", another.state()),
        format!("{CALLBACK}&state={saved}&site_url=https%3A%2F%2Fbank.example&{query}"),
        format!("{CALLBACK}&state={saved}&password=hunter2&{query}"),
    ] {
        assert_eq!(kind(&request.callback(&came_back).unwrap_err()), AuthorizeErrorKind::Incomplete);
    }
    // In another process.
    let request = found.authorize("App").success_url(CALLBACK).state(saved.clone()).begin().unwrap();
    assert_eq!(request.state(), saved);
    for came_back in [
        // As recorded, after an address with a query.
        format!("{CALLBACK}&state={saved}&{query}"),
        format!("{CALLBACK}&state={saved}&{query}#top"),
        format!("/cb?state={saved}&{query}"),
        format!("state={saved}&{query}"),
        format!(" ?state={saved}&{query}\n"),
        format!("https://app.example/?state={saved}#/cb?{query}"),
        format!("https://app.example/?state={saved}#/cb&{query}"),
        format!("{CALLBACK}&state={saved}&{query}")
            .replace(PASSWORD, "THZ6%20pYJ5%20q5vQ%204UhI%20CiuH%20TxXE"),
        format!("{CALLBACK}&state={saved}&{}", granted(&format!("{}/", site.url()))),
    ] {
        let AuthorizeCallback::Approved(approved) = request.callback(&came_back).unwrap() else { panic!() };
        assert_eq!((approved.user_login(), approved.password().expose_secret()), ("editor", PASSWORD));
    }
    for came_back in [
        format!("{CALLBACK}&state={saved}&success=false"),
        format!("https://app.example/no?state={saved}"),
        format!("https://app.example/no?state={saved}&error=disabled"),
    ] {
        assert!(matches!(request.callback(&came_back).unwrap(), AuthorizeCallback::Rejected), "{came_back}");
    }
    for (came_back, missing) in [
        (format!("state={saved}&site_url=s&password=hunter2"), "user_login"),
        (format!("state={saved}&password=hunter2&site_url=&user_login="), "site_url and user_login"),
        (format!("state={saved}&site_url=s&user_login=hunter2"), "password"),
    ] {
        let error = request.callback(&came_back).unwrap_err();
        assert_eq!(kind(&error), AuthorizeErrorKind::Incomplete);
        let shown = format!("{error:#} {error:?}");
        assert!(shown.contains(missing) && !shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test]
async fn callback_compares_the_directory_of_wordpress() {
    let site = StandIn::start().await;
    let own = format!("{}/wp", site.url());
    Index::of(&site).await.says(&format!("{own}/wp-admin/a.php"), &own);
    let request = begin(&find(&site, &transports()[0].1).await).unwrap();
    for (site_url, is_own) in [(own.clone(), true), (site.url(), false), (format!("{own}2"), false)] {
        let came_back = format!("{CALLBACK}&state={}&{}", request.state(), granted(&site_url));
        assert_eq!(request.callback(&came_back).is_ok(), is_own, "{site_url}");
    }
}
