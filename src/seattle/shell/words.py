"""Splitting a line into words, as other shells do: quotes keep blanks, a backslash takes what follows as it is.

From a `#` at the beginning of a word on, everything is a comment. A line goes on with the next one while a quote is
open, or behind a backslash at its end.
"""

from dataclasses import dataclass
from typing import Final

from seattle.shell.errors import Unfit

_QUOTES: Final = "'\""
_NEED_QUOTES: Final = "'\"\\#;"


@dataclass(frozen=True)
class Scan:
    """What a line is made of.

    Attributes:
        words: as they are meant, without quotes.
        begins: where each of them begins in the line.
        semicolons: where there are any that are not quoted.
        open: the quote that is not closed, or the backslash behind which nothing stands; empty for a whole line.
        ended: whether the last word has ended, so that what is typed next is another one.
        comment: whether the rest is one.
    """

    words: tuple[str, ...]
    begins: tuple[int, ...]
    semicolons: tuple[int, ...]
    open: str
    ended: bool
    comment: bool


def scan(line: str) -> Scan:
    """Look at a line, which may be half typed."""
    words: list[str] = []
    begins: list[int] = []
    semicolons: list[int] = []
    inside, quote, escaped, comment = False, "", False, False
    for place, letter in enumerate(line):
        if not inside and letter == "#":
            comment = True
            break
        if not inside and not letter.isspace():
            inside = True
            words.append("")
            begins.append(place)
        if escaped and letter == "\n":
            escaped = False
            if not quote and begins[-1] == place - 1:  # the backslash was the only letter of a word
                inside = False
                words.pop()
                begins.pop()
        elif escaped:
            escaped = False
            words[-1] += letter if not quote or letter in (quote, "\\") else f"\\{letter}"
        elif letter == "\\" and quote != "'":
            escaped = True
        elif quote and letter == quote:
            quote = ""
        elif quote:
            words[-1] += letter
        elif letter in _QUOTES:
            quote = letter
        elif letter.isspace():
            inside = False
        else:
            words[-1] += letter
            if letter == ";":
                semicolons.append(place)
    return Scan(
        tuple(words), tuple(begins), tuple(semicolons), "\\" if escaped else quote, ended=not inside, comment=comment
    )


def split(line: str) -> list[str]:
    """The words of a line. Raises Unfit for a quote that is not closed."""
    found = scan(line)
    match found.open:
        case "":
            return list(found.words)
        case "\\":
            raise Unfit("nothing follows the backslash at the end", hint="write \\\\ for one that is meant as a letter")
        case quote:
            raise Unfit(
                f"a quote {quote} is not closed", hint="write \\' or \\\" for a quote that is meant as a letter"
            )


def goes_on(line: str) -> bool:
    """Whether a line is not whole without the next one."""
    return scan(line).open != ""


def statements(line: str) -> list[str]:
    """The lines that a line with semicolons stands for."""
    ends = [*scan(line).semicolons, len(line)]
    begins = [0, *(place + 1 for place in ends)]
    return [line[begin:end].strip() for begin, end in zip(begins, ends, strict=False)]


def quoted(word: str) -> str:
    """A word as it has to be typed."""
    if word and not any(letter.isspace() or letter in _NEED_QUOTES for letter in word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if "'" in word else f"'{word}'"
