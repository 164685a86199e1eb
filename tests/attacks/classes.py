"""The 21 published classes of failure of four eyes, and the tests that hold against each; `test_classes` reads it."""

HOLDS, CODE, RAW = "attacks/test_holds.py", "attacks/test_code.py", "attacks/test_raw_sql.py"
BUNDLES = "operations/test_bundles.py"
GUARDS, VERDICTS = "operations/test_guards.py", "operations/test_verdicts.py"
# A path below tests/, and the tests in it; in brackets the one attack of a table of attacks that is meant.
Tests = tuple[tuple[str, str], ...]

CLASSES: dict[str, Tests] = {
    "check wired into some paths only": (
        ("test_access.py", "test_each_address_lets_in_whom_the_table_says_and_by_no_other_method"),
        ("test_access.py", "test_a_page_that_declares_nothing_is_refused_to_everyone"),
        (CODE, "test_a_state_is_written_by_one_function"),
        (CODE, "test_no_parameter_of_the_desk_turns_a_check_off"),
        (GUARDS, "test_raw_sql_does_not_get_through[operation_quorum]"),
        (RAW, "test_as_a_process_none_gets_through"),
    ),
    "privileged exemption": (
        (HOLDS, "test_an_administrator_decides_and_makes_nothing"),
        (CODE, "test_nobody_is_a_superuser_and_there_is_no_admin_site"),
        ("operations/test_main_job.py", "test_a_maker_who_is_a_supervisor_too_cannot_approve_their_own_deposit"),
        ("operations/test_stops.py", "test_one_person_cannot_do_both_nor_by_a_second_sign_in"),
    ),
    "payload changed after approval": (
        (GUARDS, "test_raw_sql_does_not_get_through[operation_frozen]"),
        (GUARDS, "test_raw_sql_does_not_get_through[operation_hash]"),
        (GUARDS, "test_raw_sql_does_not_get_through[decision_hash]"),
        (HOLDS, "test_what_was_changed_after_approval_by_whoever_dropped_the_guards_is_not_sent"),
    ),
    "screen shows less than is executed": (
        (HOLDS, "test_the_page_of_a_decision_shows_every_field_that_is_hashed"),
        ("pages/test_deciding.py", "test_every_field_of_the_payload_is_shown_as_its_kind_is_written"),
        ("operations/test_main_job.py", "test_a_decision_on_a_stale_page_is_not_taken"),
        ("operations/test_attempts.py", "test_a_send_tells_its_request_without_the_credential"),
    ),
    "two approvals racing": (
        ("operations/test_races.py", "test_two_supervisors_who_approve_at_once_make_one_approval"),
        ("operations/test_races.py", "test_approving_and_cancelling_at_once_have_one_outcome"),
        ("attacks/test_thousand.py", "test_a_thousand_races_of_two_checkers_have_one_outcome_each"),
        (GUARDS, "test_raw_sql_does_not_get_through[operation_veto]"),
    ),
    "rules edited to suit": (
        (VERDICTS, "test_a_rule_that_was_edited_past_the_guards_stops_everything"),
        (VERDICTS, "test_publishing_takes_an_author_another_administrator_and_compliance"),
        (VERDICTS, "test_a_policy_that_became_milder_loosens_nothing_that_was_pinned"),
        (GUARDS, "test_raw_sql_does_not_get_through[policy_agreed]"),
        (GUARDS, "test_raw_sql_does_not_get_through[operation_judged]"),
        (GUARDS, "test_raw_sql_does_not_get_through[operations_rate_no_update]"),
        (RAW, "test_as_a_process_none_gets_through"),
    ),
    "two sign-ins of one person": (
        ("operations/test_main_job.py", "test_two_sign_ins_of_one_human_are_one_person"),
        (VERDICTS, "test_two_sign_ins_of_one_person_are_one_vote"),
        ("operations/test_resolution.py", "test_one_human_with_two_sign_ins_is_one_person"),
        ("governance/test_guards.py", "test_raw_sql_does_not_get_through[operator_person]"),
        (GUARDS, "test_raw_sql_does_not_get_through[decision_maker]"),
        ("operations/test_delegation.py", "test_by_a_second_sign_in_they_do_not_vote_again"),
        (GUARDS, "test_no_vote_for_somebody_makes_one_person_two"),
    ),
    "role change to become a checker": (
        (VERDICTS, "test_a_maker_who_becomes_a_supervisor_does_not_check_what_they_made"),
        (VERDICTS, "test_a_role_that_came_after_the_vote_makes_no_more_of_it"),
        (VERDICTS, "test_a_vote_of_somebody_who_lost_the_role_counts_no_more"),
        ("test_access.py", "test_a_role_that_was_taken_away_ends_at_the_next_request"),
        (RAW, "test_as_a_process_none_gets_through"),
    ),
    "a rejected item executed through another id": (
        (HOLDS, "test_what_was_turned_down_goes_under_no_other_id_without_being_decided_anew"),
        ("operations/test_main_job.py", "test_what_was_cancelled_cannot_be_approved"),
        (GUARDS, "test_raw_sql_does_not_get_through[operation_start]"),
        (GUARDS, "test_raw_sql_does_not_get_through[operation_resubmission]"),
    ),
    "replay of a request id": (
        ("operations/test_main_job.py", "test_a_second_post_of_the_same_form_only_leads_to_the_first"),
        (HOLDS, "test_a_form_of_one_person_is_not_sent_by_another"),
        ("operations/test_races.py", "test_one_payment_that_two_people_submit_at_once_is_one_operation"),
        ("operations/test_restored.py", "test_a_form_that_was_opened_before_it_and_sent_again_after_it_is_looked_up"),
        ("test_stories.py", "test_somebody_elses_409_is_never_a_success"),
    ),
    "duplicate delivery": (
        (HOLDS, "test_a_message_that_comes_again_and_again_sends_once"),
        ("operations/test_races.py", "test_two_machines_never_claim_the_same_login"),
        ("operations/test_kill.py", "test_a_worker_killed_while_it_waits_for_the_answer_loses_and_doubles_nothing"),
        ("operations/test_restore.py", "test_a_restored_backup_pays_nothing_twice"),
        (GUARDS, "test_raw_sql_does_not_get_through[operations_attempt_no_update]"),
    ),
    "names instead of ids in rules": (
        ("operations/test_policy.py", "test_a_rule_may_name_a_person_by_id_alone"),
        ("operations/test_policy.py", "test_what_is_no_rule_is_not_read_as_one"),
        (GUARDS, "test_raw_sql_does_not_get_through[decision_person]"),
    ),
    "links followed by mail scanners": (
        (HOLDS, "test_a_link_that_is_followed_decides_nothing"),
        ("operations/test_reminders.py", "test_a_mail_scanner_that_follows_every_link_changes_nothing"),
        ("test_access.py", "test_each_address_lets_in_whom_the_table_says_and_by_no_other_method"),
        ("operations/test_stops.py", "test_no_method_but_post"),
    ),
    "bots": (
        (HOLDS, "test_a_form_of_another_site_and_a_script_without_a_form_decide_nothing"),
        (HOLDS, "test_whoever_holds_a_key_instead_of_a_session_is_nobody"),
        (HOLDS, "test_nobody_decides_as_nobody"),
        (RAW, "test_as_a_process_none_gets_through"),
    ),
    "secrets in the trail": (
        (HOLDS, "test_no_secret_comes_to_rest_anywhere"),
        ("manager/test_client.py", "test_neither_key_nor_bodies_come_into_a_log"),
        ("operations/test_attempts.py", "test_a_send_tells_its_request_without_the_credential"),
    ),
    "audit holes by bulk paths": (
        (CODE, "test_rows_are_written_in_bulk_only_where_it_is_known_and_noted"),
        (CODE, "test_sql_is_run_only_where_it_is_known"),
        ("audit/test_chain.py", "test_a_unit_whose_entry_cannot_be_written_leaves_nothing"),
        (GUARDS, "test_raw_sql_does_not_get_through[audit_entry_no_delete]"),
        (GUARDS, "test_no_table_of_the_record_is_emptied_and_each_holds_alone"),
    ),
    "chain forks": (
        ("audit/test_checkpoints.py", "test_two_writers_at_once_make_one_chain"),
        ("audit/test_checkpoints.py", "test_a_chain_written_anew_by_who_has_its_key_is_found"),
        (GUARDS, "test_raw_sql_does_not_get_through[audit_entry_follows]"),
        (GUARDS, "test_an_entry_leaves_no_gap"),
    ),
    "bulk acting on more than was seen": (
        ("operations/test_bulk.py", "test_what_moved_since_it_was_seen_is_not_proposed_on"),
        ("operations/test_bulk.py", "test_a_proposal_that_was_changed_behind_the_page_is_not_confirmed"),
        ("operations/test_bulk.py", "test_another_deal_than_the_one_that_was_seen_is_not_proposed"),
        (BUNDLES, "test_a_member_can_be_taken_out_and_is_then_not_released"),
        (BUNDLES, "test_raw_sql_releases_a_member_as_its_bundle_says_and_in_no_other_way"),
        (GUARDS, "test_raw_sql_does_not_get_through[member_late]"),
        (GUARDS, "test_raw_sql_does_not_get_through[bundle_vote_hash]"),
    ),
    "splitting under a threshold": (
        ("operations/test_policy.py", "test_what_is_withdrawn_in_parts_is_judged_by_its_sum"),
        (VERDICTS, "test_three_times_nine_thousand_nine_hundred"),
        (VERDICTS, "test_a_persons_sum_is_of_all_their_sign_ins"),
        ("operations/test_races.py", "test_two_withdrawals_at_once_see_each_other_in_their_sum"),
        (GUARDS, "test_raw_sql_does_not_get_through[tally_counts]"),
        (GUARDS, "test_raw_sql_does_not_get_through[tally_grows]"),
    ),
    "formula injection in exports": (
        ("attacks/test_exports.py", "test_a_formula_is_text_and_stays_in_its_cell"),
        ("attacks/test_exports.py", "test_no_text_at_all_becomes_one"),
        ("attacks/test_exports.py", "test_numbers_stay_numbers"),
        ("attacks/test_exports.py", "test_every_export_of_the_house_is_tried_with_a_person_of_that_name"),
        (CODE, "test_only_one_module_writes_what_a_spreadsheet_reads"),
    ),
    "a route around the system": (
        (CODE, "test_only_execution_sends"),
        (CODE, "test_only_the_manager_package_speaks_http_and_only_named_places_hold_a_key"),
        (RAW, "test_as_a_process_none_gets_through"),
    ),
}
