//! The abilities.

use serde::{Deserialize, Serialize};
use wp_client::ErrorCode;

use crate::site::Site;

#[derive(Serialize)]
struct Fields {
    fields: Vec<&'static str>,
}

#[derive(Debug, Deserialize)]
struct SiteInfo {
    version: String,
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Me {
    user_login: String,
}

pub(crate) async fn ability_runs_with_own_types(site: Site) {
    let wp = site.admin();
    let all = wp.abilities().list().strict().await.unwrap();
    let info = all.iter().find(|ability| ability.name == "core/get-site-info").unwrap();
    assert_eq!(info.meta.annotations.readonly, Some(true));
    let one = wp.abilities().get("core/get-site-info").edit().strict().await.unwrap();
    assert_eq!((&one.label, one.category.as_ref().unwrap().as_str()), (&info.label, "site"));
    let fields = Fields { fields: vec!["version"] };
    let version: SiteInfo = wp.abilities().run(info, fields).await.unwrap();
    assert!(version.version.contains('.') && version.name.is_none());
    let whole: SiteInfo = wp.abilities().run(info, ()).await.unwrap();
    assert!(whole.name.is_some() && whole.version == version.version);
    let me = wp.abilities().get("core/get-user-info").await.unwrap();
    let me: Me = wp.abilities().run(&me, ()).await.unwrap();
    assert_eq!(me.user_login, site.user);

    let error = wp.abilities().run::<SiteInfo>(info, Fields { fields: vec!["no"] }).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::from("ability_invalid_input")), "{error}");
    let subscriber = site.someone(&site.subscriber);
    let error = subscriber.abilities().run::<SiteInfo>(info, ()).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert!(!subscriber.abilities().list().await.unwrap().is_empty());
    assert!(site.anonymous().abilities().list().await.unwrap_err().is_unauthorized());
    let error = wp.abilities().get("core/no-such-ability").await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::from("rest_ability_not_found")), "{error}");
}

pub(crate) async fn abilities_list_by_filters(site: Site) {
    let wp = site.admin();
    let count = |list: wp_client::Page<wp_client::models::Ability>| list.len();
    let all = count(wp.abilities().list().namespace("core").await.unwrap());
    let written = count(wp.abilities().list().namespace("xtask").await.unwrap());
    assert_eq!(count(wp.abilities().list().await.unwrap()), all + written);
    let of_site = wp.abilities().list().category("site").await.unwrap();
    assert!(!of_site.is_empty() && of_site.len() < all);
    assert!(of_site.iter().all(|ability| ability.category.as_ref().is_some_and(|it| *it == "site")));
    assert_eq!(count(wp.abilities().list().namespace("core").readonly(true).await.unwrap()), all);
    assert_eq!(count(wp.abilities().list().readonly(false).await.unwrap()), written);
    assert_eq!(count(wp.abilities().list().destructive(true).await.unwrap()), written / 2);
    assert_eq!(count(wp.abilities().list().idempotent(true).await.unwrap()), all + written / 2);
    assert_eq!(count(wp.abilities().list().namespace("no-such").await.unwrap()), 0);
    let categories = wp.ability_categories().list().strict().await.unwrap();
    assert!(categories.iter().any(|category| category.slug == "user"));
    let site_category = wp.ability_categories().get("site").edit().strict().await.unwrap();
    assert!(!site_category.description.is_empty());
    assert!(wp.ability_categories().get("no-such").await.unwrap_err().is_not_found());
    assert!(site.anonymous().ability_categories().list().await.unwrap_err().is_unauthorized());
}

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Note {
    note: String,
}

/// The abilities are those of `extras.php`, which other sites lack.
pub(crate) async fn abilities_that_write(site: Site) {
    let wp = site.admin();
    let Some(remember) = wp.abilities().get_opt("xtask/remember").strict().await.unwrap() else {
        println!("this site has no abilities that write");
        return;
    };
    let forget = wp.abilities().get("xtask/forget").strict().await.unwrap();
    let note = || Note { note: "A & \u{201c}b\u{201d} [1]=2".to_owned() };
    assert_eq!(wp.abilities().run::<Note>(&remember, note()).await.unwrap(), note());
    let subscriber = site.someone(&site.subscriber);
    assert!(subscriber.abilities().run::<Note>(&forget, ()).await.unwrap_err().is_forbidden());
    assert_eq!(wp.abilities().run::<Note>(&forget, ()).await.unwrap(), note());
    assert_eq!(wp.abilities().run::<Note>(&forget, ()).await.unwrap().note, "");
}
