"""Cookies: read from a header, written to one, quoted, refused."""

from http.cookies import CookieError, SimpleCookie

cookie = SimpleCookie('name=value; other="two words"; third="a\\"b\\054c"; empty=; $Version=1')
for key in sorted(cookie):
    print(key, repr(cookie[key].value), cookie[key].coded_value)
cookie = SimpleCookie()
cookie["plain"] = "abc"
cookie["number"] = 7
cookie["odd"] = 'semi; comma, "quote" \\ é'
cookie["plain"]["path"] = "/here"
cookie["plain"]["max-age"] = 60
cookie["plain"]["secure"] = True
cookie["plain"]["HttpOnly"] = True
print(cookie.output())
print(cookie.output(header="Cookie:", sep=" | ", attrs=[]))
print(cookie["plain"].OutputString(), cookie["plain"]["path"], cookie["plain"]["domain"] == "")
print(SimpleCookie(cookie.output(header="", sep=";"))["odd"].value == 'semi; comma, "quote" \\ é')
loaded = SimpleCookie("a=1; Path=/; Secure; b=2; HttpOnly; expires=Wed, 31 Dec 2025 23:59:59 GMT")
print([(key, one.value, one["path"], one["secure"], one["httponly"], one["expires"]) for key, one in loaded.items()])
loaded.load({"c": "from a dict"})
print(loaded["c"].value, "c" in loaded, len(loaded))
for action in (
    lambda: cookie.update({}) or cookie["plain"].set("bad name", "", ""),
    lambda: cookie["plain"].set("path", "", ""),
    lambda: cookie["plain"].update({}) or cookie["plain"].isReservedKey("Path"),
):
    try:
        print(action())
    except CookieError as error:
        print(type(error).__name__)
for broken in ("no pairs here", "a=b; path", "=x", ";;;"):
    print(dict(SimpleCookie(broken)))
