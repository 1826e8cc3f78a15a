//! The models against what real servers sent.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wp_core::models::{Category, Post, PostStatus, Tag, User};

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "case")]
    name: String,
    model: String,
    list: bool,
    body: String,
    /// The request asked for some fields only, so that it is no whole model.
    #[serde(default)]
    partial: bool,
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
fn dates_that_were_never_set_are_none() {
    let case = cases().find(|case| case.name.contains("zero-date")).expect("the case is there");
    let post = items::<Post>(&case).remove(0);
    assert_eq!((post.date, post.date_gmt, post.modified), (None, None, None));
    assert_eq!(post.status, PostStatus::Publish);
}
