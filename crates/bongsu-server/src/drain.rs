//! The rest of a body that nobody wants.
//!
//! A request that is refused before its body was read leaves a client in the middle of sending. When the connection
//! closes then, the client sees it break and never reads why. So what is left of the body is read and thrown away, within
//! bounds, before the answer goes out; the connection can be used for the next request then.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::http::header;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::sync::oneshot;

/// How long the rest of a body may take.
const LONGEST: Duration = Duration::from_secs(10);

/// A body on loan: whoever drops it before its end gives it back.
struct Lent {
    parts: Option<BodyDataStream>,
    back: Option<oneshot::Sender<BodyDataStream>>,
    asked: bool,
    /// The client sends its body only when it is asked for.
    waits: bool,
}

impl Stream for Lent {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.asked = true;
        let Some(parts) = &mut self.parts else { return Poll::Ready(None) };
        let part = parts.poll_next_unpin(cx);
        if let Poll::Ready(None | Some(Err(_))) = part {
            self.parts = None;
        }
        part
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // To read a body that is waited for would make the client send what nobody wants.
        if self.waits && !self.asked {
            return;
        }
        if let (Some(parts), Some(back)) = (self.parts.take(), self.back.take()) {
            // Nobody wants it back: the request is over.
            let _ = back.send(parts);
        }
    }
}

/// What was lent of a request's body, once it is given back.
#[derive(Debug)]
pub(crate) struct Rest(oneshot::Receiver<BodyDataStream>);

/// The request with its body on loan.
pub(crate) fn lend(request: Request) -> (Request, Rest) {
    let (head, body) = request.into_parts();
    let (back, rest) = oneshot::channel();
    let waits = head.headers.contains_key(header::EXPECT);
    let lent = Lent { parts: Some(body.into_data_stream()), back: Some(back), asked: false, waits };
    (Request::from_parts(head, Body::from_stream(lent)), Rest(rest))
}

impl Rest {
    /// Reads what is left of the body, `most` bytes of it.
    pub(crate) async fn drain(mut self, most: usize) {
        let Ok(mut parts) = self.0.try_recv() else { return };
        let reading = async {
            let mut bytes = 0;
            while let Some(Ok(part)) = parts.next().await {
                bytes += part.len();
                if bytes > most {
                    break;
                }
            }
        };
        // What does not come in time is the client's loss.
        let _ = tokio::time::timeout(LONGEST, reading).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A request whose body counts the parts that were read of it.
    fn request(parts: usize, expect: bool) -> (Request, Arc<AtomicUsize>) {
        let read = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&read);
        let parts = futures::stream::iter(0..parts).map(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from_static(b"0123456789"))
        });
        let mut request = Request::new(Body::from_stream(parts));
        if expect {
            request.headers_mut().insert(header::EXPECT, header::HeaderValue::from_static("100-continue"));
        }
        (request, read)
    }

    #[tokio::test]
    async fn the_rest_is_read_within_bounds() {
        for (begun, expect, most, wanted) in
            [(0, false, 1_000, 5), (2, false, 1_000, 5), (0, false, 15, 2), (0, true, 1_000, 0), (1, true, 1_000, 5)]
        {
            let (request, read) = request(5, expect);
            let (request, rest) = lend(request);
            let mut parts = request.into_body().into_data_stream();
            for _ in 0..begun {
                parts.next().await.unwrap().unwrap();
            }
            drop(parts);
            rest.drain(most).await;
            assert_eq!(read.load(Ordering::Relaxed), wanted, "{begun} {expect} {most}");
        }
    }

    #[tokio::test]
    async fn a_body_that_is_still_in_use_is_left_alone() {
        let (request, read) = request(5, false);
        let (_used, rest) = lend(request);
        rest.drain(1_000).await;
        assert_eq!(read.load(Ordering::Relaxed), 0);
    }
}
