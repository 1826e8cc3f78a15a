//! What is measured, by name.

use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use wp_client::models;
use wp_client::wp_core::response;

use crate::meter::Meter;
use crate::programs::{Facade, Program, RawHyper, RawReqwest, Result};
use crate::{bodies, plain};

const WARM_UP: u64 = 3;
const MIB: u64 = 1 << 20;

/// Runs `count` of an operation by a program, and prints what they took.
pub fn run(operation: &str, program: &str, count: u64, site: &str) -> Result<()> {
    let token = bodies::token(Duration::from_secs(7 * 86_400));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match (operation, program) {
            ("decode", _) => decode(program, count),
            (_, "raw-hyper") => exchange(&RawHyper::new(site, &token), operation, count).await,
            (_, "raw-reqwest") => exchange(&RawReqwest::new(site, &token)?, operation, count).await,
            (_, "over-hyper") => exchange(&Facade::over_hyper(site, &token)?, operation, count).await,
            (_, "over-reqwest") => exchange(&Facade::over_reqwest(site, &token)?, operation, count).await,
            _ => Err(format!("no program `{program}`").into()),
        }
    })
}

/// What goes over the network.
async fn exchange(program: &impl Program, operation: &str, count: u64) -> Result<()> {
    macro_rules! each {
        ($call:expr) => {{
            for _ in 0..WARM_UP {
                black_box($call.await?);
            }
            let meter = Meter::start();
            for _ in 0..count {
                black_box($call.await?);
            }
            meter.print();
        }};
    }
    match operation {
        "get" => each!(program.me()),
        "create" => each!(program.create()),
        "page" => each!(program.page()),
        // One upload: an operation is a MiB of it.
        "upload" => {
            program.me().await?;
            let bytes = usize::try_from(count * MIB)?;
            let meter = Meter::start();
            program.upload(bytes).await?;
            meter.print();
        }
        _ => return Err(format!("no operation `{operation}`").into()),
    }
    Ok(())
}

/// The page of posts that is in memory.
fn decode(program: &str, count: u64) -> Result<()> {
    let body = Bytes::from(bodies::page());
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json; charset=UTF-8"));
    let meter = Meter::start();
    for _ in 0..count {
        match program {
            "plain" => drop(black_box(serde_json::from_slice::<Vec<plain::Post>>(&body)?)),
            "models" => {
                let json = response::read(StatusCode::OK, &headers, &body)?;
                drop(black_box(json.decode::<Vec<models::Post>>()?));
            }
            _ => return Err(format!("no program `{program}`").into()),
        }
    }
    meter.print();
    Ok(())
}
