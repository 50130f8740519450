import base64
import hashlib
import hmac
import json

key = b"a shared secret"


def signed(message):
    body = base64.urlsafe_b64encode(json.dumps(message, sort_keys=True).encode())
    return body + b"." + hmac.new(key, body, hashlib.sha256).hexdigest().encode()


def opened(text):
    body, _, tag = text.rpartition(b".")
    if not hmac.compare_digest(hmac.new(key, body, "sha256").hexdigest().encode(), tag):
        raise ValueError("forged")
    return json.loads(base64.urlsafe_b64decode(body))


text = signed({"user": "ann", "amount": 5})
print(text.decode())
print(opened(text))
try:
    opened(text.replace(b"e", b"f", 1))
except ValueError as why:
    print(why)

code = hmac.new(key, digestmod="sha512")
code.update(b"first")
other = code.copy()
code.update(b"second")
print(code.name, code.digest_size, code.block_size, code.hexdigest()[:16], other.hexdigest()[:16])
print(hmac.digest(key, b"firstsecond", "sha512").hex() == code.hexdigest())
print(hmac.compare_digest("same", "same"), hmac.compare_digest(b"one", b"other"))
for attempt in (
    lambda: hmac.new(key, b"x"),
    lambda: hmac.new("text", b"x", "md5"),
    lambda: hmac.compare_digest("é", "e"),
):
    try:
        attempt()
    except TypeError as why:
        print(why)
