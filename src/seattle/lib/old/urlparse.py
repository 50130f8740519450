"""The reference's `urlparse`: the parts of a URL in a dict."""

from urllib.parse import urlsplit


def urlparse_urlsplit(urlstring, default_scheme="", allow_fragments=True):
    """The parts of a URL: scheme, netloc, path, query, fragment (texts), username, password, hostname, port.

    What the last four are not there for is None; the port is a number. Raises ValueError for a port that is none.
    """
    parts = urlsplit(urlstring, default_scheme, allow_fragments)
    return {
        "scheme": parts.scheme,
        "netloc": parts.netloc,
        "path": parts.path,
        "query": parts.query,
        "fragment": parts.fragment,
        "username": parts.username,
        "password": parts.password,
        "hostname": parts.hostname,
        "port": parts.port,
    }
