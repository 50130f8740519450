"""What the pages of a chat make of its lines, and back. Names are none of it."""

import re

VOWELS = "aeiouAEIOU"


def plain(text):
    return text


def reverse(text):
    return text[::-1]


def to_pig_latin(text):
    """Hyphenated, so that there is a way back: `hello` is `ello-hay`, and `apple` is `apple-ay`."""
    return re.sub(r"[A-Za-z]+", lambda word: pig_word(word[0]), text)


def pig_word(word):
    start = next((place for place, letter in enumerate(word) if letter in VOWELS), len(word))
    return f"{word[start:]}-{word[:start]}ay"


def from_pig_latin(text):
    return re.sub(r"([A-Za-z]*)-([A-Za-z]*)ay\b", r"\2\1", text)


TRANSLATIONS = {  # what a page shows, and what is sent for what is typed there
    "plain": (plain, plain),
    "reversed": (reverse, reverse),
    "pig-latin": (to_pig_latin, from_pig_latin),
}
