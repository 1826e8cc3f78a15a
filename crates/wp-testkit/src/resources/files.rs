//! The uploaded files, as a web server hands them out: whole, or the part that a `Range` asks for.

use wiremock::Request;

use crate::{
    http::{RestResponse, request::header, response::Body, url::decode},
    state::{Attached, Post, State, clock},
};

/// The directory of uploads, below the site's URL.
const FOLDER: &str = "/wp-content/uploads/";

/// The range that a `Range` header requests.
enum Wanted {
    Whole,
    Part(usize, usize),
    None,
    NotServed(&'static str),
}

/// The response to a request below the directory of uploads; `None` for any other path. The file of a smaller image is not
/// served, since the stand-in makes none.
pub(crate) fn respond(state: &State, request: &Request) -> Option<RestResponse> {
    let path = request.url.path().strip_prefix(&state.site.base)?.strip_prefix(FOLDER)?;
    let path = decode(path);
    let found = state
        .posts
        .values()
        .find_map(|post| Some((post, post.file.as_ref()?)).filter(|(_, file)| file.path == path));
    let Some((post, file)) = found else {
        let is_size = |file: &Attached| {
            let stem = file.path.rsplit_once('.').map_or(&*file.path, |(stem, _)| stem);
            file.pixels.is_some() && path.starts_with(&format!("{stem}-"))
        };
        return Some(if state.posts.values().filter_map(|post| post.file.as_ref()).any(is_size) {
            not_served("the smaller copies of an image")
        } else {
            RestResponse::html(404, "<html><h1>404 Not Found</h1></html>".to_owned())
        });
    };
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Some(RestResponse::html(405, "<html><h1>405 Not Allowed</h1></html>".to_owned()));
    }
    Some(file_response(post, file, request))
}

fn file_response(post: &Post, file: &Attached, request: &Request) -> RestResponse {
    let size = file.bytes.len();
    let etag = format!("\"{:x}-{size:x}\"", post.id);
    let changed = post
        .date
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or_else(|_| String::new(), |date| clock::http_date(date.timestamp()));
    let is_current =
        header(&request.headers, "if-range").is_none_or(|known| known == etag || known == changed);
    let asked = header(&request.headers, "range").filter(|_| is_current);
    let wanted = asked.map_or(Wanted::Whole, |range| wanted(&range, size));
    let respond = |status, bytes: &[u8]| {
        RestResponse::new(status, Body::File(bytes.to_vec()))
            .with("Content-Type", file.mime_type.clone())
            .with("ETag", etag.clone())
            .with("Last-Modified", changed.clone())
            .with("Accept-Ranges", "bytes")
    };
    match wanted {
        Wanted::Whole => respond(200, &file.bytes),
        Wanted::Part(start, end) => respond(206, &file.bytes[start..end])
            .with("Content-Range", format!("bytes {start}-{}/{size}", end - 1)),
        Wanted::None => {
            RestResponse::html(416, "<html><h1>416 Requested Range Not Satisfiable</h1></html>".to_owned())
                .with("Content-Range", format!("bytes */{size}"))
        }
        Wanted::NotServed(what) => not_served(what),
    }
}

/// A range that is not valid is ignored.
fn wanted(range: &str, size: usize) -> Wanted {
    let Some(range) = range.trim().strip_prefix("bytes=") else { return Wanted::Whole };
    if range.contains(',') {
        return Wanted::NotServed("several ranges of a file");
    }
    let Some((start, end)) = range.split_once('-') else { return Wanted::Whole };
    match (start.trim().parse::<usize>(), end.trim().parse::<usize>()) {
        (Ok(start), _) if start >= size => Wanted::None,
        (Ok(start), Ok(end)) if end < start => Wanted::Whole,
        (Ok(start), Ok(end)) => Wanted::Part(start, size.min(end + 1)),
        (Ok(start), Err(_)) if end.trim().is_empty() => Wanted::Part(start, size),
        (Err(_), Ok(0)) => Wanted::None,
        (Err(_), Ok(last)) if start.trim().is_empty() => Wanted::Part(size.saturating_sub(last), size),
        _ => Wanted::Whole,
    }
}

fn not_served(what: &str) -> RestResponse {
    RestResponse::html(501, format!("The stand-in does not serve {what}."))
}
