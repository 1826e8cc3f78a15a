//! What a site refuses.

use std::fmt::Debug;

/// Asserts that WordPress refuses the request with this status and code.
#[track_caller]
pub(crate) fn assert_refused<T: Debug>(result: wp_client::Result<T>, status: u16, code: &str) {
    let error = result.unwrap_err();
    let found = (error.status().map(|status| status.as_u16()), error.code().map(ToString::to_string));
    assert_eq!(found, (Some(status), Some(code.to_owned())), "{error:#}");
}

/// Asserts that a subscriber and anonymous are refused with this code: 403 and 401.
pub(crate) async fn assert_refuses<T: Debug + Send + 'static>(
    [subscriber, anonymous]: [impl IntoFuture<Output = wp_client::Result<T>>; 2],
    code: &str,
) {
    assert_refused(subscriber.await, 403, code);
    assert_refused(anonymous.await, 401, code);
}
