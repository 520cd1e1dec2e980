//! Answers to requests, and the credentials that requests carry.

use rsipstack::sip::headers::auth::{Algorithm, Qop, Scheme};
use rsipstack::sip::typed::{Authorization, ProxyAuthenticate, WwwAuthenticate};
use rsipstack::sip::{DigestGenerator, HasHeaders, Header, HeadersExt, Request, Response, StatusCode};

use super::knobs::SipChallenge;

/// The answer to `request`, with `more` headers, and `tag` where the request names no dialog yet.
pub(super) fn answer(request: &Request, status: StatusCode, tag: &str, more: Vec<Header>) -> Vec<u8> {
    let mut headers = Vec::new();
    for header in request.headers().iter() {
        match header {
            Header::To(to) if !to.value().contains(";tag=") => {
                headers.push(Header::To(format!("{};tag={tag}", to.value()).into()));
            }
            Header::Via(_) | Header::From(_) | Header::To(_) | Header::CallId(_) | Header::CSeq(_) => {
                headers.push(header.clone());
            }
            _ => {}
        }
    }
    headers.extend(more);
    headers.push(Header::ContentLength("0".into()));
    Response { status_code: status, headers: headers.into(), ..Response::default() }.to_bytes()
}

/// Asks for credentials.
pub(super) fn challenge(request: &Request, kind: SipChallenge, realm: &str, nonce: &str) -> Vec<u8> {
    let (realm, nonce) = (realm.to_owned(), nonce.to_owned());
    let (algorithm, qop) = (Some(Algorithm::Md5), Some(Qop::Auth));
    let scheme = Scheme::Digest;
    let (status, header) = match kind {
        SipChallenge::Unauthorized => {
            let challenge = WwwAuthenticate { scheme, realm, nonce, algorithm, qop, ..WwwAuthenticate::default() };
            (StatusCode::Unauthorized, challenge.into())
        }
        SipChallenge::Proxy => {
            let challenge = ProxyAuthenticate { scheme, realm, nonce, algorithm, qop, ..ProxyAuthenticate::default() };
            (StatusCode::ProxyAuthenticationRequired, challenge.into())
        }
    };
    answer(request, status, "challenge", vec![header])
}

/// The credentials of a request, where it has any that can be read.
pub(super) fn credentials(request: &Request, kind: SipChallenge) -> Option<Authorization> {
    let value = request.headers().iter().find_map(|header| match (header, kind) {
        (Header::Authorization(value), SipChallenge::Unauthorized) => Some(value.value()),
        (Header::ProxyAuthorization(value), SipChallenge::Proxy) => Some(value.value()),
        _ => None,
    });
    Authorization::parse(value?).ok()
}

/// Whether credentials were made with `password`, for this request.
pub(super) fn are_right(credentials: &Authorization, password: &str, request: &Request) -> bool {
    credentials.uri == request.uri
        && DigestGenerator::from(credentials, password, &request.method).verify(&credentials.response)
}

/// A header of whole seconds.
pub(super) fn seconds(request: &Request, name: &str) -> Option<u32> {
    request.header_value(name)?.parse().ok()
}
