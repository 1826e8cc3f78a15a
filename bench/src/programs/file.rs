use std::io;
use std::path::Path;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

pub type FileBody = StreamBody<Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send + Sync>>>;

const PIECE: usize = 256 << 10;

/// The file in pieces, and its length.
pub async fn open(path: &Path) -> io::Result<(FileBody, u64)> {
    let file = File::open(path).await?;
    let length = file.metadata().await?.len();
    let pieces = try_unfold(file, |mut file| async move {
        let mut piece = BytesMut::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await?;
        Ok((read > 0).then(|| (Frame::data(piece.freeze()), file)))
    });
    Ok((StreamBody::new(Box::pin(pieces)), length))
}
