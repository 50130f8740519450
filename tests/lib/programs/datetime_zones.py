from datetime import datetime, time, timedelta, timezone, tzinfo

moment = datetime(2024, 7, 1, 12, 30, 15, 250_000, tzinfo=timezone.utc)
for hours, minutes in ((0, 0), (2, 0), (-5, 0), (5, 45)):
    zone = timezone(timedelta(hours=hours, minutes=minutes))
    print(moment.astimezone(zone).isoformat(), zone, moment.astimezone(zone) == moment)
print(moment.timestamp(), datetime.fromtimestamp(0, timezone.utc), moment.strftime("%Y%m%dT%H%M%S.%fZ"))
print(datetime.strptime("Mon, 01 Jul 2024 12:30:15 +0200", "%a, %d %b %Y %H:%M:%S %z"))
print(datetime.fromisoformat("2024-07-01T12:30:15.250000+00:00") == moment, time(23, 59, 1).isoformat("minutes"))
print(
    timedelta(days=-1, seconds=3),
    timedelta(hours=1) / timedelta(minutes=7),
    divmod(timedelta(hours=1), timedelta(minutes=7)),
)


class Summer(tzinfo):
    """One hour ahead from April to September."""

    def utcoffset(self, when):
        return timedelta(hours=2) + self.dst(when)

    def dst(self, when):
        return timedelta(hours=1 if 4 <= when.month <= 9 else 0)

    def tzname(self, when):
        return "EEST" if self.dst(when) else "EET"


for month in (1, 7):
    local = datetime(2024, month, 1, 12, tzinfo=Summer())
    print(local.isoformat(), local.strftime("%H:%M %Z %z"), local.astimezone(timezone.utc).hour)
try:
    print(moment < datetime(2024, 7, 1))
except TypeError as why:
    print(why)
