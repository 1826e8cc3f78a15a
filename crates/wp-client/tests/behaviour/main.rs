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
//! | `WP_SUBSCRIBER` | a subscriber with the same password, default: `subscriber` |
//! | `WP_SUBSCRIBER_APP_PASSWORD` | one of their application passwords |
//! | `WP_FAULTS` | set where the site has `xtask/wordpress/faults.php`, and a server that obeys `X-Fault: strip` |
//! | `WP_UPLOAD_LIMITS` | set where PHP takes files of 2 MB and forms of 8 MB, its defaults |
//! | `WP_STACK` | `reqwest` or `hyper`, to run over one of them only |
//! | `WP_NOISE` | set where the site has `xtask/wordpress/noise.php` |
//! | `WP_ACCESS_LOG` | a log with a line for each request, for counting |
//! | `WP_TWO_FACTOR_USER` | a user with the same password and a second factor, whose code `X-Fault: code` tells |
//! | `WP_BEARER_JWT` | set where API Bearer Auth has a secret for JWTs |
//!
//! A case says what it needs. What a site does not have is not run, with the reason, and never passes. The
//! cases of `schemes` run with each way in that a site has.

// A case panics to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
// A life cycle is one sequence, and helpers take what a request returns.
#![allow(clippy::too_many_lines, clippy::needless_pass_by_value, clippy::similar_names)]

mod abilities;
mod application_passwords;
mod blocks;
mod comments;
mod discovery;
mod editor;
mod filters;
mod find_or_create;
mod fonts;
mod identities;
mod lists;
mod media;
mod menus;
mod noise;
mod pages;
mod plugins;
mod png;
mod posts;
mod raw;
mod refusal;
mod revisions;
mod scheme;
mod schemes;
mod search;
mod settings;
mod site;
mod site_health;
mod sync;
mod templates;
mod themes;
mod types;
mod widgets;

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
            schemes::validate_checks_a_foreign_token,
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
    discovery::find_by_site_url,
    discovery::find_by_post_url,
    #[needs(Jwt)] identities::token_signs_in_and_names_its_user,
    #[needs(Jwt)] identities::wrong_password_is_an_error,
    #[needs(Jwt)] identities::unknown_user_is_an_error,
    #[needs(Jwt)] identities::bad_token_is_refused_on_public_routes,
    #[needs(AppPassword)] identities::application_password_signs_in,
    #[needs(AppPassword)] identities::application_password_works_with_and_without_spaces,
    #[needs(AppPassword)] application_passwords::application_password_create_use_revoke,
    #[needs(AppPassword)] application_passwords::application_password_errors,
    identities::wrong_application_password_is_detected_by_verify,
    identities::anonymous_request_has_no_user,
    posts::post_create_publish_trash_delete,
    posts::post_text_round_trips,
    posts::post_is_scheduled_in_gmt,
    posts::post_patch_changes_only_its_fields,
    posts::override_methods_update_and_delete,
    posts::subscriber_cannot_write,
    posts::anonymous_request_cannot_write,
    posts::empty_post_is_refused,
    posts::unknown_post_is_not_found,
    posts::large_post_is_stored,
    posts::streamed_body_is_stored,
    posts::post_password_hides_the_content,
    lists::list_page_has_totals,
    lists::list_stream_is_complete_and_ordered,
    lists::list_stream_by_id_misses_nothing_while_the_site_changes,
    lists::list_stream_with_an_offset_advances,
    lists::page_past_the_end_is_an_error_for_posts_and_empty_for_tags,
    lists::fields_parameter_limits_the_response,
    lists::out_of_range_parameter_error_names_it,
    lists::drafts_are_hidden_from_anonymous_requests,
    lists::search_with_special_characters_is_accepted,
    sync::mirror_of_posts_follows_the_site,
    #[needs(Quiet)] sync::mirror_of_terms_and_users_follows_the_site,
    raw::index_lists_namespaces,
    raw::every_method_reaches_the_site,
    raw::form_in_php_notation_is_read,
    raw::head_gives_the_totals_and_options_the_schema,
    raw::request_accepts_a_full_url_of_the_site,
    raw::multipart_file_is_stored,
    raw::refused_upload_names_the_reason,
    #[needs(UploadLimits)] raw::too_large_upload_names_the_limit,
    raw::unknown_route_is_an_error,
    raw::invalid_json_is_an_error,
    raw::duplicate_term_is_an_error,
    #[needs(Real)] filters::posts_by_their_fields,
    #[needs(Real)] filters::terms_life_cycle,
    #[needs(Real)] filters::users_life_cycle,
    #[needs(Quiet)] pages::page_life_cycle,
    pages::protected_page_and_excerpt_length,
    #[needs(Real)] revisions::revisions_and_autosaves_of_posts,
    #[needs(Real)] revisions::revisions_and_autosaves_of_pages,
    #[needs(Real)] revisions::revisions_and_autosaves_of_blocks,
    #[needs(Real)] revisions::revisions_and_autosaves_of_navigation,
    #[needs(Quiet)] media::media_life_cycle,
    #[needs(Real)] media::media_refusals,
    #[needs(Real)] media::image_edit_and_sub_sizes,
    #[needs(Real)] media::sub_sizes_of_the_program,
    #[needs(Real, Faults)] media::an_image_without_its_sizes_is_finished,
    media::names_and_checksums_of_uploads,
    media::an_upload_is_made_once,
    media::downloads,
    media::featured_media_and_replies_are_embedded,
    comments::comment_life_cycle,
    comments::comments_of_a_protected_post,
    comments::notes_resolve_a_thread,
    #[needs(Real)] blocks::block_life_cycle,
    #[needs(Real)] blocks::navigation_life_cycle,
    #[needs(Real)] menus::menu_life_cycle,
    #[needs(Real)] menus::menu_item_life_cycle,
    #[needs(Real)] menus::menu_locations_are_listed_by_name,
    settings::settings_update_and_reset,
    settings::index_is_read,
    #[needs(Quiet)] search::search_finds_posts_and_terms,
    types::post_types_list_and_get,
    types::statuses_list_and_get,
    types::taxonomies_list_and_get,
    #[needs(Real)] plugins::plugin_activate_and_deactivate,
    #[needs(Real)] themes::themes_list_and_get,
    #[needs(Real)] themes::global_styles_update,
    #[needs(Real)] templates::template_create_update_trash_delete,
    #[needs(Real)] templates::theme_template_is_reset,
    #[needs(Real)] templates::template_part_is_listed_by_area,
    #[needs(Real, Fonts)] fonts::font_family_and_faces_create_delete,
    #[needs(Real, Fonts)] fonts::font_collections_list,
    #[needs(Real, Abilities)] abilities::ability_runs_with_own_types,
    #[needs(Real, Abilities)] abilities::abilities_list_by_filters,
    #[needs(Real, Abilities)] abilities::abilities_that_write,
    #[needs(Real)] widgets::widget_life_cycle,
    #[needs(Real)] widgets::sidebar_order,
    #[needs(Real)] widgets::widget_types_encode_and_render,
    #[needs(Real)] editor::block_types_by_namespace,
    #[needs(Real)] editor::dynamic_blocks_are_rendered,
    #[needs(Real)] editor::registered_patterns,
    #[needs(Real)] editor::directories_are_for_editors,
    #[needs(Real, Icons)] editor::icons_by_collection,
    #[needs(Real, Icons)] editor::views_of_lists,
    #[needs(Real)] editor::posts_are_embedded,
    #[needs(Real)] editor::url_details_and_export,
    #[needs(Real)] site_health::health_tests,
    #[needs(Real)] site_health::directory_sizes,
    find_or_create::terms_are_found_by_name,
    find_or_create::posts_are_found_by_slug,
    #[needs(Quiet)] find_or_create::users_are_found_by_address,
    find_or_create::creates_at_once_all_return_a_term,
    lists::embedded_items_of_the_context_edit,
    site_health::batch_of_writes,
    site_health::batch_of_typed_writes,
    #[needs(Noise)] noise::coerced_fields_are_reported,
    #[needs(Noise)] noise::term_with_an_error_as_link_is_read,
    #[needs(Noise)] noise::error_without_a_message_keeps_its_code,
    #[needs(Noise)] noise::php_fatal_error_page_is_classified,
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
