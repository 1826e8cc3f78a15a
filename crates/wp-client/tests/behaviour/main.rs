//! What the client does on a WordPress: the same cases over the stand-in and over a real site.
//!
//! `cargo test` runs them over the stand-in. `cargo xtask live` boots a real site, or takes the one that
//! the environment names, and runs them over that:
//!
//! | variable | meaning |
//! |---|---|
//! | `WP_URL` | the site, and the switch to it |
//! | `WP_USER`, `WP_PASSWORD` | an administrator |
//! | `WP_APP_PASSWORD` | one of their application passwords |
//! | `WP_SUBSCRIBER` | a subscriber with the same password, `subscriber` unless said |
//! | `WP_SUBSCRIBER_APP_PASSWORD` | one of their application passwords |
//! | `WP_FAULTS` | set where the site has `xtask/wordpress/faults.php`, and a server that obeys `X-Fault: strip` |
//! | `WP_UPLOAD_LIMITS` | set where PHP takes files of 2 MB and forms of 8 MB, as it does unless told otherwise |
//! | `WP_NOISE` | set where the site has `xtask/wordpress/noise.php` |
//! | `WP_ACCESS_LOG` | a log with a line for each request, for counting |
//! | `WP_TWO_FACTOR_USER` | a user with the same password and a second factor, whose code `X-Fault: code` tells |
//! | `WP_BEARER_JWT` | set where API Bearer Auth has a secret for JWTs |
//!
//! A case says what it needs. What a site does not have is not run, with the reason, and never passes. The
//! cases of `schemes` run with each way in that a site has.

// A case panics to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod abilities;
mod application_passwords;
mod discovery;
mod fonts;
mod identities;
mod lists;
mod noise;
mod plugins;
mod posts;
mod raw;
mod scheme;
mod schemes;
mod search;
mod settings;
mod site;
mod templates;
mod themes;
mod types;

use std::process::ExitCode;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};

use scheme::{Misconfigured, Scheme};
use site::{Need, Site};

/// One behaviour.
struct Case {
    name: &'static str,
    needs: &'static [Need],
    run: fn(Site) -> BoxFuture<'static, ()>,
}

/// Names cases after their functions.
macro_rules! cases {
    ($($(#[needs($($need:ident),*)])? $module:ident::$case:ident,)*) => {
        &[$(Case {
            name: concat!(stringify!($module), "::", stringify!($case)),
            needs: &[$($(Need::$need),*)?],
            run: |site| Box::pin($module::$case(site)),
        }),*]
    };
}

/// Each with each scheme that it is a case for.
type Applies = fn(&Scheme) -> bool;

const OF_SCHEMES: &[(Applies, &[Case])] = &[
    (
        |_| true,
        cases! {
            schemes::sign_in,
            #[needs(Log)] schemes::wrong_password,
            #[needs(Faults, Strip)] schemes::stripped_header,
        },
    ),
    (
        Scheme::fetches,
        cases! {
            #[needs(ShortTokens, Log)] schemes::proactive_renewal,
            #[needs(Faults, Log)] schemes::renewal_on_refusal,
            #[needs(ShortTokens)] schemes::renewal_without_a_password,
            #[needs(ShortTokens, Log)] schemes::many_tasks_share_one_token_request,
            schemes::a_token_from_elsewhere_is_checked,
        },
    ),
    (|scheme| scheme.has_second_step, cases! { #[needs(SecondFactor)] schemes::second_factor, }),
    (|scheme| scheme.at_revoked.is_some(), cases! { #[needs(Faults, Log)] schemes::revoked, }),
    (
        |scheme| scheme.misconfigured != Misconfigured::Never,
        cases! { #[needs(Faults)] schemes::misconfigured, },
    ),
];

const CASES: &[Case] = cases! {
    discovery::the_address_of_the_site_leads_to_its_api,
    discovery::the_address_of_a_post_leads_to_the_api_of_its_site,
    #[needs(Jwt)] identities::a_token_signs_in_and_says_whose_it_is,
    #[needs(Jwt)] identities::a_wrong_password_is_told,
    #[needs(Jwt)] identities::an_unknown_user_is_told,
    #[needs(Jwt)] identities::a_bad_token_is_refused_on_public_routes_too,
    #[needs(AppPassword)] identities::an_application_password_signs_in,
    #[needs(AppPassword)] identities::an_application_password_may_have_blanks_or_not,
    #[needs(AppPassword)] application_passwords::one_lives_from_its_making_to_its_revocation,
    #[needs(AppPassword)] application_passwords::what_cannot_be_made_or_found_is_told,
    identities::a_wrong_application_password_is_silent_until_asked_for_proof,
    identities::nobody_is_nobody,
    posts::a_post_goes_from_draft_to_nothing,
    posts::text_survives,
    posts::a_post_can_be_scheduled_in_gmt,
    posts::a_patch_changes_what_it_says_and_nothing_else,
    posts::methods_that_travel_as_post_do_what_they_mean,
    posts::a_subscriber_may_not_write,
    posts::nobody_may_not_write,
    posts::an_empty_post_is_refused,
    posts::an_unknown_post_is_not_found,
    posts::a_large_post_arrives,
    posts::a_streamed_body_arrives,
    posts::a_password_hides_a_post,
    lists::a_page_has_its_totals,
    lists::a_walk_is_complete_and_in_order,
    lists::a_walk_with_an_offset_moves_on,
    lists::past_the_end_is_an_error_for_posts_and_nothing_for_tags,
    lists::only_what_is_asked_for_comes,
    lists::a_parameter_out_of_bounds_is_named,
    lists::drafts_are_not_for_nobody,
    lists::an_odd_search_is_no_error,
    raw::the_index_names_its_namespaces,
    raw::every_verb_arrives,
    raw::a_form_in_php_notation_arrives,
    raw::head_gives_the_totals_and_options_the_schema,
    raw::an_address_of_the_site_is_taken_for_its_route,
    #[needs(Media)] raw::a_file_arrives_in_a_form,
    #[needs(Media)] raw::a_file_that_is_not_taken_is_told,
    #[needs(UploadLimits)] raw::a_file_beyond_a_limit_is_told,
    raw::an_unknown_route_is_told,
    raw::broken_json_is_told,
    raw::a_term_that_exists_is_told,
    #[needs(Real)] settings::settings_are_changed_and_taken_away,
    #[needs(Real)] settings::the_index_is_read_whole,
    #[needs(Real)] search::posts_and_terms_are_found,
    #[needs(Real)] types::post_types_are_told,
    #[needs(Real)] types::statuses_are_told,
    #[needs(Real)] types::taxonomies_are_told,
    #[needs(Real)] plugins::a_plugin_is_activated_and_deactivated,
    #[needs(Real)] themes::themes_are_told,
    #[needs(Real)] themes::global_styles_are_changed,
    #[needs(Real)] templates::a_template_goes_from_nothing_to_nothing,
    #[needs(Real)] templates::a_template_of_the_theme_is_reset,
    #[needs(Real)] templates::a_template_part_has_an_area,
    #[needs(Real, Fonts)] fonts::a_family_and_its_faces_are_installed,
    #[needs(Real, Fonts)] fonts::collections_are_listed,
    #[needs(Real, Abilities)] abilities::an_ability_runs_with_types_of_the_callers_own,
    #[needs(Real, Abilities)] abilities::abilities_are_listed_by_what_they_are,
    #[needs(Noise)] noise::what_was_made_to_fit_is_told,
    #[needs(Noise)] noise::a_term_whose_link_is_an_error_is_read,
    #[needs(Noise)] noise::an_error_without_words_keeps_its_code,
    #[needs(Noise)] noise::a_fatal_error_in_phps_own_words_is_one,
};

#[tokio::main]
async fn main() -> ExitCode {
    // As the test runner does: `--list` and filters.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let filters: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted =
        |case: &&Case| filters.is_empty() || filters.iter().any(|filter| case.name.contains(filter.as_str()));
    if arguments.iter().any(|argument| argument == "--list") {
        let all = CASES.iter().chain(OF_SCHEMES.iter().flat_map(|(_, cases)| *cases));
        all.filter(wanted).for_each(|case| println!("{}: test", case.name));
        return ExitCode::SUCCESS;
    }
    let filters: Arc<[String]> = filters.into_iter().cloned().collect();
    let runs = Site::all().await.into_iter().map(|site| run(site, Arc::clone(&filters)));
    let is_real = std::env::var_os("WP_URL").is_some();
    // One real site is shared by all; stand-ins are not.
    let tallies: Vec<Tally> = stream::iter(runs.map(tokio::spawn))
        .buffered(if is_real { 1 } else { 8 })
        .map(Result::unwrap)
        .collect()
        .await;
    let sum = |count: fn(&Tally) -> usize| tallies.iter().map(count).sum::<usize>();
    let (passed, failed, not_run) =
        (sum(|tally| tally.passed), sum(|tally| tally.failed), sum(|tally| tally.not_run));
    if !is_real {
        println!("left out: {} cases over a real WordPress: cargo xtask live", passed + failed + not_run);
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {verdict}. {passed} passed; {failed} failed; {not_run} ignored; 0 measured; 0 filtered out"
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What came of the cases of one site.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    not_run: usize,
}

async fn run(site: Site, filters: Arc<[String]>) -> Tally {
    let wanted =
        |case: &&Case| filters.is_empty() || filters.iter().any(|filter| case.name.contains(filter.as_str()));
    let of_scheme = OF_SCHEMES.iter().filter(|(applies, _)| applies(site.scheme));
    let general = if site.open { CASES } else { &[] };
    let mut tally = Tally::default();
    for case in general.iter().chain(of_scheme.flat_map(|(_, cases)| *cases)).filter(wanted) {
        let name = format!("{} ({}, {})", case.name, site.stack, site.scheme.name);
        if let Some(lack) = case.needs.iter().find_map(|need| site.lacks(*need)) {
            println!("test {name} ... not run: {lack}");
            tally.not_run += 1;
            continue;
        }
        // A task of its own, so that a panic ends the case and not the run.
        let verdict = if tokio::spawn((case.run)(site.clone())).await.is_ok() {
            tally.passed += 1;
            "ok"
        } else {
            tally.failed += 1;
            "FAILED"
        };
        println!("test {name} ... {verdict}");
        site.restore().await;
    }
    tally
}
