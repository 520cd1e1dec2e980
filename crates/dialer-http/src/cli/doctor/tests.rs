use std::sync::Arc;

use dialer_domain::telephony::{AgentLine, ProviderUser, TelephonyError};
use dialer_testkit::ScriptedTelephony;
use dialer_testkit::telephony::Query;

use super::*;
use crate::settings::Environment;

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let environment: Environment = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Settings::load(None, &environment).unwrap()
}

fn user(line: &str, active: bool, devices: Option<u32>) -> ProviderUser {
    ProviderUser { line: AgentLine::new(line), name: "Ada Example".to_owned(), active, devices }
}

fn network(telephony: &ScriptedTelephony, agents: &[&str]) -> Network {
    Network {
        telephony: Arc::new(telephony.clone()),
        kind: TelephonyKind::VoipStudio,
        agents: agents.iter().map(|agent| AgentLine::new(*agent)).collect(),
        default_line: None,
        live: None,
        budget: None,
    }
}

fn of<'a>(checks: &'a [Check], name: &str) -> Vec<&'a Check> {
    checks.iter().filter(|check| check.name == name).collect()
}

#[tokio::test]
async fn each_agent_is_looked_at() {
    let telephony = ScriptedTelephony::new();
    telephony.set_users(vec![
        user("10021", true, Some(2)),
        user("10022", false, Some(1)),
        user("10023", true, Some(0)),
        user("10024", true, None),
    ]);
    let found = provider::look_at(&network(&telephony, &["10021", "10022", "10023", "10024", "301"])).await;
    let agents: Vec<_> = of(&found, "agent").into_iter().map(|check| check.status).collect();
    assert_eq!(agents, [Status::Ok, Status::Fail, Status::Warn, Status::Ok, Status::Fail]);
    let stranger = found.last().unwrap();
    assert!(stranger.detail.contains("301 is no user"), "{stranger:?}");
    assert!(stranger.advice.as_ref().unwrap().contains("the account has 10021, 10022"), "{stranger:?}");
}

#[tokio::test]
async fn a_wrong_api_key_fails_with_what_to_do() {
    let telephony = ScriptedTelephony::new();
    telephony.fail_next(Query::Health, TelephonyError::Unauthorized { reason: "expired".to_owned() });
    let found = provider::look_at(&network(&telephony, &["10021"])).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].status, Status::Fail);
    assert!(found[0].advice.as_ref().unwrap().contains("set VOIPSTUDIO_API_KEY"));
}

#[tokio::test]
async fn no_agents_is_a_warning_because_campaigns_will_not_dial() {
    let found = provider::look_at(&network(&ScriptedTelephony::new(), &[])).await;
    assert_eq!(of(&found, "agents")[0].status, Status::Warn);
}

#[tokio::test]
async fn a_fresh_installation_is_sound_and_nothing_is_made_by_looking() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("data");
    let settings = settings(&[]);
    let mut found = checks::data_folder(&folder, &settings);
    found.push(checks::database(&folder, &settings).await);
    found.extend(provider::checks(&settings).await);
    assert!(found.iter().all(|check| check.status < Status::Fail), "{found:?}");
    assert_eq!(of(&found, "agent").len(), 3, "the simulated crew");
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_database_that_is_none_and_one_that_lacks_steps_are_told_apart() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("other.sqlite");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let found = checks::database(temp.path(), &settings(&[("DATABASE_URL", &url)])).await;
    assert_eq!(found.status, Status::Warn, "{found:?}");
    assert!(found.advice.unwrap().contains("dialer migrate"));
    std::fs::write(temp.path().join("text.sqlite"), "this is a text file, and a long one at that".repeat(50)).unwrap();
    let url = format!("sqlite://{}", temp.path().join("text.sqlite").display());
    let found = checks::database(temp.path(), &settings(&[("DATABASE_URL", &url)])).await;
    assert_eq!(found.status, Status::Fail, "{found:?}");
    let found = checks::database(temp.path(), &settings(&[("DATABASE_URL", "mysql://localhost/x")])).await;
    assert!(found.detail.contains("not supported"), "{found:?}");
}

#[test]
fn a_settings_file_that_is_named_and_not_there_is_a_warning() {
    let environment = Environment::from([("DIALER_ENV".to_owned(), "nowhere".to_owned())]);
    let check = checks::settings(&Settings::load(None, &environment).unwrap(), &environment);
    assert!(check.status == Status::Warn && check.detail.contains("config/nowhere.toml"), "{check:?}");
}

#[test]
fn supabase_half_set_up_is_a_warning() {
    let status = |pairs: &[(&str, &str)]| checks::sign_in(&settings(pairs)).status;
    let (secret, url) = (
        ("SUPABASE_JWT_SECRET", "a-supabase-project-secret-of-some-length"),
        ("SUPABASE_URL", "https://a.supabase.co"),
    );
    assert_eq!(status(&[]), Status::Ok);
    assert_eq!(status(&[secret, url]), Status::Ok);
    assert_eq!(status(&[secret]), Status::Warn);
    assert_eq!(status(&[url]), Status::Ok);
    assert_eq!(status(&[("SUPABASE_JWT_SECRET", "short"), url]), Status::Warn);
}

#[tokio::test]
async fn the_published_keys_of_a_project_are_fetched_and_counted() {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};
    let key: serde_json::Value = serde_json::from_str(include_str!("../../auth/test_keys/p256-1.jwk.json")).unwrap();
    let project = MockServer::start().await;
    let look = async |more: &[(&str, &str)]| {
        let url = project.uri();
        let pairs: Vec<(&str, &str)> =
            [("SUPABASE_URL", url.as_str())].into_iter().chain(more.iter().copied()).collect();
        checks::published_keys(&settings(&pairs)).await.unwrap()
    };
    let answer =
        |body: serde_json::Value| Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(body));
    let secret = ("SUPABASE_JWT_SECRET", "a-supabase-project-secret-of-some-length");
    assert_eq!(look(&[]).await.status, Status::Fail, "404");
    assert_eq!(look(&[secret]).await.status, Status::Warn);
    let with_id = serde_json::json!({ "kid": "a", "kty": key["kty"], "crv": key["crv"], "x": key["x"], "y": key["y"] });
    answer(serde_json::json!({ "keys": [with_id, key] })).mount(&project).await;
    let found = look(&[]).await;
    assert!(found.status == Status::Ok && found.detail.contains("with 1 that can be used"), "{found:?}");
    project.reset().await;
    answer(serde_json::json!({ "keys": [] })).mount(&project).await;
    assert_eq!(look(&[]).await.status, Status::Fail);
    assert_eq!(look(&[secret]).await.status, Status::Ok);
    assert_eq!(checks::published_keys(&settings(&[])).await, None);
}

#[test]
fn a_line_says_how_it_stands_what_was_found_and_what_to_do() {
    let line = Check::warn("agents", "none", "name some").line();
    assert_eq!(line, "warn agents        none\n                   -> name some");
}

#[tokio::test]
async fn the_account_is_looked_at_closely_and_nobody_is_called() {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};
    let account = MockServer::start().await;
    for (at, status, body) in [
        ("/me", 200, serde_json::json!({ "data": { "id": 10021, "sip_password": "hunter2" } })),
        ("/calls", 200, serde_json::json!({ "data": [] })),
        ("/cdrs", 403, serde_json::json!({ "message": "Administrators only" })),
        ("/ddis", 200, serde_json::json!({ "data": [{ "e164": "442079460001" }] })),
        ("/queues", 200, serde_json::json!({ "data": [{ "id": 5 }] })),
        ("/monitors", 200, serde_json::json!({ "data": [] })),
        ("/sms", 404, serde_json::json!({ "message": "Not found" })),
    ] {
        Mock::given(path(at)).respond_with(ResponseTemplate::new(status).set_body_json(body)).mount(&account).await;
    }
    let url = account.uri();
    let settings = settings(&[("VOIPSTUDIO_API_KEY", "a-key"), ("VOIPSTUDIO_BASE_URL", &url)]);
    let found = account::checks(&settings).await;
    let status = |name: &str| of(&found, name)[0].status;
    assert_eq!((status("key"), status("live calls"), status("call records")), (Status::Ok, Status::Ok, Status::Fail));
    assert_eq!((status("numbers"), status("queues"), status("budget")), (Status::Ok, Status::Ok, Status::Ok));
    assert_eq!((status("recordings"), status("messages")), (Status::Ok, Status::Warn));
    let shown = format!("{found:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("442079460001"), "{shown}");
    assert!(account.received_requests().await.unwrap().iter().all(|request| request.method.as_str() == "GET"));
}

#[tokio::test]
async fn a_trial_call_tells_how_the_provider_behaves() {
    use dialer_simulator::{CarrierSettings, OutcomeShares, SimulatedTelephony, SimulatedUser, Spread};
    let clock = dialer_testkit::FakeClock::new(time::macros::datetime!(2026-03-02 10:00 UTC));
    let carrier = CarrierSettings {
        outcomes: OutcomeShares::PERSON,
        agent_answers: Spread::exactly(5.0),
        agent_misses_share: 0.0,
        person_answers: Spread::exactly(10.0),
        short_talk: Spread::exactly(30.0),
        long_talk_share: 0.0,
        ..CarrierSettings::default()
    };
    let users = SimulatedUser::crew(1);
    let line = AgentLine::new(users[0].id.to_string());
    let network = SimulatedTelephony::new(carrier, 1, users, Arc::new(clock.clone())).unwrap();
    let call = trial::call(&network, &clock, "+442079460001".parse().unwrap(), Some(line));
    let time = async {
        loop {
            // Everybody else goes first, as far as they can without time passing.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            clock.until_sleeping(1).await;
            clock.set(clock.next_wake().unwrap());
        }
    };
    let found = tokio::select! {
        biased;
        found = call => found,
        () = time => Vec::new(),
    };
    let lines: Vec<&str> = found.iter().map(|check| check.detail.as_str()).collect();
    assert!(found.iter().all(|check| check.status == Status::Ok), "{found:#?}");
    assert!(lines[0].starts_with("answered to after 5 s"), "{lines:#?}");
    assert!(lines[1].contains("was held back"), "{lines:#?}");
    assert!(lines[2].contains("ringing") && lines[2].contains("connected"), "{lines:#?}");
    assert!(lines[4].contains("records of the call: 1") && lines[4].contains("30 s of talk"), "{lines:#?}");
}
