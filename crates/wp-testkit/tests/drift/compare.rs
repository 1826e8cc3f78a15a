//! How two responses to the same request differ.

use serde_json::Value;

use crate::{
    http::{Response, Server},
    shape::Structure,
    values,
};

/// Headers that are compared as they are.
const HEADERS: &[&str] = &[
    "Content-Type",
    "X-WP-Total",
    "X-WP-TotalPages",
    "Allow",
    "WWW-Authenticate",
    "X-Robots-Tag",
    "X-Content-Type-Options",
    "Access-Control-Expose-Headers",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Credentials",
    "Cache-Control",
    "Expires",
    "Vary",
    "Retry-After",
];

/// All differences, the first of them the most important one.
pub(crate) fn differences(servers: [&Server; 2], responses: &[Response; 2]) -> Vec<String> {
    let mut all = Vec::new();
    let [there, here] = responses;
    let code =
        |response: &Response| response.json().map(|body| body["code"].clone()).filter(Value::is_string);
    let outcome = |response: &Response| match code(response) {
        Some(Value::String(code)) if response.status >= 400 => format!("{} {code}", response.status),
        _ => response.status.to_string(),
    };
    if there.status != here.status || code(there) != code(here) {
        // All else follows from this.
        return vec![format!("{} there, {} here", outcome(there), outcome(here))];
    }
    for name in HEADERS {
        let [one, other] = responses.each_ref().map(|response| response.header(name).unwrap_or("nothing"));
        if one != other {
            all.push(format!("header {name} is {one} there, {other} here"));
        }
    }
    let both = |read: fn(&Server, &Response) -> String| [read(servers[0], there), read(servers[1], here)];
    for (what, [one, other]) in
        [("header Link", both(links)), ("header Location", both(location)), ("items", both(items))]
    {
        if one != other {
            all.push(format!("{what}: {one} there, {other} here"));
        }
    }
    match (there.json(), here.json()) {
        (Some(one), Some(other)) => {
            Structure::of(&one).differences(&Structure::of(&other), "", &mut all);
            all.extend(values::differences(servers, [&one, &other]));
        }
        (None, None) => {}
        (one, _) => {
            all.push(format!("only the body {} is JSON", if one.is_some() { "there" } else { "here" }));
        }
    }
    all
}

/// The relations that the headers `Link` name.
fn links(_: &Server, response: &Response) -> String {
    let mut rels: Vec<_> = response
        .headers("Link")
        .flat_map(|value| value.split(", <"))
        .filter_map(|link| Some(link.split_once("rel=\"")?.1.split_once('"')?.0.to_owned()))
        .collect();
    rels.sort();
    rels.join(" ")
}

/// The path of `Location`, with `#` for ids.
fn location(server: &Server, response: &Response) -> String {
    let Some(location) = response.header("Location") else { return "nothing".to_owned() };
    let path = location.strip_prefix(&server.url).unwrap_or(location);
    let part = |part: &str| {
        let is_id = part.bytes().all(|byte| byte.is_ascii_digit()) || part.len() == 36;
        if is_id && !part.is_empty() { "#".to_owned() } else { part.to_owned() }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Which fixtures a list has, in order.
fn items(server: &Server, response: &Response) -> String {
    let Some(Value::Array(items)) = response.json() else { return String::new() };
    let name = |item: &Value| {
        let id = item["id"].to_string();
        let mut names: Vec<_> =
            server.names.iter().filter(|(_, own)| **own == id).map(|(name, _)| name).collect();
        names.sort();
        // Posts and terms may have the same ids: those of one list are of one kind, which is the first.
        let kind = item["taxonomy"].as_str().or(item["type"].as_str()).unwrap_or("user");
        let prefix = match kind {
            "category" => "cat",
            "post_tag" => "tag",
            "post" => "post",
            other => other,
        };
        let known = names.iter().find(|name| name.starts_with(prefix));
        known.map_or_else(|| "?".to_owned(), |name| (*name).clone())
    };
    items.iter().map(name).collect::<Vec<_>>().join(" ")
}
