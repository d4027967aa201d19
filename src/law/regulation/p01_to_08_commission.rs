//! Paragraphs 1 to 8: what pardon is, the Commission, what it considers.

use super::{Cases, EditionId, Kind, Model, Owner, Provision, Rule, RuleId, Words};
use crate::law::timeline::EventKind;

/// Para 1(1): replacement of the death penalty by deprivation of liberty, or by deprivation of liberty for twenty-five years served in a special-regime correctional colony.
pub const P1_1: Provision = Provision {
    id: "P1.1",
    paragraph: "1(1)",
    words: Words {
        kk: "өлім жазасын бас бостандығынан айырумен немесе жазасын ерекше режимді түзеу колониясында өтей отырып, жиырма бес жылға бас бостандығынан айырумен алмастыру",
        ru: "замены смертной казни пожизненным лишением свободы или лишением свободы на срок двадцать пять лет с отбыванием наказания в исправительной колонии особого режима",
        ru_official: true,
        en: "replacement of the death penalty by deprivation of liberty, or by deprivation of liberty for twenty-five years served in a special-regime correctional colony",
    },
    model: Model::Silent(
        "What a pardon may give; recorded as the outcome of a pardon decree. Kazakh and Russian differ here (A48): the Russian says life.",
    ),
};

/// Para 1(1): The criminal record of a person who has served the sentence is removed by an act of pardon.
pub const P1_1A: Provision = Provision {
    id: "P1.1a",
    paragraph: "1(1)",
    words: Words {
        kk: "Жазасын өтеген адамнан кешірім жасау актісімен соттылығы алынып тасталады",
        ru: "С лица, отбывшего наказание, актом помилования может быть снята судимость",
        ru_official: true,
        en: "The criminal record of a person who has served the sentence is removed by an act of pardon",
    },
    model: Model::Silent(
        "What a pardon may give. The Russian says \"may be removed\", the Kazakh \"is removed\" (A48).",
    ),
};

/// Para 1(2): full or partial release from serving the main or an additional punishment.
pub const P1_2: Provision = Provision {
    id: "P1.2",
    paragraph: "1(2)",
    words: Words {
        kk: "негізгі жазаны, сол сияқты қосымша жазаны өтеуден толық немесе ішінара босату",
        ru: "полного или частичного освобождения от отбывания как основного, так и дополнительного наказания",
        ru_official: false,
        en: "full or partial release from serving the main or an additional punishment",
    },
    model: Model::Silent(
        "What a pardon may give; A49: a partial pardon is no rejection, so para 16 does not follow it.",
    ),
};

/// Para 1(3): carried out as replacement of the unserved part of deprivation of liberty by a milder punishment.
pub const P1_3: Provision = Provision {
    id: "P1.3",
    paragraph: "1(3)",
    words: Words {
        kk: "бас бостандығынан айыру жазасының өтелмеген бөлігін неғұрлым жеңіл жазамен алмастыру түрінде жүзеге асырылады",
        ru: "замены неотбытой части лишения свободы более мягким наказанием",
        ru_official: false,
        en: "carried out as replacement of the unserved part of deprivation of liberty by a milder punishment",
    },
    model: Model::Silent("What a pardon may give."),
};

/// Para 2: Pardon is exercised by the President of the Republic on the basis of petitions of persons convicted by courts of the Republic or serving a sentence under the last verdict given by a court of the Republic.
pub const P2_1: Provision = Provision {
    id: "P2.1",
    paragraph: "2",
    words: Words {
        kk: "Кешірім жасау туралы мәселені Республика соттары соттаған немесе Республика соты шығарған соңғы үкім бойынша жазасын өтеп жатқан адамдардың өтініштері негізінде Республиканың Президенті жүзеге асырады.",
        ru: "Помилование осуществляет Президент Республики на основании ходатайств лиц, осужденных судами Республики либо отбывающих наказание по последнему приговору, вынесенному судом Республики.",
        ru_official: false,
        en: "Pardon is exercised by the President of the Republic on the basis of petitions of persons convicted by courts of the Republic or serving a sentence under the last verdict given by a court of the Republic.",
    },
    model: Model::Silent(
        "Who decides, and on whose petition: no term. A51: a petition by another road is registered; a human names the accepting body.",
    ),
};

/// Para 2: In cases provided by international treaties the President may consider pardon of persons convicted by courts of other states.
pub const P2_2: Provision = Provision {
    id: "P2.2",
    paragraph: "2",
    words: Words {
        kk: "Халықаралық шарттарда көзделген жағдайларда, Республика Президенті басқа мемлекеттердің соттары соттаған адамдарға кешірім жасау мәселелерін қарауға хақылы.",
        ru: "В случаях, предусмотренных международными договорами, Президент Республики вправе рассматривать вопросы помилования лиц, осужденных судами других государств.",
        ru_official: false,
        en: "In cases provided by international treaties the President may consider pardon of persons convicted by courts of other states.",
    },
    model: Model::Silent("A power of the President without a term."),
};

/// Para 3: Preliminary consideration of pardon materials is carried out by the Commission on Pardon under the President (hereinafter the Commission).
pub const P3: Provision = Provision {
    id: "P3",
    paragraph: "3",
    words: Words {
        kk: "Кешірім жасау туралы материалдарды алдын ала қарауды Республика Президентінің жанындағы Кешірім жасау мәселелері жөніндегі комиссия (бұдан былай - Комиссия) жүзеге асырады.",
        ru: "Предварительное рассмотрение материалов о помиловании осуществляет Комиссия по вопросам помилования при Президенте Республики (далее - Комиссия).",
        ru_official: false,
        en: "Preliminary consideration of pardon materials is carried out by the Commission on Pardon under the President (hereinafter the Commission).",
    },
    model: Model::Silent("A duty without a term; its gap is watched from para 13 on."),
};

/// Para 3: The Commission is a consultative and advisory body under the President; its composition is approved by the President.
pub const P3_2: Provision = Provision {
    id: "P3.2",
    paragraph: "3",
    words: Words {
        kk: "Комиссия Республика Президентінің жанындағы консультативтік кеңесші орган болып табылады, оның құрамын Президент бекітеді.",
        ru: "Комиссия является консультативно-совещательным органом при Президенте Республики, ее состав утверждается Президентом.",
        ru_official: false,
        en: "The Commission is a consultative and advisory body under the President; its composition is approved by the President.",
    },
    model: Model::Silent("What the Commission is."),
};

/// Para 4: The Commission is headed by a chair appointed by the Head of State; the Prosecutor General and the Minister of Justice (in their absence, their deputies) are members ex officio.
pub const P4: Provision = Provision {
    id: "P4",
    paragraph: "4",
    words: Words {
        kk: "Комиссияны Мемлекет басшысы тағайындайтын төраға басқарады. Комиссияның құрамына лауазымы бойынша Бас Прокурор және Әділет министрі (олар болмаған жағдайда - аталған лауазымды тұлғалардың орынбасарлары) кіреді.",
        ru: "Комиссию возглавляет председатель, назначаемый Главой государства. В состав Комиссии по должности входят Генеральный Прокурор и Министр юстиции (в их отсутствие - заместители указанных должностных лиц).",
        ru_official: false,
        en: "The Commission is headed by a chair appointed by the Head of State; the Prosecutor General and the Minister of Justice (in their absence, their deputies) are members ex officio.",
    },
    model: Model::Silent("Who leads the Commission and who sits in it ex officio."),
};

/// Para 4: Deputies of Parliament, representatives of public associations and other persons may be members of the Commission.
pub const P4_2: Provision = Provision {
    id: "P4.2",
    paragraph: "4",
    words: Words {
        kk: "Комиссияның құрамына Қазақстан Республикасы Парламентінің депутаттары, қоғамдық бірлестіктердің өкілдері және өзге де адамдар кіруі мүмкін.",
        ru: "В состав Комиссии могут входить депутаты Парламента Республики Казахстан, представители общественных объединений и иные лица.",
        ru_official: false,
        en: "Deputies of Parliament, representatives of public associations and other persons may be members of the Commission.",
    },
    model: Model::Silent("Who else may sit in it."),
};

/// Para 5: Sittings are conducted by the chair or, in the chair's absence, the deputy chair.
pub const P5_0: Provision = Provision {
    id: "P5.0",
    paragraph: "5",
    words: Words {
        kk: "Комиссияның отырыстарын Комиссияның төрағасы немесе ол болмаған кезде төрағаның орынбасары өткізеді.",
        ru: "Заседания Комиссии проводит председатель Комиссии, а в его отсутствие - заместитель председателя.",
        ru_official: false,
        en: "Sittings are conducted by the chair or, in the chair's absence, the deputy chair.",
    },
    model: Model::Silent("Who conducts a sitting."),
};

/// Para 5: A sitting of the Commission is competent when two thirds of its members take part.
pub const P5_1: Provision = Provision {
    id: "P5.1",
    paragraph: "5",
    words: Words {
        kk: "Комиссияның отырысы оның мүшелерінің үштен екісі қатысқан ретте құқылы болып саналады.",
        ru: "Заседание Комиссии правомочно при участии двух третей ее членов.",
        ru_official: false,
        en: "A sitting of the Commission is competent when two thirds of its members take part.",
    },
    model: Model::Silent(
        "A condition of a sitting: below two thirds the sitting is flagged as an irregularity, never refused.",
    ),
};

/// Para 5: The Chairman of the Supreme Court, the Chairman of the National Security Committee, the Minister of Internal Affairs or their deputies may take part in sittings and speak.
pub const P5_3: Provision = Provision {
    id: "P5.3",
    paragraph: "5",
    words: Words {
        kk: "Комиссияның отырыстарына Республика Жоғарғы Сотының төрағасы, Ұлттық қауіпсіздік комитетінің төрағасы, Ішкі істер министрі немесе олардың орынбасарлары қатысып, талқыланған мәселелер бойынша сөз сөйлей алады.",
        ru: "В заседаниях Комиссии могут участвовать и выступать по обсуждаемым вопросам Председатель Верховного Суда Республики, Председатель Комитета национальной безопасности, Министр внутренних дел или их заместители.",
        ru_official: false,
        en: "The Chairman of the Supreme Court, the Chairman of the National Security Committee, the Minister of Internal Affairs or their deputies may take part in sittings and speak.",
    },
    model: Model::Silent("Who may attend and speak."),
};

/// Para 5: To obtain additional information on a petition the Commission may invite to its sittings representatives of any state bodies and public associations and other persons.
pub const P5_2: Provision = Provision {
    id: "P5.2",
    paragraph: "5",
    words: Words {
        kk: "Комиссия өз отырыстарына кешiрiм жасау туралы өтiнiш бойынша қажетті қосымша ақпарат алу үшiн кез келген мемлекеттік органдар мен қоғамдық бiрлестіктердiң өкiлдерiн, басқа да адамдарды шақыруға хақылы.",
        ru: "Комиссия вправе приглашать на свои заседания представителей любых государственных органов и общественных объединений, иных лиц для получения необходимой дополнительной информации по ходатайству о помиловании.",
        ru_official: false,
        en: "To obtain additional information on a petition the Commission may invite to its sittings representatives of any state bodies and public associations and other persons.",
    },
    model: Model::Silent("A power of the Commission without a term."),
};

/// Para 6: The Commission decides by a majority of the members present.
pub const P6_0: Provision = Provision {
    id: "P6.0",
    paragraph: "6",
    words: Words {
        kk: "Комиссияның шешімі оның қатысып отырған мүшелерінің көпшілік даусымен қабылданады.",
        ru: "Решение Комиссии принимается большинством голосов присутствующих ее членов.",
        ru_official: false,
        en: "The Commission decides by a majority of the members present.",
    },
    model: Model::Silent(
        "How the Commission decides: by a majority of those present; a result against the votes is flagged.",
    ),
};

/// Para 6: The question more favourable to the convict is put to the vote first.
pub const P6_1: Provision = Provision {
    id: "P6.1",
    paragraph: "6",
    words: Words {
        kk: "Сотталған адам үшін неғұрлым қолайлы мәселе дауысқа бірінші болып саналады.",
        ru: "Первым на голосование ставится вопрос, наиболее благоприятный для осужденного.",
        ru_official: false,
        en: "The question more favourable to the convict is [put] to the vote first. (seed has \"саналады\", counted; presumably \"салынады\", put)",
    },
    model: Model::Silent("The order of voting. The text has \"counted\" where \"put\" is meant."),
};

/// Para 6: On a tied vote the petition is deemed supported.
pub const P6_2: Provision = Provision {
    id: "P6.2",
    paragraph: "6",
    words: Words {
        kk: "Дауыстар тең болған кезде өтініш қолдау тапты деп есептеледі.",
        ru: "При равенстве голосов ходатайство считается получившим поддержку.",
        ru_official: false,
        en: "On a tied vote the petition is deemed supported.",
    },
    model: Model::Silent(
        "A tie counts as support: a tie recorded otherwise is flagged. A tie of readings is broken for the convict in its spirit.",
    ),
};

/// Para 6: The Commission's decision is recorded in minutes signed by all members who took part.
pub const P6_3: Provision = Provision {
    id: "P6.3",
    paragraph: "6",
    words: Words {
        kk: "Комиссияның шешімі хаттамамен ресімделіп, оған отырысқа қатысқан оның барлық мүшелері қол қояды.",
        ru: "Решение Комиссии оформляется протоколом, который подписывают все ее члены, участвовавшие в заседании.",
        ru_official: false,
        en: "The Commission's decision is recorded in minutes signed by all members who took part.",
    },
    model: Model::Silent(
        "A duty without a term that ends within the sitting's own papers; the signing is recorded, nothing waits for it.",
    ),
};

/// Para 7(1): considered: materials on persons sentenced to death or to other kinds of punishment.
pub const P7_1: Provision = Provision {
    id: "P7.1",
    paragraph: "7(1)",
    words: Words {
        kk: "өлім жазасына не жазаның басқа түрлерiне кесілген адамдарға қатысты материалдар",
        ru: "материалы в отношении лиц, осужденных к смертной казни либо к другим видам наказания",
        ru_official: false,
        en: "[considered:] materials on persons sentenced to death or to other kinds of punishment",
    },
    model: Model::Silent("What the file holds: no term."),
};

/// Para 7(2): considered: conclusions of the Chairman of the Supreme Court and the Prosecutor General on applying pardon to persons sentenced to death or to other kinds of punishment.
pub const P7_2: Provision = Provision {
    id: "P7.2",
    paragraph: "7(2)",
    words: Words {
        kk: "Республика Жоғарғы Сотының төрағасы мен Бас Прокурорының өлім жазасына не жазаның басқа түрлерiне кесілген адамдарға кешірім жасауды қолдану туралы қорытындылары",
        ru: "заключения Председателя Верховного Суда и Генерального Прокурора Республики о применении помилования к лицам, осужденным к смертной казни либо к другим видам наказания",
        ru_official: false,
        en: "[considered:] conclusions of the Chairman of the Supreme Court and the Prosecutor General on applying pardon to persons sentenced to death or to other kinds of punishment",
    },
    model: Model::SeeRules(&[RuleId::P11ReadyForCommission]),
};

/// Para 7(3): considered: nature and degree of public danger of the crime, the convict's person, conduct, attitude to work, part in self-organised bodies, the unserved term, and other relevant circumstances.
pub const P7_3: Provision = Provision {
    id: "P7.3",
    paragraph: "7(3)",
    words: Words {
        kk: "жасалған қылмыстың қоғамдық қауіптілік сипаты мен деңгейі, сотталған адамның жеке басы, оның мінез-құлқы, еңбекке көзқарасы, бас бостандығынан айыру орындарындағы ынталы ұйымдардың жұмысына қатысуы, өтелмеген жаза мерзімі және кешірім жасау туралы өтінішті қарау кезінде маңызы бар басқа да жағдаяттар",
        ru: "характер и степень общественной опасности совершенного преступления, личность осужденного, его поведение, отношение к труду, участие в работе самодеятельных организаций в местах лишения свободы, неотбытый срок наказания и другие обстоятельства, имеющие значение при рассмотрении ходатайства",
        ru_official: false,
        en: "[considered:] nature and degree of public danger of the crime, the convict's person, conduct, attitude to work, part in self-organised bodies, the unserved term, and other relevant circumstances",
    },
    model: Model::Silent("What the Commission weighs; the register holds none of it."),
};

/// Para 7(4): considered: opinions of the correctional institution's administration, public associations and labour collectives.
pub const P7_4: Provision = Provision {
    id: "P7.4",
    paragraph: "7(4)",
    words: Words {
        kk: "түзеу мекемесі әкімшілігінің, қоғамдық бірлестіктер мен еңбек ұжымдарының пікірлері",
        ru: "мнения администрации исправительного учреждения, общественных объединений и трудовых коллективов (beginning O, rest T)",
        ru_official: false,
        en: "[considered:] opinions of the correctional institution's administration, public associations and labour collectives",
    },
    model: Model::Silent("What the file holds: the opinions come with the petition (para 10)."),
};

/// Para 8: Petitions for pardon are considered only after the court's verdict has entered into legal force.
pub const P8: Provision = Provision {
    id: "P8",
    paragraph: "8",
    words: Words {
        kk: "Кешірім жасау туралы өтініштер сот үкімі заңды күшіне енгеннен кейін ғана қаралады.",
        ru: "Ходатайства о помиловании рассматриваются только после вступления приговора суда в законную силу.",
        ru_official: false,
        en: "Petitions for pardon are considered only after the court's verdict has entered into legal force.",
    },
    model: Model::Rules(&[
        // A16: only consideration is barred: a petition is accepted and forwarded in seven days all the same.
        Rule {
            id: RuleId::P8InForce,
            paragraph: "8",
            kind: Kind::Condition,
            cases: Cases::All,
            starts: &[],
            length: None,
            met_by: &[EventKind::VerdictInForce],
            owner: Owner::WorkingBody,
            established_from: EditionId::R1996,
            readings: &["A16"],
        },
    ]),
};
