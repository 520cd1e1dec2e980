//! Row Level Security: a user sees and changes own rows, an assigned agent sees what an agent works on, and nothing
//! else opens. `SQLite` has no such thing; there the program's own scoping is the only wall.
//!
//! Runs in plain `PostgreSQL` and in a Supabase project, and does not need a superuser: the role that runs it owns the
//! tables, may make roles (`CREATEROLE`) or finds them made, and becomes a member of both.
//!
//! - Roles belong to the whole server, not to this database: another database of it may be making them right now.
//! - Foreign keys and their cascades are checked as the tables' owner and past the policies, as always.
//! - `campaign_agents` is read inside of other tables' policies through `dialer_assigned_campaigns()`, because policies of
//!   two tables that read each other would never end. The function runs as the owner, hence the owner's policy.
//! - What is written must not only be the user's own: it must also not refer to somebody else's campaign or contact,
//!   since a live call or an open queue entry keeps a contact from being called.

use sea_orm_migration::prelude::*;

use crate::run;
use crate::walls::{ASSIGNED, Grant, Policy, USER, of_own_call, of_own_campaign, own, policy, wall};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &postgres(), "SELECT 1").await
    }
}

fn postgres() -> String {
    let walls: String = tables().into_iter().map(|(table, grant, _)| wall(table, grant)).collect();
    let policies: String = tables()
        .iter()
        .flat_map(|(table, _, policies)| policies.iter().map(|(name, rule)| policy(table, name, rule)))
        .collect();
    [ROLES, UID, &walls, HELPER, &policies, OTHERS].concat()
}

/// The roles, and their membership of whoever runs this.
const ROLES: &str = "
DO $$
DECLARE
    wanted text;
    -- Since version 16 a member may be one that must not become the role.
    usable text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['authenticated', 'service_role'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', wanted);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- Another database of this server was faster.
        END;
        BEGIN
            IF NOT pg_has_role(current_user, wanted, usable) THEN
                EXECUTE format('GRANT %I TO %I', wanted, current_user);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format(
        'the role %I may not make the roles that Row Level Security needs; let an administrator of the server run, '
        'leaving out roles that exist: CREATE ROLE authenticated NOLOGIN; CREATE ROLE service_role NOLOGIN; '
        'GRANT authenticated, service_role TO %I; and then migrate again', current_user, current_user);
END $$;

DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated' AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'the role authenticated is exempt from Row Level Security; let an administrator of the server '
            'run: ALTER ROLE authenticated NOSUPERUSER NOBYPASSRLS; and then migrate again';
    END IF;
    IF NOT has_schema_privilege('authenticated', current_schema(), 'USAGE')
        OR NOT has_schema_privilege('service_role', current_schema(), 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO authenticated, service_role', current_schema());
    END IF;
END $$;
";

/// `auth.uid()`, where there is none: the `sub` of the claims that the transaction has set.
const UID: &str = "
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
               WHERE n.nspname = 'auth' AND p.proname = 'uid' AND p.pronargs = 0) THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'auth') THEN
        CREATE SCHEMA auth;
        GRANT USAGE ON SCHEMA auth TO authenticated, service_role;
    END IF;
    -- After a transaction that set it, a setting is the empty string and not null.
    CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $uid$
        SELECT coalesce(
            nullif(current_setting('request.jwt.claim.sub', true), ''),
            nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
        )::uuid
    $uid$;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format(
        'the role %I may not make the function auth.uid(); let an administrator run: GRANT CREATE ON DATABASE %I TO %I; '
        'or, where there is a schema auth: GRANT USAGE, CREATE ON SCHEMA auth TO %I; and then migrate again',
        current_user, current_database(), current_user, current_user);
END $$;
";

/// Reads `campaign_agents` past its policies, which read campaigns.
const HELPER: &str = "
CREATE POLICY owner ON campaign_agents FOR SELECT TO CURRENT_USER USING (true);

CREATE FUNCTION dialer_assigned_campaigns() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
    SELECT coalesce(array_agg(a.campaign_id), '{}') FROM campaign_agents AS a WHERE a.user_id = auth.uid()
$$;
DO $$ BEGIN
    EXECUTE format(
        'ALTER FUNCTION dialer_assigned_campaigns() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$;
REVOKE ALL ON FUNCTION dialer_assigned_campaigns() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dialer_assigned_campaigns() TO authenticated, service_role;
";

/// What is no table of data: the numbers that columns take from sequences, and the list of applied steps, which only its
/// owner writes and only the service reads.
const OTHERS: &str = "
DO $$
DECLARE
    numbers text;
BEGIN
    FOREACH numbers IN ARRAY ARRAY[
        pg_get_serial_sequence('campaign_contacts', 'position'), pg_get_serial_sequence('dialer_events', 'seq')] LOOP
        EXECUTE format('GRANT USAGE ON SEQUENCE %s TO authenticated, service_role', numbers);
    END LOOP;
    IF to_regclass('seaql_migrations') IS NOT NULL THEN
        ALTER TABLE seaql_migrations ENABLE ROW LEVEL SECURITY;
        GRANT SELECT ON seaql_migrations TO service_role;
        CREATE POLICY service ON seaql_migrations FOR SELECT TO service_role USING (true);
    END IF;
END $$;
";

/// A table, what requests may do with it at most, and the policies that open rows of it.
type Walled = (&'static str, Grant, Vec<(&'static str, Policy)>);

fn tables() -> Vec<Walled> {
    let contact = |table: &str, and: &str| {
        format!("EXISTS (SELECT 1 FROM campaign_contacts AS k WHERE k.id = {table}.contact_id AND {and})")
    };
    let calls_of_own = format!(
        "(call_logs.campaign_id IS NULL OR {}) AND (call_logs.contact_id IS NULL OR {})",
        of_own_campaign("call_logs"),
        contact("call_logs", &of_own_campaign("k")),
    );
    vec![
        (
            "dialer_campaigns",
            Grant::All,
            vec![
                ("own", Policy::Own(own("dialer_campaigns"))),
                ("assigned", Policy::Read(format!("dialer_campaigns.id = ANY ({ASSIGNED})"))),
            ],
        ),
        (
            "campaign_contacts",
            Grant::All,
            vec![
                ("own", Policy::Own(of_own_campaign("campaign_contacts"))),
                (
                    "reserved",
                    Policy::Read(format!(
                        "campaign_contacts.reserved_for = {USER} AND campaign_contacts.campaign_id = ANY ({ASSIGNED})"
                    )),
                ),
            ],
        ),
        (
            "dialer_queues",
            Grant::All,
            vec![(
                "own",
                Policy::OwnIf(
                    of_own_campaign("dialer_queues"),
                    contact("dialer_queues", "k.campaign_id = dialer_queues.campaign_id"),
                ),
            )],
        ),
        (
            "call_logs",
            Grant::All,
            vec![
                ("own", Policy::OwnIf(own("call_logs"), calls_of_own)),
                ("handled", Policy::Read(format!("call_logs.agent_id = {USER}"))),
            ],
        ),
        ("call_recordings", Grant::All, vec![("own", Policy::Own(of_own_call("call_recordings")))]),
        ("voicemail_drops", Grant::All, vec![("own", Policy::Own(own("voicemail_drops")))]),
        (
            "call_dispositions",
            Grant::All,
            vec![
                ("own", Policy::OwnIf(of_own_call("call_dispositions"), own("call_dispositions"))),
                ("written", Policy::Read(own("call_dispositions"))),
                (
                    "handled",
                    Policy::Add(format!(
                        "{} AND EXISTS (SELECT 1 FROM call_logs AS l
                                WHERE l.id = call_dispositions.call_id AND l.agent_id = {USER})",
                        own("call_dispositions"),
                    )),
                ),
            ],
        ),
        ("suppressions", Grant::All, vec![("own", Policy::Own(own("suppressions")))]),
        ("dialer_events", Grant::Append, vec![("own", Policy::Own(own("dialer_events")))]),
        (
            "campaign_agents",
            Grant::All,
            vec![
                ("own", Policy::Own(of_own_campaign("campaign_agents"))),
                ("assigned", Policy::Read(own("campaign_agents"))),
            ],
        ),
        ("api_keys", Grant::All, vec![("own", Policy::Own(own("api_keys")))]),
        ("idempotency_keys", Grant::All, vec![("own", Policy::Own(own("idempotency_keys")))]),
        ("import_jobs", Grant::All, vec![("own", Policy::OwnIf(own("import_jobs"), of_own_campaign("import_jobs")))]),
        (
            "import_rows",
            Grant::All,
            vec![(
                "own",
                Policy::Own(format!(
                    "EXISTS (SELECT 1 FROM import_jobs AS own WHERE own.id = import_rows.job_id AND own.user_id = {USER})"
                )),
            )],
        ),
    ]
}
