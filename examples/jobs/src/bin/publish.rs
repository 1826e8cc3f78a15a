//! Publishes Markdown files as posts, and updates them when it is run again.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use jobs::{FrontMatter, Image, Outcome, Progress, Result, Site, StateFile, explain, images, to_blocks};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wp_client::models::{MediaId, NewMedia, NewPost, Post, PostPatch, PostStatus, Taxonomy, Term};
use wp_client::{Client, Collection, Edit, Ensured, GmtTime, Id, MediaFile, Order, SiteTime, Uploaded};

/// Publishes Markdown files as posts of blocks.
///
/// A file begins with its front matter, in YAML between two lines `---`: `title`, and optionally `slug` (default: the name
/// of the file), `status` (`draft`, `publish`, `pending`, `private`, `future`, or one of a plugin; default: a new post is a
/// draft), `date`, `categories`, `tags`, `featured_image` and `excerpt`. A date as `2030-01-31 09:00` is on the site's clock; `2030-01-31T09:00:00+02:00` is an instant. With the status `publish` and a date in the future, the
/// post is scheduled.
///
/// The post is found again by its slug, and is updated in place. Local images are uploaded once. If the content was changed on
/// the site since the last run, the post is left as it is and the file fails; `--force` overwrites it.
#[derive(Parser)]
#[command(version, after_help = jobs::AFTER_HELP)]
struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Markdown files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Where to remember what was written, to one site. Default: `.publish-state.json` in the folder of each file.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Overwrite content that was changed on the site.
    #[arg(long)]
    force: bool,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
}

/// What the next run needs to know of each post, by slug.
#[derive(Default, Serialize, Deserialize)]
struct State {
    /// The API of the site that it was written to.
    #[serde(default)]
    site: String,
    /// A digest of the content as the site stored it.
    written: BTreeMap<String, String>,
    #[serde(default)]
    sent: BTreeMap<String, Sent>,
}

/// The last write to a post. If neither the file nor the post changed since, there is nothing to write.
#[derive(PartialEq, Serialize, Deserialize)]
struct Sent {
    /// A digest of the fields.
    fields: String,
    /// When the site saved them.
    modified: Option<GmtTime>,
}

impl Sent {
    fn new(patch: &PostPatch, post: &Post<Edit>) -> Result<Self> {
        Ok(Self { fields: digest(&serde_json::to_vec(patch)?), modified: post.modified_gmt })
    }
}

/// The statuses of each site.
const STATUSES: &[&str] = &["draft", "publish", "pending", "private", "future"];

/// The longest slug of an image. A file with this name and what WordPress appends to it must have a place, too.
const MAX_SLUG: usize = 100;

fn main() -> ExitCode {
    jobs::run(publish)
}

async fn publish(arguments: Arguments) -> Result<Outcome> {
    let wp = arguments.site.connect().await?;
    // A folder has one state, however its path is written.
    let state_of = |path: &Path| {
        let folder = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        arguments.state.clone().unwrap_or_else(|| folder.join(".publish-state.json"))
    };
    let mut states = BTreeMap::new();
    let mut locks = Vec::new();
    // All are read before anything is published.
    for path in arguments.files.iter().map(|path| state_of(path)) {
        if let Entry::Vacant(place) = states.entry(path) {
            if !arguments.dry_run {
                locks.push(StateFile::new(place.key()).lock()?);
            }
            let state = state(place.key(), &wp)?;
            place.insert(state);
        }
    }
    let progress = Progress::items("publishing", Some(arguments.files.len() as u64));
    let mut failures = 0;
    let mut slugs = BTreeMap::new();
    for path in &arguments.files {
        let job = Job { wp: &wp, force: arguments.force, dry_run: arguments.dry_run };
        let place = state_of(path);
        let state = states.entry(place.clone()).or_default();
        match job.publish(path, state, &mut slugs).await {
            Ok(done) => progress.result(&format!("{}: {done}", path.display())),
            Err(error) => {
                failures += 1;
                progress.problem(&format!("{}: {}", path.display(), explain(&error)));
            }
        }
        if !arguments.dry_run {
            StateFile::new(place).save(state)?;
        }
        progress.add(1);
    }
    progress.finish();
    Ok(Outcome::after(failures))
}

/// What was written before to this site.
fn state(path: &Path, wp: &Client) -> Result<State> {
    let mut state: State = StateFile::new(path).load()?.unwrap_or_default();
    let site = wp.site().root().to_string();
    if !state.site.is_empty() && state.site != site {
        return Err(format!(
            "{} is of {}, not of {site}; `--state` names another file for that",
            path.display(),
            state.site
        )
        .into());
    }
    state.site = site;
    Ok(state)
}

struct Job<'j> {
    wp: &'j Client,
    force: bool,
    dry_run: bool,
}

/// What a file says of its post, with everything on the site that it refers to.
struct Ready {
    new: NewPost,
    patch: PostPatch,
    content: String,
}

impl Job<'_> {
    /// `slugs` has the files that were published before in this run.
    async fn publish<'f>(
        &self,
        path: &'f Path,
        state: &mut State,
        slugs: &mut BTreeMap<String, &'f Path>,
    ) -> Result<String> {
        let text = std::fs::read_to_string(path)?;
        let (head, markdown) = FrontMatter::split(&text)?;
        date(&head)?;
        self.check_status(&head).await?;
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let slug = head.slug.clone().unwrap_or_else(|| stem.to_lowercase().replace([' ', '.'], "-"));
        if let Some(other) = slugs.insert(slug.clone(), path).filter(|other| *other != path) {
            return Err(format!("its slug {slug} is that of {}", other.display()).into());
        }
        let found = self.find(&slug).await?;
        if self.dry_run {
            let is_refused = |post: &Post<Edit>| !self.force && !is_ours(post, state.written.get(&slug));
            if let Some(post) = found.as_ref().filter(|post| is_refused(post)) {
                return Err(changed(post).into());
            }
            for image in local_images(path, markdown, head.featured_image.as_deref()) {
                std::fs::metadata(&image).map_err(|error| format!("{}: {error}", image.display()))?;
            }
            return Ok(found.map_or_else(
                || format!("would create {slug}"),
                |post| format!("would update {}", post.link),
            ));
        }
        let Ready { new, patch, content } = self.prepare(path, &head, markdown, &slug).await?;
        let sent = patch.clone();
        let (done, post) = match found {
            Some(post) => {
                let is_ours = is_ours(&post, state.written.get(&slug));
                if post.content.raw != content.as_str() && !is_ours && !self.force {
                    return Err(changed(&post).into());
                }
                if is_ours && state.sent.get(&slug) == Some(&Sent::new(&patch, &post)?) {
                    return Ok(format!("unchanged {}", post.link));
                }
                // Another user may have changed it since it was read.
                ("updated", self.wp.posts().update_if_unmodified(&post, patch).await?)
            }
            None => match self.wp.posts().find_or_create(new).await? {
                Ensured::Created(post) => ("created", post),
                Ensured::Duplicate { created, other } => {
                    return Err(format!(
                        "another program created {} at the same time; delete the second one: {}",
                        other.link, created.link
                    )
                    .into());
                }
                Ensured::KeyChanged(post) => {
                    return Err(format!(
                        "it was created as {}, since the slug {slug} is reserved or belongs to a post that this user cannot \
                         see: choose another slug, and delete it",
                        post.link
                    )
                    .into());
                }
                Ensured::Unfinished { created, error, .. } => {
                    return Err(format!("{} was created, and not checked: {error}", created.link).into());
                }
                other => ("found", other.into_item()),
            },
        };
        if done != "found" {
            state.sent.insert(slug.clone(), Sent::new(&sent, &post)?);
            state.written.insert(slug, digest(post.content.raw.as_bytes()));
        }
        Ok(match (&post.status, post.date) {
            (PostStatus::Future, Some(date)) => {
                format!("{done} {}, scheduled for {date} on the site's clock", post.link)
            }
            (status, _) => format!("{done} {} ({status})", post.link),
        })
    }

    /// Checks that the site has the status, before anything is uploaded.
    async fn check_status(&self, head: &FrontMatter) -> Result {
        let Some(status) = head.status.as_deref() else { return Ok(()) };
        if STATUSES.contains(&status) {
            return Ok(());
        }
        let of_site = self.wp.statuses().list().await?;
        let of_site: Vec<_> = of_site.iter().map(|status| status.slug.as_str()).collect();
        if status != "trash" && of_site.contains(&status) {
            return Ok(());
        }
        let own = of_site.into_iter().filter(|status| !STATUSES.contains(status) && *status != "trash");
        let known: Vec<_> = STATUSES.iter().copied().chain(own).collect();
        Err(format!("its status is `{status}`, and the site has {}", known.join(", ")).into())
    }

    async fn find(&self, slug: &str) -> Result<Option<Post<Edit>>> {
        let posts =
            self.wp.posts().list().slug(slug).status(PostStatus::from("any")).order_by("id", Order::Asc);
        Ok(posts.edit().await?.into_iter().find(|post| post.slug == slug))
    }

    async fn prepare(&self, path: &Path, head: &FrontMatter, markdown: &str, slug: &str) -> Result<Ready> {
        let mut uploaded = BTreeMap::new();
        for address in images(markdown) {
            if is_local(&address) && !uploaded.contains_key(&address) {
                let image = self.upload(&beside(path, &address)).await?;
                uploaded.insert(address, image);
            }
        }
        let content = to_blocks(markdown, &|address| uploaded.get(address).cloned());
        let mut new = NewPost::titled(&head.title).slug(slug).content(&content);
        let mut patch = PostPatch::default().title(&head.title).content(&content);
        // What the file does not name stays as an editor set it.
        if let Some(status) = head.status.as_deref().map(PostStatus::from) {
            (new, patch) = (new.status(status.clone()), patch.status(status));
        }
        if let Some(excerpt) = &head.excerpt {
            (new, patch) = (new.excerpt(excerpt), patch.excerpt(excerpt));
        }
        if let Some(names) = &head.categories {
            let ids = terms(&self.wp.categories(), names).await?;
            (new, patch) = (new.categories(ids.clone()), patch.categories(ids));
        }
        if let Some(names) = &head.tags {
            let ids = terms(&self.wp.tags(), names).await?;
            (new, patch) = (new.tags(ids.clone()), patch.tags(ids));
        }
        if let Some(address) = &head.featured_image {
            let id = self.upload(&beside(path, address)).await?.id.and_then(MediaId::new);
            (new, patch) = (new.featured_media(id), patch.featured_media(id));
        }
        match date(head)? {
            Some(Date::Site(date)) => (new, patch) = (new.date(date), patch.date(date)),
            Some(Date::Instant(date)) => (new, patch) = (new.date_gmt(date), patch.date_gmt(date)),
            None => {}
        }
        Ok(Ready { new, patch, content })
    }

    /// Uploads an image, unless the site has it: its slug names its content.
    async fn upload(&self, path: &Path) -> Result<Image> {
        let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let content = std::fs::read(path).map_err(|error| named(&error))?;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("image");
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let media_type = media_type(ending).ok_or_else(|| named(&"no image of a known kind"))?;
        let is_plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
        let stem: String = stem.to_lowercase().replace([' ', '_'], "-").chars().filter(is_plain).collect();
        let digest = digest(&content);
        // WordPress makes one sign of several, and cuts a long slug.
        let words = stem.split('-').chain([&digest[..16]]).filter(|word| !word.is_empty());
        let slug = words.collect::<Vec<_>>().join("-");
        let slug = slug[slug.len().saturating_sub(MAX_SLUG)..].trim_start_matches('-');
        let file = MediaFile::new(format!("{slug}.{ending}"), media_type, content);
        let uploaded = self.wp.media().upload(file, NewMedia::default().slug(slug)).once().await?;
        if let Uploaded::KeyChanged(media) = &uploaded {
            eprintln!(
                "{}",
                named(&format!("the site changed its slug to {}: it is uploaded in each run", media.slug))
            );
        }
        let media = uploaded.into_media();
        Ok(Image { id: Some(media.id.get()), url: media.source_url })
    }
}

/// The ids of terms, which are created if they are missing.
async fn terms<T: Taxonomy>(collection: &Collection<Term<T>>, names: &[String]) -> Result<Vec<Id<Term<T>>>> {
    let mut ids = Vec::new();
    let results = collection.find_or_create_all(names.iter().map(String::as_str)).await?.results;
    for (name, term) in names.iter().zip(results) {
        let term = term.map_err(|error| format!("{} {name:?}: {error}", T::NAME))?;
        ids.push(term.item().id);
    }
    Ok(ids)
}

/// When a post is published.
enum Date {
    Site(SiteTime),
    Instant(GmtTime),
}

fn date(head: &FrontMatter) -> Result<Option<Date>> {
    let Some(text) = head.date.as_deref().map(str::trim) else { return Ok(None) };
    let time = text.get(10..).unwrap_or_default();
    let has_zone = time.ends_with('Z') || time.contains(['+', '-']);
    // A day alone is its beginning.
    let whole = if time.is_empty() { format!("{text}T00:00:00") } else { text.to_owned() };
    let date = if has_zone { whole.parse().map(Date::Instant) } else { whole.parse().map(Date::Site) };
    date.map(Some).map_err(|error| format!("its date: {error}").into())
}

fn changed(post: &Post<Edit>) -> String {
    format!(
        "{} has content that this program did not write; take the changes over into the file, or overwrite them with --force",
        post.link
    )
}

fn is_ours(post: &Post<Edit>, written: Option<&String>) -> bool {
    written == Some(&digest(post.content.raw.as_bytes()))
}

fn digest(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_local(address: &str) -> bool {
    !address.contains("://") && !address.starts_with("data:") && !address.starts_with('/')
}

/// A path that is relative to a file.
fn beside(file: &Path, address: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(address.replace("%20", " "))
}

fn local_images(file: &Path, markdown: &str, featured: Option<&str>) -> Vec<PathBuf> {
    let in_text = images(markdown).into_iter().filter(|address| is_local(address));
    in_text.chain(featured.map(str::to_owned)).map(|address| beside(file, &address)).collect()
}

fn media_type(ending: &str) -> Option<&'static str> {
    Some(match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        _ => return None,
    })
}
