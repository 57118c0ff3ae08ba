//! A council's single sign-on by OpenID Connect: where a browser is sent, and whether what comes back is
//! genuine. The only file that names openidconnect. It knows no person and begins no session.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError,
    Client as OidcClient, ClientId, ClientSecret, CsrfToken, DiscoveryError, EmptyExtraTokenFields, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, StandardErrorResponse,
    StandardTokenResponse, SubjectIdentifier, TokenResponse, UserInfoClaims,
};
use reqwest::{Client, redirect};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::base::clock::Clock;
use crate::base::secret::{Secret, same};
use crate::base::stamp::Stamp;
use crate::base::tls;
use crate::config::{Config, Oidc};
use crate::domain::person::EmailAddress;
use crate::ops::ceremony;
use crate::ops::sign_in_single::Vouched;

/// Where the provider sends browsers back to.
pub const BACK: &str = "sign-in/sso/back";
/// A provider that has not answered by then counts as away.
const PATIENCE: Duration = Duration::from_secs(10);
/// The provider's addresses and keys are asked for again after this, so that keys may change.
const KNOWN_FOR: chrono::Duration = chrono::Duration::minutes(10);
/// No answer of a provider is nearly as large.
const LARGEST_ANSWER: usize = 1 << 20;

/// Why nobody was signed in; the text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The provider does not answer, or answers nonsense.
    Away(String),
    /// What came back does not prove who somebody is.
    Unproven(String),
}

/// What is kept until the browser comes back.
#[derive(Serialize, Deserialize)]
struct Kept {
    nonce: String,
    verifier: String,
    onward: String,
}

/// Where to send a browser, and what to keep.
pub struct Begun {
    pub address: Url,
    pub state: String,
}

/// All other claims, among them the one that names roles.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Further(HashMap<String, Value>);

impl AdditionalClaims for Further {}

type Fields = IdTokenFields<
    Further,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type Provider = OidcClient<
    Further,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// One provider, asked about itself when it is first needed.
pub struct SingleSignOn {
    settings: Oidc,
    redirect: String,
    client: Result<Client, String>,
    known: Mutex<Option<(Stamp, CoreProviderMetadata)>>,
}

impl SingleSignOn {
    /// `None` where the settings name no provider.
    pub fn new(config: &Config) -> Option<Self> {
        tls::choose();
        let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none()).no_proxy().build();
        Some(Self {
            settings: config.oidc.clone()?,
            redirect: config.link(BACK),
            client: client.map_err(|e| causes(&e)),
            known: Mutex::default(),
        })
    }

    /// Whether this is the provider's own name for itself.
    pub fn is(&self, issuer: &str) -> bool {
        self.settings.issuer == issuer
    }

    /// Where to send a browser that holds this state, and wants to go on to there afterwards.
    pub async fn begin(&self, clock: &Clock, state: &Secret, onward: &str) -> Result<Begun, Trouble> {
        let provider = self.provider(clock).await?;
        let kept = Kept {
            nonce: Secret::fresh().reveal().to_owned(),
            verifier: Secret::fresh().reveal().to_owned(),
            onward: onward.to_owned(),
        };
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(kept.verifier.clone()));
        let (state, nonce) = (state.reveal().to_owned(), kept.nonce.clone());
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let mut request = provider.authorize_url(flow, move || CsrfToken::new(state), move || Nonce::new(nonce));
        for scope in self.settings.scopes.split_whitespace().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.to_owned()));
        }
        let (address, _, _) = request.set_pkce_challenge(challenge).url();
        let state = serde_json::to_string(&kept).map_err(|e| Trouble::Unproven(e.to_string()))?;
        Ok(Begun { address, state })
    }

    /// Whom the provider vouches for, by the code that the browser brought and what was kept; and where
    /// they wanted to go.
    pub async fn finish(&self, clock: &Clock, state: &str, code: String) -> Result<(Vouched, String), Trouble> {
        let kept: Kept = serde_json::from_str(state).map_err(|e| Trouble::Unproven(e.to_string()))?;
        let provider = self.provider(clock).await?;
        let tokens = self.exchange(&provider, code, kept.verifier).await?;
        let now = clock.now();
        let proven = match prove(&provider, &tokens, &kept.nonce, now) {
            // Signed with a key that is new since we asked for them.
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                self.forget();
                prove(&self.provider(clock).await?, &tokens, &kept.nonce, now)
            }
            other => other,
        };
        let (subject, mut said) = proven.map_err(|e| Trouble::Unproven(causes(&e)))?;
        let role_claim = self.settings.role_claim.as_deref();
        if said.email.is_none() || role_claim.is_some_and(|name| !said.further.contains_key(name)) {
            said.add(self.user_info(&provider, &tokens, subject.clone()).await?);
        }
        let vouched = Vouched {
            issuer: self.settings.issuer.clone(),
            subject: subject.to_string(),
            email: said.sure_email(self.settings.trust_email),
            grants: self.settings.role_names.grants(&said.roles(role_claim)),
        };
        Ok((vouched, kept.onward))
    }

    async fn exchange(&self, provider: &Provider, code: String, verifier: String) -> Result<Tokens, Trouble> {
        let request = provider.exchange_code(AuthorizationCode::new(code)).map_err(|e| Trouble::Away(causes(&e)))?;
        let http = |request| self.carry(request);
        request.set_pkce_verifier(PkceCodeVerifier::new(verifier)).request_async(&http).await.map_err(|e| match e {
            RequestTokenError::Request(e) => Trouble::Away(causes(&e)),
            RequestTokenError::ServerResponse(answer) => Trouble::Unproven(answer.to_string()),
            other @ (RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => Trouble::Unproven(causes(&other)),
        })
    }

    /// What the provider says on a second question; nothing if it takes none.
    async fn user_info(
        &self,
        provider: &Provider,
        tokens: &Tokens,
        subject: SubjectIdentifier,
    ) -> Result<Said, Trouble> {
        let Ok(request) = provider.user_info(tokens.access_token().clone(), Some(subject)) else {
            return Ok(Said::default());
        };
        let http = |request| self.carry(request);
        let claims: UserInfoClaims<Further, CoreGenderClaim> =
            request.request_async(&http).await.map_err(|e| Trouble::Unproven(causes(&e)))?;
        Ok(Said {
            email: claims.email().map(|email| email.to_string()),
            email_verified: claims.email_verified(),
            further: claims.additional_claims().0.clone(),
        })
    }

    async fn provider(&self, clock: &Clock) -> Result<Provider, Trouble> {
        let metadata = self.metadata(clock.now()).await?;
        let redirect = RedirectUrl::new(self.redirect.clone()).map_err(|e| Trouble::Away(causes(&e)))?;
        let methods = metadata.token_endpoint_auth_methods_supported().cloned().unwrap_or_default();
        let in_body = !methods.is_empty() && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic);
        let secret = ClientSecret::new(self.settings.client_secret.reveal().to_owned());
        let id = ClientId::new(self.settings.client_id.clone());
        let provider = Provider::from_provider_metadata(metadata, id, Some(secret)).set_redirect_uri(redirect);
        Ok(if in_body { provider.set_auth_type(AuthType::RequestBody) } else { provider })
    }

    /// The provider's addresses and keys. What failed is tried again the next time.
    async fn metadata(&self, now: Stamp) -> Result<CoreProviderMetadata, Trouble> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, metadata)) = known.filter(|(at, _)| now.apart(*at) < KNOWN_FOR) {
            return Ok(metadata);
        }
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|e| Trouble::Away(causes(&e)))?;
        let http = |request| self.carry(request);
        let found = CoreProviderMetadata::discover_async(issuer, &http).await.map_err(|e| match e {
            DiscoveryError::Validation(why) => Trouble::Unproven(why),
            other => Trouble::Away(causes(&other)),
        })?;
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, found.clone()));
        Ok(found)
    }

    fn forget(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Carries one request there and its answer back.
    async fn carry(&self, request: HttpRequest) -> Result<HttpResponse, Broken> {
        let client = self.client.as_ref().map_err(|why| Broken(why.clone()))?;
        let (head, body) = request.into_parts();
        let asked = client.request(head.method, head.uri.to_string()).headers(head.headers).body(body);
        let mut answer = asked.send().await.map_err(|e| Broken(causes(&e)))?;
        let mut made = openidconnect::http::Response::builder().status(answer.status());
        if let Some(headers) = made.headers_mut() {
            *headers = answer.headers().clone();
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|e| Broken(causes(&e)))? {
            body.extend_from_slice(&piece);
            if body.len() > LARGEST_ANSWER {
                return Err(Broken("the answer is too large".to_owned()));
            }
        }
        made.body(body).map_err(|e| Broken(causes(&e)))
    }
}

/// Who the tokens say somebody is, if the provider signed it just now, for us, in answer to what we sent.
fn prove(
    provider: &Provider,
    tokens: &Tokens,
    nonce: &str,
    now: Stamp,
) -> Result<(SubjectIdentifier, Said), ClaimsVerificationError> {
    let id = tokens.id_token().ok_or_else(|| ClaimsVerificationError::Other("no ID token came".to_owned()))?;
    let verifier = provider
        .id_token_verifier()
        .set_allowed_algs(SIGNATURES.iter().cloned())
        .set_time_fn(move || now.utc())
        .set_issue_time_verifier_fn(move |at| {
            let off = now.apart(Stamp::new(at));
            if off < ceremony::GOOD_FOR { Ok(()) } else { Err(format!("issued {} s from now", off.num_seconds())) }
        });
    let claims = id.claims(&verifier, |sent: Option<&Nonce>| match sent {
        Some(sent) if same(sent.secret(), nonce) => Ok(()),
        Some(_) | None => Err("it is not the nonce that we sent".to_owned()),
    })?;
    if let Some(expected) = claims.access_token_hash() {
        let wrong = ClaimsVerificationError::SignatureVerification;
        let (algorithm, key) = (id.signing_alg().map_err(wrong)?, id.signing_key(&verifier).map_err(wrong)?);
        let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
        if !hash.is_ok_and(|hash| hash == *expected) {
            return Err(ClaimsVerificationError::Other("the access token is of another sign-in".to_owned()));
        }
    }
    let said = Said {
        email: claims.email().map(|email| email.to_string()),
        email_verified: claims.email_verified(),
        further: claims.additional_claims().0.clone(),
    };
    Ok((claims.subject().clone(), said))
}

/// Signatures by a key that the provider alone holds.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What a provider says of somebody.
#[derive(Default)]
struct Said {
    email: Option<String>,
    email_verified: Option<bool>,
    further: HashMap<String, Value>,
}

impl Said {
    /// What was said first counts.
    fn add(&mut self, later: Self) {
        if self.email.is_none() {
            (self.email, self.email_verified) = (later.email, later.email_verified);
        }
        for (name, value) in later.further {
            self.further.entry(name).or_insert(value);
        }
    }

    /// The address, if the provider has made sure that it is theirs, or is trusted to have.
    fn sure_email(&self, trusted: bool) -> Option<EmailAddress> {
        let email = self.email.as_deref().and_then(EmailAddress::parse);
        email.filter(|_| self.email_verified.unwrap_or(trusted))
    }

    /// The values of the claim that names roles: a list, or words between blanks.
    fn roles(&self, claim: Option<&str>) -> Vec<String> {
        match claim.and_then(|name| self.further.get(name)) {
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(words)) => words.split_whitespace().map(str::to_owned).collect(),
            Some(_) | None => Vec::new(),
        }
    }
}

/// Why a request did not come through.
#[derive(Debug)]
struct Broken(String);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

/// An error with its causes.
fn causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    words
}
