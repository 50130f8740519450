"""Values as TOML has them, for the files that our commands write: Python itself only reads it."""

import json


def as_toml(value: object) -> str:
    """A text, number, truth, or list of those. Half characters, which are in no file, stay and can't be encoded."""
    # As in JSON, which however escapes what is beyond 16 bits as two halves. DEL is as it is in JSON, and not in TOML.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007f")
