//! Settings, search, types, themes, plugins, templates, styles, fonts and abilities.

use serde_json::json;
use wp_client::models::{
    Ability, FontFaceSettings, FontFamilyId, FontFamilyPatch, FontFamilySettings, Format, FrontPage,
    GlobalStylesId, GlobalStylesPatch, NewFontFace, NewFontFamily, NewPlugin, NewTemplate, NewTemplatePart,
    OpenStatus, PluginPatch, PluginStatus, PostStatus, SearchType, SettingsPatch, TemplateArea,
    TemplatePartPatch, TemplatePatch, ThemeJson, ThemeStatus, UserId,
};
use wp_client::{Client, Id};

use super::{Call, calls, paged};

/// An ability that is run by GET, DELETE or POST.
fn ability(annotations: &serde_json::Value) -> Ability {
    serde_json::from_value(json!({"name": "core/x", "meta": {"annotations": annotations}})).unwrap()
}

pub(crate) fn calls(wp: &Client) -> Vec<Call> {
    [settings(wp), templates(wp), styles(wp), abilities(wp)].into_iter().flatten().collect()
}

fn settings(wp: &Client) -> Vec<Call> {
    let patch = SettingsPatch::default()
        .title("title")
        .description("description")
        .url("https://example.org")
        .email("a@b.example")
        .timezone("Europe/Berlin")
        .date_format("Y")
        .time_format("H")
        .start_of_week(1_u8)
        .language("de_DE")
        .use_smilies(true)
        .default_category(Id::new(3).unwrap())
        .default_post_format(Format::Aside)
        .posts_per_page(9_u32)
        .show_on_front(FrontPage::Page)
        .page_on_front(None)
        .page_for_posts(None)
        .default_ping_status(OpenStatus::Open)
        .default_comment_status(OpenStatus::Open)
        .site_logo(None)
        .site_icon(None);
    calls! {
        wp.site_info();
        wp.settings().get();
        wp.settings().update(patch);
        wp.search("words").page(2).per_page(3).of_type(SearchType::Post).subtypes(["page"])
            .include([7.into()]).exclude([8.into()]).edit();
        wp.types().list().edit();
        wp.types().get("post").edit();
        wp.statuses().list().edit();
        wp.statuses().get("publish").edit();
        wp.taxonomies().list().of_type("post").edit();
        wp.taxonomies().get("category").edit();
        wp.themes().list().status(ThemeStatus::Active).edit();
        wp.themes().get("twentytwentyfour").edit();
        wp.plugins().list().containing("words").status(PluginStatus::Active).edit();
        wp.plugins().get("akismet/akismet").edit();
        wp.plugins().create(NewPlugin::from_directory("slug").status(PluginStatus::Active));
        wp.plugins().update("akismet/akismet", PluginPatch::activate());
        wp.plugins().delete("akismet/akismet");
    }
}

fn templates(wp: &Client) -> Vec<Call> {
    let (templates, parts) = (wp.templates(), wp.template_parts());
    let author = UserId::new(1).unwrap();
    let template = || {
        TemplatePatch::default()
            .slug("slug")
            .theme("theme")
            .title("title")
            .content("content")
            .kind("type")
            .description("description")
            .status(PostStatus::Publish)
            .author(author)
    };
    let part = || {
        TemplatePartPatch::default()
            .slug("slug")
            .theme("theme")
            .title("title")
            .content("content")
            .kind("type")
            .description("description")
            .status(PostStatus::Publish)
            .author(author)
            .area(TemplateArea::Header)
    };
    let of_template = (templates.revisions("theme//home"), templates.autosaves("theme//home"));
    let of_part = (parts.revisions("theme//header"), parts.autosaves("theme//header"));
    calls! {
        templates.list().wp_id(Id::new(7).unwrap()).post_type("page").area(TemplateArea::Header).edit();
        templates.get("theme//home").edit();
        templates.lookup("home");
        templates.lookup_custom("home", true, "page".to_owned());
        templates.create(NewTemplate::named("slug").theme("theme").title("title").content("content").kind("type")
            .description("description").status(PostStatus::Publish).author(author));
        templates.update("theme//home", template());
        templates.delete("theme//home");
        templates.trash("theme//home");
        paged(of_template.0.list(), Id::new(9).unwrap()).offset(5).edit();
        of_template.0.get(Id::new(9).unwrap()).edit();
        of_template.0.delete(Id::new(9).unwrap());
        of_template.1.list().edit();
        of_template.1.get(Id::new(9).unwrap()).edit();
        templates.autosave("theme//home", template());
        parts.list().wp_id(Id::new(7).unwrap()).post_type("page").area(TemplateArea::Header).edit();
        parts.get("theme//header").edit();
        parts.lookup("header");
        parts.create(NewTemplatePart::named("slug").theme("theme").title("title").content("content").kind("type")
            .description("description").status(PostStatus::Publish).author(author).area(TemplateArea::Header));
        parts.update("theme//header", part());
        parts.delete("theme//header");
        parts.trash("theme//header");
        paged(of_part.0.list(), Id::new(9).unwrap()).offset(5).edit();
        of_part.0.get(Id::new(9).unwrap()).edit();
        of_part.0.delete(Id::new(9).unwrap());
        of_part.1.list().edit();
        of_part.1.get(Id::new(9).unwrap()).edit();
        parts.autosave("theme//header", part());
    }
}

fn styles(wp: &Client) -> Vec<Call> {
    let (styles, style) = (wp.global_styles(), GlobalStylesId::new(7).unwrap());
    let (families, family, fonts) =
        (wp.font_families(), FontFamilyId::new(7).unwrap(), wp.font_collections());
    let faces = families.faces(family);
    let settings = || FontFamilySettings::new("name", "slug", "family");
    let face = || FontFaceSettings::new("family", "https://example.org/a.woff2");
    let revisions = styles.revisions(style);
    calls! {
        styles.get(style).edit();
        styles.update(style, GlobalStylesPatch::default().title("title").settings(ThemeJson::new())
            .styles(ThemeJson::new()));
        styles.of_theme("theme");
        styles.variations("theme");
        revisions.list().page(2).per_page(3).offset(5).edit();
        revisions.get(Id::new(9).unwrap()).edit();
        paged(families.list(), family).offset(5).slugs(["slug"]).search_semantics("exact").edit();
        families.get(family).edit();
        families.create(NewFontFamily::with(settings()).theme_json_version(3_u32));
        families.update(family, FontFamilyPatch::default().theme_json_version(3_u32).font_family_settings(settings()));
        families.delete(family);
        paged(faces.list(), Id::new(9).unwrap()).offset(5).search_semantics("exact").edit();
        faces.get(Id::new(9).unwrap()).edit();
        faces.create(NewFontFace::with(face()).theme_json_version(3_u32));
        faces.upload(face(), "a.woff2", "font/woff2", "…");
        faces.delete(Id::new(9).unwrap());
        fonts.list().page(2).per_page(3).edit();
        fonts.get("google-fonts").edit();
    }
}

fn abilities(wp: &Client) -> Vec<Call> {
    let (abilities, categories) = (wp.abilities(), wp.ability_categories());
    let [get, post, delete] = [
        ability(&json!({"readonly": true})),
        ability(&json!({})),
        ability(&json!({"destructive": true, "idempotent": true})),
    ];
    calls! {
        abilities.list().page(2).per_page(3).category("site").namespace("core").readonly(true).edit();
        abilities.get("core/x").edit();
        abilities.run::<serde_json::Value>(&get, json!({"a": 1}));
        abilities.run::<serde_json::Value>(&post, json!({"a": 1}));
        abilities.run::<serde_json::Value>(&delete, json!({"a": 1}));
        categories.list().page(2).per_page(3).edit();
        categories.get("site").edit();
    }
}
