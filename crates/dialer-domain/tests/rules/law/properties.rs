//! What holds of any call, any packs and any instant.

use dialer_domain::consents::{ConsentAct, ConsentForm};
use dialer_domain::registries::Listing;
use dialer_domain::rules::{CalleeKind, Came, GuardStanding, PastCall, Purpose, RuleBook, Voice};
use dialer_domain::{Duration, OffsetDateTime};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{Ask, SHIPPED, asked, consent, everything};

const PLACES: &[&str] = &["US-FL", "US-AL", "US-KY", "US-WA", "US-NE", "US-TX", "US", "GB", "CA-ON", "AU", "FR", "DE"];
const ZONES: &[&str] = &[
    "America/New_York",
    "America/Chicago",
    "Pacific/Honolulu",
    "America/St_Johns",
    "Europe/London",
    "Europe/Paris",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
];

fn came() -> impl Strategy<Value = Came> {
    let came = [Came::NOT_CONNECTED, Came::CONVERSATION, Came::ABANDONED, Came::MACHINE, Came::REFUSAL, Came::NONE];
    select(came.to_vec())
}

prop_compose! {
    pub(super) fn any_call()(
        places in subsequence(PLACES, 1..=2),
        zones in subsequence(ZONES, 1..=2),
        purpose in select(Purpose::ALL),
        callee in select(CalleeKind::ALL),
        voice in select(Voice::ALL),
        guaranteed: bool,
        ring in 0_i64..60,
        past in prop::collection::vec((0_i64..80 * 86_400, came()), 0..12),
        consents in prop::collection::vec((0_i64..900, select(ConsentForm::ALL), prop::bool::weighted(0.1)), 0..3),
        copies in 0_i64..35,
        listed in prop::bool::weighted(0.2),
        live in 0_u64..400,
        abandoned in 0_u64..12,
    ) -> (Ask, i64) {
        let mut ask = asked(&places, &zones);
        ask.facts.purpose = purpose;
        ask.facts.callee = callee;
        ask.facts.voice = voice;
        ask.facts.agent_guaranteed = guaranteed;
        ask.facts.ring = Duration::seconds(ring);
        let now = OffsetDateTime::from_unix_timestamp(1_780_000_000).unwrap();
        ask.history = past
            .into_iter()
            .map(|(ago, came)| PastCall::attempt(now - Duration::seconds(ago), everything(), came))
            .collect();
        ask.consents = consents
            .into_iter()
            .map(|(days, form, taken)| {
                let act = if taken { ConsentAct::Revoked } else { ConsentAct::Granted };
                consent(act, form, now - Duration::days(days))
            })
            .collect();
        ask.copies = Duration::days(copies);
        ask.listing = if listed { Listing::Listed { since: None } } else { Listing::Absent };
        ask.guards = SHIPPED.guards().map(|guard| GuardStanding { rule: guard.rule.id, abandoned, live }).collect();
        (ask, 1_780_000_000)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_next_instant_is_never_past_and_the_call_is_allowed_then_or_refused_for_good(
        (ask, base) in any_call(),
        later in 0_i64..40 * 86_400,
    ) {
        let now = OffsetDateTime::from_unix_timestamp(base + later).unwrap();
        if let Err(refusal) = ask.decide(&SHIPPED, now) && let Some(at) = refusal.retry_not_before {
            prop_assert!(at > now, "{refusal:?} at {now}");
            // Only what time makes worse may stand in the way by then: a consent that ran out.
            let then = ask.decide(&SHIPPED, at);
            prop_assert!(then.is_ok() || then.as_ref().is_err_and(|refusal| refusal.retry_not_before.is_none()), "{refusal:?}, {then:?}");
        }
    }

    #[test]
    fn nothing_is_allowed_before_the_next_instant(
        (ask, base) in any_call(),
        later in 0_i64..40 * 86_400,
        part in 0.0_f64..1.0,
    ) {
        let now = OffsetDateTime::from_unix_timestamp(base + later).unwrap();
        if let Err(refusal) = ask.decide(&SHIPPED, now) && let Some(at) = refusal.retry_not_before {
            let between = now + Duration::seconds_f64((at - now).as_seconds_f64() * part);
            prop_assert!(between >= at || ask.decide(&SHIPPED, between).is_err(), "{between} of {now} to {at}");
        }
    }

    #[test]
    fn another_rule_never_allows_more(
        (ask, base) in any_call(),
        later in 0_i64..40 * 86_400,
        kept in subsequence(RuleBook::shipped_files(), 0..=RuleBook::shipped_files().len()),
        place in select(&["GB-SCT", "US-TX", "CA-QC", "US-GU"][..]),
        rule in select(&[
            "[[window]]\nid = \"x.1\"\nhours = [\"mon-thu 11:00-15:00\"]\n",
            "[[cap]]\nid = \"x.1\"\nlimit = 1\nperiod = \"7d\"\nkey = \"number\"\ncounts = \"attempt\"\n",
            "[[hold]]\nid = \"x.1\"\nafter = \"machine\"\ncalendar_days = 3\nkey = \"person\"\n",
            "[[registry]]\nid = \"x.1\"\nregistry = \"own-list\"\nmax_age_days = 3\n",
            "[[consent]]\nid = \"x.1\"\naccepts = [{ form = \"written\", months = 2 }]\n",
            "[[closed]]\nid = \"x.1\"\nfirst = 2026-06-01\nlast = 2026-06-20\n",
        ][..]),
    ) {
        let now = OffsetDateTime::from_unix_timestamp(base + later).unwrap();
        let text = |id: &str, place: &str, rule: &str| {
            format!("id = \"{id}\"\nversion = \"1\"\njurisdiction = \"{place}\"\nsource = \"test\"\neffective_from = 2020-01-01\n{rule}")
        };
        // Without one of its packs a place has fewer rules, or none at all, and then it is not called.
        let fewer: Vec<(String, String)> = kept.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let mut more = fewer.clone();
        more.push((format!("{}.toml", place.to_lowercase()), text("x", place, rule)));
        for (name, text) in &mut more {
            if name == "us.toml" || name == "fr.toml" {
                text.push_str(&rule.replace("x.1", "y.1").replace("[[", "\n[["));
            }
        }
        more.dedup_by(|one, other| one.0 == other.0);
        let (fewer, errors) = RuleBook::load(fewer);
        prop_assert!(errors.is_empty());
        let (more, _) = RuleBook::load(more);
        let mut ask = ask;
        if ask.facts.purpose == Purpose::Survey {
            ask.consents.push(consent(ConsentAct::Granted, ConsentForm::Written, now - Duration::DAY));
        }
        prop_assert!(ask.decide(&more, now).is_err() || ask.decide(&fewer, now).is_ok());
    }
}
