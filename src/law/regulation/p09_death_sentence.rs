//! Paragraph 9: persons sentenced to death.

use super::{Cases, EditionId, Kind, Model, Owner, Provision, Rule, RuleId, Words};
use crate::law::period::Period;
use crate::law::timeline::EventKind;

/// Para 9 (1st sub-para): Persons sentenced to death may petition for pardon within one year from the day on which the copy of the verdict or the cassation ruling was handed to them.
pub const P9_PETITION: Provision = Provision {
    id: "P9.PETITION",
    paragraph: "9 (1st sub-para)",
    words: Words {
        kk: "Өлім жазасына кесілген адамдар оларға үкімнің көшірмесі немесе кассациялық ұйғарым тапсырылған күннен бастап бір жыл ішінде кешірім жасау туралы өтініш бере алады.",
        ru: "Лица, осужденные к смертной казни, могут подать ходатайство о помиловании в течение одного года со дня вручения им копии приговора или кассационного определения.",
        ru_official: false,
        en: "Persons sentenced to death may petition for pardon within one year from the day on which the copy of the verdict or the cassation ruling was handed to them.",
    },
    model: Model::Rules(&[
        // A15, A54: the later hand-over governs, of every verdict; the institution must tell the convict.
        Rule {
            id: RuleId::P9Petition,
            paragraph: "9",
            kind: Kind::Right,
            cases: Cases::Death,
            starts: &[EventKind::VerdictCopyHanded, EventKind::CassationRulingHanded],
            length: Some(Period::Years(1)),
            met_by: &[EventKind::PetitionAccepted],
            owner: Owner::Institution,
            established_from: EditionId::R2004,
            readings: &["A15", "A20", "A25", "A52", "A54"],
        },
    ]),
};

/// Para 9 (1st): If the person sentenced to death does not petition within that term, or declares no wish to petition, an appropriate act is drawn up in compliance with the established rules.
pub const P9_ACT: Provision = Provision {
    id: "P9.ACT",
    paragraph: "9 (1st)",
    words: Words {
        kk: "Өлім жазасына кесілген адам аталған мерзімде кешірім жасау туралы өтініш бермеген жағдайда немесе мұндай өтініш беруге ықыласы жоқтығын мәлімдесе, бұл жайында белгіленген ережелер сақтала отырып, тиісті акт жасалады.",
        ru: "Если лицо, осужденное к смертной казни, в указанный срок не подало ходатайство о помиловании либо заявило о нежелании подавать его, об этом с соблюдением установленных правил составляется соответствующий акт.",
        ru_official: false,
        en: "If the person sentenced to death does not petition within that term, or declares no wish to petition, an appropriate act is drawn up in compliance with the established rules.",
    },
    model: Model::Rules(&[
        // A19: the decree names nobody; the administration with the prosecutor (CEC 1997 art. 165(3)).
        Rule {
            id: RuleId::P9Act,
            paragraph: "9",
            kind: Kind::Step,
            cases: Cases::Death,
            starts: &[EventKind::RefusalDeclared],
            length: None,
            met_by: &[EventKind::RefusalActDrawn],
            owner: Owner::Institution,
            established_from: EditionId::R2004,
            readings: &["A18", "A19", "A20", "A38"],
        },
    ]),
};

/// Para 9 (1st): Execution of the verdict is suspended until the petition, or the materials on the convict's refusal to petition, have been considered.
pub const P9_BAR_PENDING: Provision = Provision {
    id: "P9.BAR_PENDING",
    paragraph: "9 (1st)",
    words: Words {
        kk: "Өлім жазасына кесілген адам жөніндегі үкімнің орындалуы кешірім жасау туралы өтініш немесе сотталған адамның кешірім жасау туралы өтініш беруден бас тартуы жөніндегі материалдар қаралғанға дейін тоқтатыла тұрады.",
        ru: "Исполнение приговора в отношении лица, осужденного к смертной казни, приостанавливается до рассмотрения ходатайства о помиловании либо материалов об отказе осужденного от подачи ходатайства.",
        ru_official: false,
        en: "Execution of the verdict is suspended until the petition, or the materials on the convict's refusal to petition, have been considered.",
    },
    model: Model::Rules(&[
        // A21: any undecided petition bars, timely or late, first or repeat.
        Rule {
            id: RuleId::P9BarPending,
            paragraph: "9",
            kind: Kind::Bar,
            cases: Cases::Death,
            starts: &[EventKind::PetitionAccepted, EventKind::RefusalActDrawn],
            length: None,
            met_by: &[EventKind::DecreeReceivedSc, EventKind::DecreeReceivedPg, EventKind::RefusalMaterialsConsidered],
            owner: Owner::Nobody,
            established_from: EditionId::R2004,
            readings: &["A21", "A22", "A55", "A56"],
        },
    ]),
};

/// Para 9 (2nd sub-para): A death sentence is not executed until one year has passed from the day of its entry into force.
pub const P9_BAR_YEAR: Provision = Provision {
    id: "P9.BAR_YEAR",
    paragraph: "9 (2nd sub-para)",
    words: Words {
        kk: "Өлім жазасы туралы үкім күшіне енген күнінен бір жыл өтпейінше орындалмайды.",
        ru: "Приговор о смертной казни не приводится в исполнение до истечения одного года со дня его вступления в силу.",
        ru_official: false,
        en: "A death sentence is not executed until one year has passed from the day of its entry into force.",
    },
    model: Model::Rules(&[
        // A17: a year has not passed until its last day is over.
        Rule {
            id: RuleId::P9BarYear,
            paragraph: "9",
            kind: Kind::Bar,
            cases: Cases::Death,
            starts: &[EventKind::VerdictInForce],
            length: Some(Period::Years(1)),
            met_by: &[],
            owner: Owner::Nobody,
            established_from: EditionId::R2004,
            readings: &["A02", "A03", "A17", "A54"],
        },
    ]),
};

/// Para 9 (3rd sub-para): Where a moratorium on execution of the death penalty has been introduced, the convict may petition for pardon within one year after the moratorium is lifted, regardless of whether he petitioned before it was declared or while it was in force.
pub const P9_PETITION_MORATORIUM: Provision = Provision {
    id: "P9.PETITION_MORATORIUM",
    paragraph: "9 (3rd sub-para)",
    words: Words {
        kk: "Өлім жазасын орындауға мораторий енгізілген жағдайда, сотталғанның мораторий жарияланғанға дейін немесе мораторий қолданылған уақытта кешірім жасау жөнінде өтініш бергеніне немесе бермегеніне қарамастан, мораторийдің күші жойылғаннан кейін бір жыл ішінде кешірім жасау туралы өтінішпен жүгінуіне болады.",
        ru: "В случае введения моратория на исполнение смертной казни осужденный может обратиться с ходатайством о помиловании в течение одного года после отмены моратория независимо от того, подавал он ходатайство до объявления моратория или в период его действия либо нет.",
        ru_official: false,
        en: "Where a moratorium on execution of the death penalty has been introduced, the convict may petition for pardon within one year after the moratorium is lifted, regardless of whether he petitioned before it was declared or while it was in force.",
    },
    model: Model::Rules(&[
        // A26: whether he petitioned before or during the moratorium does not matter.
        Rule {
            id: RuleId::P9PetitionMoratorium,
            paragraph: "9",
            kind: Kind::Right,
            cases: Cases::Death,
            starts: &[EventKind::MoratoriumLifted],
            length: Some(Period::Years(1)),
            met_by: &[EventKind::PetitionAccepted],
            owner: Owner::Institution,
            established_from: EditionId::R2004,
            readings: &["A24", "A26", "A27", "A29"],
        },
        // Implied here, said in CrC 49(3): no execution while a moratorium is in force.
        Rule {
            id: RuleId::P9BarMoratorium,
            paragraph: "9",
            kind: Kind::Bar,
            cases: Cases::Death,
            starts: &[EventKind::MoratoriumDeclared],
            length: None,
            met_by: &[EventKind::MoratoriumLifted],
            owner: Owner::Nobody,
            established_from: EditionId::R2004,
            readings: &["A25", "A27", "A28"],
        },
    ]),
};

/// Para 9 (3rd): In that case the verdict is executed only after the petition or the refusal materials have been considered AND after one year has passed since the moratorium was lifted.
pub const P9_BAR_AFTER_LIFT: Provision = Provision {
    id: "P9.BAR_AFTER_LIFT",
    paragraph: "9 (3rd)",
    words: Words {
        kk: "Бұл ретте үкім кешірім жасау туралы өтініш немесе сотталған адамның оны беруден бас тартуы туралы материалдар қаралғаннан кейін ғана және өлім жазасын орындауға мораторийдің күші жойылған соң бір жыл өткеннен кейін орындалады",
        ru: "При этом приговор исполняется только после рассмотрения ходатайства о помиловании либо материалов об отказе осужденного от его подачи и по истечении одного года после отмены моратория на исполнение смертной казни.",
        ru_official: false,
        en: "In that case the verdict is executed only after the petition or the refusal materials have been considered AND after one year has passed since the moratorium was lifted",
    },
    model: Model::Rules(&[
        // A22: two cumulative conditions; the other one is [`RuleId::P9BarPending`].
        Rule {
            id: RuleId::P9BarAfterLift,
            paragraph: "9",
            kind: Kind::Bar,
            cases: Cases::Death,
            starts: &[EventKind::MoratoriumLifted],
            length: Some(Period::Years(1)),
            met_by: &[],
            owner: Owner::Nobody,
            established_from: EditionId::R2004,
            readings: &["A22", "A24", "A27", "A29"],
        },
    ]),
};
