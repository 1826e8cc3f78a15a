//! The same work by several programs, each as its author would write it.

pub mod facade;
mod file;
pub mod raw_hyper;
pub mod raw_reqwest;

use std::path::Path;

pub use facade::Facade;
pub use raw_hyper::RawHyper;
pub use raw_reqwest::RawReqwest;

/// Any error.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What is measured. Each gives something of the response that was decoded, so that nothing is left out.
pub trait Program {
    /// `GET /wp/v2/users/me`: the id.
    async fn me(&self) -> Result<u64>;
    /// `POST /wp/v2/posts`: the id of the draft.
    async fn create(&self) -> Result<u64>;
    /// `GET /wp/v2/posts?per_page=100`: how many posts came.
    async fn page(&self) -> Result<usize>;
    /// All pages of 100 posts, so many of them in flight, in order: how many posts came.
    async fn export(&self, pages: u64, in_flight: usize) -> Result<u64>;
    /// The first of all posts, with so many pages in flight: its id.
    async fn first(&self, pages: u64, in_flight: usize) -> Result<u64>;
    /// So many drafts by `POST /batch/v1`, 25 at a time: how many there are.
    async fn batch(&self, posts: u64) -> Result<u64>;
    /// So many drafts, in the way that the program has: how many there are.
    async fn create_all(&self, posts: u64) -> Result<u64>;
    /// `POST /wp/v2/media` of this many bytes that are in memory: the id.
    async fn upload(&self, bytes: usize) -> Result<u64>;
    /// The same from a file.
    async fn upload_file(&self, file: &Path) -> Result<u64>;
}

/// How many requests WordPress takes in a batch.
const BATCH: u64 = 25;

const TITLE: &str = "Hello";
const CONTENT: &str = "<p>Two words.</p>";
const DISPOSITION: &str = "attachment; filename=\"dune.jpg\"";
