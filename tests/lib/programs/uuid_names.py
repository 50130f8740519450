import uuid

print(uuid.uuid5(uuid.NAMESPACE_DNS, "example.org"), uuid.uuid3(uuid.NAMESPACE_URL, "http://example.org/"))
one, other = uuid.uuid4(), uuid.uuid4()
print(
    one != other, one.version, one.variant == uuid.RFC_4122, len(str(one)), len(one.bytes), uuid.UUID(str(one)) == one
)
known = uuid.UUID("{12345678-1234-5678-1234-567812345678}")
print(known, known.hex, known.int, known.urn, known.fields, repr(known))
print(sorted([known, uuid.UUID(int=5), uuid.UUID(bytes=b"\xff" * 16)])[0], hash(known) == hash(uuid.UUID(known.hex)))
for wrong in ("1234", "g" * 32):
    try:
        uuid.UUID(wrong)
    except ValueError as why:
        print(why)
