use dialer_simulator::CarrierSettings;
use dialer_voipstudio::DEFAULT_BASE_URL;
use secrecy::ExposeSecret;

use super::*;

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn load(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::load(None, &environment(pairs))
}

fn load_file(text: &str, pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dialer.toml");
    std::fs::write(&path, text).unwrap();
    Settings::load(Some(&path), &environment(pairs))
}

#[test]
fn the_program_starts_with_nothing_set() {
    let settings = load(&[]).unwrap();
    assert_eq!((settings.server.bind.to_string().as_str(), settings.server.port), ("127.0.0.1", 8080));
    assert_eq!(settings.telephony.requests_per_minute, 100);
    assert_eq!(settings.telephony.provider, Provider::Auto);
    assert_eq!(settings.dialing.default_timezone.name(), "UTC");
    assert_eq!(settings.numbers.default_region, None);
}

#[test]
fn the_compiled_in_file_agrees_with_the_defaults_of_the_parts_it_sets() {
    let settings = load(&[]).unwrap();
    assert_eq!(settings.engine.with_agents(Vec::new(), &settings.agents), dialer_app::EngineSettings::default());
    assert_eq!(settings.imports.for_runner(), dialer_app::ImportSettings::default());
    assert_eq!(settings.telephony.simulator.carrier, CarrierSettings::default());
    assert_eq!(settings.telephony.voipstudio.base_url, DEFAULT_BASE_URL);
}

#[test]
fn a_file_wins_over_the_defaults_and_a_variable_over_the_file() {
    let text = "[server]\nport = 9000\nbind = \"0.0.0.0\"\n[numbers]\ndefault_region = \"GB\"\n";
    let settings = load_file(text, &[("DIALER__SERVER__PORT", "9001")]).unwrap();
    assert_eq!((settings.server.port, settings.server.bind.to_string().as_str()), (9001, "0.0.0.0"));
    assert!(settings.numbers.default_region.is_some());
    assert!(settings.file.is_some());
}

#[test]
fn the_well_known_variables_set_their_keys_and_empty_ones_count_as_absent() {
    let settings = load(&[
        ("DATABASE_URL", "postgres://dialer@localhost/dialer"),
        ("VOIPSTUDIO_API_KEY", "key-1"),
        ("VOIPSTUDIO_USERNAME", "10021"),
        ("VOIPSTUDIO_BASE_URL", ""),
        ("VOIPSTUDIO_SERVER", "sip.example"),
        ("SUPABASE_JWT_SECRET", "secret-1"),
        ("SUPABASE_URL", "https://abc.supabase.co"),
    ])
    .unwrap();
    assert_eq!(settings.database.url.expose_secret(), "postgres://dialer@localhost/dialer");
    assert_eq!(settings.telephony.voipstudio.api_key.expose_secret(), "key-1");
    assert_eq!(settings.telephony.voipstudio.username, "10021");
    assert_eq!(settings.telephony.voipstudio.base_url, DEFAULT_BASE_URL);
    assert_eq!(settings.telephony.voipstudio.server, "sip.example");
    assert_eq!(settings.auth.supabase_jwt_secret.expose_secret(), "secret-1");
    assert_eq!(settings.auth.supabase_url, "https://abc.supabase.co");
}

#[test]
fn agents_are_separated_by_commas_in_the_environment_and_a_list_in_a_file() {
    let from_environment = load(&[("DIALER__ENGINE__AGENTS", "10021, 10022,")]).unwrap();
    assert_eq!(from_environment.engine.agents, ["10021", "10022"]);
    let one = load(&[("DIALER__ENGINE__AGENTS", "10021")]).unwrap();
    assert_eq!(one.engine.agents, ["10021"]);
    let from_file = load_file("[engine]\nagents = [\"10021\", 10022]\n", &[]).unwrap();
    assert_eq!(from_file.engine.agents, ["10021", "10022"]);
}

#[test]
fn every_problem_is_reported_at_once_and_names_its_key() {
    let text = "[server]\nprot = 1\n[engnie]\nhorizon = 5\n[log]\njson = \"maybe\"\n";
    let error = load_file(
        text,
        &[
            ("DIALER__SERVER__PORT", "80080"),
            ("DIALER__ENGINE__WRAPUP", "3"),
            ("DIALER__DIALING__DEFAULT_TIMEZONE", "Mars/Olympus"),
            ("DIALER__NUMBERS__DEFAULT_REGION", "Atlantis"),
            ("DIALER__ENGINE__HORIZON", "many"),
        ],
    )
    .unwrap_err();
    let text = error.to_string();
    for expected in [
        "`server.prot` in ",
        "`server` has: bind, port",
        "`engnie.horizon` in ",
        "the sections are: agents, audio, auth, cors, database",
        "`log.json` (from /",
        "`server.port` (from DIALER__SERVER__PORT) must be an unsigned 16 bit integer",
        "DIALER__ENGINE__WRAPUP is not a setting; `engine` has: agent_rest_seconds",
        "`Mars/Olympus` is not an IANA time zone",
        "`Atlantis` is not a region",
        "`engine.horizon` (from DIALER__ENGINE__HORIZON) must be an integer",
    ] {
        assert!(text.contains(expected), "{expected} is missing from:\n{text}");
    }
    assert_eq!(error.0.len(), 8, "{text}");
}

#[test]
fn contradictions_and_values_out_of_range_are_reported_together() {
    let error = load(&[
        ("DIALER__TELEPHONY__PROVIDER", "voipstudio"),
        ("DIALER__ENGINE__ANSWER_WAIT_SECONDS", "60"),
        ("DIALER__ENGINE__SWEEP_SECONDS", "0"),
        ("DIALER__DATABASE__MAX_CONNECTIONS", "0"),
        ("DIALER__AUTH__SIGNING_KEY", "short"),
        ("DIALER__LOG__FILTER", "dialer=loud"),
        ("SUPABASE_URL", "abc.supabase.co"),
    ])
    .unwrap_err();
    let text = error.to_string();
    for expected in [
        "there is no API key; set VOIPSTUDIO_API_KEY",
        "a dial may be answered after 105 s",
        "`engine.sweep_seconds` is 0; use 1 to 3600",
        "`database.max_connections` is 0; use 1 to 1000",
        "`auth.signing_key` is too short",
        "`log.filter` cannot be read",
        "`auth.supabase_url` must begin with https://",
    ] {
        assert!(text.contains(expected), "{expected} is missing from:\n{text}");
    }
    assert_eq!(error.0.len(), 7, "{text}");
}

#[test]
fn a_missing_file_and_one_that_is_not_toml_are_named() {
    let missing = Settings::load(Some(Path::new("/nowhere/dialer.toml")), &Environment::new()).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/dialer.toml cannot be read"), "{missing}");
    let broken = load_file("[server\nport = 1", &[]).unwrap_err();
    assert!(broken.to_string().contains("dialer.toml is not TOML"), "{broken}");
}

#[rstest::rstest]
#[case(&[("SUPABASE_URL", "http://abc.supabase.co")], "`auth.supabase_url` must begin with https://")]
#[case(&[("DIALER__AUTH__SUPABASE_JWKS_URL", "https://abc.supabase.co/k")], "`auth.supabase_jwks_url` needs `auth.supabase_url`")]
#[case(
    &[("SUPABASE_URL", "https://abc.supabase.co"), ("DIALER__AUTH__SUPABASE_JWKS_URL", "http://abc.supabase.co/k")],
    "`auth.supabase_jwks_url` must begin with https://"
)]
#[case(&[("DIALER__AUTH__JWKS_MAX_AGE_SECONDS", "29")], "`auth.jwks_max_age_seconds` is 29; use 30 to 86400")]
#[case(&[("VOIPSTUDIO_WEBHOOK_SECRET", "short")], "`telephony.voipstudio.webhook.secret` cannot be used")]
#[case(
    &[("VOIPSTUDIO_WEBHOOK_SECRET", "long-enough-but/with-a-slash")],
    "`telephony.voipstudio.webhook.secret` cannot be used"
)]
#[case(&[("VOIPSTUDIO_WEBHOOK_PASSWORD", "alone")], "`telephony.voipstudio.webhook` needs both")]
#[case(&[("DIALER__LIMITS__USER_BURST", "0")], "`limits.user_burst` is 0; use 1 to 1000000")]
fn what_could_let_strangers_in_is_refused(#[case] pairs: &[(&str, &str)], #[case] problem: &str) {
    let error = load(pairs).unwrap_err();
    assert!(error.to_string().contains(problem), "{error}");
}

#[test]
fn a_project_on_this_machine_may_do_without_encryption() {
    for url in ["http://localhost:54321", "http://127.0.0.1:54321", "http://[::1]:54321"] {
        assert!(load(&[("SUPABASE_URL", url)]).is_ok(), "{url}");
    }
    assert!(load(&[("SUPABASE_URL", "http://localhost.example.com")]).is_err());
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let secrets = ["sesame-database", "sesame-provider", "sesame-supabase", "sesame-signing-key-that-is-long-enough"];
    let settings = load(&[
        ("DATABASE_URL", "postgres://dialer:sesame-database@localhost/dialer"),
        ("VOIPSTUDIO_API_KEY", secrets[1]),
        ("SUPABASE_JWT_SECRET", secrets[2]),
        ("DIALER__AUTH__SIGNING_KEY", secrets[3]),
    ])
    .unwrap();
    let shown = format!("{settings:?}");
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret} is shown");
    }
}

#[test]
fn the_production_example_can_be_loaded() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/production.toml");
    let settings = Settings::load(Some(&path), &environment(&[("VOIPSTUDIO_API_KEY", "key-1")])).unwrap();
    assert_eq!(settings.telephony.provider, Provider::VoipStudio);
}
