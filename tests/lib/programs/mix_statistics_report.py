"""A report made of measurements: csv, datetime, decimal, Counter, string templates and sorting."""

import collections
import csv
import datetime
import decimal
import io
import itertools
import operator
import string

DATA = """time,host,ms
2026-01-02T10:00:00,a,10.25
2026-01-02T10:30:00,b,20.5
2026-01-02T11:00:00,a,30.75
2026-01-03T09:00:00,c,5
2026-01-03T09:00:01,a,n/a
"""
Row = collections.namedtuple("Row", "time host ms")
rows, broken = [], []
for number, record in enumerate(csv.DictReader(io.StringIO(DATA)), start=2):
    try:
        when = datetime.datetime.fromisoformat(record["time"])
        rows.append(Row(when, record["host"], decimal.Decimal(record["ms"])))
    except (ValueError, decimal.InvalidOperation) as why:
        broken.append((number, type(why).__name__))
by_day = itertools.groupby(rows, key=lambda row: row.time.date())
for day, of_day in by_day:
    of_day = list(of_day)
    total = sum(map(operator.attrgetter("ms"), of_day), decimal.Decimal(0))
    mean = (total / len(of_day)).quantize(decimal.Decimal("0.01"))
    print(string.Template("$day: $count samples, mean $mean ms").substitute(day=day, count=len(of_day), mean=mean))
print(collections.Counter(row.host for row in rows).most_common(1), broken)
print(max(rows, key=operator.itemgetter(2))._replace(time=None), rows[-1].time - rows[0].time)
written = io.StringIO()
writer = csv.writer(written, lineterminator="\n")
writer.writerows([row.host, row.ms] for row in sorted(rows, key=lambda row: (row.host, -row.ms)))
print(written.getvalue(), end="")
