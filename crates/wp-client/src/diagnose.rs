//! Diagnosis of a site that does not work as expected.

mod remedy;
mod report;

use std::fmt::Display;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use http::header::{AGE, AUTHORIZATION, DATE, SERVER, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, Request, StatusCode};
use serde::Deserialize;
use serde::de::IgnoredAny;
use wp_auth::{ApiKey, AuthError, AuthErrorKind, CredentialPolicy, Identity, SchemeKind, Token, proof};
use wp_core::discovery::directory;
use wp_core::extensions::SameOrigin;
use wp_core::models::{SiteInfo, User};
use wp_core::response::{Json, Refusal, Unexpected, UnexpectedKind};
use wp_core::{
    ApiError, Body, ErrorCode, ErrorOrigin, Query, RequestError, Rooted as _, Route, TransportError,
    TransportErrorKind, http_date, show,
};

pub use report::{Cause, Check, Report, Step, Verdict};

use crate::error::hint;
use crate::{Client, DiscoveryBuilder, DiscoveryErrorKind, ErrorKind};
use remedy::Server;

/// The difference of two clocks from which on the report warns.
const SKEW: Duration = Duration::from_secs(120);

/// The size limit of `Check::found` in bytes.
const MAX_FOUND_BYTES: usize = 1024;

const INDEX: &str = "name,description,url,home,gmt_offset,timezone_string,namespaces,authentication";

impl Client {
    /// Checks the site with this client, and reports what is wrong and a tested remedy: whether the site is reachable
    /// and has an API, whether the sign-in works, whether the credential reaches WordPress, and what the user may do.
    ///
    /// It sends at most a dozen requests, signs in only if the client would, and changes nothing on the site. Some
    /// plugins (miniOrange) count refused and missing tokens as failed sign-ins. A run on a healthy site adds nothing
    /// to that count: only the request for the index is anonymous, and no request carries another credential than the
    /// client's.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) {
    /// let report = wp.diagnose().await;
    /// println!("{report}");
    /// if let Some(cause) = report.cause() {
    ///     println!("the reason: {cause}");
    /// }
    /// # }
    /// ```
    pub async fn diagnose(&self) -> Report {
        Examination::new(self, None).run().await
    }

    /// Runs [`diagnose`](Self::diagnose) with a second credential for comparison. If one scheme reaches WordPress and
    /// the other does not, the report can say where on the server it is lost. An application password is the best
    /// choice.
    pub async fn diagnose_against(&self, other: impl Into<Identity>) -> Report {
        Examination::new(self, Some(other.into())).run().await
    }
}

struct Examination<'c> {
    client: &'c Client,
    other: Option<Identity>,
    checks: Vec<Check>,
    /// The last `Server` header.
    server: String,
    /// The index; `None` if the API is closed.
    site: Option<SiteInfo>,
    /// The error of the plugin that closes the API.
    closed: Option<ApiError>,
}

/// A response, read to its end.
struct Seen {
    status: StatusCode,
    headers: HeaderMap,
    auth_kind: Option<AuthErrorKind>,
    response: Result<Json, Refusal>,
}

/// `Err` ends the examination.
type Outcome<T> = Result<T, Cause>;

impl<'c> Examination<'c> {
    fn new(client: &'c Client, other: Option<Identity>) -> Self {
        Self { client, other, checks: Vec::new(), server: String::new(), site: None, closed: None }
    }

    async fn run(mut self) -> Report {
        // Steps after a failed one are listed as skipped.
        let _ = self.examine().await;
        for step in [
            Step::Api,
            Step::Query,
            Step::Address,
            Step::Clock,
            Step::SignIn,
            Step::Proof,
            Step::Cache,
            Step::Rights,
        ] {
            if self.checks.iter().all(|check| check.step != step) {
                self.note(step, Verdict::Skipped, "not looked at");
            }
        }
        self.checks.sort_by_key(|check| check.step);
        Report { checks: self.checks }
    }

    async fn examine(&mut self) -> Outcome<()> {
        let index = self.index().await?;
        self.query(&index);
        self.address();
        self.clock(&index);
        let (identity, token) = self.sign_in().await?;
        let user = self.proof(&identity, &token).await?;
        self.cache(&identity, &user).await?;
        self.rights(&user);
        Ok(())
    }

    /// Checks whether the API responds.
    async fn index(&mut self) -> Outcome<Seen> {
        let seen = match self
            .ask(Method::GET, "/", &[("_fields", INDEX)], Some(CredentialPolicy::Anonymous))
            .await
        {
            Ok(seen) => seen,
            Err(error) => return Err(self.no_response(Step::Api, &error)),
        };
        let root = self.client.site().root().to_string();
        match &seen.response {
            Ok(json) => {
                let Ok(site) = json.decode::<SiteInfo>() else {
                    return Err(self.fail(
                        Step::Api,
                        Cause::NoApi,
                        format!("{root} responds with other JSON than an index"),
                    ));
                };
                let found =
                    format!("{root} is the API of {:?}, with {}", site.name, site.namespaces.join(", "));
                self.site = Some(site);
                if json.salvaged().is_some() {
                    self.warn(Step::Api, Cause::Noise, format!("{found}; there is noise around the JSON"));
                } else {
                    self.good(Step::Api, found);
                }
            }
            Err(Refusal::Api(error))
                if error.status().is_server_error() || error.status() == StatusCode::TOO_MANY_REQUESTS =>
            {
                let (cause, words) = (of_api(error.status()), format!("{root}: {error}"));
                return Err(self.fail(Step::Api, cause, words));
            }
            Err(Refusal::Api(error)) if error.origin() != ErrorOrigin::WordPress => {
                let words = format!("{root} responds with {error}, which does not come from WordPress");
                return Err(self.fail(Step::Api, of_other(error.status()), words));
            }
            Err(Refusal::Api(error)) => {
                let known = CLOSING.iter().find(|row| row.0 == error.code().as_str());
                match known {
                    Some((_, plugin)) => {
                        self.good(
                            Step::Api,
                            format!("{root} is an API that {plugin} closes to anonymous requests"),
                        );
                    }
                    None => {
                        self.warn(
                            Step::Api,
                            Cause::Closed,
                            format!("{root} responds to anonymous requests: {error}"),
                        );
                    }
                }
                self.closed = Some(error.clone());
            }
            Err(Refusal::Unexpected(response)) => {
                let response = (**response).clone();
                return Err(self.no_api(&seen, &response).await);
            }
            Err(_) => return Err(self.fail(Step::Api, Cause::Other, format!("{root}: {}", seen.status))),
        }
        Ok(seen)
    }

    /// Finds the cause if the response did not come from the API. WordPress's own 401 is JSON and has no challenge.
    async fn no_api(&mut self, seen: &Seen, response: &Unexpected) -> Cause {
        let words = format!("{} responds with {response}", self.client.site().root());
        let cause = of_response(response);
        let challenge = seen.headers.get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
        if let (Cause::HostPassword, Some(challenge)) = (cause, challenge) {
            return self.fail(Step::Api, cause, format!("{words}; the host asks for {challenge}"));
        }
        if cause != Cause::NoApi || !MAY_BE_ELSEWHERE.contains(&response.kind()) {
            return self.fail(Step::Api, cause, words);
        }
        // A page responded: the API may be at another address.
        let site = self.client.site();
        let home = format!("{}{}", site.root().origin(), site.root().base());
        match DiscoveryBuilder::reached(&home, self.client.access().clone()).find().await {
            Ok(found) => {
                let root = found.root().to_string();
                self.fail(Step::Api, Cause::OtherRoot, format!("{words}; the API is at {root}"));
                let remedy =
                    format!("build the client with `api_root(\"{root}\")`, or by `Client::discover`");
                self.advise(Some(remedy));
                Cause::OtherRoot
            }
            Err(error) => {
                if let ErrorKind::Discovery(error) = error.kind()
                    && let DiscoveryErrorKind::OtherSite { home } = error.kind()
                {
                    let words = format!("{words}; what responds there is {home}");
                    return self.fail(Step::Api, Cause::OtherSite, words);
                }
                self.fail(Step::Api, Cause::NoApi, words)
            }
        }
    }

    /// Checks whether the query arrives: the index was requested with a list of fields.
    fn query(&mut self, index: &Seen) {
        #[derive(Deserialize)]
        struct NotAskedFor {
            routes: Option<IgnoredAny>,
        }
        match index.response.as_ref().map(Json::decode::<NotAskedFor>) {
            Err(_) => self.note(Step::Query, Verdict::Skipped, "a closed API does not show what arrives"),
            Ok(Ok(NotAskedFor { routes: Some(_) })) => {
                let found = "the index has fields that were not asked for";
                self.warn(Step::Query, Cause::QueryIgnored, found);
            }
            Ok(_) => self.good(Step::Query, "the query of a request arrives"),
        }
    }

    /// Checks whether the site reports the address at which it was found.
    fn address(&mut self) {
        let Some(site) = &self.site else {
            return self.note(
                Step::Address,
                Verdict::Skipped,
                "a closed API does not say what the site's address is",
            );
        };
        let root = self.client.site().root();
        let (origin, home) = (root.origin(), site.home.clone());
        let bare = |url: &str| url.split_once("://").map_or(url, |(_, rest)| rest).to_owned();
        let host = |url: &str| bare(url).split('/').next().unwrap_or_default().to_ascii_lowercase();
        let same_place = host(&origin) == host(&home)
            && directory(&home) == directory(&format!("{origin}{}", root.base()));
        let same_scheme = origin.split("://").next() == home.split("://").next();
        match (same_place, same_scheme) {
            (true, true) => self.good(Step::Address, format!("the site reports its address as {home}")),
            (true, false) => {
                self.warn(
                    Step::Address,
                    Cause::OtherScheme,
                    format!("the site reports its address as {home}"),
                );
            }
            (false, _) => {
                self.warn(
                    Step::Address,
                    Cause::OtherSite,
                    format!("the site that responds reports its address as {home}"),
                );
            }
        }
    }

    fn clock(&mut self, index: &Seen) {
        let here = self.client.site().clock().now();
        let there = index.headers.get(DATE).and_then(|date| http_date(date.to_str().ok()?, here));
        let Some(there) = there else {
            return self.note(Step::Clock, Verdict::Skipped, "the server does not say what time it is");
        };
        let (apart, ahead) = match there.duration_since(here) {
            Ok(apart) => (apart, "ahead"),
            Err(error) => (error.duration(), "behind"),
        };
        let words = format!("the server's clock is {} s {ahead}", apart.as_secs());
        if apart > SKEW { self.warn(Step::Clock, Cause::Clock, words) } else { self.good(Step::Clock, words) }
    }

    /// Checks whether a credential can be obtained.
    async fn sign_in(&mut self) -> Outcome<(Identity, Arc<Token>)> {
        let Some(identity) = self.client.maybe_identity().cloned() else {
            return Err(self.fail(Step::SignIn, Cause::NoIdentity, "the client has no credential"));
        };
        match identity.token(self.client.site()).await {
            Ok(token) => {
                let until = token.expires_at().map_or_else(String::new, |end| {
                    let left = end.duration_since(self.client.site().clock().now()).unwrap_or_default();
                    format!(", for {} s", left.as_secs())
                });
                self.good(Step::SignIn, format!("{} has a credential{until}", identity.scheme().name()));
                Ok((identity, token))
            }
            Err(error) => {
                let cause = of_sign_in(&error);
                self.fail(Step::SignIn, cause, format!("{}: {error}", identity.scheme().name()));
                if cause == Cause::Misconfigured {
                    let known = error.api_error().and_then(hint::of_code);
                    self.advise(known.or_else(|| hint::of_sign_in(&error)));
                }
                Err(cause)
            }
        }
    }

    /// Checks whether the site knows the user.
    async fn proof(&mut self, identity: &Identity, token: &Token) -> Outcome<User> {
        let seen = match self.me(None).await {
            Ok(seen) => seen,
            Err(error) => return Err(self.no_response(Step::Proof, &error)),
        };
        let error = match &seen.response {
            Ok(json) => {
                return match proof::user(json, Some(token)).map(|_| json.decode::<User>()) {
                    Ok(Ok(user)) => {
                        self.good(Step::Proof, format!("the site knows {:?}", user.name));
                        Ok(user)
                    }
                    Ok(Err(error)) => {
                        Err(self.fail(Step::Proof, Cause::Other, format!("{}: {error}", proof::ME)))
                    }
                    Err(error) => Err(self.fail(Step::Proof, Cause::Unproven, error)),
                };
            }
            Err(Refusal::Api(error)) => error.clone(),
            Err(other) => {
                let cause = match other {
                    Refusal::Unexpected(response) => of_response(response),
                    _ => Cause::Other,
                };
                return Err(self.fail(Step::Proof, cause, format!("{}: {other}", proof::ME)));
            }
        };
        let is_stranger = *error.code() == ErrorCode::NOT_LOGGED_IN;
        let cause = match seen.auth_kind {
            // That the header was lost is only a guess: core treats the request as anonymous, and no plugin says why.
            Some(AuthErrorKind::HeaderLost) if is_stranger => {
                self.stranger(identity, token, Cause::HeaderLost).await
            }
            Some(kind) => of_kind(kind),
            None if error.status() == StatusCode::UNAUTHORIZED => {
                self.stranger(identity, token, Cause::NotSeen).await
            }
            None => of_api(error.status()),
        };
        let cause = if cause == Cause::HeaderLost { self.where_lost(identity).await } else { cause };
        self.fail(Step::Proof, cause, format!("{}: {error}", proof::ME));
        if matches!(cause, Cause::Misconfigured | Cause::WrongCredentials) {
            self.advise(hint::of_code(&error));
        }
        Err(cause)
    }

    /// The cause if the site treats the request as anonymous and does not say why. `unless_told`: the cause if nothing
    /// more can be found out.
    async fn stranger(&mut self, identity: &Identity, token: &Token, unless_told: Cause) -> Cause {
        // Where the plugin can be asked, it knows.
        match identity.validate(self.client.site(), token).await {
            Ok(()) if self.has_user(token).await => return Cause::TokenIgnored,
            Ok(()) => return Cause::UserGone,
            Err(error) if error.kind() != AuthErrorKind::Unsupported => return of_kind(error.kind()),
            Err(_) => {}
        }
        let kind = identity.scheme().kind();
        if kind == SchemeKind::Key && self.closed.is_some() {
            return Cause::KeyWithoutUser;
        }
        if let Some(site) = &self.site {
            if kind == SchemeKind::ApplicationPassword && site.application_passwords().is_none() {
                return Cause::ApplicationPasswordsOff;
            }
            if site.has_namespace("jwt-auth/v1") {
                return self.header_as_seen_by_jwt_auth(token).await;
            }
        }
        // If another credential of the same scheme is accepted, the header arrives, so this credential is wrong.
        let other = self.other.clone().filter(|other| other.scheme() == identity.scheme());
        if let Some(other) = other
            && self.me(Some(CredentialPolicy::Of(other))).await.is_ok_and(|seen| seen.response.is_ok())
        {
            return Cause::WrongCredentials;
        }
        unless_told
    }

    /// Whether the site has the user of a token, as an anonymous request can see.
    async fn has_user(&mut self, token: &Token) -> bool {
        let Some(id) = token.profile().and_then(|profile| profile.id) else { return false };
        let route = format!("{}/{id}", User::ROUTE);
        let seen =
            self.ask(Method::GET, &route, &[("_fields", "id")], Some(CredentialPolicy::Anonymous)).await;
        seen.is_ok_and(|seen| match &seen.response {
            Ok(_) => true,
            // WordPress hides a user without posts from anonymous requests.
            Err(Refusal::Api(error)) => error.code().as_str() == "rest_user_cannot_view",
            Err(_) => false,
        })
    }

    /// Asks the token plugins at `/jwt-auth/v1` about the header: whether it arrives, whatever is in it. They count no
    /// refused token as a failed sign-in (read in their sources).
    async fn header_as_seen_by_jwt_auth(&mut self, token: &Token) -> Cause {
        let header = token.credential().headers().next().map_or(AUTHORIZATION, |(name, _)| name.clone());
        let bogus = CredentialPolicy::Of(ApiKey::header(header.as_str(), "Bearer a.b.c").into());
        let seen = self.ask(Method::POST, "/jwt-auth/v1/token/validate", &[], Some(bogus)).await;
        match seen.map(|seen| seen.auth_kind) {
            Ok(Some(AuthErrorKind::HeaderLost)) => Cause::HeaderLost,
            // Under mod_php, core reads the host's password first.
            Ok(Some(_)) if self.has_host_password() => Cause::NotSeen,
            Ok(Some(_)) => Cause::WrongCredentials,
            _ => Cause::NotSeen,
        }
    }

    /// Compares with another scheme, to find out where the header is lost.
    async fn where_lost(&mut self, identity: &Identity) -> Cause {
        if self.has_host_password() {
            return Cause::HeaderTakenByHost;
        }
        // Do not send the other credential: miniOrange would count it as a failed sign-in.
        let other = self.other.clone().filter(|_| !self.counts_refusals(identity));
        let Some(other) = other else { return Cause::HeaderLost };
        let arrives =
            self.me(Some(CredentialPolicy::Of(other))).await.is_ok_and(|seen| seen.response.is_ok());
        if arrives && reads_one_name(identity) { Cause::HeaderRenamed } else { Cause::HeaderLost }
    }

    /// Does something respond in the site's place? Until here each request was a `POST`, or unlike any other.
    async fn cache(&mut self, identity: &Identity, user: &User) -> Outcome<()> {
        /// The URL with a trailing slash is used by no other client, so an anonymous response that a cache stores there
        /// does no harm.
        const SPARE: &str = "/wp/v2/users/me/";
        let as_user = [(proof::ME, false), (SPARE, false), (SPARE, false)];
        let with_strangers = [(proof::ME, false), (SPARE, true), (SPARE, false), (SPARE, true)];
        let counts_refusals = self.counts_refusals(identity);
        for (route, stranger) in if counts_refusals { &as_user[..] } else { &with_strangers } {
            let who = stranger.then_some(CredentialPolicy::Anonymous);
            let seen = match self.ask(Method::GET, route, &[], who).await {
                Ok(seen) => seen,
                Err(error) => return Err(self.no_response(Step::Cache, &error)),
            };
            let me = seen.response.as_ref().ok().and_then(|json| json.decode::<User>().ok());
            let cache = named_cache(&seen.headers);
            let words = match me {
                Some(_) if *stranger => "a stranger gets the response that is the user's",
                // Whether it tells users apart cannot be tried out.
                Some(_) if counts_refusals && is_hit(&seen.headers) => {
                    "a cache serves /wp/v2/users/me, which WordPress forbids"
                }
                Some(me) if me.id == user.id => continue,
                None if *stranger => continue,
                None if *route == SPARE && seen.status == StatusCode::NOT_FOUND => break,
                _ => "without a query of its own, /wp/v2/users/me is served as for another user",
            };
            let cache = cache.map(|cache| format!(" ({cache})")).unwrap_or_default();
            return Err(self.fail(Step::Cache, Cause::Cache, format!("{words}{cache}")));
        }
        self.good(Step::Cache, "no cache on the way, or one that distinguishes users");
        Ok(())
    }

    /// Whether the site counts requests with a bad credential, or without one, as failed sign-ins.
    fn counts_refusals(&self, identity: &Identity) -> bool {
        let scheme = identity.scheme();
        let closed = self.closed.as_ref().map(|error| error.code().as_str());
        // A JWT that was given is one of miniOrange's only where that closes the API.
        (scheme.locks_after_refusals() && (scheme.kind() != SchemeKind::Key || self.site.is_none()))
            || CLOSING.iter().any(|(code, plugin)| *plugin == MINI_ORANGE && closed == Some(*code))
    }

    /// Checks what the user may do, from the response to the proof.
    fn rights(&mut self, user: &User) {
        let Some(roles) = &user.roles else {
            return self.note(Step::Rights, Verdict::Skipped, "the site does not say what the user may do");
        };
        let roles = roles.join(", ");
        let may = |capability: &str| user.capabilities.get(capability) == Some(&true);
        match (may("publish_posts"), may("edit_posts")) {
            (true, _) => self.good(Step::Rights, format!("{roles}: may publish")),
            (_, true) => self.good(Step::Rights, format!("{roles}: may write, and not publish")),
            _ if roles.is_empty() => {
                self.warn(Step::Rights, Cause::FewRights, "no role on this site: may read what is public");
            }
            _ => self.warn(Step::Rights, Cause::FewRights, format!("{roles}: may not write")),
        }
    }

    /// Requests the user with their capabilities. No cache can serve this request.
    async fn me(&mut self, credentials: Option<CredentialPolicy>) -> Result<Seen, TransportError> {
        let mut query = Query::new();
        query.push("context", "edit").map_err(broken)?;
        let request = proof::request(self.client.site(), &Method::GET, proof::ME, query).map_err(broken)?;
        self.send(request, credentials).await
    }

    async fn ask(
        &mut self,
        method: Method,
        route: &str,
        query: &[(&str, &str)],
        credentials: Option<CredentialPolicy>,
    ) -> Result<Seen, TransportError> {
        let mut parameters = Query::new();
        for (name, value) in query {
            parameters.push(name, value).map_err(broken)?;
        }
        let route = Route::new(route).map_err(broken)?;
        let request =
            self.client.site().request(method, &route, &parameters, Body::empty()).map_err(broken)?;
        self.send(request, credentials).await
    }

    async fn send(
        &mut self,
        mut request: Request<Body>,
        credentials: Option<CredentialPolicy>,
    ) -> Result<Seen, TransportError> {
        if let Some(credentials) = credentials {
            request.extensions_mut().insert(credentials);
        }
        // A redirect to another origin is reported and not followed.
        request.extensions_mut().insert(SameOrigin);
        let (head, response) = self.client.read_response(request).await?;
        if let Some(server) = head.headers.get(SERVER).and_then(|value| value.to_str().ok()) {
            server.clone_into(&mut self.server);
        }
        let auth_kind = head.extensions.get().copied();
        Ok(Seen { status: head.status, headers: head.headers, auth_kind, response })
    }

    /// The cause if there was no response, or no credential for the request.
    fn no_response(&mut self, step: Step, error: &TransportError) -> Cause {
        let auth =
            std::error::Error::source(error).and_then(|source| source.downcast_ref::<AuthError>()).cloned();
        if let Some(error) = auth {
            let taken = error.kind() == AuthErrorKind::Invalid && self.has_host_password();
            let cause = if taken { Cause::HeaderTakenByHost } else { of_sign_in(&error) };
            return self.fail(step, cause, error);
        }
        let cause = match error.kind() {
            TransportErrorKind::Tls | TransportErrorKind::Certificate => Cause::Tls,
            TransportErrorKind::Redirect => Cause::Redirected,
            TransportErrorKind::Credential => Cause::Exposed,
            _ => Cause::Unreachable,
        };
        // The last source is the most specific.
        let source = iter::successors(std::error::Error::source(error), |error| error.source()).last();
        let source = source.map(|source| format!(": {source}")).unwrap_or_default();
        self.fail(step, cause, format!("{}: {error}{source}", self.client.site().root()))
    }

    fn good(&mut self, step: Step, found: impl Display) {
        self.note(step, Verdict::Good, found);
    }

    fn warn(&mut self, step: Step, cause: Cause, found: impl Display) {
        self.note(step, Verdict::Warning(cause), found);
    }

    fn fail(&mut self, step: Step, cause: Cause, found: impl Display) -> Cause {
        self.note(step, Verdict::Failed(cause), found);
        cause
    }

    fn note(&mut self, step: Step, verdict: Verdict, found: impl Display) {
        let reads_one_name = self.client.maybe_identity().is_some_and(reads_one_name);
        let server =
            Server { name: &self.server, reads_one_name, has_host_password: self.has_host_password() };
        let remedy = match verdict {
            Verdict::Warning(cause) | Verdict::Failed(cause) => remedy::remedy(cause, &server),
            Verdict::Good | Verdict::Skipped => None,
        };
        self.checks.push(Check { step, verdict, found: show::to_line(found, MAX_FOUND_BYTES), remedy });
    }

    /// Replaces the remedy of the last check by a better one, if there is one.
    fn advise(&mut self, remedy: Option<impl Into<String>>) {
        if let (Some(check), Some(remedy)) = (self.checks.last_mut(), remedy) {
            check.remedy = Some(remedy.into());
        }
    }

    /// Whether the host's own password uses `Authorization`.
    fn has_host_password(&self) -> bool {
        self.client.site().has_secret(&AUTHORIZATION)
    }
}

fn broken(error: RequestError) -> TransportError {
    TransportError::new(TransportErrorKind::Other).caused_by(error)
}

fn named_cache(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    hit(headers).map(str::to_owned).or_else(|| Some(format!("Age: {}", text(AGE.as_str())?)))
}

/// The headers by which caches show that they responded.
const CACHE_STATUS: &[&str] =
    &["x-cache", "x-cache-status", "x-proxy-cache", "cf-cache-status", "x-litespeed-cache"];

fn hit(headers: &HeaderMap) -> Option<&str> {
    let said = CACHE_STATUS.iter().filter_map(|name| headers.get(*name)?.to_str().ok());
    said.into_iter().find(|said| said.to_ascii_uppercase().contains("HIT"))
}

fn is_hit(headers: &HeaderMap) -> bool {
    hit(headers).is_some()
}

/// The plugins that close the API to anonymous requests, by their error codes.
const CLOSING: &[(&str, &str)] = &[
    ("api_bearer_auth_not_logged_in", "API Bearer Auth"),
    ("Restricted", MINI_ORANGE),
    ("UNAUTHORIZED", MINI_ORANGE),
    ("MISSING_AUTHORIZATION_HEADER", MINI_ORANGE),
];

const MINI_ORANGE: &str = "WP REST API Authentication (miniOrange)";

/// These do not look for the header under the name that a rewriting server gives it.
fn reads_one_name(identity: &Identity) -> bool {
    identity.scheme().reads_one_header()
}

fn of_sign_in(error: &AuthError) -> Cause {
    let code = error.api_error().map(|api| api.code().as_str());
    if let Some(response) = error.unexpected() {
        return of_response(response);
    }
    match (error.kind(), code) {
        (AuthErrorKind::Misconfigured, Some("api_bearer_auth_not_logged_in")) => Cause::ClosedLogin,
        // WordPress core tried the host's own password as an application password.
        (AuthErrorKind::Misconfigured, Some("invalid_username" | "incorrect_password")) => {
            Cause::HeaderTakenByHost
        }
        (AuthErrorKind::Refused, _) => error.api_error().map_or(Cause::Other, |api| of_api(api.status())),
        (kind, _) => of_kind(kind),
    }
}

/// The cause for a response that did not come from the API, by its kind or else by its status.
fn of_response(response: &Unexpected) -> Cause {
    match (response.kind(), response.status().as_u16()) {
        (UnexpectedKind::NotInstalled, _) => Cause::NotInstalled,
        (UnexpectedKind::WpDie, _) => Cause::Closed,
        (UnexpectedKind::HostPassword, _) | (_, 401) => Cause::HostPassword,
        (UnexpectedKind::RateLimit, _) | (_, 429) => Cause::RateLimited,
        (UnexpectedKind::SlowRequest, _) | (_, 403) => Cause::Firewall,
        (kind, _) if kind.is_refusal() => Cause::Firewall,
        (UnexpectedKind::Maintenance, _) | (_, 503) => Cause::Unavailable,
        (
            UnexpectedKind::Database
            | UnexpectedKind::OutOfMemory
            | UnexpectedKind::OutOfTime
            | UnexpectedKind::ServerError
            | UnexpectedKind::PhpSource,
            _,
        )
        | (_, 500..) => Cause::ServerError,
        _ => Cause::NoApi,
    }
}

/// The cause for a JSON error that WordPress did not send.
fn of_other(status: StatusCode) -> Cause {
    match status.as_u16() {
        401 => Cause::HostPassword,
        403 => Cause::Firewall,
        404 => Cause::NoApi,
        _ => of_api(status),
    }
}

/// The kinds of response after which the API is searched at another address.
const MAY_BE_ELSEWHERE: &[UnexpectedKind] =
    &[UnexpectedKind::SitePage, UnexpectedKind::LoginPage, UnexpectedKind::Page, UnexpectedKind::Empty];

/// The cause for a WordPress error that is not about the credential: maintenance and fatal errors are JSON too.
fn of_api(status: StatusCode) -> Cause {
    match status.as_u16() {
        429 => Cause::RateLimited,
        503 => Cause::Unavailable,
        500.. => Cause::ServerError,
        _ => Cause::Other,
    }
}

fn of_kind(kind: AuthErrorKind) -> Cause {
    match kind {
        AuthErrorKind::WrongCredentials => Cause::WrongCredentials,
        AuthErrorKind::Misconfigured => Cause::Misconfigured,
        AuthErrorKind::NotOffered => Cause::NotOffered,
        AuthErrorKind::Expired | AuthErrorKind::TokenRefused => Cause::TokenRefused,
        AuthErrorKind::WrongSite => Cause::TokenForOtherSite,
        AuthErrorKind::LockedOut => Cause::LockedOut,
        AuthErrorKind::RateLimited => Cause::RateLimited,
        AuthErrorKind::SecondFactorRequired => Cause::SecondFactor,
        AuthErrorKind::CaptchaRequired => Cause::Captcha,
        AuthErrorKind::Unproven => Cause::Unproven,
        AuthErrorKind::HeaderLost | AuthErrorKind::Unrecognized => Cause::HeaderLost,
        AuthErrorKind::SignInRequired => Cause::SignInRequired,
        AuthErrorKind::Unreachable => Cause::Unreachable,
        _ => Cause::Other,
    }
}
