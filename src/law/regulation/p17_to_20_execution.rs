//! Paragraphs 17 to 20: execution of the decrees, reports, the working body.

use super::{Cases, EditionId, Kind, Model, Owner, Provision, Rule, RuleId, Words};
use crate::law::timeline::EventKind;

/// Para 17(1): decrees are sent for execution: concerning persons sentenced to death - to the Supreme Court and the Prosecutor General's Office.
pub const P17_1: Provision = Provision {
    id: "P17.1",
    paragraph: "17(1)",
    words: Words {
        kk: "өлім жазасына кесілген адамдарға қатысты - Қазақстан Республикасының Жоғарғы Сотына және Бас прокуратурасына",
        ru: "в отношении лиц, осужденных к смертной казни, - в Верховный Суд и Генеральную прокуратуру Республики Казахстан",
        ru_official: false,
        en: "[decrees are sent for execution:] concerning persons sentenced to death - to the Supreme Court and the Prosecutor General's Office",
    },
    model: Model::Rules(&[
        // Two sendings, each with its own confirmation.
        Rule {
            id: RuleId::P17DispatchSc,
            paragraph: "17",
            kind: Kind::Step,
            cases: Cases::Death,
            starts: &[EventKind::PardonDecree, EventKind::RejectionDecree],
            length: None,
            met_by: &[EventKind::DecreeDispatched, EventKind::DecreeReceivedSc],
            owner: Owner::WorkingBody,
            established_from: EditionId::R2001,
            readings: &["A38"],
        },
        // The second addressee.
        Rule {
            id: RuleId::P17DispatchPg,
            paragraph: "17",
            kind: Kind::Step,
            cases: Cases::Death,
            starts: &[EventKind::PardonDecree, EventKind::RejectionDecree],
            length: None,
            met_by: &[EventKind::DecreeDispatched, EventKind::DecreeReceivedPg],
            owner: Owner::WorkingBody,
            established_from: EditionId::R2001,
            readings: &["A38"],
        },
    ]),
};

/// Para 17(2): concerning persons sentenced to deprivation of liberty and other measures - to the bodies in charge of their execution.
pub const P17_2: Provision = Provision {
    id: "P17.2",
    paragraph: "17(2)",
    words: Words {
        kk: "бас бостандығына айыруға және басқа жаза шараларына сотталған адамдарға қатысты - олардың орындалуын басқаратын органдарға жіберіледі.",
        ru: "в отношении лиц, осужденных к лишению свободы и другим мерам наказания, - в органы, ведающие их исполнением.",
        ru_official: false,
        en: "concerning persons sentenced to deprivation of liberty and other measures - to the bodies in charge of their execution.",
    },
    model: Model::Rules(&[
        // To the body in charge of execution.
        Rule {
            id: RuleId::P17DispatchExec,
            paragraph: "17",
            kind: Kind::Step,
            cases: Cases::NotDeath,
            starts: &[EventKind::PardonDecree, EventKind::RejectionDecree],
            length: None,
            met_by: &[EventKind::DecreeDispatched, EventKind::DecreeReceivedExec],
            owner: Owner::WorkingBody,
            established_from: EditionId::R2001,
            readings: &["A38"],
        },
    ]),
};

/// Para 18: Information on execution of verdicts concerning persons sentenced to death is presented to the President's Administration by the Prosecutor General.
pub const P18_1: Provision = Provision {
    id: "P18.1",
    paragraph: "18",
    words: Words {
        kk: "Өлім жазасына кесілген адамдарға қатысты үкімдердің орындалуы жөніндегі ақпаратты Президент Әкімшілігіне Республиканың Бас Прокуроры",
        ru: "Информацию об исполнении приговоров в отношении лиц, осужденных к смертной казни, представляет в Администрацию Президента Генеральный Прокурор Республики",
        ru_official: false,
        en: "Information on execution of verdicts concerning persons sentenced to death is presented to the President's Administration by the Prosecutor General",
    },
    model: Model::Rules(&[
        // Starts with the event that closes the case, and outlives it.
        Rule {
            id: RuleId::P18ReportPg,
            paragraph: "18",
            kind: Kind::Step,
            cases: Cases::Death,
            starts: &[EventKind::SentenceExecuted],
            length: None,
            met_by: &[EventKind::ExecutionReported],
            owner: Owner::ProsecutorGeneral,
            established_from: EditionId::R1998,
            readings: &["A38"],
        },
    ]),
};

/// Para 18: information on execution of the Head of State's pardon decrees concerning persons sentenced to other measures is presented by the state bodies charged with their execution.
pub const P18_2: Provision = Provision {
    id: "P18.2",
    paragraph: "18",
    words: Words {
        kk: "Мемлекет басшысының басқа жаза шараларына сотталған адамдарға кешірім жасау туралы жарлықтарының орындалуы туралы ақпаратты өздеріне осы жарлықтарды орындау жүктелген мемлекеттік органдар табыс етеді.",
        ru: "информацию об исполнении указов Главы государства о помиловании лиц, осужденных к другим мерам наказания, - государственные органы, на которые возложено исполнение этих указов.",
        ru_official: false,
        en: "information on execution of the Head of State's pardon decrees concerning persons sentenced to other measures is presented by the state bodies charged with their execution.",
    },
    model: Model::Rules(&[
        // Pardon decrees only: a rejection leaves nothing to execute.
        Rule {
            id: RuleId::P18Report,
            paragraph: "18",
            kind: Kind::Step,
            cases: Cases::NotDeath,
            starts: &[EventKind::DecreeReceivedExec],
            length: None,
            met_by: &[EventKind::ExecutionReported],
            owner: Owner::ExecutingBody,
            established_from: EditionId::R1998,
            readings: &["A38"],
        },
    ]),
};

/// Para 19: Where verdicts are quashed or changed on newly discovered circumstances, or by way of supervision in respect of convicts to whom pardon was applied, the courts concerned inform the Commission of the decisions through its working body.
pub const P19: Provision = Provision {
    id: "P19",
    paragraph: "19",
    words: Words {
        kk: "Жаңадан белгілі болған жағдаяттар бойынша немесе оларға кешірім жасау қолданылған сотталған адамдарға қатысты қадағалау тәртібімен үкімдердің күші жойылған немесе олар өзгертілген жағдайларда тиісті соттар қабылданған шешімдер туралы Комиссияны оның жұмыс органы арқылы хабардар етеді.",
        ru: "В случаях отмены или изменения приговоров по вновь открывшимся обстоятельствам или в порядке надзора в отношении осужденных, к которым применено помилование, соответствующие суды извещают о принятых решениях Комиссию через ее рабочий орган.",
        ru_official: false,
        en: "Where verdicts are quashed or changed on newly discovered circumstances, or by way of supervision in respect of convicts to whom pardon was applied, the courts concerned inform the Commission of the decisions through its working body.",
    },
    model: Model::Rules(&[
        // Starts with the event that closes the case, and outlives it.
        Rule {
            id: RuleId::P19CourtNotice,
            paragraph: "19",
            kind: Kind::Step,
            cases: Cases::All,
            starts: &[EventKind::VerdictQuashedOrChanged],
            length: None,
            met_by: &[EventKind::CourtNoticeReceived],
            owner: Owner::Court,
            established_from: EditionId::R1998,
            readings: &["A38", "A43"],
        },
    ]),
};

/// Para 20(1): the working body carries out preparation of the necessary materials for the Commission and the President.
pub const P20_1: Provision = Provision {
    id: "P20.1",
    paragraph: "20(1)",
    words: Words {
        kk: "қажетті материалдарды Комиссия мен Республика Президентінің қарауына даярлауды",
        ru: "подготовку необходимых материалов к рассмотрению Комиссией и Президентом Республики",
        ru_official: false,
        en: "[the working body carries out] preparation of the necessary materials for the Commission and the President",
    },
    model: Model::Silent("A standing task; its steps are watched under paras 11 and 13."),
};

/// Para 20(2): the working body exercises control over the timely execution of the Head of State's pardon decrees.
pub const P20_2: Provision = Provision {
    id: "P20.2",
    paragraph: "20(2)",
    words: Words {
        kk: "Мемлекет басшысының кешірім жасау туралы жарлықтарының уақтылы орындалуын бақылауды",
        ru: "[осуществляет] контроль за своевременным исполнением указов Главы государства о помиловании",
        ru_official: false,
        en: "[the working body exercises] control over the timely execution of the Head of State's pardon decrees",
    },
    model: Model::Silent("A standing control; it is what this register does under paras 17 and 18."),
};

/// Para 20(3): the working body carries out generalisation of the practice.
pub const P20_3: Provision = Provision {
    id: "P20.3",
    paragraph: "20(3)",
    words: Words {
        kk: "қолдану практикасын қорытуды",
        ru: "обобщение практики применения помилования",
        ru_official: false,
        en: "[the working body carries out] generalisation of the practice",
    },
    model: Model::Silent("A standing task without a term; the practice report serves it."),
};
