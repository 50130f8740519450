"""The types of files."""

import mimetypes

for name in (
    "a.html",
    "A.HTM",
    "b.txt",
    "c.css",
    "d.json",
    "e.png",
    "f.jpeg",
    "g.tar.gz",
    "h.gz",
    "i",
    "j.unknown",
    "k.svg",
):
    print(name, mimetypes.guess_type(name))
for url in ("http://h.example/a/b.pdf", "http://h.example/", "file.csv"):
    print(url, mimetypes.guess_type(url))
print(mimetypes.guess_extension("text/html"), mimetypes.guess_extension("image/png"), mimetypes.guess_extension("x/y"))
mimetypes.add_type("application/x-mine", ".mine")
print(mimetypes.guess_type("a.mine"), ".mine" in mimetypes.types_map)
