"""Paths, as Python's `os.path` puts them together and takes them apart, and which files of the vessel they name.

Missing: times, links, and comparing files, for a vessel's have a name and a size; `expanduser` and `expandvars`, for it
has no users and an empty environment.
"""

sep, curdir, pardir, extsep = "/", ".", "..", "."


def join(first, *others):
    """The parts with slashes between them; one that begins with a slash begins anew."""
    path = first
    for other in others:
        if other.startswith("/") or not path:
            path = other
        else:
            path += other if path.endswith("/") else f"/{other}"
    return path


def split(path):
    """What is before the last slash, and what is behind it."""
    place = path.rfind("/") + 1
    head = path[:place]
    return head.rstrip("/") or head, path[place:]


def dirname(path):
    """What is before the last slash."""
    return split(path)[0]


def basename(path):
    """What is behind the last slash."""
    return split(path)[1]


def splitext(path):
    """What is before the last period of the name, and the rest; a period that the name begins with does not count."""
    head, name = path[: path.rfind("/") + 1], path[path.rfind("/") + 1 :]
    dots = len(name) - len(name.lstrip("."))
    place = name.rfind(".")
    return (path, "") if place < max(dots, 1) else (head + name[:place], name[place:])


def isabs(path):
    """Whether it begins with a slash."""
    return path.startswith("/")


def normpath(path):
    """The same without `.`, without `..` where that can be, and without slashes that say nothing."""
    start = "//" if path.startswith("//") and not path.startswith("///") else "/" if path.startswith("/") else ""
    parts = []
    for part in path.split("/"):
        if part == ".." and (not parts or parts[-1] == ".."):
            if not start:
                parts.append(part)
        elif part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return start + "/".join(parts) or "."


def abspath(path):
    """The path from the vessel's folder on."""
    return normpath(join("/", path))


realpath = abspath


def exists(path):
    """Whether there is such a file, or whether it is the vessel's folder."""
    return isdir(path) or isfile(path)


def isfile(path):
    """Whether there is such a file."""
    return bool(path) and not path.endswith("/") and abspath(path)[1:] in listfiles()


def isdir(path):
    """Whether it is the vessel's folder, the only one."""
    return bool(path) and abspath(path) == "/"


def getsize(path):
    """How many bytes a file has. Raises FileNotFoundError, and FileInUseError while the program has it open."""
    with open(abspath(path)[1:], "rb") as file:
        return file.seek(0, 2)


def commonprefix(paths):
    """The text that all of them begin with."""
    paths = list(paths)
    if not paths:
        return ""
    least, most = min(paths), max(paths)
    same = next((place for place, one in enumerate(least) if one != most[place]), len(least))
    return least[:same]
