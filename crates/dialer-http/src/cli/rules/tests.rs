use std::sync::Arc;

use clap::Parser;
use dialer_testkit::{FakeClock, MemoryStore, ScriptedTelephony, SeededIds};
use time::macros::datetime;

use super::*;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    args: RulesArgs,
}

fn ports() -> Ports {
    let clock = Arc::new(FakeClock::new(datetime!(2026-08-28 12:00 UTC)));
    Ports::on(MemoryStore::new(), Arc::new(ScriptedTelephony::new()), clock, Arc::new(SeededIds::new(1)))
}

async fn say_to(ports: &Ports, line: &[&str]) -> anyhow::Result<String> {
    let args = Line::try_parse_from([&["rules"], line].concat())?.args;
    let What::Bans(bans) = args.what else { panic!("these tests are of bans") };
    told(ports.clone(), bans).await
}

const BAN: [&str; 9] = [
    "ban",
    "--jurisdiction",
    "US-LA",
    "--from",
    "2026-08-29T00:00:00-05:00",
    "--to",
    "2026-09-12T00:00:00-05:00",
    "--reason",
    "PSC order",
];

#[tokio::test]
async fn a_ban_is_ordered_listed_and_ended() {
    let ports = ports();
    let said = say_to(&ports, &BAN).await.unwrap();
    assert!(said.contains("US-LA") && said.contains("2026-08-29T05:00:00Z to 2026-09-12T05:00:00Z"), "{said}");
    assert!(said.contains("binds everybody") && said.contains("PSC order"), "{said}");
    let id = said.rsplit(' ').next().unwrap().to_owned();

    let listed = say_to(&ports, &["bans"]).await.unwrap();
    assert!(listed.contains(&id) && listed.ends_with("to come"), "{listed}");
    let ended = say_to(&ports, &["unban", &id]).await.unwrap();
    assert!(ended.starts_with("Ended at 2026-08-28T12:00:00Z."), "{ended}");
    assert_eq!(say_to(&ports, &["bans"]).await.unwrap(), "No ban stands.");
    let all = say_to(&ports, &["bans", "--all", "--json"]).await.unwrap();
    let all: serde_json::Value = serde_json::from_str(&all).unwrap();
    assert_eq!((&all["total"], &all["bans"][0]["standing"]), (&1.into(), &false.into()));
}

#[tokio::test]
async fn what_is_wrong_is_named_as_it_was_written() {
    let ports = ports();
    let mut reversed = BAN;
    reversed[6] = "2026-08-29T00:00:00-05:00";
    let said = say_to(&ports, &reversed).await.unwrap_err().to_string();
    assert_eq!(said, "--to: use an instant after the ban's beginning");
    for (place, wrong, says) in [(2, "Louisiana", "US-FL"), (4, "2026-08-29", "with its offset from UTC")] {
        let mut line = BAN;
        line[place] = wrong;
        let said = say_to(&ports, &line).await.unwrap_err().to_string();
        assert!(said.contains(says), "{said}");
    }
    let nowhere = "0195d3f0-0000-7000-8000-000000000001";
    let said = say_to(&ports, &["unban", nowhere]).await.unwrap_err().to_string();
    assert!(said.contains("there is no ban 0195d3f0"), "{said}");
}
