//! The themes, and the global styles of the active one.

use std::collections::BTreeMap;

use serde_json::json;
use wp_client::models::{GlobalStylesPatch, ThemeStatus};

use crate::site::Site;

pub(crate) async fn themes_list_and_get(site: Site) {
    let wp = site.admin();
    let all = wp.themes().list().strict().await.unwrap();
    let active = wp.themes().list().status(ThemeStatus::Active).strict().await.unwrap();
    let [theme] = &active[..] else { panic!("{} active themes", active.len()) };
    assert!(theme.theme_supports.is_some() && !theme.name.raw.is_empty());
    let rest = wp.themes().list().statuses([ThemeStatus::Inactive]).strict().await.unwrap();
    assert_eq!(rest.len() + 1, all.len());
    assert!(rest.iter().all(|other| other.stylesheet != theme.stylesheet && other.theme_supports.is_none()));
    let same = wp.themes().get(theme.stylesheet.clone()).strict().await.unwrap();
    assert_eq!((same.version, same.status), (theme.version.clone(), ThemeStatus::Active));
    assert!(wp.themes().get("no-such-theme").await.unwrap_err().is_not_found());
    assert!(site.anonymous().themes().list().await.unwrap_err().is_unauthorized());
    assert!(site.someone(&site.subscriber).themes().list().await.unwrap_err().is_forbidden());
}

pub(crate) async fn global_styles_update(site: Site) {
    let wp = site.admin();
    let themes = wp.themes().list().status(ThemeStatus::Active).await.unwrap();
    let Some(id) = themes[0].global_styles() else {
        println!("the active theme has no global styles");
        return;
    };
    let styles = || wp.global_styles();
    let before = styles().get(id).edit().strict().await.unwrap();
    let view = styles().get(id).strict().await.unwrap();
    assert_eq!(view.styles, before.styles);
    let dark = BTreeMap::from([("color".to_owned(), json!({"background": "#010203"}))]);
    let changed = styles().update(id, GlobalStylesPatch::default().styles(dark)).await.unwrap();
    assert_eq!(changed.styles["color"]["background"], "#010203");
    assert_eq!(changed.settings, before.settings);
    // Before 6.3, this route is that of the styles themselves.
    if site.has_route("/wp/v2/global-styles/(?P<parent>[\\d]+)/revisions") {
        let revisions = styles().revisions(id).list().strict().await.unwrap();
        assert_eq!(revisions[0].styles["color"]["background"], "#010203");
        // The route of one revision is newer than that of the list.
        if site.has_route("/wp/v2/global-styles/(?P<parent>[\\d]+)/revisions/(?P<id>[\\d]+)") {
            let one = styles().revisions(id).get(revisions[0].id).strict().await.unwrap();
            assert_eq!(one.parent, Some(id));
        }
    } else {
        println!("this WordPress has no revisions of global styles");
    }
    let css = BTreeMap::from([("css".to_owned(), json!("</style>"))]);
    let error = styles().update(id, GlobalStylesPatch::default().styles(css)).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 400, "{error}");
    styles().update(id, GlobalStylesPatch::default().styles(before.styles)).await.unwrap();

    let theme = &themes[0].stylesheet;
    assert!(!styles().of_theme(theme.clone()).strict().await.unwrap().settings.is_empty());
    let variations = styles().variations(theme.clone()).strict().await.unwrap();
    assert!(variations.iter().all(|variation| variation.title.is_some()));
    assert!(styles().of_theme("no-such-theme").await.unwrap_err().is_not_found());
    assert!(styles().get(id).anonymous().await.unwrap_err().is_unauthorized());
    let subscriber = site.someone(&site.subscriber);
    assert!(subscriber.global_styles().get(id).await.unwrap_err().is_forbidden());
    let refused = subscriber.global_styles().update(id, GlobalStylesPatch::default().title("x")).await;
    assert!(refused.unwrap_err().is_forbidden());
}
