//! The records of the token plugins, and the failures that a test sets.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use super::{entropy::Entropy, refusal::Refusal};

/// How the sign-in endpoint fails, whatever the request. The statuses and codes of the first two are those of
/// [`Plugin::JwtAuth`](crate::Plugin::JwtAuth); the other plugins report the same failures in their own format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInFailure {
    /// 403 `[jwt_auth] incorrect_password`.
    WrongPassword,
    /// 403 `jwt_auth_bad_config`.
    BadConfig,
    /// 500 with an HTML page: a fatal error, for a request without `Accept: application/json`.
    ServerErrorHtml,
    /// 500 `internal_server_error` as JSON: a fatal error, for a request with that header.
    ServerErrorJson,
    /// 503 with `Retry-After: 600`: the site is in maintenance mode (`.maintenance` exists).
    Maintenance,
    /// 429 with `Retry-After: 1` and an HTML page: a rate limiter in front of the site.
    TooManyRequests,
    /// 200 with an empty body: a plugin called `exit`.
    Empty,
    /// 200 with a JSON object without a token.
    NoToken,
}

/// The secret that the token plugin signs with.
#[derive(Debug, Clone)]
pub(crate) enum Secret {
    /// A random secret, unique to the site.
    Own,
    Chosen(String),
    Undefined,
}

impl Secret {
    pub(crate) fn resolve(self, entropy: &mut Entropy) -> Option<String> {
        match self {
            Self::Own => Some(entropy.hex()),
            Self::Chosen(secret) => Some(secret),
            Self::Undefined => None,
        }
    }
}

/// The persistent data of the plugins.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) secret: Option<String>,
    /// In seconds.
    pub(crate) lifetime: i64,
    pub(crate) failure: Option<SignInFailure>,
    pub(crate) refuse_sign_in: Option<Refusal>,
    pub(crate) refuse_renewal: Option<Refusal>,
    pub(crate) delay: Duration,
    pub(crate) leaky_profile: bool,
    pub(crate) issued: HashSet<String>,
    /// JWTs that the test declared expired early.
    pub(crate) expired: HashSet<String>,
    /// API Bearer Auth: the table of tokens.
    pub(crate) rows: Vec<Row>,
    /// miniOrange: the failures that it counts before it locks its endpoints.
    pub(crate) attempts: Attempts,
    /// useful-team: the refresh token of a user and a device.
    pub(crate) slots: HashMap<(u64, String), Slot>,
    /// Simple JWT Login: the refresh tokens, with user and expiry.
    pub(crate) rotating: HashMap<String, (u64, i64)>,
    /// Simple JWT Login: revoked JWTs.
    pub(crate) revoked_jwts: HashSet<String>,
    /// Simple JWT Login: the users with a second factor.
    pub(crate) second_factors: HashMap<u64, SecondFactor>,
    /// useful-team: how often a user's access tokens were revoked.
    pub(crate) revoked: HashMap<u64, u32>,
}

impl Tokens {
    /// Whether the test declared this JWT expired.
    pub(crate) fn is_expired(&self, token: &str) -> bool {
        self.expired.contains(token)
    }

    /// Declares every token issued so far expired.
    pub(crate) fn expire(&mut self, now: i64) {
        let issued = std::mem::take(&mut self.issued);
        self.expired.extend(issued);
        for row in &mut self.rows {
            row.expire(now);
        }
    }
}

/// A row of API Bearer Auth's table: one for each user and client name.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) user: u64,
    pub(crate) client: String,
    pub(crate) access: String,
    pub(crate) valid_until: i64,
    pub(crate) refresh: String,
}

impl Row {
    pub(crate) fn expire(&mut self, now: i64) {
        self.valid_until = self.valid_until.min(now);
    }
}

/// The failures of the client's IP address, as miniOrange's plugin counts them: each failure extends the life of all
/// earlier ones by another minute.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    failures: usize,
    forgotten_at: i64,
}

impl Attempts {
    /// How long after the last failure all of them are forgotten, in seconds.
    pub(crate) const WINDOW: i64 = 60;

    pub(crate) fn add(&mut self, now: i64) {
        self.failures = self.counted(now) + 1;
        self.forgotten_at = now.saturating_add(Self::WINDOW);
    }

    pub(crate) fn counted(&self, now: i64) -> usize {
        // A transient expires after its time, not exactly at it.
        if now <= self.forgotten_at { self.failures } else { 0 }
    }
}

/// useful-team: the one refresh token of a user's device.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) token: String,
    pub(crate) expires: i64,
}

/// Simple JWT Login: the second factor of a user.
#[derive(Debug)]
pub(crate) struct SecondFactor {
    /// The valid code; each is accepted once.
    pub(crate) code: Option<String>,
    /// The expected content of the interim token, and its expiry.
    pub(crate) nonce: Option<(String, i64)>,
}

impl SecondFactor {
    pub(crate) fn new(code: &str) -> Self {
        Self { code: Some(code.to_owned()), nonce: None }
    }
}
