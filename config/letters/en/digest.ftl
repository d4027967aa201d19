# The operators' letter of every working morning. It comes also when all is quiet: its absence is the alarm.

digest-subject = Morning letter, { $date }: { $n ->
        [0] all is quiet
        [one] { $n } point needs attention
       *[other] { $n } points need attention
    }
digest-lead = { $n ->
        [0] All is quiet: nothing is missing and nothing waits.
        [one] { $n } point needs attention; it is marked.
       *[other] { $n } points need attention; they are marked.
    }
digest-since = Counted since: { $since }

digest-heading-state = How the register stands
digest-heading-letters = Letters since the last morning letter
digest-heading-deadlines = Deadlines now
digest-heading-entries = Recorded since the last morning letter: { $n }
digest-heading-waiting = Waiting for a second person: { $n }
digest-heading-seal = Seal

digest-label-audit = Comparison of what was owed with what was accepted
digest-audit = { $at } — { $cases ->
        [one] { $cases } case
       *[other] { $cases } cases
    }, { $expected } owed, { $accepted } accepted, { $differences ->
        [0] no difference
        [one] { $differences } difference
       *[other] { $differences } differences
    }
digest-audit-none = not compared yet
digest-label-way = Mail server
digest-way-open = letters leave
digest-way-failing = no letter leaves, since: { $since }
digest-label-unsent = Letters that wait to leave
digest-unsent = { $n }, the oldest since: { $since }
digest-label-returned = Refused or returned since the last morning letter
digest-label-flagged = Addresses to which nothing more is sent
digest-label-waiting = Entries that wait for a second person
digest-label-calendar = Calendar of working days
digest-calendar = vouched for until { $verified }; known until { $known } ({ $days ->
        [one] { $days } day
       *[other] { $days } days
    } ahead)

digest-label-composed = Composed
digest-label-accepted = Accepted by the mail server
digest-label-deferred = Put off by the mail server (attempts)
digest-label-refused = Refused by the mail server
digest-label-bounced = Returned
digest-label-unknown = Of unknown fate (attempts)

digest-label-open = Open
digest-label-today = Due today
digest-label-overdue = Overdue
digest-label-past-control = Steps past their internal control date

digest-opened = Case opened
digest-recorded = Recorded
digest-corrected = Corrected
digest-retracted = Retracted
digest-confirmed = Confirmed by a second person
digest-nationwide = All cases
digest-label-day = Day of the event, as entered
digest-label-old = No longer valid
digest-entered = Entered: { $at }
digest-waits = Waits for a second person and does not count until then.
digest-struck = This entry has been corrected or retracted since.
digest-ends = Finished by it: { $what }
digest-when-wait = Last day of the waiting term: { $date }
digest-check = A second person should check these days against the documents.
digest-no-entries = Nothing was recorded.
digest-no-waiting = Nothing waits.
digest-more = { $n ->
        [one] { $n } more is in the register.
       *[other] { $n } more are in the register.
    }

digest-seal = What was recorded up to the end of { $date } is sealed with these characters. Keep this letter. The command keshirim verify --seal, with the characters after it, shows whether anything was changed since.
