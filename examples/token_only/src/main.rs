//! `WP_URL=https://example.org WP_USER=ana WP_PASSWORD=… cargo run -p token-only`

use std::env::var;
use std::error::Error;
use std::time::Duration;

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (Ok(url), Ok(user), Ok(password)) = (var("WP_URL"), var("WP_USER"), var("WP_PASSWORD")) else {
        return Err("set WP_URL, WP_USER and WP_PASSWORD of a site with the plugin JWT Authentication for WP REST API".into());
    };
    let (name, tokens) =
        async_io::block_on(token_only::run(&url, &user, &password, 3, Duration::from_secs(2)))?;
    println!("Hello {name}: 3 requests, {tokens} token(s)");
    Ok(())
}
