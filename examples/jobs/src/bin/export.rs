//! Exports a site to a directory: a file of each resource, with an item in each line, in the order of ids.
//!
//! The first run exports everything, and each later one requests only what changed. A run that was stopped goes on where it
//! was. Each line is the item as the site sent it, and `_names`: the names of its author and of its terms.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::ErrorKind;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use jobs::{
    AppendedFile, Error, Outcome, Progress, Result, Site, StateFile, explain, merge, print, wrong_argument,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wp_client::{Change, Checkpoint, Client, Id, Listed, ModifiedAfter, Paged, Resource, filters};

/// Exports a site as NDJSON: one file for each resource, one item in each line. Run it again to bring the files up to date.
///
/// Each line is the item as the site sent it, and `_names`: the names of its author and of its terms. Comments are those that
/// are approved or held: neither spam nor trash; their `post` is an id.
#[derive(Parser)]
#[command(version, after_help = jobs::AFTER_HELP)]
struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Where the files are, and what the next run needs to know (in `.export`).
    directory: PathBuf,
    /// What to export: a resource (posts, pages, media, users, comments), `terms` for those of all taxonomies, a
    /// taxonomy, or a custom type, by its name or by the last part of its route. Users and terms are always exported,
    /// since the other files have their names.
    #[arg(long = "type", value_name = "NAME", default_values = ["posts", "pages", "media", "comments"])]
    types: Vec<String>,
    /// Export only what each visitor can see, without a credential: no drafts, and no texts as their authors wrote them.
    #[arg(long)]
    public: bool,
    /// How many pages to request at a time.
    #[arg(long, value_name = "PAGES", default_value_t = 4)]
    concurrency: usize,
}

fn main() -> ExitCode {
    jobs::run(export)
}

async fn export(arguments: Arguments) -> Result<Outcome> {
    let wp = if arguments.public { arguments.site.anonymous()? } else { arguments.site.connect().await? };
    let Plan { first, rest } = Plan::of(&wp, &arguments).await?;
    let hidden = arguments.directory.join(".export");
    check_site(&hidden, &wp.site().root().to_string())?;
    fs::create_dir_all(&hidden).map_err(|error| format!("{}: {error}", hidden.display()))?;
    let _lock = StateFile::new(hidden.join("export")).lock()?;
    let mut failures = 0;
    let mut names = Names::default();
    for (resources, is_first) in [(&first, true), (&rest, false)] {
        for resource in resources {
            let result = if resource.is_dated {
                bring_up_to_date::<Dated>(&wp, resource, &names, &arguments).await
            } else {
                bring_up_to_date::<Undated>(&wp, resource, &names, &arguments).await
            };
            match result {
                Ok(is_complete) => failures += u64::from(!is_complete),
                Err(error) if arguments.public && is_refused(&error) => {
                    eprintln!("{}: left out, visitors may not see it", resource.name);
                }
                Err(error) => {
                    failures += 1;
                    eprintln!("{}: {}", resource.name, explain(&error));
                }
            }
        }
        if is_first {
            names = Names::of(&first, &arguments.directory)?;
        }
    }
    Ok(Outcome::after(failures))
}

/// Whether the site refuses a list to this user.
fn is_refused(error: &Error) -> bool {
    let error = error.downcast_ref::<wp_client::Error>();
    error.is_some_and(|error| error.is_unauthorized() || error.is_forbidden())
}

/// Checks that what is in the directory is of this site, before anything is written.
fn check_site(hidden: &Path, site: &str) -> Result {
    #[derive(Deserialize)]
    struct Of {
        #[serde(default)]
        site: String,
    }

    let files = match fs::read_dir(hidden) {
        Ok(files) => files,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("{}: {error}", hidden.display()).into()),
    };
    for file in files {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let known: Option<Of> = StateFile::new(&path).load()?;
        if let Some(Of { site: other }) = known.filter(|known| !known.site.is_empty() && known.site != site) {
            let directory = hidden.parent().unwrap_or(hidden).display();
            return Err(format!("{directory} is of {other}, not of {site}").into());
        }
    }
    Ok(())
}

/// A list of the site.
struct Exported {
    /// The name of its file, and that of the field which has the ids of a taxonomy's terms.
    name: String,
    route: String,
    /// Whether the site says when an item was changed.
    is_dated: bool,
    status: Option<&'static str>,
}

/// What to export.
struct Plan {
    /// Users and terms, whose names the others have.
    first: Vec<Exported>,
    rest: Vec<Exported>,
}

impl Plan {
    async fn of(wp: &Client, arguments: &Arguments) -> Result<Self> {
        let list = |name: &str, route: String, status| Exported {
            name: name.to_owned(),
            route,
            is_dated: false,
            status,
        };
        let mut first = vec![list("users", "/wp/v2/users".to_owned(), None)];
        for taxonomy in wp.taxonomies().list().await? {
            first.push(list(&taxonomy.rest_base, taxonomy.route(), None));
        }
        let kinds = wp.types().list().await?;
        let mut rest: Vec<Exported> = Vec::new();
        for name in &arguments.types {
            if name == "terms" || first.iter().chain(&rest).any(|known| known.name == *name) {
                continue;
            }
            if name == "comments" {
                rest.push(list(name, "/wp/v2/comments".to_owned(), Some("all")));
                continue;
            }
            let kind = kinds.iter().find(|kind| kind.slug.as_str() == name || kind.rest_base == *name);
            let Some(kind) = kind else {
                let kinds =
                    kinds.iter().map(|kind| kind.rest_base.as_str()).filter(|base| !base.contains('('));
                let lists = first.iter().map(|list| list.name.as_str()).chain(["comments", "terms"]);
                let known: BTreeSet<_> = kinds.chain(lists).collect();
                let known = known.into_iter().collect::<Vec<_>>().join(", ");
                return Err(wrong_argument(format!("the site has no type `{name}`; it has {known}")));
            };
            // Menu items have no time of their last change; files have a status of their own.
            let is_dated = kind.slug.as_str() != "nav_menu_item";
            let status = if kind.slug.as_str() == "attachment" { None } else { Some("any") };
            if rest.iter().all(|known| known.name != kind.rest_base) {
                rest.push(Exported { name: kind.rest_base.clone(), route: kind.route(), is_dated, status });
            }
        }
        for Exported { name, .. } in first.iter().chain(&rest) {
            if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', ':']) {
                return Err(format!("the site calls a list `{name}`, which is not a valid file name").into());
            }
        }
        Ok(Self { first, rest })
    }
}

/// An item of any resource, as the site sent it, so that no field of a plugin is lost.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
struct Item<D> {
    id: Id<Item<D>>,
    #[serde(flatten)]
    fields: Map<String, Value>,
    #[serde(skip)]
    of: PhantomData<fn() -> D>,
}

/// Whether a resource says when an item was changed.
trait Dates: 'static {
    const MODIFIED_AFTER: Option<ModifiedAfter>;
}

#[derive(Debug)]
enum Dated {}

#[derive(Debug)]
enum Undated {}

impl Dates for Dated {
    const MODIFIED_AFTER: Option<ModifiedAfter> = Some(ModifiedAfter::WordPress);
}

impl Dates for Undated {
    const MODIFIED_AFTER: Option<ModifiedAfter> = None;
}

impl<D: Dates> Resource for Item<D> {
    type Key = Id<Self>;
    type Edit = Self;

    fn key(&self) -> Id<Self> {
        self.id
    }
}

impl<D: Dates> Listed for Item<D> {
    type Filters = filters::None;
    const MODIFIED_AFTER: Option<ModifiedAfter> = D::MODIFIED_AFTER;
}

impl<D: Dates> Paged for Item<D> {}

/// What the next run needs to know.
#[derive(Default, Serialize, Deserialize)]
struct State {
    /// The API of the site that is exported.
    site: String,
    /// Whether the file was written with this checkpoint, and not by an export whose state was lost.
    has_file: bool,
    /// The length of the journal: changes that are not in the file yet.
    journal: u64,
    checkpoint: Option<Checkpoint>,
    /// A checksum of the names in the file.
    names: u64,
}

/// Requests what changed in a resource, and brings its file up to date. Returns whether that is all.
async fn bring_up_to_date<D: Dates>(
    wp: &Client,
    resource: &Exported,
    names: &Names,
    arguments: &Arguments,
) -> Result<bool> {
    let Exported { name, route, status, .. } = resource;
    let directory = &arguments.directory;
    let (whole, hidden) = (directory.join(format!("{name}.ndjson")), directory.join(".export"));
    let (journal_path, state_file) =
        (hidden.join(format!("{name}.journal")), StateFile::new(hidden.join(format!("{name}.json"))));
    let mut state: State = state_file.load()?.unwrap_or_default();
    let is_lost = !whole.exists() && (state.has_file || state.journal == 0);
    if is_lost || state.checkpoint.is_none() {
        // All items come again. A file that is there may have items that are gone since, or of another site.
        state = State::default();
    }
    state.site = wp.site().root().to_string();
    let mut journal = AppendedFile::open(&journal_path, Some(state.journal))?;

    let mut list = wp.collection_at::<Item<D>>(route).list().concurrency(arguments.concurrency);
    if !arguments.public {
        list = list.edit();
        if let Some(status) = status {
            list = list.query("status", *status);
        }
    }
    let progress = Progress::items(name, None);
    let mut changes = list.changes_since(state.checkpoint.clone());
    let (mut changed, mut deleted, mut unsaved) = (0_u64, 0_u64, 0);
    let outcome = loop {
        match changes.try_next().await {
            Ok(Some(Change::Upserted(item))) => {
                journal.line(format!("+{}", serde_json::to_string(&item)?).as_bytes())?;
                changed += 1;
            }
            Ok(Some(Change::Deleted(id))) => {
                journal.line(format!("-{{\"id\":{id}}}").as_bytes())?;
                deleted += 1;
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        if let Some(totals) = changes.totals() {
            progress.total(totals.items);
        }
        progress.add(1);
        unsaved += 1;
        // A checkpoint takes the longer, the more items it has.
        if unsaved >= 100 + state.checkpoint.as_ref().map_or(0, Checkpoint::len) / 20 {
            save(&mut state, &changes.checkpoint(), &mut journal, &state_file)?;
            unsaved = 0;
        }
    };
    save(&mut state, &changes.checkpoint(), &mut journal, &state_file)?;
    progress.finish();
    outcome?;

    if state.journal > 0 || state.names != names.checksum() || !whole.exists() {
        let old = state.has_file.then_some(&*whole);
        merge(old, &whole, &journal_path, |line| names.add(line))?;
        (state.journal, state.names, state.has_file) = (0, names.checksum(), true);
        state_file.save(&state)?;
        journal.clear()?;
    }
    let all = state.checkpoint.as_ref().map_or(0, Checkpoint::len);
    print(&format!("{name}: {changed} new or changed, {deleted} gone, {all} in {}", whole.display()));
    if let Some(warning) = changes.warning() {
        eprintln!("{name}: {warning}");
    }
    Ok(changes.warning().is_none())
}

/// Saves how far the export is.
fn save(state: &mut State, checkpoint: &Checkpoint, journal: &mut AppendedFile, file: &StateFile) -> Result {
    state.journal = journal.sync()?;
    state.checkpoint = Some(checkpoint.clone());
    file.save(state)
}

/// The names of users and terms, by the field that has their ids.
#[derive(Default, Hash)]
struct Names(BTreeMap<String, BTreeMap<u64, String>>);

impl Names {
    /// Reads the names from the files of users and terms.
    fn of(resources: &[Exported], directory: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct Named {
            id: u64,
            #[serde(default)]
            name: String,
        }

        let mut all = BTreeMap::new();
        for resource in resources {
            let path = directory.join(format!("{}.ndjson", resource.name));
            let read = |path: &Path| {
                fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
            };
            let text = if path.exists() { read(&path)? } else { String::new() };
            let mut names = BTreeMap::new();
            for (number, line) in (1..).zip(text.lines()) {
                let named = |error| format!("{}: line {number} is no item: {error}", path.display());
                let Named { id, name } = serde_json::from_str(line).map_err(named)?;
                names.insert(id, name);
            }
            let field = if resource.name == "users" { "author" } else { &resource.name };
            all.insert(field.to_owned(), names);
        }
        Ok(Self(all))
    }

    fn checksum(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish() >> 11
    }

    /// The line of an item, with the names of its author and of its terms.
    fn add(&self, line: &str) -> Result<String> {
        let mut item: Map<String, Value> = serde_json::from_str(line)?;
        let mut names = Map::new();
        for (field, known) in &self.0 {
            let name = |id: &Value| known.get(&id.as_u64()?).map(|name| Value::from(name.as_str()));
            let found = match item.get(field) {
                Some(Value::Array(ids)) => Some(Value::Array(ids.iter().filter_map(name).collect())),
                Some(id) => name(id),
                None => None,
            };
            names.extend(found.map(|found| (field.clone(), found)));
        }
        item.remove("_names");
        if !names.is_empty() {
            item.insert("_names".to_owned(), Value::Object(names));
        }
        Ok(serde_json::to_string(&item)?)
    }
}
