//! Which routes, methods and parameters of a site the client has.

use std::collections::BTreeSet;

use crate::index::Index;
use crate::reasons;
use crate::record::Record;

/// Prints the counts, and returns what is missing without a reason.
pub(crate) fn missing(index: &Index, records: &[Record]) -> Vec<String> {
    let sent: Vec<_> =
        records.iter().map(|record| (record, index.route_of(&record.method, &record.route))).collect();
    let mut missing = Vec::new();
    let (mut method_routes, mut parameters) = (Count::default(), Count::default());
    for route in &index.0 {
        let pattern = route.pattern.as_str();
        let here: Vec<_> = sent
            .iter()
            .filter(|(_, found)| found.is_some_and(|found| found.pattern == pattern))
            .map(|(record, _)| *record)
            .collect();
        for endpoint in &route.endpoints {
            let calls: Vec<_> = here.iter().filter(|record| endpoint.has(&record.method)).collect();
            for method in &endpoint.methods {
                // WordPress takes POST for an update as it takes PUT and PATCH, and no firewall blocks it.
                let same = if matches!(&**method, "PUT" | "PATCH") { "POST" } else { method };
                let is_typed = calls.iter().any(|record| record.method == *method || record.method == same);
                let fault = format!("{method} {pattern}");
                missing.extend(method_routes.add(is_typed, &fault, reasons::of_route(method, pattern)));
            }
            let names: BTreeSet<_> = calls.iter().flat_map(|record| &record.names).collect();
            if calls.is_empty() {
                continue;
            }
            for name in &endpoint.parameters {
                let fault = format!("{} {pattern}: {name}", endpoint.methods.join("/"));
                let reason = reasons::of_parameter(&endpoint.methods, pattern, name);
                missing.extend(parameters.add(names.contains(name), &fault, reason));
            }
        }
    }
    for (title, count) in [("method-routes", method_routes), ("parameters of them", parameters)] {
        println!(
            "{}/{} {title}, and {} left out with a reason",
            count.typed,
            count.all - count.excused,
            count.excused
        );
    }
    missing
}

#[derive(Default)]
struct Count {
    typed: usize,
    excused: usize,
    all: usize,
}

impl Count {
    fn add(&mut self, is_typed: bool, fault: &str, reason: Option<&str>) -> Option<String> {
        self.all += 1;
        // A reason comes first: PUT of a route with a reason is not typed because POST is.
        if reason.is_some() {
            self.excused += 1;
        } else if is_typed {
            self.typed += 1;
        } else {
            return Some(format!("not typed: {fault}"));
        }
        None
    }
}
