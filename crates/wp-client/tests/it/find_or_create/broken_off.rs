//! Calls of several requests that fail or end in the middle, and terms that the site names wrongly.

use tokio::sync::Notify;
use wp_client::models::TagId;
use wp_client::{Batched, RetryPolicy};

use super::*;

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// The site acts on it, and its response never comes.
    Hangs,
    /// There is no connection.
    Fails,
}

/// Does this to the request of this number, and to those after it.
struct EndsAt {
    inner: Arc<dyn Transport>,
    number: usize,
    end: End,
    sent: AtomicUsize,
    hangs: Arc<Notify>,
}

#[async_trait]
impl Transport for EndsAt {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        let number = self.sent.fetch_add(1, Ordering::SeqCst) + 1;
        if number < self.number {
            return self.inner.send(request).await;
        }
        if self.end == End::Fails {
            return Err(TransportError::new(TransportErrorKind::Connect));
        }
        self.inner.send(request).await?;
        self.hangs.notify_one();
        std::future::pending().await
    }
}

const LIMIT: Duration = Duration::from_secs(10);

/// A client of the stand-in over each stack, whose requests end so from this number on. The time ends when one hangs.
fn ending(site: &StandIn, number: usize, end: End) -> Vec<(Client, ManualClock, Arc<Notify>)> {
    let clients = transports().into_iter().map(|(_, inner)| {
        let (clock, hangs) = (ManualClock::new(), Arc::new(Notify::new()));
        let transport = EndsAt { inner, number, end, sent: AtomicUsize::new(0), hangs: Arc::clone(&hangs) };
        let identity = Basic::application_password("admin", site.application_password("admin"));
        let builder = Client::builder(site.url()).transport(transport).clock(clock.clone()).auth(identity);
        (builder.retry(RetryPolicy::never()).build().unwrap(), clock, hangs)
    });
    clients.collect()
}

/// Lets the time of a call end when its response hangs.
async fn time_ends(clock: &ManualClock, hangs: &Notify) {
    hangs.notified().await;
    clock.sleeping(LIMIT).await;
    clock.advance(LIMIT);
}

#[tokio::test]
async fn deadline_says_what_became_of_the_create() {
    for (number, posts) in [(1, 0), (2, 1), (3, 1)] {
        let site = StandIn::start().await;
        for (round, (wp, clock, hangs)) in ending(&site, number, End::Hangs).into_iter().enumerate() {
            site.clear_log();
            let new = NewPost::titled("Late").slug(format!("late-{round}"));
            let call = wp.posts().find_or_create(new).timeout(LIMIT).send();
            let (outcome, ()) = ends(join(call, time_ends(&clock, &hangs))).await;
            assert_eq!(site.count("POST", "/wp/v2/posts"), posts, "{number}: {outcome:?}");
            match (number, outcome) {
                (1, Err(error)) => {
                    assert!(!error.may_have_happened() && error.is_retryable(), "{error}");
                    assert!(error.to_string().starts_with("GET "), "{error}");
                }
                (2, Err(error)) => {
                    assert!(error.may_have_happened() && !error.is_retryable(), "{error}");
                    assert!(error.to_string().starts_with("POST "), "{error}");
                }
                (3, Ok(Ensured::Unfinished { created, other: None, error })) => {
                    assert_eq!(created.slug, format!("late-{round}"));
                    assert!(!error.may_have_happened() && error.to_string().contains("10000 ms"), "{error}");
                }
                (_, other) => panic!("{number}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn deadline_of_a_guarded_update_says_whether_it_was_sent() {
    for (number, is_in_doubt) in [(1, false), (2, true)] {
        let site = StandIn::builder().posts(1).start().await;
        let admin = signed_in(&site, "admin").next().unwrap();
        for (wp, clock, hangs) in ending(&site, number, End::Hangs) {
            let post = admin.posts().list().edit().await.unwrap().items.remove(0);
            let update = wp.posts().update_if_unmodified(&post, PostPatch::default().title("Late"));
            let call = update.timeout(LIMIT).into_future();
            let (outcome, ()) = ends(join(call, time_ends(&clock, &hangs))).await;
            let error = outcome.unwrap_err();
            assert_eq!(
                (error.may_have_happened(), error.is_retryable()),
                (is_in_doubt, !is_in_doubt),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn created_item_is_returned_if_the_look_up_after_it_fails() {
    let site = StandIn::start().await;
    for (round, (wp, ..)) in ending(&site, 3, End::Fails).into_iter().enumerate() {
        let new = NewPost::titled("Once").slug(format!("once-{round}"));
        let post = wp.posts().find_or_create(new).await.unwrap();
        assert!(post.is_created());
        let Ensured::Unfinished { created, other: None, error } = &post else { panic!("{post:?}") };
        assert_eq!(created.slug, format!("once-{round}"));
        assert!(matches!(error.kind(), ErrorKind::Transport(_)) && !error.may_have_happened(), "{error}");
        assert_eq!(post.item().id, created.id);
    }
}

#[tokio::test]
async fn find_or_create_all_keeps_its_results_if_a_later_request_fails() {
    let site = StandIn::start().await;
    let admin = signed_in(&site, "admin").next().unwrap();
    admin.tags().create(NewTag::named("There")).await.unwrap();
    // The batch, and then the list.
    for (round, (wp, ..)) in ending(&site, 2, End::Fails).into_iter().enumerate() {
        let done = wp.tags().find_or_create_all([format!("New {round}"), "There".into()]).await.unwrap();
        assert!(matches!(&done.results[0], Ok(Ensured::Created(_))), "{:?}", done.results);
        let error = done.results[1].as_ref().unwrap_err();
        assert!(error.to_string().contains("has the name already"), "{error}");
        assert!(!error.may_have_happened(), "{error}");
    }
    // The second batch.
    for (round, (wp, clock, hangs)) in ending(&site, 2, End::Hangs).into_iter().enumerate() {
        let names = (0..26).map(|at| format!("Many {round} {at}"));
        let call = wp.tags().find_or_create_all(names).timeout(LIMIT).into_future();
        let (done, ()) = ends(join(call, time_ends(&clock, &hangs))).await;
        let Batched { results, .. } = done.unwrap();
        assert_eq!(results.iter().filter(|tag| matches!(tag, Ok(Ensured::Created(_)))).count(), 25);
        assert!(results[25].as_ref().unwrap_err().may_have_happened(), "{:?}", results[25]);
    }
}

#[tokio::test]
async fn batch_whose_response_was_lost_is_looked_up_after_a_wait() {
    let site = StandIn::start().await;
    for (round, (wp, clock)) in between(&site, 1, None).into_iter().enumerate() {
        site.clear_log();
        let wait = Duration::from_secs(1);
        let waits = clock.advance_when(|left| {
            let waits = left.contains(&wait);
            assert!(!waits || site.count("GET", "/wp/v2/tags") == 0, "it was looked up at once");
            waits.then_some(wait)
        });
        let names = [format!("Wait {round}"), format!("Other {round}")];
        let (done, ()) = ends(join(wp.tags().find_or_create_all(names).into_future(), waits)).await;
        for result in done.unwrap().results {
            assert!(matches!(&result, Ok(Ensured::Found(_))), "{result:?}");
        }
        assert_eq!([site.count("POST", "/batch/v1"), site.count("POST", "/wp/v2/tags")], [1, 0]);
    }
}

#[tokio::test]
async fn upsert_changes_the_older_of_two() {
    let other = |wp: Client| -> futures_util::future::BoxFuture<'static, ()> {
        Box::pin(async move {
            let theirs = NewPost::titled("Theirs").slug("upserted").status(PostStatus::Publish);
            wp.posts().create(theirs).await.unwrap();
        })
    };
    for index in 0..2 {
        let site = StandIn::start().await;
        let (wp, _) = between(&site, 0, Some(other)).remove(index);
        let new = NewPost::titled("Ours").slug("upserted").status(PostStatus::Publish);
        let post = wp.posts().upsert(new, PostPatch::default().title("Patched")).await.unwrap();
        let Ensured::Duplicate { created, other } = &post else { panic!("{post:?}") };
        assert_eq!((&*created.title.raw, &*other.title.raw), ("Ours", "Patched"));
        let stored = wp.posts().get(other.id).edit().await.unwrap();
        assert_eq!(stored.title.raw, "Patched");
    }
}

/// A term of a site that refuses each create for the term 7.
fn term(id: u64, name: &str) -> Value {
    json!({"id": id, "name": name, "slug": name.to_lowercase(), "taxonomy": "post_tag"})
}

/// A site on which the term 7 has this name, with so many other terms, which counts its lists.
async fn refusing(name: &'static str, others: u64) -> (MockServer, Arc<Mutex<Vec<String>>>) {
    let (server, log) = (MockServer::start().await, Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&log);
    let respond = move |request: &Request| {
        let path = request.url.path().trim_start_matches("/wp-json").to_owned();
        seen.lock().unwrap().push(format!("{} {path}", request.method));
        let refusal =
            json!({"code": "term_exists", "message": "It is there.", "data": {"status": 400, "term_id": 7}});
        let asked = |name: &str| {
            let mut pairs = request.url.query_pairs();
            pairs
                .find_map(|(known, value)| known.starts_with(name).then(|| value.parse::<u64>().unwrap_or(0)))
        };
        match (request.method.as_str(), &*path) {
            ("POST", "/batch/v1") => ResponseTemplate::new(207)
                .set_body_json(json!({"responses": [{"status": 400, "headers": {}, "body": refusal}]})),
            ("POST", _) => ResponseTemplate::new(400).set_body_json(refusal),
            (_, "/wp/v2/tags/7") => ResponseTemplate::new(200).set_body_json(term(7, name)),
            _ if asked("include") == Some(7) => ResponseTemplate::new(200)
                .set_body_json(json!([term(7, name)]))
                .insert_header("x-wp-total", "1"),
            _ => {
                let size = asked("per_page").unwrap_or(10);
                let first = asked("offset").unwrap_or_else(|| (asked("page").unwrap_or(1) - 1) * size);
                let page = (first..others.min(first + size)).map(|at| term(100 + at, &format!("a{at}")));
                ResponseTemplate::new(200)
                    .set_body_json(page.collect::<Value>())
                    .insert_header("x-wp-total", others.to_string())
                    .insert_header("x-wp-totalpages", others.div_ceil(size).to_string())
            }
        }
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    (server, log)
}

fn is_other_term(error: &Error) -> bool {
    let is_named =
        matches!(error.kind(), ErrorKind::Request(RequestError::NaturalKey { field, .. }) if field == "name");
    is_named && error.to_string().contains("term 7") && !error.may_have_happened()
}

#[tokio::test]
async fn term_that_a_refusal_names_is_compared() {
    for (_, transport) in transports() {
        let (server, _) = refusing("Lake", 0).await;
        let wp = Client::builder(server.uri()).transport(Arc::clone(&transport)).build().unwrap();
        let error = wp.tags().find_or_create("Sea").await.unwrap_err();
        assert!(is_other_term(&error), "{error}");
        let results = wp.tags().find_or_create_all(["Sea"]).await.unwrap().results;
        assert!(results[0].as_ref().is_err_and(is_other_term), "{results:?}");
        // WordPress compares the slug, too.
        let by_slug = NewTag::named("Sea").slug("lake");
        let found = wp.tags().find_or_create(by_slug).await.unwrap();
        assert!(matches!(&found, Ensured::Found(tag) if tag.id == TagId::new(7).unwrap()), "{found:?}");
        let found = wp.tags().find_or_create_all(["LAKE"]).await.unwrap().results.remove(0).unwrap();
        assert_eq!(found.item().id, TagId::new(7).unwrap());
    }
}

#[tokio::test]
async fn look_up_of_a_short_name_ends_after_a_thousand_terms() {
    for (_, transport) in transports() {
        let (server, log) = refusing("a", 5_000).await;
        let wp = Client::builder(server.uri()).transport(transport).build().unwrap();
        let found = wp.tags().find_or_create("A").await.unwrap();
        assert_eq!(found.item().id, TagId::new(7).unwrap());
        let lists = std::mem::take(&mut *log.lock().unwrap());
        let count = |of: &str| lists.iter().filter(|request| *request == of).count();
        assert_eq!(
            [count("GET /wp/v2/tags"), count("POST /wp/v2/tags"), count("GET /wp/v2/tags/7")],
            [11, 1, 1]
        );
        // WordPress does not refuse a second one with another slug.
        let error = wp.tags().find_or_create(NewTag::named("A").slug("own")).await.unwrap_err();
        assert!(error.to_string().contains("more than 1000"), "{error}");
        assert!(log.lock().unwrap().iter().all(|request| request == "GET /wp/v2/tags"));
    }
}

#[tokio::test]
async fn user_with_an_ampersand_in_the_address_is_found() {
    let site = StandIn::start().await;
    for (round, wp) in signed_in(&site, "admin").enumerate() {
        // As WordPress stores it, and as a plugin may.
        for stored in ["&amp;", "&"] {
            let login = format!("pair{round}{}", stored.len());
            let made = NewUser::new(&login, format!("{login}{stored}co@example.org"), "a long password");
            let made = wp.users().create(made).await.unwrap();
            let new = NewUser::new("other", format!("{login}&co@example.org"), "a long password");
            let found = wp.users().find_or_create(new).await.unwrap();
            assert!(matches!(&found, Ensured::Found(user) if user.id == made.id), "{found:?}");
        }
    }
}

/// Is still at work on each create when the connection ends.
struct AtWork {
    inner: Arc<dyn Transport>,
    creates: Arc<AtomicUsize>,
}

#[async_trait]
impl Transport for AtWork {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        if request.method() != http::Method::POST {
            return self.inner.send(request).await;
        }
        self.creates.fetch_add(1, Ordering::SeqCst);
        Err(TransportError::new(TransportErrorKind::Closed))
    }
}

/// Each create that the site is still at work on makes an item, unless WordPress refuses the later ones.
#[tokio::test]
async fn create_in_doubt_is_sent_again_only_where_wordpress_refuses_a_second_item() {
    let site = StandIn::start().await;
    for (_, inner) in transports() {
        let (clock, creates) = (ManualClock::new(), Arc::new(AtomicUsize::new(0)));
        let transport = AtWork { inner, creates: Arc::clone(&creates) };
        let identity = Basic::application_password("admin", site.application_password("admin"));
        let builder = Client::builder(site.url()).transport(transport).clock(clock.clone()).auth(identity);
        let wp = builder.build().unwrap();
        let waits = async || {
            for wait in [1, 2] {
                waited(&clock, wait).await;
            }
        };
        let is_in_doubt = |error: Error, sent: usize| {
            assert!(error.may_have_happened() && error.to_string().starts_with("POST "), "{error}");
            assert_eq!(creates.swap(0, Ordering::SeqCst), sent, "{error}");
        };
        site.clear_log();
        let new = NewPost::titled("At work").slug("at-work");
        let (post, ()) = ends(join(wp.posts().find_or_create(new).send(), waits())).await;
        is_in_doubt(post.unwrap_err(), 1);
        assert_eq!(site.count("GET", "/wp/v2/posts"), 3, "it is looked up after each wait");
        // A second term with another slug is no conflict.
        let own = || NewTag::named("At work").slug("own");
        let (tag, ()) = ends(join(wp.tags().find_or_create(own()).send(), waits())).await;
        is_in_doubt(tag.unwrap_err(), 1);
        let (tag, ()) = ends(join(wp.tags().find_or_create("At work").send(), waits())).await;
        is_in_doubt(tag.unwrap_err(), 3);
        // Neither is it after a batch.
        let all = async {
            waited(&clock, 1).await;
            waits().await;
        };
        let (all, ()) = ends(join(wp.tags().find_or_create_all([own()]).into_future(), all)).await;
        is_in_doubt(all.unwrap().results.remove(0).unwrap_err(), 1);
    }
}

#[tokio::test]
async fn older_item_whose_patch_fails_is_the_item() {
    let other = |wp: Client| -> futures_util::future::BoxFuture<'static, ()> {
        Box::pin(async move {
            let theirs = NewPost::titled("Theirs").slug("patched").status(PostStatus::Publish);
            wp.posts().create(theirs).await.unwrap();
        })
    };
    for (_, inner) in transports() {
        let site = StandIn::start().await;
        let identity = || Basic::application_password("admin", site.application_password("admin"));
        let client = Client::builder(site.url()).transport(Arc::clone(&inner)).auth(identity());
        // The look-up, the create, the look-up for an older item, and the patch.
        let inner = EndsAt {
            inner,
            number: 4,
            end: End::Fails,
            sent: AtomicUsize::new(0),
            hangs: Arc::new(Notify::new()),
        };
        let between = Between {
            inner: Arc::new(inner),
            lost: AtomicUsize::new(0),
            other: Mutex::new(Some(client.build().unwrap())),
            another: other,
        };
        let builder = Client::builder(site.url()).transport(between).auth(identity());
        let wp = builder.retry(RetryPolicy::never()).build().unwrap();
        let new = NewPost::titled("Ours").slug("patched").status(PostStatus::Publish);
        let post = wp.posts().upsert(new, PostPatch::default().title("Patched")).await.unwrap();
        assert_eq!(post.item().title.raw, "Theirs", "{post:?}");
        let Ensured::Unfinished { created, other: Some(_), error } = post else { panic!("{post:?}") };
        assert_eq!(created.title.raw, "Ours");
        assert!(matches!(error.kind(), ErrorKind::Transport(_)), "{error}");
    }
}
