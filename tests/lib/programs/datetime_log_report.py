"""A report over lines of a log, as ordinary programs make them."""

import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from itertools import groupby

LOG = """\
10.0.0.5 [01/Jul/2024:10:00:01 +0000] "GET /index.html" 200 512
10.0.0.7 [01/Jul/2024:10:00:59 +0000] "GET /missing" 404 19
192.0.2.9 [01/Jul/2024:10:01:00 +0000] "POST /form" 302 0
10.0.0.5 [01/Jul/2024:10:07:30 +0000] "GET /index.html" 200 512
2001:db8::7 [01/Jul/2024:11:59:59 +0000] "GET /late" 500 88
broken line
"""
LINE = re.compile(r'(?P<ip>\S+) \[(?P<when>[^]]+)\] "(?P<verb>\w+) (?P<path>\S+)" (?P<status>\d+) (?P<size>\d+)')

hits = []
for line in LOG.splitlines():
    if match := LINE.fullmatch(line):
        when = datetime.strptime(match["when"], "%d/%b/%Y:%H:%M:%S %z")
        hits.append((when, ip_address(match["ip"]), match["path"], int(match["status"]), int(match["size"])))
    else:
        print("skipped:", line)
print(len(hits), hits[-1][0] - hits[0][0], sum(hit[-1] for hit in hits))
for minute, those in groupby(hits, key=lambda hit: hit[0].replace(second=0)):
    print(minute.isoformat(), sum(1 for _ in those))
print(Counter(hit[3] // 100 for hit in hits).most_common())
inside = defaultdict(set)
for _, ip, path, *_ in hits:
    inside[ip.version == 4 and ip in ip_network("10.0.0.0/8")].add(path)
print({where: sorted(paths) for where, paths in sorted(inside.items())})
gaps = [later[0] - earlier[0] for earlier, later in zip(hits, hits[1:])]
print(max(gaps), min(gaps), sum(gaps, timedelta()) / len(gaps))
