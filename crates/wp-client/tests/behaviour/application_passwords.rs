//! Application passwords, from being made to being revoked.

use std::time::{SystemTime, UNIX_EPOCH};

use wp_client::models::NewAppPassword;
use wp_client::{ErrorCode, ExposeSecret, UserRef};

use crate::site::Site;

const APP: &str = "6a1b2c3d-1234-4abc-8def-0123456789ab";

/// A name that no run before has left behind.
fn name() -> String {
    format!("behaviour {}", SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos())
}

pub(crate) async fn application_password_create_use_revoke(site: Site) {
    let passwords = site.admin().application_passwords(UserRef::Me);
    let before = passwords.list().await.unwrap().len();
    let first = name();
    let made = passwords.create(NewAppPassword::named(&first).app_id(APP)).await.unwrap();
    let uuid = made.record.uuid.as_str();
    assert_eq!((made.record.name.as_str(), made.record.app_id.as_deref()), (&*first, Some(APP)));
    assert!(made.record.last_used.is_none());
    let groups: Vec<_> = made.password.expose_secret().split(' ').map(str::len).collect();
    assert_eq!(groups, [4; 6]);

    let wp = site.as_(made.provider(site.user.as_str()));
    let me = wp.verify().await.unwrap();
    let own = wp.application_passwords(UserRef::Me);
    let used = own.introspect().await.unwrap();
    assert_eq!(used.uuid, uuid);
    assert!(used.last_used.is_some() && used.last_ip.is_some(), "{used:?}");

    let second = name();
    assert_eq!(own.rename(uuid, &second).await.unwrap().name, second);
    let by_id = wp.application_passwords(me.id);
    assert_eq!(by_id.get(uuid).await.unwrap().name, second);
    assert_eq!(by_id.list().await.unwrap().len(), before + 1);

    let gone = passwords.revoke(uuid).await.unwrap();
    assert!(gone.deleted && gone.previous.uuid == uuid);
    assert!(wp.posts().list().await.is_ok(), "silently anonymous");
    assert_eq!(wp.verify().await.unwrap_err().code(), Some(&ErrorCode::NOT_LOGGED_IN));
    assert_eq!(passwords.list().await.unwrap().len(), before);
}

pub(crate) async fn application_password_errors(site: Site) {
    let passwords = site.admin().application_passwords(UserRef::Me);
    let error = passwords.create("").await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::INVALID_PARAM), "{error}");
    let error = passwords.create(NewAppPassword::named(name()).app_id("my-app")).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::INVALID_PARAM), "{error}");
    let error = passwords.get("00000000-0000-4000-8000-000000000000").await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::APPLICATION_PASSWORD_NOT_FOUND), "{error}");
    let error = site.anonymous().application_passwords(UserRef::Me).list().await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
}
