"""Paths put together and taken apart, and the files that they name."""

import os
import os.path
from os.path import basename

for path in ("/usr/lib/x.tar.gz", "x", "", "/", "a/b/", "//a", ".profile", "a.b/c", "...", "..x.y", "a/.b.c"):
    print(repr(path), os.path.split(path), os.path.splitext(path), os.path.dirname(path), basename(path))
    print(os.path.normpath(path), os.path.isabs(path))
for parts in (("a", "b"), ("a/", "b"), ("a", "/b", "c"), ("", "b"), ("a", ""), ("a",), ("/", "x")):
    print(os.path.join(*parts))
for path in ("a/../b", "../../a", "/../a", "a/./b//c", "///a", "a/..", "./x"):
    print(os.path.normpath(path))
print(os.path.commonprefix(["abc", "abd"]), os.path.commonprefix([]), os.sep, repr(os.linesep), os.curdir, os.name)

with open("os_paths.txt", "w") as file:
    file.write("some text")
print(os.path.exists("os_paths.txt"), os.path.isfile("./os_paths.txt"), os.path.isdir("os_paths.txt"))
print(os.path.getsize("os_paths.txt"), "os_paths.txt" in os.listdir(), "os_paths.txt" in os.listdir("."))
os.remove("os_paths.txt")
print(os.path.exists("os_paths.txt"), os.path.isdir("."), os.path.exists("none/such"))
for call in (os.remove, os.path.getsize, os.listdir):
    try:
        call("missing.txt")
    except FileNotFoundError as why:
        print(isinstance(why, OSError))
print(os.getenv("NO_SUCH_VARIABLE", "usual"), os.environ.get("NO_SUCH_VARIABLE"), len(os.urandom(5)))
print(os.cpu_count() >= 1, os.getpid() > 0, os.fspath("x"))
