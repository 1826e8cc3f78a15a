//! Uploads: what is sent, what WordPress did not finish, and what is never sent twice.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use wp_client::models::{NewMedia, NewPost, PostStatus};
use wp_client::wp_core::{self, RequestError};
use wp_client::{
    Basic, Body, Client, ErrorKind, MediaFile, Progress, TransportError, UploadRefusalKind, Uploaded,
};
use wp_http::conformance::{ManualClock, Server, response};
use wp_testkit::StandIn;

use crate::media_library::{Asked, Library, json_response};
use crate::{ends, signed_in, transports};

const PIECE: usize = 256 << 10;

fn png(name: &str, content: Vec<u8>) -> MediaFile {
    MediaFile::new(name, "image/png", content)
}

/// Bytes that do not repeat soon.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at ^ (at >> 8)) % 251).unwrap()).collect()
}

fn clients(server: &Server) -> impl Iterator<Item = (&'static str, Client)> {
    let url = server.url();
    transports()
        .into_iter()
        .map(move |(name, transport)| (name, Client::builder(&url).transport(transport).build().unwrap()))
}

#[tokio::test]
async fn progress_counts_every_byte_of_a_file_once() {
    let library = Library::default();
    let server = library.start(|_, _, _| true);
    let length = 3 * PIECE + 7;
    for (name, wp) in clients(&server) {
        let streamed = || {
            let pieces: Vec<_> = content(length)
                .chunks(PIECE)
                .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)))
                .collect();
            MediaFile::from_stream("dune.png", "image/png", length as u64, stream::iter(pieces))
        };
        for file in [png("dune.png", content(length)), streamed()] {
            let told = Arc::<Mutex<Vec<Progress>>>::default();
            let telling = Arc::clone(&told);
            let upload = wp.media().upload(file, NewMedia::default());
            ends(upload.on_progress(move |at| telling.lock().unwrap().push(at))).await.unwrap();
            let told = told.lock().unwrap();
            assert!(told.len() >= 4, "{name}: {told:?}");
            assert!(
                told.windows(2).all(|two| {
                    two[0].bytes < two[1].bytes && two[1].bytes - two[0].bytes <= PIECE as u64
                })
            );
            let last = told.last().unwrap();
            assert_eq!((last.bytes, last.total), (length as u64, Some(length as u64)), "{name}");
        }
    }
    assert!(library.kept().files.iter().all(|(_, file)| *file == content(length)));
}

/// A piece of a file that counts how many of its kind are in memory.
struct Piece(Vec<u8>, Arc<AtomicUsize>);

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.1.fetch_sub(1, SeqCst);
    }
}

#[tokio::test]
async fn an_upload_holds_few_pieces_of_its_stream() {
    const PIECES: usize = 256;
    let server = Server::start(|mut conn| {
        while let Some(asked) = Asked::head(&mut conn) {
            for _ in 0..asked.length() / PIECE {
                if conn.read(PIECE).is_none() {
                    return;
                }
            }
            conn.send(json_response("201 Created", &json!({"id": 7})));
        }
    })
    .unwrap();
    for (name, wp) in clients(&server) {
        let (alive, most) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (made, peak) = (Arc::clone(&alive), Arc::clone(&most));
        let pieces = (0..PIECES).map(move |_| {
            peak.fetch_max(made.fetch_add(1, SeqCst) + 1, SeqCst);
            Ok::<_, std::io::Error>(Bytes::from_owner(Piece(vec![7; PIECE], Arc::clone(&made))))
        });
        let file =
            MediaFile::from_stream("dune.mp4", "video/mp4", (PIECES * PIECE) as u64, stream::iter(pieces));
        let media = ends(wp.media().upload(file, NewMedia::default()).on_progress(|_| ())).await.unwrap();
        assert_eq!(media.id.get(), 7);
        assert_eq!(alive.load(SeqCst), 0, "{name}");
        assert!(most.load(SeqCst) <= 8, "{name}: {} pieces at once", most.load(SeqCst));
    }
}

/// A site that stores each upload and then fails; it responds to `post-process` with these statuses, in turn. 30 and 3600 are
/// 500 with so many seconds to wait.
fn failing(finishing: &'static [u16]) -> Server {
    Server::start(move |mut conn| {
        let mut finishing = finishing.iter();
        while let Some(asked) = Asked::read(&mut conn) {
            let failure = json!({"code": "internal_server_error", "message": "", "data": {"status": 500}});
            conn.send(if asked.is("DELETE", "/wp-json/wp/v2/media/99?force=true") {
                json_response("200 OK", &json!({"deleted": true, "previous": {"id": 99}}))
            } else if asked.is("POST", "/wp-json/wp/v2/media/99/post-process") {
                assert_eq!(asked.body, br#"{"action":"create-image-subsizes"}"#);
                match finishing.next() {
                    Some(200) => json_response("200 OK", &json!({"id": 99, "alt_text": "A dune"})),
                    Some(403) => json_response(
                        "403 Forbidden",
                        &json!({"code": "rest_cannot_edit", "message": "", "data": {"status": 403}}),
                    ),
                    Some(seconds @ (30 | 3_600)) => {
                        let head = format!("500 Internal Server Error\r\nretry-after: {seconds}");
                        json_response(&head, &failure)
                    }
                    _ => json_response("500 Internal Server Error", &failure),
                }
            } else {
                json_response("500 Internal Server Error\r\nX-WP-Upload-Attachment-ID: 99", &failure)
            });
        }
    })
    .unwrap()
}

#[tokio::test]
async fn an_upload_that_wordpress_did_not_finish_is_finished() {
    for (finishing, tries, seconds, is_finished) in [
        (&[200][..], 1, 0, true),
        (&[500, 500, 200], 3, 1 + 2, true),
        (&[500, 500, 500, 500, 200], 5, 1 + 2 + 4 + 8, true),
        (&[500, 500, 500, 500, 500, 200], 5, 1 + 2 + 4 + 8, false),
        (&[500, 30, 200], 3, 1 + 30, true),
        (&[3_600, 200], 1, 0, false),
        (&[403, 200], 1, 0, false),
    ] {
        for (name, transport) in transports() {
            let (server, clock) = (failing(finishing), ManualClock::new());
            let wp = Client::builder(server.url()).transport(transport).clock(clock.clone()).build().unwrap();
            let upload = wp.media().upload(png("dune.png", content(9)), NewMedia::default());
            let uploaded = ends(with_pauses(&clock, upload.send())).await;
            assert_eq!(clock.passed(), Duration::from_secs(seconds), "{name} {finishing:?}");
            let sent = server.arrivals();
            assert_eq!(sent.len(), 1 + tries, "{name} {finishing:?}: {sent:?}");
            assert!(sent[1..].iter().all(|request| request.contains("/post-process ")));
            if is_finished {
                assert_eq!(uploaded.unwrap().alt_text, "A dune");
            } else {
                let error = uploaded.unwrap_err();
                assert_eq!(error.attachment_id(), Some(99));
                assert!(error.may_have_happened() && error.status().unwrap() == 500, "{name}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn an_unfinished_upload_is_deleted_if_asked_for() {
    for (name, transport) in transports() {
        let (server, clock) = (failing(&[]), ManualClock::new());
        let wp = Client::builder(server.url()).transport(transport).clock(clock.clone()).build().unwrap();
        let upload = wp.media().upload(png("dune.png", content(9)), NewMedia::default());
        let upload = upload.finish_attempts(2).delete_unfinished();
        let error = ends(with_pauses(&clock, upload.send())).await.unwrap_err();
        assert!(error.attachment_id().is_none() && !error.may_have_happened(), "{name}: {error}");
        let sent = server.arrivals();
        assert_eq!(sent.len(), 4, "{name}: {sent:?}");
        assert!(sent[3].starts_with("DELETE ") || sent[3].contains("force=true"), "{name}: {}", sent[3]);

        let upload = wp.media().upload(png("dune.png", content(9)), NewMedia::default());
        let error = ends(upload.finish_attempts(0)).await.unwrap_err();
        assert_eq!((error.attachment_id(), server.arrivals().len()), (Some(99), 5), "{name}");
    }
}

#[tokio::test]
async fn a_checksum_is_compared_by_the_site() {
    const SUM: &str = "2B8C1C3E1C9B1AF1D8FAB9D3A2F1C3B5";
    let site = StandIn::start().await;
    for wp in signed_in(&site, "admin") {
        let text = || MediaFile::new("note.txt", "text/plain", "hello");
        let media = wp.media();
        for sum in ["5d41402abc4b2a76b9719d911017c592", "5D41402ABC4B2A76B9719D911017C592"] {
            ends(media.upload(text().md5(sum), NewMedia::default())).await.unwrap();
            ends(media.upload_form(text().md5(sum), NewMedia::default())).await.unwrap();
        }
        for upload in [
            media.upload(text().md5(SUM), NewMedia::default()),
            media.upload_form(text().md5(SUM), NewMedia::default()),
        ] {
            let error = ends(upload).await.unwrap_err();
            assert_eq!(error.upload_refusal().unwrap().kind, UploadRefusalKind::Damaged, "{error}");
            assert!(error.status().unwrap() == 412 && !error.may_have_happened());
        }
        let error = ends(media.upload(text().md5("XUFAKrxLKna5cZ2REBfFkg=="), NewMedia::default())).await;
        assert!(matches!(error.unwrap_err().kind(), ErrorKind::Request(RequestError::Header { .. })));
    }
}

#[tokio::test]
async fn the_same_name_is_sent_whole_and_in_a_form() {
    let site = StandIn::start().await;
    let wp = signed_in(&site, "admin").next().unwrap();
    for (name, stored) in [
        ("dune.txt", "dune.txt"),
        ("my dune (1).txt", "my-dune-1.txt"),
        ("a;b\"c'd.txt", "abcd.txt"),
        ("photos/2026/dune.txt", "dune.txt"),
        ("C:\\photos\\dune.txt", "dune.txt"),
        ("50% off & more #1.txt", "50-off-more-1.txt"),
        ("line\r\nbreak\tand\0nul.txt", "line-break-andnul.txt"),
        ("文書.txt", "文書.txt"),
    ] {
        for is_form in [false, true] {
            let file = MediaFile::new(name, "text/plain", "hello");
            let media = wp.media();
            let new = NewMedia::default();
            let item = if is_form { media.upload_form(file, new) } else { media.upload(file, new) };
            let item = item.await.unwrap();
            let path = item.media_details.file.clone().unwrap_or(item.source_url);
            assert_eq!(path.rsplit('/').next(), Some(stored), "{name:?} {is_form}");
            media.delete(item.id).await.unwrap();
        }
    }
}

#[tokio::test]
async fn once_finds_the_same_content_and_nothing_else() {
    let site = StandIn::start().await;
    for wp in signed_in(&site, "admin") {
        let once = |name: &str, content: &str| {
            let file = MediaFile::new(name, "text/plain", content.to_owned());
            ends(wp.media().upload(file, NewMedia::default().title("Any title")).once().send())
        };
        let first = once("my dune (1).txt", "sand").await.unwrap();
        assert!(matches!(first, Uploaded::Created(_)));
        let again = once("my dune (1).txt", "sand").await.unwrap();
        assert!(again.is_found() && again.media().id == first.media().id);
        // Of the same size, and of the same content under another name.
        let other = once("my dune (1).txt", "salt").await.unwrap();
        assert!(!other.is_found());
        assert!(!once("other.txt", "sand").await.unwrap().is_found());
        assert_eq!(once("my dune (1).txt", "salt").await.unwrap().media().id, other.media().id);
        for item in wp.media().list().per_page(100).await.unwrap() {
            wp.media().delete(item.id).await.unwrap();
        }
    }
}

#[tokio::test]
async fn once_takes_a_slug_as_the_key() {
    let site = StandIn::start().await;
    for wp in signed_in(&site, "admin") {
        let once = |content: &str| {
            let pieces = stream::iter([Ok::<_, std::io::Error>(Bytes::copy_from_slice(content.as_bytes()))]);
            let file = MediaFile::from_stream("note.txt", "text/plain", content.len() as u64, pieces);
            ends(wp.media().upload(file, NewMedia::default().slug("note-4711")).once().send())
        };
        let first = once("one").await.unwrap();
        let again = once("another").await.unwrap();
        assert!(!first.is_found() && again.is_found() && first.media().id == again.media().id);

        let pieces = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"one"))]);
        let file = MediaFile::from_stream("note.txt", "text/plain", 3, pieces);
        let error = ends(wp.media().upload(file, NewMedia::default()).once().send()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(RequestError::Part { .. })), "{error}");
        wp.media().delete(first.into_media().id).await.unwrap();
    }
}

/// A post has the slug, so WordPress adds a number to it.
#[tokio::test]
async fn once_finds_its_file_under_the_slug_that_wordpress_gave_it() {
    let site = StandIn::start().await;
    for (at, wp) in signed_in(&site, "admin").enumerate() {
        let slug = format!("note-{at}");
        let post = NewPost::titled("Note").slug(&slug).status(PostStatus::Publish);
        let post = wp.posts().create(post).await.unwrap();
        let new = || NewMedia::default().slug(&slug);
        let once = |content: &'static str| {
            let file = MediaFile::new("note.txt", "text/plain", content);
            ends(wp.media().upload(file, new()).once().send())
        };
        let first = once("one").await.unwrap();
        assert!(
            matches!(first, Uploaded::Created(_)) && first.media().slug == format!("{slug}-2"),
            "{first:?}"
        );
        let again = once("one").await.unwrap();
        assert!(matches!(again, Uploaded::Found(_)) && again.media().id == first.media().id, "{again:?}");
        // What can be read only once has its name and its size alone.
        let streamed = |content: &'static str| {
            let pieces = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(content.as_bytes()))]);
            let file = MediaFile::from_stream("note.txt", "text/plain", content.len() as u64, pieces);
            ends(wp.media().upload(file, new()).once().send())
        };
        let unverified = streamed("one").await.unwrap();
        assert!(matches!(unverified, Uploaded::Unverified(_)) && unverified.media().id == first.media().id);
        // Another content is another file, under the next slug.
        let other = once("two").await.unwrap();
        assert!(
            matches!(other, Uploaded::Created(_)) && other.media().slug == format!("{slug}-3"),
            "{other:?}"
        );
        assert_eq!(once("one").await.unwrap().media().id, first.media().id);
        assert!(!streamed("four").await.unwrap().is_found());

        let file = MediaFile::new("note.txt", "text/plain", "one");
        let error = ends(wp.media().upload(file, NewMedia::default().slug("My Note")).once().send()).await;
        assert!(matches!(error.unwrap_err().kind(), ErrorKind::Request(RequestError::NaturalKey { .. })));
        for item in wp.media().list().per_page(100).await.unwrap() {
            wp.media().delete(item.id).await.unwrap();
        }
        wp.posts().delete(post.id).await.unwrap();
    }
}

/// A library that has this item, the id of which is 99. `SITE` in it is the origin of the site. An upload becomes `created`,
/// and the responses to `post-process` have these statuses, in turn.
fn having(item: &Value, file: Vec<u8>, created: Value, finishing: &'static [u16]) -> Server {
    serving(item, response("200 OK\r\ncontent-type: image/png", file), created, finishing)
}

/// As [`having`], with the whole response to a request of the file.
fn serving(item: &Value, file: Vec<u8>, created: Value, finishing: &'static [u16]) -> Server {
    let (item, finished) = (item.to_string(), AtomicUsize::new(0));
    Server::start(move |mut conn| {
        while let Some(asked) = Asked::read(&mut conn) {
            let origin = format!("http://{}", asked.header("host").unwrap());
            let item: Value = serde_json::from_str(&item.replace("SITE", &origin)).unwrap();
            let one = format!(
                "200 OK\r\nx-wp-total: {0}\r\nx-wp-totalpages: {0}\r\ncontent-type: application/json",
                u8::from(!item.is_null())
            );
            let items = if item.is_null() { json!([]) } else { json!([item]) };
            conn.send(if asked.is("GET", "/uploads/") {
                file.clone()
            } else if asked.is("GET", "/wp-json/wp/v2/media/99") {
                json_response("200 OK", &item)
            } else if asked.is("GET", "/wp-json/wp/v2/media?") {
                response(&one, items.to_string())
            } else if asked.is("POST", "/wp-json/wp/v2/media/99/post-process") {
                let failure = |status: u16| json!({"code": "x", "message": "", "data": {"status": status}});
                match finishing.get(finished.fetch_add(1, SeqCst)) {
                    Some(200) => json_response("200 OK", &json!({"id": 99, "alt_text": "whole"})),
                    Some(403) => json_response("403 Forbidden", &failure(403)),
                    _ => json_response("500 Internal Server Error", &failure(500)),
                }
            } else {
                json_response("201 Created", &created)
            });
        }
    })
    .unwrap()
}

fn image(source_url: &str, size: usize, missing: &[&str]) -> Value {
    json!({
        "id": 99, "slug": "dune", "source_url": source_url, "missing_image_sizes": missing,
        "media_details": {"file": "2026/11/dune.png", "filesize": size, "sizes": {}},
    })
}

fn posts(server: &Server) -> usize {
    server.arrivals().iter().filter(|request| request.starts_with("POST ")).count()
}

#[tokio::test]
async fn once_says_that_the_next_run_will_not_find_the_file() {
    let changed = |name: &str, value: Value| {
        let mut created = image("http://x/uploads/dune.png", 9, &[]);
        created[name] = value;
        created
    };
    let small = json!({"file": "2026/11/dune.png", "filesize": 4, "sizes": {}});
    let renamed = json!({"file": "2026/11/0f3a9c.png", "filesize": 9, "sizes": {}});
    let scaled = |name: &str| json!({"file": "2026/11/dune-scaled.png", "filesize": 4, "sizes": {}, "original_image": name});
    for (slug, created, is_kept) in [
        (None, changed("alt_text", json!("")), true),
        (None, changed("media_details", small.clone()), false),
        (None, changed("media_details", renamed.clone()), false),
        (None, changed("media_details", scaled("dune.png")), true),
        (None, changed("media_details", scaled("asset-dune.png")), false),
        (Some("dune"), changed("media_details", renamed), true),
        (Some("dune"), changed("slug", json!("dune-2")), true),
        (Some("dune"), changed("slug", json!("asset-4711")), false),
    ] {
        let server = having(&Value::Null, Vec::new(), created, &[]);
        for (name, wp) in clients(&server) {
            let new = slug.map_or_else(NewMedia::default, |slug| NewMedia::default().slug(slug));
            let uploaded =
                ends(wp.media().upload(png("dune.png", content(9)), new).once().send()).await.unwrap();
            assert!(!uploaded.is_found(), "{name}");
            assert_eq!(matches!(uploaded, Uploaded::Created(_)), is_kept, "{name}: {uploaded:?}");
            assert_eq!(matches!(uploaded, Uploaded::KeyChanged(_)), !is_kept, "{name}: {uploaded:?}");
        }
    }
}

/// The site says where its files are: it may be a CDN, or a machine that the program alone can reach.
#[tokio::test]
async fn once_reads_no_file_elsewhere_unless_that_is_allowed() {
    for (name, transport) in transports() {
        let elsewhere = having(&Value::Null, content(9), json!({}), &[]);
        let item = image(&elsewhere.at("/uploads/dune.png?signature=1"), 9, &[]);
        let site = having(&item, Vec::new(), image("SITE/uploads/dune.png", 9, &[]), &[]);
        let wp = Client::builder(site.url())
            .transport(transport)
            .auth(Basic::application_password("ana", "hunter2 hunter2"))
            .default_header("x-api-key", "hunter3")
            .build()
            .unwrap();
        let once =
            |name: &str, bytes: Vec<u8>| wp.media().upload(png(name, bytes), NewMedia::default()).once();
        let unverified = ends(once("dune.png", content(9)).send()).await.unwrap();
        assert!(matches!(unverified, Uploaded::Unverified(_)), "{name}: {unverified:?}");
        // Another size or another name is another file.
        assert!(!ends(once("dune.png", content(8)).send()).await.unwrap().is_found(), "{name}");
        assert!(!ends(once("un.png", content(9)).send()).await.unwrap().is_found(), "{name}");
        assert_eq!((elsewhere.arrivals().len(), posts(&site)), (0, 2), "{name}");

        let found = ends(once("dune.png", content(9)).any_origin().send()).await.unwrap();
        assert!(matches!(found, Uploaded::Found(_)), "{name}: {found:?}");
        let other: Vec<u8> = content(9).into_iter().rev().collect();
        assert!(!ends(once("dune.png", other).any_origin().send()).await.unwrap().is_found(), "{name}");
        let sent = elsewhere.arrivals();
        assert!(sent.len() == 2 && !sent.concat().contains("hunter"), "{name}: {sent:?}");
        assert!(!sent.concat().to_lowercase().contains("authorization"), "{name}: {sent:?}");
    }
}

/// Only bytes that were read and differ show another file.
#[tokio::test]
async fn once_makes_no_copy_of_a_file_that_it_cannot_read_as_it_was_uploaded() {
    let head = "200 OK\r\ncontent-type: image/png";
    let whole = |bytes: Vec<u8>| response(head, bytes);
    let chunked = |bytes: Vec<u8>| {
        let head = format!("HTTP/1.1 {head}\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n", bytes.len());
        [head.into_bytes(), bytes, b"\r\n0\r\n\r\n".to_vec()].concat()
    };
    let other = |length: usize| vec![7; length];
    let refused = |status: &str| response(&format!("{status}\r\ncontent-type: text/html"), "<p>No</p>");
    for (served, is_known) in [
        (whole(content(9)), Some(true)),
        (chunked(content(9)), Some(true)),
        // A server that makes images smaller.
        (whole(other(8)), None),
        (chunked(other(8)), None),
        (whole(other(900)), None),
        (chunked(other(900)), None),
        // A file that is protected, and one that is lost.
        (refused("401 Unauthorized"), None),
        (refused("403 Forbidden"), None),
        (refused("404 Not Found"), None),
        (refused("410 Gone"), None),
        (whole(other(9)), Some(false)),
        (chunked(other(9)), Some(false)),
    ] {
        for (name, transport) in transports() {
            let item = image("SITE/uploads/dune.png", 9, &[]);
            let site = serving(&item, served.clone(), image("SITE/uploads/dune.png", 9, &[]), &[]);
            let wp = Client::builder(site.url()).transport(transport).build().unwrap();
            let once = wp.media().upload(png("dune.png", content(9)), NewMedia::default()).once();
            let uploaded = ends(once.send()).await.unwrap();
            let case = format!("{name} {}: {uploaded:?}", String::from_utf8_lossy(&served));
            match is_known {
                Some(true) => assert!(matches!(uploaded, Uploaded::Found(_)), "{case}"),
                Some(false) => assert!(matches!(uploaded, Uploaded::Created(_)), "{case}"),
                None => assert!(matches!(uploaded, Uploaded::Unverified(_)), "{case}"),
            }
            assert_eq!(posts(&site), usize::from(is_known == Some(false)), "{case}");
        }
    }
    // WordPress does not tell the size of the original, which a host removed.
    let mut item = image("SITE/uploads/dune-scaled.png", 4, &[]);
    item["media_details"]["original_image"] = json!("dune.png");
    let site = serving(&item, refused("404 Not Found"), json!({}), &[]);
    for (name, wp) in clients(&site) {
        let once = wp.media().upload(png("dune.png", content(9)), NewMedia::default()).once();
        let error = ends(once.send()).await.unwrap_err();
        assert_eq!((error.attachment_id(), posts(&site)), (Some(99), 0), "{name}: {error}");
        assert!(!error.may_have_happened(), "{name}: {error}");
    }
}

/// WordPress does not tell the size of the originals of scaled images, and a short name is in those of many.
#[tokio::test]
async fn once_downloads_no_file_of_unknown_size_with_a_longer_name() {
    let mut item = image("SITE/uploads/banana-scaled.png", 4, &[]);
    item["media_details"]["original_image"] = json!("banana.png");
    let site = having(&item, content(9), image("SITE/uploads/a.png", 9, &[]), &[]);
    for (name, wp) in clients(&site) {
        let once = wp.media().upload(png("a.png", content(9)), NewMedia::default()).once();
        assert!(!ends(once.send()).await.unwrap().is_found(), "{name}");
        let sent = site.arrivals();
        assert!(sent.iter().all(|request| !request.contains("/uploads/")), "{name}: {sent:?}");
    }
}

/// WordPress refuses an item in the context `edit` to an author who may not edit it, and leaves it out of a list.
#[tokio::test]
async fn once_makes_no_copy_of_a_file_of_another_user() {
    let site = StandIn::start().await;
    for slug in [None, Some("sandy")] {
        let new = || slug.map_or_else(NewMedia::default, |slug| NewMedia::default().slug(slug));
        let file = || MediaFile::new("dune.txt", "text/plain", "sand");
        let admin = signed_in(&site, "admin").next().unwrap();
        let item = admin.media().upload(file(), new()).await.unwrap();
        site.clear_log();
        for wp in signed_in(&site, "author") {
            let error = ends(wp.media().upload(file(), new()).once().send()).await.unwrap_err();
            assert!(error.is_forbidden() && !error.may_have_happened(), "{slug:?}: {error}");
            assert_eq!(error.attachment_id(), Some(item.id.get()), "{slug:?}: {error}");
        }
        assert_eq!(site.count("POST", "/wp/v2/media"), 0);
        admin.media().delete(item.id).await.unwrap();
    }
}

/// A library of 150 files that have the name, the 101st of which, in the order that it is listed in, is the file. The first
/// is deleted as soon as the first page was listed.
fn shrinking(ignores_order: bool) -> Server {
    let listed = AtomicUsize::new(0);
    Server::start(move |mut conn| {
        while let Some(asked) = Asked::read(&mut conn) {
            let origin = format!("http://{}", asked.header("host").unwrap());
            let query = asked.line.split_once('?').map_or("", |(_, query)| query);
            let number = |name: &str| {
                let (_, value) =
                    query.split('&').filter_map(|pair| pair.split_once('=')).find(|pair| pair.0 == name)?;
                value.parse::<usize>().ok()
            };
            let is_ascending = query.contains("order=asc") && !ignores_order;
            let item = |at: usize| {
                let id = if is_ascending { at + 1 } else { 150 - at };
                let size = if at == 100 { 9 } else { 1 };
                let mut item = image(&format!("{origin}/uploads/dune.png"), size, &[]);
                item["id"] = id.into();
                item
            };
            if asked.is("GET", "/uploads/") {
                conn.send(response("200 OK\r\ncontent-type: image/png", content(9)));
            } else if let Some(id) = asked.line.strip_prefix("GET /wp-json/wp/v2/media/") {
                let id: usize = id.split('?').next().unwrap().parse().unwrap();
                let mut found = item(0);
                found["id"] = id.into();
                conn.send(json_response("200 OK", &found));
            } else if asked.is("GET", "/wp-json/wp/v2/media?") {
                let first = usize::from(listed.fetch_add(1, SeqCst) > 0);
                let size = number("per_page").unwrap();
                let skipped = number("offset").unwrap_or_else(|| (number("page").unwrap_or(1) - 1) * size);
                let items: Vec<_> = (first..150).skip(skipped).take(size).map(item).collect();
                let total = 150 - first;
                let head = format!(
                    "200 OK\r\nx-wp-total: {total}\r\nx-wp-totalpages: {}\r\ncontent-type: application/json",
                    total.div_ceil(size)
                );
                conn.send(response(&head, json!(items).to_string()));
            } else {
                conn.send(json_response("201 Created", &item(0)));
            }
        }
    })
    .unwrap()
}

#[tokio::test]
async fn once_finds_a_file_that_moves_to_a_page_which_was_read() {
    for ignores_order in [false, true] {
        for (name, transport) in transports() {
            let site = shrinking(ignores_order);
            let wp = Client::builder(site.url()).transport(transport).build().unwrap();
            let once = wp.media().upload(png("dune.png", content(9)), NewMedia::default()).once();
            let found = ends(once.send()).await.unwrap();
            let case = format!("{name} {ignores_order}: {:#?}", site.arrivals());
            assert!(matches!(found, Uploaded::Found(_)) && posts(&site) == 0, "{case}");
        }
    }
}

/// WordPress scaled the image down, so it does not tell the size of the original.
#[tokio::test]
async fn once_does_not_guess_by_the_name_alone() {
    for (name, transport) in transports() {
        let elsewhere = having(&Value::Null, content(9), json!({}), &[]);
        let mut item = image(&elsewhere.at("/uploads/dune-scaled.png"), 4, &[]);
        item["media_details"]["original_image"] = json!("dune.png");
        let site = having(&item, Vec::new(), json!({}), &[]);
        let wp = Client::builder(site.url()).transport(transport).build().unwrap();
        let once = || wp.media().upload(png("dune.png", content(9)), NewMedia::default()).once();
        let error = ends(once().send()).await.unwrap_err();
        let ErrorKind::Request(RequestError::Url { url, .. }) = error.kind() else {
            panic!("{name}: {error:?}")
        };
        assert_eq!((url, posts(&site)), (&elsewhere.at("/uploads/dune.png"), 0), "{name}: {error}");
        assert!(!error.may_have_happened(), "{name}: {error}");
        assert!(matches!(ends(once().any_origin().send()).await.unwrap(), Uploaded::Found(_)), "{name}");
    }
}

/// A program was ended after the file was stored, and before the sizes were made.
#[tokio::test]
async fn once_makes_the_missing_sizes_of_what_it_finds() {
    let found = |missing: &[&str]| image("SITE/uploads/dune.png", 9, missing);
    for (missing, finishing, attempts, tries, is_whole) in [
        (&["medium"][..], &[200][..], 5, 1, Some(true)),
        (&["medium"], &[500, 500, 200], 5, 3, Some(true)),
        (&["medium"], &[500, 500, 200], 2, 2, None),
        (&["medium"], &[], 5, 5, None),
        // Of another user.
        (&["medium"], &[403, 200], 5, 1, Some(false)),
        (&["medium"], &[200], 0, 0, Some(false)),
        (&[], &[200], 5, 0, Some(false)),
    ] {
        for slug in [None, Some("dune")] {
            for (name, transport) in transports() {
                let server = having(&found(missing), content(9), json!({}), finishing);
                let clock = ManualClock::new();
                let wp =
                    Client::builder(server.url()).transport(transport).clock(clock.clone()).build().unwrap();
                let new = slug.map_or_else(NewMedia::default, |slug| NewMedia::default().slug(slug));
                let upload = wp.media().upload(png("dune.png", content(9)), new).finish_attempts(attempts);
                let once = upload.delete_unfinished().once();
                let uploaded = ends(with_pauses(&clock, once.send())).await;
                let case = format!("{name} {slug:?} {finishing:?} {attempts}");
                assert_eq!(posts(&server), tries, "{case}");
                assert!(server.arrivals().iter().all(|request| !request.contains("force=true")), "{case}");
                match (uploaded, is_whole) {
                    (Ok(Uploaded::Found(media)), Some(is_whole)) => {
                        assert_eq!(media.alt_text == "whole", is_whole, "{case}");
                    }
                    (Err(error), None) => assert_eq!(error.attachment_id(), Some(99), "{case}: {error}"),
                    (uploaded, _) => panic!("{case}: {uploaded:?}"),
                }
            }
        }
    }
}

/// A file whose last byte comes only from the attempt with this number on, counted from 0: what is cut before was certainly
/// not sent whole.
fn held_back(length: usize, whole_from: usize) -> Body {
    let attempts = AtomicUsize::new(0);
    Body::reopen(length as u64, move || {
        let is_whole = attempts.fetch_add(1, SeqCst) >= whole_from;
        let content = content(length);
        let (first, last) = content.split_at(length - 1);
        let pieces = [first.to_vec(), last.to_vec()].map(|piece| Ok::<_, TransportError>(Bytes::from(piece)));
        async move {
            let mut pieces = stream::iter(pieces)
                .take(1 + usize::from(is_whole))
                .chain(stream::pending().take(usize::from(!is_whole)));
            Ok(Body::stream(wp_core::pieces(move |cx| pieces.poll_next_unpin(cx)), length as u64))
        }
    })
}

/// The connection is cut after so many bytes of the first uploads; `usize::MAX` is after the file was stored.
#[tokio::test]
async fn once_makes_one_copy_wherever_the_connection_is_cut() {
    let length = 300_000;
    for (cuts, is_found) in [
        (vec![0], false),
        (vec![1], false),
        (vec![65_536, 4_096], false),
        (vec![299_000], false),
        (vec![usize::MAX], true),
        (vec![17, usize::MAX], true),
    ] {
        for (name, transport) in transports() {
            let (library, uploads) = (Library::default(), AtomicUsize::new(0));
            let cut = cuts.clone();
            let server =
                library.start(move |conn, asked, library| match cut.get(uploads.fetch_add(1, SeqCst)) {
                    None => true,
                    Some(&usize::MAX) => {
                        let body = conn.read(asked.length()).unwrap();
                        library.keep(asked, body);
                        false
                    }
                    Some(&bytes) => {
                        conn.read(bytes);
                        false
                    }
                });
            let clock = ManualClock::new();
            let wp = Client::builder(server.url()).transport(transport).clock(clock.clone()).build().unwrap();
            let early = cuts.iter().filter(|cut| **cut != usize::MAX).count();
            let file = MediaFile::new("my dune.png", "image/png", held_back(length, early));
            let upload = wp.media().upload(file, NewMedia::default()).once();
            let uploaded = ends(with_pauses(&clock, upload.send())).await;
            let kept = library.kept();
            let uploaded =
                uploaded.unwrap_or_else(|error| panic!("{name} {cuts:?}: {error:#}\n{:#?}", kept.lines));
            assert_eq!(kept.files.len(), 1, "{name} {cuts:?}: {:#?}", kept.lines);
            assert_eq!(kept.files[0].1, content(length), "{name} {cuts:?}");
            assert!(uploaded.is_found() == is_found, "{name} {cuts:?}: {:#?}", kept.lines);
        }
    }
}

/// Lets each pause end as soon as it begins.
async fn with_pauses<F: Future + Unpin>(clock: &ManualClock, future: F) -> F::Output {
    let pauses = async {
        loop {
            clock
                .advance_when(|left| {
                    left.iter()
                        .copied()
                        .find(|left| [1, 2, 4, 8, 30].contains(&left.as_secs()) && left.subsec_nanos() == 0)
                })
                .await;
        }
    };
    match select(future, Box::pin(pauses)).await {
        Either::Left((output, _)) => output,
        Either::Right(((), _)) => unreachable!(),
    }
}

/// All of it was sent and the response is lost, but the library does not have it: the site may still be at work.
#[tokio::test]
async fn once_leaves_a_doubt_that_it_cannot_resolve() {
    for (name, transport) in transports() {
        let library = Library::default();
        let server = library.start(|conn, asked, _| {
            conn.read(asked.length());
            false
        });
        let clock = ManualClock::new();
        let wp = Client::builder(server.url()).transport(transport).clock(clock.clone()).build().unwrap();
        let upload = wp.media().upload(png("dune.png", content(9)), NewMedia::default()).once();
        let error = ends(with_pauses(&clock, upload.send())).await.unwrap_err();
        assert!(error.may_have_happened(), "{name}: {error}");
        let lines = &library.kept().lines;
        let posts = lines.iter().filter(|line| line.starts_with("POST")).count();
        assert_eq!((posts, lines.len()), (1, 5), "{name}: {lines:#?}");
        assert_eq!(clock.passed(), Duration::from_secs(10), "{name}");
    }
}

#[tokio::test]
async fn many_uploads_are_in_flight_and_in_order() {
    let library = Library::default();
    let (now, most) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (flying, peak) = (Arc::clone(&now), Arc::clone(&most));
    let server = library.start(move |conn, asked, library| {
        peak.fetch_max(flying.fetch_add(1, SeqCst) + 1, SeqCst);
        let body = conn.read(asked.length()).unwrap();
        let is_bad = body == b"bad";
        let id = library.keep(asked, body);
        flying.fetch_sub(1, SeqCst);
        let refusal = json!({"code": "rest_upload_sideload_error", "message": "", "data": {"status": 500}});
        let created = json!({"id": id, "title": {"raw": asked.header("content-disposition")}});
        conn.send(if is_bad {
            json_response("500 Internal Server Error\r\nconnection: close", &refusal)
        } else {
            json_response("201 Created\r\nconnection: close", &created)
        });
        // A reset before the client has the response would take it away.
        conn.closed();
        false
    });
    for (name, wp) in clients(&server) {
        let taken = Arc::<AtomicUsize>::default();
        let taking = Arc::clone(&taken);
        let media = wp.media();
        let uploads = (0..20).map(move |at| {
            taking.fetch_add(1, SeqCst);
            let content = if at == 7 { b"bad".to_vec() } else { content(at + 9) };
            media.upload(png(&format!("{at}.png"), content), NewMedia::default())
        });
        let mut results = wp.media().upload_all(uploads).concurrency(3);
        let first = ends(results.next()).await.unwrap().unwrap();
        assert!(first.title.raw.contains("\"0.png\""), "{name}");
        assert!(taken.load(SeqCst) <= 5, "{name}: {} were taken", taken.load(SeqCst));
        let rest = ends(results).await;
        assert_eq!(rest.len(), 19);
        for (at, result) in (1..).zip(rest) {
            match result {
                Ok(media) => assert!(media.title.raw.contains(&format!("\"{at}.png\"")), "{name}: {at}"),
                Err(error) => assert_eq!((at, error.status().unwrap().as_u16()), (7, 500), "{name}: {error}"),
            }
        }
    }
    assert!(most.load(SeqCst) <= 3);
}

#[cfg(feature = "file")]
#[tokio::test]
async fn a_file_and_a_stream_of_unknown_length_are_uploaded_from_disk() {
    let library = Library::default();
    let server = library.start(|_, _, _| true);
    let path = std::env::temp_dir().join(format!("wp-client-up-{}.png", std::process::id()));
    std::fs::write(&path, content(PIECE + 3)).unwrap();
    for (name, wp) in clients(&server) {
        let file = MediaFile::open(&path).await.unwrap();
        assert_eq!(
            (file.len(), file.name()),
            (Some(PIECE as u64 + 3), path.file_name().unwrap().to_str().unwrap())
        );
        ends(wp.media().upload(file, NewMedia::default())).await.unwrap();
        let pieces = content(PIECE + 3)
            .chunks(1000)
            .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)))
            .collect::<Vec<_>>();
        let file = MediaFile::spool("spooled.png", "image/png", stream::iter(pieces)).await.unwrap();
        ends(wp.media().upload(file, NewMedia::default())).await.unwrap();
        assert!(library.kept().files.iter().all(|(_, file)| *file == content(PIECE + 3)), "{name}");
        let failing = stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]);
        assert_eq!(MediaFile::spool("a", "b", failing).await.unwrap_err().to_string(), "gone");
    }
    std::fs::remove_file(&path).unwrap();
    assert!(MediaFile::open(&path).await.is_err());
}
