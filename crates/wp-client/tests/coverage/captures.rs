//! Whether every successful response that was recorded is read strictly into its model.

mod embedded;
mod exchange;
mod kept;
mod readers;
mod reasons;
mod tokens;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use exchange::Exchange;
use readers::{READERS, Row};

/// Prints the counts, and returns what is not read, or not whole, without a reason.
pub(crate) async fn faults(directory: &str) -> Vec<String> {
    let exchanges = exchange::all(Path::new(directory));
    assert!(!exchanges.is_empty(), "{directory} has no exchanges: files that end with `.http`");
    let mut faults = Vec::new();
    let mut read = 0;
    let mut excused: BTreeMap<&str, usize> = BTreeMap::new();
    for exchange in &exchanges {
        match verdict(exchange).await {
            Ok(None) => read += 1,
            Ok(Some(reason)) => *excused.entry(reason).or_default() += 1,
            Err(fault) => {
                let Exchange { file, method, path, .. } = exchange;
                faults.push(format!("{file}: {method} {path}: {fault}"));
            }
        }
    }
    let all = exchanges.len();
    println!(
        "{read}/{all} successes are read strictly, and {} have a reason:",
        excused.values().sum::<usize>()
    );
    for (reason, count) in excused {
        println!("{count:5} {reason}");
    }
    faults
}

/// The reason why an exchange has no model; `None` if it was read by its model.
async fn verdict(exchange: &Exchange) -> Result<Option<&'static str>, String> {
    if let Some(reason) = reasons::of(exchange) {
        return Ok(Some(reason));
    }
    let Some(Row { read, .. }) = READERS.iter().find(|row| row.is_of(exchange)) else {
        return Err("it has no model".to_owned());
    };
    let written = match read(exchange.clone()).await {
        Err(fault) if reasons::is_part(exchange) && fault.contains("missing field") => {
            return Ok(Some(reasons::PART));
        }
        other => other?,
    };
    if let Some(sent) = exchange.json() {
        embedded::check(&sent)?;
        if let Some(written) = written {
            kept::check(&exchange.route, &sent, &written)?;
        }
    }
    Ok(None)
}

/// What a reader made of a response: what its model writes, if it can be written.
type Written = Result<Option<Value>, String>;
