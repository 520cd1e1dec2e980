//! Digest authentication (RFC 3261 section 22, RFC 8760): the answer to a challenge.

use rsipstack::sip::headers::auth::{Algorithm, AuthQop};
use rsipstack::sip::typed::tokenizers::AuthTokenizer;
use rsipstack::sip::{DigestGenerator, HasHeaders, Header, Method, Response, Uri};

/// What a server asks credentials with.
pub(super) struct Challenge {
    /// Whether a proxy on the way asks, which wants its answer in a header of its own.
    proxy: bool,
    realm: String,
    pub(super) nonce: String,
    opaque: Option<String>,
    /// Whether the credentials were good and only the nonce has grown old.
    pub(super) stale: bool,
    algorithm: Option<Algorithm>,
    /// Whether the server knows the quality of protection `auth`; older ones know none.
    counted: bool,
}

/// What credentials are made for, and of.
pub(super) struct Credentials<'a> {
    pub(super) user: &'a str,
    pub(super) password: &'a str,
    pub(super) method: Method,
    pub(super) uri: &'a Uri,
    /// A text that was not used before.
    pub(super) cnonce: &'a str,
}

impl Challenge {
    /// The first challenge of a refusal that we can answer.
    pub(super) fn of(response: &Response) -> Option<Self> {
        response.headers().iter().find_map(|header| match header {
            Header::WwwAuthenticate(value) => Self::parse(value.value(), false),
            Header::ProxyAuthenticate(value) => Self::parse(value.value(), true),
            _ => None,
        })
    }

    fn parse(value: &str, proxy: bool) -> Option<Self> {
        let read = AuthTokenizer::parse(value).ok()?;
        let parameter = |name: &str| {
            read.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| (*value).to_owned())
        };
        // What goes back into a quoted text must not end it.
        let quotable = |text: &String| !text.contains(['"', '\\', '\r', '\n']);
        let algorithm = match parameter("algorithm") {
            Some(name) => Some(known_algorithm(&name)?),
            None => None,
        };
        let qualities = parameter("qop");
        let counted = qualities.as_deref().is_some_and(|list| has(list, "auth"));
        if !read.scheme.eq_ignore_ascii_case("digest") || (qualities.is_some() && !counted) {
            return None;
        }
        Some(Self {
            proxy,
            realm: parameter("realm").filter(quotable)?,
            nonce: parameter("nonce").filter(quotable)?,
            opaque: parameter("opaque").filter(quotable),
            stale: parameter("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            algorithm,
            counted,
        })
    }

    /// The header that answers it. `uses` counts how often this nonce was used, this time included.
    pub(super) fn answer(&self, credentials: &Credentials<'_>, uses: u8) -> Header {
        let cnonce = credentials.cnonce;
        let counted = self.counted.then(|| AuthQop::Auth { cnonce: cnonce.to_owned(), nc: uses });
        let response = DigestGenerator {
            username: credentials.user,
            password: credentials.password,
            nonce: &self.nonce,
            uri: credentials.uri,
            realm: &self.realm,
            method: &credentials.method,
            qop: counted.as_ref(),
            algorithm: self.algorithm.unwrap_or(Algorithm::Md5),
        }
        .compute();
        let Self { realm, nonce, .. } = self;
        let digest = format!(
            r#"Digest username="{}", realm="{realm}", nonce="{nonce}", uri="{}", response="{response}""#,
            credentials.user, credentials.uri
        );
        let algorithm = match self.algorithm {
            Some(Algorithm::Sha256) => ", algorithm=SHA-256",
            Some(_) => ", algorithm=MD5",
            None => "",
        };
        let counted =
            if self.counted { format!(r#", qop=auth, nc={uses:08x}, cnonce="{cnonce}""#) } else { String::new() };
        let opaque = self.opaque.as_ref().map(|opaque| format!(r#", opaque="{opaque}""#)).unwrap_or_default();
        let value = [&digest, algorithm, &counted, &opaque].concat();
        if self.proxy { Header::ProxyAuthorization(value.into()) } else { Header::Authorization(value.into()) }
    }
}

fn known_algorithm(name: &str) -> Option<Algorithm> {
    match name.to_ascii_uppercase().as_str() {
        "MD5" => Some(Algorithm::Md5),
        "SHA-256" => Some(Algorithm::Sha256),
        _ => None,
    }
}

/// Whether a list with commas holds `word`.
fn has(list: &str, word: &str) -> bool {
    list.split(',').any(|item| item.trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn answer(challenge: &str, user: &str, password: &str, uri: &str, method: Method, cnonce: &str) -> String {
        let uri = Uri::try_from(uri).unwrap();
        let credentials = Credentials { user, password, method, uri: &uri, cnonce };
        Challenge::parse(challenge, false).unwrap().answer(&credentials, 1).value().to_owned()
    }

    #[test]
    fn the_answer_without_a_quality_of_protection_is_the_hash_of_user_nonce_and_request() {
        let challenge = r#"Digest realm="atlanta.example", nonce="84a4cc6f3082121f32b42a2187831a9e""#;
        let answer = answer(challenge, "alice", "secret", "sip:bob@biloxi.example", Method::Subscribe, "x");
        // md5(md5("alice:atlanta.example:secret"):nonce:md5("SUBSCRIBE:sip:bob@biloxi.example"))
        assert!(answer.contains(&format!(r#"response="{}""#, expected_md5())), "{answer}");
        assert!(!answer.contains("qop") && !answer.contains("algorithm"), "{answer}");
    }

    /// Worked out with other tools.
    fn expected_md5() -> &'static str {
        "b8198d40b2bf0cebded6b9ef0c37305b"
    }

    #[rstest]
    #[case("MD5", "eaa94c4555e3cf130a41dda23a06eccc")]
    #[case("SHA-256", "e3c72f67a13b243d07de04acd5d7b34b61913337dcfc8a382b9e79c59d6afbff")]
    fn the_answer_with_one_counts_the_uses_of_the_nonce(#[case] algorithm: &str, #[case] response: &str) {
        let challenge = format!(
            r#"Digest realm="sip.example", nonce="abc", qop="auth-int,auth", algorithm={algorithm}, opaque="o-1""#
        );
        let answer = answer(&challenge, "10021", "pw", "sip:10022@sip.example", Method::Subscribe, "c0ffee");
        assert!(answer.contains(&format!(r#"response="{response}""#)), "{answer}");
        assert!(answer.contains(r#"qop=auth, nc=00000001, cnonce="c0ffee""#), "{answer}");
        assert!(answer.contains(&format!("algorithm={algorithm}")) && answer.contains(r#"opaque="o-1""#), "{answer}");
    }

    #[rstest]
    #[case(r#"Basic realm="x""#)]
    #[case(r#"Digest realm="x""#)]
    #[case(r#"Digest nonce="x""#)]
    #[case(r#"Digest realm="x", nonce="n", algorithm=MD5-sess"#)]
    #[case(r#"Digest realm="x", nonce="n", qop="auth-int""#)]
    #[case("Digest")]
    #[case("")]
    fn a_challenge_that_we_cannot_answer_is_passed_over(#[case] value: &str) {
        assert!(Challenge::parse(value, false).is_none());
    }

    #[test]
    fn of_two_challenges_the_first_that_we_know_is_answered() {
        let text = "SIP/2.0 407 Proxy Authentication Required\r\n\
            Proxy-Authenticate: Digest realm=\"a\", nonce=\"n1\", algorithm=SHA-512-256\r\n\
            Proxy-Authenticate: Digest realm=\"a\", nonce=\"n2\", algorithm=MD5, stale=TRUE\r\n\r\n";
        let challenge = Challenge::of(&Response::try_from(text).unwrap()).unwrap();
        assert_eq!((challenge.nonce.as_str(), challenge.stale), ("n2", true));
        let uri = Uri::try_from("sip:1@a").unwrap();
        let credentials = Credentials { user: "u", password: "p", method: Method::Subscribe, uri: &uri, cnonce: "c" };
        assert!(matches!(challenge.answer(&credentials, 1), Header::ProxyAuthorization(_)));
    }
}
