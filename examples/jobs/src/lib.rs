//! What the programs of this package share: the options that name a site, the progress bar, the state of a job between
//! two runs, and the exit code.

mod blocks;
mod front_matter;
mod job;
mod journal;
mod progress;
#[path = "../../sign_in.rs"]
mod sign_in;
mod site;
mod state;

pub use blocks::{Image, images, to_blocks};
pub use front_matter::FrontMatter;
pub use job::{AFTER_HELP, Outcome, explain, run, wrong_argument};
pub use journal::{AppendedFile, merge};
pub use progress::{Progress, print};
pub use sign_in::Scheme;
pub use site::Site;
pub use state::StateFile;

/// An error of a program, for its user to read.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of a part of a program.
pub type Result<T = ()> = std::result::Result<T, Error>;
