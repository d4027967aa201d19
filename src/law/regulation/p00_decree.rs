//! The decree's own articles.

use super::{Cases, EditionId, Kind, Model, Owner, Provision, Rule, RuleId, Words};
use crate::law::period::Period;
use crate::law::timeline::EventKind;

/// Para Decree art. 2: The Head of the President's Administration shall, within two weeks from the day this Decree enters into force, submit to the Head of State proposals on the personal composition of the Commission on Pardon under the President.
pub const D2: Provision = Provision {
    id: "D2",
    paragraph: "Decree art. 2",
    words: Words {
        kk: "Қазақстан Республикасы Президенті Әкімшілігінің Басшысы осы Жарлық күшіне енген күннен бастап екі апта мерзім ішінде Қазақстан Республикасы Президентінің жанындағы Кешірім жасау мәселелері жөніндегі комиссияның дербес құрамы туралы Мемлекет басшысының қарауына ұсыныстар енгізсін.",
        ru: "Руководителю Администрации Президента Республики Казахстан в двухнедельный срок со дня вступления в силу настоящего Указа внести на рассмотрение Главы государства предложения по персональному составу Комиссии по вопросам помилования при Президенте Республики Казахстан.",
        ru_official: true,
        en: "The Head of the President's Administration shall, within two weeks from the day this Decree enters into force, submit to the Head of State proposals on the personal composition of the Commission on Pardon under the President.",
    },
    model: Model::Rules(&[
        // A39: two weeks end on the corresponding weekday (CC 174(4)): 21 May 1996 by either count. No event records the
        // proposals: the decree names only the composition that followed, sixteen weeks later.
        Rule {
            id: RuleId::D2Commission,
            paragraph: "decree art. 2",
            kind: Kind::Duty,
            cases: Cases::All,
            starts: &[EventKind::DecreeInForce],
            length: Some(Period::Weeks(2)),
            met_by: &[],
            owner: Owner::WorkingBody,
            established_from: EditionId::R1996,
            readings: &["A39"],
        },
    ]),
};

/// Para Decree art. 4: This Decree enters into force from the day of signing.
pub const D4: Provision = Provision {
    id: "D4",
    paragraph: "Decree art. 4",
    words: Words {
        kk: "Осы Жарлық қол қойылған күнінен бастап күшіне енеді.",
        ru: "Настоящий Указ вступает в силу со дня подписания.",
        ru_official: false,
        en: "This Decree enters into force from the day of signing.",
    },
    model: Model::Silent("The day the decree entered into force: a fact that starts article 2, no term."),
};
