"""Meetings: a calendar of dataclasses, sorted by a heap, written as CSV and JSON and read again."""

import calendar
import csv
import heapq
import io
import json
import uuid
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta


@dataclass(order=True)
class Meeting:
    begin: datetime
    minutes: int
    title: str = field(compare=False)
    key: str = field(compare=False, default="")

    @property
    def end(self):
        return self.begin + timedelta(minutes=self.minutes)

    def overlaps(self, other):
        return self.begin < other.end and other.begin < self.end


def every(weekday, hour, minutes, title, year, month):
    for week in calendar.monthcalendar(year, month):
        if week[weekday]:
            begin = datetime.combine(date(year, month, week[weekday]), datetime.min.time()) + timedelta(hours=hour)
            yield Meeting(begin, minutes, title, str(uuid.uuid5(uuid.NAMESPACE_OID, f"{title} {begin}")))


heap = [*every(calendar.MONDAY, 9, 30, "stand-up", 2024, 7), *every(calendar.MONDAY, 9.25, 60, "review", 2024, 7)]
heapq.heapify(heap)
meetings = [heapq.heappop(heap) for _ in range(len(heap))]
print(len(meetings), [m.title for m in meetings[:4]], sum(a.overlaps(b) for a, b in zip(meetings, meetings[1:])))
sheet = io.StringIO()
writer = csv.DictWriter(sheet, ["begin", "end", "title"])
writer.writeheader()
writer.writerows({"begin": m.begin.isoformat(), "end": f"{m.end:%H:%M}", "title": m.title} for m in meetings[:3])
print(sheet.getvalue())
text = json.dumps([{**asdict(m), "begin": m.begin.isoformat()} for m in meetings])
again = [Meeting(**{**one, "begin": datetime.fromisoformat(one["begin"])}) for one in json.loads(text)]
print(again == meetings, again[0].key, min(again).begin, max(again, key=lambda m: m.end).end)
