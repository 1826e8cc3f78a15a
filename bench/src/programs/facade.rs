use std::hint::black_box;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wp_client::models::{NewPost, PostStatus};
use wp_client::wp_http::{ConnectOptions, HyperTransport};
use wp_client::{Body, Client, ClientBuilder, Identity, JwtAuth, Limits, SavedToken};

use super::{CONTENT, DISPOSITION, Program, Result, TITLE, file};

/// The facade, as a user gets it.
pub struct Facade(pub Client);

impl Facade {
    /// Over reqwest, which is the default.
    pub fn over_reqwest(site: &str, token: &str, in_flight: Option<usize>) -> Result<Self> {
        Self::of(Client::builder(site), token, in_flight)
    }

    /// Over hyper.
    pub fn over_hyper(site: &str, token: &str, in_flight: Option<usize>) -> Result<Self> {
        let options = ConnectOptions::default().needs_connections(in_flight.unwrap_or_default());
        Self::of(Client::builder(site).transport(HyperTransport::with(&options)?), token, in_flight)
    }

    fn of(builder: ClientBuilder, token: &str, in_flight: Option<usize>) -> Result<Self> {
        let limits = in_flight.map(|in_flight| Limits::default().concurrency(in_flight));
        Ok(Self(builder.auth(identity(token)).limits(limits.unwrap_or_default()).build()?))
    }
}

/// Who has a password, and a token of an earlier run.
pub fn identity(token: &str) -> Identity {
    Identity::builder(JwtAuth::new("ana", "password")).resume(SavedToken::access(token)).build()
}

#[derive(Deserialize)]
struct Media {
    id: u64,
}

impl Facade {
    async fn send(&self, file: impl Into<Body>) -> Result<u64> {
        let request = self.0.post("/wp/v2/media").header("content-disposition", DISPOSITION);
        Ok(request.body("image/jpeg", file).typed::<Media>().await?.id)
    }
}

impl Program for Facade {
    async fn me(&self) -> Result<u64> {
        Ok(self.0.users().me().await?.id.get())
    }

    async fn create(&self) -> Result<u64> {
        let post = NewPost::titled(TITLE).content(CONTENT).status(PostStatus::Draft);
        Ok(self.0.posts().create(post).await?.id.get())
    }

    async fn page(&self) -> Result<usize> {
        Ok(self.0.posts().list().per_page(100).await?.items.len())
    }

    async fn export(&self, _: u64, in_flight: usize) -> Result<u64> {
        let mut posts = self.0.posts().list().per_page(100).concurrency(in_flight).stream();
        let mut count = 0;
        while let Some(post) = posts.try_next().await? {
            black_box(post);
            count += 1;
        }
        match posts.warning() {
            Some(warning) => Err(warning.to_string().into()),
            None => Ok(count),
        }
    }

    async fn first(&self, _: u64, in_flight: usize) -> Result<u64> {
        let mut posts = self.0.posts().list().per_page(100).concurrency(in_flight).stream();
        Ok(posts.try_next().await?.ok_or("no post")?.id.get())
    }

    async fn batch(&self, posts: u64) -> Result<u64> {
        let new = || NewPost::titled(TITLE).content(CONTENT).status(PostStatus::Draft);
        let batched = self.0.batch((0..posts).map(|_| self.0.posts().create(new()))).await?;
        let mut created = 0;
        for post in batched.results {
            black_box(post?);
            created += 1;
        }
        Ok(created)
    }

    async fn create_all(&self, posts: u64) -> Result<u64> {
        self.batch(posts).await
    }

    async fn upload(&self, length: usize) -> Result<u64> {
        self.send(vec![0; length]).await
    }

    async fn upload_file(&self, file: &Path) -> Result<u64> {
        let length = tokio::fs::metadata(file).await?.len();
        let path = PathBuf::from(file);
        let open = move || {
            let path = path.clone();
            async move {
                let (body, length) = file::open(&path).await?;
                Ok(Body::stream(body, length))
            }
        };
        self.send(Body::reopen(length, open)).await
    }
}
