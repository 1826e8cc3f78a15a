//! Pages, media, comments, patterns, menus and versions against what WordPress 6.5 and 7.1 sent.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wp_core::models::{
    Autosave, Block, BlockPatch, Comment, CommentPatch, CommentStatus, CommentType, ImageEdit, Media,
    MediaPatch, MediaType, Menu, MenuId, MenuItem, MenuItemPatch, MenuItemType, MenuLocation, MenuPatch,
    Navigation, NavigationPatch, NewComment, NewMedia, NewMenu, NewMenuItem, NewPage, NoteStatus, Page,
    PageId, PagePatch, Post, PostStatus, Revision, SizeNames, SubSize, SyncStatus,
};
use wp_core::{Edit, Query, View, php};

use crate::models::assert_written;

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "case")]
    name: String,
    model: String,
    body: Value,
}

fn cases() -> impl Iterator<Item = Case> {
    let lines = include_str!("../fixtures/content.jsonl").lines();
    lines.map(|line| serde_json::from_str::<Case>(line).expect(line))
}

fn case<T: DeserializeOwned>(name: &str) -> T {
    let case = cases().find(|case| case.name == name).unwrap_or_else(|| panic!("{name}"));
    php::from_str(&case.body.to_string()).unwrap()
}

/// Reads an item without any coercion, and writes it as it was.
fn check<T>(case: &Case)
where
    T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug,
{
    let body = bytes::Bytes::from(case.body.to_string());
    let json = wp_core::response::read(http::StatusCode::OK, &http::HeaderMap::new(), &body).unwrap();
    let decoded = json.decode_reported::<T>().unwrap_or_else(|error| panic!("{}: {error}", case.name));
    assert!(decoded.coercions.is_empty(), "{}: {:?}", case.name, decoded.coercions);
    let mut read = case.body.clone();
    if case.model.ends_with("View>") {
        // Some resources have the raw form outside of the context `edit` too.
        read.as_object_mut().unwrap().values_mut().filter_map(Value::as_object_mut).for_each(|text| {
            if text.contains_key("rendered") {
                text.retain(|name, _| name != "raw" && name != "block_version");
            }
        });
    }
    let written = serde_json::to_value(&decoded.value).unwrap();
    assert_written(&written, &read, &case.name);
    assert_eq!(php::from_str::<T>(&written.to_string()).unwrap(), decoded.value, "{}", case.name);
}

#[test]
fn recorded_items_are_read_as_they_are_and_written_as_they_were() {
    macro_rules! models {
        ($case:ident: $($model:ty),* $(,)?) => {
            match $case.model.as_str() {
                $(name if name == stringify!($model) => check::<$model>(&$case),)*
                other => panic!("{other}"),
            }
        };
    }
    let mut read = 0;
    for case in cases() {
        read += 1;
        models! {
            case: Page<View>, Page<Edit>, Media<View>, Media<Edit>, SubSize, Comment<View>, Comment<Edit>, Block<View>,
            Block<Edit>, Navigation<View>, Navigation<Edit>, MenuItem<View>, MenuItem<Edit>, Menu, MenuLocation,
            Revision<Post, View>, Revision<Post, Edit>, Revision<Block, View>, Revision<Navigation, View>,
            Autosave<Post, View>, Autosave<Post, Edit>, Autosave<Block, Edit>, Autosave<MenuItem, View>,
            Autosave<MenuItem, Edit>, Autosave<Page, View>,
        }
    }
    assert!(read > 40, "the fixture is not whole: {read}");
}

#[test]
fn recorded_items_have_their_values() {
    let image: Media<Edit> = case("media-one-edit");
    assert_eq!((image.media_type, image.media_details.width), (Some(MediaType::Image), Some(400)));
    assert_eq!(image.media_details.sizes["medium"].height, 225);
    assert_eq!((image.post.map(wp_core::Id::get), image.status), (Some(8), PostStatus::Inherit));
    assert_eq!(
        (image.caption.raw.as_str(), image.exif_orientation, image.image_quality.unwrap().default),
        ("C", Some(1), 82)
    );
    let edited: Media = case("media-edit");
    let parent = edited.media_details.parent_image.unwrap();
    assert_eq!((parent.id().map(wp_core::Id::get), &*parent.file), (Some(292), "2024/01/pic.png"));
    let text: Media = case("media-txt-one-view");
    assert_eq!((text.media_type, text.media_details.width, text.post), (Some(MediaType::File), None, None));
    assert_eq!(case::<Media>("media-nometa").media_details, wp_core::models::MediaDetails::default());
    assert_eq!(case::<SubSize>("https-sideload-medium").image_size, SizeNames::One("medium".to_owned()));

    let note: Comment<Edit> = case("notes-resolve");
    assert_eq!((&note.kind, note.note_status()), (&CommentType::Note, Some(NoteStatus::Resolved)));
    let comment: Comment<Edit> = case("comments-one-edit");
    assert_eq!((&comment.status, comment.note_status()), (&CommentStatus::Approved, None));
    assert_eq!((comment.content.raw.as_str(), comment.author_ip.as_deref()), ("changed", Some("127.0.0.1")));
    assert_eq!(case::<Comment<Edit>>("comment-trash").status, CommentStatus::Trash);

    let pattern: Block = case("blocks-list-view");
    assert!(
        pattern.content.raw.starts_with("<!-- wp:paragraph -->") && pattern.excerpt.rendered == "<p>n2</p>\n"
    );
    assert_eq!(pattern.sync_status, Some(SyncStatus::Synced));
    assert_eq!(case::<Block<Edit>>("blocks-synced").sync_status, Some(SyncStatus::Unsynced));
    assert_eq!(&*case::<Block>("blocks-one-embed").title.raw, "");

    let item: MenuItem<Edit> = case("menu-items-post");
    assert_eq!((item.kind, item.object_id.map(wp_core::Id::get)), (Some(MenuItemType::PostType), Some(8)));
    assert_eq!((item.menus.map(wp_core::Id::get), item.classes == [""]), (Some(54), true));
    assert_eq!(case::<MenuItem<Edit>>("menu-items-nomenu").menus, None);
    assert!(case::<MenuItem<Edit>>("menu-items-badobject").invalid);
    assert_eq!(case::<Menu>("menus-one-view").locations, ["primary"]);
    let places = [case::<MenuLocation>("menu-locations-one-embed"), case("menu-locations-list-view")];
    assert_eq!(places.map(|place| place.menu.map(wp_core::Id::get)), [Some(54), None]);

    let revision: Revision<Post, Edit> = case("revisions-one-edit");
    assert_eq!((revision.parent.map(wp_core::Id::get), revision.content.raw.as_str()), (Some(285), "three"));
    assert!(case::<Autosave<Post, Edit>>("autosaves-create").preview_link.unwrap().contains("preview"));
    assert_eq!(&*case::<Autosave<Block, Edit>>("blocks-autosave").title.raw, "a");
}

/// What is written is what WordPress reads: ids as numbers, 0 for none, a text for a text.
#[test]
fn what_is_written_is_what_wordpress_reads() {
    fn json(value: impl Serialize) -> Value {
        serde_json::to_value(value).unwrap()
    }
    let page = PageId::new(7).unwrap();
    assert_eq!(
        json(NewPage::titled("T").parent(page).menu_order(2).meta("footnotes", "")),
        json!({"title": "T", "parent": 7, "menu_order": 2, "meta": {"footnotes": ""}})
    );
    assert_eq!(
        json(PagePatch::default().parent(None).featured_media(None)),
        json!({"parent": 0, "featured_media": 0})
    );
    assert_eq!(
        json(NewMedia::from_url("https://example.org/a.png").post(page).generate_sub_sizes(false)),
        json!({"url": "https://example.org/a.png", "post": 7, "generate_sub_sizes": false})
    );
    assert_eq!(json(MediaPatch::default().post(None).date(None)), json!({"post": 0, "date": null}));
    assert_eq!(
        json(ImageEdit::of("u").rotate(90.0).crop(1.0, 2.0, 3.0, 4.0).flip_horizontally().alt_text("a")),
        json!({"src": "u", "alt_text": "a", "modifiers": [
            {"type": "rotate", "args": {"angle": 90.0}},
            {"type": "crop", "args": {"left": 1.0, "top": 2.0, "width": 3.0, "height": 4.0}},
            {"type": "flip", "args": {"flip": {"horizontal": true, "vertical": false}}},
        ]})
    );
    assert_eq!(
        json(NewComment::note(page, "").parent(wp_core::Id::new(3)).note_status(NoteStatus::Resolved)),
        json!({"post": 7, "content": "", "parent": 3, "type": "note", "meta": {"_wp_note_status": "resolved"}})
    );
    assert_eq!(
        json(CommentPatch::default().parent(None).status(CommentStatus::Untrash)),
        json!({"parent": 0, "status": "untrash"})
    );
    assert_eq!(
        json(BlockPatch::default().wp_pattern_category([]).password("")),
        json!({"wp_pattern_category": [], "password": ""})
    );
    assert_eq!(json(NavigationPatch::default().content("x")), json!({"content": "x"}));
    assert_eq!(json(NewMenu::named("M").locations([])), json!({"name": "M", "locations": []}));
    assert_eq!(json(MenuPatch::default().auto_add(true)), json!({"auto_add": true}));
    assert_eq!(
        json(NewMenuItem::to_url("x", "https://example.org").menus(MenuId::new(5).unwrap())),
        json!({"title": "x", "url": "https://example.org", "menus": 5})
    );
    assert_eq!(
        json(
            MenuItemPatch::default()
                .menus(MenuId::new(6).unwrap())
                .parent(None)
                .classes(["a", "b"].iter().collect::<wp_core::models::StringList>())
        ),
        json!({"menus": 6, "parent": 0, "classes": ["a", "b"]})
    );
    let mut query = Query::new();
    query.extend(NewMedia::default().title("T").date(None).featured_media(None).meta("a", 1)).unwrap();
    assert_eq!(query.iter().collect::<Vec<_>>(), [("title", "T"), ("featured_media", "0"), ("meta[a]", "1")]);
}

#[test]
fn a_field_is_written_once_with_the_value_that_was_set_last() {
    use wp_core::models::{NewPost, PostPatch};

    let text = |value: PostPatch| serde_json::to_string(&value).unwrap();
    assert_eq!(text(PostPatch::default().title("A").field("title", "B")), r#"{"title":"B"}"#);
    assert_eq!(text(PostPatch::default().field("title", "B").title("A")), r#"{"title":"A"}"#);
    let merged =
        PostPatch::default().meta("isbn", "1").meta("pages", 2).field("meta", json!({"isbn": "9", "x": 3}));
    assert_eq!(text(merged), r#"{"meta":{"isbn":"9","pages":2,"x":3}}"#);
    let merged = PostPatch::default().field("meta", json!({"isbn": "9"})).meta("isbn", "1");
    assert_eq!(text(merged), r#"{"meta":{"isbn":"1"}}"#);
    assert_eq!(text(PostPatch::default().meta("isbn", "1").field("meta", json!(null))), r#"{"meta":null}"#);
    assert_eq!(text(PostPatch::default().field("meta", json!(null)).meta("a", 1)), r#"{"meta":{"a":1}}"#);
    assert_eq!(NewPost::titled("A").field("title", "B"), NewPost::default().field("title", "B"));
    // The name in JSON counts.
    let item = MenuItemPatch::default().kind("custom").field("type", "post_type");
    assert_eq!(serde_json::to_string(&item).unwrap(), r#"{"type":"post_type"}"#);
}
