//! `/wp/v2/media`: what attachments have beside posts of other types. The files themselves
//! are handed out by the front.

use std::sync::Arc;

use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

use super::{posts, render};
use crate::{
    http::{Error, RestResponse, request::unquoted},
    rest::{
        Caller,
        params::{Kind, Param, Params, param},
    },
    state::{
        Attached, Post, State, clock, hex,
        kinds::{ATTACHMENT, PAGE},
        text::{slug, without_accents},
    },
};

/// The values of `media_type` in lists.
pub(crate) const TYPES: &[&str] = &["image", "video", "text", "application", "audio"];

/// The parameters of an upload only.
pub(crate) const CREATE: &[Param] =
    &[param("generate_sub_sizes", Kind::Flag), param("convert_format", Kind::Flag), param("url", Kind::Text)];

/// Extensions of files that may be uploaded, with their types.
const FILES: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
];

/// The smaller copies of an image: width, height, and whether it is cut to that.
const SIZES: &[(&str, u32, u32, bool)] = &[
    ("medium", 300, 300, false),
    ("large", 1024, 1024, false),
    ("thumbnail", 150, 150, true),
    ("medium_large", 768, u32::MAX, false),
    ("1536x1536", 1536, 1536, false),
    ("2048x2048", 2048, 2048, false),
];

pub(crate) fn may_create(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    if params.int("id").is_some_and(|id| id != 0) {
        return Err(Error::new(400, "rest_post_exists", "Cannot create existing post."));
    }
    if !caller.can("upload_files") {
        let message = "Sorry, you are not allowed to create posts as this user.";
        return Err(caller.denied("rest_cannot_create", message));
    }
    may_attach(state, caller, params)
}

/// A file may be attached to a post that the user may edit.
fn may_attach(state: &State, caller: &Caller, params: &Params) -> Result<(), Error> {
    let id = params.id("post");
    let may = id == 0 || state.posts.get(&id).is_some_and(|post| posts::can_edit(state, caller, post));
    let message = "Sorry, you are not allowed to upload media to this post.";
    if may { Ok(()) } else { Err(caller.denied("rest_cannot_edit", message)) }
}

pub(crate) fn create(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    if params.text("url").is_some() {
        return Err(Error::not_served("media from a URL"));
    }
    let invalid = || Error::new(400, "rest_invalid_param", "Invalid parent type.");
    if state.posts.get(&params.id("post")).is_some_and(|post| post.kind.is(&ATTACHMENT)) {
        return Err(invalid());
    }
    let (name, bytes) = sent(params)?;
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let real = pixels(bytes);
    let known = FILES.iter().find(|(known, _)| extension.eq_ignore_ascii_case(known));
    let refused = || {
        let message = "Sorry, you are not allowed to upload this file type.";
        Error::new(500, "rest_upload_sideload_error", message)
    };
    let (_, declared) = known.ok_or_else(refused)?;
    // The content decides whether a file is an image.
    let (extension, mime_type) = match &real {
        Some((extension, mime_type, ..)) if declared.starts_with("image/") => (*extension, *mime_type),
        None if !declared.starts_with("image/") => (extension, *declared),
        _ => return Err(refused()),
    };
    let stem = file_name(stem);
    let now = state.now();
    // The folder is that of the month of the post, but of no page.
    let post = state.posts.get(&params.id("post")).filter(|post| !post.kind.is(&PAGE));
    let folder = &clock::text(state.local(post.map_or(now, |post| post.date)))[..7].replace('-', "/");
    let taken =
        |path: &str| state.posts.values().filter_map(|post| post.file.as_ref()).any(|file| file.path == path);
    let numbered = (1u32..).map(|number| format!("{stem}-{number}"));
    let mut stems = std::iter::once(stem.clone()).chain(numbered);
    let path = |stem: &String| format!("{folder}/{stem}.{extension}");
    let stem = stems.find(|stem| !taken(&path(stem))).unwrap_or(stem);
    let path = path(&stem);
    let mut post = Post::new(&ATTACHMENT, caller.user.unwrap_or(0), now);
    post.status = "inherit".into();
    post.floating = false;
    post.comment_status = "open".into();
    post.ping_status = "closed".into();
    post.title.clone_from(&stem);
    post.file = Some(Attached {
        path,
        mime_type: mime_type.to_owned(),
        bytes: Arc::new(bytes.to_vec()),
        pixels: real.map(|(_, _, width, height)| (width, height)),
        alt_text: String::new(),
        sub_sizes: params.flag("generate_sub_sizes") != Some(false),
    });
    posts::apply(state, caller, params, &mut post)?;
    post.id = state.next_post_id();
    let wanted = if post.slug.is_empty() { slug(&post.title) } else { post.slug.clone() };
    post.slug = posts::free_slug(state, &post, &wanted);
    post.guid = post.file.as_ref().map(|file| url(state, &file.path)).unwrap_or_default();
    let (id, location) = (post.id.to_string(), state.site.rest(&posts::route(&post)));
    let saved = RestResponse::json(201, posts::save(state, caller, post));
    Ok(saved.with("X-WP-Upload-Attachment-ID", id).with("Location", location))
}

/// The name and the bytes of the file, from a form or from the body itself.
fn sent(params: &Params) -> Result<(String, &[u8]), Error> {
    let upload = &params.upload;
    let sum = upload.md5.as_deref().map(str::trim).filter(|sum| !sum.is_empty());
    // Compared as text, so in lower case.
    let is_damaged = |bytes: &[u8]| sum.is_some_and(|sum| sum != hex(&Md5::digest(bytes)));
    let damaged = || Error::new(412, "rest_upload_hash_mismatch", "Content hash did not match expected.");
    if !upload.files.is_empty() {
        let file = upload.files.iter().find(|file| file.field == "file");
        let refused = |message: &'static str| Error::new(500, "rest_upload_unknown_error", message);
        let unknown = || refused("Specified file failed upload test.");
        if file.is_some_and(|file| is_damaged(&file.bytes)) {
            return Err(damaged());
        }
        if file.is_some_and(|file| file.bytes.is_empty()) {
            return Err(refused(
                "File is empty. Please upload something more substantial. This error could also be caused by \
                 uploads being disabled in your php.ini file or by post_max_size being defined as smaller than \
                 upload_max_filesize in php.ini.",
            ));
        }
        return file.map(|file| (file.name.clone(), file.bytes.as_slice())).ok_or_else(unknown);
    }
    let refuse = |code: &'static str, message: &'static str| Err(Error::new(400, code, message));
    if upload.body.is_empty() {
        return refuse("rest_upload_no_data", "No data supplied.");
    }
    if upload.content_type.is_none() {
        return refuse("rest_upload_no_content_type", "No Content-Type supplied.");
    }
    let Some(disposition) = &upload.disposition else {
        return refuse("rest_upload_no_content_disposition", "No Content-Disposition supplied.");
    };
    let named = disposition.split_once("filename=").map(|(_, rest)| match rest.strip_prefix('"') {
        Some(rest) => unquoted(rest),
        None => rest.split(';').next().unwrap_or_default().trim().to_owned(),
    });
    let Some(name) = named.filter(|name| !name.is_empty()) else {
        let message = "Invalid Content-Disposition supplied. Content-Disposition needs to be formatted as \
                       `attachment; filename=\"image.png\"` or similar.";
        return refuse("rest_upload_invalid_disposition", message);
    };
    if is_damaged(&upload.body) {
        return Err(damaged());
    }
    Ok((name, &upload.body))
}

/// `sanitize_file_name`.
fn file_name(name: &str) -> String {
    let name = without_accents(name);
    let kept = name.chars().filter(|c| !"?[]/\\=<>:;,'\"&$#*()|~`!{}%+".contains(*c) && !c.is_control());
    let dashed: String = kept.map(|c| if c.is_whitespace() { '-' } else { c }).collect();
    let parts: Vec<&str> = dashed.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-").trim_matches(['.', '_']).to_owned()
}

/// Extension, type, width and height of an image.
fn pixels(bytes: &[u8]) -> Option<(&'static str, &'static str, u32, u32)> {
    let big = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let little = |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(("png", "image/png", big(16)?, big(20)?));
    }
    if bytes.starts_with(b"GIF8") {
        return Some(("gif", "image/gif", little(6)?, little(8)?));
    }
    if bytes.starts_with(b"\xff\xd8") {
        let mut at = 2;
        while *bytes.get(at)? == 0xff {
            let marker = *bytes.get(at + 1)?;
            let size = usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?));
            if matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) {
                let both = big(at + 5)?;
                return Some(("jpg", "image/jpeg", both & 0xffff, both >> 16));
            }
            at += 2 + size;
        }
    }
    None
}

/// Takes over the fields of an attachment that were sent.
pub(super) fn apply(params: &Params, post: &mut Post) {
    let Some(file) = &mut post.file else { return };
    if let Some(text) = params.text("alt_text") {
        file.alt_text = text;
    }
    if params.has("post") {
        post.parent = params.id("post");
    }
    let raw = |name: &str| match params.get(name)? {
        Value::String(text) => Some(text.clone()),
        object => object.get("raw")?.as_str().map(str::to_owned),
    };
    if let Some(text) = raw("description") {
        post.content = text;
    }
    if let Some(text) = raw("caption") {
        post.excerpt = text;
    }
}

/// Whether a post is among those of a type of files.
pub(super) fn matches(params: &Params, post: &Post) -> bool {
    let (kinds, mut types) = (params.texts("media_type"), params.texts("mime_type"));
    // An unknown type is ignored.
    types.retain(|wanted| FILES.iter().any(|(_, known)| known == wanted));
    let Some(file) = &post.file else { return true };
    let kind = file.mime_type.split('/').next().unwrap_or_default();
    (kinds.is_empty() && types.is_empty())
        || kinds.iter().any(|wanted| wanted == kind)
        || types.contains(&file.mime_type)
}

fn url(state: &State, path: &str) -> String {
    format!("{}/wp-content/uploads/{path}", state.site.url)
}

/// A field of an attachment.
pub(super) fn field(state: &State, post: &Post, file: &Attached, edit: bool, name: &str) -> Value {
    let text = |raw: &str, rendered: String| {
        if edit { json!({ "raw": raw, "rendered": rendered }) } else { json!({ "rendered": rendered }) }
    };
    match name {
        "description" => text(&post.content, description(state, post, file)),
        // Without a caption, the excerpt of its page.
        "caption" => {
            let shown = if file.pixels.is_some() { "" } else { post.title.as_str() };
            text(&post.excerpt, render::excerpt(&post.excerpt, &format!("{shown} {}", post.content), 55))
        }
        "alt_text" => json!(file.alt_text),
        "media_type" => json!(if file.mime_type.starts_with("image/") { "image" } else { "file" }),
        "mime_type" => json!(file.mime_type),
        "media_details" => details(state, file),
        "post" if post.parent == 0 => Value::Null,
        "post" => json!(post.parent),
        "source_url" => json!(url(state, &file.path)),
        "filename" => json!(file.path.rsplit('/').next()),
        "filesize" => json!(file.bytes.len()),
        "missing_image_sizes" => {
            let missing = sizes(file).map(|(name, ..)| name).filter(|_| !file.sub_sizes);
            missing.collect()
        }
        "exif_orientation" => json!(1),
        "image_save_progressive" => json!(false),
        "image_quality" => json!({ "default": 82, "sizes": [] }),
        _ => Value::Null,
    }
}

/// `esc_attr`.
fn text_of_attribute(text: &str) -> String {
    let text = render::with_entities(text).replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#039;")
}

fn description(state: &State, post: &Post, file: &Attached) -> String {
    let href = url(state, &file.path);
    let shown = match file.pixels {
        Some((width, height)) => {
            let (class, alt) = ("attachment-medium size-medium", text_of_attribute(&file.alt_text));
            format!(
                "<img loading=\"lazy\" decoding=\"async\" width=\"{width}\" height=\"{height}\" src=\"{href}\" \
                 class=\"{class}\" alt=\"{alt}\" />"
            )
        }
        None => post.title.clone(),
    };
    let link = format!("<p class=\"attachment\"><a href='{href}'>{shown}</a></p>\n");
    link + &render::paragraphs(&render::texturize(&post.content))
}

/// The sizes that are smaller than the image: name, width and height.
fn sizes(file: &Attached) -> impl Iterator<Item = (&'static str, u32, u32)> {
    let (width, height) = file.pixels.unwrap_or_default();
    SIZES.iter().filter_map(move |(name, most_wide, most_high, cut)| {
        if width <= *most_wide && height <= *most_high {
            return None;
        }
        if *cut {
            return Some((*name, width.min(*most_wide), height.min(*most_high)));
        }
        let factor =
            (f64::from(*most_wide) / f64::from(width)).min(f64::from(*most_high) / f64::from(height));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let scaled = |side: u32| (f64::from(side) * factor).round().max(1.0) as u32;
        Some((*name, scaled(width), scaled(height)))
    })
}

fn details(state: &State, file: &Attached) -> Value {
    let Some((width, height)) = file.pixels else {
        return json!({ "filesize": file.bytes.len(), "sizes": {} });
    };
    let (stem, extension) = file.path.rsplit_once('.').unwrap_or((&file.path, ""));
    let mut all = Map::new();
    for (name, width, height) in sizes(file).filter(|_| file.sub_sizes) {
        let path = format!("{stem}-{width}x{height}.{extension}");
        let size = json!({
            "file": path.rsplit('/').next(),
            "width": width,
            "height": height,
            "filesize": file.bytes.len(),
            "mime_type": file.mime_type,
            "source_url": url(state, &path),
        });
        all.insert(name.to_owned(), size);
    }
    let full = (!all.is_empty()).then(|| {
        json!({
            "file": file.path.rsplit('/').next(),
            "width": width,
            "height": height,
            "mime_type": file.mime_type,
            "source_url": url(state, &file.path),
        })
    });
    all.extend(full.map(|full| ("full".to_owned(), full)));
    let camera = [
        "aperture",
        "credit",
        "camera",
        "caption",
        "created_timestamp",
        "copyright",
        "focal_length",
        "iso",
        "shutter_speed",
        "title",
        "orientation",
        "alt",
    ];
    let number = ["aperture", "created_timestamp", "focal_length", "iso", "shutter_speed", "orientation"];
    let mut image_meta: Map<String, Value> = camera
        .iter()
        .map(|name| ((*name).to_owned(), json!(if number.contains(name) { "0" } else { "" })))
        .collect();
    image_meta.insert("keywords".to_owned(), json!([]));
    json!({
        "width": width,
        "height": height,
        "file": file.path,
        "filesize": file.bytes.len(),
        "sizes": all,
        "image_meta": image_meta,
    })
}
