//! Properties of the encoders: values round-trip, and no HTTP stack would rewrite the encoded form.

use proptest::prelude::*;
use wp_core::{ApiRoot, Query, Route};

fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%/?=&:".contains(&b))
}

proptest! {
    #[test]
    fn query_round_trips(pairs in prop::collection::vec((".{1,8}", ".{0,8}"), 0..6)) {
        let mut query = Query::new();
        for (name, value) in &pairs {
            query.push(name, value).unwrap();
        }
        let text = query.to_string();
        prop_assert!(is_plain(&text), "{text}");
        prop_assert_eq!(Query::parse(&text), query);
    }

    #[test]
    fn route_encoding_is_stable_and_ascii(text in ".{0,40}") {
        if let Ok(route) = Route::new(&text) {
            prop_assert!(is_plain(route.as_str()), "{route}");
            prop_assert_eq!(&Route::new(route.as_str()).unwrap(), &route);
            prop_assert!(!route.as_str().split('/').any(|segment| segment == "." || segment == ".."));
        }
    }

    #[test]
    fn segment_round_trips_as_one_segment(text in ".{1,20}") {
        if let Ok(route) = Route::new("/a/b").unwrap().join(&text) {
            prop_assert_eq!(route.as_str().split('/').count(), 4);
        }
    }

    #[test]
    fn any_site_url_parses_without_a_panic_to_an_ascii_root(url in "(https?://)?[ -~ü]{0,30}(/[ -~]{0,10})?(\\?rest_route=/)?") {
        if let Ok(root) = ApiRoot::of_site(&url) {
            let uri = root.uri(&Route::new("/wp/v2/posts").unwrap(), &Query::parse("a=b")).unwrap().to_string();
            prop_assert!(uri.starts_with("http"), "{uri}");
            prop_assert!(is_plain(&uri.replace(['[', ']'], "")), "{uri}");
        }
    }
}
