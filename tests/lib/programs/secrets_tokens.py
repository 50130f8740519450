import secrets
import string

print(len(secrets.token_bytes(20)), len(secrets.token_hex(20)), len(secrets.token_bytes()), len(secrets.token_bytes(0)))
print(
    secrets.token_bytes(16) != secrets.token_bytes(16),
    set(secrets.token_urlsafe(60)) <= set(string.ascii_letters + string.digits + "-_"),
)
print(sorted({secrets.randbelow(4) for _ in range(200)}), sorted({secrets.choice("ab") for _ in range(60)}))
print(secrets.randbits(0), secrets.randbits(64) < 2**64, secrets.randbits(256).bit_length() > 200)
print(secrets.compare_digest("same", "same"), secrets.compare_digest(b"one", b"two"))
generator = secrets.SystemRandom()
print(sorted(generator.sample(range(5), 5)), 1 <= generator.randint(1, 3) <= 3)
password = "".join(secrets.choice(string.ascii_letters) for _ in range(12))
print(len(password), password.isalpha())
for attempt in (lambda: secrets.randbelow(0), lambda: secrets.choice([]), lambda: secrets.token_bytes(-1)):
    try:
        attempt()
    except (IndexError, ValueError) as why:
        print(type(why).__name__, why)
