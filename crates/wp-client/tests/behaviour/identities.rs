//! Signing in.

use wp_client::wp_auth::AuthErrorKind;
use wp_client::{ApiKey, Basic, Error, ErrorCode, ErrorKind, JwtAuth};

use crate::site::Site;

fn kind(error: &Error) -> Option<AuthErrorKind> {
    match error.kind() {
        ErrorKind::Auth(error) => Some(error.kind()),
        _ => None,
    }
}

pub(crate) async fn token_signs_in_and_names_its_user(site: Site) {
    let wp = site.jwt(&site.user);
    let token = wp.sign_in().await.unwrap();
    let me = wp.verify().await.unwrap();
    let owner = token.profile().unwrap();
    assert_eq!((owner.id, owner.display_name.as_deref()), (Some(me.id), Some(&*me.name)));
    assert_eq!(owner.nicename.as_deref(), Some(&*me.slug));
}

pub(crate) async fn wrong_password_is_an_error(site: Site) {
    let wp = site.as_(JwtAuth::new(site.user.as_str(), "wrong"));
    let error = wp.users().me().await.unwrap_err();
    assert_eq!(kind(&error), Some(AuthErrorKind::WrongCredentials), "{error:?}");
    assert_eq!(error.code().unwrap().as_str(), "[jwt_auth] incorrect_password");
    assert_eq!(error.status().unwrap(), 403);
}

pub(crate) async fn unknown_user_is_an_error(site: Site) {
    for (user, code) in
        [("nobody-here", "[jwt_auth] invalid_username"), ("no@body.example", "[jwt_auth] invalid_email")]
    {
        let error = site.as_(JwtAuth::new(user, "x")).sign_in().await.unwrap_err();
        assert_eq!(kind(&error), Some(AuthErrorKind::WrongCredentials));
        assert_eq!(error.code().unwrap().as_str(), code);
    }
}

pub(crate) async fn bad_token_is_refused_on_public_routes(site: Site) {
    let wp = site.as_(ApiKey::bearer("not.a.token"));
    let error = wp.posts().list().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::JWT_AUTH_INVALID_TOKEN), "{error:?}");
    assert!(error.is_unauthorized() && !error.is_forbidden());
    assert!(wp.posts().list().anonymous().await.is_ok());
}

pub(crate) async fn application_password_signs_in(site: Site) {
    let password = site.app_password.clone().unwrap();
    let me = site.as_(Basic::application_password(site.user.as_str(), password)).verify().await.unwrap();
    assert_eq!(me.id, site.admin().users().me().await.unwrap().id);
}

pub(crate) async fn application_password_works_with_and_without_spaces(site: Site) {
    let bare = site.app_password.clone().unwrap().replace(' ', "");
    let blanks: Vec<&str> =
        (0..bare.len()).step_by(4).map(|at| &bare[at..(at + 4).min(bare.len())]).collect();
    for password in [bare.clone(), blanks.join(" ")] {
        site.as_(Basic::application_password(site.user.as_str(), password)).verify().await.unwrap();
    }
}

pub(crate) async fn wrong_application_password_is_detected_by_verify(site: Site) {
    let wp = site.as_(Basic::application_password(site.user.as_str(), "abcd efgh ijkl mnop qrst uvwx"));
    assert!(wp.posts().list().await.is_ok());
    let error = wp.verify().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::NOT_LOGGED_IN));
    assert!(error.is_unauthorized() && error.hint().is_some());
}

pub(crate) async fn anonymous_request_has_no_user(site: Site) {
    let error = site.anonymous().users().me().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (401, Some(&ErrorCode::NOT_LOGGED_IN)));
    assert!(error.hint().is_none());
}
