import calendar

print(calendar.month(2024, 2))
print(calendar.TextCalendar(calendar.SUNDAY).formatmonth(2023, 10))
print(calendar.monthrange(2024, 2), calendar.isleap(1900), calendar.isleap(2000), calendar.leapdays(2000, 2025))
print(calendar.weekday(2024, 7, 1), calendar.day_name[0], calendar.month_abbr[12], list(calendar.day_abbr))
for week in calendar.monthcalendar(2024, 9):
    print(*(f"{day:2}" if day else " ." for day in week))
print([day.isoformat() for day in calendar.Calendar().itermonthdates(2024, 9)][:3])
print(calendar.timegm((1970, 1, 2, 0, 0, 0)))
try:
    calendar.monthrange(2024, 13)
except calendar.IllegalMonthError as why:
    print(why)
