use std::hint::black_box;
use std::path::Path;
use std::pin::pin;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;

use super::file::{self, FileBody};
use super::{BATCH, CONTENT, DISPOSITION, Program, Result, TITLE};
use crate::plain::{Batch, BatchRequest, Batched, Media, NewPost, Post, Status, User};

type Body = Either<Full<Bytes>, FileBody>;

/// A straight line to hyper and its pooling client.
pub struct RawHyper {
    client: Client<HttpConnector, Body>,
    site: String,
    authorization: HeaderValue,
}

impl RawHyper {
    pub fn new(site: &str, token: &str) -> Result<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let authorization = HeaderValue::try_from(format!("Bearer {token}"))?;
        Ok(Self { client, site: site.to_owned(), authorization })
    }

    async fn send<T: DeserializeOwned>(&self, request: Request<Body>) -> Result<T> {
        decode(self.client.request(request).await?).await
    }

    fn uri(&self, route: &str) -> String {
        [&self.site, "/wp-json", route].concat()
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

fn bytes(bytes: Vec<u8>) -> Body {
    Either::Left(Full::from(bytes))
}

async fn decode<T: DeserializeOwned>(response: Response<Incoming>) -> Result<T> {
    let (head, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    if !head.status.is_success() {
        return Err(format!("{}: {}", head.status, String::from_utf8_lossy(&body)).into());
    }
    Ok(serde_json::from_slice(&body)?)
}

/// A client that speaks https too, with the certificates that the system trusts.
pub fn build() -> Client<HttpsConnector<HttpConnector>, Full<Bytes>> {
    let connector = HttpsConnectorBuilder::new().with_platform_verifier().https_or_http().enable_http1();
    Client::builder(TokioExecutor::new()).build(connector.build())
}

impl RawHyper {
    /// All pages, in order.
    fn pages(&self, pages: u64, in_flight: usize) -> impl Stream<Item = Result<Vec<Post>>> {
        let page = move |number| async move {
            let request = Request::get(self.uri(&format!("/wp/v2/posts?per_page=100&page={number}")))
                .header(ACCEPT, JSON)
                .header(AUTHORIZATION, self.authorization.clone())
                .body(bytes(Vec::new()))?;
            self.send::<Vec<Post>>(request).await
        };
        stream::iter(1..=pages).map(page).buffered(in_flight)
    }
}

impl Program for RawHyper {
    async fn me(&self) -> Result<u64> {
        let request = Request::get(self.uri("/wp/v2/users/me"))
            .header(ACCEPT, JSON)
            .header(AUTHORIZATION, self.authorization.clone())
            .body(bytes(Vec::new()))?;
        Ok(self.send::<User>(request).await?.id)
    }

    async fn create(&self) -> Result<u64> {
        let post = NewPost { title: TITLE, content: CONTENT, status: Status::Draft };
        let request = Request::post(self.uri("/wp/v2/posts"))
            .header(ACCEPT, JSON)
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, JSON)
            .body(bytes(serde_json::to_vec(&post)?))?;
        Ok(self.send::<Post>(request).await?.id)
    }

    async fn page(&self) -> Result<usize> {
        let request = Request::get(self.uri("/wp/v2/posts?per_page=100"))
            .header(ACCEPT, JSON)
            .header(AUTHORIZATION, self.authorization.clone())
            .body(bytes(Vec::new()))?;
        Ok(self.send::<Vec<Post>>(request).await?.len())
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

    async fn batch(&self, posts: u64) -> Result<u64> {
        let post = NewPost { title: TITLE, content: CONTENT, status: Status::Draft };
        let mut created = 0;
        while created < posts {
            let requests = (created..posts).take(usize::try_from(BATCH)?);
            let requests = requests
                .map(|_| BatchRequest { method: "POST", path: "/wp/v2/posts", body: &post })
                .collect();
            let request = Request::post(self.uri("/batch/v1"))
                .header(ACCEPT, JSON)
                .header(AUTHORIZATION, self.authorization.clone())
                .header(CONTENT_TYPE, JSON)
                .body(bytes(serde_json::to_vec(&Batch { requests })?))?;
            for response in self.send::<Batched>(request).await?.responses {
                if response.status != 201 {
                    return Err(format!("a post: {}", response.status).into());
                }
                black_box(response.body);
                created += 1;
            }
        }
        Ok(created)
    }

    async fn create_all(&self, posts: u64) -> Result<u64> {
        for _ in 0..posts {
            self.create().await?;
        }
        Ok(posts)
    }

    async fn upload(&self, length: usize) -> Result<u64> {
        let request = Request::post(self.uri("/wp/v2/media"))
            .header(ACCEPT, JSON)
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, "image/jpeg")
            .header(CONTENT_DISPOSITION, DISPOSITION)
            .body(bytes(vec![0; length]))?;
        Ok(self.send::<Media>(request).await?.id)
    }

    async fn upload_file(&self, file: &Path) -> Result<u64> {
        let (body, length) = file::open(file).await?;
        let request = Request::post(self.uri("/wp/v2/media"))
            .header(ACCEPT, JSON)
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, "image/jpeg")
            .header(CONTENT_DISPOSITION, DISPOSITION)
            .header(CONTENT_LENGTH, length)
            .body(Either::Right(body))?;
        Ok(self.send::<Media>(request).await?.id)
    }
}
