//! What comes by the thousand a second: look-ups and tiles, answered before the router where nothing has to be waited for.
//!
//! A request goes to the router, and through all that stands around it, unless it can be answered from what is in memory: a GET
//! without a body, of a caller who is known without asking the store. The guard's rules are the same, and so are the answer
//! and the figures; only what no such answer needs is left out: compressing less than a packet, a limit of time.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::Router;
use axum::body::HttpBody;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::future::RouteFuture;
use axum::serve::{IncomingStream, TapIo};
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;

use crate::app::access::Caller;
use crate::app::serve::{App, TileLayer};

use super::guard::Guard;
use super::locate::{Asked, tagged_body};
use super::observe::{Meter, REQUEST_ID, request_id};
use super::params::Params;
use super::tiles;

/// The socket as it is listened on.
type Socket = TapIo<TcpListener, fn(&mut TcpStream)>;

/// Routes and the guard before them.
#[derive(Clone)]
pub(super) struct Front {
    app: Arc<App>,
    guard: Arc<Guard>,
    router: Router,
    locate: Arc<Meter>,
    tile: Arc<Meter>,
}

/// [`Front`] for one connection.
#[derive(Clone)]
pub(super) struct Door {
    front: Front,
    peer: SocketAddr,
}

impl Front {
    pub fn new(app: Arc<App>, guard: Arc<Guard>, router: Router) -> Self {
        Self {
            app,
            guard,
            router,
            locate: Arc::new(Meter::new("GET", "/v1/locate")),
            tile: Arc::new(Meter::new("GET", "/tiles/{layer}/{z}/{x}/{y}")),
        }
    }
}

impl Service<IncomingStream<'_, Socket>> for Front {
    type Response = Door;
    type Error = Infallible;
    type Future = Ready<Result<Door, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, Socket>) -> Self::Future {
        ready(Ok(Door { front: self.clone(), peer: *stream.remote_addr() }))
    }
}

/// An answer that stands, or one that the router works on.
pub(super) enum Answer {
    Stands(Option<Response>),
    Routed(Pin<Box<RouteFuture<Infallible>>>),
}

impl Future for Answer {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Stands(response) => {
                Poll::Ready(Ok(response.take().unwrap_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())))
            }
            Self::Routed(routed) => routed.as_mut().poll(context),
        }
    }
}

impl Service<Request> for Door {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Answer {
        if let Some(response) = self.at_once(&request) {
            return Answer::Stands(Some(response));
        }
        request.extensions_mut().insert(ConnectInfo(self.peer));
        Answer::Routed(Box::pin(self.front.router.call(request)))
    }
}

impl Door {
    /// The answer, where it takes no waiting. `None` has changed and counted nothing.
    fn at_once(&self, request: &Request) -> Option<Response> {
        if *request.method() != Method::GET || !request.body().is_end_stream() {
            return None;
        }
        match request.uri().path() {
            "/v1/locate" => self.locate(request),
            path if path.starts_with("/tiles/") => self.tile(request),
            _ => None,
        }
    }

    fn locate(&self, request: &Request) -> Option<Response> {
        let Front { app, guard, locate, .. } = &self.front;
        let started = Instant::now();
        let (caller, client) = guard.at_once(request, self.peer.ip().to_canonical())?;
        // what is wrong with a request is for the router to say
        let params = Params::of(request.uri());
        let asked = Asked::read(&params, app).ok()?;
        let (generation, expires_ms) = app.at_hand(asked.at_ms)?;
        let (body, resolution) = asked.answer(app, &generation, &caller.insight(), guard.echo(), expires_ms).ok()?;
        let response = match guard.admit_once(&caller, client) {
            Ok(()) => {
                locate.found(resolution);
                tagged_body(request.headers(), body)
            }
            Err(problem) => problem.into_response(),
        };
        Some(self.finish(request, response, &caller, locate, started))
    }

    fn tile(&self, request: &Request) -> Option<Response> {
        let Front { app, guard, tile: meter, .. } = &self.front;
        let started = Instant::now();
        let (layer, id) = tiles::place(request.uri().path())?;
        let (caller, client) = guard.at_once(request, self.peer.ip().to_canonical())?;
        // these are not for everybody
        if matches!(layer, TileLayer::Findings | TileLayer::Reports) {
            return None;
        }
        let params = Params::of(request.uri());
        let version = params.optional("v", "").ok()?;
        // drafts are not for everybody either
        if params.optional("plan", "").ok()?.is_some() {
            return None;
        }
        let coding = tiles::coding(request.headers())?;
        let (tile, named) = app.tile_at_once(layer, tiles::detail(&caller), id, coding, version)?;
        let response = match guard.admit_once(&caller, client) {
            Ok(()) => tiles::answer(request.headers(), &tile, named),
            Err(problem) => problem.into_response(),
        };
        Some(self.finish(request, response, &caller, meter, started))
    }

    /// What every answer has, and its place in the figures.
    fn finish(
        &self,
        request: &Request,
        mut response: Response,
        caller: &Caller,
        meter: &Meter,
        started: Instant,
    ) -> Response {
        let id = request_id(request.headers());
        meter.answered(response.status(), started.elapsed(), &id);
        let headers = response.headers_mut();
        self.front.guard.mark(headers, caller);
        headers.insert(REQUEST_ID, id);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}
