# A day always follows a colon and is never inflected in code.

date = { $day } { $month } { $year }
date-weekday = { $weekday }, { $date }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday

# Names of the days off of config/calendar.toml.
# The id is the English name there, in small letters, other signs as hyphens; a name without a text is printed as the calendar has it.
day-off-new-year-s-day = New Year's Day
day-off-christmas-7-january = Christmas (7 January)
day-off-international-women-s-day = International Women's Day
day-off-nauryz = Nauryz
day-off-day-of-unity-of-the-people-of-kazakhstan-1-may = Day of Unity of the People of Kazakhstan
day-off-defender-of-the-fatherland-day = Defender of the Fatherland Day
day-off-victory-day = Victory Day
day-off-capital-day = Capital Day
day-off-constitution-day = Constitution Day
day-off-republic-day = Republic Day
day-off-first-president-day = First President Day
day-off-independence-day = Independence Day
day-off-kurban-ait-first-day = Kurban Ait, first day
day-off-substitute = { $name }, substitute day
day-off-moved = day off moved from { $date }
day-off-estimated = { $name } (estimated day)
