import base64
import binascii

data = bytes(range(250, 256)) + b"?>~ and text" + bytes(4)
for name in ("b16", "b32", "b32hex", "b64", "standard_b64", "urlsafe_b64", "a85", "b85"):
    encode, decode = getattr(base64, name + "encode"), getattr(base64, name + "decode")
    print(name, encode(data), decode(encode(data)) == data, encode(b""))
print(base64.b64encode(data, altchars=b"-_"), base64.b64decode(base64.b64encode(data, b"-_"), b"-_") == data)
print(base64.encodebytes(data * 4).decode(), base64.decodebytes(b"aGVs\nbG8=\n"))
print(
    base64.b64decode("aGVs bG8=!?"), base64.b32decode("nbswy3dp", casefold=True), base64.b16decode("ff", casefold=True)
)
print(base64.a85encode(data, adobe=True, wrapcol=10), base64.a85decode(b"<~87cUR~>", adobe=True))
print(base64.b85encode(b"ab", pad=True), base64.b32decode("MLO23456", map01="L"))
for attempt in (
    lambda: base64.b64decode("aGVsbG8"),
    lambda: base64.b64decode("aGVs bG8=", validate=True),
    lambda: base64.b64decode("é"),
    lambda: base64.b32decode("nbswy3dp"),
    lambda: base64.b16decode("f"),
    lambda: base64.b85decode("~~~~~~"),
    lambda: base64.b64encode("text"),
):
    try:
        print(attempt())
    except (binascii.Error, ValueError, TypeError) as why:
        print(type(why).__name__, why)
