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
    EACH: contract::nothing_is_there_at_first,
    EACH: contract::one_has_the_lock,
    EACH: contract::many_take_turns,
    EACH: contract::a_release_keeps_the_entry_and_frees,
    EACH: contract::a_release_without_an_entry_leaves_what_is_there,
    EACH: contract::what_is_deleted_is_gone_for_all,
    EACH: contract::what_was_being_obtained_when_it_was_deleted_is_not_kept,
    EACH: contract::a_lock_that_is_dropped_is_given_back,
    EACH: contract::a_lease_ends_and_who_comes_later_changes_nothing,
    EACH: contract::a_lease_that_is_extended_lasts,
    EACH: contract::a_lease_is_not_taken_by_who_was_slower,
    BY_CLOCK: contract::a_clock_that_was_put_back_holds_nobody_up,
    EACH: contract::what_is_kept_comes_back_equal,
    EACH: contract::keys_do_not_mix,
    KEPT: contract::what_is_corrupt_is_told_and_replaced,
    FILE: files::only_the_owner_can_read,
    FILE: files::a_directory_that_is_open_to_others_is_refused,
    FILE: files::a_large_file_is_not_read_whole,
    FILE: files::a_file_of_another_key_is_corrupt,
    FILE: files::what_a_crash_left_behind_is_removed,
    FILE: files::files_of_what_is_over_are_removed,
    FILE: files::a_link_that_was_planted_is_not_followed,
    FILE: files::a_fifo_that_was_planted_is_not_waited_for,
    ENCRYPTED: redis_only::another_key_reads_nothing,
    ENCRYPTED: redis_only::a_key_is_replaced_without_a_loss,
    ENCRYPTED: redis_only::a_value_cannot_be_moved_to_another_user,
    ENCRYPTED: redis_only::a_value_cannot_be_moved_to_another_prefix,
    BOTH_REDIS: redis_only::everything_there_has_an_end_and_names_nobody,
    BOTH_REDIS: redis_only::another_type_of_value_is_corrupt_and_replaced,
    REDIS: redis_only::a_large_value_is_not_read_whole,
    REDIS: redis_only::all_who_ask_share_a_connection,
    REDIS: redis_only::a_store_outlives_the_runtime_that_connected_it,
    REDIS: redis_only::a_runtime_that_rests_holds_up_no_other,
    REDIS: redis_only::a_connection_that_nobody_goes_on_making_holds_nobody_up,
    REDIS: redis_only::outside_of_a_runtime_it_is_an_error,
    REDIS: redis_only::a_lock_whose_asker_was_cancelled_is_given_back,
    REDIS: outages::a_server_that_is_not_there_is_told_and_used_when_it_is,
    REDIS: outages::a_server_that_was_started_anew_is_not_noticed,
    REDIS: outages::a_server_that_hangs_is_told,
    REDIS: outages::a_server_that_refuses_is_told_and_nothing_of_it_is_quoted,
    REDIS: outages::a_lock_whose_response_was_lost_is_ours,
    REDIS: outages::a_lock_whose_response_was_late_is_given_back,
    REDIS: outages::an_old_connection_that_fell_silent_costs_no_error,
    BETWEEN: storms::a_fleet_signs_in_once,
    BETWEEN: storms::a_process_that_dies_while_it_signs_in_costs_one_more,
    BETWEEN: storms::a_process_that_rests_in_a_sign_in_costs_one_more,
    BETWEEN: storms::cancelled_requests_hold_up_nobody,
    FOREIGN: storms::a_token_that_another_user_planted_is_not_used,
    FILE: storms::a_corrupt_file_costs_one_sign_in_and_one_word,
    FILE: storms::processes_without_a_store_have_names_of_their_own,
    ENCRYPTED: storms::without_redis_each_signs_in_and_says_so_once,
    ENCRYPTED: storms::redis_may_go_and_come_back,
    ENCRYPTED: storms::without_redis_processes_have_names_of_their_own,
    BETWEEN: storms::a_fleet_with_a_store_has_one_name,
    BETWEEN: storms::fleets_with_a_store_each_leave_each_other_alone,
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
    // Two at a time, for most of them wait; told in their order.
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
