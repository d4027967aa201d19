# Хаттың өзі. Сандардан кейін зат есім жекеше тұрады, сондықтан көптік түрі бөлінбейді.

stem-case = [Кешірім № { $case }]
stem = [Кешірім]
case-number = № { $case }

subject-opened = Жаңа мерзім: { $what }
subject-open-indefinite = Аяқталу күні жоқ құқық: { $what }
subject-right-opened = Құқық басталды: { $what }
subject-step-opened = Жаңа әрекет: { $what }
subject-wait-opened = Басталды: { $what }
subject-bar = { $paragraph } бойынша тыйым
subject-bar-lengthened = { $paragraph } бойынша тыйым ұзартылды
subject-bar-ended = { $paragraph } бойынша жазба өзгерді
subject-before-working-days = Мерзімге { $n } жұмыс күні қалды: { $what }
subject-before-days = Мерзімге { $n } күн қалды: { $what }
subject-before-control = Ішкі бақылау күніне { $n } жұмыс күні қалды: { $what }
subject-alert-workday = Бүгін әрекет етіңіз: { $what }
subject-last-day = Бүгін соңғы күн: { $what }
subject-overdue = { $n } күн кешіктірілді: { $what }
subject-after-right = Өтініш беру мерзімі өтті: тиісті акт жасалуға тиіс
subject-after-right-missing = Өтініш беру мерзімі өтті, тізілімде дерек жетіспейді
subject-ripened = Күту мерзімі өтті: қайталанған өтініш енгізілуі мүмкін
subject-control-date = Ішкі бақылау күні бүгін: { $what }
subject-control-passed = { $n ->
        [0] Ішкі бақылау күні өткеніне бір апта болған жоқ
       *[other] Ішкі бақылау күні { $n } апта бұрын өтті
    }: { $what }
subject-moved-control = Ішкі бақылау күні өзгерді: { $what }
subject-moved = Мерзім өзгерді: { $what }
subject-closed = Аяқталды: { $what }
subject-waiting = Растау күтілуде: { $what }
subject-notice = Операторларға хабар
subject-many = { $total } мерзім: { $overdue } кешіктірілген, { $today } бүгін, { $coming } алда{ $other ->
        [0] {""}
       *[other] , { $other } өзге
    }
subject-many-news = { $total } мерзім бойынша хабар

when-due = Мерзімі: { $date }
when-right = Соңғы күні: { $date }
when-step = Ішкі бақылау күні (заңды мерзім емес): { $date }
when-wait = Күту мерзімі өткеннен кейінгі алғашқы күн: { $date }
when-bar = Тыйым кемінде мына күннің соңына дейін: { $date }
when-open = Аяқталу күні белгіленбеген
left-working-days = { $n } жұмыс күні қалды
left-days = { $n } күн қалды
left-today = бүгін соңғы күн
left-alert = бүгін әрекет етіңіз
left-overdue = { $n } күн кешіктірілді
left-today-rolled = бүгін соңғы күн: оған дейін демалыс күндері болды
left-overdue-after = { left-overdue } (есептің басы — мына күннен кейін: { $date })
left-control-today = бүгін
left-control-passed = { $n ->
        [0] өткеніне бір апта болған жоқ
       *[other] { $n } апта өтті
    }
act-by = Әрекет етілетін соңғы жұмыс күні: { $date }

state-opened = Мерзім басталды.
state-bar-opened = Тыйым тізілімге енгізілді. Бұдан басқа тыйымдар да болуы мүмкін.
state-bar-lengthened = Тыйым ұзартылды. Бұдан басқа тыйымдар да болуы мүмкін.
state-right-opened = Құқық басталды.
state-open-indefinite = Мораторийге байланысты бұл құқықтың аяқталу күні жоқ.
state-last-day = Бүгін — соңғы күн.
state-alert-workday = Бүгін — мерзім қалай оқылса да сақталатын соңғы жұмыс күні.
state-overdue = Мерзім өтіп кетті. Бұл хат әрекет тіркелгенше әр жұмыс күні келеді.
state-after-right-act = Тізілімде берілген өтініш жоқ. Енді 9-тармақта көзделген тиісті акт жасалуға тиіс.
state-after-right-missing = Мерзім өтті, бірақ тізілімде мына дерек жоқ: { $missing }. Алдымен осы дерек тексеріліп, енгізілсін.
state-ripened = Күту мерзімі өтті: қайталанған өтініш енді Комиссияның қарауына енгізілуі мүмкін.
state-ripened-petitions = Материалдарға қосылған өтініштердің келіп түскен күні: { $dates }
state-step = Жарлықта бұл әрекетке мерзім белгіленбеген. Көрсетілген күн — ішкі бақылау күні, заңды мерзім емес.
state-moved = Күн қайта есептелді. Бұрынғы күн жарамсыз; күнтізбедегі ескі жазбаны жойыңыз.
state-closed = Аяқталды: { $event }. Бұл бойынша еске салу хаттары тоқтатылды; күнтізбедегі жазбаны жойыңыз.
state-bar-ended = Тізілімдегі бір тыйым аяқталды немесе қысқарды.
state-bar-open = Әлі де күшінде тұрған тыйымдар: { $list }
state-bar-unknown = Белгісіз (белгісіз болса, тыйым бар деп саналады): { $list }
state-bar-none = Тізілімге белгілі басқа тыйым жазылмаған. Бұл тізілімнен тыс шарттардың жоқтығын білдірмейді.
never-says = Тізілім үкімді орындауға болады деп ешқашан айтпайды.
state-waiting = Жазба екінші адамның растауын күтуде: { $event }, { $date }. Расталғанға дейін тыйымдар мен мерзімдер өзгеріссіз қалады.
state-unconfirmed = Расталмаған жазбалар: { $list }

label-case = Іс
label-owner = Жауапты
label-informs = Сотталған адамға хабарлайды
label-event = Негізгі оқиға
label-old = Бұрынғы күн (жарамсыз)
label-new = Жаңа күн
label-reason = Өзгерту себебі
heading-why = Негізі
heading-counting = Күн қалай есептелді
heading-ends = Қалай аяқталады
heading-warnings = Ескертулер
heading-lines = Мерзімдер
warning-marks = Төмендегі ескертулер: { $list }
heading-overdue = Кешіктірілген
heading-today = Бүгін
heading-control = Ішкі бақылау күні өткен (заңды мерзім емес)
heading-coming = Алда
heading-news = Жаңа жазбалар мен өзгерістер
heading-quotes = Ережелердің тармақтары
column-case = Іс
column-what = Не істелуге тиіс
column-when = Күні

paragraph = { $n }-тармақ
paragraph-decree = Жарлықтың 2-бабы
quote-source = { $paragraph }, 1996 жылғы 7 мамырдағы № 2975 Жарлықпен бекітілген Ережелер
quote-source-decree = 1996 жылғы 7 мамырдағы № 2975 Жарлықтың 2-бабы
quote-rule = { $source } — { $rules }
quote-own = тізілімнің өз аудармасы, ресми мәтін емес

count-from = Басталуы
count-from-value = { $date } — { $event }; бұл күннің өзі есептелмейді
count-from-plain = { $date } — { $event }
count-length = Ұзақтығы
length-days = { $n } күн (күнтізбелік)
length-weeks = { $n } апта
length-months = { $n } ай (күнтізбелік)
length-years = { $n } жыл
length-none = Жарлықта белгіленбеген
length-control = Жарлықта белгіленбеген; ішкі бақылау үшін бір ай
length-until = оқиғаға дейін, күнсіз
count-month-end = Ай соңы
count-month-end-value = соңғы айда мұндай күн жоқ, сондықтан айдың соңғы күні алынды
count-nominal = Есеп бойынша соңғы күн
count-skipped = Жұмыс күні емес
count-safe = Қауіпсіз күн (ең ерте оқылуы бойынша)
count-alert = Әрекет етілетін соңғы жұмыс күні
count-shown = Көрсетілген мерзім
count-control = Ішкі бақылау күні
count-late = Тек мына күннен кейін кешіктірілген деп саналады
count-bar = Тыйым кемінде мына күннің соңына дейін
count-wait = Күту мерзімінің соңғы күні
count-free = Күту мерзімінен кейінгі алғашқы күн

ends-event = Тізілімге енгізілетін оқиға: { $list }
ends-or = немесе
link-case = Оқиғаны енгізу немесе істі қарау
link-see = Істі қарау
link-acknowledge = Хатты алғанымды растау
link-all = Барлық мерзім

note-deputy = Бұл хат сізге { $post } лауазымының орынбасары ретінде жіберілді: лауазым иесі бұл күндері орнында жоқ немесе оған хат жетпейді.
note-superior = Бұл хат сізге жоғары тұрған лауазымды адам ретінде жіберілді: { $post }.
note-working-body = Бұл хат сізге Комиссияның жұмыс органы ретінде мәлімет үшін жіберілді.
note-nobody = Мына органда ешкімге хат жеткізілмейді: { $post }. Сондықтан хат сізге жіберілді.
note-unacknowledged = Мына лауазым бойынша хаттың алынғаны расталмаған: { $post }.
note-hand-over = Сіз анықтамалықта бұл орган бойынша алғаш рет көрсетілдіңіз: { $post }. Төменде қазір онда ашық тұрған барлық мерзімдер берілген.
note-nationwide = Жалпыға ортақ оқиға тіркелді: { $event }, { $date }. Төмендегі мерзімдер қайта есептелді.
note-irregular = Бұл істе Ережелердің талабы бұзылған болуы мүмкін: { $text }

more-lines = Тағы { $n } жол бар. Толық тізім:
footer-composed = Хатты «Кешірім» тізілімі автоматты түрде жасады: { $date }, { $time } ({ $zone }).
footer-privacy = Хатта тек іс нөмірі, ереже, күндер және лауазымдар бар; адамның аты-жөні тізілімде сақталмайды.
calendar-summary = № { $case }: { $what }
calendar-summary-step = № { $case }: ішкі бақылау күні (заңды мерзім емес) — { $what }
