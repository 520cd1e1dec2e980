//! Who the application is on a `PostgreSQL` server: the walls hold for what it does, whoever it logs in as.

use dialer_domain::agents::AgentPatch;
use dialer_domain::agents::store::AgentProfiles;
use dialer_domain::calls::store::{CallFilter, CallStore};
use dialer_domain::calls::{CallPatch, NewCall};
use dialer_domain::campaigns::store::{CampaignFilter, CampaignStore};
use dialer_domain::contacts::store::{ContactStore, SkipReason};
use dialer_domain::events::EventLog;
use dialer_domain::imports::ImportEnd;
use dialer_domain::imports::store::ImportStore;
use dialer_domain::queue::store::{ContactClaim, DialQueue};
use dialer_domain::rules::Shelf;
use dialer_domain::suppression::SuppressionStore;
use dialer_domain::{CallId, Campaign, Contact, Duration, PageRequest, QueueEntryId, Scope, StoreError, UserId};
use dialer_seaorm::testing::{TestDatabase, empty_postgres, fresh_postgres};
use dialer_seaorm::{ConnectOptions, Database, DatabaseError};
use dialer_testkit::builders::{T0, agent, batch, call, campaign, contact, id, import, left_out, slots, suppression};
use dialer_testkit::pacing;

use crate::support::Raw;

/// The database of `test`, opened as somebody else.
async fn opened_as(login: &str, test: &TestDatabase) -> Database {
    let (_, address) = test.url.rsplit_once('@').unwrap();
    Database::connect(&format!("postgres://{login}@{address}"), ConnectOptions::default())
        .await
        .unwrap()
        .governed_by(Shelf::open())
}

/// The call that the owner of `list` wants to place to one of its contacts.
fn intent(list: &Campaign, contact: &Contact) -> NewCall {
    NewCall {
        ahead: false,
        id: id(CallId::new),
        user_id: list.user_id,
        to_number: contact.person.phone_number.clone(),
        from_number: None,
        agent: None,
        agent_id: None,
        lead_id: None,
        campaign_id: Some(list.id),
        metadata: serde_json::Map::new(),
    }
}

/// An empty database that belongs to a new login, which is no superuser.
async fn owned_by_a_plain_login(name: &str, attributes: &str) -> (TestDatabase, Raw, String) {
    let test = empty_postgres().await;
    let raw = Raw::on(&test).await;
    let database: String = raw.value("SELECT current_database()::text").await;
    let login = format!("{name}_of_{database}");
    raw.run(&format!("CREATE ROLE {login} LOGIN NOSUPERUSER {attributes}")).await;
    raw.run(&format!("ALTER DATABASE {database} OWNER TO {login}")).await;
    (test, raw, login)
}

/// Puts a policy on every table that no user's row passes, whatever the program's own conditions say.
async fn nothing_passes(raw: &Raw) {
    let tables: Vec<String> = raw
        .column(
            "SELECT relname::text FROM pg_class WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace",
        )
        .await;
    assert!(!tables.is_empty());
    for table in tables {
        raw.run(&format!(
            "CREATE POLICY shut ON {table} AS RESTRICTIVE TO authenticated USING (false) WITH CHECK (false)"
        ))
        .await;
    }
}

#[tokio::test]
async fn every_method_on_behalf_of_a_user_goes_through_the_wall_although_the_login_is_a_superuser() {
    let test = fresh_postgres().await;
    let (db, raw) = (&test.db, Raw::on(&test).await);
    let list = campaign().active().build();
    CampaignStore::add(db, &list).await.unwrap();
    let (owner, page) = (Scope::User(list.user_id), PageRequest::default());
    let contacts = db.import(owner, list.id, vec![contact(list.id).build()]).await.unwrap().added;
    let number = &contacts[0].person.phone_number;
    let one = call().owner(list.user_id).build();
    CallStore::add(db, &one).await.unwrap();
    db.suppress(&suppression(list.user_id, number)).await.unwrap();

    let job = import(&list);
    ImportStore::add(db, owner, &job).await.unwrap();
    db.take(vec![job.id], T0).await.unwrap().unwrap();
    db.append(job.id, &batch(0, vec![], vec![left_out(1, SkipReason::NoNumber)]), T0).await.unwrap().unwrap();

    let robin = agent(list.user_id);
    AgentProfiles::add(db, &robin).await.unwrap();

    nothing_passes(&raw).await;

    assert_eq!(AgentProfiles::get(db, owner, robin.id).await.unwrap(), None);
    assert_eq!(db.of_user(robin.user_id).await.unwrap(), None);
    assert_eq!(AgentProfiles::list(db, owner, None, page).await.unwrap().total, 0);
    assert_eq!(AgentProfiles::change(db, owner, robin.id, &AgentPatch::default(), T0).await.unwrap(), None);
    assert!(!AgentProfiles::remove(db, owner, robin.id, T0).await.unwrap());
    assert_eq!(db.history(owner, robin.id, T0, T0 + Duration::HOUR).await.unwrap(), []);
    assert_eq!(db.history(Scope::Service, robin.id, T0, T0 + Duration::HOUR).await.unwrap().len(), 1);

    assert_eq!(CampaignStore::get(db, owner, list.id).await.unwrap(), None);
    assert_eq!(CampaignStore::list(db, owner, CampaignFilter::default(), page).await.unwrap().total, 0);
    assert_eq!(ContactStore::get(db, owner, contacts[0].id).await.unwrap(), None);
    assert_eq!(ContactStore::find(db, owner, list.id, number).await.unwrap(), None);
    assert_eq!(ContactStore::list(db, owner, list.id, None, page).await.unwrap().total, 0);
    assert_eq!(CallStore::get(db, owner, one.id).await.unwrap(), None);
    assert_eq!(CallStore::list(db, owner, CallFilter::default(), page).await.unwrap().total, 0);
    assert_eq!(SuppressionStore::find(db, list.user_id, number, None).await.unwrap(), None);
    assert_eq!(db.since(owner, 0, 100).await.unwrap(), vec![]);

    let walled_off = |error: StoreError| matches!(error, StoreError::MissingReference { .. });
    assert!(walled_off(CampaignStore::add(db, &campaign().build()).await.unwrap_err()));
    assert!(walled_off(AgentProfiles::add(db, &agent(list.user_id)).await.unwrap_err()));
    assert!(walled_off(CallStore::add(db, &call().owner(list.user_id).build()).await.unwrap_err()));
    assert!(walled_off(db.import(owner, list.id, vec![contact(list.id).build()]).await.unwrap_err()));
    assert!(walled_off(db.suppress(&suppression(UserId::new(uuid::Uuid::from_u128(9)), number)).await.unwrap_err()));
    let after = Campaign { revision: list.revision + 1, ..list.clone() };
    assert!(matches!(db.save(owner, &after).await, Err(StoreError::Stale { .. })));
    assert!(!db.delete(owner, list.id, T0).await.unwrap());
    let change = CallPatch { notes: Some(Some("Called back".to_owned())), ..CallPatch::default() };
    assert_eq!(CallStore::patch(db, owner, one.id, &change, T0).await.unwrap(), None);
    assert!(!db.hide(owner, one.id, T0).await.unwrap());
    assert!(!db.lift(list.user_id, number, None, None, T0).await.unwrap());
    let entry = id(QueueEntryId::new);
    assert_eq!(db.claim_contact(owner, contacts[0].id, entry, intent(&list, &contacts[0]), T0).await.unwrap(), None);

    assert!(ImportStore::get(db, owner, job.id).await.unwrap().is_none());
    assert_eq!(ImportStore::list(db, owner, list.id, page).await.unwrap().total, 0);
    assert_eq!(db.left_out(owner, job.id, None, page).await.unwrap(), []);
    assert_eq!(db.foresee(owner, list.id, vec![number.clone()]).await.unwrap(), [None]);
    assert!(db.end(owner, job.id, &ImportEnd::Canceled, T0).await.unwrap().is_none());
    assert!(db.undo(owner, job.id, T0).await.unwrap().is_none());
    assert!(walled_off(ImportStore::add(db, owner, &import(&list)).await.unwrap_err()));

    assert!(CampaignStore::get(db, Scope::Service, list.id).await.unwrap().is_some(), "the service sees all");
}

#[tokio::test]
async fn a_plain_login_that_owns_the_tables_migrates_them_and_works_behind_the_same_walls() {
    let (test, raw, login) = owned_by_a_plain_login("keeper", "CREATEROLE").await;
    let db = &opened_as(&login, &test).await;
    db.migrate().await.unwrap();
    db.migrate().await.unwrap();
    assert_eq!(db.pending_migrations().await.unwrap(), Vec::<String>::new());

    let list = campaign().active().build();
    CampaignStore::add(db, &list).await.unwrap();
    let (owner, stranger) = (Scope::User(list.user_id), Scope::User(UserId::new(uuid::Uuid::from_u128(9))));
    let contacts = (0..3).map(|_| contact(list.id).build()).collect();
    assert_eq!(db.import(owner, list.id, contacts).await.unwrap().added.len(), 3);
    db.plan(list.id, &pacing(db, list.id).await, vec![id(QueueEntryId::new), id(QueueEntryId::new)], T0).await.unwrap();
    assert_eq!(db.claim(list.id, &pacing(db, list.id).await, slots(2), T0).await.unwrap().calls.len(), 2);
    let page = PageRequest::default();
    for (scope, seen) in [(owner, (1, 3, 2)), (stranger, (0, 0, 0)), (Scope::Service, (1, 3, 2))] {
        let campaigns = CampaignStore::list(db, scope, CampaignFilter::default(), page).await.unwrap().total;
        let contacts = ContactStore::list(db, scope, list.id, None, page).await.unwrap().total;
        let calls = CallStore::list(db, scope, CallFilter::default(), page).await.unwrap().total;
        assert_eq!((campaigns, contacts, calls), seen, "{scope:?}");
    }
    let stored = CampaignStore::get(db, owner, list.id).await.unwrap().unwrap();
    assert_eq!(stored.stats.calling, 2, "the triggers keep the counts");
    let idle = ContactStore::list(db, owner, list.id, None, page).await.unwrap().items;
    let idle = idle.iter().find(|contact| contact.attempts == 0).unwrap();
    let claimed = db.claim_contact(owner, idle.id, id(QueueEntryId::new), intent(&list, idle), T0).await.unwrap();
    assert!(matches!(claimed, Some(ContactClaim::Call(_))), "{claimed:?}");
    assert!(!db.delete(stranger, list.id, T0).await.unwrap());
    assert!(db.delete(owner, list.id, T0).await.unwrap());
    assert_eq!(raw.value::<i64>("SELECT count(*) FROM campaign_contacts").await, 0, "they went with their campaign");
    let nowhere = db.import(Scope::Service, list.id, vec![contact(list.id).build()]).await;
    assert!(matches!(nowhere, Err(StoreError::MissingReference { .. })));

    let owners: Vec<String> =
        raw.column("SELECT DISTINCT pg_get_userbyid(relowner)::text FROM pg_class WHERE relforcerowsecurity").await;
    assert_eq!(owners, [login]);
}

#[tokio::test]
async fn a_login_that_owns_nothing_serves_what_another_has_migrated() {
    let test = fresh_postgres().await;
    let raw = Raw::on(&test).await;
    let login = format!("guest_of_{}", raw.value::<String>("SELECT current_database()::text").await);
    raw.run(&format!("CREATE ROLE {login} LOGIN NOINHERIT")).await;
    raw.run(&format!("GRANT authenticated, service_role TO {login}")).await;
    let db = &opened_as(&login, &test).await;
    db.migrate().await.unwrap();
    assert_eq!(db.pending_migrations().await.unwrap(), Vec::<String>::new());
    let list = campaign().active().build();
    CampaignStore::add(db, &list).await.unwrap();
    assert_eq!(CampaignStore::active(db).await.unwrap().len(), 1);
    assert!(CampaignStore::get(db, Scope::User(list.user_id), list.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_login_that_may_not_make_roles_is_told_what_an_administrator_has_to_run() {
    // The roles are there: other tests have made them.
    drop(fresh_postgres().await);
    let (test, raw, login) = owned_by_a_plain_login("lodger", "NOCREATEROLE").await;
    let db = opened_as(&login, &test).await;
    let error = db.migrate().await.unwrap_err();
    assert!(matches!(error, DatabaseError::Failed { .. }));
    let said = format!("{error:?}");
    let grant = format!("GRANT authenticated, service_role TO {login};");
    for statement in ["CREATE ROLE authenticated NOLOGIN;", "CREATE ROLE service_role NOLOGIN;", &grant] {
        assert!(said.contains(statement), "{statement} is missing from {said}");
    }
    assert!(db.pending_migrations().await.unwrap().len() > 1, "nothing was changed");

    raw.run(&grant).await;
    db.migrate().await.unwrap();
}

#[tokio::test]
async fn what_a_supabase_project_has_already_is_left_alone_and_its_visitors_get_nothing() {
    let (test, raw, login) = owned_by_a_plain_login("project", "CREATEROLE").await;
    let theirs = "SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid -- theirs";
    raw.run(&format!(
        "CREATE SCHEMA auth; CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ {theirs}\n$$"
    ))
    .await;
    raw.run("GRANT USAGE ON SCHEMA auth TO PUBLIC").await;
    raw.run(
        "DO $$ BEGIN CREATE ROLE anon NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
    )
    .await;
    raw.run(&format!(
        "ALTER DEFAULT PRIVILEGES FOR ROLE {login} GRANT ALL ON TABLES TO anon, authenticated, service_role"
    ))
    .await;

    let db = opened_as(&login, &test).await;
    db.migrate().await.unwrap();

    let source: String = raw.value("SELECT prosrc FROM pg_proc WHERE proname = 'uid'").await;
    assert!(source.contains("theirs"), "{source}");
    let open: Vec<String> = raw
        .column(
            "SELECT relname::text FROM pg_class WHERE relforcerowsecurity
             AND (has_table_privilege('anon', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
                  OR has_table_privilege('authenticated', oid, 'TRUNCATE'))",
        )
        .await;
    assert_eq!(open, Vec::<String>::new());
    let list = campaign().build();
    CampaignStore::add(&db, &list).await.unwrap();
    assert!(CampaignStore::get(&db, Scope::User(list.user_id), list.id).await.unwrap().is_some());
}
