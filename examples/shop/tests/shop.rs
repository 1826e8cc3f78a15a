//! The types and the batch against the stand-in of a shop.

// A test may panic to fail.
#![allow(clippy::unwrap_used)]

use shop::order::{Order, OrderFields, OrderFilters};
use shop::stand_in;
use wp_client::{Client, ConsumerKey, GmtTime, Id};

#[tokio::test]
async fn orders_changed_since_an_instant_are_walked_in_order() {
    let (server, key, secret) = stand_in::start().await;
    let wp = Client::builder(server.uri()).auth(ConsumerKey::new(key, secret)).build().unwrap();
    let since: GmtTime = "2026-01-02T00:00:00Z".parse().unwrap();
    let orders = wp.collection::<Order>();
    let mut walk = orders.list().modified_since(since).status("processing").per_page(10).stream();
    let mut ids = Vec::new();
    while let Some(order) = walk.try_next().await.unwrap() {
        assert!(order.date_modified_gmt.unwrap() > since && order.line_items[0].quantity == 1);
        ids.push(order.id.get());
    }
    assert_eq!(ids, (26..=120).step_by(2).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_order_is_read_and_updated() {
    let (server, key, secret) = stand_in::start().await;
    let wp = Client::builder(server.uri()).auth(ConsumerKey::new(key, secret)).build().unwrap();
    let orders = wp.collection::<Order>();
    let id = |id| Id::<Order>::new(id).unwrap();
    assert_eq!(orders.get(id(3)).await.unwrap().status, "pending");
    let completed = OrderFields { status: Some("completed".to_owned()), ..OrderFields::default() };
    let order = orders.update(id(3), completed).await.unwrap();
    assert_eq!((order.id, &*order.status), (id(3), "completed"));
    let error = orders.get(id(999)).await.unwrap_err();
    assert_eq!(
        error.code().map(ToString::to_string).as_deref(),
        Some("woocommerce_rest_shop_order_invalid_id")
    );
}

#[tokio::test]
async fn an_order_is_deleted() {
    let (server, key, secret) = stand_in::start().await;
    let wp = Client::builder(server.uri()).auth(ConsumerKey::new(key, secret)).build().unwrap();
    let orders = wp.collection::<Order>();
    let id = Id::<Order>::new(3).unwrap();
    let deleted = orders.delete(id).await.unwrap();
    assert!(deleted.deleted && deleted.previous.id == id);
    assert!(orders.get_opt(id).await.unwrap().is_none());
    assert!(orders.delete(id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_batch_has_a_result_for_each_change_in_order() {
    let (server, key, secret) = stand_in::start().await;
    let wp = Client::builder(server.uri()).auth(ConsumerKey::new(key, secret)).build().unwrap();
    let completed = || OrderFields { status: Some("completed".to_owned()), ..OrderFields::default() };
    let orders = wp.collection::<Order>();
    let changes = [3, 999, 5].map(|id| orders.update(Id::<Order>::new(id).unwrap(), completed()));
    let batched = wp.batch(changes).await.unwrap();
    let [Ok(first), Err(error), Ok(last)] = &batched.results[..] else { panic!("{batched:?}") };
    assert_eq!((first.id.get(), &*first.status, first.customer_id), (3, "completed", None));
    assert_eq!(last.id.get(), 5);
    assert_eq!(error.code().unwrap().as_str(), "woocommerce_rest_shop_order_invalid_id");
    assert!(batched.closed.is_none() && error.to_string().contains("/wc/v3/orders/999"), "{error}");
}

#[tokio::test]
async fn a_wrong_secret_is_refused_and_shown_nowhere() {
    let (server, key, _) = stand_in::start().await;
    let wp = Client::builder(server.uri()).auth(ConsumerKey::new(key, "cs_wrong")).build().unwrap();
    let error = wp.collection::<Order>().list().await.unwrap_err();
    assert!(error.is_unauthorized() && !format!("{error:#?} {error:#}").contains("cs_wrong"), "{error}");
}
