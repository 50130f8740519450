"""Reading and writing JSON, with a little work on what was read."""

import json


def document(number: int) -> dict[str, object]:
    """A record such as programs exchange."""
    return {
        "id": number,
        "name": f"vessel-{number}",
        "ports": list(range(63100, 63110)),
        "limits": {"cpu": 0.02, "memory": 64 << 20, "note": 'a "quoted" text, and a line\n'},
        "tags": ["a", "b", None, True],
    }


def run() -> int:
    """How many characters that took."""
    size = 0
    for _ in range(20):
        text = json.dumps([document(number) for number in range(100)])
        records = json.loads(text)
        size += sum(len(record["name"]) + len(record["ports"]) for record in records) + len(text)
    return size
