//! What a request costs beside straight-line programs on hyper and reqwest. `cargo xtask bench` runs this and reads what it
//! prints:
//!
//! - `wp-bench serve`: the site, see [`server`];
//! - `wp-bench run OPERATION PROGRAM COUNT [SITE]`: so many operations after a few that warm up, and what they took, as
//!   JSON.

mod alloc;
mod bodies;
mod meter;
mod operations;
mod plain;
mod programs;
mod server;

use std::env;

fn main() -> programs::Result<()> {
    let args: Vec<_> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => Ok(server::serve()?),
        ["run", operation, program, count] => operations::run(operation, program, count.parse()?, ""),
        ["run", operation, program, count, site] => operations::run(operation, program, count.parse()?, site),
        _ => Err("wp-bench serve | run OPERATION PROGRAM COUNT [SITE]".into()),
    }
}
