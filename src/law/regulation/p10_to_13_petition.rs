//! Paragraphs 10 to 13: the way of a petition to the Commission.

use super::{Cases, EditionId, Kind, Model, Owner, Provision, Rule, RuleId, Words};
use crate::law::period::Period;
use crate::law::timeline::EventKind;

/// Para 10: Petitions given by convicts through the administration of correctional institutions are presented to the President's Administration with copies of all verdicts and court rulings, detailed characterisations of the convict's work and conduct stating the administration's opinion on the merits, and, at the convict's request, other relevant documents.
pub const P10: Provision = Provision {
    id: "P10",
    paragraph: "10",
    words: Words {
        kk: "Сотталған адамдардың түзеу мекемелерінің әкiмшiлiгi арқылы берген кешiрiм жасау туралы өтiнiштерi Президент Әкiмшiлiгiне барлық үкiмдердiң, сот қаулыларының көшiрмелерi, өтiнiштiң мәнi бойынша түзеу мекемесi әкiмшiлігінiң пiкiрi көрсетiле отырып, сотталғандардың жұмысы мен мiнез-құлқы туралы егжей-тегжейлi мiнездемелер, сондай-ақ сотталған адамның сұрауы бойынша кешiрiм жасауды қолдану туралы мәселенi қарауда маңызы бар басқа да құжаттар мен деректер ұсынылады.",
        ru: "Ходатайства о помиловании, поданные осужденными через администрацию исправительных учреждений, представляются в Администрацию Президента с приложением копий всех приговоров, судебных постановлений, подробных характеристик о работе и поведении осужденных с указанием мнения администрации исправительного учреждения по существу ходатайства, а также, по просьбе осужденного, других документов и данных, имеющих значение для рассмотрения вопроса о применении помилования.",
        ru_official: false,
        en: "Petitions given by convicts through the administration of correctional institutions are presented to the President's Administration with copies of all verdicts and court rulings, detailed characterisations of the convict's work and conduct stating the administration's opinion on the merits, and, at the convict's request, other relevant documents.",
    },
    model: Model::Silent(
        "What is sent with a petition; its term is that of para 11, and it names the administration as the one who sends (A10).",
    ),
};

/// Para 11 (1st sentence): The petition or the act is presented to the President's Administration not later than seven days from the day the petition was accepted or the act was drawn up.
pub const P11_FORWARD: Provision = Provision {
    id: "P11.FORWARD",
    paragraph: "11 (1st sentence)",
    words: Words {
        kk: "Өтініш немесе тиісті акт Республика Президентінің Әкімшілігіне өтініш қабылданған немесе акт жасалған күннен бастап жеті күннен кешіктірілмей табыс етіледі.",
        ru: "Ходатайство или соответствующий акт представляется в Администрацию Президента Республики не позднее семи дней со дня принятия ходатайства или составления акта.",
        ru_official: false,
        en: "The petition or the act is presented to the President's Administration not later than seven days from the day the petition was accepted or the act was drawn up.",
    },
    model: Model::Rules(&[
        // A10: para 11 has no subject; by para 10 the institution administration.
        Rule {
            id: RuleId::P11Forward,
            paragraph: "11",
            kind: Kind::Duty,
            cases: Cases::All,
            starts: &[EventKind::PetitionAccepted, EventKind::RefusalActDrawn],
            length: Some(Period::Days(7)),
            met_by: &[EventKind::Forwarded],
            owner: Owner::Institution,
            established_from: EditionId::R2004,
            readings: &["A01", "A03", "A05", "A09", "A10", "A11", "A12", "A34", "A51", "A53"],
        },
        // A11: sending ends the seven days; the arrival is watched apart.
        Rule {
            id: RuleId::P11Arrival,
            paragraph: "11",
            kind: Kind::Step,
            cases: Cases::All,
            starts: &[EventKind::Forwarded],
            length: None,
            met_by: &[EventKind::ReceivedByAdministration],
            owner: Owner::WorkingBody,
            established_from: EditionId::R2004,
            readings: &["A11", "A38"],
        },
    ]),
};

/// Para 11 (2nd sentence): petitions of persons sentenced to death or materials on their refusal to petition are sent, before submission to the Commission, by the Division for law-enforcement and judicial systems of the President's Administration to the Supreme Court and the Prosecutor General's Office.
pub const P11_DISPATCH: Provision = Provision {
    id: "P11.DISPATCH",
    paragraph: "11 (2nd sentence)",
    words: Words {
        kk: "осы адамдардың Азаматтық және кешірім жасау мәселелері жөніндегі өтініштер беруден бас тартқаны туралы материалдарды Комиссияның қарауына енгізілгенге дейін Президент Әкімшілігінің Құқық қорғау және сот жүйелерi мәселелерi бөлiмi Республиканың Жоғарғы Соты мен Бас Прокуратурасына жібереді",
        ru: "[поступившие ходатайства лиц, осужденных к смертной казни, или] материалы об их отказе от подачи ходатайства до внесения на рассмотрение Комиссии направляются Отделом по вопросам правоохранительной и судебной систем Администрации Президента в Верховный Суд и Генеральную прокуратуру Республики",
        ru_official: false,
        en: "[petitions of persons sentenced to death or materials on] their refusal to petition are sent, before submission to the Commission, by the Division for law-enforcement and judicial systems of the President's Administration to the Supreme Court and the Prosecutor General's Office",
    },
    model: Model::Rules(&[
        // Without the dispatch the month never starts: the silent gap of para 11.
        Rule {
            id: RuleId::P11DispatchSc,
            paragraph: "11",
            kind: Kind::Step,
            cases: Cases::Death,
            starts: &[EventKind::ReceivedByAdministration],
            length: None,
            met_by: &[EventKind::DispatchedToSupremeCourt],
            owner: Owner::WorkingBody,
            established_from: EditionId::R2004,
            readings: &["A14", "A38"],
        },
        // The second addressee.
        Rule {
            id: RuleId::P11DispatchPg,
            paragraph: "11",
            kind: Kind::Step,
            cases: Cases::Death,
            starts: &[EventKind::ReceivedByAdministration],
            length: None,
            met_by: &[EventKind::DispatchedToProsecutorGeneral],
            owner: Owner::WorkingBody,
            established_from: EditionId::R2004,
            readings: &["A14", "A38"],
        },
    ]),
};

/// Para 11 (2nd sentence): they, not later than one month, present conclusions stating the content of the court decisions, the circumstances of the crime, information on the convict and their opinion on the merits of each petition or refusal material.
pub const P11_CONCL: Provision = Provision {
    id: "P11.CONCL",
    paragraph: "11 (2nd sentence)",
    words: Words {
        kk: "олар бір ай мерзімнен кешіктірмей қабылданған сот шешімдерінің мазмұнын қылмыстың жасалу жағдаяттарын, сотталған адамдардың жеке басы туралы мәліметтерді және әрбір өтініштің немесе өтініш беруден бас тартқаны туралы материалдың мән-жайы жөнінде өз пікірлерін көрсете отырып, қорытындыларды табыс етеді.",
        ru: "которые не позднее месячного срока представляют заключения с изложением содержания принятых судебных решений, обстоятельств совершения преступления, сведений о личности осужденных и своего мнения по существу каждого ходатайства или материала об отказе от подачи ходатайства.",
        ru_official: false,
        en: "they, not later than one month, present conclusions stating the content of the court decisions, the circumstances of the crime, information on the convict and their opinion on the merits of each petition or refusal material.",
    },
    model: Model::Rules(&[
        // A13: two bodies, two duties, two alerts.
        Rule {
            id: RuleId::P11ConclSc,
            paragraph: "11",
            kind: Kind::Duty,
            cases: Cases::Death,
            starts: &[EventKind::DispatchedToSupremeCourt],
            length: Some(Period::Months(1)),
            met_by: &[EventKind::ConclusionSupremeCourt],
            owner: Owner::SupremeCourt,
            established_from: EditionId::R2004,
            readings: &["A02", "A07", "A12", "A13", "A14", "A47", "A50"],
        },
        // A13: the other of the two.
        Rule {
            id: RuleId::P11ConclPg,
            paragraph: "11",
            kind: Kind::Duty,
            cases: Cases::Death,
            starts: &[EventKind::DispatchedToProsecutorGeneral],
            length: Some(Period::Months(1)),
            met_by: &[EventKind::ConclusionProsecutorGeneral],
            owner: Owner::ProsecutorGeneral,
            established_from: EditionId::R2004,
            readings: &["A02", "A07", "A12", "A13", "A14", "A47", "A50"],
        },
        // Para 7(2) reads the two conclusions together.
        Rule {
            id: RuleId::P11ReadyForCommission,
            paragraph: "11",
            kind: Kind::Condition,
            cases: Cases::Death,
            starts: &[],
            length: None,
            met_by: &[EventKind::ConclusionSupremeCourt, EventKind::ConclusionProsecutorGeneral],
            owner: Owner::WorkingBody,
            established_from: EditionId::R2004,
            readings: &["A13", "A47"],
        },
    ]),
};

/// Para 12: Petitions stating facts on unfounded conviction or breach of legality that need checking are first sent to the appropriate bodies for verification.
pub const P12: Provision = Provision {
    id: "P12",
    paragraph: "12",
    words: Words {
        kk: "Соттаудың негізсіздігі немесе заңдылықтың бұзылуы жөнінде тексеруді қажет ететін деректер келтірілген кешірім жасау туралы өтініштер тексеру үшін алдын ала тиісті органдарға жіберіледі.",
        ru: "Ходатайства о помиловании, в которых приводятся требующие проверки данные о необоснованности осуждения или нарушении законности, предварительно направляются для проверки в соответствующие органы.",
        ru_official: false,
        en: "Petitions stating facts on unfounded conviction or breach of legality that need checking are first sent to the appropriate bodies for verification.",
    },
    model: Model::Rules(&[
        // A50: nothing in the text lets the verification suspend another term.
        Rule {
            id: RuleId::P12Verify,
            paragraph: "12",
            kind: Kind::Step,
            cases: Cases::All,
            starts: &[EventKind::SentForVerification],
            length: None,
            met_by: &[EventKind::VerificationReturned],
            owner: Owner::VerifyingBody,
            established_from: EditionId::R1998,
            readings: &["A38", "A50"],
        },
    ]),
};

/// Para 13: petitions of persons sentenced to deprivation of liberty or milder are submitted to the Commission by the State-Legal Division of the President's Administration, and to the Head of State by the Commission with its proposal.
pub const P13: Provision = Provision {
    id: "P13",
    paragraph: "13",
    words: Words {
        kk: "өтініштерді, Комиссияның қарауына Президент Әкімшілігінің Мемлекеттік-құқық бөлімі, ал Мемлекет Басшысына Комиссия өзінің ұсынуы бойынша енгізеді.",
        ru: "ходатайства [лиц, осужденных к лишению свободы или более мягкому наказанию,] вносятся на рассмотрение Комиссии Государственно-правовым отделом Администрации Президента, а Главе государства - Комиссией по ее представлению.",
        ru_official: false,
        en: "petitions [of persons sentenced to deprivation of liberty or milder] are submitted to the Commission by the State-Legal Division of the President's Administration, and to the Head of State by the Commission with its proposal.",
    },
    model: Model::Rules(&[
        // Death cases have no sentence of their own here; para 11 presupposes the submission, after both conclusions.
        Rule {
            id: RuleId::P13SubmitCommission,
            paragraph: "13",
            kind: Kind::Step,
            cases: Cases::All,
            starts: &[
                EventKind::ReceivedByAdministration,
                EventKind::ConclusionSupremeCourt,
                EventKind::ConclusionProsecutorGeneral,
            ],
            length: None,
            met_by: &[EventKind::SubmittedToCommission, EventKind::NoGroundsDecided, EventKind::PetitionAttached],
            owner: Owner::WorkingBody,
            established_from: EditionId::R2001,
            readings: &["A38", "A47"],
        },
    ]),
};
