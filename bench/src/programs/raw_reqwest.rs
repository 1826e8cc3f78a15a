use reqwest::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;

use super::{CONTENT, DISPOSITION, Program, Result, TITLE};
use crate::plain::{Media, NewPost, Post, Status, User};

/// A straight line to reqwest.
pub struct RawReqwest {
    client: Client,
    site: String,
    token: String,
}

impl RawReqwest {
    pub fn new(site: &str, token: &str) -> Result<Self> {
        Ok(Self { client: Client::builder().build()?, site: site.to_owned(), token: token.to_owned() })
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let request = request.bearer_auth(&self.token).header(ACCEPT, "application/json");
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        if !status.is_success() {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(serde_json::from_slice(&body)?)
    }

    fn url(&self, route: &str) -> String {
        format!("{}/wp-json{route}", self.site)
    }
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

    async fn upload(&self, bytes: usize) -> Result<u64> {
        let request = self.client.post(self.url("/wp/v2/media"));
        let request = request.header(CONTENT_TYPE, "image/jpeg").header(CONTENT_DISPOSITION, DISPOSITION);
        Ok(self.send::<Media>(request.body(vec![0; bytes])).await?.id)
    }
}
