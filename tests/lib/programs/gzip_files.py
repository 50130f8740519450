import gzip
import io

lines = [b"first line\n", b"second line\n", b"the last one"]
with gzip.open("lines.gz", "wb") as file:
    print(file.write(b"first line\n"), file.tell(), file.readable(), file.writable())
    file.writelines(lines[1:])
with gzip.open("lines.gz") as file:
    print(file.read(5), file.readline(), file.readline(4), file.readlines(), file.read(), file.tell())
with gzip.open("lines.gz", "ab") as file:
    file.write(b", and more\n")
for line in gzip.open("lines.gz"):
    print(line)
with gzip.open("lines.gz", "rt") as file:
    print([line.rstrip() for line in file])
with gzip.open("text.gz", "wt", encoding="utf-8") as file:
    file.write("café\n")
    file.writelines(["and tea\r\n", "last"])
with gzip.open("text.gz", "rt", encoding="utf-8") as file:
    print(file.readline(), file.read().split("\n"))
with gzip.open("text.gz", "rt", encoding="latin-1", newline="") as file:
    print(repr(file.read()))

memory = io.BytesIO()
with gzip.GzipFile(fileobj=memory, mode="wb", compresslevel=1, mtime=1) as file:
    for number in range(20_000):
        file.write(b"%d\n" % number)
memory.seek(0)
with gzip.GzipFile(fileobj=memory) as file:
    print(sum(map(int, file)), file.read())
memory.seek(0)
with gzip.open(memory, "rb") as file:
    total, piece = 0, file.read(1000)
    while piece:
        total, piece = total + len(piece), file.read(1000)
    print(total)

file = gzip.open("lines.gz")
file.close()
file.close()
for attempt in (
    lambda: file.read(),
    lambda: gzip.open("lines.gz").write(b""),
    lambda: gzip.open("new.gz", "wb").read(),
    lambda: gzip.open("lines.gz", "rbt"),
    lambda: gzip.open("lines.gz", "z"),
    lambda: gzip.open("lines.gz", "rb", encoding="utf-8"),
    lambda: gzip.open("lines.gz", "xb"),
    lambda: gzip.open("nothing.gz"),
):
    try:
        attempt()
    except (OSError, ValueError) as why:
        print(issubclass(type(why), OSError), issubclass(type(why), ValueError))
print(file.closed)
