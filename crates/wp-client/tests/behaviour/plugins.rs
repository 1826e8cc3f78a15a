//! The plugins.

use wp_client::ErrorCode;
use wp_client::models::{NewPlugin, PluginPatch, PluginStatus};

use crate::site::Site;

pub(crate) async fn plugin_activate_and_deactivate(site: Site) {
    let wp = site.admin();
    let all = wp.plugins().list().strict().await.unwrap();
    let inactive = wp.plugins().list().status(PluginStatus::Inactive).strict().await.unwrap();
    assert!(inactive.iter().all(|plugin| plugin.status == PluginStatus::Inactive));
    let active = wp.plugins().list().status(PluginStatus::Active).await.unwrap();
    assert_eq!(inactive.len() + active.len(), all.len());
    let error = wp.plugins().get("no-such/plugin").await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::from("rest_plugin_not_found")), "{error}");

    let is_known = |name: &str| name == "hello" || name == "hello-dolly/hello" || name == "akismet/akismet";
    if let Some(plugin) = inactive.iter().find(|plugin| is_known(plugin.plugin.as_str())) {
        let key = &plugin.plugin;
        let read = wp.plugins().get(key.clone()).edit().strict().await.unwrap();
        assert_eq!((&read.name, &read.version), (&plugin.name, &plugin.version));
        let found = wp.plugins().list().containing(&plugin.name).await.unwrap();
        assert!(found.iter().any(|other| other.plugin == *key));
        let on = wp.plugins().update(key.clone(), PluginPatch::activate()).await.unwrap();
        assert_eq!(on.status, PluginStatus::Active);
        let error = wp.plugins().delete(key.clone()).await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::from("rest_cannot_delete_active_plugin")), "{error}");
        let off = wp.plugins().update(key.clone(), PluginPatch::deactivate()).await.unwrap();
        assert_eq!(off.status, PluginStatus::Inactive);
    } else {
        println!("no plugin of WordPress's own is installed: none is activated");
    }
    assert!(wp.plugins().list().containing("no plugin says this").await.unwrap().is_empty());
    let subscriber = site.someone(&site.subscriber);
    assert!(subscriber.plugins().list().await.unwrap_err().is_forbidden());
    assert!(
        subscriber.plugins().create(NewPlugin::from_directory("akismet")).await.unwrap_err().is_forbidden()
    );
    assert!(site.anonymous().plugins().list().await.unwrap_err().is_unauthorized());
    assert!(subscriber.plugins().delete("hello").await.unwrap_err().is_forbidden());
    let refused = subscriber.plugins().update("hello", PluginPatch::activate()).await.unwrap_err();
    assert!(refused.is_forbidden(), "{refused}");
}
