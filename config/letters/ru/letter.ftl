# Само письмо. Числа согласуются по правилам Fluent: 1 день, 2 дня, 5 дней, 21 день.

stem-case = [Кешірім № { $case }]
stem = [Кешірім]
case-number = № { $case }

subject-opened = Новый срок: { $what }
subject-open-indefinite = Право без дня окончания: { $what }
subject-right-opened = Началось право: { $what }
subject-step-opened = Новое действие: { $what }
subject-wait-opened = Начался { $what }
subject-bar = Запрет: { $paragraph }
subject-bar-lengthened = Запрет продлен: { $paragraph }
subject-bar-ended = Изменилась запись: { $paragraph }
subject-before-working-days = { $n ->
        [one] До срока остался { $n } рабочий день
        [few] До срока осталось { $n } рабочих дня
       *[many] До срока осталось { $n } рабочих дней
    }: { $what }
subject-before-days = { $n ->
        [one] До срока остался { $n } день
        [few] До срока осталось { $n } дня
       *[many] До срока осталось { $n } дней
    }: { $what }
subject-before-control = { $n ->
        [one] До внутреннего контроля { $n } рабочий день
        [few] До внутреннего контроля { $n } рабочих дня
       *[many] До внутреннего контроля { $n } рабочих дней
    }: { $what }
subject-alert-workday = Сделать сегодня: { $what }
subject-last-day = Сегодня последний день: { $what }
subject-overdue = { $n ->
        [one] Просрочено на { $n } день
        [few] Просрочено на { $n } дня
       *[many] Просрочено на { $n } дней
    }: { $what }
subject-after-right = Срок подачи ходатайства истек: составить соответствующий акт
subject-after-right-missing = Срок подачи ходатайства истек, в реестре не хватает данных
subject-ripened = Срок ожидания истек: повторное ходатайство может быть внесено
subject-control-date = Сегодня внутренний контроль: { $what }
subject-control-passed = { $n ->
        [0] Внутренний контроль прошел менее недели назад
        [one] Внутренний контроль прошел { $n } неделю назад
        [few] Внутренний контроль прошел { $n } недели назад
       *[many] Внутренний контроль прошел { $n } недель назад
    }: { $what }
subject-moved-control = День внутреннего контроля изменен: { $what }
subject-moved = Срок изменен: { $what }
subject-closed = Завершено: { $what }
subject-waiting = Ожидает подтверждения: { $what }
subject-notice = Сообщение операторам
subject-many = { $total ->
        [one] { $total } срок
        [few] { $total } срока
       *[many] { $total } сроков
    }: просрочено { $overdue }, сегодня { $today }, впереди { $coming }{ $other ->
        [0] {""}
       *[other] , прочее { $other }
    }
subject-many-news = { $total ->
        [one] Сообщение о { $total } сроке
       *[many] Сообщение о { $total } сроках
    }

when-due = Срок: { $date }
when-right = Последний день: { $date }
when-step = День внутреннего контроля (не законный срок): { $date }
when-wait = Первый день после срока ожидания: { $date }
when-bar = Запрет действует как минимум до конца дня: { $date }
when-open = День окончания не установлен
left-working-days = { $n ->
        [one] остался { $n } рабочий день
        [few] осталось { $n } рабочих дня
       *[many] осталось { $n } рабочих дней
    }
left-days = { $n ->
        [one] остался { $n } день
        [few] осталось { $n } дня
       *[many] осталось { $n } дней
    }
left-today = сегодня последний день
left-alert = сделать сегодня
left-overdue = { $n ->
        [one] просрочено на { $n } день
        [few] просрочено на { $n } дня
       *[many] просрочено на { $n } дней
    }
left-today-rolled = сегодня последний день: до него были выходные дни
left-overdue-after = { left-overdue } (считая после дня: { $date })
left-control-today = сегодня
left-control-passed = { $n ->
        [0] прошло менее недели
        [one] прошла { $n } неделя
        [few] прошло { $n } недели
       *[many] прошло { $n } недель
    }
act-by = Последний рабочий день для действия: { $date }

state-opened = Срок начался.
state-bar-opened = Запрет внесен в реестр. Кроме него могут действовать и другие запреты.
state-bar-lengthened = Запрет продлен. Кроме него могут действовать и другие запреты.
state-right-opened = Право началось.
state-open-indefinite = В связи с мораторием у этого права нет дня окончания.
state-last-day = Сегодня последний день.
state-alert-workday = Сегодня последний рабочий день, при котором срок соблюден при любом прочтении.
state-overdue = Срок прошел. Это письмо приходит каждый рабочий день, пока действие не записано в реестр.
state-after-right-act = Поданного ходатайства в реестре нет. Теперь составляется соответствующий акт, предусмотренный пунктом 9.
state-after-right-missing = Срок прошел, но в реестре нет данных: { $missing }. Сначала проверьте и внесите их.
state-ripened = Срок ожидания истек: повторное ходатайство теперь может быть внесено на рассмотрение Комиссии.
state-ripened-petitions = Приобщенные ходатайства поступили: { $dates }
state-step = Указ не устанавливает срока для этого действия. Показан день внутреннего контроля, это не законный срок.
state-moved = День рассчитан заново. Прежний день недействителен; удалите старую запись из календаря.
state-closed = Завершено: { $event }. Напоминания об этом прекращены; удалите запись из календаря.
state-bar-ended = Один из запретов в реестре завершился или сократился.
state-bar-open = Запреты, которые еще действуют: { $list }
state-bar-unknown = Неизвестно (неизвестное считается запретом): { $list }
state-bar-none = Других запретов в реестре не записано. Это не значит, что нет условий вне реестра.
never-says = Реестр никогда не сообщает, что приговор можно исполнить.
state-waiting = До подтверждения запреты и сроки остаются прежними. Ожидает подтверждения вторым лицом запись: { $event }, { $date }
state-unconfirmed = Неподтвержденные записи: { $list }

label-case = Дело
label-owner = Ответственный
label-informs = Сообщает осужденному
label-event = Исходное событие
label-old = Прежний день (недействителен)
label-new = Новый день
label-reason = Причина изменения
heading-why = Основание
heading-counting = Как рассчитан день
heading-ends = Чем завершается
heading-warnings = Предупреждения
heading-lines = Сроки
warning-marks = Предупреждения ниже: { $list }
heading-overdue = Просрочено
heading-today = Сегодня
heading-control = День внутреннего контроля прошел (не законный срок)
heading-coming = Впереди
heading-news = Новые записи и изменения
heading-quotes = Пункты Правил
column-case = Дело
column-what = Что сделать
column-when = День

paragraph = пункт { $n }
paragraph-decree = статья 2 Указа
quote-source = { $paragraph } Правил, утвержденных Указом от 7 мая 1996 г. № 2975
quote-source-decree = статья 2 Указа от 7 мая 1996 г. № 2975
quote-rule = { $source } — { $rules }
quote-own = перевод реестра, не официальный текст

count-from = Начало
count-from-value = { $date } — { $event }; сам этот день не считается
count-from-plain = { $date } — { $event }
count-length = Длина
length-days = { $n ->
        [one] { $n } день (календарный)
        [few] { $n } дня (календарных)
       *[many] { $n } дней (календарных)
    }
length-weeks = { $n ->
        [one] { $n } неделя
        [few] { $n } недели
       *[many] { $n } недель
    }
length-months = { $n ->
        [one] { $n } месяц (календарный)
        [few] { $n } месяца (календарных)
       *[many] { $n } месяцев (календарных)
    }
length-years = { $n ->
        [one] { $n } год
        [few] { $n } года
       *[many] { $n } лет
    }
length-none = в Указе не установлена
length-control = в Указе не установлена; для внутреннего контроля один месяц
length-until = до события, без дня окончания
count-month-end = Конец месяца
count-month-end-value = в последнем месяце такого числа нет, поэтому взят последний день месяца
count-nominal = Последний день по счету
count-skipped = Нерабочий день
count-safe = Безопасный день (самое раннее прочтение)
count-alert = Последний рабочий день для действия
count-shown = Показанный срок
count-control = День внутреннего контроля
count-late = Просрочкой считается только после дня
count-bar = Запрет как минимум до конца дня
count-wait = Последний день срока ожидания
count-free = Первый день после срока ожидания

ends-event = Записать в реестр событие: { $list }
ends-or = или
link-case = Записать событие или открыть дело
link-see = Открыть дело
link-acknowledge = Подтвердить получение письма
link-all = Все сроки

note-deputy = Письмо направлено вам как заместителю по должности «{ $post }»: занимающее ее лицо в эти дни отсутствует или недоступно.
note-superior = Письмо направлено вам как вышестоящему должностному лицу: { $post }.
note-working-body = Письмо направлено вам для сведения как рабочему органу Комиссии.
note-nobody = Письмо некому доставить: { $post }. Поэтому оно направлено вам.
note-unacknowledged = Получение письма не подтверждено: { $post }.
note-hand-over = Вы впервые указаны в справочнике за этим органом: { $post }. Ниже все сроки, которые сейчас там открыты.
note-nationwide = Сроки ниже рассчитаны заново, так как записано общее для всех дел событие: { $event }, { $date }
note-irregular = По этому делу возможно нарушение правил: { $text }

more-lines = { $n ->
        [one] Еще { $n } строка. Полный список:
        [few] Еще { $n } строки. Полный список:
       *[many] Еще { $n } строк. Полный список:
    }
footer-composed = Письмо составлено автоматически реестром «Кешірім»: { $date }, { $time } ({ $zone }).
footer-privacy = В письме только номер дела, правило, дни и должности; имени человека в реестре нет.
calendar-summary = № { $case }: { $what }
calendar-summary-step = № { $case }: внутренний контроль (не законный срок) — { $what }
