# One sentence for each rule: what must be done, and by whom. The letter adds the day.
# The value is the whole sentence, `.short` the phrase for subjects, tables and calendars.

rule-D2-COMMISSION = { $owner } must submit to the Head of State proposals on the personal composition of the Commission.
    .short = submit proposals on the Commission's composition

rule-P8-IN_FORCE = A petition for pardon is considered only after the verdict has entered into legal force; its entry into force is not recorded.
    .short = no consideration before the verdict is in force

rule-P9-PETITION = A person sentenced to death may petition for pardon. { $owner } informs the convict of this right and of its last day.
    .short = right to petition for pardon

rule-P9-PETITION_MORATORIUM = The convict may petition for pardon, whether or not he petitioned before the moratorium was declared or while it was in force. { $owner } informs the convict of this.
    .short = right to petition by reason of the moratorium

rule-P9-ACT = { $owner } must draw up the appropriate act: that no petition was filed, or that the convict declared no wish to petition. The seven days start only once the act is drawn up.
    .short = draw up the appropriate act

rule-P9-BAR_YEAR = The death sentence is not executed: one year has not passed since the verdict entered into force.
    .short = bar of one year from entry into force

rule-P9-BAR_AFTER_LIFT = The death sentence is not executed: one year has not passed since the moratorium was lifted.
    .short = bar of one year after the moratorium was lifted

rule-P9-BAR_PENDING = Execution of the verdict is suspended: the petition for pardon, or the materials on the refusal to petition, have not been considered.
    .short = bar until the petition or the refusal materials are considered

rule-P9-BAR_MORATORIUM = The death sentence is not executed: a moratorium on execution of the death penalty has been introduced.
    .short = bar under the moratorium

rule-P9-PETITION_WINDOW_OPEN = The death sentence is not executed: the term for petitioning has not passed.
    .short = bar while the term for petitioning runs

rule-PARDONED = The death sentence is not executed: a pardon decree has been issued.
    .short = a pardon decree has been issued

rule-VERDICT_CHANGED = The former verdict is not executed: it has been quashed or changed.
    .short = the verdict has been quashed or changed

rule-P11-FORWARD = { $owner } must present the petition or the act to the President's Administration.
    .short = present the petition or the act to the President's Administration

rule-P11-ARRIVAL = The petition or the act was sent, but its arrival at the President's Administration is not recorded. { $owner } must check that it arrived.
    .short = check the arrival at the President's Administration

rule-P11-DISPATCH_SC = { $owner } must send the materials to the Supreme Court before they are submitted to the Commission. The Supreme Court's month starts only then.
    .short = send the materials to the Supreme Court

rule-P11-DISPATCH_PG = { $owner } must send the materials to the Prosecutor General's Office before they are submitted to the Commission. That Office's month starts only then.
    .short = send the materials to the Prosecutor General's Office

rule-P11-CONCL_SC = { $owner } must present its conclusion on the merits of the petition or of the refusal material.
    .short = present the conclusion of the Supreme Court

rule-P11-CONCL_PG = { $owner } must present its conclusion on the merits of the petition or of the refusal material.
    .short = present the conclusion of the Prosecutor General's Office

rule-P11-READY_FOR_COMMISSION = Both conclusions are needed before the materials are submitted to the Commission: the Supreme Court's and the Prosecutor General's Office's. Responsible: { $owner }.
    .short = both conclusions at hand

rule-P12-VERIFY = The petition was sent to the appropriate body for verification; the result is not recorded. Responsible: { $owner }.
    .short = return the result of the verification

rule-P13-SUBMIT_COMMISSION = { $owner } must submit the petition to the Commission.
    .short = submit the petition to the Commission

rule-P15-NOTICE = { $owner } must inform the petitioner that there are no grounds to submit the petition to the Commission.
    .short = inform the petitioner

rule-P16-WAIT = Absent new noteworthy circumstances, a repeat petition is submitted to the Commission, as a rule, after the waiting term. Responsible: { $owner }.
    .short = waiting term for a repeat petition

rule-P16-ATTACH = { $owner } must attach the early repeat petition to the materials at hand.
    .short = attach the repeat petition to the materials at hand

rule-P17-DISPATCH_SC = { $owner } must send the President's decree to the Supreme Court.
    .short = send the decree to the Supreme Court

rule-P17-DISPATCH_PG = { $owner } must send the President's decree to the Prosecutor General's Office.
    .short = send the decree to the Prosecutor General's Office

rule-P17-DISPATCH_EXEC = { $owner } must send the President's decree to the body in charge of its execution.
    .short = send the decree to the executing body

rule-P18-REPORT = { $owner } must present information on the execution of the pardon decree to the President's Administration.
    .short = present information on the execution of the decree

rule-P18-REPORT_PG = { $owner } must present information on the execution of the verdict to the President's Administration.
    .short = present the information of paragraph 18

rule-P19-COURT_NOTICE = { $owner } must inform the Commission, through its working body, that the verdict was quashed or changed.
    .short = inform the Commission of the court's decision
