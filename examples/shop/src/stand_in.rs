//! A shop for trying the program without one: a few orders, and what the program asks of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const KEY: &str = "ck_example";
const SECRET: &str = "cs_example";
/// `ck_example:cs_example`.
const AUTHORIZATION: &str = "Basic Y2tfZXhhbXBsZTpjc19leGFtcGxl";

/// A shop with 120 orders, one changed each hour: see [`start_with`].
pub async fn start() -> (MockServer, &'static str, &'static str) {
    start_with(120, 24).await
}

/// A shop with so many orders, so many changed each day from 2026-01-01T00:00:00 on, in the order of their ids. Even ones are
/// paid for. What a batch changes is changed on 2026-02-01, a second later each time.
pub async fn start_with(orders: u64, a_day: u64) -> (MockServer, &'static str, &'static str) {
    let server = MockServer::start().await;
    let shop =
        Mutex::new(Shop { orders: (1..=orders).map(|id| (id, order(id, a_day))).collect(), changes: 0 });
    let respond = move |request: &Request| {
        // A test that failed while it held the lock is the one to report.
        shop.lock().unwrap_or_else(PoisonError::into_inner).respond(request)
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    (server, KEY, SECRET)
}

struct Shop {
    orders: BTreeMap<u64, Value>,
    changes: u64,
}

fn order(id: u64, a_day: u64) -> Value {
    json!({
        "id": id, "status": if id.is_multiple_of(2) { "processing" } else { "pending" }, "currency": "EUR",
        "total": format!("{id}.50"), "customer_id": id % 3, "date_modified_gmt": changed(id, a_day),
        "billing": {"first_name": "Ana", "last_name": "B", "email": "ana@example.org"},
        "line_items": [{"name": "Dune", "product_id": 7, "quantity": 1, "total": format!("{id}.50")}],
    })
}

fn changed(id: u64, a_day: u64) -> String {
    let minutes = id * 24 * 60 / a_day;
    let (day, minutes) = (1 + minutes / (24 * 60), minutes % (24 * 60));
    format!("2026-01-{day:02}T{:02}:{:02}:00", minutes / 60, minutes % 60)
}

fn error(status: u16, code: &str, message: &str) -> ResponseTemplate {
    let body = json!({"code": code, "message": message, "data": {"status": status}});
    ResponseTemplate::new(status).set_body_json(body)
}

impl Shop {
    fn respond(&mut self, request: &Request) -> ResponseTemplate {
        let header = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        if header != Some(AUTHORIZATION) {
            return error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.");
        }
        let path = request.url.path().trim_start_matches("/wp-json");
        match (request.method.as_str(), path) {
            ("GET", "/wc/v3/orders") => self.list(request),
            ("POST", "/wc/v3/orders/batch") => {
                let body: Value = request.body_json().unwrap_or_default();
                let changes = body["update"].as_array().cloned().unwrap_or_default();
                let changes: Vec<_> = changes.iter().map(|change| self.change(change)).collect();
                ResponseTemplate::new(200).set_body_json(json!({"update": changes}))
            }
            ("DELETE", path) if path.starts_with("/wc/v3/orders/") => {
                let id = path.trim_start_matches("/wc/v3/orders/").parse::<u64>().ok();
                match id.and_then(|id| self.orders.remove(&id)) {
                    Some(order) => ResponseTemplate::new(200).set_body_json(order),
                    None => error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID."),
                }
            }
            (method @ ("GET" | "POST" | "PUT" | "PATCH"), path) if path.starts_with("/wc/v3/orders/") => {
                let id = path.trim_start_matches("/wc/v3/orders/").parse::<u64>().ok();
                let Some(order) = id.and_then(|id| self.orders.get(&id)) else {
                    return error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.");
                };
                let body: Value = request.body_json().unwrap_or_default();
                let order = match body.get("status").filter(|_| method != "GET") {
                    Some(status) => self.change(&json!({"id": id, "status": status})),
                    None => order.clone(),
                };
                ResponseTemplate::new(200).set_body_json(order)
            }
            _ => error(404, "rest_no_route", "No route was found matching the URL and request method."),
        }
    }

    fn list(&self, request: &Request) -> ResponseTemplate {
        let query = |name: &str| {
            request.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        };
        let number = |name: &str, default: usize| query(name).and_then(|v| v.parse().ok()).unwrap_or(default);
        let include: Vec<u64> = request
            .url
            .query_pairs()
            .filter(|(name, _)| name.starts_with("include"))
            .filter_map(|(_, id)| id.parse().ok())
            .collect();
        let (since, status) =
            (query("modified_after").unwrap_or_default(), query("status").unwrap_or_default());
        let time = |order: &Value| order["date_modified_gmt"].as_str().unwrap_or_default().to_owned();
        let is_listed = |id: u64, order: &Value| {
            (include.is_empty() || include.contains(&id))
                && (status.is_empty() || order["status"] == status.as_str())
                && time(order) > since
        };
        let mut all: Vec<_> =
            self.orders.iter().filter(|(id, order)| is_listed(**id, order)).map(|(_, order)| order).collect();
        if query("orderby").as_deref() == Some("modified") {
            all.sort_by_key(|order| time(order));
        }
        if query("order").as_deref() == Some("desc") {
            all.reverse();
        }
        let size = number("per_page", 10);
        let first = number("offset", (number("page", 1) - 1) * size);
        let rows: Vec<_> = all.iter().skip(first).take(size).collect();
        ResponseTemplate::new(200)
            .insert_header("x-wp-total", all.len().to_string())
            .insert_header("x-wp-totalpages", all.len().div_ceil(size).to_string())
            .set_body_json(rows)
    }

    fn change(&mut self, change: &Value) -> Value {
        let order = change["id"].as_u64().and_then(|id| self.orders.get_mut(&id));
        let Some(order) = order else {
            return json!({"id": change["id"], "error": {"code": "woocommerce_rest_shop_order_invalid_id",
                "message": "Invalid ID.", "data": {"status": 400}}});
        };
        order["status"] = change["status"].clone();
        let (minutes, seconds) = (self.changes / 60, self.changes % 60);
        order["date_modified_gmt"] =
            format!("2026-02-01T{:02}:{:02}:{seconds:02}", minutes / 60, minutes % 60).into();
        self.changes += 1;
        order.clone()
    }
}
