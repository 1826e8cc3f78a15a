//! Validation of parameters against the schema of an endpoint, with WordPress' error messages.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::{
    http::{
        Error,
        request::{Given, Upload},
        url::encode,
    },
    state::{
        clock,
        kinds::{self, Of, PostType, Taxonomy},
    },
};

/// The type of a parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Validated by the handler.
    Any,
    Text,
    /// Text that is not blank.
    Filled,
    /// Text that a callback accepts, once all parameters have their types.
    Checked(fn(&str) -> Result<(), Problem>),
    Flag,
    Int,
    /// An integer with a minimum.
    AtLeast(i64),
    /// An integer within a range.
    Between(i64, i64),
    OneOf(&'static [&'static str]),
    Ints,
    Texts,
    SomeOf(&'static [&'static str]),
    FlagOrSomeOf(&'static [&'static str]),
    /// Ids of terms, or `{terms, include_children, operator}`, of which these are allowed.
    Terms(&'static [&'static str]),
    /// The id of a user; empty or `false` for none.
    UserId,
    Date,
    DateOrNull,
    /// The requests of a batch, no more than these.
    Requests(usize),
    /// A UUID or an empty string.
    Uuid,
    /// An object with the fields of meta data.
    Meta,
    /// A text, or an object with the text as it was written.
    Raw,
}

/// A parameter in an endpoint's schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
}

pub(crate) const fn param(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: false }
}

pub(crate) const fn required(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: true }
}

pub(crate) const CONTEXT: Param = param("context", Kind::OneOf(&["view", "embed", "edit"]));

/// The context of a response: how many fields it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Context {
    View,
    Edit,
    Embed,
}

impl Context {
    /// The letter for it in the tables of fields.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::View => 'v',
            Self::Edit => 'e',
            Self::Embed => 'm',
        }
    }
}

/// The validated and converted parameters of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    values: Map<String, Value>,
    /// The parameters of the query, which links to other pages repeat.
    query: Map<String, Value>,
    /// The member of the family that the route is for.
    pub(crate) of: Of,
    pub(crate) upload: Arc<Upload>,
    /// Whether parameters that were not sent have their defaults.
    pub(crate) has_defaults: bool,
    /// For handlers that read only one kind of body.
    json: Map<String, Value>,
    form: Map<String, Value>,
}

impl Params {
    /// Unvalidated, for the permission callbacks of methods that were not requested.
    pub(crate) fn raw(given: &Given, of: Of) -> Self {
        Self {
            of,
            has_defaults: false,
            upload: Arc::clone(&given.upload),
            values: given.merged(),
            query: given.query.clone(),
            json: given.json.clone(),
            form: given.form.clone(),
        }
    }

    pub(crate) fn checked(given: &Given, of: Of, schema: &[Param]) -> Result<Self, Error> {
        let mut params = Self { has_defaults: true, ..Self::raw(given, of) };
        let missing: Vec<&str> = schema
            .iter()
            .filter(|row| row.required && params.get(row.name).is_none())
            .map(|row| row.name)
            .collect();
        if !missing.is_empty() {
            let message = format!("Missing parameter(s): {}", missing.join(", "));
            return Err(Error::new(400, "rest_missing_callback_param", message).with("params", missing));
        }
        let mut problems = Vec::new();
        for row in schema {
            let Some(value) = params.get(row.name) else { continue };
            match check(row.name, row.kind, value) {
                Ok(value) => {
                    // WordPress stores the converted value in the place where it found the original.
                    if let Some(slot) = params.query.get_mut(row.name) {
                        *slot = value.clone();
                    }
                    params.values.insert(row.name.to_owned(), value);
                }
                Err(problem) => problems.push((row.name, problem)),
            }
        }
        // These few are checked before the others.
        let is_early = |name: &str| matches!(name, "context" | "page" | "per_page" | "search");
        if problems.iter().any(|(name, _)| is_early(name)) {
            problems.retain(|(name, _)| is_early(name));
        }
        if problems.is_empty() {
            let late = |row: &Param| match row.kind {
                Kind::Checked(check) => Some((row.name, check(&params.text(row.name)?).err()?)),
                _ => None,
            };
            problems.extend(schema.iter().filter_map(late));
        }
        if problems.is_empty() { Ok(params) } else { Err(invalid(problems)) }
    }

    /// The post type of the route.
    pub(crate) fn post_type(&self) -> &'static PostType {
        if let Of::Type(kind) = self.of { kind } else { &kinds::POST }
    }

    /// The taxonomy of the route.
    pub(crate) fn taxonomy(&self) -> &'static Taxonomy {
        if let Of::Taxonomy(taxonomy) = self.of { taxonomy } else { &kinds::TAG }
    }

    /// A value that is present and not `null`.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// Whether it was sent, even as `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(integer)
    }

    pub(crate) fn id(&self, name: &str) -> u64 {
        self.int(name).and_then(|id| u64::try_from(id).ok()).unwrap_or(0)
    }

    pub(crate) fn size(&self, name: &str, default: usize) -> usize {
        self.int(name).and_then(|size| usize::try_from(size).ok()).unwrap_or(default)
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(boolean)
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(scalar)
    }

    /// A text that was sent in the query.
    pub(crate) fn query_text(&self, name: &str) -> Option<String> {
        self.query.get(name).and_then(scalar)
    }

    /// A text that was sent in the JSON body.
    pub(crate) fn json_text(&self, name: &str) -> Option<String> {
        self.json.get(name).and_then(scalar)
    }

    /// A text that was sent in the form.
    pub(crate) fn form_text(&self, name: &str) -> Option<String> {
        self.form.get(name).and_then(scalar)
    }

    pub(crate) fn ids(&self, name: &str) -> Vec<u64> {
        let value = self.get(name).map(|value| value.get("terms").unwrap_or(value));
        let id = |item: &Value| integer(item).and_then(|id| u64::try_from(id).ok());
        value.map(|value| items(value).iter().filter_map(id).collect()).unwrap_or_default()
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.get(name).map(|v| items(v).iter().filter_map(scalar).collect()).unwrap_or_default()
    }

    /// A key of an object, such as `operator` of a query of terms.
    pub(crate) fn inner(&self, name: &str, key: &str) -> Option<&Value> {
        self.get(name)?.get(key)
    }

    pub(crate) fn context(&self) -> Context {
        match self.text("context").as_deref() {
            Some("edit") => Context::Edit,
            Some("embed") => Context::Embed,
            _ => Context::View,
        }
    }

    /// The query for another page of this list, without the parameter `but`, which that page's URL already has.
    pub(crate) fn query_of_page(&self, page: usize, but: Option<&str>) -> String {
        let mut query = self.query.clone();
        but.and_then(|name| query.shift_remove(name));
        query.shift_remove("rest_route");
        query.insert("page".into(), json!(page));
        let mut parts = Vec::new();
        for (name, value) in &query {
            write_pair(&encode(name), value, &mut parts);
        }
        parts.join("&")
    }
}

/// Like `_http_build_query`: `false` becomes an empty value.
fn write_pair(name: &str, value: &Value, parts: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                write_pair(&format!("{name}%5B{at}%5D"), item, parts);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                write_pair(&format!("{name}%5B{}%5D", encode(key)), item, parts);
            }
        }
        value => match scalar(value).filter(|text| !text.is_empty()) {
            Some(text) => parts.push(format!("{name}={}", encode(&text))),
            None => parts.push(name.to_owned()),
        },
    }
}

/// The error of one parameter.
#[derive(Debug)]
pub(crate) struct Problem {
    code: &'static str,
    message: String,
    data: Value,
}

impl Problem {
    pub(crate) fn new(code: &'static str, message: String, data: Value) -> Self {
        Self { code, message, data }
    }

    fn kind(name: &str, kind: &str) -> Self {
        let message = format!("{name} is not of type {kind}.");
        Self::new("rest_invalid_type", message, json!({ "param": name }))
    }

    /// A callback said no, and nothing else.
    fn bare() -> Self {
        Self::new("", "Invalid parameter.".into(), Value::Null)
    }

    /// The problem in the format that came closest, of several that are allowed.
    fn inside(self, name: &str, format: &str, position: usize) -> Self {
        let message = format!("{name} is not a valid Term ID {format}. Reason: {}", self.message);
        Self::new("rest_no_matching_schema", message, json!({ "position": position }))
    }

    pub(crate) fn choice(name: &str, choices: &[&str]) -> Self {
        let message = match choices {
            [only] => format!("{name} is not {only}."),
            many => format!("{name} is not one of {}.", listed(many)),
        };
        Self::new("rest_not_in_enum", message, Value::Null)
    }
}

/// `rest_invalid_param` for all invalid parameters.
pub(crate) fn invalid(problems: Vec<(&str, Problem)>) -> Error {
    let names: Vec<&str> = problems.iter().map(|(name, _)| *name).collect();
    let message = format!("Invalid parameter(s): {}", names.join(", "));
    let (mut params, mut details) = (Map::new(), Map::new());
    for (name, Problem { code, message, data }) in problems {
        params.insert(name.to_owned(), json!(message));
        if !code.is_empty() {
            let detail = json!({ "code": code, "message": message, "data": data });
            details.insert(name.to_owned(), detail);
        }
    }
    // An empty PHP array is a list.
    let details = if details.is_empty() { json!([]) } else { Value::Object(details) };
    Error::new(400, "rest_invalid_param", message).with("params", params).with("details", details)
}

/// `a, b, and c`; `a and b`.
fn listed(choices: &[&str]) -> String {
    match choices {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        [many @ .., last] => format!("{}, and {last}", many.join(", ")),
    }
}

fn check(name: &str, kind: Kind, value: &Value) -> Result<Value, Problem> {
    match kind {
        Kind::Any | Kind::Raw => Ok(value.clone()),
        Kind::Text | Kind::Checked(_) => scalar_text(value).ok_or_else(|| Problem::kind(name, "string")),
        Kind::Filled => {
            let text = scalar_text(value).ok_or_else(|| Problem::kind(name, "string"))?;
            match text.as_str().map(str::trim) {
                Some("") if value == "" => {
                    let message = format!("{name} must be at least 1 character long.");
                    Err(Problem::new("rest_too_short", message, Value::Null))
                }
                Some("") => {
                    let message = format!(r"{name} does not match pattern .*\S.*.");
                    Err(Problem::new("rest_invalid_pattern", message, Value::Null))
                }
                _ => Ok(text),
            }
        }
        Kind::Flag => boolean(value).map(Value::from).ok_or_else(|| Problem::kind(name, "boolean")),
        Kind::Int => integer(value).map(Value::from).ok_or_else(|| Problem::kind(name, "integer")),
        Kind::AtLeast(least) => {
            let number = integer(value).ok_or_else(|| Problem::kind(name, "integer"))?;
            bounded(number, number >= least, || format!("{name} must be greater than or equal to {least}"))
        }
        Kind::Between(least, most) => {
            let number = integer(value).ok_or_else(|| Problem::kind(name, "integer"))?;
            bounded(number, (least..=most).contains(&number), || {
                format!("{name} must be between {least} (inclusive) and {most} (inclusive)")
            })
        }
        Kind::OneOf(choices) => match scalar(value) {
            Some(text) if choices.contains(&text.as_str()) => Ok(json!(text)),
            _ => Err(Problem::choice(name, choices)),
        },
        Kind::Ints => each(name, value, Kind::Int),
        Kind::Texts => each(name, value, Kind::Text),
        Kind::SomeOf(choices) => each(name, value, Kind::OneOf(choices)),
        Kind::UserId => match scalar(value).as_deref() {
            Some("" | "false") => Ok(json!(false)),
            Some(text) if text.parse::<f64>().is_ok() => Ok(value.clone()),
            _ => {
                let data = json!({ "status": 400 });
                Err(Problem::new("rest_invalid_param", "Invalid user parameter(s).".into(), data))
            }
        },
        Kind::Requests(most) => requests(name, most, value),
        Kind::FlagOrSomeOf(choices) => match boolean(value) {
            Some(flag) => Ok(json!(flag)),
            None => each(name, value, Kind::OneOf(choices)),
        },
        Kind::Terms(keys) => match value.as_object() {
            Some(object) => terms(name, keys, object),
            None => each(name, value, Kind::Int).map_err(|problem| problem.inside(name, "List", 0)),
        },
        Kind::Date | Kind::DateOrNull => match value.as_str() {
            Some(text) if clock::parse(text).is_some() => Ok(value.clone()),
            _ => Err(Problem::new("rest_invalid_date", "Invalid date.".into(), Value::Null)),
        },
        Kind::Uuid => match scalar(value) {
            Some(text) if text.is_empty() || is_uuid(&text) => Ok(json!(text)),
            _ => {
                let message = format!("{name} does not match any of the expected formats.");
                Err(Problem::new("rest_no_matching_schema", message, Value::Null))
            }
        },
        Kind::Meta => match value {
            Value::Object(_) => Ok(value.clone()),
            Value::Array(items) if items.is_empty() => Ok(json!({})),
            _ => Err(Problem::bare()),
        },
    }
}

/// A query of terms. WordPress names the format that came closest, with the reason.
fn terms(name: &str, keys: &[&str], object: &Map<String, Value>) -> Result<Value, Problem> {
    let mut checked = Map::new();
    for (key, value) in object {
        let inner = format!("{name}[{key}]");
        let value = match key.as_str() {
            _ if !keys.contains(&key.as_str()) => {
                let message = format!("{key} is not a valid property of Object.");
                Err(Problem::new("rest_additional_properties_forbidden", message, Value::Null))
            }
            "terms" => each(&inner, value, Kind::Int),
            "include_children" => check(&inner, Kind::Flag, value),
            _ => check(&inner, Kind::OneOf(&["AND", "OR"]), value),
        };
        let value = value.map_err(|problem| problem.inside(name, "Taxonomy Query", 1))?;
        checked.insert(key.clone(), value);
    }
    Ok(Value::Object(checked))
}

/// The requests of a batch.
fn requests(name: &str, most: usize, value: &Value) -> Result<Value, Problem> {
    if value.is_object() {
        return Err(Problem::kind(name, "array"));
    }
    let list = items(value);
    for (at, request) in list.iter().enumerate() {
        let place = format!("{name}[{at}]");
        let request = request.as_object().ok_or_else(|| Problem::kind(&place, "object"))?;
        if !request.contains_key("path") {
            let message = format!("path is a required property of {place}.");
            return Err(Problem::new("rest_property_required", message, Value::Null));
        }
        if let Some(method) = request.get("method") {
            check(&format!("{place}[method]"), Kind::OneOf(&["POST", "PUT", "PATCH", "DELETE"]), method)?;
        }
    }
    if list.len() > most {
        let message = format!("{name} must contain at most {most} items.");
        return Err(Problem::new("rest_too_many_items", message, Value::Null));
    }
    Ok(value.clone())
}

fn bounded(number: i64, within: bool, message: impl Fn() -> String) -> Result<Value, Problem> {
    let problem = || Problem::new("rest_out_of_bounds", message(), Value::Null);
    if within { Ok(json!(number)) } else { Err(problem()) }
}

fn each(name: &str, value: &Value, kind: Kind) -> Result<Value, Problem> {
    if value.is_object() {
        return Err(Problem::kind(name, "array"));
    }
    let check = |(at, item)| check(&format!("{name}[{at}]"), kind, item);
    items(value).iter().enumerate().map(check).collect()
}

/// A list, or a text with commas or spaces that is split into a list.
pub(crate) fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Object(map) => map.values().cloned().collect(),
        Value::String(text) => text
            .split(|c: char| c == ',' || c.is_ascii_whitespace())
            .filter(|item| !item.is_empty())
            .map(Value::from)
            .collect(),
        Value::Null => Vec::new(),
        other => vec![other.clone()],
    }
}

/// `rest_is_integer`: whole numbers, also as text.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            // For PHP, 1.0 is an integer.
            let text = number.to_string();
            text.strip_suffix(".0")?.parse().ok()
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// `rest_is_boolean`: accepts no other words.
pub(crate) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        Value::Number(number) => match number.as_i64() {
            Some(1) => Some(true),
            Some(0) => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Converts a value to text like PHP.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("1".into()),
        Value::Bool(false) => Some(String::new()),
        _ => None,
    }
}

fn scalar_text(value: &Value) -> Option<Value> {
    value.is_string().then(|| value.clone())
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let hex = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(hex)
}

/// A schema as the index shows it; an empty one is an empty PHP array.
/// The ids are in the path.
pub(crate) fn describe(schema: &[Param], ids: &[&str]) -> Value {
    if schema.is_empty() && ids.is_empty() {
        return json!([]);
    }
    let id = |name: &&str| ((*name).to_owned(), json!({ "type": "integer", "required": false }));
    let row = |row: &Param| {
        let mut described = match row.kind {
            Kind::Any | Kind::Text | Kind::Checked(_) | Kind::Uuid => json!({ "type": "string" }),
            Kind::Filled => json!({ "type": "string", "minLength": 1, "pattern": r".*\S.*" }),
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::Int | Kind::UserId => json!({ "type": "integer" }),
            Kind::AtLeast(least) => json!({ "type": "integer", "minimum": least }),
            Kind::Between(least, most) => {
                json!({ "type": "integer", "minimum": least, "maximum": most })
            }
            Kind::OneOf(choices) => json!({ "type": "string", "enum": choices }),
            Kind::Ints => json!({ "type": "array", "items": { "type": "integer" } }),
            Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Kind::SomeOf(choices) => {
                json!({ "type": "array", "items": { "enum": choices, "type": "string" } })
            }
            Kind::FlagOrSomeOf(choices) => {
                json!({ "type": ["boolean", "array"], "items": { "enum": choices, "type": "string" } })
            }
            Kind::Requests(most) => {
                json!({ "type": "array", "maxItems": most, "items": { "type": "object" } })
            }
            Kind::Terms(_) => json!({ "type": ["object", "array"], "oneOf": [] }),
            Kind::Date => json!({ "type": "string", "format": "date-time" }),
            Kind::DateOrNull => json!({ "type": ["string", "null"], "format": "date-time" }),
            Kind::Meta | Kind::Raw => json!({ "type": "object", "properties": {} }),
        };
        described["required"] = json!(row.required);
        (row.name.to_owned(), described)
    };
    Value::Object(ids.iter().map(id).chain(schema.iter().map(row)).collect())
}
