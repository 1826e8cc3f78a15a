//! What is measured, by name.

mod layers;
mod offline;

use std::env;
use std::fs::{self, File};
use std::hint::black_box;
use std::process;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::bodies;
use crate::meter::Meter;
use crate::programs::{Facade, Program, RawHyper, RawReqwest, Result};

const WARM_UP: u64 = 3;
const MIB: u64 = 1 << 20;

/// Runs `count` of an operation by a program, and prints what they took.
pub fn run(operation: &str, program: &str, count: u64, site: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match operation {
            "decode" => offline::decode(program, count),
            "build" => offline::build(program, count, site),
            "with-auth" => offline::with_auth(count, site),
            "clone" => offline::clone(count, site),
            "fresh-token" => offline::fresh_token(count).await,
            "waiters" => offline::waiters(count).await,
            "layer" => layers::run(program, count).await,
            _ => online(operation, program, count, site).await,
        }
    })
}

/// What goes over the network.
async fn online(operation: &str, program: &str, count: u64, site: &str) -> Result<()> {
    let token = if operation == "expired" { bodies::expired_token() } else { bodies::token() };
    let in_flight = (operation == "get-64").then_some(64);
    // The server's name for a site with so many pages, which responds after so many milliseconds.
    let site = &match operation {
        "export" | "export-8" => format!("{site}/{count}/0"),
        "first-item" => format!("{site}/20/0"),
        "export-50ms" => format!("{site}/{count}/50"),
        "create-20ms" => format!("{site}/1/20"),
        _ => site.to_owned(),
    };
    match program {
        "raw-hyper" => exchange(&RawHyper::new(site, &token)?, operation, count).await,
        "raw-reqwest" => exchange(&RawReqwest::new(site, &token)?, operation, count).await,
        "over-hyper" => exchange(&Facade::over_hyper(site, &token, in_flight)?, operation, count).await,
        "over-reqwest" => exchange(&Facade::over_reqwest(site, &token, in_flight)?, operation, count).await,
        _ => Err(format!("no program `{program}`").into()),
    }
}

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
    macro_rules! whole {
        ($call:expr) => {{
            program.me().await?;
            let meter = Meter::start();
            let done = $call.await?;
            meter.print();
            if done == 0 {
                return Err("nothing was done".into());
            }
        }};
    }
    match operation {
        "get" => each!(program.me()),
        "create" => each!(program.create()),
        // An operation is a page of it.
        "export" => whole!(program.export(count, 1)),
        "export-8" | "export-50ms" => whole!(program.export(count, 8)),
        "first-item" => each!(program.first(20, 8)),
        "batch" => whole!(program.batch(count)),
        "create-20ms" => whole!(program.create_all(count)),
        "page" => each!(program.page()),
        "get-64" => at_once(program, count, 64).await?,
        // With a token that came to its end.
        "expired" => at_once(program, count, 1000).await?,
        // One upload: an operation is a MiB of it.
        "upload" => {
            program.me().await?;
            let length = usize::try_from(count * MIB)?;
            let meter = Meter::start();
            program.upload(length).await?;
            meter.print();
        }
        "upload-file" => {
            let path = env::temp_dir().join(format!("wp-bench-{}", process::id()));
            File::create(&path)?.set_len(count * MIB)?;
            program.me().await?;
            let meter = Meter::start();
            let outcome = program.upload_file(&path).await;
            meter.print();
            fs::remove_file(&path)?;
            outcome?;
        }
        _ => return Err(format!("no operation `{operation}`").into()),
    }
    Ok(())
}

async fn at_once(program: &impl Program, count: u64, in_flight: usize) -> Result<()> {
    let meter = Meter::start();
    let all = stream::iter(0..count).map(|_| program.me()).buffer_unordered(in_flight);
    all.try_for_each(|id| async move {
        black_box(id);
        Ok(())
    })
    .await?;
    meter.print();
    Ok(())
}
