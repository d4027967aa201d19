# Тізілімдегі органдардың атауы; config/offices.toml өз атауын берсе, хатта сол тұрады.

office-institution = Түзеу мекемесінің әкімшілігі
office-working_body = Комиссияның жұмыс органы
office-supreme_court = Жоғарғы Сот
office-prosecutor_general = Бас Прокуратура
office-commission = Кешірім жасау мәселелері жөніндегі комиссия
office-executing_body = Жарлықтың орындалуын басқаратын орган
office-court = Тиісті сот
office-verifying_body = Тексеретін орган
office-operators = Тізілім операторлары
office-head_of_administration = Президент Әкімшілігінің Басшысы
office-convict = Сотталған адам
office-undecided = Өтінішті қабылдаған орган (оны жауапты адам көрсетуге тиіс)
