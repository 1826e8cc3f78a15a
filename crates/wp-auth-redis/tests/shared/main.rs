//! Tokens that several processes share: each store keeps the contract, and a fleet signs in once.
//!
//! The fleet is this program itself, started several times with arguments, against a stand-in in the first one.
//! Redis is a real `redis-server`, started here. Where there is none, its cases are not run, and never pass.

// A case panics to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod bearer_site;
mod contract;
mod directory;
mod files;
mod fleet;
mod gauge;
mod limits;
mod outages;
mod place;
mod proxy;
mod redis_only;
mod redis_server;
mod storms;
mod worker;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream;

use place::Kind;
use redis_server::RedisServer;

/// What all cases share.
#[derive(Clone)]
struct Context {
    /// Where the store of the case is.
    kind: Kind,
    redis: Option<Arc<RedisServer>>,
}

impl Context {
    /// The server that no case stops.
    fn redis(&self) -> &RedisServer {
        self.redis.as_deref().unwrap()
    }
}

/// One behaviour, over each of some stores.
struct Case {
    name: &'static str,
    kinds: &'static [Kind],
    run: fn(Context) -> BoxFuture<'static, ()>,
}

/// Names cases after their functions.
macro_rules! cases {
    ($($kinds:ident: $module:ident::$case:ident,)*) => {
        &[$(Case {
            name: concat!(stringify!($module), "::", stringify!($case)),
            kinds: $kinds,
            run: |context| Box::pin($module::$case(context)),
        }),*]
    };
}

const EACH: &[Kind] = &[Kind::Memory, Kind::File, Kind::Redis, Kind::EncryptedRedis];
/// Those that outlive a process.
const KEPT: &[Kind] = &[Kind::File, Kind::Redis, Kind::EncryptedRedis];
const BETWEEN: &[Kind] = &[Kind::File, Kind::EncryptedRedis];
/// Those whose leases end by the clock of who asks.
const BY_CLOCK: &[Kind] = &[Kind::Memory, Kind::File];
const FILE: &[Kind] = &[Kind::File];
const FOREIGN: &[Kind] = &[Kind::FileOfAnother];
const BOTH_REDIS: &[Kind] = &[Kind::Redis, Kind::EncryptedRedis];
const REDIS: &[Kind] = &[Kind::Redis];
const ENCRYPTED: &[Kind] = &[Kind::EncryptedRedis];

const CASES: &[Case] = cases! {
    EACH: contract::read_of_an_empty_store_is_none,
    EACH: contract::lock_is_exclusive,
    EACH: contract::lock_serializes_many_tasks,
    EACH: contract::release_writes_the_entry_and_frees_the_lock,
    EACH: contract::release_without_an_entry_keeps_the_old_entry,
    EACH: contract::delete_is_visible_to_all_stores,
    EACH: contract::release_after_a_delete_does_not_write,
    EACH: contract::dropped_lock_is_released,
    EACH: contract::expired_lease_cannot_write,
    EACH: contract::extended_lease_lasts,
    EACH: contract::lock_with_an_earlier_clock_reading_is_refused,
    BY_CLOCK: contract::clock_set_back_does_not_block_the_lock,
    EACH: contract::entry_round_trips,
    EACH: contract::entries_of_different_keys_are_separate,
    KEPT: contract::corrupt_entry_is_an_error_and_can_be_replaced,
    FILE: files::files_are_readable_by_their_owner_only,
    FILE: files::directory_writable_by_others_is_rejected,
    FILE: files::large_file_is_not_read_completely,
    FILE: files::file_of_another_key_is_corrupt,
    FILE: files::files_left_by_a_crash_are_removed,
    FILE: files::expired_files_are_removed,
    FILE: files::planted_symlink_is_not_followed,
    FILE: files::planted_fifo_does_not_block,
    ENCRYPTED: redis_only::entry_under_another_encryption_key_is_corrupt,
    ENCRYPTED: redis_only::encryption_key_rotation_loses_no_entry,
    ENCRYPTED: redis_only::value_copied_to_another_user_is_corrupt,
    ENCRYPTED: redis_only::value_copied_to_another_prefix_is_corrupt,
    BOTH_REDIS: redis_only::every_key_expires_and_its_name_is_hashed,
    BOTH_REDIS: redis_only::value_of_another_redis_type_is_corrupt_and_replaced,
    REDIS: redis_only::large_value_is_not_read_completely,
    REDIS: redis_only::concurrent_calls_share_a_connection,
    REDIS: redis_only::store_outlives_the_runtime_that_connected_it,
    REDIS: redis_only::idle_runtime_does_not_block_another,
    REDIS: redis_only::abandoned_connection_attempt_does_not_block_others,
    REDIS: redis_only::call_outside_of_a_runtime_is_an_error,
    REDIS: redis_only::lock_of_a_cancelled_call_is_released,
    REDIS: limits::waiting_requests_are_admitted_in_order,
    REDIS: limits::waits_grow_by_the_number_of_slots,
    REDIS: limits::request_that_is_not_polled_loses_its_place,
    REDIS: limits::request_in_the_queue_without_a_place_holds_nobody_up,
    REDIS: limits::dropped_request_frees_its_slot_or_its_place,
    REDIS: limits::slot_is_free_after_a_task_without_budget_drops_it,
    REDIS: limits::slot_is_free_when_the_runtime_of_its_request_stops,
    REDIS: limits::request_is_admitted_once_if_the_response_is_lost,
    REDIS: limits::renewal_extends_the_slot,
    REDIS: limits::every_key_of_a_limit_expires_and_its_name_is_hashed,
    REDIS: limits::entries_from_before_the_clock_was_set_back_are_ignored,
    REDIS: limits::pause_of_one_program_holds_for_the_others,
    REDIS: limits::without_redis_a_request_fails_unsent,
    REDIS: limits::without_redis_requests_continue_where_that_is_set,
    REDIS: limits::one_request_at_a_time_asks_a_redis_that_hangs,
    REDIS: limits::processes_stay_within_the_shared_rate,
    REDIS: limits::processes_stay_within_the_shared_concurrency,
    REDIS: outages::unreachable_server_is_an_error_and_used_once_it_is_up,
    REDIS: outages::restarted_server_causes_no_error,
    REDIS: outages::hanging_server_is_an_error,
    REDIS: outages::server_error_is_reported_without_its_text,
    REDIS: outages::lock_is_held_if_its_response_was_lost,
    REDIS: outages::lock_is_released_if_its_response_was_late,
    REDIS: outages::silent_old_connection_causes_no_error,
    BETWEEN: storms::many_processes_sign_in_once,
    BETWEEN: storms::killed_process_causes_one_extra_sign_in,
    BETWEEN: storms::suspended_process_causes_one_extra_sign_in,
    BETWEEN: storms::cancelled_requests_do_not_block_others,
    FOREIGN: storms::planted_token_of_another_user_is_not_used,
    FILE: storms::corrupt_file_causes_one_sign_in_and_one_notice,
    FILE: storms::processes_without_a_store_have_different_client_names,
    ENCRYPTED: storms::without_redis_each_process_signs_in_with_one_notice,
    ENCRYPTED: storms::store_is_used_again_after_redis_restarts,
    ENCRYPTED: storms::without_redis_processes_have_different_client_names,
    BETWEEN: storms::processes_that_share_a_store_have_one_client_name,
    BETWEEN: storms::processes_of_different_stores_do_not_invalidate_each_other,
};

/// Nothing takes that long, unless it hangs.
const DEADLINE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if arguments.first().is_some_and(|argument| argument == worker::FLAG) {
        runtime.block_on(worker::run(&arguments[1..]));
        return ExitCode::SUCCESS;
    }
    runtime.block_on(run(&arguments))
}

async fn run(arguments: &[String]) -> ExitCode {
    // As the test runner does: `--list` and filters.
    let filters: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let all = CASES.iter().flat_map(|case| case.kinds.iter().map(move |kind| (case, *kind)));
    let named = all.map(|(case, kind)| (case, kind, format!("{} ({kind})", case.name)));
    let wanted =
        |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()));
    let cases: Vec<_> = named.filter(|(_, _, name)| wanted(name)).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        for (_, _, name) in &cases {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    let redis = if redis_server::is_installed() {
        Some(Arc::new(RedisServer::start(redis_server::PASSWORD).await))
    } else {
        None
    };
    // Two at a time, since most of them wait; reported in their order.
    let mut ends = stream::iter(cases)
        .map(|(case, kind, name)| {
            let context = Context { kind, redis: redis.clone() };
            async move { (name, end(case, context).await) }
        })
        .buffered(2);
    let (mut passed, mut failed, mut not_run) = (0, 0, 0);
    while let Some((name, end)) = ends.next().await {
        let (count, verdict) = match end {
            End::Passed => (&mut passed, "ok"),
            End::Failed => (&mut failed, "FAILED"),
            End::Hangs => (&mut failed, "FAILED: it hangs"),
            End::NotRun(why) => (&mut not_run, why),
        };
        *count += 1;
        println!("test {name} ... {verdict}");
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {verdict}. {passed} passed; {failed} failed; {not_run} ignored; 0 measured; 0 filtered out"
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

enum End {
    Passed,
    Failed,
    Hangs,
    NotRun(&'static str),
}

async fn end(case: &Case, context: Context) -> End {
    if context.kind.is_redis() && context.redis.is_none() {
        return End::NotRun("not run: there is no redis-server");
    }
    if context.kind == Kind::FileOfAnother && !is_root() {
        return End::NotRun("not run: only root can start processes of another user");
    }
    // A task of its own, so that a panic ends the case and not the run.
    match tokio::time::timeout(DEADLINE, tokio::spawn((case.run)(context))).await {
        Ok(Ok(())) => End::Passed,
        Ok(Err(_)) => End::Failed,
        Err(_) => End::Hangs,
    }
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    line.and_then(|line| line.split_whitespace().nth(1)).is_some_and(|user| user == "0")
}
