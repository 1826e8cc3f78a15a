//! Prints the orders that were changed since the last run, and completes those that are paid for.
//!
//! ```sh
//! cargo run -p shop                                   # against a stand-in, nothing needed
//! WP_URL=https://shop.example WC_KEY=ck_… WC_SECRET=cs_… SINCE=2026-01-01T00:00:00Z cargo run -p shop -- --complete
//! ```
//!
//! The last line is the instant to pass as `SINCE` to the next run. Without `--complete`, the shop is only read.

use std::env;
use std::error::Error;

use shop::order::{Order, OrderFields, OrderFilters};
use shop::stand_in;
use wp_client::{Client, ConsumerKey, GmtTime};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut completes = env::args().any(|argument| argument == "--complete");
    let (url, key, secret, _shop) = match env::var("WP_URL") {
        Ok(url) => (url, variable("WC_KEY")?, variable("WC_SECRET")?, None),
        Err(_) => {
            completes = true;
            let (server, key, secret) = stand_in::start().await;
            (server.uri(), key.to_owned(), secret.to_owned(), Some(server))
        }
    };
    // As HTTP Basic, over https; `in_query` is for a server that takes the header away.
    let wp = Client::builder(&url).auth(ConsumerKey::new(key, secret)).build()?;

    let mut since: GmtTime = env::var("SINCE").as_deref().unwrap_or("2026-01-03T00:00:00Z").parse()?;
    let mut orders = wp.collection::<Order>().list().modified_since(since).stream();
    let mut paid = Vec::new();
    while let Some(order) = orders.try_next().await? {
        println!("order {} {}: {} {}", order.id, order.status, order.total, order.currency);
        since = since.max(order.date_modified_gmt.unwrap_or(since));
        if order.status == "processing" {
            paid.push(order.id);
        }
    }
    if completes {
        let completed = || OrderFields { status: Some("completed".to_owned()), ..OrderFields::default() };
        let changes = paid.into_iter().map(|id| wp.collection::<Order>().update(id, completed()));
        for result in wp.batch(changes).await?.results {
            match result {
                Ok(order) => println!("order {} is {}", order.id, order.status),
                Err(error) => eprintln!("{error}"),
            }
        }
    }
    println!("{since}Z");
    Ok(())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("WP_URL names a shop, and {name} is not set"))
}
