# Письмо операторам каждого рабочего утра. Оно приходит и тогда, когда всё спокойно: его отсутствие и есть тревога.

digest-subject = Утреннее письмо, { $date }: { $n ->
        [0] всё спокойно
        [one] { $n } пункт требует внимания
        [few] { $n } пункта требуют внимания
       *[other] { $n } пунктов требуют внимания
    }
digest-lead = { $n ->
        [0] Всё спокойно: ничего не потеряно и ничто не ждёт.
        [one] { $n } пункт требует внимания; он отмечен.
        [few] { $n } пункта требуют внимания; они отмечены.
       *[other] { $n } пунктов требуют внимания; они отмечены.
    }
digest-since = Подсчитано с: { $since }

digest-heading-state = Состояние реестра
digest-heading-letters = Письма после прошлого утреннего письма
digest-heading-deadlines = Сроки сейчас
digest-heading-entries = Внесено после прошлого утреннего письма: { $n }
digest-heading-waiting = Ждут подтверждения вторым лицом: { $n }
digest-heading-seal = Печать

digest-label-audit = Сверка положенного с принятым
digest-audit = { $at } — { $cases ->
        [one] { $cases } дело
        [few] { $cases } дела
       *[other] { $cases } дел
    }, положено { $expected }, принято { $accepted }, { $differences ->
        [0] расхождений нет
        [one] { $differences } расхождение
        [few] { $differences } расхождения
       *[other] { $differences } расхождений
    }
digest-audit-none = сверки ещё не было
digest-label-way = Почтовый сервер
digest-way-open = письма уходят
digest-way-failing = письма не уходят, с: { $since }
digest-label-unsent = Письма, ждущие отправки
digest-unsent = { $n }, самое давнее с: { $since }
digest-label-returned = Отклонено или возвращено после прошлого утреннего письма
digest-label-flagged = Адреса, на которые больше не отправляется
digest-label-waiting = Записи, ждущие второго лица
digest-label-calendar = Календарь рабочих дней
digest-calendar = подтверждён до: { $verified }; известен до: { $known } (впереди { $days ->
        [one] { $days } день
        [few] { $days } дня
       *[other] { $days } дней
    })

digest-label-composed = Составлено
digest-label-accepted = Принято почтовым сервером
digest-label-deferred = Отложено почтовым сервером (попытки)
digest-label-refused = Отклонено почтовым сервером
digest-label-bounced = Возвращено
digest-label-unknown = С неизвестной судьбой (попытки)

digest-label-open = Открыто
digest-label-today = Истекают сегодня
digest-label-overdue = Просрочено
digest-label-past-control = Шаги после даты внутреннего контроля

digest-opened = Открыто дело
digest-recorded = Внесено
digest-corrected = Исправлено
digest-retracted = Отозвано
digest-confirmed = Подтверждено вторым лицом
digest-nationwide = Все дела
digest-label-day = День события, как внесён
digest-label-old = Больше не действует
digest-entered = Внесено: { $at }
digest-waits = Ждёт второго лица и до того не учитывается.
digest-struck = Эта запись с тех пор исправлена или отозвана.
digest-ends = Этим завершено: { $what }
digest-when-wait = Последний день срока ожидания: { $date }
digest-check = Пусть второе лицо сверит эти дни с документами.
digest-no-entries = Ничего не внесено.
digest-no-waiting = Ничто не ждёт.
digest-more = { $n ->
        [one] Ещё { $n } запись — в реестре.
        [few] Ещё { $n } записи — в реестре.
       *[other] Ещё { $n } записей — в реестре.
    }

digest-seal = Внесённое до конца дня ({ $date }) запечатано этими знаками. Сохраните это письмо. Команда keshirim verify --seal с этими знаками после неё показывает, изменено ли что-нибудь с тех пор.
