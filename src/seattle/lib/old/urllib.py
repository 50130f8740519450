"""The reference's `urllib`: texts with escapes, and forms of them. They stand for UTF-8."""

import re
from urllib.parse import quote, unquote

_IS_ESCAPE_BAD = re.compile("%(?![0-9A-Fa-f]{2})").search


def urllib_quote(inputstring, safestring="/"):
    """The text with all escaped that is no letter, no digit, none of `_.-`, and not in `safestring`."""
    return quote(inputstring, safestring)


def urllib_quote_plus(inputstring, safestring=""):
    """As `urllib_quote`, with `+` for a space."""
    return quote(inputstring, safestring + " ").replace(" ", "+")


def urllib_unquote(inputstring):
    """The text behind escapes. Raises ValueError for an escape that is none."""
    if found := _IS_ESCAPE_BAD(inputstring):
        raise ValueError(f"this is no escape: {inputstring[found.start() : found.start() + 3]!r}")
    return unquote(inputstring)


def urllib_unquote_plus(inputstring):
    """As `urllib_unquote`, with a space for each `+`."""
    return urllib_unquote(inputstring.replace("+", " "))


def urllib_quote_parameters(params):
    """A form of a dict: `a=1&b=2`."""
    return "&".join(f"{urllib_quote_plus(str(key))}={urllib_quote_plus(str(value))}" for key, value in params.items())


def urllib_unquote_parameters(inputstring):
    """The dict of a form; of names that come twice the last counts. Raises ValueError for what is no form."""
    params = {}
    for pair in inputstring.split("&") if inputstring else []:
        if pair.count("=") != 1:
            raise ValueError(f"this is no pair of a form: {pair[:60]!r}")
        key, value = map(urllib_unquote_plus, pair.split("="))
        params[key] = value
    return params
