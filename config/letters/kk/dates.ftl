# Күн ешқашан септелмейді: «Мерзімі: …» деп жазылады.

date = { $year } жылғы { $day } { $month }
date-weekday = { $date }, { $weekday }
month-1 = қаңтар
month-2 = ақпан
month-3 = наурыз
month-4 = сәуір
month-5 = мамыр
month-6 = маусым
month-7 = шілде
month-8 = тамыз
month-9 = қыркүйек
month-10 = қазан
month-11 = қараша
month-12 = желтоқсан
weekday-1 = дүйсенбі
weekday-2 = сейсенбі
weekday-3 = сәрсенбі
weekday-4 = бейсенбі
weekday-5 = жұма
weekday-6 = сенбі
weekday-7 = жексенбі

# config/calendar.toml-дағы демалыс күндерінің атаулары.
# The id is the English name there, in small letters, other signs as hyphens; a name without a text is printed as the calendar has it.
day-off-new-year-s-day = Жаңа жыл
day-off-christmas-7-january = Рождество мерекесі
day-off-international-women-s-day = Халықаралық әйелдер күні
day-off-nauryz = Наурыз мейрамы
day-off-day-of-unity-of-the-people-of-kazakhstan-1-may = Қазақстан халқының бірлігі мерекесі
day-off-defender-of-the-fatherland-day = Отан қорғаушы күні
day-off-victory-day = Жеңіс күні
day-off-capital-day = Астана күні
day-off-constitution-day = Конституция күні
day-off-republic-day = Республика күні
day-off-first-president-day = Тұңғыш Президент күні
day-off-independence-day = Тәуелсіздік күні
day-off-kurban-ait-first-day = Құрбан айттың бірінші күні
day-off-substitute = { $name }, демалыс осы күнге ауысқан
day-off-moved = демалыс күні басқа күннен ауыстырылған: { $date }
day-off-estimated = { $name } (болжамды күн)
