# День всегда стоит после двоеточия и не склоняется в коде.

date = { $day } { $month } { $year } г.
date-weekday = { $date }, { $weekday }
month-1 = января
month-2 = февраля
month-3 = марта
month-4 = апреля
month-5 = мая
month-6 = июня
month-7 = июля
month-8 = августа
month-9 = сентября
month-10 = октября
month-11 = ноября
month-12 = декабря
weekday-1 = понедельник
weekday-2 = вторник
weekday-3 = среда
weekday-4 = четверг
weekday-5 = пятница
weekday-6 = суббота
weekday-7 = воскресенье

# Названия нерабочих дней из config/calendar.toml.
# The id is the English name there, in small letters, other signs as hyphens; a name without a text is printed as the calendar has it.
day-off-new-year-s-day = Новый год
day-off-christmas-7-january = Рождество Христово
day-off-international-women-s-day = Международный женский день
day-off-nauryz = Наурыз мейрамы
day-off-day-of-unity-of-the-people-of-kazakhstan-1-may = Праздник единства народа Казахстана
day-off-defender-of-the-fatherland-day = День защитника Отечества
day-off-victory-day = День Победы
day-off-capital-day = День Столицы
day-off-constitution-day = День Конституции
day-off-republic-day = День Республики
day-off-first-president-day = День Первого Президента
day-off-independence-day = День Независимости
day-off-kurban-ait-first-day = первый день Курбан айта
day-off-substitute = { $name }, выходной перенесен на этот день
day-off-moved = выходной перенесен с другого дня: { $date }
day-off-estimated = { $name } (предполагаемый день)
