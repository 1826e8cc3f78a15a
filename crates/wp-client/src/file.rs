//! Files on disk: as bodies of requests, and as the place of a download.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, TryStreamExt, stream};
use tokio::fs::{self, File, OpenOptions, metadata};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use wp_core::{Body, BoxError, TransportError, TransportErrorKind, pieces};

use crate::download::Piece;
use crate::{Download, DownloadPoint, Error, MediaFile, Result, media_type};

/// How much of a file is in memory at a time, in bytes.
const CHUNK: usize = 256 << 10;

/// A file as the body of a request. It is read while it is sent, 256 KiB at a time, and again from its beginning for a
/// retry. Its length is taken now: a file that is shorter when it is sent is an error, and no half file on the server.
///
/// ```no_run
/// # async fn run(wp: wp_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use wp_client::MediaFile;
/// use wp_client::models::NewMedia;
///
/// let film = MediaFile::new("dune.mp4", "video/mp4", wp_client::file("dune.mp4").await?);
/// let media = wp.media().upload(film, NewMedia::default().title("Dune")).await?;
/// println!("{}", media.source_url);
/// # Ok(()) }
/// ```
///
/// It needs the runtime of tokio.
///
/// # Errors
/// That of the file system, for a file that cannot be found.
pub async fn file(path: impl Into<PathBuf>) -> io::Result<Body> {
    let path = path.into();
    let length = metadata(&path).await.map_err(|error| named(&path, &error))?.len();
    Ok(at(Arc::new(path), length))
}

/// A file at a path, whose owner may remove it once the body is dropped.
fn at<P: AsRef<Path> + Send + Sync + 'static>(path: Arc<P>, length: u64) -> Body {
    Body::reopen(length, move || {
        let path = Arc::clone(&path);
        async move {
            let path = (*path).as_ref();
            let mut file = File::open(path).await.map_err(|error| named(path, &error))?;
            file.set_max_buf_size(CHUNK);
            let mut chunks = Box::pin(chunks(file));
            Ok(Body::stream(pieces(move |cx| chunks.as_mut().poll_next(cx)), length))
        }
    })
}

impl MediaFile {
    /// A file on disk, with its name and the media type of its ending. See [`file`](fn@file).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use wp_client::MediaFile;
    /// use wp_client::models::NewMedia;
    ///
    /// let media = wp.media().upload(MediaFile::open("photos/dune.jpg").await?, NewMedia::default()).await?;
    /// println!("{}", media.source_url);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of the file system.
    pub async fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let content_type = media_type::of_name(&name);
        Ok(Self::new(name, content_type, file(path).await?))
    }

    /// A file from a stream of unknown length. The stream is written to a temporary file first, since servers treat a body
    /// without a length as empty. The temporary file is removed after the upload.
    ///
    /// ```no_run
    /// # use bytes::Bytes;
    /// # async fn run(wp: wp_client::Client, log: impl futures_util::Stream<Item = std::io::Result<Bytes>> + Send) -> Result<(), Box<dyn std::error::Error>> {
    /// use wp_client::MediaFile;
    /// use wp_client::models::NewMedia;
    ///
    /// let file = MediaFile::spool("log.txt", "text/plain", log).await?;
    /// wp.media().upload(file, NewMedia::default()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// That of the stream, and those of the file system.
    pub async fn spool<E: Into<BoxError>>(
        name: impl Into<String>,
        content_type: impl Into<String>,
        stream: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> io::Result<Self> {
        let (temporary, mut file) = Temporary::create().await?;
        let (mut stream, mut length) = (pin!(stream), 0);
        while let Some(chunk) = stream.try_next().await.map_err(io::Error::other)? {
            file.write_all(&chunk).await?;
            length += chunk.len() as u64;
        }
        file.flush().await?;
        Ok(Self::new(name, content_type, at(Arc::new(temporary), length)))
    }
}

/// The error with the path, which the system does not name.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// A file that is removed when it is dropped.
struct Temporary(PathBuf);

impl Temporary {
    async fn create() -> io::Result<(Self, File)> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let name = random.iter().fold("wp-client-".to_owned(), |mut name, byte| {
            let _ = write!(name, "{byte:02x}");
            name
        });
        let path = std::env::temp_dir().join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // No other user may read it.
        #[cfg(unix)]
        options.mode(0o600);
        let file = options.open(&path).await?;
        Ok((Self(path), file))
    }
}

impl AsRef<Path> for Temporary {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.0);
    }
}

impl Download {
    /// Downloads into a file, and returns its size in bytes. The file is whole or not there: it is written beside its place,
    /// as `NAME.part`, and moved at the end.
    ///
    /// If the program ends, the next call continues `NAME.part`, unless the site's file was changed since, or the next call
    /// is for another URL; then it begins anew. The state for that is in `NAME.part.json`; a position that was passed to
    /// [`resume`](Self::resume) does not count.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, media: wp_client::models::Media) -> wp_client::Result<()> {
    /// wp.media().download(&media).to_file("dune.jpg").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// It needs the runtime of tokio.
    ///
    /// # Errors
    /// Those of the download. One of the file system is a [`TransportError`] of the kind
    /// [`Other`](TransportErrorKind::Other), with its source.
    pub async fn to_file(self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        let (part, note) = (beside(path, ".part"), beside(path, ".part.json"));
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&part)
            .await
            .map_err(|error| unwritable(&part, error))?;
        let download = if let Some(point) = begun(&file, &note, &self.shown_url()).await {
            self.resume(point)
        } else {
            // It is of another file than the one of which there will be a part.
            remove(&note).await.map_err(|error| unwritable(&note, error))?;
            self.anew()
        };
        let mut reading = download.reading();
        let mut noted = reading.point();
        seek_to(&mut file, noted.bytes).await.map_err(|error| unwritable(&part, error))?;
        loop {
            let piece = match reading.next().await {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(error) => {
                    // Keep the bytes that arrived for the next call.
                    _ = file.flush().await;
                    if reading.point().bytes == 0 {
                        _ = fs::remove_file(&part).await;
                    }
                    return Err(error);
                }
            };
            let point = reading.point();
            let written = async {
                // Truncate before the note is written: the note must describe the bytes in the `.part` file.
                if matches!(piece, Piece::StartAnew) {
                    seek_to(&mut file, 0).await?;
                }
                if (&noted.validator, noted.total) != (&point.validator, point.total) {
                    fs::write(&note, serde_json::to_vec(&point)?).await?;
                    noted = point;
                }
                match &piece {
                    Piece::StartAnew => Ok(()),
                    Piece::Data(data) => file.write_all(data).await,
                }
            };
            written.await.map_err(|error| unwritable(&part, error))?;
        }
        let moved = async {
            file.sync_all().await?;
            fs::rename(&part, path).await
        };
        moved.await.map_err(|error| unwritable(path, error))?;
        // The note may not exist.
        _ = fs::remove_file(&note).await;
        Ok(reading.point().bytes)
    }
}

/// The progress of an earlier call for this URL, by its `.part` file and its note.
async fn begun(part: &File, note: &Path, url: &str) -> Option<DownloadPoint> {
    let bytes = part.metadata().await.ok()?.len();
    let note = fs::read(note).await.ok()?;
    let point: DownloadPoint = serde_json::from_slice(&note).ok()?;
    let fits = bytes > 0 && point.total.is_none_or(|total| bytes <= total) && point.url == url;
    Some(DownloadPoint { bytes, ..point }).filter(|point| fits && point.validator.is_some())
}

/// Removes a file that need not exist.
async fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Cuts the file there, and goes on writing there.
async fn seek_to(file: &mut File, bytes: u64) -> io::Result<()> {
    file.set_len(bytes).await?;
    file.seek(io::SeekFrom::Start(bytes)).await.map(drop)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn unwritable(path: &Path, error: io::Error) -> Error {
    let detail = format!("{} cannot be written", path.display());
    TransportError::new(TransportErrorKind::Other).detail(detail).caused_by(error).into()
}

fn chunks(file: File) -> impl Stream<Item = Result<Bytes, TransportError>> {
    let next = |mut file: File| async move {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        match file.read_buf(&mut chunk).await {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some((chunk.freeze(), file))),
            Err(error) => Err(TransportError::new(TransportErrorKind::RequestBody).caused_by(error)),
        }
    };
    stream::try_unfold(file, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_read_for_each_attempt_and_must_keep_its_length() {
        let path = std::env::temp_dir().join(format!("wp-client-file-{}", std::process::id()));
        let bytes: Vec<u8> = (0..CHUNK * 2 + 7).map(|index| u8::try_from(index % 251).unwrap()).collect();
        std::fs::write(&path, &bytes).unwrap();
        let body = file(&path).await.unwrap();
        assert_eq!(body.len(), Some(bytes.len() as u64));
        let retry = body.try_clone().unwrap();
        assert_eq!(body.collect(u64::MAX).await.unwrap(), bytes);
        assert_eq!(retry.collect(u64::MAX).await.unwrap(), bytes);

        let shrunk = file(&path).await.unwrap();
        std::fs::write(&path, b"half").unwrap();
        let error = shrunk.collect(u64::MAX).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::RequestBody);
        std::fs::remove_file(&path).unwrap();
        let error = file(&path).await.unwrap_err();
        assert!(error.to_string().contains("wp-client-file-") && error.kind() == io::ErrorKind::NotFound);
    }
}
