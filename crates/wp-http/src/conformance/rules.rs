//! The rules, grouped by topic.

mod connections;
mod failures;
mod requests;
mod responses;
mod streams;

use super::Rule;

/// Writes a table of rules: a name and the function that checks it.
macro_rules! rules {
    ($($name:literal => $check:path,)*) => {
        pub(super) const RULES: &[$crate::conformance::Rule] =
            &[$($crate::conformance::Rule { name: $name, check: |probe| Box::pin($check(probe)) },)*];
    };
}
use rules;

pub(super) fn all() -> impl Iterator<Item = &'static Rule> {
    [requests::RULES, responses::RULES, streams::RULES, failures::RULES, connections::RULES]
        .into_iter()
        .flatten()
}
