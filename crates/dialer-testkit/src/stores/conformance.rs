//! Every case of the suite by its name, as a macro that makes each a test of an adapter.

/// Writes one test for each case of the suite, in a module for each port. The crate that calls it needs tokio
/// with `macros` and `rt-multi-thread` among its (development) dependencies.
///
/// ```no_run
/// use dialer_testkit::MemoryStore;
///
/// dialer_testkit::store_conformance!(MemoryStore);
/// ```
#[macro_export]
macro_rules! store_conformance {
    ($harness:ty) => {
        $crate::store_conformance!(@port $harness, campaigns:
            a_campaign_comes_back_as_it_was_stored,
            an_id_names_one_campaign,
            a_stranger_s_campaign_does_not_exist,
            a_save_replaces_what_a_person_can_change,
            a_save_from_another_revision_changes_nothing,
            of_many_saves_at_once_one_wins,
            campaigns_are_listed_latest_first_by_page,
            campaigns_made_at_one_instant_are_paged_without_loss,
            campaigns_are_filtered_by_status_and_mode,
            active_campaigns_come_oldest_first,
        );
        $crate::store_conformance!(@port $harness, ahead:
            a_call_ahead_of_agents_is_nobody_s_until_somebody_answers,
            whoever_answers_is_handed_to_an_agent,
            of_many_who_take_a_waiting_customer_one_gets_them,
            a_customer_is_not_handed_to_an_agent_who_is_busy,
            a_customer_for_whom_nobody_was_there_is_abandoned,
            the_ledger_counts_who_answered_and_for_whom_nobody_was_there,
            a_corrected_end_is_counted_anew,
            nobody_is_called_ahead_of_agents_where_the_share_is_spent,
            a_stranger_s_ledger_does_not_exist,
        );
        $crate::store_conformance!(@port $harness, conditions:
            a_contact_is_changed_as_it_was_read,
            a_recording_is_changed_as_it_was_read,
            a_drop_is_changed_as_it_was_read,
            an_entry_is_moved_as_it_was_read,
            a_follow_up_is_cleared_as_it_was_read,
        );
        $crate::store_conformance!(@port $harness, copying:
            a_copy_has_the_contacts_as_if_they_had_never_been_called,
            a_copy_is_of_an_own_campaign,
            a_copy_whose_id_is_taken_leaves_nothing,
        );
        $crate::store_conformance!(@port $harness, assignments:
            an_agent_is_assigned_once,
            an_assigned_agent_reads_the_campaign_and_nothing_else,
            an_agent_reads_the_contact_reserved_for_them,
            an_agent_s_campaigns_are_listed_with_own_ones,
            a_stranger_assigns_nobody,
            an_assignment_ends,
        );
        $crate::store_conformance!(@port $harness, profiles:
            a_profile_comes_back_as_it_was_made,
            nobody_has_two_profiles_and_no_two_agents_share_a_phone,
            of_many_profiles_of_a_user_made_at_once_one_is,
            a_stranger_s_agent_does_not_exist,
            an_agent_reads_the_own_profile_and_changes_nothing,
            agents_are_listed_by_name_and_state,
            a_profile_is_changed_as_it_was_read,
            what_an_agent_does_is_no_change_of_the_profile,
            the_history_of_a_period_has_what_reaches_into_it,
            a_removed_profile_lets_go,
        );
        $crate::store_conformance!(@port $harness, steps:
            every_step_leads_where_the_domain_says_or_nowhere,
            a_step_is_stored_with_its_history_and_its_event,
            the_history_has_no_gap_and_no_overlap,
            a_sign_of_life_is_noted,
            whoever_has_no_profile_takes_no_step,
            steps_at_once_follow_each_other,
        );
        $crate::store_conformance!(@port $harness, desk:
            an_answered_call_is_talked_through_and_written_up,
            a_call_that_nobody_answered_needs_no_writing_up,
            a_pause_during_a_call_holds_after_it,
            a_silent_agent_is_signed_off_and_on_a_call_only_after_it,
            the_crew_is_who_waits_longest_first,
        );
        $crate::store_conformance!(@port $harness, callers:
            a_person_on_a_call_cannot_place_a_second_one,
            a_person_who_writes_up_one_call_may_place_the_next,
            a_person_s_patch_ends_the_agent_s_call,
        );
        $crate::store_conformance!(@port $harness, offers:
            an_offer_reserves_the_first_in_line_for_one_agent,
            an_offer_is_for_an_agent_who_is_ready,
            an_offer_passes_over_whoever_may_not_be_called,
            agents_who_ask_at_once_get_a_contact_each,
            an_offer_that_runs_out_pauses_the_agent_and_frees_the_contact,
            nobody_else_is_given_a_contact_that_is_offered,
        );
        $crate::store_conformance!(@port $harness, accepting:
            an_accepted_offer_is_a_call,
            two_who_accept_at_once_make_one_call,
            without_an_offer_there_is_nothing_to_accept_or_to_skip,
            a_skipped_offer_lets_its_contact_rest,
            a_suppressed_contact_cannot_be_accepted,
            an_offer_of_what_is_gone_is_taken_back,
        );
        $crate::store_conformance!(@port $harness, staffing:
            a_claim_gives_calls_only_to_agents_who_are_ready,
            an_agent_gets_one_call_however_many_slots_there_are,
            claims_at_once_give_an_agent_one_call,
            a_personal_callback_goes_only_to_its_agent,
            a_promise_of_somebody_else_keeps_nobody_waiting,
            a_contact_is_its_agent_s_until_the_call_is_written_up,
            a_contact_called_again_while_it_is_written_up_stays_callable,
            agents_are_worked_from_all_sides,
        );
        $crate::store_conformance!(@port $harness, deletion:
            a_deleted_campaign_takes_its_contacts_along,
            the_calls_of_a_deleted_campaign_stay,
            a_live_call_outlives_its_campaign,
            the_log_outlives_a_campaign,
            a_deleted_campaign_has_nothing_to_dial,
            a_campaign_deleted_while_it_dials_leaves_no_loose_ends,
        );
        $crate::store_conformance!(@port $harness, contacts:
            a_contact_comes_back_as_it_was_imported,
            an_import_stores_contacts_as_they_are_given,
            contacts_are_listed_in_the_order_they_were_added,
            contacts_are_filtered_by_status,
            an_import_says_what_it_left_out,
            a_number_may_stand_on_several_lists,
            an_import_into_no_campaign_stores_nothing,
            twenty_five_hundred_contacts_are_imported_at_once,
            an_import_that_adds_nothing_leaves_no_event,
            many_imports_at_once_store_each_number_once,
            a_contact_is_found_by_its_number,
            a_stranger_s_contact_does_not_exist,
            the_counts_are_always_true,
            all_contacts_of_a_list_are_read_in_turn,
            a_person_changes_a_contact,
            a_removed_contact_leaves_its_calls_behind,
        );
        $crate::store_conformance!(@port $harness, imports:
            an_import_comes_back_as_it_was_stored,
            an_import_into_a_stranger_s_campaign_is_not_stored,
            a_stranger_s_import_does_not_exist,
            the_imports_of_a_campaign_are_listed_latest_first,
            a_campaign_s_imports_run_one_after_the_other,
            a_running_import_can_be_taken_up_again,
            a_batch_is_stored_with_its_progress,
            every_row_that_is_left_out_is_reported_in_order,
            reasons_do_not_depend_on_where_batches_end,
            a_long_list_with_rare_duplicates_arrives_whole_and_in_order,
            a_batch_is_stored_once,
            of_many_who_bring_the_same_batch_one_stores_it,
            an_import_that_was_canceled_takes_no_more_rows,
            an_import_ends_once,
            an_undone_import_leaves_only_those_who_were_called,
            an_import_that_runs_cannot_be_undone,
            a_deleted_campaign_takes_its_imports_along,
            what_would_be_left_out_is_foreseen,
            imports_leave_events_without_anything_personal,
        );
        $crate::store_conformance!(@port $harness, calls:
            a_call_comes_back_as_it_was_written_down,
            a_call_is_written_down_with_its_event,
            a_call_that_cannot_be_written_down_leaves_nothing,
            a_stranger_s_call_does_not_exist,
            calls_are_listed_latest_first_by_page,
            calls_that_started_at_one_instant_are_paged_without_loss,
            calls_are_filtered_by_status_direction_and_campaign,
            the_engine_finds_every_call_that_is_not_over,
            a_hidden_call_is_gone_for_people,
            a_hidden_call_is_still_followed,
            a_person_s_change_to_a_call_is_kept,
            a_change_that_cannot_be_true_is_refused,
        );
        $crate::store_conformance!(@port $harness, settling:
            news_moves_a_call_forward,
            a_call_that_left_the_live_list_is_not_over_yet,
            doubled_and_late_news_changes_nothing,
            reordered_news_comes_to_the_same_end,
            news_of_an_unknown_call_is_ignored,
            a_provider_s_id_belongs_to_one_call,
            each_ending_settles_the_contact_by_the_retry_rule,
            the_last_attempt_closes_the_contact,
            a_call_without_a_contact_just_ends,
            a_record_corrects_an_assumed_end,
            a_correction_leaves_a_contact_alone_that_is_called_again,
            a_record_refines_an_end_that_was_right,
            a_person_may_end_a_call,
            an_ending_told_by_many_at_once_settles_once,
            different_news_at_once_come_to_one_end,
        );
        $crate::store_conformance!(@port $harness, planning:
            the_horizon_is_filled_in_the_right_order,
            the_line_is_kept_across_plans,
            nobody_is_planned_twice,
            only_contacts_that_are_due_are_planned,
            planning_tells_when_somebody_becomes_due,
            a_retry_is_planned_when_it_is_due,
            campaigns_do_not_share_a_horizon,
            many_plans_at_once_queue_nobody_twice,
            personal_callbacks_fill_no_horizon,
        );
        $crate::store_conformance!(@port $harness, claiming:
            a_claim_writes_everything_down_before_the_phone_rings,
            each_agent_gets_one_call_in_turn,
            a_paused_campaign_calls_nobody,
            nobody_is_called_outside_the_active_hours,
            a_suppressed_number_is_not_called,
            a_refused_contact_does_not_cost_the_agent_a_call,
            nobody_is_called_more_often_than_the_cap_allows,
            a_lowered_cap_holds_at_once,
            a_claim_that_fails_half_way_leaves_nothing,
            many_claims_at_once_never_take_the_same_contact,
            a_suppression_holds_while_others_claim,
        );
        $crate::store_conformance!(@port $harness, entries:
            the_line_is_listed_in_the_order_in_which_it_is_dialled,
            an_entry_that_is_over_stays_in_the_list,
            a_moved_entry_is_called_in_its_new_place,
            a_skipped_contact_rests,
            only_an_entry_that_waits_can_be_changed,
            a_stranger_s_entry_does_not_exist,
            a_skip_and_a_claim_never_take_the_same_entry,
        );
        $crate::store_conformance!(@port $harness, people:
            a_person_calls_a_contact_of_the_list,
            the_engine_leaves_a_contact_alone_that_a_person_calls,
            a_person_s_call_counts_as_an_attempt,
            a_stranger_s_contact_cannot_be_called,
            a_contact_in_a_call_cannot_be_called_again,
            a_contact_that_rests_is_not_called_early,
            a_person_keeps_to_the_campaign_s_hours_and_status,
            a_person_cannot_call_a_suppressed_number,
            a_person_makes_a_promised_callback,
            a_person_and_the_engine_never_take_the_same_contact,
        );
        $crate::store_conformance!(@port $harness, completion:
            a_campaign_goes_on_while_a_contact_may_be_called,
            a_promised_callback_keeps_a_campaign_going,
            a_campaign_without_contacts_is_not_over,
            a_campaign_that_is_not_active_is_left_as_it_is,
            a_spent_campaign_is_completed_once,
            a_completed_campaign_can_be_started_again,
            many_who_find_a_campaign_spent_complete_it_once,
            a_paused_campaign_is_over_once_it_is_resumed,
            an_added_contact_keeps_a_campaign_going,
            a_removed_contact_keeps_no_campaign_going,
        );
        $crate::store_conformance!(@port $harness, standings:
            contacts_are_counted_as_the_rule_decides_about_each,
            a_standing_is_of_an_own_campaign,
        );
        $crate::store_conformance!(@port $harness, suppression:
            an_entry_comes_back_as_it_was_made,
            a_number_is_suppressed_once,
            an_entry_belongs_to_its_owner,
            a_lifted_number_may_be_called_again,
            many_who_suppress_a_number_at_once_make_one_entry,
            many_numbers_are_suppressed_at_once,
            entries_are_listed_latest_first,
            all_entries_are_read_in_the_order_of_their_numbers,
            a_number_is_suppressed_in_one_campaign_or_in_all,
            an_entry_of_a_campaign_stops_that_campaign_alone,
            an_entry_names_a_campaign_of_its_owner_and_goes_with_it,
            calls_that_ring_at_suppressed_numbers_are_unwanted,
            an_opt_out_is_written_down_as_a_whole_or_not_at_all,
        );
        $crate::store_conformance!(@port $harness, consents:
            an_entry_comes_back_as_it_was_written_down,
            the_entries_of_a_number_come_in_the_order_in_which_they_were_said,
            the_ledger_keeps_everything_that_was_said,
            entries_written_together_leave_one_event,
            a_thousand_entries_are_written_whole_or_not_at_all,
            an_entry_names_a_contact_of_its_owner,
            a_stranger_s_entries_do_not_exist,
            entries_are_listed_by_number_contact_purpose_and_act,
            entries_written_at_once_are_all_kept,
        );
        $crate::store_conformance!(@port $harness, bans:
            a_ban_comes_back_as_it_was_ordered,
            a_ban_binds_its_owner_or_everybody,
            a_ban_stands_until_its_end,
            a_ban_is_ended_once_and_kept,
            a_ban_for_everybody_is_ended_by_the_service,
            a_ban_leaves_an_event_that_says_where,
            bans_are_listed_by_their_beginning,
            a_ban_ended_by_many_at_once_is_ended_once,
        );
        $crate::store_conformance!(@port $harness, registries:
            a_copy_comes_back_as_it_was_loaded,
            a_number_is_found_in_the_copies_that_list_it,
            a_later_copy_takes_the_place_of_the_one_before_as_a_whole,
            a_copy_that_fails_changes_nothing,
            a_load_that_begins_anew_ends_the_one_before,
            everybody_s_copy_binds_beside_own_ones,
            the_numbers_of_spent_copies_are_cleared_by_parts,
            copies_leave_events_without_a_number,
            copies_are_listed_latest_first,
            copies_put_into_force_at_once_leave_one,
        );
        $crate::store_conformance!(@port $harness, api_keys:
            a_key_comes_back_as_it_was_made,
            a_hash_names_one_key,
            a_stranger_s_key_does_not_exist,
            keys_are_listed_latest_first_by_page,
            a_key_is_ended_once,
            a_key_ended_by_many_at_once_is_ended_once,
            the_last_use_of_a_key_is_noted_now_and_then,
        );
        $crate::store_conformance!(@port $harness, events:
            every_step_leaves_exactly_one_event,
            the_log_is_read_in_order_from_any_place,
            the_log_shows_each_owner_their_own,
            the_log_holds_nothing_personal,
            a_reader_who_follows_the_log_misses_nothing,
            the_events_of_one_call_are_read_in_order,
            changes_say_who_made_them_and_which_fields,
            what_changes_no_row_is_noted,
        );
        $crate::store_conformance!(@port $harness, dispositions:
            a_disposition_comes_back_as_it_was_recorded,
            each_disposition_decides_about_the_contact,
            a_last_attempt_that_nobody_answered_closes_the_contact,
            a_callback_promised_on_a_live_call_survives_its_end,
            a_correction_of_the_end_leaves_what_a_person_said,
            of_several_dispositions_the_last_one_counts,
            a_late_disposition_of_an_earlier_call_leaves_the_contact_to_the_later_one,
            a_wish_not_to_be_called_stops_the_number_in_every_campaign_of_the_owner,
            only_a_lifted_suppression_lets_a_contact_be_called_again,
            a_person_s_own_call_can_suppress_its_number,
            the_agent_of_a_call_dispositions_it_and_a_stranger_does_not,
            a_hidden_call_has_no_dispositions,
            an_id_names_one_disposition,
            a_promised_callback_is_called_beyond_the_cap,
            a_campaign_goes_on_for_somebody_promised_a_callback_after_its_end,
            a_campaign_that_was_completed_with_contacts_left_stays_completed,
            dispositions_hold_while_others_claim,
        );
        $crate::store_conformance!(@port $harness, follow_ups:
            a_promise_is_listed_with_whom_it_concerns,
            a_promised_wall_time_is_kept_with_both_of_its_instants,
            follow_ups_come_earliest_first_and_stand_by_their_hour,
            a_later_call_to_the_contact_keeps_a_promise,
            a_later_call_to_the_number_keeps_a_promise,
            a_call_that_was_not_placed_keeps_no_promise,
            a_later_disposition_replaces_a_promise,
            a_suppressed_number_needs_no_follow_up,
            a_cleared_follow_up_ends_the_wait_of_its_contact,
            what_is_not_open_cannot_be_cleared,
            a_promise_outlives_its_campaign,
        );
        $crate::store_conformance!(@port $harness, promises:
            a_promise_that_nobody_kept_in_time_is_missed_once_and_still_called,
            the_time_of_the_call_decides_and_not_that_of_the_judging,
            what_nobody_waits_for_is_not_missed,
            a_personal_promise_is_kept_by_whoever_gave_it,
            a_call_that_was_not_placed_makes_no_promise_good,
            promises_are_judged_by_the_last_instant_that_may_be_meant,
            a_promised_wall_time_moves_with_its_zone_s_clocks,
        );
        $crate::store_conformance!(@port $harness, analytics:
            calls_are_counted_in_the_quarter_in_which_they_began,
            a_period_counts_what_began_in_it,
            calls_are_counted_as_they_are_listed,
        );
        $crate::store_conformance!(@port $harness, idempotency:
            a_request_is_answered_again_as_it_was_answered_first,
            what_a_unit_writes_is_stored_with_its_answer,
            a_unit_that_is_not_committed_has_not_happened,
            a_refused_write_inside_of_a_unit_spoils_nothing_else,
            a_key_that_is_used_for_another_request_is_told,
            keys_of_different_users_have_nothing_to_do_with_each_other,
            an_answer_is_forgotten_after_a_day,
            an_answer_that_becomes_known_later_takes_the_place_of_the_first,
            many_requests_with_one_key_at_once_are_carried_out_once,
            a_stranger_s_rows_do_not_exist_inside_of_a_unit,
        );
        $crate::store_conformance!(@port $harness, recordings:
            a_recording_comes_back_as_it_was_added,
            a_recording_needs_a_call_of_its_owner,
            a_stranger_s_recording_does_not_exist,
            recordings_are_listed_latest_first,
            what_the_provider_recorded_is_collected_once,
            only_conversations_of_named_calls_are_waited_for,
            a_transcription_and_a_sentiment_are_set_and_cleared,
            a_removed_recording_is_gone,
            the_recordings_of_a_hidden_call_are_hidden,
            the_agent_who_handled_a_call_hears_its_recording,
        );
        $crate::store_conformance!(@port $harness, voicemail_drops:
            a_drop_comes_back_as_it_was_made,
            a_stranger_s_drop_does_not_exist,
            drops_are_listed_latest_first,
            a_drop_gets_audio_and_other_audio,
            uses_at_once_are_all_counted,
            a_removed_drop_is_gone,
        );
        $crate::store_conformance!(@port $harness, exports:
            all_calls_are_read_in_turn,
            calls_are_read_by_filter,
            an_agent_reads_the_calls_they_handled_in_turn,
            all_dispositions_are_read_in_turn,
        );
        $crate::store_conformance!(@port $harness, inbound:
            a_call_that_came_in_is_written_down_once,
            a_call_that_came_in_is_linked_to_its_contact,
            a_contact_who_calls_is_not_called_meanwhile,
            a_call_told_by_many_at_once_is_written_down_once,
        );
        $crate::store_conformance!(@port $harness, inbox:
            an_event_that_comes_again_is_stored_once,
            events_wait_in_the_order_in_which_they_came,
            what_became_of_an_event_is_noted_once,
            only_events_that_were_read_are_forgotten,
        );
        $crate::store_conformance!(@port $harness, law:
            a_contact_waits_for_the_hours_of_its_place,
            a_person_s_call_in_a_campaign_is_held_against_the_rules,
            a_place_without_rules_is_not_called,
            a_register_is_asked_with_each_claim,
            past_calls_count_against_the_caps_of_a_place,
            an_emergency_ban_holds_at_once,
            a_consent_that_was_taken_back_refuses,
            a_case_is_decided_as_a_claim_would,
            cases_of_a_campaign_are_read_in_turn,
            a_person_is_told_the_rule_for_which_a_contact_rests,
            a_cap_without_a_period_counts_every_call_there_ever_was,
            calls_to_all_numbers_of_a_person_count_together,
        );
        $crate::store_conformance!(@port $harness, new_law:
            a_ban_stops_claims_that_run_already,
            consents_taken_back_stop_claims_that_run_already,
            a_copy_that_comes_into_force_stops_claims_that_run_already,
        );
        $crate::store_conformance!(@port $harness, receipts:
            every_dial_has_a_receipt,
            a_receipt_gives_the_same_answer_whatever_changed_since,
            a_receipt_says_what_it_was_decided_from,
            a_receipt_outlives_its_campaign,
            a_stranger_s_receipt_does_not_exist,
            receipts_are_read_in_turn,
            the_calls_of_a_campaign_are_read_in_turn,
            a_book_is_kept_once_and_the_next_beside_it,
            the_consents_of_who_was_called_are_read_in_turn,
        );
        $crate::store_conformance!(@port $harness, refusals:
            refusals_are_counted_by_hour_code_and_rule,
            refusals_of_every_path_count,
            refusals_at_once_are_all_counted,
            counts_are_of_a_period_and_their_owner_s,
            whoever_is_taken_is_not_counted,
        );
        $crate::store_conformance!(@port $harness, leases:
            a_lease_is_held_by_one_node_that_renews_it,
            an_expired_lease_is_taken_over_with_an_event,
            a_late_holder_goes_on_where_nobody_came,
            a_lease_that_is_handed_back_is_free_at_once,
            of_many_nodes_at_once_one_gets_a_lease,
            nodes_that_find_new_campaigns_together_share_them,
            a_node_that_lost_its_lease_writes_nothing,
            a_node_that_lost_its_lease_completes_nothing,
            only_a_campaign_s_own_lease_holds_until_it_ends,
            a_person_calls_a_contact_without_a_lease,
            the_lease_of_a_deleted_campaign_is_gone,
        );
        $crate::store_conformance!(@port $harness, budgets:
            a_budget_comes_back_as_it_was_written,
            a_budget_that_was_replaced_meanwhile_stays,
            every_node_s_booking_counts,
        );
        $crate::store_conformance!(@port $harness, traffic:
            a_busy_campaign_serves_everybody_and_its_books_balance,
        );
    };
    (@port $harness:ty, $port:ident: $($case:ident),+ $(,)?) => {
        mod $port {
            #[allow(unused_imports, reason = "the harness may be named by a full path")]
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let harness = <$harness as $crate::StoreHarness>::fresh().await;
                    $crate::stores::$port::$case(&$crate::stores::Stage::of(&harness)).await;
                }
            )+
        }
    };
}
