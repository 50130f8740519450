"""What a vessel may use: the resource vector, its arithmetic, its file format and its meter.

Start at `kinds` (which resources there are), then `vector` (an amount of each). `splitting` divides vessels
and donations, `restrictions` reads and writes the file format, `overrides` reads amounts of a command line, `meter`
holds a running program to its vector.

May import: the standard library. Promises: an amount of resources is exact, so splitting and joining never
create any; nothing here touches a file, a clock or a process unless it is passed in.
"""
