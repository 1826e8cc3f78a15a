//! The data that persists between requests. Handlers read and change it; nothing here handles a request.

pub(crate) mod clock;
pub(crate) mod counts;
mod entropy;
pub(crate) mod holds;
pub(crate) mod kinds;
pub(crate) mod log;
pub(crate) mod plugin;
mod records;
pub(crate) mod refusal;
pub(crate) mod roles;
pub(crate) mod seed;
pub(crate) mod site;
pub(crate) mod text;
pub(crate) mod tokens;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::{civil::DateTime, tz::Offset};

use clock::Clock;
use counts::Counts;
pub(crate) use entropy::{Entropy, hex};
use holds::Holds;
use kinds::{PostType, Taxonomy};
use log::Entry;
use plugin::Plugin;
pub(crate) use records::{ApiKey, AppPassword, Attached, Comment, Post, Revision, Term, User};
use serde_json::{Map, Value};
use site::{Permalinks, Site};
use tokens::Tokens;

use crate::front::Front;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) site: Site,
    pub(crate) clock: Clock,
    /// The active token plugin.
    pub(crate) plugin: Option<Plugin>,
    pub(crate) tokens: Tokens,
    pub(crate) front: Front,
    pub(crate) holds: Holds,
    /// Whether application passwords are available.
    pub(crate) application_passwords: bool,
    /// Whether an application password was ever created: the option `using_application_passwords`, which stays
    /// set when the last one is deleted. Until then WordPress does not check for them.
    pub(crate) had_app_passwords: bool,
    pub(crate) counts: Counts,
    /// Digests of the credentials that were sent, in the order in which each was first sent.
    pub(crate) credentials: Vec<[u8; 32]>,
    pub(crate) api_keys: Vec<ApiKey>,
    pub(crate) users: BTreeMap<u64, User>,
    /// Posts and revisions share one sequence of ids, because WordPress keeps them in one table.
    pub(crate) posts: BTreeMap<u64, Post>,
    pub(crate) last_post: u64,
    pub(crate) comments: BTreeMap<u64, Comment>,
    pub(crate) last_comment: u64,
    /// The settings that were changed.
    pub(crate) settings: Map<String, Value>,
    /// The post types and taxonomies that the test has registered.
    pub(crate) types: Vec<&'static PostType>,
    pub(crate) taxonomies: Vec<&'static Taxonomy>,
    pub(crate) terms: BTreeMap<u64, Term>,
    /// The formats that a post has had: WordPress keeps them as terms.
    pub(crate) formats: BTreeSet<String>,
    pub(crate) log: Vec<Entry>,
    pub(crate) entropy: Entropy,
}

/// The state, shared by the threads of the site and the test.
#[derive(Debug, Clone)]
pub(crate) struct SharedState(pub(crate) Arc<Mutex<State>>);

impl SharedState {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in one test thread must not make the state unusable for the others.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn user(&self, login: &str) -> Option<&User> {
        self.users.values().find(|user| user.login.eq_ignore_ascii_case(login))
    }

    pub(crate) fn user_mut(&mut self, login: &str) -> Option<&mut User> {
        self.users.values_mut().find(|user| user.login.eq_ignore_ascii_case(login))
    }

    /// Finds a user by login or, if none matches, by e-mail address.
    pub(crate) fn user_by_name(&self, name: &str) -> Option<&User> {
        let by_email = || self.users.values().find(|user| user.email.eq_ignore_ascii_case(name));
        self.user(name).or_else(by_email)
    }

    pub(crate) fn now(&self) -> DateTime {
        // WordPress stores whole seconds.
        let now = clock::utc(self.clock.now());
        now.with().subsec_nanosecond(0).build().unwrap_or(now)
    }

    /// Converts UTC to the site's time.
    pub(crate) fn local(&self, utc: DateTime) -> DateTime {
        self.shift(utc, 1)
    }

    /// Converts the site's time, or that of an explicit zone, to UTC.
    pub(crate) fn to_utc(&self, local: DateTime, zone: Option<Offset>) -> DateTime {
        match zone {
            Some(zone) => zone.to_timestamp(local).map_or(local, clock::utc),
            None => self.shift(local, -1),
        }
    }

    fn shift(&self, date: DateTime, sign: i32) -> DateTime {
        let minutes = i64::from(sign * self.site.gmt_offset_minutes);
        date.checked_add(jiff::SignedDuration::from_mins(minutes)).unwrap_or(date)
    }

    /// The URL of a post: with date and slug if it has both, otherwise with its id.
    pub(crate) fn permalink(&self, post: &Post) -> String {
        match post.status.as_str() {
            "publish" | "private" | "inherit" => self.permalink_with(post, &post.slug),
            _ => self.site.plain_post(post),
        }
    }

    pub(crate) fn permalink_with(&self, post: &Post, slug: &str) -> String {
        let infix = match self.site.permalinks {
            Permalinks::Pretty => "",
            Permalinks::Index => "/index.php",
            Permalinks::Plain => return self.site.plain_post(post),
        };
        if !post.kind.is(&kinds::POST) {
            // Below its parents, and an attachment below the post that it belongs to.
            let parent = self.posts.get(&post.parent).filter(|_| post.parent != post.id);
            if let Some(parent) = parent.filter(|parent| parent.status == "publish") {
                return format!("{}{slug}/", self.permalink(parent));
            }
            if parent.is_none() && post.parent != 0 && post.kind.is(&kinds::ATTACHMENT) {
                return self.site.plain_post(post);
            }
            let kind = if post.kind.taxonomies.is_empty() { "" } else { post.kind.base };
            let sep = if kind.is_empty() { "" } else { "/" };
            return format!("{}{infix}/{kind}{sep}{slug}/", self.site.url);
        }
        let day = clock::text(self.local(post.date))[..10].replace('-', "/");
        format!("{}{infix}/{day}/{slug}/", self.site.url)
    }

    pub(crate) fn next_post_id(&mut self) -> u64 {
        self.last_post += 1;
        self.last_post
    }

    /// A term, and those above it.
    pub(crate) fn above(&self, term: u64) -> impl Iterator<Item = u64> {
        // Terms in a circle, which WordPress prevents, would have no top.
        let up = |id: &u64| self.terms.get(id).map(|term| term.parent).filter(|parent| *parent != 0);
        std::iter::successors(Some(term), up).take(self.terms.len() + 1)
    }

    /// Whether a term is another one, or below it.
    pub(crate) fn is_within(&self, term: u64, other: u64) -> bool {
        self.above(term).any(|id| id == other)
    }

    /// The number of published posts of a term or user.
    pub(crate) fn published(&self, matches: impl Fn(&Post) -> bool) -> usize {
        self.posts.values().filter(|post| post.status == "publish" && matches(post)).count()
    }
}
