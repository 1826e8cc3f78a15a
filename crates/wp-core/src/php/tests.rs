//! Tests of reading PHP's JSON.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::{Value, json};

use super::read::Failure;
use super::{CoercionKind, from_str, read};
use crate::models::{Post, PostStatus, Rendered, User, UserId};
use crate::{Edit, GmtTime, Id, SiteTime};

/// Reads a value in a field of a document. Returns it with the coercions, or the path of the error.
fn field<T: DeserializeOwned>(value: &Value) -> Result<(T, Vec<CoercionKind>), String> {
    #[derive(Deserialize)]
    struct Document<T> {
        field: T,
    }
    match read::<Document<T>>(&json!({ "field": value }).to_string(), true) {
        Ok(decoded) => {
            assert!(decoded.coercions.iter().all(|coercion| coercion.path.starts_with("field")));
            Ok((decoded.value.field, decoded.coercions.into_iter().map(|coercion| coercion.kind).collect()))
        }
        Err(Failure::Shape { path, .. }) => Err(path),
        Err(Failure::Json(fault)) => panic!("{fault}"),
    }
}

/// Whether the values are read as `expected`, and whether something was coerced.
#[track_caller]
fn reads<T: DeserializeOwned + PartialEq + std::fmt::Debug>(
    cases: impl IntoIterator<Item = (Value, T, Option<CoercionKind>)>,
) {
    for (value, expected, kind) in cases {
        let (read, kinds) = field::<T>(&value).unwrap_or_else(|path| panic!("{value} fails at {path}"));
        assert_eq!((&read, kinds.first().copied()), (&expected, kind), "{value}");
    }
}

#[track_caller]
fn refuses<T: DeserializeOwned>(values: impl IntoIterator<Item = Value>) {
    for value in values {
        assert_eq!(field::<T>(&value).err().as_deref(), Some("field"), "{value}");
    }
}

#[test]
fn text_is_read_from_null_scalars_and_errors() {
    let text = |text: &str| text.to_owned();
    reads([
        (json!("x"), text("x"), None),
        (json!("0"), text("0"), None),
        (json!(null), text(""), None),
        (json!(false), text(""), None),
        (json!([]), text(""), None),
        (json!({}), text(""), None),
        (json!(2024), text("2024"), Some(CoercionKind::ScalarAsText)),
        (json!(-3), text("-3"), Some(CoercionKind::ScalarAsText)),
        (json!(1.5), text("1.5"), Some(CoercionKind::ScalarAsText)),
        (json!(true), text("1"), Some(CoercionKind::ScalarAsText)),
        (json!({"errors": {"x": ["y"]}, "error_data": []}), text(""), Some(CoercionKind::ErrorAsText)),
    ]);
    refuses::<String>([json!(["a"]), json!({"a": 1}), json!({"errors": [], "x": 1})]);
}

#[test]
fn number_is_read_from_text_and_not_from_null() {
    reads::<u32>([
        (json!(7), 7, None),
        (json!(7.0), 7, Some(CoercionKind::AsNumber)),
        (json!("7"), 7, Some(CoercionKind::AsNumber)),
        (json!(" 7.0 "), 7, Some(CoercionKind::AsNumber)),
        (json!("007"), 7, Some(CoercionKind::AsNumber)),
    ]);
    reads::<i8>([
        (json!(-7.0), -7, Some(CoercionKind::AsNumber)),
        (json!("-7"), -7, Some(CoercionKind::AsNumber)),
    ]);
    reads::<f64>([
        (json!(5), 5.0, None),
        (json!("5.75"), 5.75, Some(CoercionKind::AsNumber)),
        (json!("-3"), -3.0, Some(CoercionKind::AsNumber)),
        (json!("1e3"), 1000.0, Some(CoercionKind::AsNumber)),
    ]);
    refuses::<u32>([
        json!(7.5),
        json!("7.5"),
        json!("x"),
        json!("7 apples"),
        json!(-1),
        json!(true),
        json!(1e300),
    ]);
    refuses::<u32>([json!(null), json!(false), json!(""), json!([]), json!({}), json!([7]), json!("NaN")]);
    refuses::<f64>([json!("inf"), json!("NaN"), json!(""), json!(null), json!("1,5"), json!("infinity")]);
    refuses::<u8>([json!(256), json!("256")]);
}

#[test]
fn number_precision_is_kept_and_overflow_affects_its_field_only() {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Document {
        value: Value,
        text: String,
        float: f64,
    }
    let read = |text: &str| super::from_str::<Document>(text).unwrap();
    for digits in ["18446744073709551616", "-9223372036854775809", "1e400", "-1E+999"] {
        let document = read(&format!(r#"{{"unread":{digits},"value":[{digits}],"text":{digits}}}"#));
        assert_eq!((document.value, &*document.text), (json!([digits]), digits));
    }
    for number in
        [json!(u64::MAX), json!(i64::MIN), json!(1.0e20), json!(1.5), json!(9_007_199_254_740_993_u64)]
    {
        assert_eq!(read(&format!(r#"{{"value":{number},"unread":1e400}}"#)).value, number);
    }
    assert_eq!(read(r#"{"float":18446744073709551616}"#).float.to_string(), "18446744073709552000");
    assert!(super::from_str::<Document>(r#"{"float":1e400}"#).is_err());

    let posts: Vec<Post> =
        super::from_str(r#"[{"id":1,"menu":1e400},{"id":2,"title":1e400,"author":1e400}]"#).unwrap();
    assert_eq!((posts.len(), &*posts[1].title.rendered, posts[1].author), (2, "1e400", None));
}

#[test]
fn flag_follows_the_truthiness_of_php() {
    let kind = Some(CoercionKind::AsFlag);
    reads::<bool>([
        (json!(true), true, None),
        (json!(false), false, None),
        (json!(null), false, None),
        (json!(""), false, None),
        (json!([]), false, None),
        (json!(1), true, kind),
        (json!(0), false, kind),
        (json!(-1), true, kind),
        (json!(1.5), true, kind),
        (json!(0.0), false, kind),
        (json!("1"), true, kind),
        (json!("0"), false, kind),
        (json!("FALSE"), false, kind),
        (json!("no"), false, kind),
        (json!("00"), true, kind),
        (json!(["b"]), true, kind),
        (json!({"a": 1}), true, kind),
    ]);
}

#[test]
fn list_accepts_numeric_keys_and_rejects_names() {
    let list = |items: &[&str]| items.iter().map(|&item| item.to_owned()).collect::<Vec<String>>();
    reads([
        (json!(["a", "b"]), list(&["a", "b"]), None),
        (json!({"0": "a", "2": "b"}), list(&["a", "b"]), Some(CoercionKind::ObjectAsList)),
        (json!({"1": "editor"}), list(&["editor"]), Some(CoercionKind::ObjectAsList)),
        (json!({}), list(&[]), None),
        (json!(null), list(&[]), None),
        (json!(false), list(&[]), None),
        (json!(""), list(&[]), None),
    ]);
    refuses::<Vec<String>>([
        json!(true),
        json!("a"),
        json!(7),
        json!({"code": "x", "message": "y"}),
        json!({"": "a"}),
    ]);
    // Coercions are in the order of the document, even if a value is read twice.
    let many: Value = serde_json::from_str(r#"{"2":"a","10":7,"1":"b"}"#).unwrap();
    assert_eq!(field::<Vec<String>>(&many).unwrap().0.len(), 3);
    let text = r#"{"class_list":{"2":"a","10":"b","1":"c"},"id":1,"date":"yesterday"}"#;
    assert_eq!(super::from_str::<Post>(text).unwrap().class_list, ["a", "b", "c"]);
}

#[test]
fn map_is_read_from_null_and_from_a_list() {
    let map = |entries: &[(&str, u8)]| {
        entries.iter().map(|&(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>()
    };
    reads([
        (json!({"a": 1}), map(&[("a", 1)]), None),
        (json!([]), map(&[]), None),
        (json!({}), map(&[]), None),
        (json!(null), map(&[]), None),
        (json!(false), map(&[]), None),
        (json!(""), map(&[]), None),
        (json!([4, 5]), map(&[("0", 4), ("1", 5)]), Some(CoercionKind::ListAsMap)),
    ]);
    refuses::<BTreeMap<String, u8>>([json!(true), json!("a"), json!(7)]);
    let (keys, _) = field::<HashMap<UserId, String>>(&json!({"7": 1})).unwrap();
    assert_eq!(keys[&UserId::new(7).unwrap()], "1");
}

#[test]
fn a_struct_is_never_read_by_position() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Size {
        width: Option<u32>,
        height: Option<u32>,
    }
    let size = |width, height| Size { width, height };
    reads([
        (json!({"width": "3"}), size(Some(3), None), Some(CoercionKind::AsNumber)),
        (json!([]), size(None, None), None),
        (json!(false), size(None, None), None),
        (json!(""), size(None, None), None),
    ]);
    refuses::<Size>([json!([1, 2]), json!("3x4"), json!(3), json!(true)]);
}

#[test]
fn option_is_none_for_empty_values() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Picture {
        url: String,
    }
    let nothing = || [json!(null), json!(false), json!([]), json!({}), json!("")];
    reads::<Option<u32>>(nothing().map(|value| (value, None, None)));
    reads::<Option<f64>>(nothing().map(|value| (value, None, None)));
    reads::<Option<Picture>>(nothing().map(|value| (value, None, None)));
    reads::<Option<UserId>>(nothing().map(|value| (value, None, None)));
    reads::<Option<UserId>>([
        (json!(0), None, None),
        (json!("0"), None, None),
        (json!(0.0), None, Some(CoercionKind::AsNumber)),
        (json!("7"), UserId::new(7), Some(CoercionKind::AsNumber)),
    ]);
    reads::<Option<u32>>([(json!(0), Some(0), None)]);
    reads::<Option<bool>>([
        (json!(false), Some(false), None),
        (json!(null), None, None),
        (json!(""), None, None),
    ]);
    let text = |text: &str| Some(text.to_owned());
    reads([
        (json!(""), text(""), None),
        (json!(false), None, None),
        (json!([]), None, None),
        (json!("x"), text("x"), None),
    ]);
    reads::<Option<Vec<u8>>>([
        (json!([]), Some(vec![]), None),
        (json!({}), Some(vec![]), None),
        (json!(false), None, None),
    ]);
    reads::<Option<PostStatus>>([
        (json!("draft"), Some(PostStatus::Draft), None),
        (json!(false), None, None),
    ]);
    reads::<Option<Value>>([
        (json!(false), Some(json!(false)), None),
        (json!({"a": [0]}), Some(json!({"a": [0]})), None),
    ]);
    // A value that is present but cannot be read is an error, not `None`.
    refuses::<Option<u32>>([json!("x"), json!(true), json!(-1), json!([1])]);
    refuses::<Option<UserId>>([json!(-1), json!("x"), json!(true), json!(7.5)]);
}

#[test]
fn dates_are_read_in_every_format() {
    let site = |text: &str| text.parse::<SiteTime>().ok();
    let gmt = |text: &str| text.parse::<GmtTime>().ok();
    let form = Some(CoercionKind::DateForm);
    reads([
        (json!("2024-03-01T10:00:00"), site("2024-03-01T10:00:00"), None),
        (json!("2024-03-01T10:00:00Z"), site("2024-03-01T10:00:00"), form),
        (json!("2024-03-01T10:00:00+02:00"), site("2024-03-01T10:00:00"), form),
        (json!("2024-03-01 10:00:00.250"), site("2024-03-01T10:00:00"), form),
        (json!("-0001-11-30T00:00:00"), None, None),
        (json!("0000-00-00 00:00:00"), None, None),
        (json!(""), None, None),
        (json!(null), None, None),
        (json!(false), None, None),
    ]);
    reads([(json!("2024-03-01T10:00:00+02:00"), gmt("2024-03-01T08:00:00"), form)]);
    refuses::<Option<SiteTime>>([json!("yesterday"), json!("2024-13-01T00:00:00"), json!(true)]);
    refuses::<SiteTime>([json!(""), json!(null), json!("0000-00-00T00:00:00")]);
}

#[test]
fn id_rejects_null_and_id_lists_skip_zeros() {
    reads::<Vec<UserId>>([(
        json!([0, 3, "4", null, false, 5.0]),
        [3, 4, 5].into_iter().filter_map(UserId::new).collect(),
        Some(CoercionKind::AsNumber),
    )]);
    reads::<Vec<UserId>>([(
        json!({"1": 0, "2": 3, "4": null, "7": 5}),
        [3, 5].into_iter().filter_map(UserId::new).collect(),
        Some(CoercionKind::ObjectAsList),
    )]);
    refuses::<UserId>([json!(0), json!(null), json!(false), json!(""), json!([]), json!("x"), json!(-1)]);
    assert_eq!(field::<Vec<UserId>>(&json!([1, "x"])).err().as_deref(), Some("field[1]"));
}

#[test]
fn top_level_document_is_read_strictly() {
    #[derive(Debug, Deserialize)]
    struct Settings {
        title: Option<String>,
    }
    for text in ["null", "false", "\"\"", "{}", "{\"code\":1}", "7"] {
        assert!(super::from_str::<Vec<Post>>(text).is_err(), "{text}");
        assert!(text.starts_with('{') || super::from_str::<BTreeMap<String, Value>>(text).is_err(), "{text}");
        assert!(text.starts_with('{') || super::from_str::<Settings>(text).is_err(), "{text}");
    }
    assert_eq!(super::from_str::<Settings>("[]").unwrap().title, None);
    assert!(super::from_str::<BTreeMap<String, Value>>("[]").unwrap().is_empty());
    assert_eq!(super::from_str::<Vec<Post>>(r#"{"0":{"id":1},"2":{"id":2}}"#).unwrap().len(), 2);
    assert!(super::from_str::<Vec<Post>>("[]").unwrap().is_empty());
    assert_eq!(super::from_str::<bool>("1").ok(), Some(true));
}

#[test]
fn decode_report_names_every_path() {
    let text = r#"[{"id":1,"title":5},{"id":"2","categories":{"1":"7"},"content":{"rendered":3,"protected":1},"meta":[]}]"#;
    let Ok(decoded) = read::<Vec<Post>>(text, true) else { panic!() };
    let seen: Vec<_> =
        decoded.coercions.iter().map(|coercion| (coercion.path.as_str(), coercion.kind)).collect();
    assert_eq!(
        seen,
        [
            ("[0].title", CoercionKind::ScalarAsObject),
            ("[1].id", CoercionKind::AsNumber),
            ("[1].categories", CoercionKind::ObjectAsList),
            ("[1].categories.1", CoercionKind::AsNumber),
            ("[1].content.rendered", CoercionKind::ScalarAsText),
            ("[1].content.protected", CoercionKind::AsFlag),
        ]
    );
    assert_eq!(decoded.value[0].title.rendered, "5");
    // The report has a maximum length.
    let many = format!("[{}1]", "1,".repeat(5_000));
    let Ok(decoded) = read::<Vec<String>>(&many, true) else { panic!() };
    assert_eq!((decoded.value.len(), decoded.coercions.len()), (5_001, 1_000));
}

#[test]
fn unreadable_field_affects_only_itself() {
    let text = r#"{"id":7,"title":{"rendered":["x"],"raw":"T"},"date":"yesterday","categories":[1,"x"],"meta":"x","sticky":true,"author":-4,"slug":"s","status":{"a":1}}"#;
    let Ok(decoded) = read::<Post>(text, true) else { panic!() };
    let post = decoded.value;
    assert_eq!((post.slug.as_str(), post.sticky, post.date, post.author), ("s", true, None, None));
    assert_eq!(post.title.rendered, "");
    assert_eq!(post.status.as_str(), "", "not what an absent status means");
    assert!(post.categories.is_empty() && post.meta.is_empty());
    let unreadable: Vec<_> = decoded.coercions.iter().map(|coercion| coercion.path.as_str()).collect();
    assert_eq!(unreadable, ["title.rendered", "date", "categories", "meta", "author", "status"]);
    assert!(decoded.coercions.iter().all(|coercion| coercion.kind == CoercionKind::Unreadable));
}

#[test]
fn raw_content_is_never_coerced() {
    for raw in ["5", "false", "[]", "{}", "true", "[\"x\"]", "{\"errors\":[]}", "null"] {
        let text = format!(r#"[{{"id":1}},{{"id":2,"content":{{"raw":{raw},"rendered":"x"}}}}]"#);
        let error = super::from_str::<Vec<Post<Edit>>>(&text).unwrap_err();
        assert_eq!(error.path(), "[1].content.raw", "{raw}: {error}");
        assert!(serde_json::from_str::<Vec<Post<Edit>>>(&text).is_err(), "{raw}");
    }
    for content in ["{}", r#"{"rendered":"x"}"#, "\"x\"", "null", "[]", "false", "7"] {
        let text = format!(r#"{{"id":2,"content":{content}}}"#);
        let error = super::from_str::<Post<Edit>>(&text).unwrap_err();
        assert_eq!(error.path(), "content", "{content}: {error}");
        assert!(super::from_str::<Post>(&text).is_ok(), "{content}");
    }
    let post = super::from_str::<Post<Edit>>(r#"{"id":2,"content":{"raw":""}}"#).unwrap();
    assert_eq!((post.content.raw.as_str(), post.title.raw.as_str()), ("", ""));
}

#[test]
fn id_of_an_item_is_required() {
    for (text, path) in [
        (r#"[{"id":1},{"title":"x"}]"#, "[1]"),
        (r#"[{"id":1},{"id":"x"}]"#, "[1].id"),
        (r#"[{"id":1},{"id":0}]"#, "[1].id"),
        (r#"[{"id":1},null]"#, "[1]"),
        (r#"[{"id":1},[2]]"#, "[1]"),
        (r#"[{"id":1},"x"]"#, "[1]"),
    ] {
        assert_eq!(super::from_str::<Vec<Post>>(text).unwrap_err().path(), path, "{text}");
    }
}

#[test]
fn models_are_lenient_with_any_deserializer() {
    #[derive(Deserialize)]
    struct Own {
        #[serde(flatten)]
        post: Post,
        #[serde(deserialize_with = "super::lenient")]
        stock: BTreeMap<String, u32>,
        title: Rendered,
    }

    let value = json!({"id": "7", "title": "T", "meta": [], "date": "0000-00-00T00:00:00", "author": "0"});
    let post: Post = serde_json::from_value(value.clone()).unwrap();
    assert_eq!((post.id.get(), post.title.rendered.as_str(), post.author), (7, "T", None));
    let user: User =
        serde_json::from_value(json!({"id": 3, "roles": {"1": "editor"}, "email": false})).unwrap();
    assert_eq!((user.roles.unwrap(), user.email), (vec!["editor".to_owned()], None));

    let mut value = value;
    value["stock"] = json!([]);
    value["title"] = json!(5);
    let own: Own = serde_json::from_value(value).unwrap();
    assert_eq!((own.post.id.get(), own.stock.len(), own.title.rendered.as_str()), (7, 0, "5"));
}

#[test]
fn untagged_and_enum_types_are_read_unchanged() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Flag(bool),
        Text(String),
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Post,
        Of(String),
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Point(u8, u8);
    #[derive(Debug, PartialEq, Deserialize)]
    struct Wrapped(Option<Id<Wrapped>>);
    reads([(json!(false), Either::Flag(false), None), (json!("x"), Either::Text("x".to_owned()), None)]);
    reads([
        (json!("post"), Some(Kind::Post), None),
        (json!({"of": "x"}), Some(Kind::Of("x".to_owned())), None),
    ]);
    reads([(json!([1, "2"]), Point(1, 2), Some(CoercionKind::AsNumber))]);
    reads([(json!(0), Wrapped(None), None)]);
    reads([(json!({"a": [0, {"b": null}]}), json!({"a": [0, {"b": null}]}), None)]);
}

#[test]
fn value_depth_limit_is_that_of_php() {
    let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    for levels in [1, 127, 128, 200, 512] {
        assert!(super::from_str::<Value>(&nested(levels)).is_ok(), "{levels}");
        let inside = format!("{{\"id\":1,\"meta\":{{\"a\":{}}}}}", nested(levels - 2.min(levels)));
        assert!(super::from_str::<Post>(&inside).is_ok(), "{levels}");
    }
    let error = super::from_str::<Value>(&nested(513)).unwrap_err();
    assert!(error.to_string().contains("512 levels"), "{error}");
    assert!(super::from_str::<Value>(&nested(1 << 20)).is_err());
}

#[test]
fn type_of_the_user_goes_on_with_a_default() {
    #[expect(clippy::unnecessary_wraps, reason = "serde needs it")]
    fn or_default<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        Ok(T::deserialize(deserializer).unwrap_or_default())
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Item {
        #[serde(deserialize_with = "or_default")]
        number: u32,
        #[serde(deserialize_with = "or_default")]
        text: String,
        behind: u8,
    }

    for odd in ["[]", "{}", "[5]", r#"{"a":1}"#, r#"{"errors":[]}"#, r#"[[{"a":[]}]]"#] {
        let item = format!(r#"{{"number":{odd},"text":{odd},"behind":2}}"#);
        // As many as would take all levels of nesting.
        let list = format!("[{}]", vec![item; 300].join(","));
        let items: Vec<Item> = from_str(&list).unwrap_or_else(|error| panic!("{odd}: {error}"));
        assert!(items.iter().all(|item| (item.number, item.behind) == (0, 2)), "{odd}: {items:?}");
    }
    // Not for JSON that is malformed.
    for broken in ["[5", "{5}", "1.", "-", "tru", "[1,]"] {
        let item = format!(r#"{{"number":{broken},"text":"","behind":2}}"#);
        assert!(from_str::<Item>(&item).is_err(), "{broken}");
    }
}

#[test]
fn number_is_no_name_of_a_variant() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "type")]
    enum Shape {
        Circle { radius: u32 },
        Square { side: u32 },
    }

    assert_eq!(from_str::<Shape>(r#"{"type":"Square","side":3}"#).ok(), Some(Shape::Square { side: 3 }));
    // The second needs the careful reading.
    for wrong in [r#"{"type":1,"side":3}"#, r#"[{"type":1,"side":3},{"a":1e400}]"#] {
        assert!(from_str::<Shape>(wrong).is_err(), "{wrong}");
        assert!(from_str::<Vec<Shape>>(&format!("[{wrong}]")).is_err(), "{wrong}");
    }
}

#[test]
fn unknown_member_may_be_nested_deeply() {
    #[derive(Debug, Deserialize)]
    struct Slim {
        id: u64,
    }

    for levels in [127, 128, 511] {
        let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let slim: Slim = from_str(&format!(r#"{{"x":{deep},"id":7}}"#)).unwrap();
        assert_eq!(slim.id, 7);
    }
}
