//! What stands before every route: who asks, how often, from where, and whether they may.
//!
//! 1. A route and method that `access` does not list is refused, whoever asks.
//! 2. Where nobody signs in, only this machine is let in, under a name of its own: a page of another site that has its name
//!    point here stays a stranger.
//! 3. A request that a browser sends with a cookie and that changes something must come from our own page (Origin,
//!    Sec-Fetch-Site) and bring the session's word (X-CSRF-Token).
//! 4. What proxies say is believed of proxies named in the settings, and taken out of everybody else's requests.
//! 5. An answer that depends on who asks is never kept by a cache that serves others.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::access::{Caller, CallerKind, Signed, fingerprint};
use crate::app::serve::App;

use super::access::{self, Asker, Who};
use super::error::Problem;
use super::limits::{Limits, Rates};
use super::observe::REQUEST_ID;
use super::peers::Proxies;
use super::uploads::LargestUpload;

/// The longest address of a request, in bytes.
const URI_BYTES: usize = 8 * 1024;
/// All headers of a request together, in bytes.
const HEADER_BYTES: usize = 32 * 1024;
/// What answers depend on.
const VARY: &str = "cookie, authorization";

/// How the interface is served.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Proxies whose word is taken.
    pub proxies: Proxies,
    /// How often may be asked.
    pub rates: Rates,
    /// The largest file that is taken.
    pub largest_upload: LargestUpload,
    /// What is said back of a point.
    pub echo: Echo,
}

/// What an answer says of a point that was given in another datum than its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Echo {
    /// As it was given: an office may be forbidden to convert.
    #[default]
    AsGiven,
    /// That, and where it lies in WGS 84.
    Wgs84,
}

/// The guard of a running service.
pub(super) struct Guard {
    app: Arc<App>,
    proxies: Proxies,
    limits: Limits,
    /// Only this machine reaches the socket.
    loopback: bool,
    largest_upload: LargestUpload,
    echo: Echo,
}

/// From where a request comes, for a handler that has to know.
#[derive(Clone)]
pub(super) struct Visit {
    guard: Arc<Guard>,
    client: IpAddr,
}

impl Visit {
    /// Counts a sign-in.
    pub fn sign_in(&self, login: &str) -> Result<(), Problem> {
        self.guard.limits.sign_in(self.client, login)
    }

    /// What the cookie of a session is called, and what stands behind its value.
    pub fn cookie(&self) -> (&'static str, &'static str) {
        self.guard.cookie()
    }

    /// The largest file that is taken.
    pub fn largest_upload_bytes(&self) -> u64 {
        self.guard.largest_upload.0
    }

    /// What is said back of a point.
    pub fn echo(&self) -> Echo {
        self.guard.echo
    }

    /// The token in the cookie of this request.
    pub fn token<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        token(headers, self.guard.cookie().0)
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unguarded)
    }
}

/// The id of a request, for the audit log.
pub(super) struct RequestId(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self(parts.headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).map(str::to_owned)))
    }
}

impl Guard {
    pub fn new(app: Arc<App>, settings: Settings, bound: SocketAddr) -> Arc<Self> {
        let limits = Limits::new(settings.rates);
        Arc::new(Self {
            app,
            proxies: settings.proxies,
            limits,
            loopback: bound.ip().is_loopback(),
            largest_upload: settings.largest_upload,
            echo: settings.echo,
        })
    }

    /// `__Host-` keeps the cookie to this host and to TLS (RFC 6265bis §4.1.3.2); a service that this machine alone reaches
    /// without a proxy has no TLS, and calls it otherwise.
    fn cookie(&self) -> (&'static str, &'static str) {
        if self.loopback && self.proxies.blocks.is_empty() {
            ("wangge_session", "; Path=/; HttpOnly; SameSite=Strict")
        } else {
            ("__Host-wangge_session", "; Path=/; Secure; HttpOnly; SameSite=Strict")
        }
    }

    /// Who asks.
    async fn caller(&self, request: &mut Request, peer: IpAddr) -> Result<Caller, Problem> {
        let trusted = self.proxies.trust(peer);
        let user = self.proxies.user(trusted, request.headers_mut());
        let headers = request.headers();
        if !self.app.login_required() {
            return Ok(self.unnamed(request));
        }
        let signed = |signed: Option<Signed>| signed.map(Caller::Signed);
        let mut shown = headers.get_all(header::AUTHORIZATION).iter();
        if let Some(authorization) = shown.next() {
            let words = authorization.to_str().unwrap_or("").split_once(' ');
            let bearer = words.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim());
            let Some(key) = bearer.filter(|_| shown.next().is_none()) else { return Err(Problem::credentials()) };
            return signed(self.app.by_key(key).await?).ok_or_else(Problem::credentials);
        }
        if let Some(login) = user {
            return signed(self.app.by_proxy(&login).await?).ok_or_else(Problem::no_account);
        }
        let Some(token) = token(headers, self.cookie().0) else { return Ok(Caller::Anonymous) };
        // a session that is over is no reason to refuse what everybody may see
        Ok(signed(self.app.by_session(token).await?).unwrap_or(Caller::Anonymous))
    }

    /// Who asks where nobody signs in.
    fn unnamed(&self, request: &Request) -> Caller {
        let headers = request.headers();
        // who came through a proxy is not on this machine
        let direct = self.proxies.blocks.is_empty() && !forwarded(headers);
        let here = self.loopback && direct && names_this_machine(headers, request.uri().host());
        if here { Caller::Local } else { Caller::Anonymous }
    }

    /// Who asks and from where, if that can be said without asking the store and nothing about the request is out of the
    /// ordinary. [`Self::admit_once`] then counts it.
    pub fn at_once(&self, request: &Request, peer: IpAddr) -> Option<(Caller, IpAddr)> {
        let headers = request.headers();
        if refused_size(request).is_some() {
            return None;
        }
        let client = self.proxies.client(peer, headers);
        if !self.app.login_required() {
            return Some((self.unnamed(request), client));
        }
        let named = headers.contains_key(header::AUTHORIZATION)
            || headers.contains_key(header::COOKIE)
            || self.proxies.user_header.as_ref().is_some_and(|header| headers.contains_key(header));
        (!named).then_some((Caller::Anonymous, client))
    }

    /// Counts a request for a route that is for everybody.
    pub fn admit_once(&self, caller: &Caller, client: IpAddr) -> Result<(), Problem> {
        match caller {
            Caller::Anonymous => self.limits.anonymous(client),
            Caller::Local | Caller::Signed(_) => Ok(()),
        }
    }

    /// Says in an answer what it depends on.
    pub fn mark(&self, headers: &mut HeaderMap, caller: &Caller) {
        if self.app.login_required() {
            if matches!(caller, Caller::Signed(_)) {
                keep_private(headers);
            }
            headers.append(header::VARY, HeaderValue::from_static(VARY));
        }
    }

    /// What is said back of a point.
    pub fn echo(&self) -> Echo {
        self.echo
    }

    /// Counts the request of the caller.
    fn count(&self, caller: &Caller, client: IpAddr, method: &Method, route: &str) -> Result<(), Problem> {
        if ["/healthz", "/readyz"].contains(&route) {
            return Ok(());
        }
        match caller {
            Caller::Local => Ok(()),
            Caller::Signed(signed) => self.limits.signed_in(&signed.id),
            Caller::Anonymous => {
                self.limits.anonymous(client)?;
                if *method == Method::POST && route == "/v1/reports" { self.limits.report(client) } else { Ok(()) }
            }
        }
    }

    /// Whether the caller may ask for this.
    fn admit(&self, caller: &Caller, who: Who, peer: IpAddr, headers: &HeaderMap) -> Result<(), Problem> {
        let beside = || peer.is_loopback() && !forwarded(headers);
        if who.admits(caller) || (who == Who::Operator && beside()) {
            return Ok(());
        }
        Err(match caller {
            Caller::Signed(_) | Caller::Local => Problem::forbidden(format!("this is for {}", who.words())),
            Caller::Anonymous if !self.app.login_required() => Problem::elsewhere(),
            Caller::Anonymous => Problem::sign_in(&who.words()),
        })
    }

    async fn pass(self: &Arc<Self>, request: &mut Request, peer: IpAddr) -> Result<Arc<Caller>, Problem> {
        if let Some(problem) = refused_size(request) {
            return Err(problem);
        }
        let client = self.proxies.client(peer, request.headers());
        let caller = match self.caller(request, peer).await {
            Ok(caller) => caller,
            // who tries keys is counted like who has none
            Err(problem) => return Err(self.limits.anonymous(client).err().unwrap_or(problem)),
        };
        let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
        self.count(&caller, client, request.method(), route.as_deref().unwrap_or(""))?;
        if let Some(route) = route {
            let method = request.method().clone();
            let who = access::who(&method, &route).ok_or_else(|| {
                Problem::method(method.as_str(), request.uri().path()).allowing(access::allowed(&route))
            })?;
            self.admit(&caller, who, peer, request.headers())?;
            let sign_in = method == Method::POST && route == "/v1/session";
            same_site(&caller, &method, sign_in, request.headers(), self.proxies.trust(peer))?;
        }
        let caller = Arc::new(caller);
        request.extensions_mut().insert(Asker(Arc::clone(&caller)));
        request.extensions_mut().insert(Visit { guard: Arc::clone(self), client });
        Ok(caller)
    }
}

/// Lets a request through, or says why not.
pub(super) async fn guard(
    State(guard): State<Arc<Guard>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let depends = guard.app.login_required() && (path.starts_with("/v1/") || path.starts_with("/tiles/"));
    let mut response = match guard.pass(&mut request, peer.ip().to_canonical()).await {
        Err(problem) => problem.into_response(),
        Ok(caller) => {
            let mut response = next.run(request).await;
            if depends && matches!(*caller, Caller::Signed(_)) {
                keep_private(response.headers_mut());
            }
            response
        }
    };
    if depends {
        response.headers_mut().append(header::VARY, HeaderValue::from_static(VARY));
    }
    response
}

/// Why a request is too large, if it is.
fn refused_size(request: &Request) -> Option<Problem> {
    let size = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    if size > URI_BYTES {
        return Some(Problem::long_uri(URI_BYTES));
    }
    let size: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    (size > HEADER_BYTES).then(|| Problem::large_headers(HEADER_BYTES))
}

/// Nobody but the caller's own browser may keep the answer.
fn keep_private(headers: &mut HeaderMap) {
    let said = headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
    let private = match said {
        None => "private, no-cache".to_owned(),
        Some(said) => said.replace("public", "private"),
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::try_from(private).expect("made of a header's value"));
}

/// The value of our cookie; nothing when it stands there twice.
fn token<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut own = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    own.next().filter(|_| own.next().is_none())
}

/// Whether a proxy says that it passed the request on.
fn forwarded(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"].iter().any(|name| headers.contains_key(*name))
}

/// Whether the request is for this machine by one of its own names. A request without any name is.
fn names_this_machine(headers: &HeaderMap, in_uri: Option<&str>) -> bool {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok()).or(in_uri).unwrap_or("localhost");
    let bare = match named.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => named.split(':').next().unwrap_or(named),
    };
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Refuses a change that a browser was made to send by another site's page.
fn same_site(
    caller: &Caller,
    method: &Method,
    sign_in: bool,
    headers: &HeaderMap,
    trusted: bool,
) -> Result<(), Problem> {
    let by_key = matches!(caller, Caller::Signed(Signed { by: CallerKind::Key { .. }, .. }));
    if method.is_safe() || by_key {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => {}
        Some(_) => return Err(Problem::cross_site()),
        None => {
            let host = text("x-forwarded-host").filter(|_| trusted).or_else(|| text("host"));
            let origin = text("origin");
            let authority = origin.map(|origin| origin.split_once("://").map_or(origin, |(_, authority)| authority));
            if authority.is_some() && authority != host {
                return Err(Problem::cross_site());
            }
        }
    }
    let wanted = match caller {
        Caller::Signed(Signed { by: CallerKind::Session { csrf, .. }, .. }) if !sign_in => csrf.clone(),
        Caller::Signed(signed) if signed.by == CallerKind::Proxy && !sign_in => proxy_word(signed),
        _ => return Ok(()),
    };
    // hashes are compared, so that the time it takes says nothing of the word
    match text("x-csrf-token") {
        Some(given) if fingerprint(given) == fingerprint(&wanted) => Ok(()),
        _ => Err(Problem::csrf()),
    }
}

/// What a change has to bring along from somebody a proxy signed in. It is no secret: a page of another site cannot set the
/// header at all.
pub(super) fn proxy_word(signed: &Signed) -> String {
    fingerprint(&format!("by proxy: {}", signed.id))
}
