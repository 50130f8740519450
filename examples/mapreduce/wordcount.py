"""MapReduce on vessels: counts the words of a text; the first vessel is the primary, all others are workers.

    seattle get 4
    seattle run --with examples/mapreduce/text.txt examples/mapreduce/wordcount.py 4 --collect result.txt

The primary prints its scoreboard and the five most frequent words. `result.txt` is on the primary's vessel alone. What
is mapped and reduced is in mapper.py and reducer.py: put your own there. `--name NAME` is for several runs at the same
time.
"""

import rendezvous
from mappri import map_reduce, write_result
from mapred import work_at

name = callargs[callargs.index("--name") + 1] if "--name" in callargs else "mapreduce"
company = rendezvous.meet(name, int(callargs[0]))
if company.index > 0:
    work_at(company.place)
else:
    with open("text.txt") as file:
        lines = file.read().splitlines()
    result = map_reduce(lines, company.others)
    write_result(result)
    most = sorted(result, key=lambda word: (-result[word], word))[:5]
    print("most frequent:", ", ".join(f"{word} {result[word]}" for word in most))
