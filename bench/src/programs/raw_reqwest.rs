use std::hint::black_box;
use std::path::Path;
use std::pin::pin;

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
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

impl RawReqwest {
    /// All pages, in order.
    fn pages(&self, pages: u64, in_flight: usize) -> impl Stream<Item = Result<Vec<Post>>> {
        let url = |number| self.url(&format!("/wp/v2/posts?per_page=100&page={number}"));
        let page = move |number| self.send::<Vec<Post>>(self.client.get(url(number)));
        stream::iter(1..=pages).map(page).buffered(in_flight)
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

    async fn export(&self, pages: u64, in_flight: usize) -> Result<u64> {
        let mut pages = pin!(self.pages(pages, in_flight));
        let mut posts = 0;
        while let Some(page) = pages.try_next().await? {
            for post in page {
                black_box(post);
                posts += 1;
            }
        }
        Ok(posts)
    }

    async fn first(&self, pages: u64, in_flight: usize) -> Result<u64> {
        let page = pin!(self.pages(pages, in_flight)).try_next().await?;
        Ok(page.and_then(|page| page.into_iter().next()).ok_or("no post")?.id)
    }

    async fn batch(&self, _: u64) -> Result<u64> {
        Err("the batch is compared with raw hyper only".into())
    }

    async fn create_all(&self, posts: u64) -> Result<u64> {
        for _ in 0..posts {
            self.create().await?;
        }
        Ok(posts)
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
