//! What each protection costs: its decorator alone around a transport that responds at once, beside that transport.

use std::hint::black_box;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use wp_client::wp_auth::Authorize;
use wp_client::wp_core::{ApiRoot, Clock, Site};
use wp_client::wp_http::{
    BodyCap, Decompress, ExposureGuard, Limit, Redirect, Retry, Stack, Timeout, TokioClock,
};
use wp_client::{Body, Transport, TransportError, async_trait};

use crate::bodies;
use crate::meter::Meter;
use crate::programs::{Result, facade};

/// Responds at once, with a body that comes in as those of the network do.
pub struct AtOnce {
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Whether it lets others go first.
    pub yields: bool,
}

impl AtOnce {
    pub fn with(body: String) -> Self {
        let json = HeaderValue::from_static("application/json; charset=UTF-8");
        Self { headers: HeaderMap::from_iter([(CONTENT_TYPE, json)]), body: body.into(), yields: false }
    }
}

#[async_trait]
impl Transport for AtOnce {
    async fn send(&self, _: Request<Body>) -> std::result::Result<Response<Body>, TransportError> {
        if self.yields {
            tokio::task::yield_now().await;
        }
        let body = Full::from(self.body.clone()).map_err(|never| match never {});
        let mut response = Response::new(Body::received(body));
        response.headers_mut().clone_from(&self.headers);
        Ok(response)
    }
}

const SITE: &str = "https://example.org";

fn clock() -> Arc<dyn Clock> {
    Arc::new(TokioClock)
}

pub fn site(transport: AtOnce) -> Result<Site> {
    Ok(Site::new(ApiRoot::of_site(SITE)?, Arc::new(transport), clock()))
}

/// A small GET through one decorator.
pub async fn run(decorator: &str, count: u64) -> Result<()> {
    let bare = AtOnce::with(bodies::me());
    match decorator {
        "bare" => each(count, bare).await,
        "retry" => each(count, Retry::new(bare, clock())).await,
        "limiter" => each(count, Limit::new(bare, clock())).await,
        "authorization" => {
            each(count, Authorize::new(site(bare)?, Some(facade::identity(&bodies::token())))).await
        }
        "redirects" => each(count, Redirect::new(bare)).await,
        "body cap" => each(count, BodyCap::new(bare)).await,
        "gzip" => each(count, Decompress::new(bare)).await,
        "timeouts" => each(count, Timeout::new(bare, clock())).await,
        "exposure guard" => each(count, ExposureGuard::new(bare)).await,
        "all of these" => each(count, Stack::new(bare, clock())).await,
        _ => Err(format!("no decorator `{decorator}`").into()),
    }
}

async fn each(count: u64, transport: impl Transport) -> Result<()> {
    let uri: Uri = format!("{SITE}/wp-json/wp/v2/users/me").parse()?;
    let mut authorization = HeaderValue::try_from(format!("Bearer {}", bodies::token()))?;
    authorization.set_sensitive(true);
    let exchange = async || {
        let mut request = Request::new(Body::empty());
        request.uri_mut().clone_from(&uri);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        transport.send(request).await?.into_body().collect(u64::MAX).await
    };
    for _ in 0..super::WARM_UP {
        black_box(exchange().await?);
    }
    let meter = Meter::start();
    for _ in 0..count {
        black_box(exchange().await?);
    }
    meter.print();
    Ok(())
}
