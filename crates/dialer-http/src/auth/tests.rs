use dialer_domain::identity::Role;
use dialer_domain::ids::UserId;
use dialer_testkit::FakeClock;
use futures_util::FutureExt;
use jsonwebtoken::{EncodingKey, Header};
use rstest::rstest;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::uuid;

use secrecy::SecretString;

use super::*;

const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
const USER: UserId = UserId::new(uuid!("0195d3f0-0000-7000-8000-000000000001"));
const LOCAL_KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const SUPABASE_SECRET: &str = "a-supabase-project-secret-of-some-length";

fn settings(secret: &str, url: &str) -> AuthSettings {
    AuthSettings {
        signing_key: SecretString::from(""),
        leeway_seconds: 30,
        supabase_jwt_secret: SecretString::from(secret),
        supabase_url: url.to_owned(),
        supabase_jwks_url: String::new(),
        jwks_max_age_seconds: 600,
    }
}

fn local() -> LocalTokens {
    LocalTokens::new(&SecretString::from(LOCAL_KEY))
}

fn at(now: OffsetDateTime) -> Authenticator {
    let settings = settings(SUPABASE_SECRET, "https://abc.supabase.co/");
    Authenticator::new(&settings, local(), Arc::new(FakeClock::new(now)))
}

/// Tokens signed with a secret wait for nothing.
fn ask(door: &Authenticator, token: &str) -> Result<Principal, AuthError> {
    door.principal(token).now_or_never().unwrap()
}

fn sign(claims: &Value, key: &str, algorithm: Algorithm) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key.as_bytes())).unwrap()
}

/// The three parts as given, for headers that no library would write.
fn forge(header: &str, token: &str, signature: bool) -> String {
    let mut parts = token.split('.');
    let (_, claims, signed) = (parts.next(), parts.next().unwrap(), parts.next().unwrap());
    format!("{header}.{claims}.{}", if signature { signed } else { "" })
}

fn local_claims() -> Value {
    json!({ "iss": "dialer", "sub": USER, "role": "agent", "exp": T0.unix_timestamp() + 60 })
}

fn supabase_claims() -> Value {
    json!({
        "iss": "https://abc.supabase.co/auth/v1",
        "aud": "authenticated",
        "role": "authenticated",
        "sub": USER,
        "exp": T0.unix_timestamp() + 60,
        "app_metadata": { "provider": "email" },
    })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(name),
        value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
    };
    claims
}

#[test]
fn a_token_that_we_minted_is_accepted_until_it_expires() {
    let who = Principal { user: USER, role: Role::Supervisor };
    let token = local().mint(who, T0, Duration::hours(12)).unwrap();
    assert_eq!(ask(&at(T0), &token), Ok(who));
    assert_eq!(ask(&at(T0 + Duration::hours(12)), &token), Ok(who), "within the leeway");
    let late = T0 + Duration::hours(12) + Duration::seconds(30);
    assert_eq!(ask(&at(late), &token), Err(AuthError::Expired));
}

#[rstest]
#[case(Duration::ZERO)]
#[case(Duration::hours(-1))]
#[case(Duration::hours(87_601))]
fn a_lifetime_that_makes_no_sense_is_refused(#[case] lifetime: Duration) {
    let who = Principal { user: USER, role: Role::Agent };
    assert!(matches!(local().mint(who, T0, lifetime), Err(MintError::Lifetime(_))));
}

#[test]
fn a_token_signed_with_a_stranger_s_key_is_refused() {
    let token =
        sign(&local_claims(), "ffff456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", Algorithm::HS256);
    assert_eq!(ask(&at(T0), &token), Err(AuthError::StrangeKey));
}

#[test]
fn an_unsigned_token_is_refused() {
    let signed = sign(&local_claims(), LOCAL_KEY, Algorithm::HS256);
    // {"alg":"none","typ":"JWT"}
    let header = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    assert_eq!(ask(&at(T0), &forge(header, &signed, false)), Err(AuthError::Malformed));
    assert_eq!(ask(&at(T0), &forge(header, &signed, true)), Err(AuthError::Malformed));
}

#[test]
fn the_header_does_not_choose_the_algorithm() {
    let signed = sign(&local_claims(), LOCAL_KEY, Algorithm::HS256);
    // {"alg":"RS256","typ":"JWT"}
    let header = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9";
    assert_eq!(ask(&at(T0), &forge(header, &signed, true)), Err(AuthError::StrangeKey));
    let no_project = Authenticator::new(&settings("", ""), local(), Arc::new(FakeClock::new(T0)));
    assert_eq!(ask(&no_project, &forge(header, &signed, true)), Err(AuthError::Malformed));
    let longer_hash = sign(&local_claims(), LOCAL_KEY, Algorithm::HS512);
    assert_eq!(ask(&at(T0), &longer_hash), Err(AuthError::Malformed));
}

#[rstest]
#[case("")]
#[case("a.b")]
#[case("a.b.c")]
#[case("🙂.🙂.🙂")]
fn what_is_no_token_is_refused(#[case] text: &str) {
    assert_eq!(ask(&at(T0), text), Err(AuthError::Malformed));
}

#[rstest]
#[case("iss", json!("somebody"), AuthError::Claim("iss"))]
#[case("iss", Value::Null, AuthError::Claim("iss"))]
#[case("sub", json!("ana"), AuthError::Claim("sub"))]
#[case("sub", Value::Null, AuthError::Claim("sub"))]
#[case("exp", Value::Null, AuthError::Claim("exp"))]
#[case("exp", json!("tomorrow"), AuthError::Claim("exp"))]
#[case("exp", json!(T0.unix_timestamp() - 31), AuthError::Expired)]
#[case("nbf", json!("tomorrow"), AuthError::Claim("nbf"))]
#[case("nbf", json!(T0.unix_timestamp() + 31), AuthError::NotYet)]
#[case("role", json!("emperor"), AuthError::Claim("role"))]
#[case("role", Value::Null, AuthError::Claim("role"))]
fn a_local_token_with_a_wrong_claim_is_refused(#[case] name: &str, #[case] value: Value, #[case] error: AuthError) {
    let token = sign(&with(local_claims(), name, value), LOCAL_KEY, Algorithm::HS256);
    assert_eq!(ask(&at(T0), &token), Err(error));
}

#[test]
fn a_signed_in_supabase_user_is_a_supervisor_unless_the_project_says_otherwise() {
    let read = |claims: &Value| ask(&at(T0), &sign(claims, SUPABASE_SECRET, Algorithm::HS256));
    assert_eq!(read(&supabase_claims()), Ok(Principal { user: USER, role: Role::Supervisor }));
    let agent = with(supabase_claims(), "app_metadata", json!({ "dialer_role": "agent" }));
    assert_eq!(read(&agent), Ok(Principal { user: USER, role: Role::Agent }));
    // What users can write about themselves gives no rights.
    let own_words = with(agent, "user_metadata", json!({ "dialer_role": "admin" }));
    assert_eq!(read(&own_words), Ok(Principal { user: USER, role: Role::Agent }));
}

#[rstest]
#[case("aud", json!("somebody"), AuthError::Claim("aud"))]
#[case("aud", Value::Null, AuthError::Claim("aud"))]
#[case("iss", json!("https://xyz.supabase.co/auth/v1"), AuthError::Claim("iss"))]
#[case("iss", Value::Null, AuthError::Claim("iss"))]
#[case("role", json!("anon"), AuthError::Claim("role"))]
#[case("role", json!("service_role"), AuthError::Claim("role"))]
#[case("role", Value::Null, AuthError::Claim("role"))]
#[case("sub", json!("ana"), AuthError::Claim("sub"))]
#[case("sub", Value::Null, AuthError::Claim("sub"))]
#[case("exp", json!(T0.unix_timestamp() - 31), AuthError::Expired)]
#[case("exp", json!(1e300), AuthError::Claim("exp"))]
#[case("app_metadata", json!({ "dialer_role": "emperor" }), AuthError::Claim("app_metadata.dialer_role"))]
#[case("app_metadata", json!({ "dialer_role": 1 }), AuthError::Claim("app_metadata.dialer_role"))]
fn a_supabase_token_with_a_wrong_claim_is_refused(#[case] name: &str, #[case] value: Value, #[case] error: AuthError) {
    let token = sign(&with(supabase_claims(), name, value), SUPABASE_SECRET, Algorithm::HS256);
    assert_eq!(ask(&at(T0), &token), Err(error));
}

#[test]
fn the_issuer_is_only_asked_for_when_the_project_s_address_is_set() {
    let anywhere = Authenticator::new(&settings(SUPABASE_SECRET, ""), local(), Arc::new(FakeClock::new(T0)));
    let token = sign(&with(supabase_claims(), "iss", Value::Null), SUPABASE_SECRET, Algorithm::HS256);
    assert!(ask(&anywhere, &token).is_ok());
}

#[test]
fn the_holder_of_one_key_cannot_speak_for_the_other_issuer() {
    let local_by_supabase = sign(&with(local_claims(), "role", json!("admin")), SUPABASE_SECRET, Algorithm::HS256);
    assert!(matches!(ask(&at(T0), &local_by_supabase), Err(AuthError::Claim(_))));
    let supabase_by_local = sign(&supabase_claims(), LOCAL_KEY, Algorithm::HS256);
    assert!(matches!(ask(&at(T0), &supabase_by_local), Err(AuthError::Claim(_))));
}

#[test]
fn without_a_supabase_secret_an_empty_key_opens_nothing() {
    let closed = Authenticator::new(&settings("", ""), local(), Arc::new(FakeClock::new(T0)));
    let token = sign(&supabase_claims(), "", Algorithm::HS256);
    assert_eq!(ask(&closed, &token), Err(AuthError::StrangeKey));
}
