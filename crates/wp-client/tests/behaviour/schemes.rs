//! Every way in, and its whole life: the table of the README has a line for each of them, and a column for
//! each of these.

use std::time::Duration;

use wp_client::{AuthErrorKind, Client, ErrorCode, ErrorKind, ExposeSecret, SimpleJwtLogin};

use crate::scheme::Misconfigured;
use crate::site::{Fault, Site};

/// Whatever a stranger may not read: where the site is open, the user; else the posts.
async fn use_it(site: &Site, wp: &Client) -> Result<(), wp_client::Error> {
    if site.scheme.logs_in {
        wp.users().me().await.map(drop)
    } else {
        wp.posts().list().per_page(1).await.map(drop)
    }
}

async fn secret(wp: &Client) -> String {
    wp.token().await.unwrap().secret().unwrap().expose_secret().to_owned()
}

pub(crate) async fn sign_in(site: Site) {
    let wp = site.client();
    use_it(&site, &wp).await.unwrap();
    let verified = wp.verify().await;
    if site.scheme.logs_in {
        let me = verified.unwrap();
        assert_eq!(me.slug, site.user);
        let token = wp.token().await.unwrap();
        if let Some(owner) = token.profile() {
            assert!(owner.id.is_none_or(|id| id == me.id), "{owner:?}");
        }
    } else {
        // It gives access to the API, and the request has no user.
        let error = verified.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::NOT_LOGGED_IN));
        assert!(error.hint().is_some());
    }
}

pub(crate) async fn proactive_renewal(site: Site) {
    let wp = site.client();
    let first = secret(&wp).await;
    let begun = site.refused();
    let mut moments = 0;
    while secret(&wp).await == first {
        use_it(&site, &wp).await.unwrap();
        moments += 1;
        assert!(moments < 1200, "it was never renewed");
        site.pass(site.moment()).await;
    }
    use_it(&site, &wp).await.unwrap();
    assert_eq!(site.refused() - begun, 0, "no request is refused where the end is known");
}

pub(crate) async fn renewal_on_refusal(site: Site) {
    let wp = site.client();
    use_it(&site, &wp).await.unwrap();
    let before = site.signed_in();
    site.revoke().await;
    use_it(&site, &wp).await.unwrap();
    assert!(site.signed_in() > before);
}

pub(crate) async fn wrong_password(site: Site) {
    let wp = site.wrong();
    let error = match site.scheme.at_wrong {
        Some(_) => use_it(&site, &wp).await.unwrap_err(),
        None => wp.verify().await.unwrap_err(),
    };
    assert_eq!(error.auth_kind(), site.scheme.at_wrong, "{error:?}");
    assert!(error.is_unauthorized() && !error.is_forbidden(), "{error:?}");
    if site.scheme.fetches() {
        // And a second task does not try it again.
        let before = site.signed_in();
        use_it(&site, &wp).await.unwrap_err();
        assert_eq!(site.signed_in(), before);
    }
}

pub(crate) async fn stripped_header(site: Site) {
    let wp = site.suffering(Fault::Strip);
    let error =
        if site.scheme.logs_in { wp.verify().await.map(drop) } else { use_it(&site, &wp).await }.unwrap_err();
    assert_eq!(error.auth_kind(), site.scheme.at_strip, "{error:?}");
    assert!(error.is_unauthorized() && error.hint().is_some(), "{error:?}");
}

pub(crate) async fn revoked(site: Site) {
    let Some(resume) = site.scheme.resume else {
        let wp = site.client();
        use_it(&site, &wp).await.unwrap();
        site.revoke().await;
        let error = use_it(&site, &wp).await.unwrap_err();
        assert_eq!(error.auth_kind(), site.scheme.at_revoked, "{error:?}");
        return;
    };
    let saved = site.client().token().await.unwrap().save().unwrap();
    let wp = site.as_(resume(saved));
    let before = site.signed_in();
    use_it(&site, &wp).await.unwrap();
    assert_eq!(site.signed_in(), before, "it goes on without signing in");
    site.revoke().await;
    let error = use_it(&site, &wp).await.unwrap_err();
    assert_eq!(error.auth_kind(), Some(AuthErrorKind::SignInRequired), "{error:?}");
    assert!(error.is_unauthorized() && error.hint().is_some());
}

/// Without a password, a token that can be renewed is.
pub(crate) async fn renewal_without_a_password(site: Site) {
    let saved = site.client().token().await.unwrap().save().unwrap();
    let end = saved.expires_at().unwrap();
    let left = end.duration_since(site.now()).unwrap_or_default();
    site.pass(left + Duration::from_millis(50)).await;
    let wp = site.as_(site.scheme.resume.unwrap()(saved));
    let outcome = use_it(&site, &wp).await;
    if site.scheme.renew.is_some() {
        outcome.unwrap();
    } else {
        assert_eq!(outcome.unwrap_err().auth_kind(), Some(AuthErrorKind::SignInRequired));
    }
}

pub(crate) async fn many_tasks_share_one_token_request(site: Site) {
    let wp = site.client();
    let end = wp.token().await.unwrap().expires_at().unwrap();
    let left = end.duration_since(site.now()).unwrap_or_default();
    site.pass(left + Duration::from_millis(50)).await;
    let (before, began) = (site.token_requests(), site.now());
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let (site, wp) = (site.clone(), wp.clone());
            tokio::spawn(async move { use_it(&site, &wp).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    // On a slow machine, a token of a real site ends before all have used it, and is renewed in its last fifth.
    let passed = site.now().duration_since(began).unwrap_or_default();
    let renewals = passed.as_millis() / (left * 4 / 5).as_millis().max(1);
    let requests = site.token_requests() - before;
    assert!((1..=1 + renewals).contains(&(requests as u128)), "{requests} in {passed:?}");
}

pub(crate) async fn misconfigured(site: Site) {
    let wp = match site.scheme.misconfigured {
        Misconfigured::Plugin => site.suffering(Fault::Misconfigured),
        Misconfigured::Address => site.elsewhere(),
        Misconfigured::Never => return,
    };
    let error = use_it(&site, &wp).await.unwrap_err();
    assert_eq!(error.auth_kind(), site.scheme.at_misconfigured, "{error:?}");
    assert!(error.hint().is_some(), "{error:?}");
}

pub(crate) async fn validate_checks_a_foreign_token(site: Site) {
    let wp = site.client();
    wp.validate(secret(&wp).await).await.unwrap();
    let error = wp.validate("not.a.token").await.unwrap_err();
    assert!(error.is_unauthorized(), "{error:?}");
}

/// The password is right, and a code has to follow.
pub(crate) async fn second_factor(site: Site) {
    let user = site.second_factor_user();
    let wp = site.as_(SimpleJwtLogin::new(user.as_str(), site.password.as_str()));
    let error = wp.sign_in().await.unwrap_err();
    assert_eq!(error.auth_kind(), Some(AuthErrorKind::SecondFactorRequired), "{error:?}");
    let ErrorKind::Auth(auth) = error.kind() else { panic!("{error:?}") };
    let second_factor = auth.second_factor().unwrap();
    let error = wp.complete_sign_in(second_factor, "no code").await.unwrap_err();
    assert_eq!(error.auth_kind(), Some(AuthErrorKind::WrongCredentials), "{error:?}");
    wp.complete_sign_in(second_factor, site.code().await).await.unwrap();
    assert_eq!(wp.verify().await.unwrap().slug, user);
    // Without the password, there is nothing to complete.
    let error = site.as_(SimpleJwtLogin::new(user.as_str(), "wrong")).sign_in().await.unwrap_err();
    assert_eq!(error.auth_kind(), Some(AuthErrorKind::WrongCredentials), "{error:?}");
}
