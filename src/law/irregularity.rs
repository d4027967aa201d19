//! What was recorded against the decree. A fact is never refused for being unlawful: it is recorded and flagged.

use super::timeline::names;

names! {
    /// What happened against which words.
    Code, "irregularity" {
        /// Para 8: considered before the verdict was in force (or before the register knows that it is).
        ConsideredBeforeVerdictInForce = "considered_before_verdict_in_force",
        /// Para 5: fewer than two thirds of the members took part.
        CommissionBelowTwoThirds = "commission_below_two_thirds",
        /// Para 6: a tie was not counted as support.
        TieNotCountedAsSupport = "tie_not_counted_as_support",
        /// Para 6: the recorded result is not that of the majority.
        ResultAgainstMajority = "result_against_majority",
        /// Para 6: the numbers of the vote cannot be right.
        VotesDoNotAddUp = "votes_do_not_add_up",
        /// Para 11: a death case went to the Commission without both conclusions.
        SubmittedWithoutBothConclusions = "submitted_without_both_conclusions",
        /// Para 16: a repeat petition went to the Commission before the wait was over, without new circumstances.
        SubmittedBeforeWaitOver = "submitted_before_wait_over",
        /// Para 17(1): the decree went to one addressee of two.
        DecreeToOneAddresseeOfTwo = "decree_to_one_addressee_of_two",
        /// Para 17(1): a dispatch of a decree does not name its addressee.
        DecreeAddresseeMissing = "decree_addressee_missing",
        /// Para 9: a sentence was executed while a bar stood or something was unknown.
        ExecutedWhileBarred = "executed_while_barred",
        /// Para 14: a decree without a submission to the Commission on record.
        DecreeWithoutCommission = "decree_without_commission",
        /// Para 9: a petition was accepted after the window had closed and was not restored.
        PetitionAfterWindow = "petition_after_window",
    }
}
