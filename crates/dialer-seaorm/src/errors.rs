//! What the database says, in words that callers can act on.

use dialer_domain::StoreError;
use dialer_domain::store::Cause;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlErr};
use sqlx::error::ErrorKind;

/// Why a database cannot be opened or prepared.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A kind of database that we cannot use.
    #[error("`{scheme}` databases are not supported; use sqlite://PATH?mode=rwc or postgres://USER:PASSWORD@HOST/NAME")]
    UnknownScheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// A URL that cannot be read.
    #[error("the database URL cannot be read: {reason}")]
    Url {
        /// What is wrong with it.
        reason: String,
    },
    /// The server does not answer.
    #[error("the database server at {place} cannot be reached; is it running, and is the address right?")]
    Unreachable {
        /// Host, port and database.
        place: String,
        /// What was seen.
        #[source]
        source: Cause,
    },
    /// The server answers and does not let us in.
    #[error("the database server at {place} does not accept the user name and password")]
    Credentials {
        /// Host, port and database.
        place: String,
        /// What the server said.
        #[source]
        source: Cause,
    },
    /// The server has no database of that name.
    #[error("the database server has no database {place}; create it first")]
    NoDatabase {
        /// Host, port and database.
        place: String,
        /// What the server said.
        #[source]
        source: Cause,
    },
    /// The file cannot be opened as a database.
    #[error("the database file {place} cannot be opened; does its folder exist, and may this user write there?")]
    File {
        /// The path.
        place: String,
        /// What was seen.
        #[source]
        source: Cause,
    },
    /// The file is something else.
    #[error("{place} is not an SQLite database")]
    NotADatabase {
        /// The path.
        place: String,
        /// What was seen.
        #[source]
        source: Cause,
    },
    /// A later version of the program has changed the database.
    #[error(
        "the database was prepared by a newer version of this program ({}); upgrade the program to use it",
        .migrations.join(", ")
    )]
    Newer {
        /// The steps that this version does not know.
        migrations: Vec<String>,
    },
    /// It stopped working, or a migration failed.
    #[error("the database does not work")]
    Failed {
        /// What it said.
        #[source]
        source: Cause,
    },
}

impl DatabaseError {
    pub(crate) fn failed(source: DbErr) -> Self {
        Self::Failed { source: source.into() }
    }

    pub(crate) fn of_file(place: String, source: sqlx::Error) -> Self {
        /// Result code `SQLITE_NOTADB`.
        const NOT_A_DATABASE: &str = "26";
        match code(&source).as_deref() {
            Some(NOT_A_DATABASE) => Self::NotADatabase { place, source: source.into() },
            _ => Self::File { place, source: source.into() },
        }
    }

    pub(crate) fn of_server(place: String, source: sqlx::Error) -> Self {
        match code(&source).as_deref() {
            // invalid_authorization_specification, invalid_password
            Some("28000" | "28P01") => Self::Credentials { place, source: source.into() },
            // invalid_catalog_name
            Some("3D000") => Self::NoDatabase { place, source: source.into() },
            _ => Self::Unreachable { place, source: source.into() },
        }
    }
}

/// The code that the database gave its error.
fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).map(std::borrow::Cow::into_owned)
}

/// Whether a transaction failed because of others that ran beside it, so that running it again is likely to work.
pub(crate) fn lost_a_race(error: &StoreError) -> bool {
    let source = match error {
        StoreError::Unavailable { source } => source,
        // An agent who moved while others held what the step is about.
        StoreError::Stale { what } => return *what == AGENT.row,
        _ => return false,
    };
    let code = source.downcast_ref::<DbErr>().and_then(sqlx_error).and_then(code);
    // serialization_failure, deadlock_detected
    matches!(code.as_deref(), Some("40001" | "40P01"))
}

/// What a statement that changes something failed with.
pub(crate) fn exec_error(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

/// What a query failed with.
pub(crate) fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

/// Why there is no connection, or no transaction on it.
pub(crate) fn pool_error(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        other => DbErr::Conn(RuntimeErr::SqlxError(other.into())),
    }
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// What the rows of an aggregate are called when the database refuses one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    /// The table.
    pub(crate) table: &'static str,
    /// What a row is.
    pub(crate) row: &'static str,
    /// What is there twice when a key is taken.
    pub(crate) unique: &'static str,
    /// What is missing when a foreign key does not hold.
    pub(crate) reference: &'static str,
}

/// Names of campaigns.
pub(crate) const CAMPAIGN: Names =
    Names { table: "dialer_campaigns", row: "campaign", unique: "the campaign", reference: "the campaign" };
/// Names of contacts.
pub(crate) const CONTACT: Names =
    Names { table: "campaign_contacts", row: "contact", unique: "the contact", reference: "the campaign" };
/// Names of calls.
pub(crate) const CALL: Names = Names { table: "call_logs", row: "call", unique: "the call", reference: "the campaign" };
/// Names of queue entries.
pub(crate) const ENTRY: Names =
    Names { table: "dialer_queues", row: "queue entry", unique: "the queue entry", reference: "the contact" };
/// Names of agents of campaigns.
pub(crate) const ASSIGNMENT: Names =
    Names { table: "campaign_agents", row: "agent", unique: "the agent", reference: "the campaign" };
/// Names of agents.
pub(crate) const AGENT: Names = Names { table: "agents", row: "agent", unique: "the agent", reference: "the owner" };
/// Names of what agents did.
pub(crate) const AGENT_STATE: Names = Names {
    table: "agent_states",
    row: "state of an agent",
    unique: "an open state of the agent",
    reference: "the agent",
};
/// Names of do-not-call entries.
pub(crate) const SUPPRESSION: Names = Names {
    table: "suppressions",
    row: "do-not-call entry",
    unique: "the do-not-call entry",
    reference: "the campaign",
};
/// Names of entries of the consent ledger.
pub(crate) const CONSENT: Names =
    Names { table: "consents", row: "consent", unique: "the consent", reference: "the contact" };
/// Names of emergency bans.
pub(crate) const BAN: Names = Names { table: "rule_bans", row: "ban", unique: "the ban", reference: "the owner" };
/// Names of receipts of decisions.
pub(crate) const RECEIPT: Names =
    Names { table: "decision_receipts", row: "receipt", unique: "the receipt", reference: "the rule book" };
/// Names of rule books.
pub(crate) const RULE_BOOK: Names =
    Names { table: "rule_books", row: "rule book", unique: "the rule book", reference: "the rule book" };
/// Names of counts of refusals.
pub(crate) const REFUSAL_COUNT: Names = Names {
    table: "refusal_counts",
    row: "count of refusals",
    unique: "the count of refusals",
    reference: "the campaign",
};
/// Names of copies of registers.
pub(crate) const REGISTRY_COPY: Names =
    Names { table: "registry_copies", row: "copy", unique: "the copy", reference: "the owner" };
/// Names of dispositions.
pub(crate) const DISPOSITION: Names =
    Names { table: "call_dispositions", row: "disposition", unique: "the disposition", reference: "the call" };
/// Names of imports.
pub(crate) const IMPORT: Names =
    Names { table: "import_jobs", row: "import", unique: "the import", reference: "the campaign" };
/// Names of rows that imports left out.
pub(crate) const IMPORT_ROW: Names =
    Names { table: "import_rows", row: "row of an import", unique: "the row of an import", reference: "the import" };
/// Names of API keys.
pub(crate) const API_KEY: Names =
    Names { table: "api_keys", row: "API key", unique: "the API key", reference: "the owner" };
/// Names of recordings.
pub(crate) const RECORDING: Names =
    Names { table: "call_recordings", row: "recording", unique: "the recording", reference: "the call" };
/// Names of recordings that were fetched from the provider.
pub(crate) const COLLECTED: Names = Names {
    table: "collected_recordings",
    row: "recording",
    unique: "the provider's recording",
    reference: "the call",
};
/// Names of voicemail drops.
pub(crate) const VOICEMAIL_DROP: Names =
    Names { table: "voicemail_drops", row: "voicemail drop", unique: "the voicemail drop", reference: "the owner" };
/// Names of events.
pub(crate) const EVENT: Names =
    Names { table: "dialer_events", row: "event", unique: "the event", reference: "the owner" };

/// Names of events of the provider.
pub(crate) const PROVIDER_EVENT: Names =
    Names { table: "provider_events", row: "event", unique: "the event", reference: "the call" };
/// Names of leases.
pub(crate) const LEASE: Names =
    Names { table: "dialer_leases", row: "lease", unique: "the lease", reference: "the campaign" };
/// Names of request budgets.
pub(crate) const BUDGET: Names =
    Names { table: "request_budgets", row: "request budget", unique: "the request budget", reference: "the account" };
/// Names of requests that carry a key.
pub(crate) const KEY: Names =
    Names { table: "idempotency_keys", row: "idempotency key", unique: "the idempotency key", reference: "the owner" };

impl Names {
    /// The port's error for what the database said.
    pub(crate) fn error(self, error: DbErr) -> StoreError {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(message)) => {
                StoreError::Duplicate { what: self.unique_by(&message) }
            }
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => StoreError::MissingReference { what: self.reference },
            _ if is_walled_off(&error) => StoreError::MissingReference { what: self.reference },
            _ if is_unreadable(&error) => {
                StoreError::Corrupt { table: self.table, id: "(among several)".to_owned(), source: error.into() }
            }
            _ if is_refusal(&error) => StoreError::Refused { table: self.table, source: error.into() },
            _ => StoreError::Unavailable { source: error.into() },
        }
    }

    /// What is there twice, by the index that the database names.
    fn unique_by(self, message: &str) -> &'static str {
        if message.contains("call_logs_call_id") || message.contains("call_logs.call_id") {
            "the provider's call id"
        } else if message.contains("uq_call_logs_live_attempt") || message.contains("call_logs.contact_id") {
            "a live attempt at this contact"
        } else if message.contains("uq_agents_user_id") || message.contains(" agents.user_id") {
            "the agent's profile"
        } else if message.contains("uq_agents_line") || message.contains(" agents.line") {
            "an agent with this line"
        } else {
            self.unique
        }
    }
}

/// Whether the database does not take a value: one that breaks a check, or that its type cannot hold.
fn is_refusal(error: &DbErr) -> bool {
    let Some(sqlx::Error::Database(said)) = sqlx_error(error) else { return false };
    // Class 22 of SQLSTATE: data exceptions.
    matches!(said.kind(), ErrorKind::CheckViolation | ErrorKind::NotNullViolation)
        || said.code().is_some_and(|code| code.len() == 5 && code.starts_with("22"))
}

/// Whether Row Level Security refused what was to be written: it refers to rows of somebody else, which for the writer do
/// not exist.
fn is_walled_off(error: &DbErr) -> bool {
    // insufficient_privilege, which is also what a missing grant is called: that one would be our fault.
    let Some(sqlx::Error::Database(said)) = sqlx_error(error) else { return false };
    said.code().as_deref() == Some("42501") && said.message().contains("row-level security")
}

/// Whether the database answered and the answer is no row of ours.
fn is_unreadable(error: &DbErr) -> bool {
    match error {
        DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => true,
        other => matches!(sqlx_error(other), Some(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))),
    }
}
