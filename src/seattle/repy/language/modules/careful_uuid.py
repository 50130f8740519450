"""`uuid` without `uuid1` and `getnode`, which tell the computer's hardware address."""

import uuid as python
from typing import Any

from seattle.repy.language.names import words

# A member of an enumeration, which could be changed, is what `is_safe` would be. It matters to uuid1 only.
_defaults: Any = python.UUID.__init__.__kwdefaults__
_defaults["is_safe"] = None

MEMBERS = {
    name: getattr(python, name)
    for name in words(
        "NAMESPACE_DNS NAMESPACE_OID NAMESPACE_URL NAMESPACE_X500 NIL MAX RESERVED_FUTURE RESERVED_MICROSOFT "
        "RESERVED_NCS RFC_4122 UUID uuid3 uuid4 uuid5"
    )
    if hasattr(python, name)  # some are newer than others
}
for _known in ("NAMESPACE_DNS", "NAMESPACE_OID", "NAMESPACE_URL", "NAMESPACE_X500"):
    object.__setattr__(MEMBERS[_known], "is_safe", None)
