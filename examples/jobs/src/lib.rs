//! What the programs of this package share: the options that name a site, the progress bar, the state of a job between
//! two runs, and the exit code.

mod blocks;
mod front_matter;
mod job;
mod journal;
mod progress;
mod site;
mod state;

pub use blocks::{Image, images, to_blocks};
pub use front_matter::FrontMatter;
pub use job::{Outcome, run};
pub use journal::{AppendedFile, merge};
pub use progress::Progress;
pub use site::{Scheme, Site};
pub use state::StateFile;

/// An error of a program, for its user to read.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
