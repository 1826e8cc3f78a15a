//! The models against what real servers sent.

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wp_core::models::{AppPassword, Category, Post, PostStatus, SiteInfo, Tag, User};
use wp_core::{Edit, php};

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "case")]
    name: String,
    model: String,
    list: bool,
    body: String,
    /// The request asked for some fields only, so that it is not a complete model.
    #[serde(default)]
    partial: bool,
}

impl Case {
    /// Whether the context is `edit`, in which texts have their raw form.
    fn is_edit(&self) -> bool {
        self.body.contains("\"raw\":")
    }
}

fn cases() -> impl Iterator<Item = Case> {
    let lines = include_str!("../fixtures/models.jsonl").lines();
    lines.map(|line| serde_json::from_str::<Case>(line).expect(line)).filter(|case| !case.partial)
}

fn items<T: DeserializeOwned>(case: &Case) -> Vec<T> {
    let read = |text: &str| {
        if case.list { serde_json::from_str(text) } else { serde_json::from_str(text).map(|item| vec![item]) }
    };
    read(&case.body).unwrap_or_else(|error| panic!("{}: {error}", case.name))
}

/// The ids, slugs and times of a body without a model in between.
fn raw(case: &Case) -> Vec<Value> {
    match serde_json::from_str(&case.body).unwrap() {
        Value::Array(items) => items,
        item => vec![item],
    }
}

#[test]
fn recorded_resources_are_read() {
    let mut read = 0;
    for case in cases() {
        let raw = raw(&case);
        read += raw.len();
        match case.model.as_str() {
            "Post" => {
                for (post, raw) in items::<Post>(&case).iter().zip(&raw) {
                    assert_eq!(raw["id"], post.id.get());
                    assert_eq!(raw["slug"], post.slug.as_str());
                    assert_eq!(raw["title"]["rendered"], post.title.rendered.as_str());
                    assert_eq!(
                        raw.get("status").map_or("publish", |s| s.as_str().unwrap()),
                        post.status.as_str()
                    );
                    assert_eq!(raw["author"].as_u64().unwrap_or(0), post.author.map_or(0, wp_core::Id::get));
                    let date = raw["date"].as_str().filter(|date| !date.starts_with('-'));
                    assert_eq!(
                        date.map(str::to_owned),
                        post.date.map(|date| date.to_string()),
                        "{}",
                        case.name
                    );
                    let gmt =
                        raw.get("date_gmt").and_then(Value::as_str).filter(|date| !date.starts_with('-'));
                    assert_eq!(
                        gmt.map(str::to_owned),
                        post.date_gmt.map(|date| date.to_string()),
                        "{}",
                        case.name
                    );
                    let tags = raw.get("tags").and_then(Value::as_array).map_or(0, Vec::len);
                    assert_eq!(tags, post.tags.len());
                }
            }
            "User" => {
                for (user, raw) in items::<User>(&case).iter().zip(&raw) {
                    assert_eq!(
                        (raw["id"].as_u64(), raw["name"].as_str()),
                        (Some(user.id.get()), Some(&*user.name))
                    );
                    assert_eq!(raw.get("email").and_then(Value::as_str), user.email.as_deref());
                    let roles = raw.get("roles").and_then(Value::as_array).map(Vec::len);
                    assert_eq!(roles, user.roles.as_ref().map(Vec::len));
                }
            }
            "Tag" => assert_eq!(raw.len(), items::<Tag>(&case).len()),
            "Category" => {
                for (term, raw) in items::<Category>(&case).iter().zip(&raw) {
                    assert_eq!(raw["parent"].as_u64().unwrap_or(0), term.parent.map_or(0, wp_core::Id::get));
                }
            }
            other => panic!("{other}"),
        }
    }
    assert!(read > 25, "the fixture is not whole: {read}");
}

#[test]
fn unset_dates_are_none() {
    let case = cases().find(|case| case.name.contains("zero-date")).expect("the case is there");
    let post = items::<Post>(&case).remove(0);
    assert_eq!((post.date, post.date_gmt, post.modified), (None, None, None));
    assert_eq!(post.status, PostStatus::Publish);
}

/// What the models leave out, by name: links, and fields that have no place in them.
const UNKNOWN: [&str; 7] =
    ["_links", "_embedded", "extra_capabilities", "collection", "is_super_admin", "_embed", "yoast_head"];

/// Whether all that was written was read so, and nothing is missing but what is unknown.
pub(crate) fn assert_written(written: &Value, read: &Value, place: &str) {
    // PHP's empty map.
    if *read == Value::Array(Vec::new()) && *written == Value::Object(serde_json::Map::new()) {
        return;
    }
    let (Value::Object(written), Value::Object(read)) = (written, read) else {
        // A date that was never set is written as none.
        let never = read.as_str().is_some_and(|text| text.starts_with("-0001"));
        assert!(written == read || never && written.is_null(), "{place}: {written}, not {read}");
        return;
    };
    for (name, value) in written {
        let place = format!("{place}.{name}");
        assert_written(value, read.get(name).unwrap_or_else(|| panic!("{place} was added")), &place);
    }
    for name in read.keys().filter(|name| !written.contains_key(*name)) {
        assert!(UNKNOWN.contains(&&**name), "{place}.{name} was removed");
    }
}

fn round_trip<T>(case: &Case) -> usize
where
    T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug,
{
    let items = raw(case);
    for item in &items {
        let read: T =
            php::from_str(&item.to_string()).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let written = serde_json::to_value(&read).unwrap();
        assert_written(&written, item, &case.name);
        let again: T = php::from_str(&written.to_string()).unwrap();
        assert_eq!((&again, serde_json::to_value(&again).unwrap()), (&read, written), "{}", case.name);
    }
    items.len()
}

#[test]
fn models_round_trip() {
    let mut items = 0;
    for case in cases().filter(|case| case.body.contains("\"id\"")) {
        items += match case.model.as_str() {
            "Post" if case.is_edit() => round_trip::<Post<Edit>>(&case),
            "Post" => round_trip::<Post>(&case),
            "User" => round_trip::<User>(&case),
            "Tag" => round_trip::<Tag>(&case),
            "Category" => round_trip::<Category>(&case),
            other => panic!("{other}"),
        };
    }
    assert!(items > 25, "the fixture is not whole: {items}");
}

/// What was read in part is written in part; what is set since is written too.
#[test]
fn models_serialize_only_present_fields() {
    let mut post: Post = php::from_str(r#"{"id":7,"slug":"","featured_media":0}"#).unwrap();
    assert_eq!(serde_json::to_string(&post).unwrap(), r#"{"id":7,"slug":"","featured_media":0}"#);
    post.sticky = true;
    post.status = PostStatus::Draft;
    assert_eq!(
        serde_json::to_string(&post).unwrap(),
        r#"{"id":7,"slug":"","status":"draft","featured_media":0,"sticky":true}"#
    );
    let text = r#"{"id":3,"avatar_urls":{"24":"u","48":false},"registered_date":"2024-01-01T10:00:00+00:00","capabilities":{"x":true}}"#;
    let user: User = php::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&user).unwrap(), text);
    assert_eq!((user.avatar_urls.len(), user.avatar_urls["24"].as_str()), (1, "u"));
}

/// The recordings hold nothing that has to be made to fit, but for what core itself writes in another shape.
#[test]
fn recorded_resources_need_no_coercion() {
    fn coercions<T: DeserializeOwned>(case: &Case) -> Vec<php::Coercion> {
        let read = |body: &str| {
            let body = bytes::Bytes::copy_from_slice(body.as_bytes());
            wp_core::response::read(http::StatusCode::OK, &http::HeaderMap::new(), &body).unwrap()
        };
        if case.list {
            read(&case.body).decode_reported::<Vec<T>>().unwrap().coercions
        } else {
            read(&case.body).decode_reported::<T>().unwrap().coercions
        }
    }
    for case in cases() {
        let coercions = match case.model.as_str() {
            "Post" if case.is_edit() => coercions::<Post<Edit>>(&case),
            "Post" => coercions::<Post>(&case),
            "User" => coercions::<User>(&case),
            "Tag" => coercions::<Tag>(&case),
            "Category" => coercions::<Category>(&case),
            other => panic!("{other}"),
        };
        let others: Vec<_> =
            coercions.iter().filter(|coercion| !coercion.path.ends_with("class_list")).collect();
        assert!(others.is_empty(), "{}: {others:?}", case.name);
    }
}

/// Any JSON.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just(String::new()),
        Just("0".to_owned()),
        Just("7".to_owned()),
        Just("2024-03-01T10:00:00Z".to_owned()),
        ".{0,12}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(Value::from(u64::from(u32::MAX) * 4)),
        // Fractions that any reader of floats takes for the same.
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        Just(Value::from(1e300)),
        (-2_i8..9).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let key =
        prop_oneof!["[0-9]{1,2}", "[a-z_]{1,8}", Just("rendered".to_owned()), Just("errors".to_owned())];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.clone(), inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// A whole item of a model, with any value in any field: it is read, unless it is the field that names it; and so the page
/// that it is on. What is read is written, and read back as the same.
fn any_field<T>(name: &str, item: &Value, key: &str, index: usize, value: &Value) -> Result<(), TestCaseError>
where
    T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug,
{
    let fields = item.as_object().unwrap();
    let field = fields.keys().nth(index % fields.len()).unwrap();
    let mut odd = item.clone();
    odd[field] = value.clone();
    let page = Value::from(vec![item.clone(), odd.clone()]).to_string();
    let read = php::from_str::<Vec<T>>(&page);
    // By any other deserializer as well.
    let other = serde_json::from_value::<T>(odd.clone());
    match read {
        Ok(items) => {
            prop_assert_eq!(items.len(), 2);
            let other = other.ok();
            prop_assert_eq!(other.as_ref(), Some(&items[1]), "{} {}", name, &odd);
            let written = serde_json::to_string(&items[1]).unwrap();
            let again = php::from_str::<T>(&written).unwrap();
            prop_assert_eq!(&serde_json::to_string(&again).unwrap(), &written, "{} {}", name, &odd);
            // What could not be read is left out, so that it is not written back.
            if serde_json::from_str::<Value>(&written).unwrap().get(field).is_some() {
                prop_assert_eq!(&again, &items[1], "{} {}", name, &odd);
            }
        }
        Err(error) => {
            prop_assert!(other.is_err());
            // A model with a text that is written back may not take another value for it.
            let raw = value.get("raw").is_some();
            prop_assert!(field == key || raw, "{name}.{field}: {error}");
            prop_assert!(error.path().starts_with("[1]"), "{}", error);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_value_in_any_field_affects_that_field_only(value in any_json(), index in 0_usize..64) {
        let item = |model: &str| {
            let case = cases().filter(|case| case.model == model && case.body.contains("\"id\"")).max_by_key(|case| raw(case)[0].as_object().unwrap().len());
            raw(&case.unwrap()).remove(0)
        };
        any_field::<Post>("Post", &item("Post"), "id", index, &value)?;
        any_field::<User>("User", &item("User"), "id", index, &value)?;
        any_field::<Category>("Category", &item("Category"), "id", index, &value)?;
        let password = json!({"uuid": "9d8e", "app_id": "", "name": "sync", "created": "2026-11-22T17:36:37", "last_used": null, "last_ip": null});
        any_field::<AppPassword>("AppPassword", &password, "uuid", index, &value)?;
        let site = json!({"name": "x", "description": "", "url": "", "home": "", "gmt_offset": "5.5", "timezone_string": "", "namespaces": [], "authentication": []});
        any_field::<SiteInfo>("SiteInfo", &site, "namespaces", index, &value)?;
    }
}

#[test]
fn unreadable_fields_are_not_serialized() {
    for categories in ["[1,\"x\",2]", "\"3,4\"", "{\"-1\":3}"] {
        let text = format!("{{\"id\":5,\"categories\":{categories},\"status\":{{\"x\":1}},\"tags\":[7]}}");
        let mut post: wp_core::models::Post = php::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&post).unwrap(), r#"{"id":5,"tags":[7]}"#);
        post.categories.push(wp_core::Id::new(3).unwrap());
        assert_eq!(serde_json::to_string(&post).unwrap(), r#"{"id":5,"categories":[3],"tags":[7]}"#);
    }
}
