//! Opening databases that are not there, or are something else.

use dialer_domain::Scope;
use dialer_domain::campaigns::store::CampaignStore;
use dialer_seaorm::testing::{fresh_postgres, fresh_sqlite};
use dialer_seaorm::{ConnectOptions, Database, DatabaseError, DatabaseKind};
use dialer_testkit::builders::campaign;

async fn refused(url: &str) -> DatabaseError {
    let options = ConnectOptions { wait: std::time::Duration::from_secs(5), ..ConnectOptions::default() };
    let error = Database::connect(url, options).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("hunter2"), "the error shows the password: {shown}");
    error
}

/// The server of the tests, with another user, password or database.
async fn server_with(user: &str, database: &str) -> String {
    let test = fresh_postgres().await;
    let address = test.url.rsplit_once('@').unwrap().1;
    let address = address.rsplit_once('/').unwrap().0;
    format!("postgres://{user}:hunter2@{address}/{database}")
}

#[tokio::test]
async fn a_database_of_another_kind_is_named() {
    let error = refused("mysql://root:hunter2@localhost/dialer").await;
    assert!(matches!(&error, DatabaseError::UnknownScheme { scheme } if scheme == "mysql"), "{error:?}");
    assert!(error.to_string().contains("postgres://"), "{error}");
}

#[tokio::test]
async fn a_url_that_is_none_is_named() {
    let error = refused("postgres://dialer:hunter2@localhost:port/dialer").await;
    assert!(matches!(error, DatabaseError::Url { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    // Port 1 is reserved, and nobody listens on it.
    let error = refused("postgres://dialer:hunter2@127.0.0.1:1/dialer").await;
    assert!(matches!(&error, DatabaseError::Unreachable { place, .. } if place == "127.0.0.1:1/dialer"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_does_not_know_the_user_is_named() {
    let error = refused(&server_with("nobody_we_know", "postgres").await).await;
    assert!(matches!(error, DatabaseError::Credentials { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_without_the_database_is_named() {
    let error = refused(&server_with("owner", "nothing_here").await).await;
    assert!(matches!(error, DatabaseError::NoDatabase { .. }), "{error:?}");
}

#[tokio::test]
async fn a_file_in_a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing/dialer.db");
    let error = refused(&format!("sqlite://{}?mode=rwc", path.display())).await;
    assert!(matches!(&error, DatabaseError::File { place, .. } if *place == path.display().to_string()), "{error:?}");
}

#[tokio::test]
async fn a_file_that_is_something_else_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, "Dear Sir or Madam, this is a letter and not a database. ".repeat(40)).unwrap();
    let error = refused(&format!("sqlite://{}", path.display())).await;
    assert!(matches!(error, DatabaseError::NotADatabase { .. }), "{error:?}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("Dear Sir"));
}

#[tokio::test]
async fn a_database_in_memory_lasts_as_long_as_its_handle() {
    let db = Database::connect("sqlite::memory:", ConnectOptions::default()).await.unwrap();
    db.migrate().await.unwrap();
    let spring = campaign().build();
    let (adding, reading) = (db.clone(), db.clone());
    adding.add(&spring).await.unwrap();
    assert_eq!(CampaignStore::get(&reading, Scope::Service, spring.id).await.unwrap(), Some(spring));
}

#[tokio::test]
async fn two_processes_may_write_to_one_file() {
    let test = fresh_sqlite().await;
    let other = Database::connect(&test.url, ConnectOptions::default()).await.unwrap();
    let mut writers = Vec::new();
    for n in 0..40 {
        let db = if n % 2 == 0 { test.db.clone() } else { other.clone() };
        writers.push(tokio::spawn(async move { CampaignStore::add(&db, &campaign().build()).await }));
    }
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_closed_database_says_that_it_does_not_answer() {
    for (test, kind) in [(fresh_sqlite().await, DatabaseKind::Sqlite), (fresh_postgres().await, DatabaseKind::Postgres)]
    {
        assert_eq!(test.db.kind(), kind);
        test.db.ping().await.unwrap();
        test.db.clone().close().await;
        assert!(matches!(test.db.ping().await, Err(DatabaseError::Failed { .. })));
        let error = CampaignStore::active(&test.db).await.unwrap_err();
        assert_eq!(error.to_string(), "the database is not available");
    }
}
