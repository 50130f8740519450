"""Variables: words that are typed once and used often.

`let` makes them, rather than `set`: a mistyped setting must not become a variable.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.errors import Unfit
from seattle.shell.extensions import Extension
from seattle.shell.modules.module import Module
from seattle.shell.session import Session
from seattle.shell.words import quoted, split

NAME: Final = "variables"

_USE: Final = re.compile(r"\$([^\s$]*)(\$?)")
_NAME: Final = re.compile(r"[^\s$]+\Z")

Values = Mapping[str, Sequence[str]]  # the words of each variable


async def let(call: Call) -> None:
    """Make a variable, or have it mean something else."""
    name = call.text("NAME")
    if not _NAME.match(name):
        raise Unfit(f"{name!r} can't be the name of a variable", hint="it must have neither blanks nor $")
    call.session.kept[NAME] = {**values(call.session), name: list(call.many("VALUE"))}


async def show_variables(call: Call) -> None:
    """List all variables."""
    for name, words in sorted(values(call.session).items()):
        call.session.show(f"{name}: {' '.join(words)!r}")


def values(session: Session) -> dict[str, list[str]]:
    """The variables of a shell; a saved state may hold anything under their name."""
    kept = session.kept.get(NAME)
    found = kept if isinstance(kept, dict) else {}
    return {str(name): [str(word) for word in words] for name, words in found.items() if isinstance(words, list)}


class Variables(Extension):
    """`$NAME` in a line is what the variable is; `$NAME$` glues it to what follows, `$$` is a `$`."""

    def rewrite(self, session: Session, line: str) -> str:
        """The line with the variables' values. Raises Unfit for a variable that there is not."""
        if "$" not in line:
            return line
        known = values(session)
        words = split(line)
        if not any("$" in word for word in words):  # but in a comment
            return line
        return " ".join(quoted(new) for word in words for new in replaced(word, known))

    def complete(self, session: Session, words: Sequence[str], begun: str) -> Iterable[str]:  # noqa: ARG002
        """Names of variables behind a `$`."""
        before, dollar, name = begun.rpartition("$")
        if dollar:
            yield from (f"{before}${one}" for one in sorted(values(session)) if one.startswith(name))


def replaced(word: str, known: Values) -> list[str]:
    """The words that a word with variables means: those of the first and the last one are glued to what is around.

    Raises Unfit.
    """
    found = [""]
    end = 0
    for use in _USE.finditer(word):
        first, *more = _value(use, known)
        found[-1] += word[end : use.start()] + first
        found += more
        end = use.end()
    found[-1] += word[end:]
    return found


def _value(use: re.Match[str], known: Values) -> Sequence[str]:
    name = use[1]
    if not name:  # `$$`, or one that stands alone
        return ["$"]
    if name not in known:
        raise Unfit(f"there is no variable {name!r}", hint=f"`let {name} VALUE` makes it; write $$ for a $")
    return known[name] or [""]


MODULE: Final = Module(
    summary="Words that are typed once and used often.",
    details="`let NAME VALUE` makes a variable, and `$NAME` in any line is its value. A name ends at a blank or at "
    "another dollar: `$NAME$text` glues text to the value. `$$` is a dollar, and so is one before a blank. "
    "`savestate` saves variables, too.",
    commands=(
        Command(
            "let NAME VALUE...",
            let,
            "Make a variable: `$NAME` is VALUE from then on.",
            details="It is called `let` rather than `set` so that a mistyped setting does not become a variable.",
            examples=(
                ("let port 63100", "a variable"),
                ("run pingserver.py $port", "the same as `run pingserver.py 63100`"),
            ),
            sought_behind="set",
        ),
        Command("show variables", show_variables, "List all variables and what they mean."),
    ),
    extension=Variables(),
)
