# Fixed codes: warnings, reasons for a correction, irregularities, notices to the operators.

warning-calendar_provisional = The days off of the year in which this term ends are not yet confirmed by an official act; the day may change.
warning-calendar_unknown = The register has no holidays for the year in which this term ends: only Saturdays and Sundays were counted as days off.
warning-edition_text_not_established = The wording in force on the day of the event is not established: check the length of the term against the document.
warning-rule_repealed_before_expiry = The rule was repealed before this term ended; the day is shown under the former rule.
warning-no_edition_in_force = No wording of the Decree was in force on the day of the event.
warning-crime_category_missing = The category of crime is not recorded: "other" was assumed. Check the category.
warning-unconfirmed = This term depends on an entry that a second person has not yet confirmed.
warning-name_the_accepting_body = The petition did not come through the institution's administration: record who accepted it.
warning-attached_needs_human_decision = The attached petition needs a person's decision: the register does not decide it.

reason-typo = a slip of the pen was corrected
reason-wrong_case = the entry belongs to another case
reason-wrong_document = the day was taken from the wrong document
reason-court_decision = by decision of a court
reason-other = another reason (stated in the register)
reason-superseded = a later event was recorded
reason-calendar = the calendar of working days changed
reason-nationwide = an event common to all cases was recorded
reason-confirmed = a second person confirmed the entry
reason-retracted = the entry was retracted

irregularity-considered_before_verdict_in_force = The petition was considered before the verdict entered into legal force (paragraph 8).
irregularity-commission_below_two_thirds = Fewer than two thirds of the members took part in the Commission's sitting (paragraph 5).
irregularity-tie_not_counted_as_support = A tied vote was not counted as support for the petition (paragraph 6).
irregularity-result_against_majority = The recorded result is not that of the majority (paragraph 6).
irregularity-votes_do_not_add_up = The recorded votes do not add up (paragraph 6).
irregularity-submitted_without_both_conclusions = The materials were submitted to the Commission without both conclusions (paragraph 11).
irregularity-submitted_before_wait_over = The repeat petition was submitted before the waiting term was over, without new noteworthy circumstances (paragraph 16).
irregularity-decree_to_one_addressee_of_two = The decree was sent to one addressee of two (paragraph 17).
irregularity-decree_addressee_missing = It is not recorded where the decree was sent (paragraph 17).
irregularity-executed_while_barred = Execution of the sentence is recorded on a day when a bar stood or facts were unknown (paragraph 9).
irregularity-petition_after_window = The petition was accepted after the term for petitioning had passed: a person decides on it (paragraph 9).
irregularity-other = The register noted a departure from the Regulation in this case: see it there.

notice-office_unknown = The office "{ $detail }" is not in the directory: its letters reach nobody. Complete config/offices.toml.
notice-address_missing = The office "{ $detail }" has no usable address. Give an address or a deputy.
notice-address_refused = A letter to the office "{ $detail }" did not arrive: a mail server refused it or sent it back. Whoever stands in and the superior were told, where the directory names them. "keshirim letters failed" lists the letters, "keshirim offices" the addresses that do not work.
notice-nobody_reachable = Nobody in the office "{ $detail }" can be reached; the letter went to the superior.
notice-actor_undecided = The petition did not come through the institution's administration: a person must name the office responsible ({ $detail }).
notice-calendar_horizon = The calendar of working days is coming to its end ({ $detail }). Enter the acts for the next year.
notice-letter_failed = A letter about case { $detail } could not be composed. It is tried again on the next working morning; the journal says why.
notice-unacknowledged = Nobody has acknowledged a letter of the working body about case { $detail }, and the day is near.

unknown-verdict_in_force = the day the verdict entered into legal force
unknown-verdict_copy_handed = the day the copy of the verdict was handed over
