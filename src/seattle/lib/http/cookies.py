"""The headers `Cookie` and `Set-Cookie`, as in Python's `http.cookies`.

    cookie = SimpleCookie("name=value; other=thing")
    cookie["name"]["path"] = "/"
    print(cookie["name"].value, cookie.output())

Missing: `js_output` (pages that write cookies by script), and dates in `expires` that are given as numbers.
"""

import re

_IS_LEGAL = re.compile(r"[!#$%&'*+.^_`|~:0-9A-Za-z-]*").fullmatch
_IS_BARE = re.compile(r"[!#$%&'()*+./:<=>?@\[\]^_`{|}~0-9A-Za-z-]*").fullmatch
_PAIR = re.compile(
    r"""\s*([!#$%&'*+.^_`|~:0-9A-Za-z/-]+?)\s*(?:=\s*("(?:[^\\"]|\\.)*"|\w{3},\s[\w\s-]{9,11}\s[\d:]{8}\sGMT|[^\s;"\\]*)\s*)?(?:\s+|;|$)"""
)
_ESCAPED = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))")
_FLAGS = ("secure", "httponly")


class CookieError(Exception):
    """A name or an attribute is none that a cookie can have."""


def _quote(text):
    if _IS_LEGAL(text):
        return text
    return '"' + "".join(_escaped(one) for one in text) + '"'


def _escaped(one):
    if one in '"\\':
        return "\\" + one
    return one if _IS_BARE(one) or one == " " else f"\\{ord(one):03o}"


def _unquote(text):
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)) if found[1] else found[2], text[1:-1])


class Morsel(dict):
    """One cookie: `key`, `value`, `coded_value` (as it is sent); and its attributes, as items."""

    _names = {
        "expires": "expires",
        "path": "Path",
        "comment": "Comment",
        "domain": "Domain",
        "max-age": "Max-Age",
        "secure": "Secure",
        "httponly": "HttpOnly",
        "version": "Version",
        "samesite": "SameSite",
    }

    def __init__(self):
        self.key = self.value = self.coded_value = None
        for name in self._names:
            super().__setitem__(name, "")

    def __setitem__(self, name, value):
        if not self.isReservedKey(name):
            raise CookieError(f"Invalid attribute {name!r}")
        super().__setitem__(name.lower(), value)

    def isReservedKey(self, name):
        """Whether this is the name of an attribute."""
        return name.lower() in self._names

    def set(self, key, val, coded_val):
        """Give the cookie its name and value. Raises CookieError for names that no cookie can have."""
        if self.isReservedKey(key):
            raise CookieError(f"Attempt to set a reserved key {key!r}")
        if not key or not _IS_LEGAL(key):
            raise CookieError(f"Illegal key {key!r}")
        self.key, self.value, self.coded_value = key, val, coded_val

    def output(self, attrs=None, header="Set-Cookie:"):
        """The header for this cookie, with these attributes only if `attrs` is given."""
        return f"{header} {self.OutputString(attrs)}"

    def OutputString(self, attrs=None):
        """The cookie as the header has it. Raises CookieError for what would be several headers."""
        parts = [f"{self.key}={self.coded_value}"]
        for name, value in sorted(self.items()):
            if value == "" or name not in (self._names if attrs is None else attrs):
                continue
            if name in _FLAGS:
                parts += [self._names[name]] if value else []
            else:
                parts.append(f"{self._names[name]}={value}")
        line = "; ".join(parts)
        if re.search("[\0-\x1f\x7f]", line):
            raise CookieError("a cookie can't have control characters")
        return line

    def __str__(self):
        return self.output()

    def __repr__(self):
        return f"<Morsel: {self.OutputString()}>"


class BaseCookie(dict):
    """Cookies by name; each is a Morsel."""

    def __init__(self, input=None):
        if input:
            self.load(input)

    def value_decode(self, val):
        """`(value, as it was sent)` of what was sent; for classes to extend."""
        return val, val

    def value_encode(self, val):
        """`(value, as it is sent)` of a value; for classes to extend."""
        return str(val), str(val)

    def __setitem__(self, key, value):
        if isinstance(value, Morsel):
            super().__setitem__(key, value)
        else:
            self._set(key, *self.value_encode(value))

    def _set(self, key, value, coded):
        morsel = self.get(key, Morsel())
        morsel.set(key, value, coded)
        super().__setitem__(key, morsel)

    def output(self, attrs=None, header="Set-Cookie:", sep="\r\n"):
        """The headers for all of them."""
        return sep.join(morsel.output(attrs, header) for _, morsel in sorted(self.items()))

    def load(self, rawdata):
        """Add the cookies of a header, or of a dict. A header that is none adds nothing."""
        if isinstance(rawdata, str):
            self._load_header(rawdata)
            return
        for key, value in rawdata.items():
            self[key] = value

    def _load_header(self, text):
        at, found, morsels = 0, [], []
        while at < len(text):
            pair = _PAIR.match(text, at)
            if pair is None:
                break
            at = pair.end()
            key, value = pair[1], pair[2]
            if key.startswith("$"):
                continue  # of a kind of cookies that nobody sends any more
            if key.lower() not in Morsel._names:
                if value is None:
                    return
                found.append((key, *self.value_decode(value)))
                morsels.append({})
            elif not found or (value is None and key.lower() not in _FLAGS):
                return
            else:
                morsels[-1][key] = True if value is None else _unquote(value)
        for (key, value, coded), attributes in zip(found, morsels, strict=True):
            self._set(key, value, coded)
            for name, setting in attributes.items():
                self[key][name] = setting

    def __str__(self):
        return self.output()

    def __repr__(self):
        return f"<{type(self).__name__}: {' '.join(f'{key}={one.value!r}' for key, one in sorted(self.items()))}>"


class SimpleCookie(BaseCookie):
    """Cookies whose values are texts, quoted where they have to be."""

    def value_decode(self, val):
        """The text behind quotes."""
        return _unquote(val), val

    def value_encode(self, val):
        """The text, and in quotes if it has to be."""
        return str(val), _quote(str(val))
