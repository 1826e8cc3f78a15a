//! Uploads that are finished when WordPress fails half way, and that never make a second copy.

mod find;

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use http::Method;
use http::header::CONTENT_DISPOSITION;
use serde::Serialize;
use wp_core::models::{Media, MediaId, NewMedia};
use wp_core::{Edit, Multipart, Query};

use self::find::Wanted;
use crate::media_file::CONTENT_MD5;
use crate::progress::Report;
use crate::{Collection, Error, MediaFile, Progress, Request, Result};

/// How often WordPress is asked to finish an upload, unless the caller says otherwise: as in its own editor.
const FINISH_ATTEMPTS: u32 = 5;
/// How often a file is sent that did not arrive whole.
const SEND_ATTEMPTS: u32 = 3;
/// The pauses before each look for a file that may have arrived.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(8)];
/// The pause before WordPress is asked again to make the missing sizes. Each pause is twice as long as the one before, up to
/// the longest, which is also the longest that a server may ask for.
const FINISH_PAUSE: Duration = Duration::from_secs(1);
const MAX_FINISH_PAUSE: Duration = Duration::from_secs(60);

/// An upload; made by [`Collection::upload`]. Awaiting it sends the file and returns the new item.
///
/// # When WordPress fails after it stored the file
/// Making the sizes of a large image can take too long or too much memory. WordPress then responds with 500, and names
/// the item that it stored (the header `X-WP-Upload-Attachment-ID`). The upload goes on with the
/// [missing sizes](Collection::create_sub_sizes), up to 5 times, and returns the item as if nothing had happened. It waits
/// 1, 2, 4 and 8 s in between, or as long as the server asks for; if that is more than 60 s, it stops. If it fails too, the
/// error has the [id](Error::attachment_id) of the item, unless it is to be [deleted](Self::delete_unfinished).
///
/// # When the response is lost
/// A timeout or a reset leaves it open whether the file is stored. That is an error which
/// [may have happened](Error::may_have_happened); the file is not sent again. [`once`](Self::once) looks it up.
#[must_use = "an upload is sent by awaiting it"]
pub struct Upload {
    media: Collection<Media>,
    file: MediaFile,
    new: NewMedia,
    is_form: bool,
    timeout: Option<Duration>,
    finish_attempts: u32,
    delete_unfinished: bool,
}

impl Upload {
    pub(crate) fn new(media: Collection<Media>, file: MediaFile, new: NewMedia) -> Self {
        let finish_attempts = FINISH_ATTEMPTS;
        Self { media, file, new, is_form: false, timeout: None, finish_attempts, delete_unfinished: false }
    }

    pub(crate) fn in_form(self) -> Self {
        Self { is_form: true, ..self }
    }

    /// Calls `report` each time a piece of the file was given to the connection: see [`MediaFile::on_progress`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, jpeg: Vec<u8>) -> wp_client::Result<()> {
    /// use wp_client::MediaFile;
    /// use wp_client::models::NewMedia;
    ///
    /// let upload = wp.media().upload(MediaFile::new("dune.jpg", "image/jpeg", jpeg), NewMedia::default());
    /// let image = upload.on_progress(|at| eprint!("\r{} of {:?} bytes", at.bytes, at.total)).await?;
    /// println!("{}", image.source_url);
    /// # Ok(()) }
    /// ```
    pub fn on_progress(mut self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.file = self.file.on_progress(report);
        self
    }

    /// Sets the deadline of each request: see [`Request::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how often WordPress is asked to make the missing sizes if it fails after it stored the file. Default: 5. With 0,
    /// the failure is returned at once.
    pub fn finish_attempts(mut self, attempts: u32) -> Self {
        self.finish_attempts = attempts;
        self
    }

    /// Deletes the item permanently if WordPress stored the file and the sizes cannot be made. The error then says that
    /// nothing has happened. Default: the item stays, and the error has its [id](Error::attachment_id).
    pub fn delete_unfinished(mut self) -> Self {
        self.delete_unfinished = true;
        self
    }

    /// Uploads the file unless the media library has it, and looks it up if the response is lost: see [`UploadOnce`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, jpeg: Vec<u8>) -> wp_client::Result<()> {
    /// use wp_client::models::NewMedia;
    /// use wp_client::{MediaFile, Uploaded};
    ///
    /// let file = MediaFile::new("dune.jpg", "image/jpeg", jpeg);
    /// match wp.media().upload(file, NewMedia::default()).once().await? {
    ///     Uploaded::Created(image) => println!("uploaded: {}", image.source_url),
    ///     Uploaded::Found(image) => println!("already there: {}", image.source_url),
    ///     other => eprintln!("look at it: {other:?}"),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn once(self) -> UploadOnce {
        UploadOnce { upload: self, any_origin: false }
    }

    /// The upload as a plain request, for what a [`Request`] alone can set: another credential, `strict`, the whole reply.
    /// It is sent once, and is not finished if WordPress fails half way.
    pub fn into_request(self) -> Request<Media<Edit>> {
        let Self { media, file, new, is_form, timeout, .. } = self;
        let request = media.request(Method::POST);
        let request =
            if is_form { request.file_in_form(file, &new) } else { request.queries(&new).file(file) };
        match timeout {
            Some(timeout) => request.timeout(timeout),
            None => request,
        }
    }

    /// Sends the upload: the future that awaiting it makes, for a function that takes a future.
    pub fn send(self) -> <Self as IntoFuture>::IntoFuture {
        self.into_future()
    }

    fn unfinished(&self) -> Unfinished {
        Unfinished {
            media: self.media.clone(),
            attempts: self.finish_attempts,
            delete: self.delete_unfinished,
            timeout: self.timeout,
        }
    }

    async fn execute(self) -> Result<Media<Edit>> {
        let unfinished = self.unfinished();
        match self.into_request().await {
            Err(error) => match error.attachment_id().and_then(MediaId::new) {
                Some(id) => unfinished.finish(id, error).await,
                None => Err(error),
            },
            uploaded => uploaded,
        }
    }
}

impl<T> Request<T> {
    /// Sends a file as the whole body.
    pub(crate) fn file(self, file: MediaFile) -> Self {
        let request = self.checksum(&file);
        match file.disposition() {
            Ok(name) => {
                let content_type = file.content_type.clone();
                request.set_header(CONTENT_DISPOSITION, name).body(&content_type, file.into_content())
            }
            Err(error) => request.failing(error),
        }
    }

    /// Sends a file in a form with these fields.
    pub(crate) fn file_in_form(self, file: MediaFile, fields: &impl Serialize) -> Self {
        let request = self.checksum(&file);
        let mut query = Query::new();
        let name = match query.extend(fields).and_then(|()| file.sent_name()) {
            Ok(name) => name,
            Err(error) => return request.failing(error),
        };
        let form = query.iter().fold(Multipart::new(), |form, (name, value)| form.text(name, value));
        let content_type = file.content_type.clone();
        request.multipart(form.file("file", name, content_type, file.into_content()))
    }

    fn checksum(self, file: &MediaFile) -> Self {
        match file.checksum() {
            Ok(Some(sum)) => self.set_header(CONTENT_MD5, sum),
            Ok(None) => self,
            Err(error) => self.failing(error),
        }
    }
}

/// How to finish a file whose sizes WordPress did not make.
struct Unfinished {
    media: Collection<Media>,
    attempts: u32,
    delete: bool,
    timeout: Option<Duration>,
}

impl Unfinished {
    /// Finishes the upload that stored the file and failed with `error`, which is returned if the sizes cannot be made.
    async fn finish(self, id: MediaId, error: Error) -> Result<Media<Edit>> {
        if self.attempts > 0
            && let Ok(media) = self.make_sizes(id).await
        {
            return Ok(media);
        }
        if !self.delete {
            return Err(error);
        }
        match self.within(self.media.delete(id)).await {
            Err(failure) if !failure.is_not_found() => Err(error),
            _ => Err(error.undone()),
        }
    }

    /// Makes the sizes that the item of an earlier upload lacks. The item may be used elsewhere, so it is not deleted.
    async fn finish_found(self, media: Media<Edit>) -> Result<Media<Edit>> {
        if self.attempts == 0 || media.missing_image_sizes.is_empty() {
            return Ok(media);
        }
        match self.make_sizes(media.id).await {
            // The user may not do that with the file of another user.
            Err(failure) if failure.is_forbidden() => Ok(media),
            made => made.map_err(|failure| failure.of_attachment(media.id.get())),
        }
    }

    async fn make_sizes(&self, id: MediaId) -> Result<Media<Edit>> {
        let (mut attempt, mut pause) = (1, FINISH_PAUSE);
        loop {
            let failure = match self.within(self.media.create_sub_sizes(id)).await {
                Err(failure) if failure.may_have_happened() || failure.is_retryable() => failure,
                made => return made,
            };
            // WordPress makes the sizes one by one, so each attempt that fails this way brings it closer to the end. It may
            // still be at work, and two at the same image take the memory twice.
            let wait = failure.retry_after().unwrap_or(pause);
            if attempt >= self.attempts || wait > MAX_FINISH_PAUSE {
                return Err(failure);
            }
            self.media.session().site().clock().sleep(wait).await;
            (attempt, pause) = (attempt + 1, (pause * 2).min(MAX_FINISH_PAUSE));
        }
    }

    fn within<T>(&self, request: Request<T>) -> Request<T> {
        match self.timeout {
            Some(timeout) => request.timeout(timeout),
            None => request,
        }
    }
}

impl IntoFuture for Upload {
    type Output = Result<Media<Edit>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.execute().boxed()
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("file", &self.file)
            .field("is_form", &self.is_form)
            .field("timeout", &self.timeout)
            .field("finish_attempts", &self.finish_attempts)
            .field("delete_unfinished", &self.delete_unfinished)
            .finish_non_exhaustive()
    }
}

/// An upload that makes no second copy; made by [`Upload::once`]. Awaiting it returns what it [created or
/// found](Uploaded).
///
/// 1. It looks the file up in the media library, before it sends anything.
///    - If [`NewMedia::slug`] is set, the slug is the key: an item with this slug is the file. WordPress adds a number to a
///      slug that is taken, also by a post (`dune-2`); an item with such a slug is the file if name, size and content are
///      the same.
///    - Otherwise an item is the file if its file has a similar name (WordPress changes names: `my dune.jpg` becomes
///      `my-dune-1.jpg`), the same size and the same content. Only a file with such a name and size is downloaded, and
///      compared as it arrives. Where WordPress scaled a large image down, its original is compared. A file that a plugin
///      changed needs a slug.
///    - A name in decomposed form (Unicode NFD, as macOS may give it) is not found where WordPress composes it: in Korean
///      and Japanese, on a server whose PHP has `intl`. The upload is [`Uploaded::KeyChanged`] then. Compose the name
///      first, and set it by [`MediaFile::with_name`].
///    - Files are read from the origin of the site alone, without a credential. Where the site keeps them elsewhere (see
///      [`any_origin`](Self::any_origin)), refuses to give a file (401, 403, 404 or 410), or gives another number of bytes
///      than the media library has (a server that compresses images), name and size decide, and the result says so:
///      [`Uploaded::Unverified`]. If WordPress does not tell the size either, that is an error, with the
///      [id](Error::attachment_id) of the item.
///    - A file of another user that this one may not edit cannot be returned: WordPress shows only a part of it. The error
///      [is forbidden](Error::is_forbidden) and has the [id](Error::attachment_id) of the item. Nothing is uploaded.
///    - Of two copies, the older one is found. If the list changed while it was read, so that an item may have been left
///      out, it is read once more.
/// 2. If it is there, its missing sizes are made, up to [`finish_attempts`](Upload::finish_attempts) times: a program may
///    have been ended between the two. If that fails, the error has the [id](Error::attachment_id) of the item. If the user
///    may not do it, the item is returned as it is.
/// 3. If it is not there, it uploads the file.
/// 4. If the response is lost, it looks the file up again, several times within some seconds. Only a file that was cut
///    short, so that the server cannot have the whole of it, is sent again, up to 3 times in all. A server may store what
///    it got of such a file: the [checksum](MediaFile::md5) makes WordPress refuse that. If the whole file was sent and is
///    not found, the error [may have happened](Error::may_have_happened): the site may still be at work. The same upload
///    later finds it.
///
/// Two programs that upload the same file at the same moment make two copies: WordPress cannot prevent it.
///
/// # Errors
/// Those of the requests; [`RequestError::NaturalKey`](wp_core::RequestError::NaturalKey) for a slug that WordPress would
/// change; and [`RequestError::Part`](wp_core::RequestError::Part) for a stream that can be read only once, unless there is
/// a slug.
#[must_use = "an upload is sent by awaiting it"]
#[derive(Debug)]
pub struct UploadOnce {
    upload: Upload,
    any_origin: bool,
}

/// The result of an [`UploadOnce`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Uploaded {
    /// The file was uploaded.
    Created(Media<Edit>),
    /// The media library has the file: since before, or by an upload whose response was lost.
    Found(Media<Edit>),
    /// The media library has a file with this name and this size. It was not uploaded, and the contents were not compared:
    /// the site keeps the file at another origin (see [`UploadOnce::any_origin`]), protects it, has lost it, or does not
    /// give it as it was uploaded; or this one can be read only once.
    Unverified(Media<Edit>),
    /// The file was uploaded, and the site did not keep what a look-up needs: a plugin changed the slug, the name or the
    /// size. The next run will not find it, and would upload it again.
    KeyChanged(Media<Edit>),
}

impl Uploaded {
    /// The item.
    pub fn media(&self) -> &Media<Edit> {
        match self {
            Self::Created(media) | Self::Found(media) | Self::Unverified(media) | Self::KeyChanged(media) => {
                media
            }
        }
    }

    /// The item.
    pub fn into_media(self) -> Media<Edit> {
        match self {
            Self::Created(media) | Self::Found(media) | Self::Unverified(media) | Self::KeyChanged(media) => {
                media
            }
        }
    }

    /// Whether an item was found, and nothing was uploaded.
    pub fn is_found(&self) -> bool {
        matches!(self, Self::Found(_) | Self::Unverified(_))
    }
}

impl UploadOnce {
    /// Reads files at other origins than that of the site, too, in order to compare them: where their URLs lead to, which
    /// the site says. See [`Download::any_origin`](crate::Download::any_origin).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, jpeg: Vec<u8>) -> wp_client::Result<()> {
    /// use wp_client::MediaFile;
    /// use wp_client::models::NewMedia;
    ///
    /// // A site that keeps its files at a CDN.
    /// let file = MediaFile::new("dune.jpg", "image/jpeg", jpeg);
    /// let image = wp.media().upload(file, NewMedia::default()).once().any_origin().await?.into_media();
    /// println!("{}", image.source_url);
    /// # Ok(()) }
    /// ```
    pub fn any_origin(self) -> Self {
        Self { any_origin: true, ..self }
    }

    /// Sends the upload: the future that awaiting it makes, for a function that takes a future.
    pub fn send(self) -> <Self as IntoFuture>::IntoFuture {
        self.into_future()
    }

    async fn execute(self) -> Result<Uploaded> {
        let Self { mut upload, any_origin } = self;
        let wanted = Wanted::of(&upload.file, &upload.new, any_origin)
            .map_err(|error| upload.media.request::<()>(Method::POST).error_context().error(error))?;
        if let Some(found) = wanted.find(&upload.media).await? {
            return wanted.complete(found, upload.unfinished()).await;
        }
        let clock = Arc::clone(upload.media.session().site().clock());
        let mut attempt = 1;
        loop {
            let (again, sent) = (upload.again(), upload.count_sent());
            let (media, length, unfinished) = (upload.media.clone(), upload.file.len(), upload.unfinished());
            let error = match upload.execute().await {
                Ok(media) => return Ok(wanted.settle(media)),
                Err(error) => error,
            };
            if !error.may_have_happened() || error.attachment_id().is_some() {
                return Err(error);
            }
            let is_whole = length.is_none_or(|length| sent.load(Ordering::Relaxed) >= length);
            for pause in PAUSES {
                clock.sleep(pause).await;
                match wanted.find(&media).await {
                    Ok(Some(found)) => return wanted.complete(found, unfinished).await,
                    // The file did not arrive whole, so there is nothing to wait for.
                    Ok(None) if !is_whole => break,
                    Ok(None) | Err(_) => {}
                }
            }
            match again {
                Some(again) if !is_whole && attempt < SEND_ATTEMPTS => upload = again,
                _ => return Err(error),
            }
            attempt += 1;
        }
    }
}

impl Wanted {
    /// The result for an item that was found, with all its sizes if it is the file.
    async fn complete(&self, found: Uploaded, unfinished: Unfinished) -> Result<Uploaded> {
        match found {
            Uploaded::Found(media) if self.needs_sizes => {
                unfinished.finish_found(media).await.map(Uploaded::Found)
            }
            found => Ok(found),
        }
    }
}

impl Upload {
    /// The same upload again, if the file can be read again.
    fn again(&self) -> Option<Self> {
        let Self { media, file, new, is_form, timeout, finish_attempts, delete_unfinished } = self;
        Some(Self {
            media: media.clone(),
            file: file.try_clone()?,
            new: new.clone(),
            is_form: *is_form,
            timeout: *timeout,
            finish_attempts: *finish_attempts,
            delete_unfinished: *delete_unfinished,
        })
    }

    /// Counts the bytes of the file that are sent, beside the report to the caller.
    fn count_sent(&mut self) -> Arc<AtomicU64> {
        let sent = Arc::<AtomicU64>::default();
        let (counted, told) = (Arc::clone(&sent), self.file.report.take());
        self.file.report = Some(Report::new(move |at: Progress| {
            counted.store(at.bytes, Ordering::Relaxed);
            if let Some(told) = &told {
                told.tell(at.bytes, at.total);
            }
        }));
        sent
    }
}

impl IntoFuture for UploadOnce {
    type Output = Result<Uploaded>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.execute().boxed()
    }
}

/// Many uploads; made by [`Collection::upload_all`].
///
/// Awaiting it returns the result of each, in their order; as a [`Stream`], it yields them as soon as all before them are
/// known. An upload is taken from the iterator when its turn comes, so an iterator that reads files needs no more memory
/// than the files in flight. The limits of the client hold: [`Limits::concurrency`](crate::Limits::concurrency).
#[must_use = "nothing is sent until it is awaited or polled"]
pub struct Uploads<T> {
    queued: Option<BoxIter<T>>,
    concurrency: usize,
    results: Option<BoxStream<'static, Result<T>>>,
}

type BoxIter<T> = Box<dyn Iterator<Item = BoxFuture<'static, Result<T>>> + Send>;

impl<T: Send + 'static> Uploads<T> {
    pub(crate) fn new<U>(uploads: impl IntoIterator<Item = U, IntoIter: Send + 'static>) -> Self
    where
        U: IntoFuture<Output = Result<T>, IntoFuture: Send + 'static>,
    {
        let uploads = uploads.into_iter().map(|upload| upload.into_future().boxed());
        Self { queued: Some(Box::new(uploads)), concurrency: 1, results: None }
    }

    /// Sends up to this many files at a time. Default: 1.
    pub fn concurrency(mut self, uploads: usize) -> Self {
        self.concurrency = uploads.max(1);
        self
    }
}

impl<T: Send + 'static> Stream for Uploads<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let Self { queued, concurrency, results } = &mut *self;
        if let Some(queued) = queued.take() {
            *results = Some(stream::iter(queued).buffered(*concurrency).boxed());
        }
        match results {
            Some(results) => results.poll_next_unpin(cx),
            None => Poll::Ready(None),
        }
    }
}

impl<T: Send + 'static> IntoFuture for Uploads<T> {
    type Output = Vec<Result<T>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.collect().boxed()
    }
}

impl<T> fmt::Debug for Uploads<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uploads").field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}
