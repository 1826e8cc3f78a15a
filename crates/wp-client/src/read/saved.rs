//! The comparison of a written item with the saved one.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wp_core::response::Json;

use super::with::With;
use super::{Converted, Sent, value};

/// An item that was created or changed, and the sent fields that WordPress did not save as they were sent. Made by
/// [`Request::checked`](crate::Request::checked).
///
/// Lists are compared without their order, and texts in the form in which they were written. A password is not compared,
/// since no response shows it.
///
/// WordPress changes some values for good reasons: it makes a slug unique, removes scripts from the texts of users who
/// may not write them, and schedules a post whose date is in the future.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Saved<T> {
    /// The item.
    pub item: T,
    /// The fields that were saved with another value or not at all.
    pub differences: Vec<Difference>,
}

/// A field that WordPress did not save as it was sent; see [`Saved`].
///
/// `Display` names the field, and shows no value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The JSON name of the field, below its parents: `meta.isbn`.
    pub field: String,
    /// The value that was sent.
    pub sent: Value,
    /// The value in the response; `None` if the response does not have the field.
    pub saved: Option<Value>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = if self.saved.is_some() { "was saved with another value" } else { "was not saved" };
        write!(f, "`{}` {what}", self.field)
    }
}

/// Fields that no response shows, or that WordPress computes from more than what was sent.
const NOT_COMPARED: &[&str] = &["password", "date", "date_gmt"];

fn compare(sent: &Map<String, Value>, saved: &Map<String, Value>, path: &str, out: &mut Vec<Difference>) {
    for (name, sent) in sent {
        let field = format!("{path}{name}");
        let saved = saved.get(name);
        let is_empty_date = sent.is_null() || saved.is_none();
        if NOT_COMPARED.contains(&field.as_str()) && (is_empty_date || has_offset(sent)) {
            continue;
        }
        match (sent, saved) {
            (Value::Object(sent), Some(Value::Object(saved))) if !saved.contains_key("raw") => {
                compare(sent, saved, &format!("{field}."), out);
            }
            (Value::Object(sent), Some(Value::Array(saved))) if saved.is_empty() => {
                // PHP's empty object.
                compare(sent, &Map::new(), &format!("{field}."), out);
            }
            (sent, Some(saved)) if is_same(sent, saved) => {}
            (sent, saved) => out.push(Difference { field, sent: sent.clone(), saved: saved.cloned() }),
        }
    }
}

/// Whether a date names its zone, so that WordPress writes it in another form.
fn has_offset(date: &Value) -> bool {
    date.as_str()
        .is_some_and(|date| date.ends_with('Z') || date.get(19..).is_some_and(|rest| !rest.is_empty()))
}

fn is_same(sent: &Value, saved: &Value) -> bool {
    match (sent, saved) {
        (sent, Value::Object(saved)) if saved.contains_key("raw") => {
            let sent = sent.get("raw").unwrap_or(sent);
            saved.get("raw").is_some_and(|raw| is_same(sent, raw))
        }
        (Value::Array(sent), Value::Array(saved)) => is_same_in_any_order(sent, saved),
        (Value::Null | Value::Bool(false), saved) => is_empty(saved) || is_zero(saved),
        (sent, Value::Null | Value::Bool(false)) => is_empty(sent) || is_zero(sent),
        (sent, saved) if is_empty(sent) => is_empty(saved),
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => sent == saved,
        (sent, saved) => text(sent) == text(saved) || is_same_number(sent, saved),
    }
}

/// Whether each item of a list is in the other, as often as in the one.
fn is_same_in_any_order(sent: &[Value], saved: &[Value]) -> bool {
    let mut left: Vec<&Value> = saved.iter().collect();
    let take = |item: &Value| {
        let at = left.iter().position(|other| is_same(item, other));
        at.map(|at| left.swap_remove(at)).is_some()
    };
    sent.len() == saved.len() && sent.iter().all(take)
}

/// Whether one is a number and the other has its value: 12.0, 12 and `"12"`.
fn is_same_number(sent: &Value, saved: &Value) -> bool {
    // Integers have one form, and more digits than an `f64`.
    let is_integer = |value: &Value| value.is_i64() || value.is_u64();
    let has_number = sent.is_number() || saved.is_number();
    if !has_number || (is_integer(sent) && is_integer(saved)) {
        return false;
    }
    let number = |value: &Value| text(value).parse::<f64>().ok();
    let order = number(sent).zip(number(saved)).and_then(|(sent, saved)| sent.partial_cmp(&saved));
    order.is_some_and(std::cmp::Ordering::is_eq)
}

/// Whether it is one of PHP's forms of "none".
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        scalar => text(scalar).is_empty(),
    }
}

fn is_zero(value: &Value) -> bool {
    value.as_f64() == Some(0.0) || value.as_str() == Some("0")
}

/// The text that PHP makes of a scalar.
fn text(scalar: &Value) -> std::borrow::Cow<'_, str> {
    match scalar {
        Value::Null | Value::Bool(false) => "".into(),
        Value::Bool(true) => "1".into(),
        Value::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}

pub(crate) fn saved<T: DeserializeOwned>(json: &Json, known: &Sent<'_>) -> Converted<Saved<T>> {
    let (item, coercions) = value(json, known)?;
    let mut differences = Vec::new();
    let sent = known.json.and_then(|sent| serde_json::from_slice::<Map<String, Value>>(sent).ok());
    if let (Some(sent), Value::Object(saved)) = (sent, json.decode()?) {
        compare(&sent, &saved, "", &mut differences);
    }
    Ok((Saved { item, differences }, coercions))
}

/// As [`saved`], with an `X` that is read from the same JSON.
pub(crate) fn saved_with<T: DeserializeOwned, X: DeserializeOwned>(
    json: &Json,
    known: &Sent<'_>,
) -> Converted<Saved<With<T, X>>> {
    let (Saved { item, differences }, mut coercions) = saved(json, known)?;
    let (extra, of_extra) = value(json, known)?;
    coercions.extend(of_extra);
    Ok((Saved { item: With { item, extra }, differences }, coercions))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(sent: &Value, saved: &Value) -> Vec<String> {
        let mut out = Vec::new();
        compare(sent.as_object().unwrap(), saved.as_object().unwrap(), "", &mut out);
        out.into_iter().map(|difference| difference.field).collect()
    }

    #[test]
    fn values_are_compared_as_php_sees_them() {
        for (sent, saved, expected) in [
            (json!("0"), json!(""), false),
            (json!(0), json!(""), false),
            (json!(""), json!("0"), false),
            (json!("0"), json!("0"), true),
            (json!("0"), json!(0), true),
            (json!(0), json!(null), true),
            (json!(0), json!(false), true),
            (json!(null), json!(0), true),
            (json!(null), json!(""), true),
            (json!(null), json!([]), true),
            (json!({}), json!([]), true),
            (json!(false), json!("1"), false),
            (json!(12.0), json!(12), true),
            (json!(12.0), json!("12"), true),
            (json!("12.50"), json!(12.5), true),
            (json!("12.50"), json!("12.5"), false),
            (json!("007"), json!("7"), false),
            (json!(12.5), json!(12), false),
            (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64), false),
            (json!("x"), json!(0), false),
            (json!([1, 1, 2]), json!([1, 2, 2]), false),
            (json!([1, 2, 2]), json!([2, "1", 2]), true),
            (json!(["", "0"]), json!(["0", ""]), true),
            (json!([1]), json!([1, 1]), false),
            (json!([[1, 2], [3]]), json!([[3], [2, 1]]), true),
        ] {
            assert_eq!(is_same(&sent, &saved), expected, "{sent} {saved}");
        }
    }

    #[test]
    fn only_fields_that_were_saved_otherwise_are_listed() {
        let saved = json!({
            "id": 7, "title": {"raw": "A & B", "rendered": "A &#038; B"}, "status": "pending", "tags": [3, 4],
            "categories": [1], "featured_media": 0, "sticky": false, "template": "", "slug": "a-b-2",
            "meta": {"isbn": "", "pages": 12}, "date": "2030-01-31T09:00:00", "acf": [],
        });
        let same = json!({
            "title": "A & B", "tags": [4, 3], "categories": ["1"], "featured_media": 0, "template": null,
            "sticky": 0, "meta": {"pages": "12"}, "date": "2030-01-31T09:00:00", "password": "x", "acf": {},
        });
        assert_eq!(fields(&same, &saved), [""; 0]);
        assert_eq!(fields(&json!({"date": null, "date_gmt": "2030-01-31T08:00:00Z"}), &saved), [""; 0]);
        let other = json!({
            "title": "A", "status": "publish", "tags": [3], "categories": [2], "slug": "a-b", "sticky": true,
            "meta": {"isbn": "1", "other": 1}, "acf": {"color": "red"}, "genre": [5], "date": "2030-02-01T09:00:00",
        });
        let mut found = fields(&other, &saved);
        found.sort();
        assert_eq!(
            found,
            [
                "acf.color",
                "categories",
                "date",
                "genre",
                "meta.isbn",
                "meta.other",
                "slug",
                "status",
                "sticky",
                "tags",
                "title"
            ]
        );
    }
}
