# Названия органов; если config/offices.toml дает свое название, в письме стоит оно.

office-institution = Администрация исправительного учреждения
office-working_body = Рабочий орган Комиссии
office-supreme_court = Верховный Суд
office-prosecutor_general = Генеральная прокуратура
office-commission = Комиссия по вопросам помилования
office-executing_body = Орган, ведающий исполнением указа
office-court = Соответствующий суд
office-verifying_body = Проверяющий орган
office-operators = Операторы реестра
office-head_of_administration = Руководитель Администрации Президента
office-convict = Осужденный
office-undecided = Орган, принявший ходатайство (его должен указать человек)
