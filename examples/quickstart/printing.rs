//! A transport that prints each request and response: an example of a decorator.

use std::sync::Arc;

use http::{HeaderValue, Request, Response};
use wp_client::Transport;
use wp_client::wp_core::extensions::Secret;
use wp_client::wp_core::{Body, TransportError, async_trait};

/// Prints every exchange of the inner transport, without secrets.
pub struct Printing(Arc<dyn Transport>);

impl Printing {
    pub fn over(transport: Arc<dyn Transport>) -> Self {
        Self(transport)
    }
}

#[async_trait]
impl Transport for Printing {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        println!("  > {} {}", request.method(), request.uri());
        for (name, value) in request.headers() {
            println!("  > {name}: {}", shown(value));
        }
        if !request.body().is_empty() {
            let secret = request.extensions().get::<Secret>().is_some();
            match request.body().try_clone() {
                Some(body) if !secret => {
                    println!("  > {}", String::from_utf8_lossy(&body.collect(1 << 20).await?))
                }
                _ => println!("  > ({} bytes, not shown)", request.body().len().unwrap_or(0)),
            }
        }
        let response = self.0.send(request).await;
        match &response {
            Ok(response) => println!("  < {}", response.status()),
            Err(error) => println!("  < {error}"),
        }
        response
    }
}

/// A header's value. Of a secret value, only the scheme.
fn shown(value: &HeaderValue) -> String {
    let text = value.to_str().unwrap_or("(not text)");
    match text.split_once(' ') {
        Some((scheme @ ("Bearer" | "Basic"), _)) => format!("{scheme} …"),
        _ if value.is_sensitive() => "…".to_owned(),
        _ => text.to_owned(),
    }
}
