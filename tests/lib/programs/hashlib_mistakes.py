import hashlib

for attempt in (
    lambda: hashlib.new("sha257"),
    lambda: hashlib.sha256("text"),
    lambda: hashlib.sha256().update("text"),
    lambda: hashlib.sha256(5),
    lambda: hashlib.blake2b(digest_size=65),
    lambda: hashlib.blake2s(key=bytes(33)),
    lambda: hashlib.shake_128(b"x").digest(),
    lambda: hashlib.pbkdf2_hmac("sha256", b"p", b"s", 0),
    lambda: hashlib.pbkdf2_hmac("nothing", b"p", b"s", 1),
):
    try:
        print(attempt())
    except (TypeError, ValueError, OverflowError) as why:
        print(type(why).__name__, why)
