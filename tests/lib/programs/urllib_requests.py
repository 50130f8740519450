"""Requests taken apart, without asking anybody."""

import urllib.error
import urllib.request

for url in (
    "http://host.example/path?query#fragment",
    "HTTP://Host.Example:8080",
    "http://host.example?query",
    "<http://host.example/>",
    "http://user:pass@host.example/%7e",
    "mailto:somebody@host.example",
):
    request = urllib.request.Request(url)
    print(request.full_url, request.type, request.host, request.selector, request.fragment, request.get_method())
request = urllib.request.Request("http://h.example/", b"data", {"x-lower": "1", "X-UPPER": "2"}, method="PUT")
request.add_unredirected_header("X-secret", "3")
print(sorted(request.header_items()), request.get_method(), request.data)
print(
    request.has_header("X-lower"),
    request.has_header("x-lower"),
    request.get_header("X-upper"),
    request.get_header("No", 0),
)
request.remove_header("X-upper")
request.data = None
request.full_url = "http://other.example/a#b"
print(sorted(request.header_items()), request.host, request.get_full_url(), request.get_method())
request.set_proxy("proxy.example:3128", "http")
print(request.host, request.selector, request.has_proxy())
for bad in ("relative/path", "://"):
    try:
        urllib.request.Request(bad)
    except ValueError as error:
        print(error)
error = urllib.error.URLError("why not")
print(error, error.reason, isinstance(error, OSError), error.args)
error = urllib.error.HTTPError("http://h.example", 404, "Not here", {}, None)
print(error, error.code, error.reason, error.filename, repr(error))
passwords = urllib.request.HTTPPasswordMgr()
passwords.add_password("realm", "http://h.example/a/", "ann", "1")
passwords.add_password("realm", ["http://h.example/a/b/", "other.example:81"], "bob", "2")
for place in ("http://h.example/a/x", "http://h.example/a/b/c", "http://h.example/", "http://other.example:81/y"):
    print(place, passwords.find_user_password("realm", place))
print(passwords.find_user_password("another", "http://h.example/a/x"))
