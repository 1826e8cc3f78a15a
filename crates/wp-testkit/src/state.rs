//! The data that persists between requests.

use std::{
    collections::BTreeMap,
    fmt::Write,
    hash::{BuildHasher, RandomState},
};

use jiff::{Timestamp, civil::DateTime, tz::Offset};
use sha2::{Digest, Sha256};

use crate::{
    clock::{self, Clock},
    counts::Counts,
    front::Front,
    hold::Holds,
    log::Entry,
    plugins::{Plugin, Tokens},
    roles,
    site::Site,
};

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
    pub(crate) terms: BTreeMap<u64, Term>,
    pub(crate) log: Vec<Entry>,
    pub(crate) entropy: Entropy,
}

#[derive(Debug)]
pub(crate) struct ApiKey {
    pub(crate) header: String,
    pub(crate) value: String,
    pub(crate) login: String,
}

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) password: String,
    pub(crate) email: String,
    pub(crate) role: String,
    pub(crate) name: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) nickname: String,
    pub(crate) url: String,
    pub(crate) description: String,
    pub(crate) locale: String,
    pub(crate) slug: String,
    pub(crate) registered: Timestamp,
    pub(crate) app_passwords: Vec<AppPassword>,
}

#[derive(Debug, Clone)]
pub(crate) struct AppPassword {
    pub(crate) uuid: String,
    pub(crate) app_id: String,
    pub(crate) name: String,
    /// Without spaces.
    pub(crate) password: String,
    pub(crate) created: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) id: u64,
    pub(crate) author: u64,
    pub(crate) status: String,
    /// In UTC.
    pub(crate) date: DateTime,
    /// A draft without a date: it gets the date of its last change.
    pub(crate) floating: bool,
    pub(crate) modified: DateTime,
    pub(crate) guid: String,
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) content: String,
    pub(crate) excerpt: String,
    pub(crate) password: String,
    pub(crate) comment_status: String,
    pub(crate) ping_status: String,
    pub(crate) format: String,
    pub(crate) footnotes: String,
    pub(crate) sticky: bool,
    pub(crate) categories: Vec<u64>,
    pub(crate) tags: Vec<u64>,
    pub(crate) revisions: Vec<u64>,
    /// The status and slug of the post before it was moved to the trash.
    pub(crate) before_trash: Option<(String, String)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Term {
    pub(crate) id: u64,
    /// `category` or `post_tag`.
    pub(crate) taxonomy: &'static str,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) description: String,
    pub(crate) parent: u64,
}

/// The user of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    /// `None` for anonymous requests.
    pub(crate) user: Option<u64>,
    pub(crate) capabilities: &'static [&'static str],
    /// The application password of the request.
    pub(crate) app_password: Option<String>,
    /// The credential that reached the token plugin.
    pub(crate) authorization: Option<String>,
    pub(crate) cookies: Option<String>,
}

impl Caller {
    pub(crate) fn can(&self, capability: &str) -> bool {
        self.capabilities.contains(&capability)
    }

    pub(crate) fn is(&self, user: u64) -> bool {
        self.user == Some(user)
    }

    /// `rest_authorization_required_code`.
    pub(crate) fn denial(&self) -> u16 {
        if self.user.is_some() { 403 } else { 401 }
    }

    /// The `edit_user` meta capability: users may edit themselves, administrators may edit everyone.
    pub(crate) fn can_edit_user(&self, user: u64) -> bool {
        self.is(user) || self.can("edit_users")
    }
}

impl State {
    pub(crate) fn caller(&self, user: Option<u64>) -> Caller {
        let user = user.and_then(|id| self.users.get(&id));
        Caller {
            user: user.map(|user| user.id),
            capabilities: user.map_or(&[], |user| roles::capabilities(&user.role)),
            ..Caller::default()
        }
    }

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

    pub(crate) fn next_post_id(&mut self) -> u64 {
        self.last_post += 1;
        self.last_post
    }

    /// The number of published posts of a term or user.
    pub(crate) fn published(&self, matches: impl Fn(&Post) -> bool) -> usize {
        self.posts.values().filter(|post| post.status == "publish" && matches(post)).count()
    }
}

/// Random numbers that are good enough for names and passwords of a test.
#[derive(Debug)]
pub(crate) struct Entropy {
    seed: String,
    drawn: u64,
}

impl Entropy {
    /// A different seed for every site.
    pub(crate) fn new() -> Self {
        // The standard library seeds hash tables with the system's randomness, differently each time.
        let random = || RandomState::new().hash_one(Timestamp::now().as_nanosecond());
        Self { seed: format!("{:x} {:x}", random(), random()), drawn: 0 }
    }

    fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        Sha256::digest(format!("{} {}", self.seed, self.drawn)).into()
    }

    /// 24 letters and digits, like `wp_generate_password`.
    pub(crate) fn password(&mut self) -> String {
        const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let letter = |byte: &u8| ALPHABET[usize::from(*byte) % ALPHABET.len()] as char;
        self.draw().iter().take(24).map(letter).collect()
    }

    /// 64 hexadecimal digits, the format of plugins' opaque tokens.
    pub(crate) fn hex(&mut self) -> String {
        hex(&self.draw())
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let mut hex: Vec<char> = hex(&self.draw()[..16]).chars().collect();
        hex[12] = '4';
        hex[16] = '8';
        let hex: String = hex.into_iter().collect();
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
