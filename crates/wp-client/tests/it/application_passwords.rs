//! Application passwords: create, list, rename, revoke.

use wp_client::models::{NewAppPassword, UserId};
use wp_client::{ErrorCode, ErrorKind, ExposeSecret, UserRef};
use wp_testkit::StandIn;

use crate::{clients, signed_in};

const APP: &str = "6a1b2c3d-1234-4abc-8def-0123456789ab";

#[tokio::test]
async fn application_password_create_read_rename_revoke() {
    let site = StandIn::start().await;
    for wp in signed_in(&site, "editor") {
        let passwords = wp.application_passwords(UserRef::Me);
        let made = passwords.create(NewAppPassword::named("Export").app_id(APP)).await.unwrap();
        let uuid = made.record.uuid.clone();
        assert_eq!((made.record.name.as_str(), made.record.app_id.as_deref()), ("Export", Some(APP)));
        assert!(made.record.last_used.is_none() && made.record.last_ip.is_none());
        assert_eq!(made.password.expose_secret().replace(' ', "").len(), 24);
        assert!(!format!("{made:?}").contains(made.password.expose_secret()));

        let export = wp.with_auth(made.provider("editor"));
        assert_eq!(export.verify().await.unwrap().name, "Editor User");
        let used = export.application_passwords(UserRef::Me).introspect().await.unwrap();
        assert_eq!(used.uuid, uuid);
        assert!(used.last_used.is_some() && used.last_ip.is_some());

        assert_eq!(passwords.rename(&uuid, "Nightly export").await.unwrap().name, "Nightly export");
        assert_eq!(passwords.get(&uuid).await.unwrap().name, "Nightly export");
        assert!(passwords.list().await.unwrap().iter().any(|record| record.uuid == uuid));

        let gone = passwords.revoke(&uuid).await.unwrap();
        assert!(gone.deleted && gone.previous.name == "Nightly export");
        let error = export.verify().await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::NOT_LOGGED_IN), "silently anonymous");
        assert!(export.posts().list().await.is_ok());
        let error = passwords.get(&uuid).await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::APPLICATION_PASSWORD_NOT_FOUND));
        assert!(error.is_not_found());
    }
}

#[tokio::test]
async fn application_passwords_delete_all() {
    let site = StandIn::start().await;
    let reader = UserId::new(site.add_user("reader", "subscriber")).unwrap();
    for wp in signed_in(&site, "admin") {
        let passwords = wp.application_passwords(reader);
        for name in ["One", "Two"] {
            passwords.create(name).await.unwrap();
        }
        assert_eq!(passwords.list().await.unwrap().len(), 2);
        let revoked = passwords.revoke_all().await.unwrap();
        assert_eq!((revoked.deleted, revoked.count), (true, 2));
        assert!(passwords.list().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn application_password_revoke_rejects_an_empty_or_relative_uuid() {
    let site = StandIn::start().await;
    site.application_password("editor");
    for wp in signed_in(&site, "editor") {
        let passwords = wp.application_passwords(UserRef::Me);
        for uuid in ["", ".", ".."] {
            assert!(
                matches!(passwords.revoke(uuid).await.unwrap_err().kind(), ErrorKind::Request(_)),
                "{uuid:?}"
            );
        }
        assert!(passwords.revoke("../me").await.unwrap_err().is_not_found());
        assert_eq!(passwords.list().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn application_passwords_of_anonymous_and_other_users() {
    let site = StandIn::start().await;
    for (_, builder) in clients(&site) {
        let error = builder.build().unwrap().application_passwords(UserRef::Me).list().await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::NOT_LOGGED_IN));
    }
    for wp in signed_in(&site, "editor") {
        let error = wp.application_passwords(UserId::new(1).unwrap()).list().await.unwrap_err();
        assert!(error.is_forbidden(), "{error}");
        // Signed in with a token, there is no password in use.
        let error = wp.application_passwords(UserRef::Me).introspect().await.unwrap_err();
        assert!(error.is_not_found(), "{error}");
    }
}
