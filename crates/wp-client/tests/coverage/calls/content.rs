//! Posts, pages, media, comments, patterns and menus.

use wp_client::models::{
    AnyPostId, BlockId, BlockPatch, CategoryId, CommentId, CommentPatch, CommentStatus, CommentType, Format,
    ImageEdit, LinkTarget, MediaId, MediaPatch, MediaType, MenuId, MenuItemId, MenuItemPatch, MenuItemType,
    MenuPatch, NavigationId, NavigationPatch, NewBlock, NewComment, NewMedia, NewMenu, NewMenuItem,
    NewNavigation, NewPage, NewPost, OpenStatus, PageId, PagePatch, PatternCategory, PostId, PostPatch,
    PostStatus, StringList, TagId, UserId,
};
use wp_client::{Client, GmtTime, Id, List, Listed, MediaFile, SiteTime, filters};

use super::{Call, calls, paged};

fn time(text: &str) -> SiteTime {
    text.parse().unwrap()
}

fn date() -> SiteTime {
    time("2026-01-01T00:00:00")
}

fn date_gmt() -> GmtTime {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn author() -> UserId {
    UserId::new(1).unwrap()
}

fn any_post() -> AnyPostId {
    AnyPostId::new(8).unwrap()
}

/// The parameters of all post types.
fn filtered<R: Listed, T>(list: List<R, T, filters::Posts>) -> List<R, T, filters::Posts> {
    list.status(PostStatus::Draft)
        .author([author()])
        .author_exclude([author()])
        .slug("slug")
        .after(time("2026-01-01T00:00:00"))
        .before(time("2026-01-02T00:00:00"))
        .modified_after(time("2026-01-03T00:00:00"))
        .modified_before(time("2026-01-04T00:00:00"))
        .search_columns(["post_title"])
        .search_semantics("exact")
        .excerpt_length(9)
}

pub(crate) fn calls(wp: &Client) -> Vec<Call> {
    [posts(wp), pages(wp), media(wp), comments(wp), patterns(wp), menus(wp)].into_iter().flatten().collect()
}

fn posts(wp: &Client) -> Vec<Call> {
    let (posts, id) = (wp.posts(), PostId::new(7).unwrap());
    let (categories, tags) = ([CategoryId::new(3).unwrap()], [TagId::new(4).unwrap()]);
    let patch = || {
        PostPatch::default()
            .title("title")
            .content("content")
            .excerpt("excerpt")
            .status(PostStatus::Draft)
            .slug("slug")
            .date(None)
            .date_gmt(None)
            .author(author())
            .featured_media(None)
            .comment_status(OpenStatus::Open)
            .ping_status(OpenStatus::Open)
            .sticky(true)
            .template("wide")
            .format(Format::Aside)
            .categories(categories)
            .tags([])
            .password("")
            .meta("key", 1)
    };
    let versions = (posts.revisions(id), posts.autosaves(id));
    calls! {
        posts.list();
        posts.list().edit();
        posts.list().statuses([PostStatus::Draft]);
        posts.list().slugs(["slug"]);
        paged(filtered(posts.list()), id).offset(5);
        posts.list().categories(categories).categories_exclude(categories).tags(tags).tags_exclude(tags)
            .tax_relation("OR").sticky(true).ignore_sticky(false).format([Format::Aside]);
        posts.get(id);
        posts.get(id).password("password").excerpt_length(9).edit();
        posts.create(
            NewPost::titled("title").content("content").excerpt("excerpt").status(PostStatus::Draft).slug("slug")
                .date(date()).date_gmt(date_gmt()).author(author()).featured_media(MediaId::new(5).unwrap())
                .comment_status(OpenStatus::Open).ping_status(OpenStatus::Open).sticky(true).template("wide")
                .format(Format::Aside).categories(categories).tags(tags).password("password").meta("key", 1)
        );
        posts.update(id, patch());
        posts.delete(id);
        posts.trash(id);
        paged(versions.0.list(), Id::new(9).unwrap()).offset(5).edit();
        versions.0.get(Id::new(9).unwrap()).edit();
        versions.0.delete(Id::new(9).unwrap());
        versions.1.list().edit();
        versions.1.get(Id::new(9).unwrap()).edit();
        posts.autosave(id, patch());
    }
}

fn pages(wp: &Client) -> Vec<Call> {
    let (pages, id) = (wp.pages(), PageId::new(7).unwrap());
    let patch = || {
        PagePatch::default()
            .title("title")
            .content("content")
            .excerpt("excerpt")
            .status(PostStatus::Draft)
            .slug("slug")
            .date(None)
            .date_gmt(None)
            .author(author())
            .featured_media(None)
            .parent(None)
            .menu_order(2)
            .comment_status(OpenStatus::Open)
            .ping_status(OpenStatus::Open)
            .template("wide")
            .password("")
            .meta("key", 1)
    };
    let versions = (pages.revisions(id), pages.autosaves(id));
    calls! {
        paged(filtered(pages.list()), id).offset(5).parent([id]).parent_exclude([id]).menu_order(2).edit();
        pages.list().at_top();
        pages.get(id).password("password").excerpt_length(9).edit();
        pages.create(
            NewPage::titled("title").content("content").excerpt("excerpt").status(PostStatus::Draft).slug("slug")
                .date(date()).date_gmt(date_gmt()).author(author()).featured_media(MediaId::new(5).unwrap())
                .parent(id).menu_order(2).comment_status(OpenStatus::Open).ping_status(OpenStatus::Open)
                .template("wide").password("password").meta("key", 1)
        );
        pages.update(id, patch());
        pages.delete(id);
        pages.trash(id);
        paged(versions.0.list(), Id::new(9).unwrap()).offset(5).edit();
        versions.0.get(Id::new(9).unwrap()).edit();
        versions.0.delete(Id::new(9).unwrap());
        versions.1.list().edit();
        versions.1.get(Id::new(9).unwrap()).edit();
        pages.autosave(id, patch());
    }
}

fn media(wp: &Client) -> Vec<Call> {
    let (media, id) = (wp.media(), MediaId::new(7).unwrap());
    let file = || MediaFile::new("dune.png", "image/png", "…");
    let new = |new: NewMedia| {
        new.title("title")
            .alt_text("alt")
            .caption("caption")
            .description("description")
            .post(any_post())
            .date(date())
            .date_gmt(date_gmt())
            .slug("slug")
            .status(PostStatus::Inherit)
            .author(author())
            .featured_media(id)
            .comment_status(OpenStatus::Open)
            .ping_status(OpenStatus::Open)
            .template("wide")
            .generate_sub_sizes(false)
            .convert_format(false)
            .meta("key", 1)
    };
    let size = || {
        serde_json::from_str(
            r#"{"image_size":"thumbnail","width":1,"height":1,"file":"a.png","mime_type":"image/png","filesize":1}"#,
        )
    };
    calls! {
        paged(filtered(media.list()), id).offset(5).media_type(MediaType::Image).mime_type("image/png")
            .parent([any_post()]).parent_exclude([any_post()]).edit();
        media.list().media_types([MediaType::Image]).mime_types(["image/png"]).unattached();
        media.get(id).edit();
        media.create(new(NewMedia::from_url("https://example.org/a.png")));
        media.upload(file(), new(NewMedia::default()));
        media.upload_form(file(), new(NewMedia::default()));
        media.update(id,
            MediaPatch::default().title("title").alt_text("alt").caption("caption").description("description")
                .post(None).date(None).date_gmt(None).slug("slug").status(PostStatus::Inherit).author(author())
                .featured_media(None).comment_status(OpenStatus::Open).ping_status(OpenStatus::Open)
                .template("wide").meta("key", 1)
        );
        media.delete(id);
        media.edit_image(id,
            ImageEdit::of("https://example.org/a.png").rotate(90.0).title("title").caption("caption")
                .description("description").alt_text("alt").post(any_post())
        );
        media.create_sub_sizes(id);
        media.sideload(id, ["thumbnail"], file());
        media.finalize(id, [size().unwrap()]);
    }
}

fn comments(wp: &Client) -> Vec<Call> {
    let (comments, id) = (wp.comments(), CommentId::new(7).unwrap());
    calls! {
        paged(comments.list(), id).offset(5).post([any_post()]).kind(CommentType::Comment).author([author()])
            .author_exclude([author()]).author_email("a@b.example").parent([id]).parent_exclude([id])
            .after(time("2026-01-01T00:00:00")).before(time("2026-01-02T00:00:00")).status(CommentStatus::Approved)
            .password("password").edit();
        comments.list().at_top();
        comments.get(id).password("password").edit();
        comments.create(
            NewComment::on(any_post(), "content").parent(id).author(author()).author_name("name")
                .author_email("a@b.example").author_url("https://b.example").author_ip("127.0.0.1")
                .author_user_agent("agent").date(date()).date_gmt(date_gmt()).status(CommentStatus::Hold)
                .kind(CommentType::Comment).meta("key", 1)
        );
        comments.submit(NewComment::on(any_post(), "content"));
        comments.update(id,
            CommentPatch::default().post(any_post()).content("content").parent(None).author(author()).author_name("name")
                .author_email("a@b.example").author_url("https://b.example").author_ip("127.0.0.1")
                .author_user_agent("agent").date(date()).date_gmt(date_gmt()).status(CommentStatus::Hold)
                .meta("key", 1)
        );
        comments.delete(id);
        comments.delete(id).password("password");
        comments.trash(id);
    }
}

fn patterns(wp: &Client) -> Vec<Call> {
    let (blocks, block) = (wp.blocks(), BlockId::new(7).unwrap());
    let (menus, menu) = (wp.navigation(), NavigationId::new(7).unwrap());
    let category = [Id::<PatternCategory>::new(3).unwrap()];
    let block_patch = || {
        BlockPatch::default()
            .title("title")
            .content("content")
            .excerpt("excerpt")
            .status(PostStatus::Draft)
            .slug("slug")
            .date(None)
            .date_gmt(None)
            .template("wide")
            .password("")
            .wp_pattern_category(category)
            .meta("key", 1)
    };
    let menu_patch = || {
        NavigationPatch::default()
            .title("title")
            .content("content")
            .status(PostStatus::Draft)
            .slug("slug")
            .date(None)
            .date_gmt(None)
            .template("wide")
            .password("")
    };
    let of_block = (blocks.revisions(block), blocks.autosaves(block));
    let of_menu = (menus.revisions(menu), menus.autosaves(menu));
    calls! {
        paged(filtered(blocks.list()), block).offset(5).wp_pattern_category(category)
            .wp_pattern_category_exclude(category).tax_relation("OR").edit();
        blocks.get(block).password("password").excerpt_length(9).edit();
        blocks.create(
            NewBlock::titled("title").content("content").excerpt("excerpt").status(PostStatus::Draft).slug("slug")
                .date(date()).date_gmt(date_gmt()).template("wide").password("password")
                .wp_pattern_category(category).meta("key", 1)
        );
        blocks.update(block, block_patch());
        blocks.delete(block);
        blocks.trash(block);
        paged(of_block.0.list(), Id::new(9).unwrap()).offset(5).edit();
        of_block.0.get(Id::new(9).unwrap()).edit();
        of_block.0.delete(Id::new(9).unwrap());
        of_block.1.list().edit();
        of_block.1.get(Id::new(9).unwrap()).edit();
        blocks.autosave(block, block_patch());
        paged(filtered(menus.list()), menu).offset(5).edit();
        menus.get(menu).password("password").edit();
        menus.create(
            NewNavigation::titled("title").content("content").status(PostStatus::Draft).slug("slug").date(date())
                .date_gmt(date_gmt()).template("wide").password("password")
        );
        menus.update(menu, menu_patch());
        menus.delete(menu);
        menus.trash(menu);
        paged(of_menu.0.list(), Id::new(9).unwrap()).offset(5).edit();
        of_menu.0.get(Id::new(9).unwrap()).edit();
        of_menu.0.delete(Id::new(9).unwrap());
        of_menu.1.list().edit();
        of_menu.1.get(Id::new(9).unwrap()).edit();
        menus.autosave(menu, menu_patch());
    }
}

fn menus(wp: &Client) -> Vec<Call> {
    let (menus, menu, items, item) =
        (wp.menus(), MenuId::new(7).unwrap(), wp.menu_items(), MenuItemId::new(7).unwrap());
    let classes = || serde_json::from_str::<StringList>(r#"["a"]"#).unwrap();
    let patch = || {
        MenuItemPatch::default()
            .title("title")
            .status(PostStatus::Draft)
            .url("https://example.org")
            .attr_title("attr")
            .description("description")
            .kind(MenuItemType::Custom)
            .object("page")
            .object_id(any_post())
            .parent(None)
            .menu_order(2)
            .target(LinkTarget::Blank)
            .classes(classes())
            .xfn(classes())
            .menus(menu)
            .meta("key", 1)
    };
    let autosaves = items.autosaves(item);
    calls! {
        paged(menus.list(), menu).offset(5).hide_empty(true).post(any_post()).slug("slug").edit();
        menus.get(menu).edit();
        menus.create(NewMenu::named("name").description("description").slug("slug").locations(["primary".into()])
            .auto_add(true).meta("key", 1));
        menus.update(menu, MenuPatch::default().name("name").description("description").slug("slug")
            .locations(["primary".into()]).auto_add(true).meta("key", 1));
        menus.delete(menu);
        wp.menu_locations().list().edit();
        wp.menu_locations().get("primary").edit();
        paged(filtered(items.list()), item).offset(5).menus([menu]).menus_exclude([menu]).tax_relation("OR")
            .menu_order(2).edit();
        items.get(item).edit();
        items.create(
            NewMenuItem::to_url("title", "https://example.org").status(PostStatus::Draft).attr_title("attr")
                .description("description").kind(MenuItemType::Custom).object("page").object_id(any_post())
                .parent(item).menu_order(2).target(LinkTarget::Blank).classes(classes()).xfn(classes())
                .menus(menu).meta("key", 1)
        );
        items.update(item, patch());
        items.delete(item);
        autosaves.list().edit();
        autosaves.get(Id::new(9).unwrap()).edit();
        items.autosave(item, patch());
    }
}
