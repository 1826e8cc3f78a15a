//! Fleets against a site that counts their sign-ins.

use std::collections::HashSet;
use std::fs;
use std::time::Duration;

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

pub(crate) async fn a_fleet_signs_in_once(context: Context) {
    let place = Place::new(context);
    let site = StandIn::start().await;
    // Long enough for all to come while nobody has a token yet.
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

pub(crate) async fn a_process_that_dies_while_it_signs_in_costs_one_more(context: Context) {
    let place = Place::new(context);
    let site = StandIn::start().await;
    site.set_token_delay(Duration::from_secs(600));
    let mut fleet = Fleet::new(site.url(), place.argument());
    fleet.lease = Duration::from_secs(3);
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

pub(crate) async fn a_corrupt_file_costs_one_sign_in_and_one_word(context: Context) {
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

pub(crate) async fn without_redis_each_signs_in_and_says_so_once(_: Context) {
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

pub(crate) async fn redis_may_go_and_come_back(_: Context) {
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

/// Each has a name, which is the same when it is started again; nobody ends another's token.
async fn have_names_of_their_own(store: String, notices: usize) {
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

pub(crate) async fn processes_without_a_store_have_names_of_their_own(_: Context) {
    have_names_of_their_own("none".to_owned(), 0).await;
}

pub(crate) async fn without_redis_processes_have_names_of_their_own(_: Context) {
    let url = format!("redis://127.0.0.1:{}", free_port());
    have_names_of_their_own(redis_argument("x:", &url), 1).await;
}

/// They share the token, so they share the name, also when they renew it.
pub(crate) async fn a_fleet_with_a_store_has_one_name(context: Context) {
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
pub(crate) async fn fleets_with_a_store_each_leave_each_other_alone(context: Context) {
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
