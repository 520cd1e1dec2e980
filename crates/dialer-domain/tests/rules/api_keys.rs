use dialer_domain::api_keys::{Access, ApiKey, Area, KeyHash, KeyScope, KeyState, NewApiKey, allows};
use dialer_domain::{ApiKeyId, Duration, OffsetDateTime, Principal, Role, UserId};
use rstest::rstest;
use time::macros::datetime;
use uuid::Uuid;

const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
const MAKER: Principal = Principal { user: UserId::new(Uuid::from_u128(1)), role: Role::Supervisor };

fn new() -> NewApiKey {
    NewApiKey { name: " Reports ".to_owned(), role: None, scopes: None, expires_at: None }
}

fn make(new: NewApiKey) -> Result<ApiKey, Vec<(&'static str, &'static str)>> {
    let secret = ("dk_01234567".to_owned(), KeyHash::new([7; 32]));
    ApiKey::make(ApiKeyId::new(Uuid::from_u128(2)), MAKER, new, secret, T0)
        .map_err(|errors| errors.into_iter().map(|error| (error.field, error.code)).collect())
}

#[test]
fn a_key_never_has_more_than_its_maker_s_role() {
    let with = |role| make(NewApiKey { role: Some(role), ..new() });
    assert_eq!(with(Role::Admin), Err(vec![("role", "role_too_large")]));
    assert_eq!(with(Role::Supervisor).unwrap().role, Role::Supervisor);
    assert_eq!(with(Role::Agent).unwrap().role, Role::Agent);
    assert_eq!(make(new()).unwrap().principal(), MAKER);
}

#[test]
fn everything_that_is_wrong_with_a_new_key_is_named() {
    let wrong = NewApiKey { name: " ".to_owned(), role: Some(Role::Admin), scopes: Some(vec![]), expires_at: Some(T0) };
    let named =
        [("name", "required"), ("role", "role_too_large"), ("scopes", "required"), ("expires_at", "in_the_past")];
    assert_eq!(make(wrong), Err(named.to_vec()));
    assert_eq!(make(NewApiKey { name: "n".repeat(101), ..new() }), Err(vec![("name", "too_long")]));
}

#[test]
fn a_key_ends_at_its_time_or_when_it_is_revoked() {
    let key = make(NewApiKey { expires_at: Some(T0 + Duration::MINUTE), ..new() }).unwrap();
    assert_eq!(key.state(T0), KeyState::Active);
    assert_eq!(key.state(T0 + Duration::MINUTE), KeyState::Expired);
    assert_eq!(ApiKey { revoked_at: Some(T0), ..key }.state(T0), KeyState::Revoked);
}

#[rstest]
#[case("*", Some(KeyScope::Everything))]
#[case("calls:read", Some(KeyScope::Only(Area::Calls, Access::Read)))]
#[case("voicemail-drops:write", Some(KeyScope::Only(Area::VoicemailDrops, Access::Write)))]
#[case("api-keys:write", None)]
#[case("calls", None)]
#[case("calls:*", None)]
#[case("Calls:read", None)]
#[case("", None)]
fn a_scope_is_read_as_it_is_written(#[case] text: &str, #[case] scope: Option<KeyScope>) {
    assert_eq!(text.parse().ok(), scope);
}

#[test]
fn every_scope_reads_back_as_itself() {
    assert!(KeyScope::all().all(|scope| scope.to_string().parse() == Ok(scope)));
}

#[test]
fn a_scope_opens_its_area_and_access_and_no_other() {
    let reads_calls = [KeyScope::Only(Area::Calls, Access::Read)];
    assert!(allows(&reads_calls, Some(Area::Calls), Access::Read));
    assert!(!allows(&reads_calls, Some(Area::Calls), Access::Write));
    assert!(!allows(&reads_calls, Some(Area::Campaigns), Access::Read));
    assert!(!allows(&reads_calls, None, Access::Read));
    let writes = [KeyScope::Only(Area::Calls, Access::Write)];
    assert!(!allows(&writes, Some(Area::Calls), Access::Read), "write does not include read");
    assert!(allows(&[KeyScope::Everything], None, Access::Write));
    assert!(!allows(&[], Some(Area::Calls), Access::Read));
}

#[test]
fn a_hash_is_sixty_four_digits_and_does_not_show() {
    let hash = KeyHash::new([0xab; 32]);
    assert_eq!(hash.as_str(), "ab".repeat(32));
    assert_eq!(KeyHash::parse(hash.as_str()).as_ref(), Some(&hash));
    assert_eq!(KeyHash::parse("ab"), None);
    assert_eq!(KeyHash::parse(&"AB".repeat(32)), None);
    assert_eq!(format!("{hash:?}"), "KeyHash(..)");
}
