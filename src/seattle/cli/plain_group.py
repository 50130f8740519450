"""A group of commands whose help page is plain, and tells each command's whole summary."""

from typing import Any

from typer.core import TyperGroup


class PlainGroup(TyperGroup):
    """As typer's, but for the list of its commands, which typer cuts off in mid-sentence."""

    # What click calls a context has a type of typer's own that is not public.

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Each command with the first paragraph of its help."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, _first_paragraph(command.help)) for name, command in commands if command and not command.hidden]
            )


def _first_paragraph(text: str | None) -> str:
    return " ".join((text or "").partition("\n\n")[0].split())
