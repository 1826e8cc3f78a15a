//! A shop for trying the program without one: a few orders, and what the program asks of them.

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const KEY: &str = "ck_example";
const SECRET: &str = "cs_example";
/// `ck_example:cs_example`.
const AUTHORIZATION: &str = "Basic Y2tfZXhhbXBsZTpjc19leGFtcGxl";

/// A shop with 120 orders, one changed each hour from 2026-01-01T00:00:00 on. Even ones are paid for.
pub async fn start() -> (MockServer, &'static str, &'static str) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(respond).mount(&server).await;
    (server, KEY, SECRET)
}

fn order(id: usize) -> Value {
    json!({
        "id": id, "status": if id.is_multiple_of(2) { "processing" } else { "pending" }, "currency": "EUR",
        "total": format!("{id}.50"), "customer_id": id % 3, "date_modified_gmt": changed(id),
        "billing": {"first_name": "Ana", "last_name": "B", "email": "ana@example.org"},
        "line_items": [{"name": "Dune", "product_id": 7, "quantity": 1, "total": format!("{id}.50")}],
    })
}

fn changed(id: usize) -> String {
    format!("2026-01-{:02}T{:02}:00:00", 1 + id / 24, id % 24)
}

fn error(status: u16, code: &str, message: &str) -> ResponseTemplate {
    let body = json!({"code": code, "message": message, "data": {"status": status}});
    ResponseTemplate::new(status).set_body_json(body)
}

fn respond(request: &Request) -> ResponseTemplate {
    let header = request.headers.get("authorization").and_then(|value| value.to_str().ok());
    if header != Some(AUTHORIZATION) {
        return error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.");
    }
    let query =
        |name: &str| request.url.query_pairs().find(|(known, _)| known == name).map(|(_, v)| v.into_owned());
    let path = request.url.path().trim_start_matches("/wp-json");
    match (request.method.as_str(), path) {
        ("GET", "/wc/v3/orders") => {
            let number =
                |name: &str, default: usize| query(name).and_then(|v| v.parse().ok()).unwrap_or(default);
            let (page, size) = (number("page", 1), number("per_page", 10));
            let since = query("modified_after").unwrap_or_default();
            let status = query("status").unwrap_or_default();
            let is_listed = |order: &Value| status.is_empty() || order["status"] == status.as_str();
            let after = (1..=120).filter(|id| changed(*id) > since).map(order);
            let all: Vec<_> = after.filter(is_listed).collect();
            let rows: Vec<_> = all.iter().skip((page - 1) * size).take(size).cloned().collect();
            ResponseTemplate::new(200)
                .insert_header("x-wp-total", all.len().to_string())
                .insert_header("x-wp-totalpages", all.len().div_ceil(size).to_string())
                .set_body_json(rows)
        }
        ("POST", "/wc/v3/orders/batch") => {
            let body: Value = request.body_json().unwrap_or_default();
            let change = |change: &Value| match change["id"].as_u64().and_then(|id| usize::try_from(id).ok())
            {
                Some(id) if (1..=120).contains(&id) => {
                    let mut changed = order(id);
                    changed["status"] = change["status"].clone();
                    changed
                }
                id => json!({"id": id, "error": {"code": "woocommerce_rest_shop_order_invalid_id",
                    "message": "Invalid ID.", "data": {"status": 400}}}),
            };
            let changes: Vec<_> = body["update"].as_array().into_iter().flatten().map(change).collect();
            ResponseTemplate::new(200).set_body_json(json!({"update": changes}))
        }
        ("GET" | "POST" | "PUT" | "PATCH", path) if path.starts_with("/wc/v3/orders/") => {
            let id = path.trim_start_matches("/wc/v3/orders/").parse();
            let Some(id) = id.ok().filter(|id| (1..=120).contains(id)) else {
                return error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.");
            };
            let body: Value = request.body_json().unwrap_or_default();
            let mut order = order(id);
            if let Some(status) = body.get("status") {
                order["status"] = status.clone();
            }
            ResponseTemplate::new(200).set_body_json(order)
        }
        _ => error(404, "rest_no_route", "No route was found matching the URL and request method."),
    }
}
