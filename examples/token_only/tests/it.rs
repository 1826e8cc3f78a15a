//! Runs the program against a stand-in whose tokens live for two seconds.

use std::time::Duration;

use wp_testkit::StandIn;

#[test]
fn a_token_is_kept_fresh_without_tokio_in_the_program() {
    // The stand-in needs a runtime; the program does not use it.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let site = runtime.block_on(StandIn::builder().token_lifetime(Duration::from_secs(2)).start());
    let url = site.url();
    let run = token_only::run(&url, "admin", "password", 3, Duration::from_millis(1500));
    let (name, tokens) = async_io::block_on(run).unwrap();
    assert_eq!(name, "admin");
    assert_eq!(tokens, site.count("POST", "/jwt-auth/v1/token"));
    assert!(tokens >= 2, "{tokens} token(s)");
}
