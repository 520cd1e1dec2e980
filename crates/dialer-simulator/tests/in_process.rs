//! The simulated carrier as the dialer's telephony port, in virtual time.

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dialer_domain::Clock;
    use dialer_domain::telephony::{
        AgentLine, DialRequest, LegOrder, LiveState, ProviderCallId, RecordResult, RequestPriority, Telephony,
        TelephonyError,
    };
    use dialer_simulator::{
        CallResult, CarrierSettings, CdrIds, Faults, Legs, OutcomeShares, RateLimitAnswer, ScaledClock,
        SimulatedTelephony, SimulatedUser, Spread,
    };
    use rstest::rstest;
    use time::macros::datetime;
    use time::{Duration, OffsetDateTime};

    const START: OffsetDateTime = datetime!(2026-03-02 09:00 UTC);
    const NUMBER: &str = "+447700900101";

    struct Bench {
        telephony: SimulatedTelephony,
        clock: ScaledClock,
    }

    fn exact(outcomes: OutcomeShares) -> CarrierSettings {
        CarrierSettings {
            outcomes,
            agent_answers: Spread::exactly(4.0),
            agent_misses_share: 0.0,
            person_answers: Spread::exactly(10.0),
            short_talk: Spread::exactly(60.0),
            long_talk_share: 0.0,
            ..CarrierSettings::default()
        }
    }

    fn bench(carrier: CarrierSettings) -> Bench {
        seeded(carrier, 1)
    }

    fn seeded(carrier: CarrierSettings, seed: u64) -> Bench {
        let clock = ScaledClock::new(START, 1.0);
        let mut users = SimulatedUser::crew(5);
        users[3].registered = false;
        users[4].active = false;
        let telephony = SimulatedTelephony::new(carrier, seed, users, Arc::new(clock.clone())).unwrap();
        Bench { telephony, clock }
    }

    #[tokio::test(start_paused = true)]
    async fn a_carrier_started_later_gives_no_call_the_name_of_an_earlier_one() {
        let name = async |start: OffsetDateTime| {
            let clock = Arc::new(ScaledClock::new(start, 1.0));
            let carrier = exact(OutcomeShares::PERSON);
            let telephony = SimulatedTelephony::new(carrier, 1, SimulatedUser::crew(1), clock).unwrap();
            telephony.originate(dial(10_001, NUMBER)).await.unwrap()
        };
        assert_ne!(name(START).await, name(START + Duration::SECOND).await);
    }

    fn dial(agent: u64, number: &str) -> DialRequest {
        DialRequest {
            ahead: false,
            to: number.parse().unwrap(),
            agent: Some(AgentLine::new(agent.to_string())),
            caller_id: None,
            priority: RequestPriority::Campaign,
            paced: false,
        }
    }

    impl Bench {
        async fn wait(&self, seconds: i64) {
            self.clock.sleep(Duration::seconds(seconds)).await;
        }

        fn passed(&self) -> Duration {
            self.clock.now() - START
        }

        async fn state(&self, id: &ProviderCallId) -> Option<LiveState> {
            self.telephony.call(id).await.unwrap().map(|call| call.state)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_rings_is_connected_ends_and_leaves_a_record() {
        let bench = bench(exact(OutcomeShares::PERSON));
        assert_eq!(bench.telephony.capabilities().leg_order, LegOrder::AgentFirst);

        let id = bench.telephony.originate(dial(10_001, NUMBER)).await.unwrap();
        assert_eq!(bench.passed(), Duration::seconds(4), "when the agent has picked up");
        assert_eq!(bench.state(&id).await, Some(LiveState::Ringing));
        bench.wait(10).await;
        assert_eq!(bench.state(&id).await, Some(LiveState::Connected));
        let live = bench.telephony.live_calls().await.unwrap();
        assert_eq!(live.len(), 1);
        assert_eq!(live[0].connected_at, Some(START + Duration::seconds(14)));
        assert_eq!(live[0].agent, Some(AgentLine::new("10001")));

        bench.wait(60).await;
        assert_eq!(bench.state(&id).await, None);
        assert_eq!(bench.telephony.call_records_since(START).await.unwrap(), [], "not yet");
        bench.wait(3).await;
        let records = bench.telephony.call_records_since(START).await.unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].call_ids, [id]);
        assert_eq!(records[0].result, RecordResult::Connected);
        assert_eq!((records[0].total_seconds, records[0].talk_seconds), (74, 60));
        assert_eq!(records[0].to_digits.as_deref(), Some("447700900101"));
        assert_eq!(bench.telephony.call_records_since(START + Duration::SECOND).await.unwrap(), []);
    }

    #[rstest]
    #[case(OutcomeShares::VOICEMAIL, RecordResult::Connected)]
    #[case(OutcomeShares::BUSY, RecordResult::Busy)]
    #[case(OutcomeShares::NO_ANSWER, RecordResult::NoAnswer)]
    #[case(OutcomeShares::INVALID_NUMBER, RecordResult::InvalidNumber)]
    #[case(OutcomeShares::NETWORK_FAILURE, RecordResult::Failed)]
    #[tokio::test(start_paused = true)]
    async fn every_way_to_end_shows_in_the_record(#[case] outcomes: OutcomeShares, #[case] expected: RecordResult) {
        let bench = bench(exact(outcomes));
        bench.telephony.originate(dial(10_001, NUMBER)).await.unwrap();
        bench.wait(120).await;

        let records = bench.telephony.call_records_since(START).await.unwrap();

        assert_eq!(records.iter().map(|record| record.result).collect::<Vec<_>>(), [expected]);
    }

    #[tokio::test(start_paused = true)]
    async fn hanging_up_cuts_the_talk_short() {
        let bench = bench(exact(OutcomeShares::PERSON));
        let id = bench.telephony.originate(dial(10_001, NUMBER)).await.unwrap();
        bench.wait(10 + 25).await;

        bench.telephony.hang_up(&id).await.unwrap();

        assert_eq!(bench.state(&id).await, None);
        assert!(matches!(bench.telephony.hang_up(&id).await, Err(TelephonyError::NoSuchCall)));
        bench.wait(3).await;
        let records = bench.telephony.call_records_since(START).await.unwrap();
        assert_eq!(records[0].talk_seconds, 25);
    }

    #[tokio::test(start_paused = true)]
    async fn hanging_up_while_it_rings_cancels_unless_the_provider_does_not_do_that() {
        let bench = bench(exact(OutcomeShares::PERSON));
        let id = bench.telephony.originate(dial(10_001, NUMBER)).await.unwrap();

        bench.telephony.knobs().set(|knobs| knobs.cancel_while_ringing = false);
        assert!(matches!(bench.telephony.hang_up(&id).await, Err(TelephonyError::Refused { .. })));
        bench.telephony.knobs().set(|knobs| knobs.cancel_while_ringing = true);
        bench.telephony.hang_up(&id).await.unwrap();

        bench.wait(3).await;
        let records = bench.telephony.call_records_since(START).await.unwrap();
        assert_eq!(records[0].result, RecordResult::Canceled);
        assert_eq!(bench.telephony.ledger().calls()[0].result, Some(CallResult::Canceled));
    }

    #[tokio::test(start_paused = true)]
    async fn an_agents_line_takes_one_call_at_a_time() {
        let bench = bench(exact(OutcomeShares::PERSON));
        let id = bench.telephony.originate(dial(10_001, NUMBER)).await.unwrap();

        let refused = bench.telephony.originate(dial(10_001, "+447700900102")).await;
        assert!(matches!(refused, Err(TelephonyError::AgentUnreachable { .. })));
        assert_eq!(bench.telephony.ledger().calls().len(), 1);

        bench.telephony.hang_up(&id).await.unwrap();
        bench.telephony.originate(dial(10_001, "+447700900102")).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_agent_who_cannot_be_reached_costs_time_and_no_call() {
        let bench = bench(CarrierSettings { agent_misses_share: 1.0, ..exact(OutcomeShares::PERSON) });

        let missed = bench.telephony.originate(dial(10_001, NUMBER)).await;
        assert!(matches!(missed, Err(TelephonyError::AgentUnreachable { .. })));
        assert_eq!(bench.passed(), Duration::seconds(30));
        let no_phone = bench.telephony.originate(dial(10_004, NUMBER)).await;
        assert!(matches!(no_phone, Err(TelephonyError::AgentUnreachable { .. })));
        assert_eq!(bench.passed(), Duration::seconds(40));
        let inactive = bench.telephony.originate(dial(10_005, NUMBER)).await;
        assert!(matches!(inactive, Err(TelephonyError::AgentUnreachable { .. })));
        for unknown in ["4711", "reception"] {
            let request = DialRequest { agent: Some(AgentLine::new(unknown)), ..dial(1, NUMBER) };
            assert!(matches!(bench.telephony.originate(request).await, Err(TelephonyError::Misconfigured { .. })));
        }
        bench.wait(60).await;
        assert_eq!(bench.telephony.call_records_since(START).await.unwrap(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_for_nobody_rings_the_first_user() {
        let bench = bench(exact(OutcomeShares::PERSON));

        let request = DialRequest { agent: None, ..dial(1, NUMBER) };
        bench.telephony.originate(request).await.unwrap();

        assert_eq!(bench.telephony.ledger().calls()[0].agent, 10_001);
    }

    #[tokio::test(start_paused = true)]
    async fn the_ledger_finds_a_number_that_is_called_twice_at_once() {
        let bench = bench(exact(OutcomeShares::PERSON));
        bench.telephony.originate(dial(10_001, NUMBER)).await.unwrap();
        bench.telephony.originate(dial(10_002, "+447700900102")).await.unwrap();
        assert_eq!(bench.telephony.ledger().overlapping_attempts(), []);

        bench.telephony.originate(dial(10_003, NUMBER)).await.unwrap();

        let ledger = bench.telephony.ledger();
        let agents: Vec<_> = ledger.overlapping_attempts().iter().map(|(a, b)| (a.agent, b.agent)).collect();
        assert_eq!(agents, [(10_001, 10_003)]);
        assert_eq!(ledger.attempts_of(NUMBER).len(), 2);
        assert_eq!(ledger.attempts_per_number()["447700900101"], 2);
    }

    /// The result of each number's first and second call, dialled in the given order by the given agents.
    async fn results(seed: u64, numbers: impl Iterator<Item = u32>, agents: u64) -> Vec<(String, Vec<CallResult>)> {
        let bench = seeded(CarrierSettings::default(), seed);
        let numbers: Vec<_> = numbers.collect();
        for (agent, number) in (0..).zip(numbers.iter().chain(&numbers)) {
            let request = dial(10_001 + agent % agents, &format!("+4477009001{number:02}"));
            // An agent who lets it ring is one of the results.
            let _ = bench.telephony.originate(request).await;
            bench.wait(3600).await;
        }
        let ledger = bench.telephony.ledger();
        let result = |number: String| {
            let results = ledger.attempts_of(&number).iter().map(|call| call.result.unwrap()).collect();
            (number, results)
        };
        ledger.attempts_per_number().into_keys().map(result).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn what_becomes_of_a_number_depends_on_the_seed_and_not_on_agents_or_order() {
        let forwards = results(7, 0..60, 1).await;

        assert_eq!(results(7, 0..60, 1).await, forwards);
        assert_eq!(results(7, (0..60).rev(), 3).await, forwards);
        assert_ne!(results(8, 0..60, 1).await, forwards);
        assert!(forwards.iter().all(|(_, results)| results.len() == 2));
        assert!(forwards.iter().any(|(_, results)| results[0] != results[1]));
    }

    #[tokio::test(start_paused = true)]
    async fn records_can_come_for_each_leg_and_without_any_call_id() {
        let bench = bench(exact(OutcomeShares::BUSY));
        bench.telephony.knobs().set(|knobs| {
            knobs.cdr_legs = Legs::Two;
            knobs.live_legs = Legs::Two;
        });
        let id = bench.telephony.originate(dial(10_001, NUMBER)).await.unwrap();
        let legs = bench.telephony.live_calls().await.unwrap();
        assert_eq!(legs.iter().map(|leg| leg.parent.clone()).collect::<Vec<_>>(), [None, Some(id.clone())]);
        bench.wait(60).await;

        let records = bench.telephony.call_records_since(START).await.unwrap();
        let results: Vec<_> = records.iter().map(|record| (record.result, record.to_digits.as_deref())).collect();
        assert_eq!(results, [(RecordResult::Connected, Some("2001")), (RecordResult::Busy, Some("447700900101"))]);
        assert!(records.iter().all(|record| record.call_ids.contains(&id)));

        bench.telephony.knobs().set(|knobs| knobs.cdr_ids = CdrIds::None);
        bench.telephony.originate(dial(10_001, NUMBER)).await.unwrap();
        bench.wait(60).await;
        let records = bench.telephony.call_records_since(START + Duration::MINUTE).await.unwrap();
        assert!(records.iter().all(|record| record.call_ids.is_empty()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_leaves_a_call_and_a_server_error_does_not() {
        let bench = bench(exact(OutcomeShares::PERSON));
        let turn = |faults| bench.telephony.knobs().set(|knobs| knobs.faults = faults);

        turn(Faults { server_error: 1.0, ..Faults::default() });
        let failed = bench.telephony.originate(dial(10_001, NUMBER)).await;
        assert!(matches!(failed, Err(TelephonyError::Unavailable { .. })));
        assert_eq!(bench.telephony.ledger().calls().len(), 0);

        turn(Faults { lost_answer: 1.0, ..Faults::default() });
        let lost = bench.telephony.originate(dial(10_001, NUMBER)).await;
        assert!(matches!(lost, Err(TelephonyError::OutcomeUnknown { .. })));
        assert_eq!(bench.telephony.ledger().calls().len(), 1);
        assert!(matches!(bench.telephony.live_calls().await, Err(TelephonyError::Unavailable { .. })));

        turn(Faults { stall: 1.0, ..Faults::default() });
        let before = bench.passed();
        assert_eq!(bench.telephony.live_calls().await.unwrap().len(), 1);
        assert_eq!(bench.passed() - before, Duration::seconds(30));
    }

    #[tokio::test(start_paused = true)]
    async fn limits_and_credentials_are_refused_with_what_to_do_next() {
        let bench = bench(exact(OutcomeShares::PERSON));
        bench.telephony.health().await.unwrap();
        assert_eq!(bench.telephony.users().await.unwrap().len(), 5);

        bench.telephony.knobs().set(|knobs| knobs.api_keys_expired = true);
        assert!(matches!(bench.telephony.health().await, Err(TelephonyError::Unauthorized { .. })));
        bench.telephony.knobs().set(|knobs| {
            knobs.rate_limit_per_minute = Some(1);
            knobs.rate_limit_answer = RateLimitAnswer::TooManyRequests { retry_after_seconds: Some(9) };
        });
        let throttled = bench.telephony.health().await;
        assert!(
            matches!(throttled, Err(TelephonyError::Throttled { retry_after: Some(after), .. }) if after == Duration::seconds(9))
        );
    }
}
