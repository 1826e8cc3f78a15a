use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;

use super::{CONTENT, DISPOSITION, Program, Result, TITLE};
use crate::plain::{Media, NewPost, Post, Status, User};

/// A straight line to hyper and its pooling client.
pub struct RawHyper {
    client: Client<HttpConnector, Full<Bytes>>,
    site: String,
    authorization: String,
}

impl RawHyper {
    pub fn new(site: &str, token: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(64).build(connector);
        Self { client, site: site.to_owned(), authorization: format!("Bearer {token}") }
    }

    async fn send<T: DeserializeOwned>(&self, request: Request<Full<Bytes>>) -> Result<T> {
        decode(self.client.request(request).await?).await
    }

    fn uri(&self, route: &str) -> String {
        format!("{}/wp-json{route}", self.site)
    }
}

async fn decode<T: DeserializeOwned>(response: Response<Incoming>) -> Result<T> {
    let (head, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    if !head.status.is_success() {
        return Err(format!("{}: {}", head.status, String::from_utf8_lossy(&body)).into());
    }
    Ok(serde_json::from_slice(&body)?)
}

impl Program for RawHyper {
    async fn me(&self) -> Result<u64> {
        let request = Request::get(self.uri("/wp/v2/users/me"))
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, &self.authorization)
            .body(Full::default())?;
        Ok(self.send::<User>(request).await?.id)
    }

    async fn create(&self) -> Result<u64> {
        let post = NewPost { title: TITLE, content: CONTENT, status: Status::Draft };
        let request = Request::post(self.uri("/wp/v2/posts"))
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, &self.authorization)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(serde_json::to_vec(&post)?))?;
        Ok(self.send::<Post>(request).await?.id)
    }

    async fn page(&self) -> Result<usize> {
        let request = Request::get(self.uri("/wp/v2/posts?per_page=100"))
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, &self.authorization)
            .body(Full::default())?;
        Ok(self.send::<Vec<Post>>(request).await?.len())
    }

    async fn upload(&self, bytes: usize) -> Result<u64> {
        let request = Request::post(self.uri("/wp/v2/media"))
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, &self.authorization)
            .header(CONTENT_TYPE, "image/jpeg")
            .header(CONTENT_DISPOSITION, DISPOSITION)
            .body(Full::from(vec![0; bytes]))?;
        Ok(self.send::<Media>(request).await?.id)
    }
}
