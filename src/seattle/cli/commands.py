"""The table of subcommands, and the group that imports each when it is asked for.

`seattle --help` prints the table: it must not wait for what the commands need.
"""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from seattle.cli.console import ExitCode, say


@dataclass(frozen=True)
class Entry:
    """Where a subcommand is: a Typer app, or a function. Its module may have EXAMPLES: lines and words on each."""

    module: str
    attribute: str
    summary: str
    hidden: bool = False  # another name of one that is in the table, for those who try it


COMMANDS: Final[Mapping[str, Entry]] = {
    "up": Entry("seattle.cli.testbed", "up", "Start a testbed on this computer."),
    "demo": Entry("seattle.cli.testbed", "demo", "Show it all: a testbed, a program on it, its logs and its result."),
    "get": Entry("seattle.cli.get", "get", "Get vessels from the testbed's site."),
    "renew": Entry("seattle.cli.renew", "renew", "Keep vessels for longer."),
    "release": Entry("seattle.cli.release", "release", "Give vessels back."),
    "vessels": Entry("seattle.cli.vessels", "vessels", "List the vessels that you may use."),
    "run": Entry("seattle.cli.run", "run", "Run a program on vessels and follow it."),
    "start": Entry("seattle.cli.start", "start", "Start a program that is in the vessels already."),
    "logs": Entry("seattle.cli.logs", "logs", "Show what programs have written."),
    "wait": Entry("seattle.cli.wait", "wait", "Wait until programs have ended."),
    "stop": Entry("seattle.cli.stop", "stop", "Stop the programs that run."),
    "put": Entry("seattle.cli.put", "put", "Put files into vessels."),
    "get-file": Entry("seattle.cli.get_file", "get_file", "Fetch a file from vessels."),
    "files": Entry("seattle.cli.files", "files", "List the files of vessels."),
    "delete": Entry("seattle.cli.delete", "delete", "Delete files in vessels."),
    "rm": Entry("seattle.cli.delete", "delete", "Delete files in vessels.", hidden=True),
    "reset": Entry("seattle.cli.reset", "reset", "Stop what runs, and delete all files and logs."),
    "resources": Entry("seattle.cli.resources", "resources", "Show what vessels may use, and do use."),
    "split": Entry("seattle.cli.split", "split", "Make two vessels of one."),
    "join": Entry("seattle.cli.join", "join", "Make one vessel of those on the same node."),
    "set-users": Entry("seattle.cli.set_users", "set_users", "Say who may use vessels besides their owner."),
    "set-owner": Entry("seattle.cli.set_owner", "set_owner", "Give vessels away."),
    "set-owner-info": Entry("seattle.cli.set_owner_info", "set_owner_info", "Say something about vessels."),
    "set-advertise": Entry("seattle.cli.set_advertise", "set_advertise", "Whether the directory tells of vessels."),
    "groups": Entry("seattle.cli.groups", "app", "Give vessels that are used together a name."),
    "login": Entry("seattle.cli.login", "login", "Sign in to a testbed's site from this computer."),
    "whoami": Entry("seattle.cli.whoami", "whoami", "Show who you are to a testbed, and your credits."),
    "devkit": Entry("seattle.cli.devkit", "devkit", "Write a folder in which to begin to write programs."),
    "key": Entry("seattle.cli.key", "app", "Make, show, import and export keys."),
    "node": Entry("seattle.cli.node", "app", "Donate: set up and run a node."),
    "fabric": Entry("seattle.cli.fabric", "app", "Make an authority, enrol keys, run a broker."),
    "clearinghouse": Entry("seattle.cli.clearinghouse", "app", "Run the site that hands out vessels."),
    "installer": Entry("seattle.cli.installer", "app", "Make what donors run to have a node."),
    "release-update": Entry("seattle.cli.release_update", "app", "Publish versions of Seattle to nodes."),
    "completion": Entry("seattle.cli.completion", "completion", "Have your shell complete our commands with Tab."),
    "help": Entry("seattle.cli.help", "help_page", "Show a command's page, with examples."),
}


class LazyGroup(TyperGroup):
    """A group whose commands are in a table."""

    # What click calls a context has a type of typer's own that is not public.

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - see above
        """In the order of the table."""
        return [name for name, entry in COMMANDS.items() if not entry.hidden]

    def get_command(self, ctx: object, cmd_name: str) -> Any:  # noqa: ARG002 - see above
        """Import a command."""
        if cmd_name not in self.commands and (entry := COMMANDS.get(cmd_name)):
            self.add_command(_load(cmd_name, entry), cmd_name)
        return self.commands.get(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As any group does; a word that is none of ours is told with those that may be meant."""
        if args and args[0] not in COMMANDS and (near := get_close_matches(args[0], self.list_commands(ctx))):
            ctx.fail(f"No such command {args[0]!r}; is {' or '.join(near)} meant?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: object, formatter: Any) -> None:  # noqa: ARG002 - see above
        """The table, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items() if not entry.hidden])


# Locals of a frame may be keys: a traceback must not show them.
app = typer.Typer(
    name="seattle",
    cls=LazyGroup,
    help="Run Python programs on many computers around the world, safely.",
    epilog="`seattle help COMMAND` shows a command's options, with examples. Data go to stdout and all else to stderr;"
    " --json gives data for programs. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # a plain help page is there at once
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - slow, and seldom wanted

        typer.echo(f"seattle {version('seattle')}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version.")
    ] = False,
) -> None:
    pass


def run_command(words: Sequence[str]) -> int:
    """Do what these words say; the exit code."""
    try:
        code = get_command(app).main(list(words), prog_name="seattle", standalone_mode=False)
    except TyperException as wrong:
        return _wrong_usage(wrong, words)
    except typer.Abort:
        say("error: aborted")
        return ExitCode.FAILED
    return code if isinstance(code, int) else ExitCode.DONE


def _wrong_usage(wrong: TyperException, words: Sequence[str]) -> int:
    text = wrong.format_message()
    if not text or text.startswith("Usage: "):  # a help page, for a group that was given no command
        typer.echo(text, err=True)
    else:
        # Without typer's word on Python's exceptions; and it lists what can be chosen on lines of its own.
        say(f"error: {' '.join(text.replace(': Value error, ', ': ').split())}")
        context = getattr(wrong, "ctx", None)
        if context is not None:
            say(f"hint: `{context.command_path} --help` shows what there is{_whose_options(context.command, text)}")
        elif words and words[0] in COMMANDS:  # of an option without its value typer doesn't tell where it stood
            say(f"hint: `seattle {words[0]} --help` shows what there is")
    return wrong.exit_code


def _whose_options(command: Any, text: str) -> str:
    takes_words = any(one.name == "arguments" for one in command.params)
    return "; options of the program's own go after --" if takes_words and text.startswith("No such option") else ""


def _load(name: str, entry: Entry) -> Any:
    module = importlib.import_module(entry.module)
    found = getattr(module, entry.attribute)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False, rich_markup_mode=None)  # as plain as the table
        single.command(name)(found)
        found = single
    command = get_command(found)
    command.name = name
    command.epilog = command.epilog or _examples(getattr(module, "EXAMPLES", ()))
    return command


def _examples(examples: Sequence[tuple[str, str]]) -> str:
    """What a help page ends with; no line of it is to be wrapped."""
    told = [f"{line}\n    {words}" for line, words in examples]
    return "\n\n".join(["Examples:", *(f"\b\n{one}" for one in told)]) if told else ""
