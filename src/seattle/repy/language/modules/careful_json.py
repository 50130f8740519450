"""`json`, whose decoders show no function that carries attributes, and whose encoders hold on to what they write.

From 3.12 on, Python's in C does so only where it looks for circles: with `check_circular=False`, a `default` that takes
a dict out of what is being written had it read on in memory that was no longer that dict's.
"""

import json as python
from typing import Any

from seattle.repy.language.modules.facade import function
from seattle.repy.language.names import words

# A decoder keeps them where programs can read them. Python in C does not call them.
for _name in ("JSONObject", "JSONArray"):
    setattr(python.decoder, _name, function(getattr(python.decoder, _name)))

_MAKE_ENCODER: Any = python.encoder.c_make_encoder  # type: ignore[attr-defined]  # typeshed leaves it out


def _make_encoder(markers: dict[int, object] | None, *settings: Any) -> Any:
    return _MAKE_ENCODER({} if markers is None else markers, *settings)


python.encoder.c_make_encoder = _make_encoder  # type: ignore[attr-defined]  # as above

MEMBERS = {
    name: getattr(python, name) for name in words("JSONDecodeError JSONDecoder JSONEncoder dump dumps load loads")
}
