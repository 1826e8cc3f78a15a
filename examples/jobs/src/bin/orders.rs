//! Appends the orders of a shop that are new or were changed since the last run to a file, as NDJSON or CSV.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use jobs::{AppendedFile, Outcome, Progress, Result, Site, StateFile, print, wrong_argument};
use serde::{Deserialize, Serialize};
use shop::order::{Order, OrderFilters as _};
use wp_client::{Change, Checkpoint};

/// Appends the orders that are new or were changed since the last run to a file. An order that was changed again is there
/// again. A run that was stopped goes on where it was; no line is there in part. A file with content that is not of this
/// program, or has lost its state, is left as it is.
#[derive(Parser)]
#[command(version, after_help = jobs::AFTER_HELP)]
struct Arguments {
    #[command(flatten)]
    site: Site,
    /// The file. What the next run needs to know is beside it, with `.state` at the end of its name.
    file: PathBuf,
    /// The form of a line. Default: that of the file; of a new one, `csv` if its name ends so, and else `ndjson`.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Only orders with this status: `processing`. Each file is for one status, or for all.
    #[arg(long)]
    status: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
enum Format {
    /// The order as JSON.
    Ndjson,
    /// A row of a table, the first of which has the names of the columns.
    Csv,
}

/// What the next run needs to know.
#[derive(Default, Serialize, Deserialize)]
struct State {
    /// The length of the file.
    length: u64,
    checkpoint: Option<Checkpoint>,
    format: Option<Format>,
}

fn main() -> ExitCode {
    jobs::run(orders)
}

async fn orders(arguments: Arguments) -> Result<Outcome> {
    let Arguments { site, file, format, status } = arguments;
    let wp = site.connect_to_shop().await?;
    let mut state_path = file.clone().into_os_string();
    state_path.push(".state");
    let state_file = StateFile::new(state_path);
    let _lock = state_file.lock()?;
    let known: Option<State> = state_file.load()?;
    let mut out = AppendedFile::open(&file, known.as_ref().map(|state| state.length))?;
    let mut state = known.unwrap_or_default();
    let by_name = if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        Format::Csv
    } else {
        Format::Ndjson
    };
    let is_of = state.format.or(format).unwrap_or(by_name);
    if let Some(format) = format.filter(|format| *format != is_of) {
        let name = file.display();
        return Err(wrong_argument(format!(
            "{name} has lines of {is_of:?}, and cannot have some of {format:?}"
        )));
    }
    let format = is_of;
    state.format = Some(format);
    // From now on what is in the file is of this program, also if it is killed before the first orders are saved.
    state_file.save(&state)?;

    let mut list = wp.collection::<Order>().list();
    if let Some(status) = &status {
        list = list.status(status);
    }
    // Orders of a shop are many, and hardly ever deleted.
    let mut changes = list.changes_since(state.checkpoint.take()).without_sweep();
    let progress = Progress::items("orders", None);
    let mut count = 0_u64;
    let outcome = loop {
        let order = match changes.try_next().await {
            Ok(Some(Change::Upserted(order))) => order,
            Ok(Some(Change::Deleted(_))) => continue,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        if format == Format::Csv && state.length == 0 && count == 0 {
            out.line(COLUMNS.as_bytes())?;
        }
        match format {
            Format::Ndjson => out.line(&serde_json::to_vec(&order)?)?,
            Format::Csv => out.line(row(&order).as_bytes())?,
        }
        count += 1;
        progress.add(1);
        if let Some(totals) = changes.totals() {
            progress.total(totals.items);
        }
        if count.is_multiple_of(500) {
            save(&mut state, changes.checkpoint(), &mut out, &state_file)?;
        }
    };
    save(&mut state, changes.checkpoint(), &mut out, &state_file)?;
    progress.finish();
    outcome?;
    print(&format!("{count} orders appended to {}", file.display()));
    if let Some(warning) = changes.warning() {
        eprintln!("{warning}");
        return Ok(Outcome::SomeFailed(1));
    }
    Ok(Outcome::Done)
}

fn save(state: &mut State, checkpoint: Checkpoint, out: &mut AppendedFile, file: &StateFile) -> Result {
    state.length = out.sync()?;
    state.checkpoint = Some(checkpoint);
    file.save(state)
}

const COLUMNS: &str =
    "id,status,currency,total,customer_id,first_name,last_name,email,items,date_modified_gmt";

/// A row of the table.
fn row(order: &Order) -> String {
    let items: Vec<String> =
        order.line_items.iter().map(|item| format!("{} × {}", item.quantity, item.name)).collect();
    let fields = [
        order.id.to_string(),
        cell(&order.status),
        cell(&order.currency),
        cell(&order.total),
        order.customer_id.map(|id| id.to_string()).unwrap_or_default(),
        cell(&order.billing.first_name),
        cell(&order.billing.last_name),
        cell(&order.billing.email),
        cell(&items.join("; ")),
        order.date_modified_gmt.map(|time| format!("{time}Z")).unwrap_or_default(),
    ];
    fields.join(",")
}

/// A text as a cell. A guest may write a formula in place of a name, which a spreadsheet would execute.
fn cell(text: &str) -> String {
    let is_number = text.parse::<f64>().is_ok();
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_is_quoted_and_is_no_formula() {
        for (text, expected) in [
            ("Ana", "Ana"),
            ("", ""),
            ("-12.50", "-12.50"),
            ("a, \"b\"", "\"a, \"\"b\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
            ("@sum", "'@sum"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
