//! The shared limit.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chacha20poly1305::aead::Generate as _;
use redis::Cmd;
use wp_core::{Admission, Clock, SharedLimit, TransportError, TransportErrorKind, async_trait};

use crate::ConfigError;
use crate::names::{hashed, hex};
use crate::server::{Failure, Server};

/// Limits the requests to each host of all programs that share a Redis: how many run at a time, and how many start in
/// a second. Give it to [`ClientBuilder::shared_limit`]. Clones share the connections.
///
/// ```no_run
/// use std::num::NonZeroU32;
/// use wp_auth_redis::RedisLimit;
/// use wp_client::Client;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut limit = RedisLimit::new(&std::env::var("REDIS_URL")?)?.prefix("shop:").concurrency(4);
/// if let Some(rate) = NonZeroU32::new(10) {
///     limit = limit.per_second(rate);
/// }
/// let wp = Client::builder("https://example.org").shared_limit(limit).build()?;
/// # drop(wp); Ok(()) }
/// ```
///
/// # What it promises
/// All programs that share a limit must have the same limits; with others, neither the rate nor the order holds.
///
/// - All times are those of Redis, so the clocks of the machines do not matter. The rate holds for the moments at which
///   Redis admits requests: two of them are at least `1 / rate` apart.
/// - Requests wait in one queue, in the order in which they first asked. A request is admitted only if there are more
///   free slots than requests before it; with a rate, only if there is none before it. A waiting request asks again at
///   least once a second. One that does not ask for 2 to 3 seconds, because its program was stopped, does not poll it or
///   has to connect again, loses its place and delays the others no longer.
/// - A request holds its slot until its response has arrived as a whole, and renews it meanwhile. The slot of a program
///   that was killed is free after 10 seconds. So is that of a request that is not polled for that long, such as a
///   streamed response that is not read; it then runs beside the limit until it is polled again.
/// - A pause that a host asks for (429 or 503 with `Retry-After`, up to a minute) is told to Redis, and applies to all
///   programs. If that message is lost, each program learns of the pause by its own requests.
/// - The end of a request is told as soon as its runtime runs. If a request is cancelled or a streamed response dropped
///   in a `current_thread` runtime, that is within the next `block_on`; outside of a runtime it is not told. Until then,
///   at most for 10 seconds, its slot is taken.
///
/// An admission is one round trip to Redis if there is nothing to wait for.
///
/// # When Redis cannot be asked
/// Each attempt of a request fails after at most 2.7 seconds; the error names the Redis, says that nothing was sent, and
/// is transient. A client makes further attempts, as its retry policy says; they cost no tokens of the host's retry budget.
/// [`on_failure`](Self::on_failure) continues without this limit instead.
///
/// [`ClientBuilder::shared_limit`]: https://docs.rs/wp-client/latest/wp_client/struct.ClientBuilder.html#method.shared_limit
#[derive(Clone)]
pub struct RedisLimit {
    server: Arc<Server>,
    prefix: String,
    concurrency: u32,
    per_second: Option<NonZeroU32>,
    fallback: Option<Arc<Fallback>>,
}

/// How long a slot is held without renewal.
const LEASE: Duration = Duration::from_secs(10);
/// The longest time after which a waiting request asks again.
const MAX_WAIT: Duration = Duration::from_secs(1);
/// A request that does not ask again within this time after its wait has lost its place.
const GRACE: Duration = Duration::from_secs(2);
/// A pause that is further ahead was set before the clock of Redis was set back.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// After a failure that the program accepts, Redis is asked once in this time.
const REST: Duration = Duration::from_secs(1);

/// Admits a request and returns 0, or returns the time after which to ask again. All times are in microseconds.
///
/// `KEYS` are the slots and the queue (each sorted by time: the end of the slot, the arrival), the ends of the places in
/// the queue, and the state of the host: `next` is the earliest start under the rate (GCRA without a burst), `paused`
/// the end of the pause. `ARGV` are the request, the limits (the interval is 0 without a rate), and the constants.
///
/// Entries that have ended are removed, and so are those that end later than any can: the clock was set back. The script
/// is sent again if a response is lost; a request that has a slot is not admitted twice. All slots may become free
/// within 25 ms: a request waits that long for each time that they must, so that a long queue asks seldom and leaves no
/// slot free. A request in the queue without a place is over, and its place was evicted from the memory of Redis.
const ADMIT: &str = "\
    local time = redis.call('TIME') \
    local now = time[1] * 1000000 + time[2] \
    local slots, queue, places, state, id = KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1] \
    local most, interval = tonumber(ARGV[2]), tonumber(ARGV[3]) \
    local lease, longest, grace, pause = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]) \
    for _, ended in ipairs({{'-inf', now}, {string.format('(%.0f', now + lease), '+inf'}}) do \
        redis.call('ZREMRANGEBYSCORE', slots, ended[1], ended[2]) \
        for _, gone in ipairs(redis.call('ZRANGEBYSCORE', places, ended[1], ended[2])) do \
            redis.call('ZREM', queue, gone) \
            redis.call('ZREM', places, gone) \
        end \
    end \
    if redis.call('ZSCORE', slots, id) then return 0 end \
    redis.call('ZADD', queue, 'NX', now, id) \
    local first = redis.call('ZRANGE', queue, 0, 0)[1] \
    while first ~= id and not redis.call('ZSCORE', places, first) do \
        redis.call('ZREM', queue, first) \
        first = redis.call('ZRANGE', queue, 0, 0)[1] \
    end \
    local before = redis.call('ZRANK', queue, id) \
    local free = math.max(most - redis.call('ZCARD', slots), 0) \
    local times = redis.call('HMGET', state, 'next', 'paused') \
    local start, paused = tonumber(times[1] or 0), tonumber(times[2] or 0) \
    if interval == 0 or start > now + 1000000 then start = 0 end \
    if paused > now + pause then paused = 0 end \
    local due = math.max(start, paused) \
    if before < free and due <= now and (interval == 0 or before == 0) then \
        redis.call('ZREM', queue, id) \
        redis.call('ZREM', places, id) \
        redis.call('ZADD', slots, now + lease, id) \
        redis.call('PEXPIRE', slots, lease / 1000) \
        if interval > 0 then \
            redis.call('HSET', state, 'next', string.format('%.0f', now + interval)) \
            redis.call('PEXPIRE', state, pause / 1000) \
        end \
        return 0 \
    end \
    local wait = math.max(due - now, 0) + before * interval \
    if before >= free then wait = math.max(wait, (math.floor((before - free) / most) + 1) * 25000) end \
    wait = math.min(math.max(wait, 1000), longest) \
    redis.call('ZADD', places, now + wait + grace, id) \
    redis.call('PEXPIRE', queue, (longest + grace) / 1000) \
    redis.call('PEXPIRE', places, (longest + grace) / 1000) \
    return wait";

/// Frees the slot, or gives up the place in the queue. `KEYS` are the slots, the queue and the places.
const RELEASE: &str = "for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end return 0";

/// Extends the lease. If it has ended, the slot is taken again, since its exchange still runs. `KEYS` are the slots,
/// `ARGV` are the request and the lease.
const RENEW: &str = "\
    local time = redis.call('TIME') \
    redis.call('ZADD', KEYS[1], time[1] * 1000000 + time[2] + ARGV[2], ARGV[1]) \
    return redis.call('PEXPIRE', KEYS[1], ARGV[2] / 1000)";

/// Extends the pause. `KEYS` is the state, `ARGV` are the request, the pause and the longest one.
const PAUSE: &str = "\
    local time = redis.call('TIME') \
    local now = time[1] * 1000000 + time[2] \
    local before = tonumber(redis.call('HGET', KEYS[1], 'paused') or 0) \
    if now + ARGV[2] > before or before > now + ARGV[3] then \
        redis.call('HSET', KEYS[1], 'paused', string.format('%.0f', now + ARGV[2])) \
    end \
    return redis.call('PEXPIRE', KEYS[1], ARGV[3] / 1000)";

impl RedisLimit {
    /// A limit in the Redis at `url`: `redis://user:password@host:6379/0`, `unix:///path`, or, with the feature `rustls`,
    /// `rediss://…`. It connects on first use. Default: 8 requests at a time to each host, and no limit on the rate.
    ///
    /// # Errors
    /// [`ConfigError`] for an invalid URL.
    pub fn new(url: &str) -> Result<Self, ConfigError> {
        let server = Arc::new(Server::new(url)?);
        Ok(Self { server, prefix: "wp-limit:".to_owned(), concurrency: 8, per_second: None, fallback: None })
    }

    /// Sets the prefix of its keys in Redis. Default: `wp-limit:`. Limits with different prefixes share nothing.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the largest number of concurrent requests to a host, over all programs. Default: 8. 0 counts as 1.
    pub fn concurrency(mut self, most: u32) -> Self {
        self.concurrency = most.max(1);
        self
    }

    /// Sets the largest number of requests to a host that start in a second, over all programs, evenly spread. Default: no
    /// limit.
    pub fn per_second(mut self, most: NonZeroU32) -> Self {
        self.per_second = Some(most);
        self
    }

    /// If Redis cannot be asked, continues under the limits of each client alone, and calls `notify` with the error.
    /// After a failure, one request in each second asks Redis again, by the clock of the client; each may wait for it for
    /// up to 2.7 seconds. Default: the request fails.
    ///
    /// ```no_run
    /// # fn example(url: &str) -> Result<(), wp_auth_redis::ConfigError> {
    /// use wp_auth_redis::RedisLimit;
    ///
    /// let limit = RedisLimit::new(url)?.on_failure(|error| eprintln!("without the shared limit: {error}"));
    /// # drop(limit); Ok(()) }
    /// ```
    pub fn on_failure(mut self, notify: impl Fn(&TransportError) + Send + Sync + 'static) -> Self {
        self.fallback = Some(Arc::new(Fallback { notify: Box::new(notify), failed: AtomicU64::new(0) }));
        self
    }
}

#[async_trait]
impl SharedLimit for RedisLimit {
    async fn admit(&self, host: &str, clock: &dyn Clock) -> Result<Arc<dyn Admission>, TransportError> {
        if self.fallback.as_ref().is_some_and(|fallback| !fallback.asks(clock.now())) {
            return Ok(Arc::new(()));
        }
        match (self.slot(host, clock).await, &self.fallback) {
            (Ok(slot), _) => Ok(Arc::new(slot)),
            (Err(error), None) => Err(error),
            (Err(error), Some(fallback)) => {
                fallback.failed(clock.now());
                (fallback.notify)(&error);
                Ok(Arc::new(()))
            }
        }
    }

    fn renewal(&self) -> Duration {
        LEASE / 3
    }
}

/// A request that waits for its slot or holds it. When it is dropped, it tells Redis; if that message is lost, the slot
/// and the place in the queue end by themselves.
struct Slot {
    server: Arc<Server>,
    /// The common part of the names of its keys.
    name: String,
    id: String,
}

impl RedisLimit {
    async fn slot(&self, host: &str, clock: &dyn Clock) -> Result<Slot, TransportError> {
        let slot = Slot::new(self, host)?;
        let (admit, release) = (slot.admit(self), slot.release());
        loop {
            let wait: u64 = self.server.ask(&admit, Some(&release)).await.map_err(unavailable)?;
            if let Some(fallback) = &self.fallback {
                fallback.failed.store(0, Ordering::Relaxed);
            }
            if wait == 0 {
                return Ok(slot);
            }
            clock.sleep(Duration::from_micros(wait)).await;
        }
    }
}

impl Slot {
    fn new(limit: &RedisLimit, host: &str) -> Result<Self, TransportError> {
        let random = <[u8; 16]>::try_generate();
        let what = "the shared limit needs random numbers, and the system has none";
        let random =
            random.map_err(|_| TransportError::new(TransportErrorKind::Other).not_sent().detail(what))?;
        Ok(Self { server: Arc::clone(&limit.server), name: hashed(&limit.prefix, host), id: hex(&random) })
    }

    /// A command that runs a script.
    fn script(&self, script: &str, keys: &[&str], arguments: &[u64]) -> Cmd {
        let mut command = redis::cmd("EVAL").arg(script).arg(keys.len()).take();
        for key in keys {
            command.arg(format!("{}:{key}", self.name));
        }
        command.arg(&self.id).arg(arguments).take()
    }

    fn admit(&self, limit: &RedisLimit) -> Cmd {
        // Rounded up, so that no more start in a second.
        let interval = limit.per_second.map_or(0, |rate| 1_000_000_u64.div_ceil(rate.get().into()));
        let [lease, longest, grace, pause] = [LEASE, MAX_WAIT, GRACE, MAX_PAUSE].map(micros);
        let arguments = [limit.concurrency.into(), interval, lease, longest, grace, pause];
        self.script(ADMIT, &["slots", "queue", "places", "state"], &arguments)
    }

    fn release(&self) -> Cmd {
        self.script(RELEASE, &["slots", "queue", "places"], &[])
    }
}

#[async_trait]
impl Admission for Slot {
    async fn renew(&self) {
        // If it fails, the next renewal may succeed before the lease ends.
        let _ = self.server.ask::<i64>(&self.script(RENEW, &["slots"], &[micros(LEASE)]), None).await;
    }

    fn pause(&self, time: Duration) {
        self.server.tell(&self.script(PAUSE, &["state"], &[micros(time), micros(MAX_PAUSE)]));
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.server.tell(&self.release());
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn unavailable(Failure { what, cause, .. }: Failure) -> TransportError {
    let error = TransportError::new(TransportErrorKind::Other).not_sent().transient();
    let error = error.detail(format!("the shared limit cannot be asked: {what}"));
    match cause {
        Some(cause) => error.caused_by(cause),
        None => error,
    }
}

/// What a program does without Redis.
struct Fallback {
    notify: Box<dyn Fn(&TransportError) + Send + Sync>,
    /// The time of the last failure, or of the last request that asked after one, in microseconds. 0: Redis responds.
    failed: AtomicU64,
}

impl Fallback {
    fn failed(&self, now: SystemTime) {
        self.failed.store(since_epoch(now), Ordering::Relaxed);
    }

    /// Whether a request asks Redis. After a failure one does in each second, so that a Redis that does not respond
    /// delays no other.
    fn asks(&self, now: SystemTime) -> bool {
        let (failed, now) = (self.failed.load(Ordering::Relaxed), since_epoch(now));
        // A failure that is later than now was recorded before the clock was set back.
        let rests = now.checked_sub(failed).is_some_and(|passed| passed < micros(REST));
        failed == 0
            || !rests
                && self.failed.compare_exchange(failed, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// In microseconds. Never 0.
fn since_epoch(now: SystemTime) -> u64 {
    micros(now.duration_since(UNIX_EPOCH).unwrap_or_default()).max(1)
}

impl fmt::Debug for RedisLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, prefix, concurrency, per_second, .. } = self;
        f.debug_struct("RedisLimit")
            .field("server", server)
            .field("prefix", prefix)
            .field("concurrency", concurrency)
            .field("per_second", per_second)
            .finish_non_exhaustive()
    }
}
