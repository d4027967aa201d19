# Әр жұмыс күнінің таңындағы операторларға хат. Бәрі тыныш болса да келеді: келмесе — соның өзі дабыл.

digest-subject = Таңғы хат, { $date }: { $n ->
        [0] бәрі тыныш
       *[other] назар аударуды қажет ететін { $n } тармақ
    }
digest-lead = { $n ->
        [0] Бәрі тыныш: ештеңе жоғалмаған және ештеңе күтіп тұрған жоқ.
       *[other] Назар аударуды қажет ететін { $n } тармақ бар; олар белгіленген.
    }
digest-since = Есептеудің басы: { $since }

digest-heading-state = Тізілімнің жай-күйі
digest-heading-letters = Алдыңғы таңғы хаттан кейінгі хаттар
digest-heading-deadlines = Қазіргі мерзімдер
digest-heading-entries = Алдыңғы таңғы хаттан бері енгізілгені: { $n }
digest-heading-waiting = Екінші адамның растауын күтіп тұрғаны: { $n }
digest-heading-seal = Мөр

digest-label-audit = Хабарлануға тиісті мен қабылданғанды салыстыру
digest-audit = { $at } — { $cases } іс, тиістісі — { $expected }, қабылданғаны — { $accepted }, { $differences ->
        [0] айырмашылық жоқ
       *[other] айырмашылық — { $differences }
    }
digest-audit-none = салыстыру әлі болған жоқ
digest-label-way = Пошта сервері
digest-way-open = хаттар жөнелтіліп тұр
digest-way-failing = хаттар жөнелтілмейді, басталған уақыты: { $since }
digest-label-unsent = Жөнелтуді күтіп тұрған хаттар
digest-unsent = { $n }, ең ескісінің уақыты: { $since }
digest-label-returned = Алдыңғы таңғы хаттан кейін қабылданбағаны немесе қайтарылғаны
digest-label-flagged = Енді ештеңе жіберілмейтін мекенжайлар
digest-label-waiting = Екінші адамды күтіп тұрған жазбалар
digest-label-calendar = Жұмыс күндерінің күнтізбесі
digest-calendar = расталған соңғы күні: { $verified }; белгілі соңғы күні: { $known } (алда { $days } күн)

digest-label-composed = Жасалғаны
digest-label-accepted = Пошта сервері қабылдағаны
digest-label-deferred = Пошта сервері кейінге қалдырғаны (әрекеттер)
digest-label-refused = Пошта сервері қабылдамағаны
digest-label-bounced = Қайтарылғаны
digest-label-unknown = Тағдыры белгісізі (әрекеттер)

digest-label-open = Ашық
digest-label-today = Бүгін бітетіні
digest-label-overdue = Мерзімі өткені
digest-label-past-control = Ішкі бақылау күні өткен қадамдар

digest-opened = Іс ашылды
digest-recorded = Енгізілді
digest-corrected = Түзетілді
digest-retracted = Кері қайтарып алынды
digest-confirmed = Екінші адам растады
digest-nationwide = Барлық істер
digest-label-day = Оқиға күні, енгізілгендей
digest-label-old = Енді жарамсыз
digest-entered = Енгізілген уақыты: { $at }
digest-waits = Екінші адамды күтіп тұр, оған дейін есепке алынбайды.
digest-struck = Бұл жазба содан бері түзетілді немесе кері қайтарып алынды.
digest-ends = Осымен аяқталғаны: { $what }
digest-when-wait = Күту мерзімінің соңғы күні: { $date }
digest-check = Бұл күндерді екінші адам құжаттармен салыстырып тексерсін.
digest-no-entries = Ештеңе енгізілген жоқ.
digest-no-waiting = Күтіп тұрған ештеңе жоқ.
digest-more = Тізілімде тағы { $n } жазба бар.

digest-seal = Мына күннің соңына дейін енгізілгендер осы таңбалармен мөрленген: { $date }. Бұл хатты сақтап қойыңыз. Осы таңбалар жазылған keshirim verify --seal командасы содан бері бірдеңе өзгертілген-өзгертілмегенін көрсетеді.
