"""The words of a command line: what each command takes, and reading it. An option is one line of a command's table.

`repy` starts as fast as Python itself, so this is no argparse: that alone takes as long as all the rest of a start.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # as type checkers know it; `typing` itself takes milliseconds
    from collections.abc import Iterator

STDIN = 0
"""The descriptor that a program called `-` is read from."""

_HELP = ("--help", "-h")
_WIDE = 24  # columns of an option's name and value in a help text


class UsageError(Exception):
    """The command line is wrong; the text says what is, and what to do."""


class HelpWantedError(Exception):
    """Somebody asked for a command's help, which is the text."""


class Option:
    """One option: a flag where `value` is empty, and otherwise `value` is what its value is called in the help."""

    __slots__ = ("about", "choices", "many", "name", "value")

    def __init__(self, name: str, value: str, about: str, *, many: bool = False, choices: tuple[str, ...] = ()) -> None:
        self.name = name
        self.value = value
        self.about = about  # for the help; further lines are set below the first
        self.many = many  # it may be given more than once
        self.choices = choices  # the values that it may have; empty if the command judges


class Chosen:
    """The options that were given, and the words that are none."""

    __slots__ = ("_values", "words")

    def __init__(self, values: dict[str, list[str]], words: list[str]) -> None:
        self._values = values
        self.words = words

    def has(self, name: str) -> bool:
        """Whether the option was given."""
        return name in self._values

    def get(self, name: str, default: str = "") -> str:
        """Its value."""
        return self._values.get(name, [default])[0]

    def all(self, name: str) -> list[str]:
        """Its values in the order in which they were given."""
        return self._values.get(name, [])


class Command:
    """What a command takes. `leading`: the first word that is no option ends them, what follows is not for us."""

    def __init__(
        self, name: str, usage: str, about: str, options: tuple[Option, ...] = (), *, leading: bool = False
    ) -> None:
        self._name = name
        self._usage = usage
        self.about = about
        self._options = {option.name: option for option in options}
        self._leading = leading

    @property
    def options(self) -> "tuple[Option, ...]":
        """All of them, in the order of the help."""
        return tuple(self._options.values())

    def read(self, words: list[str]) -> Chosen:
        """Tell options from other words. Raises UsageError or HelpWantedError."""
        values: dict[str, list[str]] = {}
        rest: list[str] = []
        left = iter(words)
        for word in left:
            if word in _HELP:
                raise HelpWantedError(self.help())
            if word == "--":
                rest.extend(left)
            elif word.startswith("-") and word != "-":
                self._read_option(word, left, values)
            else:
                rest.append(word)
                if self._leading:
                    rest.extend(left)
        return Chosen(values, rest)

    def help(self) -> str:
        """What `--help` shows."""
        text = f"usage: {self._usage}\n\n{self.about}\n"
        return f"{text}\noptions:\n{self.option_lines()}" if self._options else text

    def option_lines(self) -> str:
        """A line, or some, for each option."""
        return "".join(_describe(option) for option in self._options.values())

    def wrong(self, what: str) -> UsageError:
        """The error that says so, and where to read how it is done."""
        return UsageError(f"{what} (`{self._name} --help` shows how)")

    def _read_option(self, word: str, left: "Iterator[str]", values: dict[str, list[str]]) -> None:
        name, has_value, value = word.partition("=")
        option = self._options.get(name)
        if option is None:
            raise self.wrong(f"there is no option {name}{self._similar(name)}")
        if not option.value and has_value:
            raise self.wrong(f"option {name} takes no value")
        if option.value and not has_value:
            found = next(left, None)
            if found is None:
                raise self.wrong(f"option {name} needs a value, {option.value}")
            value = found
        if option.choices and value not in option.choices:
            raise self.wrong(f"{name} {value!r} is none of {', '.join(option.choices)}")
        if name in values and not option.many:
            raise self.wrong(f"option {name} is given twice")
        values.setdefault(name, []).append(value)

    def _similar(self, name: str) -> str:
        from difflib import get_close_matches  # noqa: PLC0415 - only who errs pays for it

        near = get_close_matches(name, self._options, 1)
        return f"; is {near[0]} meant?" if near else ""


def _describe(option: Option) -> str:
    name = f"  {option.name} {option.value}".rstrip()
    first, *more = option.about.split("\n")
    gap = " " * (_WIDE - len(name)) if len(name) < _WIDE - 1 else "\n" + " " * _WIDE
    return "".join([f"{name}{gap}{first}\n", *(" " * _WIDE + line + "\n" for line in more)])
