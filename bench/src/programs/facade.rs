use serde::Deserialize;
use wp_client::models::{NewPost, PostStatus};
use wp_client::wp_http::HyperTransport;
use wp_client::{Client, Identity, JwtAuth, SavedToken};

use super::{CONTENT, DISPOSITION, Program, Result, TITLE};

/// The facade, as a user gets it.
pub struct Facade(Client);

impl Facade {
    /// Over reqwest, which is the default.
    pub fn over_reqwest(site: &str, token: &str) -> Result<Self> {
        Ok(Self(Client::builder(site).auth(identity(token)).build()?))
    }

    /// Over hyper.
    pub fn over_hyper(site: &str, token: &str) -> Result<Self> {
        let builder = Client::builder(site).auth(identity(token)).transport(HyperTransport::new()?);
        Ok(Self(builder.build()?))
    }
}

fn identity(token: &str) -> Identity {
    Identity::builder(JwtAuth::new("ana", "password")).resume(SavedToken::access(token)).build()
}

#[derive(Deserialize)]
struct Media {
    id: u64,
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

    async fn upload(&self, bytes: usize) -> Result<u64> {
        let request = self.0.post("/wp/v2/media").header("content-disposition", DISPOSITION);
        Ok(request.body("image/jpeg", vec![0; bytes]).typed::<Media>().await?.id)
    }
}
