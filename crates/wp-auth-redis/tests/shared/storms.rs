//! Fleets against a site that counts their sign-ins.

use std::collections::HashSet;
use std::fs;
use std::time::{Duration, Instant};

use wp_testkit::StandIn;

use crate::Context;
use crate::bearer_site::BearerSite;
use crate::directory::Directory;
use crate::fleet::{Fleet, PROCESSES, TASKS, all_went_well, run};
use crate::place::{Place, redis_argument};
use crate::redis_server::{RedisServer, free_port};

const TOKEN: &str = "/jwt-auth/v1/token";

fn sign_ins(site: &StandIn) -> usize {
    site.count("POST", TOKEN)
}

pub(crate) async fn many_processes_sign_in_once(context: Context) {
    let place = Place::new(context);
    let site = StandIn::start().await;
    // Long enough for all to arrive before there is a token.
    site.set_token_delay(Duration::from_millis(500));
    let fleet = Fleet::new(site.url(), place.argument());
    let mut processes = fleet.start(PROCESSES, place.directory.path());
    all_went_well(&run(&mut processes, TASKS).await, 0);
    assert_eq!(sign_ins(&site), 1);
    // The same when the site takes that token no more.
    site.expire_tokens();
    all_went_well(&run(&mut processes, TASKS).await, 0);
    assert_eq!(sign_ins(&site), 2);
    // And for those who begin now.
    all_went_well(&run(&mut fleet.start(2, place.directory.path()), TASKS).await, 0);
    assert_eq!(sign_ins(&site), 2);
}

pub(crate) async fn killed_process_causes_one_extra_sign_in(context: Context) {
    let place = Place::new(context);
    let site = StandIn::start().await;
    site.set_token_delay(Duration::from_secs(600));
    let fleet = Fleet::new(site.url(), place.argument());
    let runtime = place.directory.path();
    let mut first = fleet.start(1, runtime).remove(0);
    first.begin(TASKS).await;
    while sign_ins(&site) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    site.set_token_delay(Duration::ZERO);
    let mut others = fleet.start(PROCESSES - 1, runtime);
    for process in &mut others {
        process.begin(TASKS).await;
    }
    first.kill().await;
    for process in &mut others {
        all_went_well(&[process.end().await], 0);
    }
    assert_eq!(sign_ins(&site), 2, "that of the dead one, and one more");
}

pub(crate) async fn corrupt_file_causes_one_sign_in_and_one_notice(context: Context) {
    let place = Place::new(context);
    let site = StandIn::start().await;
    let fleet = Fleet::new(site.url(), place.argument());
    let runtime = place.directory.path();
    all_went_well(&run(&mut fleet.start(1, runtime), TASKS).await, 0);
    let good = fs::read(&place.files("json")[0]).unwrap();
    fs::write(&place.files("json")[0], &good[..good.len() / 2]).unwrap();
    all_went_well(&run(&mut fleet.start(1, runtime), TASKS).await, 1);
    assert_eq!(sign_ins(&site), 2);
    all_went_well(&run(&mut fleet.start(2, runtime), TASKS).await, 0);
    assert_eq!(sign_ins(&site), 2);
}

pub(crate) async fn without_redis_each_process_signs_in_with_one_notice(_: Context) {
    let site = StandIn::start().await;
    let store = redis_argument("x:", &format!("redis://127.0.0.1:{}", free_port()));
    let runtime = Directory::new();
    let mut processes = Fleet::new(site.url(), store).start(PROCESSES, runtime.path());
    for sign_ins_each in 1..=2 {
        all_went_well(&run(&mut processes, TASKS).await, 1);
        assert_eq!(sign_ins(&site), PROCESSES * sign_ins_each);
        site.expire_tokens();
    }
}

pub(crate) async fn store_is_used_again_after_redis_restarts(_: Context) {
    let site = StandIn::start().await;
    let mut redis = RedisServer::start("hunter2").await;
    let (port, url) = (redis.port, redis.url());
    let runtime = Directory::new();
    let fleet = Fleet::new(site.url(), redis_argument("x:", &url));
    let mut processes = fleet.start(PROCESSES, runtime.path());
    all_went_well(&run(&mut processes, TASKS).await, 0);
    let mut expected = 1;
    assert_eq!(sign_ins(&site), expected);
    for outages in 1..=2 {
        drop(redis);
        site.expire_tokens();
        all_went_well(&run(&mut processes, TASKS).await, outages);
        expected += PROCESSES;
        assert_eq!(sign_ins(&site), expected, "each for itself");
        redis = RedisServer::start_at(port, "hunter2").await.unwrap();
        site.expire_tokens();
        all_went_well(&run(&mut processes, TASKS).await, outages);
        expected += 1;
        assert_eq!(sign_ins(&site), expected, "one for all again");
    }
}

/// Each has a client name that a restart keeps, and none invalidates the token of another.
async fn assert_different_client_names(store: String, notices: usize) {
    let site = BearerSite::start().await;
    let runtime = Directory::new();
    let fleet = Fleet { scheme: "bearer", ..Fleet::new(site.url(), store) };
    let mut runs = Vec::new();
    for _ in 0..2 {
        let mut processes = fleet.start(PROCESSES, runtime.path());
        for _ in 0..2 {
            all_went_well(&run(&mut processes, TASKS).await, notices);
        }
        let names = site.names().await;
        assert_eq!(names.len(), PROCESSES, "a sign-in each: {names:?}");
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), PROCESSES, "{names:?}");
        for process in processes {
            process.kill().await;
        }
        runs.push(names);
    }
    assert_eq!(runs[0], runs[1]);
    assert_eq!(site.refused(), 0);
}

pub(crate) async fn processes_without_a_store_have_different_client_names(_: Context) {
    assert_different_client_names("none".to_owned(), 0).await;
}

pub(crate) async fn without_redis_processes_have_different_client_names(_: Context) {
    let url = format!("redis://127.0.0.1:{}", free_port());
    assert_different_client_names(redis_argument("x:", &url), 1).await;
}

/// They share the token, so they share the name, also when they renew it.
pub(crate) async fn processes_that_share_a_store_have_one_client_name(context: Context) {
    let place = Place::new(context);
    let site = BearerSite::start().await;
    let fleet = Fleet { scheme: "bearer", ..Fleet::new(site.url(), place.argument()) };
    let mut processes = fleet.start(PROCESSES, place.directory.path());
    all_went_well(&run(&mut processes, TASKS).await, 0);
    assert_eq!((site.names().await.len(), site.refused()), (1, 0));
    for renewals in 1..=2 {
        site.expire_tokens();
        all_went_well(&run(&mut processes, TASKS).await, 0);
        assert_eq!((site.names().await.len(), site.renewals()), (0, renewals));
    }
}

/// A name that both had would have each end the other's token, again and again.
pub(crate) async fn processes_of_different_stores_do_not_invalidate_each_other(context: Context) {
    let places = [Place::new(context.clone()), Place::new(context)];
    let site = BearerSite::start().await;
    let mut fleets = places.each_ref().map(|place| {
        let fleet = Fleet { scheme: "bearer", ..Fleet::new(site.url(), place.argument()) };
        fleet.start(2, place.directory.path())
    });
    for _ in 0..2 {
        for fleet in &mut fleets {
            all_went_well(&run(fleet, TASKS).await, 0);
        }
    }
    assert_eq!((site.names().await.len(), site.refused()), (2, 0));
}

/// How many requests of a process are cancelled at a time, ...
const CANCELLED: usize = 60;
/// ... and how many in all.
const CANCELLED_IN_ALL: usize = 1_000;
/// How long a sign-in takes, and within how long requests are cancelled, in milliseconds: most before it ends.
const SIGN_IN: u64 = 150;

/// Two processes whose requests are cancelled at random, and a third one with a wrong password. Each round begins with a
/// token that the site takes no more, and ends with a request of each that is not cancelled.
pub(crate) async fn cancelled_requests_do_not_block_others(context: Context) {
    let place = Place::new(context);
    let site = StandIn::start().await;
    site.set_token_delay(Duration::from_millis(SIGN_IN));
    let fleet = Fleet::new(site.url(), place.argument());
    let mut processes = fleet.start(2, place.directory.path());
    let mut wrong = Fleet { password: "wrong", ..fleet }.start(1, place.directory.path()).remove(0);
    let begin = Instant::now();
    let (mut rounds, mut cancelled, mut refused, mut longest) = (0, 0, 0, 0);
    while cancelled < CANCELLED_IN_ALL {
        site.expire_tokens();
        rounds += 1;
        for process in &mut processes {
            process.begin_and_cancel(CANCELLED, SIGN_IN).await;
        }
        wrong.begin_and_cancel(CANCELLED, SIGN_IN).await;
        for process in &mut processes {
            let went = process.end().await;
            assert_eq!((went.bad, went.notices), (0, 0), "{went:?}");
            cancelled += went.cancelled;
        }
        let went = wrong.end().await;
        assert_eq!((went.good, went.notices), (0, 0), "{went:?}");
        for process in &mut processes {
            process.begin(1).await;
        }
        wrong.begin(1).await;
        for process in &mut processes {
            let went = process.end().await;
            assert_eq!((went.good, went.notices), (1, 0), "{went:?}");
            longest = longest.max(went.longest);
        }
        let went = wrong.end().await;
        assert_eq!((went.bad, went.notices), (1, 0), "{went:?}");
        refused += 1;
        assert!(rounds < 200, "{cancelled} were cancelled in {rounds} rounds");
    }
    let (counts, took) = (site.counts(), begin.elapsed());
    println!(
        "    {} cancelled at random in {rounds} rounds: {} sign-ins, {} failed logins of {refused} requests with a wrong \
         password, longest wait {longest} ms, {:.1} s in all ({})",
        cancelled,
        counts.sign_ins,
        counts.failed_sign_ins,
        took.as_secs_f64(),
        place.context.kind
    );
    assert_eq!(counts.sign_ins, rounds, "one for each token that ended");
    // Asked again after 15, 45, 105 s.
    let most = [15, 45, 105].iter().filter(|seconds| took.as_secs() >= **seconds).count() + 1;
    assert!((1..=most).contains(&counts.failed_sign_ins), "{counts:?} in {took:?}");
}

/// The one who signs in is cancelled in the middle of it, and its process asks no more: its lease ends.
pub(crate) async fn suspended_process_causes_one_extra_sign_in(context: Context) {
    let place = Place::new(context);
    let site = StandIn::start().await;
    let hold = site.hold_tokens();
    let fleet = Fleet::new(site.url(), place.argument());
    let mut processes = fleet.start(2, place.directory.path());
    // Cancelled when the site has it, or the process begins again.
    while hold.arrivals() == 0 {
        processes[0].begin_and_cancel(1, 2_000).await;
        processes[0].end().await;
    }
    processes[1].begin(TASKS).await;
    hold.arrived(2).await;
    drop(hold);
    all_went_well(&[processes[1].end().await], 0);
    assert_eq!(site.counts().sign_ins, 2, "that of who rests, and one more");
    // It goes on where it was, or with what the other one kept.
    processes[0].begin(TASKS).await;
    all_went_well(&[processes[0].end().await], 0);
    assert_eq!(site.counts().sign_ins, 2);
}

/// Of a token that another user planted in a directory of theirs, however good it is.
pub(crate) async fn planted_token_of_another_user_is_not_used(context: Context) {
    const NOBODY: u32 = 65_534;
    let place = Place::new(context);
    let site = StandIn::start().await;
    let fleet = Fleet::new(site.url(), place.argument());
    all_went_well(&run(&mut fleet.start(1, place.directory.path()), TASKS).await, 0);
    assert_eq!(site.counts().sign_ins, 1);
    let theirs = Fleet { user: Some(NOBODY), ..fleet };
    #[cfg(unix)]
    for (n, (owner, mode, file_owner, is_used)) in [
        (0, 0o755, 0, false),
        (0, 0o755, NOBODY, false),
        (0, 0o777, 0, false),
        (0, 0o777, NOBODY, false),
        (NOBODY, 0o775, NOBODY, false),
        // Their own directory with a file of ours: it is corrupt, and replaced.
        (NOBODY, 0o700, 0, false),
        (NOBODY, 0o700, NOBODY, true),
    ]
    .into_iter()
    .enumerate()
    {
        use std::os::unix::fs::{PermissionsExt as _, chown};
        let set = |path: &std::path::Path, owner, mode| {
            chown(path, Some(owner), None).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        set(&place.tokens(), owner, mode);
        for path in fs::read_dir(place.tokens()).unwrap().map(|entry| entry.unwrap().path()) {
            set(&path, if path.ends_with("mutex") { owner } else { file_owner }, 0o600);
        }
        if file_owner == 0 {
            fs::set_permissions(&place.files("json")[0], fs::Permissions::from_mode(0o644)).unwrap();
        }
        let before = site.counts().sign_ins;
        all_went_well(&run(&mut theirs.start(1, place.directory.path()), TASKS).await, usize::from(!is_used));
        assert_eq!(site.counts().sign_ins - before, usize::from(!is_used), "row {n}");
    }
}
