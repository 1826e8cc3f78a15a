//! Media.

use wp_client::models::{ImageEdit, Media, MediaId, MediaPatch, MediaType, NewMedia, NewPage, PostStatus};
use wp_client::{Body, MediaFile, Page, UploadRefusalKind};

use crate::png::png;
use crate::refusal::{assert_refused, assert_refuses};
use crate::site::{Fault, Site};

/// Of the versions at hand, those that know it have this route too.
const SINCE_7_1: &str = "/wp/v2/view-config";

fn ids(page: Page<Media>) -> Vec<MediaId> {
    page.iter().map(|media| media.id).collect()
}

fn text(name: &str, text: &'static str) -> MediaFile {
    MediaFile::new(name, "text/plain", text)
}

pub(crate) async fn media_life_cycle(site: Site) {
    let wp = site.admin();
    let page = wp.pages().create(NewPage::titled("Gallery").status(PostStatus::Publish)).await.unwrap();
    let new = NewMedia::default()
        .title("Dune & sand")
        .alt_text("A \"dune\" & sand")
        .caption("<em>Caption</em>")
        .description("Description")
        .slug("behaviour-dune")
        .post(page.id);
    let image = wp
        .media()
        .upload(MediaFile::new("behaviour dune.png", "image/png", png(400, 300)), new)
        .await
        .unwrap();
    assert_eq!((image.title.raw.as_str(), image.alt_text.as_str()), ("Dune & sand", "A \"dune\" & sand"));
    assert_eq!(
        (image.caption.raw.as_str(), image.description.raw.as_str()),
        ("<em>Caption</em>", "Description")
    );
    assert_eq!(
        (image.post, image.media_type.clone(), image.mime_type.as_str()),
        (Some(page.id.into()), Some(MediaType::Image), "image/png")
    );
    assert!(image.source_url.contains("behaviour-dune") && image.slug == "behaviour-dune");
    assert_eq!((image.media_details.width, image.media_details.height), (Some(400), Some(300)));
    let thumbnail = &image.media_details.sizes["thumbnail"];
    assert_eq!((thumbnail.width, thumbnail.height), (150, 150));

    let seen = wp.media().get(image.id).strict().await.unwrap();
    assert_eq!((seen.title.rendered.as_str(), &seen.missing_image_sizes), ("Dune &#038; sand", &Vec::new()));
    let edited = wp.media().get(image.id).edit().strict().await.unwrap();
    assert!(edited.permalink_template.is_some());
    let embedded = wp.media().get(image.id).query("context", "embed").strict().await.unwrap();
    assert_eq!((embedded.alt_text, embedded.post), (seen.alt_text, None));

    let content = "A text\nof two lines\n";
    let body = Body::stream(Body::from(content), content.len() as u64);
    let file = MediaFile::new("a;b\"c dün.txt", "text/plain", body);
    let note = wp.media().upload(file, NewMedia::default().title("Note")).await.unwrap();
    assert!(note.source_url.contains("/abc-d") && note.source_url.contains(".txt"), "{}", note.source_url);
    assert_eq!(
        (note.media_type.clone(), note.post, note.media_details.filesize),
        (Some(MediaType::File), None, Some(20))
    );
    let new = NewMedia::default().title("Form").description("long ".repeat(4000));
    let form = wp.media().upload_form(text("form.txt", "in a form"), new).await.unwrap();
    assert_eq!((form.title.raw.as_str(), form.description.raw.len()), ("Form", 20_000));

    let list = || wp.media().list().per_page(100);
    let all = ids(list().await.unwrap());
    assert!([image.id, note.id, form.id].iter().all(|id| all.contains(id)));
    let images = list().media_type(MediaType::Image).await.unwrap();
    assert!(images.iter().all(|media| media.mime_type.starts_with("image/")));
    assert!(ids(images).contains(&image.id));
    assert_eq!(ids(list().mime_type("text/plain").await.unwrap()), [form.id, note.id]);
    assert_eq!(ids(list().parent([page.id]).await.unwrap()), [image.id]);
    assert!(!ids(list().parent_exclude([page.id]).await.unwrap()).contains(&image.id));
    let unattached = ids(list().unattached().await.unwrap());
    assert!(unattached.contains(&note.id) && !unattached.contains(&image.id));
    assert_eq!(ids(list().search("Dune").await.unwrap()), [image.id]);
    assert_eq!(ids(list().slug("behaviour-dune").await.unwrap()), [image.id]);
    assert!(ids(list().status(PostStatus::Inherit).await.unwrap()).contains(&note.id));
    let both = list().media_types([MediaType::Text, MediaType::Image]).await;
    if site.has_route(SINCE_7_1) {
        let both = ids(both.unwrap());
        assert!(both.contains(&image.id) && both.contains(&note.id));
        let some = list().mime_types(["text/plain".to_owned(), "text/csv".to_owned()]).await.unwrap();
        assert_eq!(ids(some), [form.id, note.id]);
    } else {
        assert_refused(both, 400, "rest_invalid_param");
    }

    let patch = MediaPatch::default().alt_text("Changed").caption("").post(None);
    let changed = wp.media().update(image.id, patch).await.unwrap();
    assert_eq!(
        (changed.alt_text.as_str(), changed.caption.raw.as_str(), changed.post),
        ("Changed", "", None)
    );
    assert_eq!(changed.title.raw, "Dune & sand");

    for id in [image.id, note.id, form.id] {
        assert_eq!(wp.media().delete(id).await.unwrap().previous.id, id);
        assert_eq!(wp.media().get_opt(id).await.unwrap(), None);
    }
    wp.pages().delete(page.id).await.unwrap();
}

pub(crate) async fn media_refusals(site: Site) {
    let wp = site.admin();
    let file = wp.media().upload(text("refusals.txt", "text"), NewMedia::default()).await.unwrap();
    let program = MediaFile::new("program.exe", "application/octet-stream", "MZ\0\0");
    let error = wp.media().upload(program, NewMedia::default()).await.unwrap_err();
    assert_eq!(error.upload_refusal().unwrap().kind, UploadRefusalKind::Type);
    assert!(wp.media().upload(text(";", "x"), NewMedia::default()).await.unwrap_err().status().is_none());
    // An image of the site itself, since the address is looked at before the right.
    let image =
        wp.media().list().media_type(MediaType::Image).per_page(1).await.unwrap()[0].source_url.clone();
    let edit = || ImageEdit::of(&file.source_url).rotate(90.0);
    assert_refused(wp.media().edit_image(file.id, edit()).await, 404, "rest_unknown_attachment");

    let (subscriber, anonymous) = (site.someone(&site.subscriber), site.anonymous());
    let both = [&subscriber, &anonymous];
    let upload = |wp: &wp_client::Client| wp.media().upload(text("x.txt", "x"), NewMedia::default());
    assert_refuses(both.map(upload), "rest_cannot_create").await;
    assert_refuses(both.map(|wp| wp.media().create(NewMedia::from_url(&image))), "rest_cannot_create").await;
    assert_refuses(
        both.map(|wp| wp.media().update(file.id, MediaPatch::default().title("x"))),
        "rest_cannot_edit",
    )
    .await;
    assert_refuses(both.map(|wp| wp.media().delete(file.id)), "rest_cannot_delete").await;
    assert_refuses(both.map(|wp| wp.media().create_sub_sizes(file.id)), "rest_cannot_edit").await;
    assert_refuses(both.map(|wp| wp.media().get(file.id).edit()), "rest_forbidden_context").await;
    for (wp, status) in [(&subscriber, 403), (&anonymous, 401)] {
        assert_refused(wp.media().edit_image(file.id, edit()).await, status, "rest_cannot_edit_image");
    }
    wp.media().delete(file.id).await.unwrap();
}

pub(crate) async fn image_edit_and_sub_sizes(site: Site) {
    let wp = site.admin();
    let is_7_1 = site.has_route(SINCE_7_1);
    let new = NewMedia::default().title("Landscape").generate_sub_sizes(false).convert_format(false);
    let image =
        wp.media().upload(MediaFile::new("landscape.png", "image/png", png(400, 300)), new).await.unwrap();
    assert_eq!(image.media_details.sizes.contains_key("thumbnail"), !is_7_1);
    assert_eq!(image.missing_image_sizes.contains(&"thumbnail".to_owned()), is_7_1);
    let whole = wp.media().create_sub_sizes(image.id).await.unwrap();
    assert_eq!((whole.media_details.sizes["medium"].width, whole.missing_image_sizes.len()), (300, 0));

    let edit = ImageEdit::of(&image.source_url).rotate(90.0).crop(0.0, 0.0, 50.0, 100.0).title("Portrait");
    let edited = wp.media().edit_image(image.id, edit).strict().await.unwrap();
    assert_ne!(edited.id, image.id);
    assert_eq!((edited.media_details.width, edited.media_details.height), (Some(150), Some(400)));
    assert_eq!(edited.media_details.parent_image.as_ref().unwrap().id(), Some(image.id));
    if is_7_1 {
        assert_eq!(edited.title.rendered, "Portrait");
    }
    let flip = wp.media().edit_image(image.id, ImageEdit::of(&image.source_url).flip_vertically()).await;
    if is_7_1 {
        wp.media().delete(flip.unwrap().id).await.unwrap();
    } else {
        assert_refused(flip, 400, "rest_invalid_param");
    }
    let other = ImageEdit::of("https://example.org/other.png").rotate(90.0);
    assert_refused(wp.media().edit_image(image.id, other).await, 404, "rest_unknown_attachment");

    let fetched = wp.media().create(NewMedia::from_url(&image.source_url).alt_text("Fetched")).await;
    if is_7_1 {
        let fetched = fetched.unwrap();
        assert_eq!((fetched.alt_text.as_str(), fetched.media_details.width), ("", Some(400)));
        wp.media().delete(fetched.id).await.unwrap();
        let bad = wp.media().create(NewMedia::from_url("ftp://example.org/x.png")).await;
        assert_refused(bad, 400, "rest_invalid_param");
    } else {
        assert_refused(fetched, 400, "rest_upload_no_content_disposition");
    }
    for id in [edited.id, image.id] {
        wp.media().delete(id).await.unwrap();
    }
}

/// WordPress has these routes for `localhost`, as over https.
pub(crate) async fn sub_sizes_of_the_program(site: Site) {
    let wp = site.admin_at_localhost();
    let new = NewMedia::default().generate_sub_sizes(false).convert_format(false);
    let image =
        wp.media().upload(MediaFile::new("sizes.png", "image/png", png(400, 300)), new).await.unwrap();
    let small = || MediaFile::new("sizes-150x150.png", "image/png", png(150, 150));
    if site.has_route(SINCE_7_1) {
        let size = wp.media().sideload(image.id, ["thumbnail"], small()).await.unwrap();
        assert_eq!((size.width, size.mime_type.as_deref()), (Some(150), Some("image/png")));
        let before = wp.media().get(image.id).await.unwrap();
        assert!(!before.media_details.sizes.contains_key("thumbnail"));
        let whole = wp.media().finalize(image.id, [size]).await.unwrap();
        assert_eq!(whole.media_details.sizes["thumbnail"].width, 150);
        let large = MediaFile::new("sizes-400x300.png", "image/png", png(400, 300));
        let large = wp.media().sideload(image.id, ["thumbnail"], large).await;
        assert_refused(large, 400, "rest_upload_dimension_mismatch");
        let (subscriber, anonymous) = (site.someone(&site.subscriber), site.anonymous());
        for wp in [subscriber, anonymous] {
            // Not by that name, so the routes are not there.
            assert_refused(wp.media().sideload(image.id, ["thumbnail"], small()).await, 404, "rest_no_route");
            assert_refused(wp.media().finalize(image.id, []).await, 404, "rest_no_route");
        }
    } else {
        assert_refused(wp.media().sideload(image.id, ["thumbnail"], small()).await, 404, "rest_no_route");
        assert_refused(wp.media().finalize(image.id, []).await, 404, "rest_no_route");
    }
    wp.media().delete(image.id).await.unwrap();
}

/// WordPress stores the image, and fails before it has made the sizes.
pub(crate) async fn an_image_without_its_sizes_is_finished(site: Site) {
    let wp = site.suffering(Fault::Sizes);
    let upload = || {
        let file = MediaFile::new("behaviour sizes.png", "image/png", png(400, 300));
        wp.media().upload(file, NewMedia::default().alt_text("A dune"))
    };
    let whole = upload().await.unwrap();
    assert_eq!((whole.alt_text.as_str(), &whole.missing_image_sizes), ("A dune", &Vec::new()));
    assert_eq!(whole.media_details.sizes["medium"].width, 300);
    wp.media().delete(whole.id).await.unwrap();

    let error = upload().finish_attempts(0).await.unwrap_err();
    let id = error.attachment_id().and_then(MediaId::new).unwrap();
    assert!(error.may_have_happened() && error.status().unwrap().is_server_error(), "{error:#}");
    assert!(!wp.media().get(id).edit().await.unwrap().missing_image_sizes.is_empty());
    wp.media().delete(id).await.unwrap();

    let newest = || async { wp.media().list().per_page(1).await.unwrap().first().map(|media| media.id) };
    let before = newest().await;
    let error = upload().finish_attempts(0).delete_unfinished().await.unwrap_err();
    assert!(error.attachment_id().is_none() && !error.may_have_happened(), "{error:#}");
    assert_eq!(newest().await, before);
}

/// What WordPress makes of a name, sent as the whole body and in a form.
pub(crate) async fn names_and_checksums_of_uploads(site: Site) {
    const SUM: &str = "5d41402abc4b2a76b9719d911017c592";
    let wp = site.admin();
    let media = wp.media();
    let long = format!("{}.txt", "long name ".repeat(30));
    for (name, stored) in [
        ("behaviour (1).txt", "behaviour-1.txt"),
        ("behaviour;b\"c'd.txt", "behaviourbcd.txt"),
        ("photos/2026/behaviour.txt", "behaviour.txt"),
        ("C:\\photos\\behaviour.txt", "behaviour.txt"),
        ("behaviour 50% off & more #1 = a+b.txt", "behaviour-50-off-more-1-ab.txt"),
        ("behaviour\r\nX-Evil: 1\tb\0c.txt", "behaviour-X-Evil-1-bc.txt"),
        ("behaviour filename=x, y.txt", "behaviour-filenamex-y.txt"),
        ("文書.txt", "文書.txt"),
        (&long, ""),
    ] {
        let mut both = Vec::new();
        for is_form in [false, true] {
            let file = text(name, "hello").md5(SUM.to_uppercase());
            let new = NewMedia::default();
            let item = if is_form { media.upload_form(file, new) } else { media.upload(file, new) };
            let item = item.await.unwrap_or_else(|error| panic!("{name:?} {is_form}: {error:#}"));
            let path = item.source_url.clone();
            both.push(path.rsplit('/').next().unwrap().to_owned());
            media.delete(item.id).await.unwrap();
        }
        assert_eq!(both[0], both[1], "{name:?}");
        assert!(stored.is_empty() || both[0] == stored, "{name:?}: {both:?}");
        assert!(both[0].strip_suffix(".txt").is_some_and(|stem| stem.len() <= 156), "{both:?}");
    }
    let damaged = text("behaviour.txt", "hallo").md5(SUM);
    assert_refused(media.upload(damaged, NewMedia::default()).await, 412, "rest_upload_hash_mismatch");
    let damaged = text("behaviour.txt", "hallo").md5(SUM);
    assert_refused(media.upload_form(damaged, NewMedia::default()).await, 412, "rest_upload_hash_mismatch");
}

pub(crate) async fn an_upload_is_made_once(site: Site) {
    let wp = site.admin();
    // WordPress scales the second image down, and keeps its original.
    for (name, content) in [("my behaviour (1).png", png(60, 40)), ("behaviour large.png", png(2600, 8))] {
        let once = |content: Vec<u8>, new: NewMedia| {
            wp.media().upload(MediaFile::new(name, "image/png", content), new.alt_text("Once")).once()
        };
        let first = once(content.clone(), NewMedia::default()).await.unwrap();
        assert!(!first.is_found(), "{name}");
        let again = once(content.clone(), NewMedia::default().title("Another")).await.unwrap();
        assert!(again.is_found() && again.media().id == first.media().id, "{name}");
        assert_eq!(again.media().alt_text, "Once");
        // The last byte belongs to a checksum that is not read.
        let mut other = content.clone();
        *other.last_mut().unwrap() ^= 1;
        let other = once(other, NewMedia::default().slug("behaviour-once")).await.unwrap();
        assert!(!other.is_found() && other.media().slug == "behaviour-once");
        let by_slug = once(content, NewMedia::default().slug("behaviour-once")).await.unwrap();
        assert!(by_slug.is_found() && by_slug.media().id == other.media().id);
        for id in [first.media().id, other.media().id] {
            wp.media().delete(id).await.unwrap();
        }
    }
}

pub(crate) async fn downloads(site: Site) {
    let wp = site.admin();
    let content = png(400, 300);
    let image = wp
        .media()
        .upload(MediaFile::new("behaviour down.png", "image/png", content.clone()), NewMedia::default())
        .await
        .unwrap();
    assert_eq!(wp.media().download(&image).bytes(1 << 20).await.unwrap(), content);
    let mut chunks = wp.media().download(&image).chunks();
    let mut all = Vec::new();
    while let Some(chunk) = chunks.try_next().await.unwrap() {
        all.extend_from_slice(&chunk);
    }
    assert!(all == content && chunks.point().bytes == content.len() as u64);
    let unknown = wp.media().download_size(&image, "giant").bytes(9).await.unwrap_err();
    assert!(unknown.to_string().contains("no such size"), "{unknown}");
    if site.is_real() {
        let small = wp.media().download_size(&image, "thumbnail").bytes(1 << 20).await.unwrap();
        assert!(small.starts_with(b"\x89PNG") && small.len() < content.len());
    }
    wp.media().delete(image.id).await.unwrap();
    let gone = wp.media().download(&image).bytes(1 << 20).await.unwrap_err();
    assert_eq!(gone.status().unwrap(), 404, "{gone:#}");
}

/// The featured image and the comments of a post, in one response with it.
pub(crate) async fn featured_media_and_replies_are_embedded(site: Site) {
    use wp_client::models::{NewComment, NewPost};

    let wp = site.admin();
    let image = wp
        .media()
        .upload(MediaFile::new("featured.png", "image/png", png(20, 10)), NewMedia::default().alt_text("F"));
    let image = image.await.unwrap();
    let new = NewPost::titled("With image").status(PostStatus::Publish).featured_media(image.id);
    let post = wp.posts().create(new).await.unwrap();
    let comment = wp.comments().create(NewComment::on(post.id, "Embedded")).await.unwrap();
    let read = wp.posts().get(post.id).embed().await.unwrap();
    let featured = read.extra.featured_media().unwrap().unwrap();
    assert_eq!((featured.id, featured.alt_text.as_str()), (image.id, "F"));
    assert_eq!(featured.media_details.width, Some(20));
    let replies: Vec<_> = read.extra.replies().into_iter().map(|reply| reply.unwrap().id).collect();
    assert_eq!(replies, [comment.id]);
    wp.media().delete(image.id).await.unwrap();
    assert_eq!(wp.posts().get(post.id).embed().await.unwrap().extra.featured_media(), Ok(None));
    wp.posts().delete(post.id).await.unwrap();
}
