# The letter itself. The stem is the same in every language, so that a forwarded letter keeps its thread.

stem-case = [Кешірім № { $case }]
stem = [Кешірім]
case-number = № { $case }

subject-opened = New deadline: { $what }
subject-open-indefinite = Right without an end date: { $what }
subject-right-opened = Right opened: { $what }
subject-step-opened = New step: { $what }
subject-wait-opened = Started: { $what }
subject-bar = Bar under { $paragraph }
subject-bar-lengthened = Bar prolonged under { $paragraph }
subject-bar-ended = Entry changed under { $paragraph }
subject-before-working-days = { $n ->
        [one] { $n } working day left
       *[other] { $n } working days left
    }: { $what }
subject-before-days = { $n ->
        [one] { $n } day left
       *[other] { $n } days left
    }: { $what }
subject-before-control = { $n ->
        [one] { $n } working day to internal control
       *[other] { $n } working days to internal control
    }: { $what }
subject-alert-workday = Act today: { $what }
subject-last-day = Last day today: { $what }
subject-overdue = { $n ->
        [one] { $n } day late
       *[other] { $n } days late
    }: { $what }
subject-after-right = Term for petitioning has ended: draw up the appropriate act
subject-after-right-missing = Term for petitioning has ended, the register lacks data
subject-ripened = Waiting term over: the repeat petition may be submitted
subject-control-date = Internal control today: { $what }
subject-control-passed = { $n ->
        [0] Internal control date passed this week
        [one] Internal control passed { $n } week ago
       *[other] Internal control passed { $n } weeks ago
    }: { $what }
subject-moved-control = Internal control date changed: { $what }
subject-moved = Deadline changed: { $what }
subject-closed = Finished: { $what }
subject-waiting = Awaiting confirmation: { $what }
subject-notice = Notice to the operators
subject-many = { $total ->
        [one] { $total } deadline
       *[other] { $total } deadlines
    }: { $overdue } late, { $today } today, { $coming } coming{ $other ->
        [0] {""}
       *[other] , { $other } other
    }
subject-many-news = { $total ->
        [one] News of { $total } deadline
       *[other] News of { $total } deadlines
    }

when-due = Deadline: { $date }
when-right = Last day: { $date }
when-step = Internal control date (not a legal deadline): { $date }
when-wait = First day after the waiting term: { $date }
when-bar = The bar stands at least until the end of: { $date }
when-open = No end date is set
left-working-days = { $n ->
        [one] { $n } working day left
       *[other] { $n } working days left
    }
left-days = { $n ->
        [one] { $n } day left
       *[other] { $n } days left
    }
left-today = today is the last day
left-alert = act today
left-overdue = { $n ->
        [one] { $n } day late
       *[other] { $n } days late
    }
left-today-rolled = today is the last day, because of the days off before it
left-overdue-after = { left-overdue } (counted after { $date })
left-control-today = today
left-control-passed = { $n ->
        [0] less than a week past
        [one] { $n } week past
       *[other] { $n } weeks past
    }
act-by = Last working day to act: { $date }

state-opened = The term has started.
state-bar-opened = The bar was entered in the register. Other bars may stand beside it.
state-bar-lengthened = The bar was prolonged. Other bars may stand beside it.
state-right-opened = The right has opened.
state-open-indefinite = Because of the moratorium this right has no end date.
state-last-day = Today is the last day.
state-alert-workday = Today is the last working day that keeps the term under every reading.
state-overdue = The deadline has passed. This letter comes every working day until the act is recorded.
state-after-right-act = No petition is recorded. The appropriate act of paragraph 9 is now to be drawn up.
state-after-right-missing = The term has passed, but the register lacks: { $missing }. Check and record this first.
state-ripened = The waiting term is over: the repeat petition may now be submitted to the Commission.
state-ripened-petitions = Attached petitions received on: { $dates }
state-step = The Decree sets no term for this step. The day shown is an internal control date, not a legal deadline.
state-moved = The day was counted anew. The old day no longer holds; delete the old entry in your calendar.
state-closed = Finished: { $event }. Reminders of it have stopped; delete the entry in your calendar.
state-bar-ended = One bar in the register has ended or become shorter.
state-bar-open = Bars that still stand: { $list }
state-bar-unknown = Unknown (the unknown counts as a bar): { $list }
state-bar-none = No other bar is known to this register. Conditions outside the register may stand all the same.
never-says = The register never says that a sentence may be carried out.
state-waiting = An entry awaits a second person's confirmation: { $event }, { $date }. Until then bars and terms stay as they were.
state-unconfirmed = Entries not yet confirmed: { $list }

label-case = Case
label-owner = Responsible
label-informs = Informs the convict
label-event = Starting event
label-old = Old day (no longer valid)
label-new = New day
label-reason = Reason for the change
heading-why = Ground
heading-counting = How the day was counted
heading-ends = What ends it
heading-warnings = Warnings
heading-lines = Deadlines
warning-marks = Warnings below: { $list }
heading-overdue = Late
heading-today = Today
heading-control = Internal control date passed (not a legal deadline)
heading-coming = Coming
heading-news = New entries and changes
heading-quotes = The paragraphs of the Regulation
column-case = Case
column-what = What must be done
column-when = Day

paragraph = paragraph { $n }
paragraph-decree = article 2 of the Decree
quote-source = { $paragraph } of the Regulation approved by Decree No. 2975 of 7 May 1996
quote-source-decree = article 2 of Decree No. 2975 of 7 May 1996
quote-rule = { $source } — { $rules }
quote-own = the register's own translation, not an official text

count-from = From
count-from-value = { $date } — { $event }; that day itself is not counted
count-from-plain = { $date } — { $event }
count-length = Length
length-days = { $n ->
        [one] { $n } calendar day
       *[other] { $n } calendar days
    }
length-weeks = { $n ->
        [one] { $n } week
       *[other] { $n } weeks
    }
length-months = { $n ->
        [one] { $n } calendar month
       *[other] { $n } calendar months
    }
length-years = { $n ->
        [one] { $n } year
       *[other] { $n } years
    }
length-none = not set by the Decree
length-control = not set by the Decree; one month for internal control
length-until = until an event, without a date
count-month-end = Month end
count-month-end-value = the last month has no such date, so its last day was taken
count-nominal = Last day as counted
count-skipped = Day off
count-safe = Safe day (earliest reading)
count-alert = Last working day to act
count-shown = Deadline shown
count-control = Internal control date
count-late = Late only after
count-bar = Bar at least until the end of
count-wait = Last day of the waiting term
count-free = First day after the waiting term

ends-event = Event to be recorded: { $list }
ends-or = or
link-case = Record the event or see the case
link-see = See the case
link-acknowledge = Acknowledge this letter
link-all = All deadlines

note-deputy = You receive this letter as deputy of: { $post }, who is absent on these days or cannot be reached.
note-superior = You receive this letter as the superior of: { $post }.
note-working-body = You receive this letter for information, as the Commission's working body.
note-nobody = Nobody could be reached: { $post }. The letter was therefore sent to you.
note-unacknowledged = The letter has not been acknowledged by: { $post }.
note-hand-over = A post of this office is new to you: { $post }. These are all the deadlines that are open there now.
note-nationwide = An event common to all cases was recorded: { $event }, { $date }. The deadlines below were counted anew.
note-irregular = A rule may have been broken in this case: { $text }

more-lines = { $n ->
        [one] { $n } more line. Full list:
       *[other] { $n } more lines. Full list:
    }
footer-composed = Composed automatically by the Keshirim register: { $date }, { $time } ({ $zone }).
footer-privacy = A letter holds only the case number, the rule, days and posts; the register holds no person's name.
calendar-summary = № { $case }: { $what }
calendar-summary-step = № { $case }: internal control (not a legal deadline) — { $what }
