//! Work that blocks, for whoever must not.

use futures_channel::oneshot;

/// Does `work` on a thread of its own, so that no executor waits for a disk. `None` where no thread can be
/// had, or where it panics.
pub(crate) async fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (send, receive) = oneshot::channel();
    let thread = std::thread::Builder::new().name("wp-auth".to_owned());
    thread
        .spawn(move || {
            // Who asked may be gone.
            let _ = send.send(work());
        })
        .ok()?;
    receive.await.ok()
}
