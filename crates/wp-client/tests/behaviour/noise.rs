//! A site whose plugins and host make noise: `xtask/wordpress/noise.php`. All other cases run there as well.

use wp_client::wp_core::response::UnexpectedKind;
use wp_client::{ErrorCode, ErrorKind, Id};

use crate::site::Site;

pub(crate) async fn coerced_fields_are_reported(site: Site) {
    let wp = site.anonymous();
    let reply = wp.get("/wp/v2/posts").reply().await.unwrap();
    assert!(reply.salvaged.is_some());
    let page = wp.posts().list().await.unwrap();
    assert!(page.totals.is_some());
    // Ids in a list with gaps, an author as text.
    assert!(page.coercions.iter().any(|found| found.path.ends_with(".author")), "{:?}", page.coercions);
    let error = wp.posts().list().strict().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Decode(decode) if decode.coercion().is_some()), "{error}");
}

pub(crate) async fn term_with_an_error_as_link_is_read(site: Site) {
    let wp = site.anonymous();
    let categories = wp.categories().list().per_page(100).await.unwrap();
    let term = categories.iter().find(|term| term.slug == "category-2").unwrap();
    assert_eq!((term.link.as_str(), term.name.as_str()), ("", "Category 2"));
    assert!(categories.iter().any(|term| term.link.starts_with("http")));
    assert!(categories.coercions.iter().any(|found| found.path.contains("].link")));
}

pub(crate) async fn error_without_a_message_keeps_its_code(site: Site) {
    let wp = site.anonymous();
    let unknown = wp.posts().get(Id::new(999_999).unwrap()).await.unwrap_err();
    assert_eq!(unknown.code(), Some(&ErrorCode::POST_INVALID_ID));
    assert!(unknown.is_not_found());
    let route = wp.get("/wp/v2/no-such-route").await.unwrap_err();
    assert_eq!(route.code(), Some(&ErrorCode::NO_ROUTE));
}

pub(crate) async fn php_fatal_error_page_is_classified(site: Site) {
    let error = site.anonymous().get("/wp/v2/posts").header("x-noise", "fatal").await.unwrap_err();
    let ErrorKind::Unexpected(response) = error.kind() else { panic!("{error}") };
    assert_eq!(response.kind(), UnexpectedKind::ServerError, "{error}");
    assert!(response.excerpt().contains("undefined function"), "{error}");
}
