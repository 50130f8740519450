from datetime import date, timedelta

day = date(2024, 2, 28)
for n in range(4):
    print(day, day.strftime("%a %d %b %Y, day %j, week %V"), day.isoweekday(), day.isocalendar().week)
    day += timedelta(days=1)
print((date(2025, 1, 1) - date(2024, 1, 1)).days, date(2024, 12, 31).timetuple().tm_yday)
print(date.fromisoformat("2024-02-29").replace(month=3), date.fromordinal(1), date.max)
for wrong in (lambda: date(2023, 2, 29), lambda: date.fromisoformat("29.2.2024"), lambda: date.max + timedelta(1)):
    try:
        print(wrong())
    except (ValueError, OverflowError) as why:
        print(type(why).__name__, why)
print(sorted([date(2024, 3, 1), date(2023, 3, 1), date(2024, 2, 1)]))
print(f"{date(2024, 5, 17):%A the %d. of %B}", date(2024, 5, 17) == date(2024, 5, 17), hash(date.min) == hash(date.min))
