//! Files as bodies.

use std::io;
use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use tokio::fs::{File, metadata};
use tokio::io::AsyncReadExt as _;
use wp_core::{Body, TransportError, TransportErrorKind, pieces};

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
    let length = metadata(&path).await?.len();
    Ok(Body::reopen(length, move || {
        let path = path.clone();
        async move {
            let mut file = File::open(path).await?;
            file.set_max_buf_size(CHUNK);
            let mut chunks = Box::pin(chunks(file));
            Ok(Body::stream(pieces(move |cx| chunks.as_mut().poll_next(cx)), length))
        }
    }))
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
        assert!(file(&path).await.is_err());
    }
}
