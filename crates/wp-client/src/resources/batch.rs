//! Several writes in one request.

use http::Method;
use wp_core::Route;
use wp_core::models::{Batch, BatchResponse};

use crate::{Client, Request};

impl Client {
    /// Sends several writes in one request, as they are given: the responses are not read. [`batch`](Self::batch) sends
    /// typed requests, any number of them.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use wp_client::models::{Batch, BatchRequest, CategoryPatch};
    ///
    /// let rename = CategoryPatch::default().name("Dunes");
    /// let batch = Batch::default()
    ///     .request(BatchRequest::post("/wp/v2/categories/7").json(rename)?)
    ///     .request(BatchRequest::delete("/wp/v2/tags/9?force=true"));
    /// for response in wp.send_batch(&batch).await?.responses.into_iter().flatten() {
    ///     println!("{}", response.status);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn send_batch(&self, batch: &Batch) -> Request<BatchResponse> {
        Request::at(&self.0, Method::POST, Route::new("/batch/v1")).json(batch)
    }
}
