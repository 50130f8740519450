"""What `urllib.request` raises, as in Python's `urllib.error`."""


class URLError(OSError):
    """A URL could not be opened: `reason` is a text or an exception."""

    def __init__(self, reason, filename=None):
        self.args = (reason,)
        self.reason = reason
        if filename is not None:
            self.filename = filename

    def __str__(self):
        return f"<urlopen error {self.reason}>"


class HTTPError(URLError):
    """A server replied with an error: `code`, `reason` and `headers`. It is a file of the reply's body, too."""

    def __init__(self, url, code, msg, hdrs, fp):
        self.url = self.filename = url
        self.code = self.status = code
        self.msg = msg
        self.hdrs = self.headers = hdrs
        self.fp = fp
        self.args = ()

    @property
    def reason(self):
        """What stands behind the code."""
        return self.msg

    def read(self, amt=None):
        """The next bytes of the body; all of it without a number."""
        return b"" if self.fp is None else self.fp.read(amt)

    def readline(self, limit=-1):
        """The next line of the body."""
        return b"" if self.fp is None else self.fp.readline(limit)

    def info(self):
        """The headers."""
        return self.headers

    def geturl(self):
        """The URL."""
        return self.url

    def getcode(self):
        """The code."""
        return self.code

    def close(self):
        """Read no more."""
        if self.fp is not None:
            self.fp.close()

    def __iter__(self):
        return iter(() if self.fp is None else self.fp)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()

    def __str__(self):
        return f"HTTP Error {self.code}: {self.msg}"

    def __repr__(self):
        return f"<HTTPError {self.code}: {self.msg!r}>"


class ContentTooShortError(URLError):
    """A file that was fetched is shorter than the server said: `content` is what `urlretrieve` would have returned."""

    def __init__(self, message, content):
        URLError.__init__(self, message)
        self.content = content
