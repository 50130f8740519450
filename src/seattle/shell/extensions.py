"""What a module may do beside bringing commands: change lines, and help to type them."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a session has extensions
    from seattle.shell.session import Session


class Extension:
    """Does nothing; a module's own does what it overrides."""

    def rewrite(self, session: "Session", line: str) -> str:  # noqa: ARG002 - for those who override it
        """The line that is done in place of what was typed. Raises ShellError for a line that can't be done."""
        return line

    def complete(self, session: "Session", words: Sequence[str], begun: str) -> Iterable[str]:  # noqa: ARG002
        """What the word that was begun behind these could become."""
        return ()
