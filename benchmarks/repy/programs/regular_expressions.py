"""Searching a log for patterns, and rewriting it."""

import re

LINE = re.compile(r"(?P<host>[\w.]+) - \[(?P<time>[^\]]+)\] \"(?P<method>[A-Z]+) (?P<path>\S+)\" (?P<code>\d{3})")
NUMBER = re.compile(r"\d+")
WORDS = re.compile(r"\b(?:node|vessel|mirror)\d*\b")


def log_line(number: int) -> str:
    """As a web server writes them."""
    code = (200, 304, 404)[number % 3]
    return f'node{number % 7}.example.org - [22/Nov/2026:11:{number % 60:02}:07] "GET /vessel/{number}.html" {code}'


def run() -> int:
    """Something of everything that was found."""
    lines = [log_line(number) for number in range(4000)]
    found = 0
    for line in lines:
        match = LINE.match(line)
        if match is not None and match["code"] == "404":
            found += len(match["path"])
    text = "\n".join(lines)
    return found + len(WORDS.findall(text)) + len(NUMBER.sub("#", text))
