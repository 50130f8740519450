"""`string`, without the Formatter, which reads attributes that are named in text."""

import string as python

from seattle.repy.language.names import words

# A member of an enumeration, which could be changed.
python.Template.flags = int(python.Template.flags)  # type: ignore[assignment]  # re takes numbers as well

MEMBERS = {
    name: getattr(python, name)
    for name in words(
        "Template ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits printable "
        "punctuation whitespace"
    )
}
