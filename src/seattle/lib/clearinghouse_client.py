"""A testbed's site, asked from within a vessel: how many vessels one may hold, getting more, and giving them back.

    site = clearinghouse_client.Clearinghouse("http://192.0.2.7:8080", "sak_...")
    for vessel in site.acquire(3, "wan"):
        print(vessel["handle"], vessel["address"], vessel["ports"])

What the site tells comes as it tells it: dictionaries with the fields of its REST API (docs/clearinghouse-api.md).

**Whoever runs the computer that a vessel is on can read what is in the vessel, an API key, too.** Where one is not your
own, get the vessels from your own computer, with the SDK (`seattle.connect().acquire(3)`) or `seattle get`, and tell
their addresses to the program as its arguments. Revoke a key on the site's page once it is not needed any more.

Missing: `https:` sites, since Repy has no TLS: the site has to be reached over `http:`, as in a laboratory. What an API
key can't do: to add, retire and make keys. Programs on the vessels: a node takes orders over NATS, from whoever signs
them with a key of the vessel's users (see `nmclient`); the SDK starts, follows and keeps programs (its deployments do
what `overlord` did).
"""

import json
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, build_opener

MOST = 4 * 2**20  # bytes of an answer
MOST_PAGES = 1000  # of a list
PATIENCE = 30  # seconds for one question
KINDS = ("random", "wan", "lan", "nat")
_WAIT = 20  # seconds that the site may hold back an answer about an order until there is news
_TRIES = 3  # of an order whose answer did not come; it is the same order each time


class ClearinghouseError(Exception):
    """The site did not do what it was asked to: `code` says why, for programs; `status` is that of HTTP, or 0."""

    def __init__(self, text, code="not-reached", status=0):
        super().__init__(text)
        self.code, self.status = code, status


class Clearinghouse:
    """The site at a URL, asked in the name of whoever has the API key. Every call raises ClearinghouseError."""

    def __init__(self, url, api_key=None):
        if urlsplit(url).scheme != "http":
            raise ValueError(f"a site is reached over http: here, for Repy has no TLS; not at {url[:200]!r}")
        self.url = url.rstrip("/")
        self._api_key = api_key
        self._opener = build_opener()

    def overview(self):
        """How large the testbed is: nodes and vessels. It needs no API key."""
        return self.ask("GET", "/overview")

    def account(self):
        """Who one is, and how many vessels one may hold (`credits_total`, `credits_held`, `credits_available`)."""
        return self.ask("GET", "/account")

    def vessels(self):
        """All vessels that one holds, a list, oldest first."""
        found, after = [], None
        for _ in range(MOST_PAGES):
            page = self.ask("GET", "/vessels" if after is None else f"/vessels?after={int(after)}")
            found += _field(page, "items", list)
            after = page.get("next")
            if after is None:
                return found
        raise ClearinghouseError("the site's list of vessels has no end", "nonsense")

    def vessel(self, handle):
        """One of the vessels that one holds, by its handle."""
        return self.ask("GET", f"/vessels/{quote(handle, safe='')}")

    def acquire(self, count, kind="random", least=None, where=None, timeout=90):
        """Get vessels, and wait until they can be used; return those that came, a list.

        It is all or nothing, unless `least` says how few would do. `kind` is one of KINDS, `where` says on which nodes
        they may be. After `timeout` seconds all that the order has by then is given back.
        """
        asked = {"count": count, "kind": kind, "least": least, "where": where or {}}
        return self._order("/orders", asked, timeout)

    def acquire_specific(self, handles, timeout=90):
        """Get these vessels, as far as they are free; return those that came, a list."""
        return self._order("/orders/specific", {"handles": list(handles)}, timeout)

    def renew(self, handles):
        """Keep vessels for the longest time from now; return the handles of those that were renewed."""
        return _field(self.ask("POST", "/vessels/renew", {"handles": list(handles)}), "done", list)

    def release(self, handles):
        """Give vessels back; return the handles of those that were. What runs there is stopped, and files are gone."""
        return _field(self.ask("POST", "/vessels/release", {"handles": list(handles)}), "done", list)

    def ask(self, method, path, body=None, timeout=PATIENCE):
        """The answer to any call of the REST API, `path` being what follows `/api/v1`; None if there is none."""
        request = Request(f"{self.url}/api/v1{path}", method=method)  # noqa: S310 - `http:` only, as was checked
        if self._api_key is not None:
            request.add_unredirected_header("Authorization", f"Bearer {self._api_key}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with self._opener.open(request, None, timeout) as answer:
                return _decoded(answer.read(MOST + 1))
        except HTTPError as refusal:
            raise _refused(method, path, refusal) from None
        except (URLError, HTTPException, OSError) as why:
            raise ClearinghouseError(f"{method} {path}: the site was not reached: {why}") from None

    def _order(self, path, asked, timeout):
        order = self._send_order(path, {**asked, "key": randombytes()[:16].hex()})
        ends = getruntime() + timeout
        while _field(order, "state", str) == "working" and (left := ends - getruntime()) > 0:
            wait = min(_WAIT, left)
            order = self.ask("GET", f"/orders/{_field(order, 'id', int)}?wait={wait:.1f}", timeout=wait + PATIENCE)
        if order["state"] == "working":
            order = self.ask("GET", f"/orders/{_field(order, 'id', int)}")
        handles = [one["handle"] for one in _field(order, "vessels", list) if one["state"] != "ended"]
        if order["state"] in ("done", "partial"):
            return [one for one in self.vessels() if one["handle"] in handles]
        if handles:
            self.release(handles)
        why = _field(order, "message", str) or f"they have not come within {timeout} seconds"
        raise ClearinghouseError(f"no vessels: {why}", "cannot-fulfil")

    def _send_order(self, path, asked):
        for _ in range(_TRIES - 1):
            try:
                return self.ask("POST", path, asked)
            except ClearinghouseError as why:
                if why.status:
                    raise
        return self.ask("POST", path, asked)


def _decoded(data):
    if not data:
        return None
    try:
        if len(data) > MOST:
            raise ValueError(f"more than {MOST} bytes")
        return json.loads(data)
    except (ValueError, RecursionError) as why:
        raise ClearinghouseError(f"the site's answer makes no sense: {why}", "nonsense") from None


def _refused(method, path, refusal):
    try:
        told = _decoded(refusal.read(MOST + 1))
        code, message = _field(told, "code", str), _field(told, "message", str)
    except (ClearinghouseError, HTTPException, OSError):
        code, message = "nonsense", "the site does not say why"
    return ClearinghouseError(f"{method} {path}: {message} ({code})", code, refusal.code)


def _field(told, name, kind):
    value = told.get(name) if isinstance(told, dict) else None
    if not isinstance(value, kind):
        raise ClearinghouseError(f"the site's answer makes no sense: it has no {name}", "nonsense")
    return value
