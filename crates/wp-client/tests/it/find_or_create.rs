//! Creates that look first: what they find, what they do if a response is lost, and what two at once lead to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};
use wp_client::models::{
    CategoryPatch, NewCategory, NewPage, NewPost, NewTag, NewUser, PostPatch, PostStatus, UserPatch,
};
use wp_client::{
    Basic, Body, Client, Ensured, Error, ErrorKind, Transport, TransportError, TransportErrorKind,
    async_trait,
};
use wp_core::RequestError;
use wp_http::conformance::ManualClock;
use wp_testkit::StandIn;

use crate::{ends, signed_in, transports};

mod broken_off;

#[tokio::test]
async fn find_or_create_finds_a_term_by_name_and_parent() {
    let site = StandIn::start().await;
    for (round, wp) in signed_in(&site, "editor").enumerate() {
        let named = |name: &str| NewCategory::named(format!("{name} {round}"));
        for name in ["News", "Q&A", "Q &amp; A", "1 < 2", "it's \"so\""] {
            let first = wp.categories().find_or_create(named(name)).await.unwrap();
            assert!(matches!(first, Ensured::Created(_)), "{name}: {first:?}");
            site.clear_log();
            let second = wp.categories().find_or_create(named(name)).await.unwrap();
            assert!(
                matches!(&second, Ensured::Found(found) if found.id == first.item().id),
                "{name}: {second:?}"
            );
            let requests = [site.count("GET", "/wp/v2/categories"), site.count("POST", "/wp/v2/categories")];
            assert_eq!(requests, [1, 0], "{name}: the search has the entities of the stored name");
        }
        let top = wp.categories().find_or_create(named("News")).await.unwrap().into_item();
        let below = wp.categories().find_or_create(named("News").parent(top.id)).await.unwrap();
        assert!(below.is_created() && below.item().parent == Some(top.id));
        let other_case = wp.categories().find_or_create(named("nEWS")).await.unwrap();
        assert_eq!(other_case.item().id, top.id);
    }
}

#[tokio::test]
async fn find_or_create_finds_a_draft_by_slug() {
    let site = StandIn::start().await;
    for (round, wp) in signed_in(&site, "editor").enumerate() {
        let new = NewPost::titled("Dunes").slug(format!("dunes-{round}"));
        let first = wp.posts().find_or_create(new.clone()).await.unwrap();
        assert!(matches!(first, Ensured::Created(_)), "{first:?}");
        let second = wp.posts().find_or_create(new.title("Other")).await.unwrap();
        assert!(matches!(&second, Ensured::Found(post) if post.id == first.item().id), "{second:?}");
        assert_eq!(second.item().title.raw, "Dunes", "what is found is not changed");

        let about = wp.pages().create(NewPage::titled("About")).await.unwrap();
        let team = |slug: &str| NewPage::titled("Team").slug(format!("{slug}-{round}"));
        let below = wp.pages().find_or_create(team("team").parent(about.id)).await.unwrap();
        assert!(below.is_created());
        let again = wp.pages().find_or_create(team("team").parent(about.id)).await.unwrap();
        assert_eq!((again.is_created(), again.item().id), (false, below.item().id));
    }
}

#[tokio::test]
async fn find_or_create_without_a_key_sends_nothing() {
    let site = StandIn::start().await;
    for wp in signed_in(&site, "admin") {
        let errors = [
            (wp.posts().find_or_create(NewPost::titled("x")).await.unwrap_err(), "slug"),
            (wp.posts().find_or_create(NewPost::titled("x").slug("Über uns")).await.unwrap_err(), "slug"),
            (wp.tags().find_or_create(" ").await.unwrap_err(), "name"),
            (wp.users().find_or_create(NewUser::default().username("x")).await.unwrap_err(), "email"),
            (
                wp.posts().find_or_create(NewPost::titled("x")).by_meta("isbn", "isbn").await.unwrap_err(),
                "meta.isbn",
            ),
        ];
        for (error, named) in errors {
            let ErrorKind::Request(RequestError::NaturalKey { field, .. }) = error.kind() else {
                panic!("{error:?}")
            };
            assert_eq!(field, named);
            assert!(error.to_string().contains(named) && !error.may_have_happened(), "{error}");
        }
        assert!(site.log().is_empty());
    }
}

#[tokio::test]
async fn upsert_updates_what_it_finds() {
    let site = StandIn::start().await;
    for (round, wp) in signed_in(&site, "admin").enumerate() {
        let address = format!("ana{round}@example.org");
        let new = || NewUser::new(format!("ana{round}"), &address, "a long password").name("Ana");
        let first = wp.users().upsert(new(), UserPatch::default().name("Other")).await.unwrap();
        assert!(matches!(&first, Ensured::Created(user) if user.name == "Ana"), "{first:?}");
        let address = address.to_uppercase();
        let same = NewUser::new("not used", &address, "not used");
        let second = wp.users().upsert(same, UserPatch::default().name("Ana Lee")).await.unwrap();
        assert!(
            matches!(&second, Ensured::Updated(user) if user.name == "Ana Lee" && user.id == first.item().id),
            "{second:?}"
        );

        let name = format!("Sea {round}");
        wp.categories().find_or_create(name.clone()).await.unwrap();
        let patch = CategoryPatch::default().description("Salt");
        let sea = wp.categories().upsert(name, patch).await.unwrap();
        assert!(matches!(&sea, Ensured::Updated(sea) if sea.description == "Salt"), "{sea:?}");

        let new = NewPost::titled("A").slug(format!("a-{round}"));
        wp.posts().upsert(new.clone(), PostPatch::default()).await.unwrap();
        let post = wp.posts().upsert(new, PostPatch::default().title("B")).await.unwrap();
        assert!(matches!(&post, Ensured::Updated(post) if post.title.raw == "B"), "{post:?}");
    }
}

#[tokio::test]
async fn find_or_create_all_costs_a_batch_and_a_list() {
    let site = StandIn::start().await;
    for (round, wp) in signed_in(&site, "editor").enumerate() {
        let name = |at: usize| format!("Tag {at:02} of {round}");
        for at in [3, 9, 22] {
            wp.tags().create(NewTag::named(name(at))).await.unwrap();
        }
        site.clear_log();
        // The last is one of them, again.
        let names = (0..25).chain([3]).map(name);
        let done = wp.tags().find_or_create_all(names).await.unwrap();
        assert!(done.closed.is_none());
        let of = |result: &Result<Ensured<_>, Error>| result.as_ref().unwrap().is_created();
        let found: Vec<usize> = (0..26).filter(|at| !of(&done.results[*at])).collect();
        assert_eq!(found, [3, 9, 22, 25]);
        for (at, tag) in done.results.iter().enumerate() {
            let name = name(if at == 25 { 3 } else { at });
            assert_eq!(tag.as_ref().unwrap().item().name, name);
        }
        let sent = [
            site.count("POST", "/batch/v1"),
            site.count("GET", "/wp/v2/tags"),
            site.count("POST", "/wp/v2/tags"),
        ];
        assert_eq!(sent, [2, 1, 0]);
        let none: [&str; 0] = [];
        assert!(wp.tags().find_or_create_all(none).await.unwrap().results.is_empty());
    }
    // A user who may only assign terms finds those that are there.
    for wp in signed_in(&site, "author") {
        let done = wp.categories().find_or_create_all(["Uncategorized", "Not there"]).await.unwrap();
        assert!(matches!(done.results[0], Ok(Ensured::Found(_))), "{:?}", done.results[0]);
        assert!(done.results[1].as_ref().unwrap_err().is_forbidden());
    }
}

/// Does something else to the creates that pass.
struct Between {
    inner: Arc<dyn Transport>,
    /// How many responses to creates are lost, after the site has acted.
    lost: AtomicUsize,
    /// Sent before the next create: what another program does at that moment.
    other: Mutex<Option<Client>>,
    another: fn(Client) -> futures_util::future::BoxFuture<'static, ()>,
}

#[async_trait]
impl Transport for Between {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        if request.method() != http::Method::POST {
            return self.inner.send(request).await;
        }
        let other = self.other.lock().unwrap().take();
        if let Some(other) = other {
            (self.another)(other).await;
        }
        let response = self.inner.send(request).await;
        let take_one = |left: usize| left.checked_sub(1);
        match self.lost.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take_one) {
            Ok(_) => Err(TransportError::new(TransportErrorKind::Closed)),
            Err(_) => response,
        }
    }
}

/// A client of the stand-in over each stack, with something between.
fn between(
    site: &StandIn,
    lost: usize,
    another: Option<fn(Client) -> futures_util::future::BoxFuture<'static, ()>>,
) -> Vec<(Client, ManualClock)> {
    let identity = || Basic::application_password("admin", site.application_password("admin"));
    let clients = transports().into_iter().map(|(_, inner)| {
        let other =
            Client::builder(site.url()).transport(Arc::clone(&inner)).auth(identity()).build().unwrap();
        let between = Between {
            inner,
            lost: AtomicUsize::new(lost),
            other: Mutex::new(another.map(|_| other)),
            another: another.unwrap_or(|_| Box::pin(async {})),
        };
        let clock = ManualClock::new();
        let builder = Client::builder(site.url()).transport(between).clock(clock.clone()).auth(identity());
        (builder.build().unwrap(), clock)
    });
    clients.collect()
}

/// Lets this many seconds pass once the client waits for exactly that long.
async fn waited(clock: &ManualClock, seconds: u64) {
    let wait = Duration::from_secs(seconds);
    clock.advance_when(|left| left.contains(&wait).then_some(wait)).await;
}

#[tokio::test]
async fn lost_response_to_a_create_leads_to_no_second_item() {
    let site = StandIn::start().await;
    for (round, (wp, clock)) in between(&site, 1, None).into_iter().enumerate() {
        site.clear_log();
        let new = NewPost::titled("Once").slug(format!("once-{round}"));
        let waits = async {
            waited(&clock, 1).await;
        };
        let (post, ()) = ends(join(wp.posts().find_or_create(new).send(), waits)).await;
        let post = post.unwrap();
        assert!(matches!(post, Ensured::Found(_)), "{post:?}");
        assert_eq!(site.count("POST", "/wp/v2/posts"), 1);
    }
    // Each response is lost, and the site does not show what it did: the last error says that it is in doubt.
    for (wp, clock) in between(&site, 9, None) {
        let new = NewUser::new("eve", "eve@example.org", "a long password").roles(["nothing".to_owned()]);
        let waits = async {
            for wait in [1, 2] {
                waited(&clock, wait).await;
            }
        };
        site.clear_log();
        let (user, ()) = ends(join(wp.users().find_or_create(new).send(), waits)).await;
        assert!(user.unwrap_err().may_have_happened());
        assert_eq!(site.count("POST", "/wp/v2/users"), 3);
    }
}

/// WordPress leaves out a meta field that is not registered, in a create and in a patch.
#[tokio::test]
async fn checked_find_or_create_names_what_the_write_did_not_save() {
    let site = StandIn::start().await;
    for (round, wp) in signed_in(&site, "editor").enumerate() {
        let slug = format!("checked-{round}");
        let new = || NewPost::titled("Dune").slug(&slug).meta("isbn", "0441013597");
        let fields = |saved: &wp_client::Saved<Ensured<wp_client::models::Post<wp_client::Edit>>>| {
            saved.differences.iter().map(|difference| difference.field.clone()).collect::<Vec<_>>()
        };
        let created = wp.posts().find_or_create(new()).checked().await.unwrap();
        assert!(matches!(created.item, Ensured::Created(_)), "{created:?}");
        assert_eq!(fields(&created), ["meta.isbn"]);
        let found = wp.posts().find_or_create(new()).checked().await.unwrap();
        assert!(matches!(found.item, Ensured::Found(_)) && found.differences.is_empty(), "{found:?}");
        let patch = PostPatch::default().title("Dune II").meta("pages", 412);
        let updated = wp.posts().upsert(new(), patch).checked().await.unwrap();
        assert!(
            matches!(&updated.item, Ensured::Updated(post) if post.title.raw == "Dune II"),
            "{updated:?}"
        );
        assert_eq!(fields(&updated), ["meta.pages"]);
        let term = wp.tags().find_or_create(format!("Spice {round}").as_str()).checked().await.unwrap();
        assert!(term.item.is_created() && term.differences.is_empty(), "{term:?}");
    }
}

#[tokio::test]
async fn find_or_create_reports_a_concurrent_duplicate() {
    let site = StandIn::start().await;
    let other = |wp: Client| -> futures_util::future::BoxFuture<'static, ()> {
        Box::pin(async move {
            wp.posts()
                .create(NewPost::titled("Theirs").slug("raced").status(PostStatus::Publish))
                .await
                .unwrap();
            wp.tags().create(NewTag::named("Raced")).await.map(drop).unwrap_or_default();
            wp.users()
                .create(NewUser::new("raced", "raced@example.org", "x"))
                .await
                .map(drop)
                .unwrap_or_default();
        })
    };
    let (wp, _) = between(&site, 0, Some(other)).remove(0);
    let post = wp
        .posts()
        .find_or_create(NewPost::titled("Ours").slug("raced").status(PostStatus::Publish))
        .await
        .unwrap();
    let Ensured::Duplicate { created, other: theirs } = &post else { panic!("{post:?}") };
    assert_eq!((created.title.raw.as_str(), theirs.title.raw.as_str()), ("Ours", "Theirs"));
    assert_eq!(created.slug, "raced-2");
    assert_eq!(post.item().id, theirs.id);
    assert!(post.is_created());

    let (wp, _) = between(&site, 0, Some(other)).remove(1);
    wp.posts().delete(created.id).await.unwrap();
    wp.posts().delete(theirs.id).await.unwrap();
    let tag = wp.tags().find_or_create("Raced").await.unwrap();
    assert!(matches!(tag, Ensured::Found(_)), "WordPress refused the second: {tag:?}");
    let (wp, _) = between(&site, 0, Some(other)).remove(0);
    let user = wp.users().find_or_create(NewUser::new("ours", "raced@example.org", "x")).await.unwrap();
    assert!(matches!(&user, Ensured::Found(user) if user.username.as_deref() == Some("raced")), "{user:?}");
}

/// A site of which each item of a list is `items`, and a create returns `created`.
async fn site_with(items: Value, created: Value) -> (MockServer, Arc<AtomicUsize>) {
    let (server, posted) = (MockServer::start().await, Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&posted);
    let respond = move |request: &Request| {
        let (status, body) = if request.method == http::Method::POST {
            seen.fetch_add(1, Ordering::SeqCst);
            (201, &created)
        } else {
            (200, &items)
        };
        let total = items.as_array().map_or(0, Vec::len).to_string();
        ResponseTemplate::new(status)
            .set_body_json(body)
            .insert_header("x-wp-total", total)
            .insert_header("x-wp-totalpages", "1")
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    (server, posted)
}

fn book(id: u64, slug: &str, meta: &Value) -> Value {
    let text = json!({"raw": "", "rendered": ""});
    json!({"id": id, "slug": slug, "meta": meta, "status": "draft", "title": text, "content": text, "excerpt": text, "guid": text})
}

/// WordPress looks for the name, and another program's term comes before the new one gets its slug (observed).
#[tokio::test]
async fn find_or_create_reports_a_concurrent_duplicate_of_a_term() {
    for (may_delete, (_, transport)) in [true, false].into_iter().zip(transports()) {
        let (server, log) = (MockServer::start().await, Arc::new(Mutex::new(Vec::new())));
        let seen = Arc::clone(&log);
        let respond = move |request: &Request| {
            let term = |id: u64, slug: &str| json!({"id": id, "name": "Q&amp;A", "slug": slug, "taxonomy": "post_tag"});
            let list = |terms: Value| {
                let total = terms.as_array().map_or(0, Vec::len).to_string();
                let response = ResponseTemplate::new(200).insert_header("x-wp-total", total);
                response.insert_header("x-wp-totalpages", "1").set_body_json(terms)
            };
            let mut seen = seen.lock().unwrap();
            let was_created = seen.contains(&"POST");
            match request.method.as_str() {
                "POST" => {
                    seen.push("POST");
                    ResponseTemplate::new(201).set_body_json(term(8, "qa-2"))
                }
                "DELETE" if may_delete => {
                    seen.push("DELETE");
                    ResponseTemplate::new(200)
                        .set_body_json(json!({"deleted": true, "previous": term(8, "qa-2")}))
                }
                "DELETE" => ResponseTemplate::new(403).set_body_json(
                    json!({"code": "rest_cannot_delete", "message": "No.", "data": {"status": 403}}),
                ),
                _ if was_created => {
                    seen.push("GET");
                    list(json!([term(7, "qa"), term(8, "qa-2")]))
                }
                _ => {
                    seen.push("GET");
                    list(json!([]))
                }
            }
        };
        Mock::given(any()).respond_with(respond).mount(&server).await;
        let wp = Client::builder(server.uri()).transport(transport).build().unwrap();
        let tag = wp.tags().find_or_create("Q&A").await.unwrap();
        assert_eq!(tag.item().id.get(), 7);
        assert!(matches!(&tag, Ensured::Duplicate { created, .. } if created.id.get() == 8), "{tag:?}");
        assert_eq!(*log.lock().unwrap(), ["GET", "POST", "GET"], "{may_delete}: it may be in use already");
    }
}

#[tokio::test]
async fn filter_that_the_site_ignores_creates_nothing() {
    let new = || NewPost::titled("x").slug("wanted").meta("isbn", 42);
    for (_, transport) in transports() {
        let client = |server: &MockServer| {
            Client::builder(server.uri()).transport(Arc::clone(&transport)).build().unwrap()
        };
        let (server, posted) = site_with(json!([book(1, "other", &json!({"isbn": "7"}))]), Value::Null).await;
        let wp = client(&server);
        let error = wp.posts().find_or_create(new()).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::QueryIgnored(ignored) if ignored.parameter() == "slug"),
            "{error:?}"
        );
        let error = wp.posts().find_or_create(new()).by_meta("isbn", "isbn").await.unwrap_err();
        assert!(
            error.to_string().contains("meta.isbn") && error.to_string().contains("no filter"),
            "{error}"
        );
        assert_eq!(posted.load(Ordering::SeqCst), 0);

        let (server, posted) = site_with(json!([book(1, "other", &json!([]))]), Value::Null).await;
        let error = client(&server).posts().find_or_create(new()).by_meta("isbn", "isbn").await.unwrap_err();
        assert!(error.to_string().contains("not registered"), "{error}");
        assert_eq!(posted.load(Ordering::SeqCst), 0);

        // PHP writes the number as a text.
        let (server, _) = site_with(json!([book(1, "other", &json!({"isbn": "42"}))]), Value::Null).await;
        let found = client(&server).posts().find_or_create(new()).by_meta("isbn", "isbn").await.unwrap();
        assert!(matches!(found, Ensured::Found(_)));
        let sent = &server.received_requests().await.unwrap()[0].url;
        let has =
            |name: &str, value: &str| sent.query_pairs().any(|pair| pair == (name.into(), value.into()));
        assert!(has("isbn", "42") && has("status", "any") && has("context", "edit"), "{sent}");

        // Nothing is there, and the site does not keep the key.
        let (server, posted) = site_with(json!([]), book(5, "wanted-2", &json!([]))).await;
        let created = client(&server).posts().find_or_create(new()).await.unwrap();
        assert!(matches!(created, Ensured::KeyChanged(_)) && created.is_created(), "{created:?}");
        assert_eq!(posted.load(Ordering::SeqCst), 1);
    }
}
