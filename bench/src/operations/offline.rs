//! What sends nothing.

use std::future::poll_fn;
use std::hint::black_box;
use std::task::Poll;

use http::StatusCode;
use wp_client::wp_core::response;
use wp_client::wp_http::HyperTransport;
use wp_client::{Client, Error, models};

use super::layers::{AtOnce, site};
use crate::meter::Meter;
use crate::programs::{Facade, Result, facade, raw_hyper, raw_reqwest};
use crate::{bodies, plain};

fn each<T>(count: u64, mut operation: impl FnMut() -> Result<T>) -> Result<()> {
    let meter = Meter::start();
    for _ in 0..count {
        drop(black_box(operation()?));
    }
    meter.print();
    Ok(())
}

/// The page of posts, read into structs.
pub fn decode(program: &str, count: u64) -> Result<()> {
    let page = AtOnce::with(bodies::page(1));
    match program {
        "plain" => each(count, || Ok(serde_json::from_slice::<Vec<plain::Post>>(&page.body)?)),
        "models" => each(count, || {
            let json = response::read(StatusCode::OK, &page.headers, &page.body)?;
            Ok(json.decode::<Vec<models::Post>>()?)
        }),
        _ => Err(format!("no program `{program}`").into()),
    }
}

/// A client that speaks https, with the certificates that the system trusts.
pub fn build(program: &str, count: u64, site: &str) -> Result<()> {
    let auth = facade::identity(&bodies::token());
    match program {
        "raw-hyper" => each(count, || Ok(raw_hyper::build())),
        "raw-reqwest" => each(count, raw_reqwest::build),
        "over-hyper" => {
            each(count, || Ok(Client::builder(site).auth(&auth).transport(HyperTransport::new()?).build()?))
        }
        "over-reqwest" => each(count, || Ok(Client::builder(site).auth(&auth).build()?)),
        _ => Err(format!("no program `{program}`").into()),
    }
}

/// The same client with another identity.
pub fn with_auth(count: u64, site: &str) -> Result<()> {
    let Facade(client) = Facade::over_hyper(site, &bodies::token(), None)?;
    let other = facade::identity(&bodies::token());
    each(count, || Ok(client.with_auth(&other)))
}

pub fn clone(count: u64, site: &str) -> Result<()> {
    let Facade(client) = Facade::over_hyper(site, &bodies::token(), None)?;
    each(count, || Ok(client.clone()))
}

/// A token that is fresh, as each request asks for it.
pub async fn fresh_token(count: u64) -> Result<()> {
    let site = site(AtOnce::with(String::new()))?;
    let identity = facade::identity(&bodies::token());
    identity.token(&site).await?;
    let meter = Meter::start();
    for _ in 0..count {
        black_box(identity.fresh(&site));
    }
    meter.print();
    Ok(())
}

/// An operation is a task that waits for the token request that the first of them began.
pub async fn waiters(count: u64) -> Result<()> {
    let site = site(AtOnce { yields: true, ..AtOnce::with(bodies::token_response()) })?;
    let identity = facade::identity(&bodies::expired_token());
    let mut waiters: Vec<_> = (0..count).map(|_| Some(Box::pin(identity.token(&site)))).collect();
    let meter = Meter::start();
    poll_fn(|cx| {
        let mut are_done = true;
        for slot in &mut waiters {
            let Some(waiter) = slot else { continue };
            if waiter.as_mut().poll(cx).map_err(Error::from)?.is_ready() {
                *slot = None;
            } else {
                are_done = false;
            }
        }
        if are_done { Poll::Ready(Ok::<_, Error>(())) } else { Poll::Pending }
    })
    .await?;
    meter.print();
    Ok(())
}
