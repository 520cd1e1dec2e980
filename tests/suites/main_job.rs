use dialer_http::cli::demo::job::{Job, run};
use dialer_seaorm::testing::fresh_postgres;
use secrecy::SecretString;

fn job() -> Job {
    Job { contacts: 1_000, agents: 40, speed: 180.0, seed: 3, ..Job::default() }
}

async fn a_list_is_dialled_to_its_end_and_the_books_balance(job: Job) {
    let folder = tempfile::tempdir().unwrap();
    let report = run(&job, folder.path(), &mut |_| ()).await.unwrap();
    assert!(report.holds(), "{}", serde_json::to_string_pretty(&report).unwrap());
    assert_eq!((report.import.added, report.import.skipped), (1_000, 4));
    let attempts = report.books.lines.iter().find(|line| line.what == "attempts").unwrap();
    assert!(attempts.dialer > 1_000, "some contacts are tried again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_list_of_a_thousand_is_dialled_to_its_end_and_the_books_balance() {
    a_list_is_dialled_to_its_end_and_the_books_balance(job()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_list_of_a_thousand_is_dialled_to_its_end_and_the_books_balance() {
    let database = fresh_postgres().await;
    let database_url = Some(SecretString::from(database.url.clone()));
    a_list_is_dialled_to_its_end_and_the_books_balance(Job { database_url, ..job() }).await;
    database.remove().await;
}
