//! Tokens verified with the keys that a project publishes, over a real socket.

use dialer_domain::identity::Role;
use dialer_domain::ids::UserId;
use dialer_testkit::FakeClock;
use dialer_testkit::builders::T0;
use futures_util::future::join_all;
use jsonwebtoken::{EncodingKey, Header};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::uuid;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::jwks::Jwks;
use super::*;

const USER: UserId = UserId::new(uuid!("0195d3f0-0000-7000-8000-000000000001"));
const LOCAL_KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const PLACE: &str = "/auth/v1/.well-known/jwks.json";

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("test_keys/", $name))
    };
}

/// The public half of a key of these tests, published under an id.
fn published(key: &str, id: &str, more: &Value) -> Value {
    let mut jwk: Value = serde_json::from_str(key).unwrap();
    let fields = jwk.as_object_mut().unwrap();
    fields.insert("kid".to_owned(), json!(id));
    fields.extend(more.as_object().unwrap().clone());
    jwk
}

fn rsa(id: &str) -> Value {
    published(file!("rsa-1.jwk.json"), id, &json!({ "alg": "RS256", "use": "sig" }))
}

fn p256(id: &str) -> Value {
    published(file!("p256-1.jwk.json"), id, &json!({ "alg": "ES256", "use": "sig", "key_ops": ["verify"] }))
}

fn set(keys: &[Value]) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "keys": keys }))
}

/// A project on this machine, and somebody who accepts its tokens.
struct Scene {
    project: MockServer,
    clock: FakeClock,
    door: Authenticator,
}

impl Scene {
    async fn with(answer: ResponseTemplate) -> Self {
        let project = MockServer::start().await;
        let clock = FakeClock::new(T0);
        let scene = Self { door: door(&project.uri(), &clock), project, clock };
        scene.answers(answer).await;
        scene
    }

    /// From now on the project answers this.
    async fn answers(&self, answer: ResponseTemplate) {
        self.project.reset().await;
        Mock::given(path(PLACE)).respond_with(answer).mount(&self.project).await;
    }

    fn claims(&self) -> Value {
        json!({
            "iss": format!("{}/auth/v1", self.project.uri()),
            "aud": "authenticated",
            "role": "authenticated",
            "sub": USER,
            "exp": T0.unix_timestamp() + 36_000,
        })
    }

    fn token(&self, algorithm: Algorithm, key: &EncodingKey, id: Option<&str>) -> String {
        let header = Header { kid: id.map(str::to_owned), ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, &self.claims(), key).unwrap()
    }

    fn by_rsa(&self, id: &str) -> String {
        self.token(Algorithm::RS256, &rsa_key(), Some(id))
    }

    fn by_p256(&self, id: &str) -> String {
        self.token(Algorithm::ES256, &p256_key(), Some(id))
    }

    async fn asked(&self) -> usize {
        self.project.received_requests().await.unwrap().len()
    }
}

/// Somebody who accepts the tokens of the project at `url`.
fn door(url: &str, clock: &FakeClock) -> Authenticator {
    let settings = AuthSettings {
        signing_key: SecretString::from(""),
        leeway_seconds: 30,
        supabase_jwt_secret: SecretString::from(""),
        supabase_url: url.to_owned(),
        supabase_jwks_url: String::new(),
        jwks_max_age_seconds: 600,
    };
    Authenticator::new(&settings, LocalTokens::new(&SecretString::from(LOCAL_KEY)), Arc::new(clock.clone()))
}

fn rsa_key() -> EncodingKey {
    EncodingKey::from_rsa_pem(file!("rsa-1.pem").as_bytes()).unwrap()
}

fn p256_key() -> EncodingKey {
    EncodingKey::from_ec_pem(file!("p256-1.pem").as_bytes()).unwrap()
}

const SUPERVISOR: Principal = Principal { user: USER, role: Role::Supervisor };

#[tokio::test]
async fn tokens_of_both_kinds_of_keys_are_accepted() {
    let scene = Scene::with(set(&[rsa("r"), p256("e")])).await;
    assert_eq!(scene.door.principal(&scene.by_rsa("r")).await, Ok(SUPERVISOR));
    assert_eq!(scene.door.principal(&scene.by_p256("e")).await, Ok(SUPERVISOR));
    assert_eq!(scene.asked().await, 1);
}

#[tokio::test]
async fn a_token_signed_by_another_key_than_it_names_is_refused() {
    let scene = Scene::with(set(&[rsa("r"), p256("e")])).await;
    let other = EncodingKey::from_rsa_pem(file!("rsa-2.pem").as_bytes()).unwrap();
    let forged = scene.token(Algorithm::RS256, &other, Some("r"));
    assert_eq!(scene.door.principal(&forged).await, Err(AuthError::StrangeKey));
    let other = EncodingKey::from_ec_pem(file!("p256-2.pem").as_bytes()).unwrap();
    let forged = scene.token(Algorithm::ES256, &other, Some("e"));
    assert_eq!(scene.door.principal(&forged).await, Err(AuthError::StrangeKey));
}

#[tokio::test]
async fn the_key_decides_the_algorithm_and_not_the_token() {
    let scene = Scene::with(set(&[rsa("r"), p256("e")])).await;
    let crossed = [
        scene.token(Algorithm::RS256, &rsa_key(), Some("e")),
        scene.token(Algorithm::ES256, &p256_key(), Some("r")),
        scene.token(Algorithm::RS512, &rsa_key(), Some("r")),
        scene.token(Algorithm::PS256, &rsa_key(), Some("r")),
    ];
    for token in crossed {
        assert_eq!(scene.door.principal(&token).await, Err(AuthError::Malformed));
    }
    // The public key is no secret, so nobody may use it as one.
    let jwk = rsa("r").to_string();
    for public in [file!("rsa-1.pub.pem"), jwk.as_str()] {
        let token = scene.token(Algorithm::HS256, &EncodingKey::from_secret(public.as_bytes()), Some("r"));
        assert_eq!(scene.door.principal(&token).await, Err(AuthError::StrangeKey));
    }
    let signed = scene.by_rsa("r");
    let (_, rest) = signed.split_once('.').unwrap();
    // {"alg":"none","kid":"r"} and {"alg":"NONE","kid":"r"}
    for header in ["eyJhbGciOiJub25lIiwia2lkIjoiciJ9", "eyJhbGciOiJOT05FIiwia2lkIjoiciJ9"] {
        let unsigned = format!("{header}.{}.", rest.split_once('.').unwrap().0);
        for token in [unsigned, format!("{header}.{rest}")] {
            assert_eq!(scene.door.principal(&token).await, Err(AuthError::Malformed));
        }
    }
}

#[rstest]
#[case::another_algorithm(published(file!("rsa-1.jwk.json"), "r", &json!({ "alg": "RS512" })))]
#[case::another_kind_s_algorithm(published(file!("rsa-1.jwk.json"), "r", &json!({ "alg": "ES256" })))]
#[case::for_encryption(published(file!("rsa-1.jwk.json"), "r", &json!({ "use": "enc" })))]
#[case::not_for_verifying(published(file!("rsa-1.jwk.json"), "r", &json!({ "key_ops": ["encrypt"] })))]
#[case::too_short(published(file!("short.jwk.json"), "r", &json!({})))]
#[case::without_an_id(published(file!("rsa-1.jwk.json"), "", &json!({})))]
#[case::symmetric(json!({ "kty": "oct", "kid": "r", "alg": "HS256", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I" }))]
#[case::of_another_curve(json!({ "kty": "EC", "kid": "r", "crv": "P-999", "x": "AA", "y": "AA" }))]
#[case::broken(json!({ "kty": "RSA", "kid": "r" }))]
#[case::no_key(json!(7))]
#[tokio::test]
async fn a_key_that_cannot_be_used_is_left_out_and_does_not_spoil_the_others(#[case] odd: Value) {
    let scene = Scene::with(set(&[odd, p256("e")])).await;
    assert_eq!(scene.door.principal(&scene.by_p256("e")).await, Ok(SUPERVISOR));
    assert_eq!(scene.door.principal(&scene.by_rsa("r")).await, Err(AuthError::StrangeKey));
    let symmetric = EncodingKey::from_base64_secret("c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=").unwrap();
    let token = scene.token(Algorithm::HS256, &symmetric, Some("r"));
    assert_eq!(scene.door.principal(&token).await, Err(AuthError::StrangeKey));
}

#[rstest]
#[case("iss", json!("https://xyz.supabase.co/auth/v1"), AuthError::Claim("iss"))]
#[case("iss", Value::Null, AuthError::Claim("iss"))]
#[case("aud", json!("anon"), AuthError::Claim("aud"))]
#[case("aud", Value::Null, AuthError::Claim("aud"))]
#[case("exp", json!(T0.unix_timestamp() - 31), AuthError::Expired)]
#[case("exp", Value::Null, AuthError::Claim("exp"))]
#[case("nbf", json!(T0.unix_timestamp() + 31), AuthError::NotYet)]
#[case("sub", json!("ana"), AuthError::Claim("sub"))]
#[case("role", json!("service_role"), AuthError::Claim("role"))]
#[case("role", json!("anon"), AuthError::Claim("role"))]
#[tokio::test]
async fn a_good_signature_does_not_excuse_a_wrong_claim(
    #[case] name: &str,
    #[case] value: Value,
    #[case] error: AuthError,
) {
    let scene = Scene::with(set(&[p256("e")])).await;
    let mut claims = scene.claims();
    claims[name] = value;
    let header = Header { kid: Some("e".to_owned()), ..Header::new(Algorithm::ES256) };
    let token = jsonwebtoken::encode(&header, &claims, &p256_key()).unwrap();
    assert_eq!(scene.door.principal(&token).await, Err(error));
}

#[tokio::test]
async fn a_new_key_is_found_and_a_withdrawn_one_is_refused() {
    let scene = Scene::with(set(&[rsa("old")])).await;
    let (old, new) = (scene.by_rsa("old"), scene.by_p256("new"));
    assert_eq!(scene.door.principal(&old).await, Ok(SUPERVISOR));
    scene.answers(set(&[rsa("old"), p256("new")])).await;
    scene.clock.advance(Duration::seconds(30));
    assert_eq!(scene.door.principal(&new).await, Ok(SUPERVISOR));
    assert_eq!(scene.door.principal(&old).await, Ok(SUPERVISOR));
    scene.answers(set(&[p256("new")])).await;
    scene.clock.advance(Duration::seconds(30));
    assert_eq!(scene.door.principal(&scene.by_rsa("newer")).await, Err(AuthError::StrangeKey), "fetches");
    assert_eq!(scene.door.principal(&old).await, Err(AuthError::StrangeKey));
    assert_eq!(scene.door.principal(&new).await, Ok(SUPERVISOR));
}

#[tokio::test]
async fn keys_are_fetched_at_the_start_and_again_when_they_are_old_without_anybody_asking() {
    let scene = Scene::with(set(&[rsa("r")])).await;
    scene.door.follow_keys();
    scene.clock.until_sleeping(1).await;
    assert_eq!(scene.asked().await, 1);
    assert_eq!(scene.clock.next_wake(), Some(T0 + Duration::minutes(10)));
    scene.answers(set(&[p256("e")]).append_header("cache-control", "public, max-age=60")).await;
    scene.clock.advance(Duration::minutes(10));
    scene.clock.until_sleeping(1).await;
    assert_eq!(scene.door.principal(&scene.by_rsa("r")).await, Err(AuthError::StrangeKey), "withdrawn");
    assert_eq!(scene.asked().await, 1);
    assert_eq!(scene.clock.next_wake(), Some(T0 + Duration::minutes(11)), "sooner when the project says so");
}

#[tokio::test]
async fn tokens_with_made_up_key_ids_fetch_at_most_every_thirty_seconds() {
    let scene = Scene::with(set(&[rsa("r")])).await;
    let garbage: Vec<String> = (0..40).map(|n| scene.by_p256(&format!("made-up-{n}"))).collect();
    for (seconds, fetches) in [(0, 1), (29, 1), (1, 2), (29, 2), (1, 3)] {
        scene.clock.advance(Duration::seconds(seconds));
        let answers = join_all(garbage.iter().map(|token| scene.door.principal(token))).await;
        assert!(answers.iter().all(|answer| *answer == Err(AuthError::StrangeKey)));
        assert_eq!(scene.asked().await, fetches);
    }
    let nameless = scene.token(Algorithm::ES256, &p256_key(), None);
    scene.clock.advance(Duration::HOUR);
    assert_eq!(scene.door.principal(&nameless).await, Err(AuthError::StrangeKey));
    assert_eq!(scene.asked().await, 3);
}

#[rstest]
#[case::an_error(ResponseTemplate::new(500))]
#[case::a_redirect(ResponseTemplate::new(302).append_header("location", PLACE))]
#[case::something_else(ResponseTemplate::new(200).set_body_string("<html>"))]
#[case::too_much(ResponseTemplate::new(200).set_body_string(format!("{{\"keys\":[]{}}}", " ".repeat(70_000))))]
#[tokio::test]
async fn known_keys_go_on_working_while_the_project_answers_nonsense(#[case] nonsense: ResponseTemplate) {
    let scene = Scene::with(set(&[rsa("r")])).await;
    assert_eq!(scene.door.principal(&scene.by_rsa("r")).await, Ok(SUPERVISOR));
    scene.answers(nonsense).await;
    scene.clock.advance(Duration::HOUR);
    assert_eq!(scene.door.principal(&scene.by_p256("e")).await, Err(AuthError::StrangeKey));
    assert_eq!(scene.door.principal(&scene.by_rsa("r")).await, Ok(SUPERVISOR));
    assert_eq!(scene.asked().await, 1);
}

#[tokio::test]
async fn a_project_that_never_answers_keeps_nobody_out_who_does_not_need_it() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let door = door(&format!("http://{}", silent.local_addr().unwrap()), &FakeClock::new(T0));
    door.follow_keys();
    tokio::task::yield_now().await;
    let who = Principal { user: USER, role: Role::Agent };
    let local = LocalTokens::new(&SecretString::from(LOCAL_KEY)).mint(who, T0, Duration::HOUR).unwrap();
    assert_eq!(futures_util::FutureExt::now_or_never(door.principal(&local)), Some(Ok(who)));
}

#[tokio::test]
async fn a_project_that_is_away_is_asked_again_soon() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let clock = FakeClock::new(T0);
    let door = door(&format!("http://{gone}"), &clock);
    door.follow_keys();
    clock.until_sleeping(1).await;
    assert_eq!(clock.next_wake(), Some(T0 + Jwks::BETWEEN));
}
