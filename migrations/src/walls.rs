//! Row Level Security on `PostgreSQL`, for every step that makes a table: enabled, forced, and opened again by policies
//! for two roles.
//!
//! - `authenticated` is what a person's request becomes, with the claims of the person's token set: it owns nothing and
//!   sees what the policies that name it open.
//! - `service_role` is what the dialing engine is. A policy opens every row to it, so that it needs no `BYPASSRLS`, which
//!   only a superuser may give.
//!
//! The roles and `auth.uid()` are made by the step `row_level_security`, where the server has none.

/// The user who asks. In a subquery, so that it is evaluated once a statement and not once a row.
pub(crate) const USER: &str = "(SELECT auth.uid())";

/// The campaigns to which the user who asks is assigned as an agent, as an array, once a statement.
pub(crate) const ASSIGNED: &str = "(SELECT dialer_assigned_campaigns())::uuid[]";

/// What requests may do with a table, where policies let them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Grant {
    /// Read, add, change, remove.
    All,
    /// Read and add: a log.
    Append,
}

/// The statements that put a table behind the wall. The service has all of it; nobody else anything but what
/// [`Policy`]s open.
pub(crate) fn wall(table: &str, grant: Grant) -> String {
    let granted = match grant {
        Grant::All => "SELECT, INSERT, UPDATE, DELETE",
        Grant::Append => "SELECT, INSERT",
    };
    format!(
        "
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
REVOKE ALL ON {table} FROM PUBLIC, authenticated, service_role;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'anon') THEN REVOKE ALL ON {table} FROM anon; END IF;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO service_role;
GRANT {granted} ON {table} TO authenticated;
CREATE POLICY service ON {table} TO service_role USING (true) WITH CHECK (true);
"
    )
}

/// What a policy opens to requests; each text is a condition on the row.
#[derive(Debug)]
pub(crate) enum Policy {
    /// Read, change and remove rows that meet it, and write rows that meet it.
    Own(String),
    /// The same, with a further condition on what is written.
    OwnIf(String, String),
    /// Read rows that meet it.
    Read(String),
    /// Add rows that meet it.
    Add(String),
}

/// The statement that makes a policy.
pub(crate) fn policy(table: &str, name: &str, policy: &Policy) -> String {
    let rule = match policy {
        Policy::Own(of) => format!("TO authenticated USING ({of}) WITH CHECK ({of})"),
        Policy::OwnIf(of, and) => format!("TO authenticated USING ({of}) WITH CHECK ({of} AND {and})"),
        Policy::Read(of) => format!("FOR SELECT TO authenticated USING ({of})"),
        Policy::Add(of) => format!("FOR INSERT TO authenticated WITH CHECK ({of})"),
    };
    format!("CREATE POLICY {name} ON {table} {rule};\n")
}

/// Holds of rows of `table` that carry the id of the user who asks.
pub(crate) fn own(table: &str) -> String {
    format!("{table}.user_id = {USER}")
}

/// Holds of rows of `table` whose campaign belongs to the user who asks.
pub(crate) fn of_own_campaign(table: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM dialer_campaigns AS own WHERE own.id = {table}.campaign_id AND own.user_id = {USER})"
    )
}

/// Holds of rows of `table` whose call belongs to the user who asks.
pub(crate) fn of_own_call(table: &str) -> String {
    format!("EXISTS (SELECT 1 FROM call_logs AS own WHERE own.id = {table}.call_id AND own.user_id = {USER})")
}
