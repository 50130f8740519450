"""The headers of a message, as an object."""

import io
from http.client import parse_headers

TEXT = b"""Content-Type: text/html; charset="UTF-8"; Format=flowed\r
Set-Cookie: a=1\r
SET-COOKIE: b=2\r
X-Folded: first\r
\tsecond\r
X-Empty:\r
Content-Disposition: attachment; filename="a \\"quoted\\" name.txt"\r
X-Latin: caf\xe9\r
\r
body"""
file = io.BytesIO(TEXT)
headers = parse_headers(file)
print(file.read())
print(headers["content-type"], headers["nothing"], headers.get("Nothing", "default"), headers.get("x-empty"))
print(len(headers), headers.keys(), "set-cookie" in headers, "nothing" in headers)
print(headers.get_all("Set-Cookie"), headers.get_all("nothing"), headers.get_all("nothing", []))
print(headers.get_content_type(), headers.get_content_maintype(), headers.get_content_subtype())
print(headers.get_content_charset(), headers.get_param("format"), headers.get_param("charset"), headers.get_filename())
print(headers.items()[1:3], headers.values()[3], headers["x-latin"])
del headers["SET-COOKIE"]
headers["X-New"] = "one"
headers["X-New"] = "two"
headers.add_header("X-Parameters", "value", first="1", second_part="a b", flag=None)
headers.replace_header("x-new", "three")
print([name for name in headers], headers.get_all("x-new"), headers["X-Parameters"])
try:
    headers.replace_header("X-Nothing", "")
except KeyError:
    print("KeyError")
small = parse_headers(io.BytesIO(b"A: 1\nB:2\n\n"))
print(str(small) == "A: 1\nB: 2\n\n", small.items(), small.get_content_type(), small.get_content_charset())
print(parse_headers(io.BytesIO(b"\r\n")).items(), parse_headers(io.BytesIO(b"")).items())
