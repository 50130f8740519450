"""Which type a file has by the end of its name, as in Python's `mimetypes`, with a table of the common ones.

Missing: `read_mime_types` and `init` with files (a vessel has no tables of the system's), `MimeTypes` objects (there is
one table, `types_map`), `strict=False`.
"""

from urllib.parse import urlsplit

encodings_map = {".gz": "gzip", ".z": "compress", ".bz2": "bzip2", ".xz": "xz", ".br": "br"}
types_map = {
    ".avif": "image/avif",
    ".bin": "application/octet-stream",
    ".bmp": "image/bmp",
    ".c": "text/plain",
    ".css": "text/css",
    ".csv": "text/csv",
    ".doc": "application/msword",
    ".gif": "image/gif",
    ".h": "text/plain",
    ".htm": "text/html",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".mpeg": "video/mpeg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".sh": "application/x-sh",
    ".svg": "image/svg+xml",
    ".tar": "application/x-tar",
    ".tiff": "image/tiff",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".wav": "audio/x-wav",
    ".webm": "video/webm",
    ".xml": "text/xml",
    ".zip": "application/zip",
}


def init(files=None):
    """Nothing: the table is there."""


def guess_type(url, strict=True):
    """`(type, encoding)` of a name or URL: `("application/x-tar", "gzip")` for `a.tar.gz`; None for what is unknown."""
    parts = urlsplit(url)
    name = (parts.path if parts.scheme else url).rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    encoding = encodings_map.get(dot + extension.lower())
    if encoding is not None:
        extension = stem.rpartition(".")[2] if "." in stem else ""
    return types_map.get("." + extension.lower()) if dot else None, encoding


def guess_all_extensions(type, strict=True):
    """All ends of names that have this type."""
    return [extension for extension, one in types_map.items() if one == type.lower()]


def guess_extension(type, strict=True):
    """One end of a name that has this type, or None."""
    return next(iter(sorted(guess_all_extensions(type), key=lambda one: one not in _PREFERRED)), None)


_PREFERRED = (".txt", ".html", ".jpg")


def add_type(type, ext, strict=True):
    """Have names with this end count as of this type."""
    types_map[ext] = type
