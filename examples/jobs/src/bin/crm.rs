//! Brings contacts from a CSV file to the users of a site, and back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use futures_util::{StreamExt, stream};
use jobs::{Error, Outcome, Progress, Result, Site, explain, print};
use serde::{Deserialize, Serialize};
use wp_client::models::{NewUser, User, UserPatch};
use wp_client::{Client, Ensured, Order};

/// Brings contacts from a CSV file to the users of a site, and back.
///
/// The first line of the file names the columns: `email`, and any of `username`, `first_name`, `last_name`, `name`, `url`,
/// `description` and `role`. A user is found by the e-mail address: one who is there is changed where a cell differs, and
/// one who is not is created, with a random password. An empty cell changes nothing. It can be run again at any time.
///
/// Only users whose roles are all allowed by `--role` are created, changed or exported, so that no file can make an
/// administrator, nor rename one.
#[derive(Parser)]
#[command(version, after_help = jobs::AFTER_HELP)]
struct Arguments {
    #[command(flatten)]
    site: Site,
    /// A role that the contacts may have; can be given several times. The first is that of new users.
    #[arg(long = "role", default_value = "subscriber", global = true)]
    roles: Vec<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Creates and updates users from a CSV file.
    Import {
        /// The CSV file, in UTF-8.
        file: PathBuf,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
        /// How many contacts are sent at a time.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
        concurrency: u8,
    },
    /// Writes the users with these roles to a CSV file, in place of an older one.
    Export {
        /// The CSV file.
        file: PathBuf,
    },
}

/// A line of the file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct Contact {
    email: String,
    username: String,
    first_name: String,
    last_name: String,
    name: String,
    url: String,
    description: String,
    role: String,
}

/// The columns of a file without a contact.
const COLUMNS: &[&str] =
    &["email", "username", "first_name", "last_name", "name", "url", "description", "role"];

fn main() -> ExitCode {
    jobs::run(crm)
}

async fn crm(arguments: Arguments) -> Result<Outcome> {
    let Arguments { site, roles, command } = arguments;
    match command {
        Command::Import { file, dry_run, concurrency } => {
            let contacts = read(&file)?;
            let import = Import { wp: site.connect().await?, roles, dry_run };
            import.all(contacts, usize::from(concurrency)).await
        }
        Command::Export { file } => export(&site.connect().await?, &roles, &file).await,
    }
}

/// Reads the whole file before anything is sent: one with a wrong column changes nothing.
fn read(file: &Path) -> Result<Vec<(u64, Contact)>> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = fs::read(file).map_err(|error| named(&error))?;
    // Spreadsheets write a mark before the first column.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let headers = reader.headers().map_err(|error| named(&error))?.clone();
    if let Some(fault) = fault_of(&headers) {
        return Err(named(&fault).into());
    }
    let (mut contacts, mut seen) = (Vec::new(), BTreeSet::new());
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| named(&error))? {
        let line = record.position().map_or(0, csv::Position::line);
        let contact: Contact = record.deserialize(Some(&headers)).map_err(|error| named(&error))?;
        if !contact.email.is_empty() && !seen.insert(contact.email.to_lowercase()) {
            return Err(named(&format!("line {line}: {} is there twice", contact.email)).into());
        }
        contacts.push((line, contact));
    }
    Ok(contacts)
}

/// Why a first line is not of contacts.
fn fault_of(headers: &csv::StringRecord) -> Option<String> {
    let has = |is_it: &dyn Fn(&str) -> bool| headers.iter().find(|column| is_it(column));
    if has(&|column| column == "email").is_some() {
        return None;
    }
    if let Some(column) = has(&|column| column.eq_ignore_ascii_case("email")) {
        return Some(format!(
            "its column `{column}` must be `email`: the names of columns are in small letters"
        ));
    }
    let separator = [(';', "semicolons"), ('\t', "tabs")]
        .into_iter()
        .find(|(separator, _)| headers.iter().any(|column| column.contains(*separator)));
    Some(match separator {
        Some((_, separators)) => format!("its cells are separated by {separators}, and must be by commas"),
        None => "it has no column `email`".to_owned(),
    })
}

/// Whether the site does not let this user look up users: then no contact can be done.
fn may_not_look_up(error: &Error) -> bool {
    let code = error.downcast_ref::<wp_client::Error>().and_then(wp_client::Error::code);
    code.is_some_and(|code| code.as_str() == "rest_forbidden_context")
}

fn is_forbidden(error: &Error) -> bool {
    error.downcast_ref::<wp_client::Error>().is_some_and(wp_client::Error::is_forbidden)
}

struct Import {
    wp: Client,
    roles: Vec<String>,
    dry_run: bool,
}

impl Import {
    async fn all(&self, contacts: Vec<(u64, Contact)>, concurrency: usize) -> Result<Outcome> {
        let progress = Progress::items("contacts", Some(contacts.len() as u64));
        let (mut failures, mut forbidden) = (0, BTreeMap::new());
        let one = |(line, contact): (u64, Contact)| async move {
            let done = self.one(&contact).await;
            (line, contact.email, done)
        };
        let mut done = stream::iter(contacts.into_iter().map(one)).buffered(concurrency);
        while let Some((line, email, done)) = done.next().await {
            match done {
                Ok(done) => progress.result(&format!("{email}: {done}")),
                Err(error) if may_not_look_up(&error) => return Err(error),
                Err(error) => {
                    failures += 1;
                    let said = explain(&error);
                    // What the user may not do is the same in each line.
                    if is_forbidden(&error)
                        && let Some(more) = forbidden.get_mut(&said)
                    {
                        *more += 1;
                    } else {
                        progress.problem(&format!("line {line}, {email}: {said}"));
                        forbidden.extend(is_forbidden(&error).then_some((said, 0_u64)));
                    }
                }
            }
            progress.add(1);
        }
        progress.finish();
        for (said, more) in forbidden.into_iter().filter(|(_, more)| *more > 0) {
            eprintln!("{more} more: {said}");
        }
        Ok(Outcome::after(failures))
    }

    async fn one(&self, contact: &Contact) -> Result<&'static str> {
        match contact.email.as_str() {
            "" => return Err("it has no e-mail address".into()),
            email if !email.contains('@') => return Err(format!("`{email}` is no e-mail address").into()),
            _ => {}
        }
        self.check_role(&contact.role)?;
        let user = if self.dry_run {
            match self.find(&contact.email).await? {
                Some(user) => user,
                None => return Ok("would be created"),
            }
        } else {
            match self.wp.users().find_or_create(self.new_user(contact)?).await? {
                Ensured::Created(_) => return Ok("created"),
                Ensured::Duplicate { created, other } => {
                    return Err(format!(
                        "another program created user {} at the same time; delete user {}",
                        other.id, created.id
                    )
                    .into());
                }
                Ensured::Unfinished { created, error, .. } => {
                    return Err(format!("user {} was created, and not checked: {error}", created.id).into());
                }
                found => found.into_item(),
            }
        };
        for role in user.roles.iter().flatten() {
            self.check_role(role)?;
        }
        match changes(contact, &user) {
            None => Ok("unchanged"),
            Some(_) if self.dry_run => Ok("would be updated"),
            Some(patch) => {
                self.wp.users().update(user.id, patch).await?;
                Ok("updated")
            }
        }
    }

    fn check_role(&self, role: &str) -> Result {
        if role.is_empty() || self.roles.iter().any(|allowed| allowed == role) {
            return Ok(());
        }
        Err(format!("the role {role} is not allowed; `--role {role}` allows it").into())
    }

    async fn find(&self, email: &str) -> Result<Option<User>> {
        let users = self.wp.users().list().search(email).edit().per_page(100).await?;
        let is_same =
            |user: &User| user.email.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(email));
        Ok(users.into_iter().find(is_same))
    }

    fn new_user(&self, contact: &Contact) -> Result<NewUser> {
        let Contact { email, username, first_name, last_name, name, url, description, role } = contact;
        let login = if username.is_empty() { &login_of(email) } else { username };
        let role = if role.is_empty() { self.roles.first() } else { Some(role) };
        let mut new =
            NewUser::new(login, email, password()?).roles(role.cloned().into_iter().collect::<Vec<_>>());
        if !first_name.is_empty() {
            new = new.first_name(first_name);
        }
        if !last_name.is_empty() {
            new = new.last_name(last_name);
        }
        if !name.is_empty() {
            new = new.name(name);
        }
        if !url.is_empty() {
            new = new.url(url);
        }
        if !description.is_empty() {
            new = new.description(description);
        }
        Ok(new)
    }
}

/// What the contact changes of the user; `None` if nothing.
fn changes(contact: &Contact, user: &User) -> Option<UserPatch> {
    let differs = |cell: &str, known: Option<&str>| !cell.is_empty() && known != Some(cell);
    let Contact { first_name, last_name, name, url, description, role, .. } = contact;
    let mut patch = UserPatch::default();
    if differs(first_name, user.first_name.as_deref()) {
        patch = patch.first_name(first_name);
    }
    if differs(last_name, user.last_name.as_deref()) {
        patch = patch.last_name(last_name);
    }
    if differs(name, Some(&user.name)) {
        patch = patch.name(name);
    }
    if differs(url, Some(&user.url)) {
        patch = patch.url(url);
    }
    if differs(description, Some(&user.description)) {
        patch = patch.description(description);
    }
    if !role.is_empty() && user.roles.as_deref() != Some(std::slice::from_ref(role)) {
        patch = patch.roles([role.clone()]);
    }
    (patch != UserPatch::default()).then_some(patch)
}

/// The address as a login name: WordPress allows these characters alone.
fn login_of(email: &str) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '@');
    email.chars().map(|c| if is_allowed(c) { c } else { '-' }).collect()
}

/// A random password: the user asks WordPress for a new one.
fn password() -> Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random password: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn export(wp: &Client, roles: &[String], file: &Path) -> Result<Outcome> {
    let progress = Progress::items("users", None);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut users = wp.users().list().roles(roles.iter().cloned()).order_by("id", Order::Asc).edit().stream();
    let mut count = 0_u64;
    while let Some(user) = users.try_next().await? {
        if let Some(totals) = users.totals() {
            progress.total(totals.items);
        }
        progress.add(1);
        // One with a second role that is not allowed is not a contact.
        let Some([role]) = user.roles.as_deref() else { continue };
        writer.serialize(Contact {
            email: user.email.unwrap_or_default(),
            username: user.username.unwrap_or_default(),
            first_name: user.first_name.unwrap_or_default(),
            last_name: user.last_name.unwrap_or_default(),
            name: user.name,
            url: user.url,
            description: user.description,
            role: role.clone(),
        })?;
        count += 1;
    }
    if count == 0 {
        writer.write_record(COLUMNS)?;
    }
    if let Some(warning) = users.warning() {
        return Err(format!("{warning}; run it again").into());
    }
    progress.finish();
    // The old file stays until the new one is whole.
    let new = file.with_extension("new");
    let named = |error: std::io::Error| format!("{}: {error}", new.display());
    let mut out = File::create(&new).map_err(named)?;
    out.write_all(&writer.into_inner()?).map_err(named)?;
    out.sync_all().map_err(named)?;
    fs::rename(&new, file).map_err(named)?;
    print(&format!("{count} contacts are in {}", file.display()));
    Ok(Outcome::Done)
}
