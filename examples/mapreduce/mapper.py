"""Word count, the first half: one line of the data becomes words, each counted once."""

import re


def map_func(_key, value):
    """The key is the number of the line, `value` its text."""
    return [(word, 1) for word in re.findall(r"[a-z]+", value.lower())]
