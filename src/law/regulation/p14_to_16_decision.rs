//! Paragraphs 14 to 16: the decision, and repeat petitions.

use super::{Cases, EditionId, Kind, Model, Owner, Provision, Rule, RuleId, Words};
use crate::law::period::Period;
use crate::law::timeline::EventKind;

/// Para 14: Having considered the Commission's proposals the President issues decrees on pardon or on rejection of petitions.
pub const P14: Provision = Provision {
    id: "P14",
    paragraph: "14",
    words: Words {
        kk: "Комиссияның ұсыныстарын қараудың нәтижелері бойынша Республика Президенті кешірім жасау туралы немесе кешірім жасау туралы өтініштерді қабылдамай тастау туралы жарлықтар шығарады.",
        ru: "По результатам рассмотрения предложений Комиссии Президент Республики издает указы о помиловании или об отклонении ходатайств о помиловании.",
        ru_official: false,
        en: "Having considered the Commission's proposals the President issues decrees on pardon or on rejection of petitions.",
    },
    model: Model::Silent("No term for the President's decree; the decree starts paras 16 and 17."),
};

/// Para 15: If there are no grounds to submit a petition to the Commission, the Commission's working body informs the petitioner.
pub const P15: Provision = Provision {
    id: "P15",
    paragraph: "15",
    words: Words {
        kk: "Сотталған адамдардың кешiрiм жасау туралы өтiнiштерiн Комиссияның қарауына енгiзуге негiздер болмаған жағдайда Комиссияның жұмыс органы бұл туралы өтінiш берушiге хабарлайды.",
        ru: "При отсутствии оснований для внесения ходатайств осужденных о помиловании на рассмотрение Комиссии рабочий орган Комиссии сообщает об этом лицу, обратившемуся с ходатайством.",
        ru_official: false,
        en: "If there are no grounds to submit a petition to the Commission, the Commission's working body informs the petitioner.",
    },
    model: Model::Rules(&[
        // A36: the notice is no rejection: only the President rejects (para 14), so para 16 does not start.
        Rule {
            id: RuleId::P15Notice,
            paragraph: "15",
            kind: Kind::Step,
            cases: Cases::All,
            starts: &[EventKind::NoGroundsDecided],
            length: None,
            met_by: &[EventKind::PetitionerNotified],
            owner: Owner::WorkingBody,
            established_from: EditionId::R2005,
            readings: &["A36", "A38"],
        },
    ]),
};

/// Para 16: repeat petitions for persons convicted of grave and especially grave crimes, absent new noteworthy circumstances, may be submitted to the Commission, as a rule, after one year, and for persons convicted of other crimes when six months have passed, from the day the previous petitions were rejected.
pub const P16_WAIT: Provision = Provision {
    id: "P16.WAIT",
    paragraph: "16",
    words: Words {
        kk: "ауыр және аса ауыр қылмыстары үшін сотталған адамдарға кешірім жасау туралы қайтадан берілген өтініштер, жаңа, назар аударуға тұрарлық жағдаяттар болмаған жағдайда, Комиссияның қарауына, әдетте, бір жыл өткеннен кейін, ал басқа қылмыстар үшін сотталған адамдарға кешірім жасау туралы - бұған дейінгі өтініштердің қабылданбай тасталған күнінен алты ай өткен кезде енгізілуі мүмкін.",
        ru: "повторные ходатайства о помиловании лиц, осужденных за тяжкие и особо тяжкие преступления, при отсутствии новых, заслуживающих внимания обстоятельств могут быть внесены на рассмотрение Комиссии, как правило, по истечении одного года, а лиц, осужденных за другие преступления, - по истечении шести месяцев со дня отклонения предыдущих ходатайств.",
        ru_official: false,
        en: "repeat petitions for persons convicted of grave and especially grave crimes, absent new noteworthy circumstances, may be submitted to the Commission, as a rule, after one year, and for persons convicted of other crimes when six months have passed, from the day the previous petitions were rejected.",
    },
    model: Model::Rules(&[
        // One year or six months: [`WAIT_GRAVE`], [`WAIT_OTHER`]; the gravity of the case decides.
        Rule {
            id: RuleId::P16Wait,
            paragraph: "16",
            kind: Kind::Wait,
            cases: Cases::All,
            starts: &[EventKind::RejectionDecree],
            length: None,
            met_by: &[EventKind::SubmittedToCommission],
            owner: Owner::WorkingBody,
            established_from: EditionId::R1998,
            readings: &["A02", "A08", "A26", "A30", "A31", "A32", "A33", "A35", "A37", "A49"],
        },
    ]),
};

/// Para 16: Repeat petitions received before that term has passed are attached to the materials at hand.
pub const P16_ATTACH: Provision = Provision {
    id: "P16.ATTACH",
    paragraph: "16",
    words: Words {
        kk: "Аталған мерзім өткенге дейін келіп түскен қайталанған өтініштер қолда бар материалдарға қосылады.",
        ru: "Повторные ходатайства, поступившие до истечения указанного срока, приобщаются к имеющимся материалам.",
        ru_official: false,
        en: "Repeat petitions received before that term has passed are attached to the materials at hand.",
    },
    model: Model::Rules(&[
        // A34: an early repeat petition is forwarded in seven days like any other, then attached.
        Rule {
            id: RuleId::P16Attach,
            paragraph: "16",
            kind: Kind::Step,
            cases: Cases::All,
            starts: &[EventKind::PetitionAccepted],
            length: None,
            met_by: &[EventKind::PetitionAttached],
            owner: Owner::WorkingBody,
            established_from: EditionId::R1998,
            readings: &["A34", "A35", "A38"],
        },
    ]),
};

/// The wait after a rejection for grave and especially grave crimes.
pub const WAIT_GRAVE: Period = Period::Years(1);

/// The wait after a rejection for other crimes (A08: six calendar months).
pub const WAIT_OTHER: Period = Period::Months(6);
