use std::path::Path;

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use reqwest::{Body, Client, RequestBuilder};
use serde::de::DeserializeOwned;

use super::{CONTENT, DISPOSITION, Program, Result, TITLE, file};
use crate::plain::{Media, NewPost, Post, Status, User};

/// A straight line to reqwest.
pub struct RawReqwest {
    client: Client,
    site: String,
}

impl RawReqwest {
    pub fn new(site: &str, token: &str) -> Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::try_from(format!("Bearer {token}"))?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(Self { client: Client::builder().default_headers(headers).build()?, site: site.to_owned() })
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        if !status.is_success() {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(serde_json::from_slice(&body)?)
    }

    fn url(&self, route: &str) -> String {
        [&self.site, "/wp-json", route].concat()
    }
}

/// A client with the certificates that the system trusts.
pub fn build() -> Result<Client> {
    Ok(Client::builder().build()?)
}

impl Program for RawReqwest {
    async fn me(&self) -> Result<u64> {
        Ok(self.send::<User>(self.client.get(self.url("/wp/v2/users/me"))).await?.id)
    }

    async fn create(&self) -> Result<u64> {
        let post = NewPost { title: TITLE, content: CONTENT, status: Status::Draft };
        let request = self.client.post(self.url("/wp/v2/posts"));
        let request = request.header(CONTENT_TYPE, "application/json").body(serde_json::to_vec(&post)?);
        Ok(self.send::<Post>(request).await?.id)
    }

    async fn page(&self) -> Result<usize> {
        Ok(self.send::<Vec<Post>>(self.client.get(self.url("/wp/v2/posts?per_page=100"))).await?.len())
    }

    async fn upload(&self, length: usize) -> Result<u64> {
        let request = self.client.post(self.url("/wp/v2/media"));
        let request = request.header(CONTENT_TYPE, "image/jpeg").header(CONTENT_DISPOSITION, DISPOSITION);
        Ok(self.send::<Media>(request.body(vec![0; length])).await?.id)
    }

    async fn upload_file(&self, file: &Path) -> Result<u64> {
        let (body, length) = file::open(file).await?;
        let request = self.client.post(self.url("/wp/v2/media"));
        let request = request.header(CONTENT_TYPE, "image/jpeg").header(CONTENT_DISPOSITION, DISPOSITION);
        let request = request.header(CONTENT_LENGTH, length).body(Body::wrap(body));
        Ok(self.send::<Media>(request).await?.id)
    }
}
