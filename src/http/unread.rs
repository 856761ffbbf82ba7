//! What a handler left of a request's body.
//!
//! An answer may stand before the body is read: who is not let in is told so at once. An HTTP/1 connection whose request was not
//! read to its end cannot take the next one, and hyper closes it without a word in the answer: a client that keeps its
//! connections would then lose its next request. So a short rest is read and dropped, and before a long one the answer says
//! that the connection ends (RFC 9112, section 9.6).

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio_stream::{Stream, StreamExt};

/// The longest rest that is read, in bytes.
const LONGEST_BYTES: usize = 64 * 1024;
/// How long a rest may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(1);

/// A body that its handler and this module both hold.
#[derive(Clone)]
struct Shared(Arc<Mutex<BodyDataStream>>);

impl Stream for Shared {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *stream).poll_next(context)
    }
}

/// Stands in the extensions of an answer whose handler goes on to read the request while the answer is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadsOn;

/// Lets the request pass, then sees to what is left of its body.
pub(super) async fn finish(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let awaits_leave = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let mut rest = Shared(Arc::new(Mutex::new(body.into_data_stream())));
    let request = Request::from_parts(parts, Body::from_stream(rest.clone()));
    let mut response = next.run(request).await;
    if response.extensions().get::<ReadsOn>().is_some() {
        return response;
    }
    // who waits for leave to send a body has not sent it, and should not
    let ended = !awaits_leave && tokio::time::timeout(ARRIVAL, drop_rest(&mut rest)).await.unwrap_or(false);
    if !ended {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether the body was read to its end.
async fn drop_rest(rest: &mut Shared) -> bool {
    let mut left_bytes = LONGEST_BYTES;
    while let Some(piece) = rest.next().await {
        match piece {
            Ok(piece) if piece.len() <= left_bytes => left_bytes -= piece.len(),
            _ => return false,
        }
    }
    true
}
