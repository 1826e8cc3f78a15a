//! The types against a real WooCommerce, which `cargo xtask live --tls --plugin DIR` boots, with WooCommerce in DIR.
//!
//! `WP_URL` names the shop, `WC_KEY` and `WC_SECRET` a consumer key that may read and write. Without them nothing runs.

// A case panics to fail.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::env;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use shop::customer::Customer;
use shop::order::{Billing, Order, OrderFields, OrderFilters};
use shop::product::{Product, ProductPatch};
use wp_client::{Change, Client, ConsumerKey, Id};

struct Shop {
    url: String,
    key: String,
    secret: String,
}

impl Shop {
    fn named() -> Option<Self> {
        let [url, key, secret] = ["WP_URL", "WC_KEY", "WC_SECRET"].map(|name| env::var(name).ok());
        Some(Self { url: url?, key: key?, secret: secret? })
    }

    fn with(&self, key: ConsumerKey) -> Client {
        Client::builder(&self.url).auth(key).build().unwrap()
    }

    fn client(&self) -> Client {
        self.with(self.consumer_key())
    }

    fn consumer_key(&self) -> ConsumerKey {
        ConsumerKey::new(&self.key, self.secret.as_str())
    }
}

type Case = for<'s> fn(&'s Shop) -> BoxFuture<'s, ()>;

#[rustfmt::skip]
const CASES: &[(&str, Case)] = &[
    ("an_order_is_created_read_listed_and_updated", |shop| life_cycle(shop).boxed()),
    ("a_list_is_filtered_by_status_and_time", |shop| filters(shop).boxed()),
    ("changes_since_has_each_change_once", |shop| changes(shop).boxed()),
    ("a_batch_has_a_result_for_each_change", |shop| batch(shop).boxed()),
    ("products_and_customers_are_read", |shop| products_and_customers(shop).boxed()),
    ("a_key_in_the_query_signs_in", |shop| in_query(shop).boxed()),
    ("a_wrong_secret_is_refused_and_shown_nowhere", |shop| wrong_secret(shop).boxed()),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(shop) = Shop::named() else {
        println!("not run: no WooCommerce: `cargo xtask live --tls --plugin DIR`");
        return ExitCode::SUCCESS;
    };
    let mut failed = 0;
    for (name, case) in CASES {
        let ok = AssertUnwindSafe(case(&shop)).catch_unwind().await.is_ok();
        println!("test woocommerce::{name} ... {}", if ok { "ok" } else { "FAILED" });
        failed += usize::from(!ok);
    }
    let (result, passed) = (if failed == 0 { "ok" } else { "FAILED" }, CASES.len() - failed);
    println!("test result: {result}. {passed} passed; {failed} failed; 0 ignored");
    ExitCode::from(u8::from(failed > 0))
}

fn fields(status: &str) -> OrderFields {
    OrderFields { status: Some(status.to_owned()), ..OrderFields::default() }
}

async fn order(wp: &Client, status: &str) -> Order {
    let billing = Billing {
        first_name: "Ana".to_owned(),
        last_name: "O\u{2019}Neill & \"Söhne\"".to_owned(),
        email: "ana@example.org".to_owned(),
    };
    wp.collection::<Order>().create(OrderFields { billing: Some(billing), ..fields(status) }).await.unwrap()
}

/// Moves an order to the trash. `wc/v3` returns the order, also if it deletes it permanently.
async fn trash(wp: &Client, id: Id<Order>) -> Order {
    wp.delete(&format!("/wc/v3/orders/{id}")).typed().await.unwrap()
}

async fn life_cycle(shop: &Shop) {
    let wp = shop.client();
    let orders = wp.collection::<Order>();
    let created = order(&wp, "processing").await;
    assert_eq!((&*created.status, created.customer_id), ("processing", None));
    assert_eq!(created.billing.last_name, "O\u{2019}Neill & \"Söhne\"");
    let read = orders.get(created.id).await.unwrap();
    assert_eq!((read.id, &read.total, read.line_items.len()), (created.id, &created.total, 0));
    assert!(read.date_modified_gmt.is_some());
    let page = orders.list().per_page(100).await.unwrap();
    assert!(page.iter().any(|order| order.id == created.id));
    assert_eq!(orders.update(created.id, fields("completed")).await.unwrap().status, "completed");
    assert_eq!(trash(&wp, created.id).await.id, created.id);
    let deleted = orders.delete(created.id).await.unwrap();
    assert!(deleted.deleted && deleted.previous.id == created.id);
    assert!(orders.get_opt(created.id).await.unwrap().is_none());
    assert!(orders.get_opt(Id::new(999_999).unwrap()).await.unwrap().is_none());
}

async fn filters(shop: &Shop) {
    let wp = shop.client();
    let orders = wp.collection::<Order>();
    let (on_hold, failed) = (order(&wp, "on-hold").await, order(&wp, "failed").await);
    let listed = orders.list().status("on-hold").per_page(100).await.unwrap();
    assert!(listed.iter().all(|order| order.status == "on-hold"));
    assert!(listed.iter().any(|order| order.id == on_hold.id));
    let time = failed.date_modified_gmt.unwrap();
    let after = orders.list().modified_since(time).per_page(100).await.unwrap();
    assert!(after.iter().all(|order| order.date_modified_gmt.unwrap() > time));
    let guest = orders.list().customer(Id::new(1).unwrap()).await.unwrap();
    assert!(guest.is_empty());
    for order in [on_hold, failed] {
        trash(&wp, order.id).await;
    }
}

async fn changes(shop: &Shop) {
    let wp = shop.client();
    let list = || wp.collection::<Order>().list().per_page(2);
    let made = [
        order(&wp, "processing").await.id,
        order(&wp, "processing").await.id,
        order(&wp, "pending").await.id,
    ];
    let mut all = list().changes_since(None);
    let mut seen = Vec::new();
    while let Some(change) = all.try_next().await.unwrap() {
        match change {
            Change::Upserted(order) => seen.push(order.id),
            other => panic!("{other:?}"),
        }
    }
    assert!(all.warning().is_none(), "{:?}", all.warning());
    for id in made {
        assert_eq!(seen.iter().filter(|seen| **seen == id).count(), 1, "{id}");
    }
    wp.collection::<Order>().update(made[1], fields("completed")).await.unwrap();
    trash(&wp, made[2]).await;
    let mut since = list().changes_since(Some(all.checkpoint()));
    let (mut changed, mut deleted) = (Vec::new(), Vec::new());
    while let Some(change) = since.try_next().await.unwrap() {
        match change {
            Change::Upserted(order) if order.id == made[1] => changed.push(order.status),
            // Changed in the same second as the end of the last run, or by another case.
            Change::Upserted(_) => {}
            Change::Deleted(id) => deleted.push(id),
        }
    }
    assert_eq!(changed, ["completed"]);
    assert_eq!(deleted, [made[2]]);
    for id in [made[0], made[1]] {
        trash(&wp, id).await;
    }
}

async fn batch(shop: &Shop) {
    let wp = shop.client();
    let orders = wp.collection::<Order>();
    let made = order(&wp, "processing").await.id;
    // Creates and changes in any order: WooCommerce executes the creates first.
    let requests = [
        orders.update(made, fields("completed")),
        orders.update(Id::new(999_999).unwrap(), fields("completed")),
        orders.create(fields("on-hold")),
        orders.create(fields("no-such-status")),
    ];
    let batched = wp.batch(requests).await.unwrap();
    let [Ok(changed), Err(unknown), Ok(created), last] = &batched.results[..] else { panic!("{batched:?}") };
    assert!(batched.closed.is_none());
    assert_eq!((changed.id, &*changed.status, &*created.status), (made, "completed", "on-hold"));
    assert_eq!(unknown.code().unwrap().as_str(), "woocommerce_rest_shop_order_invalid_id");
    // A batch does not validate: an unknown status becomes the default one (observed).
    let last = last.as_ref().unwrap();
    assert_eq!(last.status, "pending");
    for id in [made, created.id, last.id] {
        trash(&wp, id).await;
    }

    // More than the 100 that a shop takes in one batch.
    let requests = (0..103).map(|_| orders.create(fields("pending")));
    let many = wp.batch(requests).await.unwrap();
    let ids: Vec<_> = many.results.into_iter().map(|result| result.unwrap().id).collect();
    assert!(ids.is_sorted() && ids.len() == 103 && many.closed.is_none());
    for id in ids {
        trash(&wp, id).await;
    }
}

async fn products_and_customers(shop: &Shop) {
    let wp = shop.client();
    let new = json!({ "name": "Mug", "regular_price": "9.50", "manage_stock": true });
    let mug: Product = wp.post("/wc/v3/products").json(&new).typed().await.unwrap();
    assert_eq!((&*mug.name, &*mug.price), ("Mug", "9.50"));
    let patch = ProductPatch { regular_price: Some("10.25".to_owned()), stock_quantity: Some(-3) };
    let mug = wp.collection::<Product>().update(mug.id, patch).await.unwrap();
    assert_eq!((&*mug.price, mug.stock_quantity), ("10.25", Some(-3)));
    let listed = wp.collection::<Product>().list().search("Mug").await.unwrap();
    assert!(listed.iter().any(|product| product.id == mug.id));
    // The administrator is a customer by `role=all` only.
    let customers = wp.collection::<Customer>().list().query("role", "all").await.unwrap();
    assert!(customers.iter().any(|customer| customer.id.get() == 1));
    let deleted = wp.delete(&format!("/wc/v3/products/{}", mug.id)).query("force", true);
    deleted.typed::<Product>().await.unwrap();
}

async fn in_query(shop: &Shop) {
    let wp = shop.with(shop.consumer_key().in_query());
    wp.collection::<Order>().list().per_page(1).await.unwrap();
    let error = wp.collection::<Order>().get(Id::new(999_999).unwrap()).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(!format!("{error:#?} {error:#}").contains(&shop.secret), "{error}");
}

async fn wrong_secret(shop: &Shop) {
    let wp = shop.with(ConsumerKey::new(&shop.key, "cs_wrong"));
    let error = wp.collection::<Order>().list().await.unwrap_err();
    assert!(error.is_unauthorized() && !format!("{error:#?} {error:#}").contains("cs_wrong"), "{error}");
}
