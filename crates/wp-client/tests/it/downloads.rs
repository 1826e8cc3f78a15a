//! Downloads: what they are made of when they are cut, and what is sent where.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use futures_util::future::{Either, select};
use wp_client::wp_core::RequestError;
use wp_client::wp_core::response::UnexpectedKind;
use wp_client::{Basic, Client, DownloadPoint, ErrorKind, TransportErrorKind};
use wp_http::conformance::{ManualClock, Server, response};

use crate::media_library::Asked;
use crate::{ends, transports};

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at ^ (at >> 8)) % 251).unwrap()).collect()
}

/// How a server hands out its file.
#[derive(Clone, Default)]
struct Host {
    content: Vec<u8>,
    /// The bytes after which each response is cut, in turn; later ones are whole.
    cuts: Vec<usize>,
    /// The validator of each response, in turn; the last one stays.
    validators: Vec<&'static str>,
    ignores_range: bool,
    has_no_length: bool,
}

impl Host {
    fn start(self) -> Server {
        let count = AtomicUsize::new(0);
        Server::start(move |mut conn| {
            while let Some(request) = conn.request() {
                let head = String::from_utf8_lossy(&request).into_owned();
                let asked = Asked { line: head.lines().next().unwrap().to_owned(), head, body: Vec::new() };
                let turn = count.fetch_add(1, SeqCst);
                let validator =
                    self.validators.get(turn).or(self.validators.last()).copied().unwrap_or_default();
                let value = validator.split_once(": ").map_or("", |(_, value)| value);
                let range = asked
                    .header("range")
                    .filter(|_| !self.ignores_range && asked.header("if-range") == Some(value));
                let size = self.content.len();
                let start: usize = range.map_or(0, |range| range[6..].trim_end_matches('-').parse().unwrap());
                let status = match range {
                    Some(_) if start >= size => format!("416 No\r\ncontent-range: bytes */{size}"),
                    Some(_) => format!("206 Partial\r\ncontent-range: bytes {start}-{}/{size}", size - 1),
                    None => "200 OK".to_owned(),
                };
                let rest = &self.content[start.min(size)..];
                let length = if self.has_no_length {
                    "connection: close".to_owned()
                } else {
                    format!("content-length: {}", rest.len())
                };
                let validator = if validator.is_empty() { "x-none: 1" } else { validator };
                conn.send(format!(
                    "HTTP/1.1 {status}\r\n{length}\r\n{validator}\r\ncontent-type: image/png\r\n\r\n"
                ));
                let cut = self.cuts.get(turn).copied().unwrap_or(usize::MAX);
                conn.send(&rest[..cut.min(rest.len())]);
                if cut < rest.len() || self.has_no_length {
                    return;
                }
            }
        })
        .unwrap()
    }
}

fn clients(server: &Server) -> impl Iterator<Item = (&'static str, Client, String)> {
    let url = server.url();
    transports().into_iter().map(move |(name, transport)| {
        (name, Client::builder(&url).transport(transport).build().unwrap(), format!("{url}/a.png"))
    })
}

const ETAG: &str = "etag: \"one\"";

#[tokio::test]
async fn a_download_goes_on_where_it_was_cut() {
    let size = 200_000;
    for (cuts, validator) in [
        (vec![], ETAG),
        (vec![0], ETAG),
        (vec![1, 1, 70_000], ETAG),
        (vec![199_999], "last-modified: Thu, 26 Nov 2026 10:00:00 GMT"),
        (vec![65_536, 65_536, 65_536], ETAG),
    ] {
        for (name, transport) in transports() {
            let host = Host {
                content: content(size),
                cuts: cuts.clone(),
                validators: vec![validator],
                ..Host::default()
            };
            let server = host.start();
            let wp = Client::builder(server.url()).transport(transport).build().unwrap();
            let told = Arc::<Mutex<Vec<u64>>>::default();
            let telling = Arc::clone(&told);
            let download = wp.media().download_url(&server.at("/a.png")).on_progress(move |at| {
                assert_eq!(at.total, Some(200_000));
                telling.lock().unwrap().push(at.bytes);
            });
            let mut chunks = download.chunks();
            let mut all = Vec::new();
            while let Some(chunk) = ends(chunks.try_next()).await.unwrap() {
                all.extend_from_slice(&chunk);
                assert_eq!(chunks.point().bytes, all.len() as u64);
            }
            assert!(all == content(size), "{name} {cuts:?}");
            assert_eq!(chunks.total(), Some(size as u64));
            assert_eq!(server.arrivals().len(), cuts.len() + 1, "{name} {cuts:?}");
            assert!(told.lock().unwrap().windows(2).all(|two| two[0] < two[1]));
            assert_eq!(told.lock().unwrap().last(), Some(&(size as u64)));
            for request in server.arrivals().iter().skip(1).filter(|_| cuts[0] > 0) {
                let value = validator.split_once(": ").unwrap().1;
                assert!(request.to_lowercase().contains(&format!("if-range: {}", value.to_lowercase())));
            }
        }
    }
}

/// A server that does not know ranges sends the file again, and what was read is skipped.
#[tokio::test]
async fn the_beginning_is_skipped_where_ranges_are_ignored() {
    let host = Host {
        content: content(100_000),
        cuts: vec![40_000, 70_000, usize::MAX, 40_000, 70_000],
        validators: vec![ETAG],
        ignores_range: true,
        ..Host::default()
    };
    let server = host.start();
    for (name, wp, url) in clients(&server) {
        let mut chunks = wp.media().download_url(&url).chunks();
        let mut all = Vec::new();
        while let Some(chunk) = ends(chunks.try_next()).await.unwrap() {
            all.extend_from_slice(&chunk);
        }
        assert!(all == content(100_000), "{name}");
    }
    assert_eq!(server.arrivals().len(), 6);
}

#[tokio::test]
async fn a_changed_file_is_an_error_for_chunks_and_starts_anew_in_memory() {
    for (name, transport) in transports() {
        let host = Host {
            content: content(100_000),
            cuts: vec![40_000, usize::MAX, 40_000],
            validators: vec!["etag: \"old\"", ETAG, "etag: \"older\"", ETAG],
            ..Host::default()
        };
        let server = host.start();
        let wp = Client::builder(server.url()).transport(transport).build().unwrap();
        let url = server.at("/a.png");
        let mut chunks = wp.media().download_url(&url).chunks();
        let error = loop {
            match ends(chunks.try_next()).await {
                Ok(chunk) => assert!(chunk.is_some(), "{name}"),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("was changed"), "{name}: {error}");
        assert_eq!(chunks.point().bytes, 40_000);
        let all = ends(wp.media().download_url(&url).bytes(1 << 20)).await.unwrap();
        assert!(all == content(100_000), "{name}");
    }
}

/// Without a validator, the rest may be of another file.
#[tokio::test]
async fn a_cut_without_a_validator_is_not_put_together() {
    for (name, transport) in transports() {
        let host = Host { content: content(9_000), cuts: vec![4_000, 4_000], ..Host::default() };
        let server = host.start();
        let wp = Client::builder(server.url()).transport(transport).build().unwrap();
        let url = server.at("/a.png");
        let mut chunks = wp.media().download_url(&url).chunks();
        let error = loop {
            match ends(chunks.try_next()).await {
                Ok(chunk) => assert!(chunk.is_some(), "{name}"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error.kind(), ErrorKind::Transport(_)), "{name}: {error}");
        assert_eq!(server.arrivals().len(), 1);
        let all = ends(wp.media().download_url(&url).bytes(1 << 20)).await.unwrap();
        assert!(all == content(9_000), "{name}");
        assert!(server.arrivals().iter().all(|request| !request.to_lowercase().contains("range:")));
    }
}

#[tokio::test]
async fn a_download_that_is_cut_again_and_again_ends() {
    for (name, transport) in transports() {
        let host = Host {
            content: content(9_000),
            cuts: vec![4_000, 0, 0, 0, 0, 0, 0, 0],
            validators: vec![ETAG],
            ..Host::default()
        };
        let server = host.start();
        let clock = ManualClock::new();
        let wp = Client::builder(server.url()).transport(transport).clock(clock.clone()).build().unwrap();
        let mut chunks = wp.media().download_url(&server.at("/a.png")).attempts(3).chunks();
        let read = async {
            loop {
                match chunks.try_next().await {
                    Ok(chunk) => assert!(chunk.is_some(), "{name}"),
                    Err(error) => break error,
                }
            }
        };
        let pauses = async {
            loop {
                clock
                    .advance_when(|left| {
                        left.iter().copied().find(|left| [2000, 4000].contains(&left.as_millis()))
                    })
                    .await;
            }
        };
        let Either::Left((error, _)) = ends(select(Box::pin(read), Box::pin(pauses))).await;
        assert!(matches!(error.kind(), ErrorKind::Transport(_)), "{name}: {error}");
        assert_eq!(server.arrivals().len(), 4, "{name}");
        assert_eq!(chunks.point().bytes, 4_000, "{name}");
    }
}

#[tokio::test]
async fn a_download_is_resumed_at_a_point() {
    let host = Host { content: content(9_000), validators: vec![ETAG], ..Host::default() };
    let server = host.start();
    for (name, wp, url) in clients(&server) {
        for start in [1, 4_000, 8_999, 9_000] {
            let json = format!(r#"{{"url":"{url}","bytes":{start},"total":9000,"validator":"\"one\""}}"#);
            let point: DownloadPoint = serde_json::from_str(&json).unwrap();
            let mut chunks = wp.media().download_url(&url).resume(point).chunks();
            let mut rest = Vec::new();
            while let Some(chunk) = ends(chunks.try_next()).await.unwrap() {
                rest.extend_from_slice(&chunk);
            }
            assert!(rest == content(9_000)[start..], "{name} {start}");
        }
        // The file is shorter than what was read, and it is another one.
        for (bytes, validator) in [(9_001, "\\\"one\\\""), (4_000, "\\\"two\\\"")] {
            let json = format!(r#"{{"url":"{url}","bytes":{bytes},"total":null,"validator":"{validator}"}}"#);
            let mut chunks =
                wp.media().download_url(&url).resume(serde_json::from_str(&json).unwrap()).chunks();
            let error = ends(chunks.try_next()).await.unwrap_err();
            assert!(error.to_string().contains("was changed"), "{name}: {error}");
        }
    }
}

/// The validators of two files may be the same: many servers make them of times.
#[tokio::test]
async fn a_point_of_another_file_is_refused() {
    let host = Host { content: content(9_000), validators: vec![ETAG], ..Host::default() };
    let server = host.start();
    for (name, wp, url) in clients(&server) {
        let mut chunks = wp.media().download_url(&format!("{url}?signature=hunter2")).chunks();
        ends(chunks.try_next()).await.unwrap();
        let point = chunks.point();
        assert!(point.url == url && !format!("{point:?}").contains("hunter2"), "{name}: {point:?}");
        let sent = server.arrivals().len();
        let other = url.replace("/a.png", "/b.png");
        let error =
            ends(wp.media().download_url(&other).resume(point.clone()).bytes(1 << 20)).await.unwrap_err();
        let ErrorKind::Request(RequestError::Url { url: refused, .. }) = error.kind() else {
            panic!("{name}: {error:?}")
        };
        assert_eq!((refused, server.arrivals().len()), (&other, sent), "{name}");
        // Another signature for the same file.
        let mut chunks = wp.media().download_url(&format!("{url}?signature=other")).resume(point).chunks();
        while ends(chunks.try_next()).await.unwrap().is_some() {}
        assert_eq!(chunks.point().bytes, 9_000, "{name}");
        // What was stored by something else.
        assert!(serde_json::from_str::<DownloadPoint>(r#"{"bytes":9,"total":9,"validator":"x"}"#).is_err());
    }
}

/// A server that does not tell the size of its file, and sends parts of it.
fn in_parts(parts: &'static [&'static str]) -> Server {
    Server::start(move |mut conn| {
        while let Some(request) = conn.request() {
            let head = String::from_utf8_lossy(&request).to_lowercase();
            let start = head
                .split_once("\r\nrange: bytes=")
                .map(|(_, rest)| rest.split_once('-').unwrap().0.parse::<usize>().unwrap());
            let Some(start) = start else {
                conn.send(format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n{ETAG}\r\n\r\nfa0\r\n"));
                conn.send(&content(9_000)[..4_000]);
                return;
            };
            let part = parts.iter().find(|part| part.starts_with(&format!("{start}-")));
            let Some(part) = part else {
                conn.send("HTTP/1.1 416 No\r\ncontent-length: 0\r\ncontent-range: bytes */9000\r\n\r\n");
                continue;
            };
            // The part as it is announced, and the last byte that is sent.
            let (range, last) = part.split_once(' ').unwrap();
            let body = &content(9_000)[start..=last.parse::<usize>().unwrap()];
            conn.send(response(&format!("206 Partial\r\n{ETAG}\r\ncontent-range: bytes {range}"), body));
        }
    })
    .unwrap()
}

#[tokio::test]
async fn a_part_without_a_total_is_not_taken_for_the_rest() {
    for (parts, requests) in [
        (&["4000-4999/* 4999", "5000-8999/* 8999"][..], 4),
        (&["4000-8999/* 8999"], 3),
        // Once it tells the size, that is what counts.
        (&["4000-4999/* 4999", "5000-8999/9000 8999"], 3),
        (&["4000-4999/9000 4999", "5000-8999/9000 8999"], 3),
    ] {
        for (name, transport) in transports() {
            let server = in_parts(parts);
            let wp = Client::builder(server.url()).transport(transport).build().unwrap();
            let download = wp.media().download_url(&server.at("/a.png")).attempts(1);
            let all = ends(download.bytes(1 << 20))
                .await
                .unwrap_or_else(|error| panic!("{name} {parts:?}: {error:#}"));
            assert!(all == content(9_000), "{name} {parts:?}: {} bytes", all.len());
            assert_eq!(server.arrivals().len(), requests, "{name} {parts:?}");
        }
    }
}

#[tokio::test]
async fn a_part_that_is_not_what_it_says_is_an_error() {
    for (parts, read, reason) in [
        // More than the part that was announced, and less.
        (&["4000-4999/* 8999"][..], 4_000, "were announced"),
        (&["4000-3999/* 4000"], 4_000, "was changed"),
        (&["4000-9000/9000 8999"], 4_000, "was changed"),
        (&["4000-18446744073709551615/* 8999"], 4_000, "was changed"),
    ] {
        for (name, transport) in transports() {
            let server = in_parts(parts);
            let wp = Client::builder(server.url()).transport(transport).build().unwrap();
            let mut chunks = wp.media().download_url(&server.at("/a.png")).attempts(1).chunks();
            let error = loop {
                match ends(chunks.try_next()).await {
                    Ok(chunk) => assert!(chunk.is_some(), "{name} {parts:?}"),
                    Err(error) => break error,
                }
            };
            assert!(error.to_string().contains(reason), "{name} {parts:?}: {error}");
            assert!(chunks.point().bytes >= read && chunks.point().bytes < 9_000, "{name} {parts:?}");
        }
    }
}

/// What a server says of the part that it sends is believed only if it is the part that was asked for.
#[tokio::test]
async fn another_part_than_the_one_that_was_asked_for_is_not_put_together() {
    for range in [
        "bytes 0-8999/9000",
        "bytes 4001-8999/9000",
        "bytes 4000-8999/9001",
        "pages 4000-8999/9000",
        "bytes x-y/z",
    ] {
        let server = Server::start(move |mut conn| {
            while let Some(request) = conn.request() {
                let is_part = String::from_utf8_lossy(&request).to_lowercase().contains("\r\nrange:");
                if is_part {
                    conn.send(response(
                        &format!("206 Partial\r\n{ETAG}\r\ncontent-range: {range}"),
                        &content(9_000)[4_000..],
                    ));
                    continue;
                }
                conn.send(format!("HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n{ETAG}\r\n\r\n"));
                conn.send(&content(9_000)[..4_000]);
                return;
            }
        })
        .unwrap();
        for (name, wp, url) in clients(&server) {
            let mut chunks = wp.media().download_url(&url).chunks();
            let mut read = 0;
            let error = loop {
                match ends(chunks.try_next()).await {
                    Ok(chunk) => read += chunk.unwrap().len(),
                    Err(error) => break error,
                }
            };
            assert!(read == 4_000 && error.to_string().contains("was changed"), "{name} {range}: {error}");
        }
    }
}

/// No token is sent with a file; the host's own password, and other secrets of the client, to the site alone.
#[tokio::test]
async fn no_credential_leaves_the_site() {
    let host = || Host { content: content(9), ..Host::default() }.start();
    for (name, transport) in transports() {
        let (site, other) = (host(), host());
        let wp = Client::builder(site.url())
            .transport(transport)
            .auth(Basic::application_password("ana", "hunter2 hunter2"))
            .default_header("x-api-key", "hunter3")
            .default_header("x-program", "backup")
            .build()
            .unwrap();
        for server in [&site, &other] {
            ends(wp.media().download_url(&server.at("/a.png")).any_origin().bytes(99)).await.unwrap();
        }
        let (to_site, to_other) = (site.arrivals()[0].to_lowercase(), other.arrivals()[0].to_lowercase());
        assert!(
            !to_site.contains("authorization:") && to_site.contains("x-api-key: hunter3"),
            "{name}: {to_site}"
        );
        assert!(to_other.contains("x-program: backup") && !to_other.contains("hunter"), "{name}: {to_other}");
        assert!(to_other.contains("accept-encoding: identity"), "{name}: {to_other}");

        let error =
            ends(wp.media().download_url(&other.at("/a.png?key=hunter2")).bytes(99)).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(RequestError::Url { .. })), "{name}: {error}");
        assert!(!format!("{error:?} {error}").contains("hunter"), "{name}: {error:?}");
        assert_eq!(other.arrivals().len(), 1);
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_followed_only_where_that_is_allowed() {
    for (name, transport) in transports() {
        let other = Host { content: content(9), ..Host::default() }.start();
        let to = other.at("/a.png");
        let site = Server::responding(response(&format!("302 Found\r\nlocation: {to}"), "")).unwrap();
        let wp = Client::builder(site.url()).transport(transport).build().unwrap();
        let download = || wp.media().download_url(&site.at("/a.png"));
        let error = ends(download().bytes(99)).await.unwrap_err();
        let ErrorKind::Transport(cause) = error.kind() else { panic!("{name}: {error:?}") };
        assert_eq!((cause.kind(), other.arrivals().len()), (TransportErrorKind::Redirect, 0), "{name}");
        assert_eq!(ends(download().any_origin().bytes(99)).await.unwrap(), content(9), "{name}");
    }
}

#[tokio::test]
async fn a_secret_stays_behind_where_a_redirect_leads_to_another_origin() {
    for (name, transport) in transports() {
        let other = Host { content: content(9), ..Host::default() }.start();
        let to = other.at("/a.png");
        let site = Server::responding(response(&format!("302 Found\r\nlocation: {to}"), "")).unwrap();
        let builder = Client::builder(site.url()).transport(transport).default_header("x-api-key", "hunter3");
        let wp = builder.default_header("x-program", "backup").build().unwrap();
        let download = || wp.media().download_url(&site.at("/a.png"));
        assert!(ends(download().bytes(99)).await.is_err(), "{name}");
        assert_eq!(ends(download().any_origin().bytes(99)).await.unwrap(), content(9), "{name}");
        let arrivals = other.arrivals();
        let sent = arrivals[0].to_lowercase();
        assert!(sent.contains("x-program: backup") && !sent.contains("hunter"), "{name}: {sent}");
        assert_eq!(arrivals.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_url_that_is_no_file_of_the_web_is_refused() {
    let server = Host::default().start();
    for (name, wp, _) in clients(&server) {
        for url in [
            "file:///etc/passwd",
            "ftp://example.org/a.png",
            "/a.png",
            "",
            "data:,x",
            "http://ana:hunter2@127.0.0.1/a.png",
        ] {
            let error = ends(wp.media().download_url(url).bytes(99)).await.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Request(RequestError::Url { .. })),
                "{name} {url}: {error}"
            );
            assert!(!format!("{error:?} {error}").contains("hunter2"), "{name}");
        }
    }
    assert!(server.arrivals().is_empty());
}

#[tokio::test]
async fn a_page_in_place_of_a_file_is_an_error() {
    let page = |status: &str| {
        response(
            &format!("{status}\r\ncontent-type: text/html; charset=UTF-8"),
            "<html><title>Sign in</title>Sign in</html>",
        )
    };
    for (status, code) in [("200 OK", 200), ("404 Not Found", 404), ("403 Forbidden", 403)] {
        let server = Server::responding(page(status)).unwrap();
        for (name, wp, url) in clients(&server) {
            let error = ends(wp.media().download_url(&url).bytes(1 << 20)).await.unwrap_err();
            let ErrorKind::Unexpected(response) = error.kind() else { panic!("{name} {status}: {error:?}") };
            assert_eq!(response.status().as_u16(), code, "{name}");
            assert!(
                response.kind() != UnexpectedKind::Empty && error.to_string().contains("/a.png"),
                "{name}: {error}"
            );
        }
    }
    // A page that is the file.
    let server = Server::responding(page("200 OK")).unwrap();
    for (_, wp, url) in clients(&server) {
        let url = url.replace("a.png", "a.html");
        assert!(ends(wp.media().download_url(&url).bytes(1 << 20)).await.is_ok());
    }
}

#[tokio::test]
async fn a_file_that_is_too_large_for_memory_is_an_error() {
    for has_no_length in [false, true] {
        let server = Host { content: content(90_000), has_no_length, ..Host::default() }.start();
        for (name, wp, url) in clients(&server) {
            let error = ends(wp.media().download_url(&url).bytes(89_999)).await.unwrap_err();
            let ErrorKind::Transport(cause) = error.kind() else { panic!("{name}: {error:?}") };
            assert_eq!(cause.kind(), TransportErrorKind::TooLarge, "{name}");
            assert_eq!(
                ends(wp.media().download_url(&url).bytes(90_000)).await.unwrap().len(),
                90_000,
                "{name}"
            );
        }
    }
}

#[cfg(feature = "file")]
mod to_file {
    use super::*;

    fn place(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("wp-client-down-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder.join("a.png")
    }

    fn names(folder: &std::path::Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_file_is_continued_by_the_next_call_and_is_whole_or_not_there() {
        for (name, transport) in transports() {
            let host = Host {
                content: content(100_000),
                cuts: vec![40_000, 30_000],
                validators: vec![ETAG],
                ..Host::default()
            };
            let server = host.start();
            let wp = Client::builder(server.url()).transport(transport).build().unwrap();
            let path = place(name);
            let folder = path.parent().unwrap();
            let download = || wp.media().download_url(&server.at("/a.png")).attempts(0);
            for left in [40_000, 70_000] {
                let error = ends(download().to_file(&path)).await.unwrap_err();
                assert!(matches!(error.kind(), ErrorKind::Transport(_)), "{name}: {error}");
                assert_eq!(names(folder), ["a.png.part", "a.png.part.json"]);
                assert_eq!(std::fs::metadata(folder.join("a.png.part")).unwrap().len(), left, "{name}");
            }
            assert_eq!(ends(download().to_file(&path)).await.unwrap(), 100_000);
            assert_eq!(names(folder), ["a.png"]);
            assert!(std::fs::read(&path).unwrap() == content(100_000), "{name}");
            let ranges: Vec<_> = server
                .arrivals()
                .iter()
                .filter_map(|request| {
                    request
                        .to_lowercase()
                        .split_once("\r\nrange: ")
                        .map(|(_, rest)| rest.lines().next().unwrap().to_owned())
                })
                .collect();
            assert_eq!(ranges, ["bytes=40000-", "bytes=70000-"], "{name}");
            std::fs::remove_dir_all(folder).unwrap();
        }
    }

    /// The files have the same size and the same validator.
    #[tokio::test]
    async fn a_part_of_another_file_is_not_continued() {
        for (name, transport) in transports() {
            let host = Host {
                content: content(9_000),
                cuts: vec![4_000],
                validators: vec![ETAG],
                ..Host::default()
            };
            let server = host.start();
            let wp = Client::builder(server.url()).transport(transport).build().unwrap();
            let path = place(&format!("other-{name}"));
            let download = |file: &str| wp.media().download_url(&server.at(file)).attempts(0);
            ends(download("/a.png").to_file(&path)).await.unwrap_err();
            assert_eq!(ends(download("/b.png").to_file(&path)).await.unwrap(), 9_000, "{name}");
            let sent = server.arrivals();
            assert!(sent.len() == 2 && !sent[1].to_lowercase().contains("\r\nrange:"), "{name}: {sent:?}");
            // Nor is a position that is not of the file on the disk.
            let json = format!(
                r#"{{"url":"{}","bytes":4000,"total":9000,"validator":"\"one\""}}"#,
                server.at("/a.png")
            );
            let point: DownloadPoint = serde_json::from_str(&json).unwrap();
            ends(download("/a.png").resume(point).to_file(&path)).await.unwrap();
            assert!(std::fs::read(&path).unwrap() == content(9_000), "{name}");
            std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
        }
    }

    #[tokio::test]
    async fn a_file_that_was_changed_is_downloaded_anew() {
        for (name, transport) in transports() {
            let host = Host {
                content: content(50_000),
                cuts: vec![40_000],
                validators: vec!["etag: \"old\"", ETAG],
                ..Host::default()
            };
            let server = host.start();
            let wp = Client::builder(server.url()).transport(transport).build().unwrap();
            let path = place(&format!("changed-{name}"));
            let folder = path.parent().unwrap();
            assert_eq!(
                ends(wp.media().download_url(&server.at("/a.png")).to_file(&path)).await.unwrap(),
                50_000
            );
            assert!(std::fs::read(&path).unwrap() == content(50_000), "{name}");
            assert_eq!(names(folder), ["a.png"]);
            let missing = Server::responding(response("404 Not Found", "")).unwrap();
            let error = ends(
                wp.media().download_url(&missing.at("/b.png")).any_origin().to_file(folder.join("b.png")),
            )
            .await
            .unwrap_err();
            assert_eq!(error.status().unwrap(), 404, "{name}");
            assert_eq!(names(folder), ["a.png"], "{name}");
            std::fs::remove_dir_all(folder).unwrap();
        }
    }
}
