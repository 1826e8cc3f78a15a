//! The back end behind a cache that ignores the query, `Cache-Control` and `Authorization`: it never mistakes one
//! user for another.

// Panics make the test fail.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "back_end.rs"]
mod back_end;

use std::sync::Arc;

use wp_client::wp_http::{HyperTransport, ReqwestTransport};
use wp_client::{ApiKey, AuthErrorKind, Client, ExposeSecret, JwtAuth, Transport};
use wp_testkit::{CacheKey, StandIn};

use back_end::{client, log_in, who_is};

fn transports() -> [Arc<dyn Transport>; 2] {
    [Arc::new(ReqwestTransport::new().unwrap()), Arc::new(HyperTransport::new().unwrap())]
}

/// The cache holds the editor's response.
async fn site() -> StandIn {
    let site = StandIn::builder().cache(CacheKey::Path).start().await;
    let editor = Client::builder(site.url()).auth(JwtAuth::new("editor", "password")).build().unwrap();
    editor.users().me().await.unwrap();
    site
}

#[tokio::test]
async fn each_visitor_gets_their_own_session() {
    let site = site().await;
    for transport in transports() {
        let wp = client(Client::builder(site.url()).transport(transport)).unwrap();
        for (login, name) in [("author", "Author User"), ("subscriber", "Subscriber User")] {
            let session = log_in(&wp, login, "password").await.unwrap();
            assert_eq!((&*session.name, session.expires.is_some()), (name, true));
            let token = session.token.expose_secret();
            assert_eq!(who_is(&wp, token).await.unwrap(), name);
            // A plain GET returns the wrong user.
            assert_eq!(wp.users().me().auth(ApiKey::bearer(token)).await.unwrap().name, "Editor User");
        }
    }
}

#[tokio::test]
async fn wrong_password_creates_no_session() {
    let site = site().await;
    for transport in transports() {
        let wp = client(Client::builder(site.url()).transport(transport)).unwrap();
        let wrong = log_in(&wp, "editor", "wrong").await.err().unwrap();
        assert_eq!(wrong.auth_kind(), Some(AuthErrorKind::WrongCredentials));
    }
    assert_eq!(site.counts().failed_sign_ins, 2);
}

#[tokio::test]
async fn forged_token_and_token_of_a_deleted_user_are_rejected() {
    let site = site().await;
    for transport in transports() {
        let wp = client(Client::builder(site.url()).transport(transport)).unwrap();
        let login = format!("guest{}", site.log().len());
        site.add_user(&login, "author");
        let session = log_in(&wp, &login, "password").await.unwrap();
        let token = session.token.expose_secret();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
        assert!(who_is(&wp, &forged).await.unwrap_err().is_unauthorized());
        assert!(who_is(&wp, token).await.is_ok());
        site.remove_user(&login);
        assert!(who_is(&wp, token).await.unwrap_err().is_unauthorized());
    }
}
