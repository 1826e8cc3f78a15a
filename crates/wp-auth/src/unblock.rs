//! Runs blocking work outside the async executor.

use futures_channel::oneshot;

/// Runs `work` on a new thread, so that it does not block an executor. `None` if no thread can be started, or if
/// `work` panics.
pub(crate) async fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (send, receive) = oneshot::channel();
    let thread = std::thread::Builder::new().name("wp-auth".to_owned());
    thread
        .spawn(move || {
            // The receiver may have been dropped.
            let _ = send.send(work());
        })
        .ok()?;
    receive.await.ok()
}
