"""The arguments of a program, as Python's `argparse` reads them: positional ones, options, defaults, help, subcommands.

    parser = argparse.ArgumentParser(description="Measures how far hosts are.")
    parser.add_argument("hosts", nargs="+")
    parser.add_argument("--count", type=int, default=3, help="how often (default: %(default)s)")
    options = parser.parse_args()

Usage and errors go to the vessel's log.

Missing: `fromfile_prefix_chars`, `FileType` and `prefix_chars` other than `-`, which are seldom used; `vars(options)`,
for there is no `vars` in Repy: `options.as_dict()` gives that dict; `parse_intermixed_args`. Help is 78 characters
wide, for a vessel has no terminal.
"""

import re
import sys
import textwrap

SUPPRESS = "==SUPPRESS=="
OPTIONAL, ZERO_OR_MORE, ONE_OR_MORE, PARSER, REMAINDER = "?", "*", "+", "A...", "..."

_WIDTH = 78  # characters
_HELP_COLUMN = 24
_NUMBER = re.compile(r"-\d+$|-\d*\.\d+$")


class ArgumentError(Exception):
    """What is wrong with an argument."""

    def __init__(self, argument, message):
        self.argument_name = argument and _name_of(argument)
        self.message = message
        super().__init__(f"argument {self.argument_name}: {message}" if self.argument_name else message)


class ArgumentTypeError(Exception):
    """For a `type` of your own: its text is what people are told."""


class Namespace:
    """The arguments, each an attribute."""

    def __init__(self, **kwargs):
        self._names = []
        for name, value in kwargs.items():
            _put(self, name, value)

    def as_dict(self):
        """The arguments by name."""
        return {name: getattr(self, name) for name in self._names if hasattr(self, name)}

    def __eq__(self, other):
        return self.as_dict() == other.as_dict() if isinstance(other, Namespace) else NotImplemented

    __hash__ = None

    def __contains__(self, name):
        return name in self.as_dict()

    def __repr__(self):
        return f"Namespace({', '.join(f'{name}={value!r}' for name, value in self.as_dict().items())})"


def _put(namespace, name, value):
    setattr(namespace, name, value)
    names = getattr(namespace, "_names", None)
    if names is not None and name not in names:
        names.append(name)


class Action:
    """What is done with an argument; derive from it, with a `__call__` that sets attributes of the namespace."""

    def __init__(
        self,
        option_strings,
        dest,
        nargs=None,
        const=None,
        default=None,
        type=None,
        choices=None,
        required=False,
        help=None,
        metavar=None,
    ):
        self.option_strings, self.dest, self.nargs, self.const, self.default = (
            option_strings,
            dest,
            nargs,
            const,
            default,
        )
        self.type, self.choices, self.required, self.help, self.metavar = type, choices, required, help, metavar

    def __call__(self, parser, namespace, values, option_string=None):
        """Do it with what was given: `values` are one or several, as `nargs` says."""
        raise NotImplementedError(".__call__() not defined")

    def format_usage(self):
        """How usage names it."""
        return self.option_strings[0]


class _Store(Action):
    def __init__(self, option_strings, dest, nargs=None, **kwargs):
        if nargs == 0:
            raise ValueError("nargs for store actions must be != 0; if you want a flag, use store_true")
        super().__init__(option_strings, dest, nargs, **kwargs)

    def __call__(self, parser, namespace, values, option_string=None):
        _put(namespace, self.dest, values)


class _StoreConst(Action):
    def __init__(self, option_strings, dest, const=None, default=None, required=False, help=None, metavar=None):
        super().__init__(option_strings, dest, 0, const, default, required=required, help=help, metavar=metavar)

    def __call__(self, parser, namespace, values, option_string=None):
        _put(namespace, self.dest, self.const)


class _StoreTrue(_StoreConst):
    def __init__(self, option_strings, dest, default=False, required=False, help=None):
        super().__init__(option_strings, dest, True, default, required, help)


class _StoreFalse(_StoreConst):
    def __init__(self, option_strings, dest, default=True, required=False, help=None):
        super().__init__(option_strings, dest, False, default, required, help)


class _Append(Action):
    def __call__(self, parser, namespace, values, option_string=None):
        _put(namespace, self.dest, [*(getattr(namespace, self.dest, None) or []), values])


class _Extend(Action):
    def __call__(self, parser, namespace, values, option_string=None):
        _put(namespace, self.dest, [*(getattr(namespace, self.dest, None) or []), *values])


class _AppendConst(_StoreConst):
    def __call__(self, parser, namespace, values, option_string=None):
        _put(namespace, self.dest, [*(getattr(namespace, self.dest, None) or []), self.const])


class _Count(Action):
    def __init__(self, option_strings, dest, default=None, required=False, help=None):
        super().__init__(option_strings, dest, 0, default=default, required=required, help=help)

    def __call__(self, parser, namespace, values, option_string=None):
        _put(namespace, self.dest, (getattr(namespace, self.dest, None) or 0) + 1)


class _Help(Action):
    def __init__(self, option_strings, dest=SUPPRESS, default=SUPPRESS, help=None):
        super().__init__(option_strings, dest, 0, default=default, help=help)

    def __call__(self, parser, namespace, values, option_string=None):
        parser.print_help()
        parser.exit()


class _Version(Action):
    def __init__(self, option_strings, version=None, dest=SUPPRESS, default=SUPPRESS, help=None):
        help = help or "show program's version number and exit"
        super().__init__(option_strings, dest, 0, default=default, help=help)
        self.version = version

    def __call__(self, parser, namespace, values, option_string=None):
        sys.stdout.write(f"{self.version % {'prog': parser.prog}}\n")
        parser.exit()


class BooleanOptionalAction(Action):
    """An option `--name` that has a `--no-name` to go with it."""

    def __init__(self, option_strings, dest, default=None, required=False, help=None, **kwargs):
        options = []
        for option in option_strings:
            options += [option, f"--no-{option[2:]}"] if option.startswith("--") else [option]
        super().__init__(options, dest, 0, default=default, required=required, help=help, **kwargs)

    def __call__(self, parser, namespace, values, option_string=None):
        """Store which of the two it was."""
        _put(namespace, self.dest, not option_string.startswith("--no-"))

    def format_usage(self):
        """How usage names it."""
        return " | ".join(self.option_strings)


class _Subparsers(Action):
    def __init__(self, option_strings, prog, parser_class, dest=SUPPRESS, required=False, help=None, metavar=None):
        self.parsers = {}
        self.listed = []
        self._prog, self._parser_class = prog, parser_class
        super().__init__(
            option_strings, dest, PARSER, choices=self.parsers, required=required, help=help, metavar=metavar
        )

    def add_parser(self, name, *, aliases=(), help=None, **kwargs):
        """A parser for what follows the name of a subcommand."""
        kwargs.setdefault("prog", f"{self._prog} {name}")
        parser = self.parsers[name] = self._parser_class(**kwargs)
        self.parsers |= dict.fromkeys(aliases, parser)
        if help is not None:
            shown = f"{name} ({', '.join(aliases)})" if aliases else name
            self.listed.append(Action([], name, help=help, metavar=shown))
        return parser

    def __call__(self, parser, namespace, values, option_string=None):
        name, *rest = values
        if self.dest != SUPPRESS:
            _put(namespace, self.dest, name)
        inner, unknown = self.parsers[name].parse_known_args(rest, None)
        for key, value in inner.as_dict().items():
            _put(namespace, key, value)
        parser._unknown += unknown


class HelpFormatter:
    """Help with its lines filled."""

    def fill_text(self, text):
        """A description or an epilog."""
        return textwrap.fill(" ".join(text.split()), _WIDTH)

    def split_lines(self, text, width):
        """The help of an argument, as lines."""
        return textwrap.wrap(" ".join(text.split()), width)

    def help_of(self, action):
        """The help of an argument, before its values are put in."""
        return action.help


class RawDescriptionHelpFormatter(HelpFormatter):
    """Leaves descriptions as they are."""

    def fill_text(self, text):
        """A description or an epilog."""
        return text


class RawTextHelpFormatter(RawDescriptionHelpFormatter):
    """Leaves all texts as they are."""

    def split_lines(self, text, width):
        """The help of an argument, as lines."""
        return text.splitlines()


class ArgumentDefaultsHelpFormatter(HelpFormatter):
    """Tells the default of each argument."""

    def help_of(self, action):
        """The help of an argument, before its values are put in."""
        has_default = action.default not in (SUPPRESS, None) or (action.default is None and not action.required)
        if "%(default)" in action.help or action.default == SUPPRESS or not has_default:
            return action.help
        if action.option_strings or action.nargs in (OPTIONAL, ZERO_OR_MORE):
            return f"{action.help} (default: %(default)s)"
        return action.help


class _Group:
    """Arguments that help shows together. `owner` is the parser that they are for."""

    def __init__(self, owner, title=None, description=None):
        self.owner, self.title, self.description = owner, title, description
        self.actions = []

    def add_argument(self, *names, **kwargs):
        """Add an argument; see `ArgumentParser.add_argument`."""
        action = self.owner.new_action(names, kwargs)
        self.actions.append(action)
        return action

    def add_mutually_exclusive_group(self, *, required=False):
        """Arguments of which one may be given."""
        return self.owner.new_exclusive_group(self, required)


class _ExclusiveGroup:
    def __init__(self, around, required):
        self.around, self.required = around, required
        self.actions = []

    def add_argument(self, *names, **kwargs):
        """Add an argument; see `ArgumentParser.add_argument`."""
        action = self.around.add_argument(*names, **kwargs)
        if action.required:
            raise ValueError("mutually exclusive arguments must be optional")
        self.actions.append(action)
        return action


_ACTIONS = {
    None: _Store,
    "store": _Store,
    "store_const": _StoreConst,
    "store_true": _StoreTrue,
    "store_false": _StoreFalse,
    "append": _Append,
    "append_const": _AppendConst,
    "extend": _Extend,
    "count": _Count,
    "help": _Help,
    "version": _Version,
}


class ArgumentParser:
    """Reads the arguments of a program; see Python's documentation for what each parameter does."""

    def __init__(
        self,
        prog=None,
        usage=None,
        description=None,
        epilog=None,
        parents=(),
        formatter_class=HelpFormatter,
        prefix_chars="-",
        argument_default=None,
        conflict_handler="error",
        add_help=True,
        allow_abbrev=True,
        exit_on_error=True,
    ):
        if prefix_chars != "-":
            raise ValueError("options begin with - here")
        self.prog = prog or sys.argv[0]
        self.usage, self.description, self.epilog, self.formatter_class = usage, description, epilog, formatter_class
        self.argument_default, self.conflict_handler = argument_default, conflict_handler
        self.allow_abbrev, self.exit_on_error = allow_abbrev, exit_on_error
        self._unknown = []
        self._actions, self._options, self._exclusive, self._defaults = [], {}, [], {}
        self._positionals, self._optionals = _Group(self, "positional arguments"), _Group(self, "options")
        self._groups = [self._positionals, self._optionals]
        self._subparsers = None
        if add_help:
            self.add_argument("-h", "--help", action="help", help="show this help message and exit")
        for parent in parents:
            self._adopt(parent)

    # What there is

    def add_argument(self, *names, **kwargs):
        """Add an argument: a name without dashes is positional, names with dashes are an option.

        Keywords: action, nargs, const, default, type, choices, required, help, metavar, dest. Returns its Action.
        """
        action = self.new_action(names, kwargs)
        (self._optionals if action.option_strings else self._positionals).actions.append(action)
        return action

    def add_argument_group(self, title=None, description=None):
        """Arguments that help shows under a title of their own."""
        group = _Group(self, title, description)
        self._groups.append(group)
        return group

    def add_mutually_exclusive_group(self, *, required=False):
        """Arguments of which one may be given; has to, if `required`."""
        return self.new_exclusive_group(self, required)

    def add_subparsers(self, *, title=None, description=None, prog=None, parser_class=None, **kwargs):
        """Subcommands; the result's `add_parser` adds one. Keywords: dest, required, help, metavar."""
        if self._subparsers is not None:
            self.error("cannot have multiple subparser arguments")
        kwargs.pop("action", None)
        before = " ".join(_usage_of(action) for action in self._actions if not action.option_strings)
        prog = prog or f"{self.prog} {before}".strip()
        self._subparsers = action = _Subparsers([], prog, parser_class or type(self), **kwargs)
        group = self.add_argument_group(title or "subcommands", description) if title or description else None
        (group or self._positionals).actions.append(action)
        self._actions.append(action)
        return action

    def set_defaults(self, **kwargs):
        """Set attributes that no argument sets, or the defaults of arguments."""
        self._defaults |= kwargs
        for action in self._actions:
            if action.dest in kwargs:
                action.default = kwargs[action.dest]

    def get_default(self, dest):
        """What an attribute is if nobody sets it."""
        for action in self._actions:
            if action.dest == dest and action.default is not None:
                return action.default
        return self._defaults.get(dest)

    def new_action(self, names, kwargs):
        """For groups: make an argument, and have it parsed."""
        kwargs = dict(kwargs)
        is_positional = not names or (len(names) == 1 and not names[0].startswith("-"))
        kind = kwargs.pop("action", None)
        if isinstance(kind, str) and kind not in _ACTIONS:
            raise ValueError(f'unknown action "{kind}"')
        if is_positional:
            options, dest = [], names[0] if names else kwargs.pop("dest")
            if names and "dest" in kwargs:
                raise ValueError("dest supplied twice for positional argument")
            if "required" in kwargs:
                raise TypeError("'required' is an invalid argument for positionals")
            if kwargs.get("nargs") not in (OPTIONAL, ZERO_OR_MORE, REMAINDER):
                kwargs["required"] = True
            elif kwargs.get("nargs") == ZERO_OR_MORE and "default" not in kwargs:
                kwargs["required"] = False
        else:
            options = list(names)
            for option in options:
                if not option.startswith("-"):
                    raise ValueError(f"invalid option string {option!r}: must start with a character '-'")
            dest = kwargs.pop("dest", None) or next((one for one in options if one.startswith("--")), options[0])
            dest = dest.lstrip("-").replace("-", "_")
        if "default" not in kwargs and (dest in self._defaults or self.argument_default is not None):
            kwargs["default"] = self._defaults.get(dest, self.argument_default)
        kwargs["dest"] = dest
        if kind in ("help", "version"):
            kwargs["dest"] = SUPPRESS
            if kwargs.get("default") != SUPPRESS:
                kwargs.pop("default", None)
        action = (kind if not isinstance(kind, str) and kind is not None else _ACTIONS[kind])(options, **kwargs)
        if action.type is not None and not callable(action.type):
            raise ValueError(f"{action.type!r} is not callable")
        for option in action.option_strings:
            if option in self._options:
                if self.conflict_handler != "resolve":
                    raise ArgumentError(action, f"conflicting option string: {option}")
                self._options[option].option_strings.remove(option)
            self._options[option] = action
        self._actions.append(action)
        return action

    def new_exclusive_group(self, around, required):
        """For groups: make one of arguments of which one may be given."""
        group = _ExclusiveGroup(around, required)
        self._exclusive.append(group)
        return group

    def _adopt(self, parent):
        for group in parent._groups:
            ours = next((one for one in self._groups if one.title == group.title), None)
            if ours is None:
                ours = self.add_argument_group(group.title, group.description)
            ours.actions += group.actions
        self._actions += parent._actions
        self._options |= parent._options
        self._exclusive += parent._exclusive
        self._defaults |= parent._defaults

    # What is given

    def parse_args(self, args=None, namespace=None):
        """Read arguments, the program's if none are given; returns a Namespace. Ends the program if one is wrong."""
        namespace, unknown = self.parse_known_args(args, namespace)
        if unknown:
            message = f"unrecognized arguments: {' '.join(unknown)}"
            if not self.exit_on_error:
                raise ArgumentError(None, message)
            self.error(message)
        return namespace

    def parse_known_args(self, args=None, namespace=None):
        """Read arguments; returns a Namespace, and a list of those that nothing is known of."""
        args = list(sys.argv[1:] if args is None else args)
        namespace = Namespace() if namespace is None else namespace
        for action in self._actions:
            if action.dest != SUPPRESS and action.default != SUPPRESS and not hasattr(namespace, action.dest):
                _put(namespace, action.dest, action.default)
        for name, value in self._defaults.items():
            if not hasattr(namespace, name):
                _put(namespace, name, value)
        self._unknown = []
        if not self.exit_on_error:
            _Reading(self, args, namespace).run()
        else:
            try:
                _Reading(self, args, namespace).run()
            except ArgumentError as why:
                self.error(str(why))
        return namespace, self._unknown

    def error(self, message):
        """Show usage and what is wrong, and end the program with code 2."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: error: {message}\n")

    def exit(self, status=0, message=None):
        """End the program."""
        if message:
            sys.stderr.write(message)
        sys.exit(status)

    # Help

    def print_usage(self, file=None):
        """Write the line of usage."""
        (file or sys.stdout).write(self.format_usage())

    def print_help(self, file=None):
        """Write all of the help."""
        (file or sys.stdout).write(self.format_help())

    def format_usage(self):
        """The line of usage."""
        if self.usage is not None:
            return f"usage: {self.usage % {'prog': self.prog}}\n"
        shown = [action for action in self._actions if action.help != SUPPRESS]
        options = self._usage_parts([action for action in shown if action.option_strings])
        positionals = self._usage_parts([action for action in shown if not action.option_strings])
        head = f"usage: {self.prog}"
        line = " ".join([head, *options, *positionals])
        if len(line) > _WIDTH:
            line = _wrapped_usage(head, options, positionals)
        return f"{line}\n"

    def format_help(self):
        """All of the help."""
        formatter = self.formatter_class()
        shown = [(group, [one for one in group.actions if one.help != SUPPRESS]) for group in self._groups]
        heads = [_invocation(action) for _, actions in shown for action in actions]
        listed = [
            _invocation(one) for _, actions in shown for action in actions for one in getattr(action, "listed", ())
        ]
        longest = max([len(head) + 2 for head in heads] + [len(head) + 4 for head in listed], default=0)
        column = min(longest + 2, _HELP_COLUMN)
        parts = [self.format_usage()]
        if self.description:
            parts.append(f"{formatter.fill_text(self.description % {'prog': self.prog})}\n")
        for group, actions in shown:
            lines = [f"{group.title}:"] if group.title else []
            if group.description:
                lines += (
                    [textwrap.indent(formatter.fill_text(group.description), "  "), ""]
                    if actions
                    else [textwrap.indent(formatter.fill_text(group.description), "  ")]
                )
            lines += [line for action in actions for line in self._help_lines(action, formatter, column, 2)]
            if actions or group.description:
                parts.append("\n".join(lines) + "\n")
        if self.epilog:
            parts.append(f"{formatter.fill_text(self.epilog % {'prog': self.prog})}\n")
        return "\n".join(parts)

    def _usage_parts(self, actions):
        parts, seen = [], set()
        for action in actions:
            if id(action) in seen:
                continue
            group = next((one for one in self._exclusive if action in one.actions), None)
            if group is None or not all(one in actions or one.help == SUPPRESS for one in group.actions):
                usage = _usage_of(action)
                parts.append(f"[{usage}]" if action.option_strings and not action.required else usage)
                continue
            together = [one for one in group.actions if one.help != SUPPRESS]
            seen |= {id(one) for one in together}
            inner = " | ".join(_usage_of(one) for one in together)
            parts.append(f"({inner})" if group.required and len(together) > 1 else f"[{inner}]")
        return parts

    def _help_lines(self, action, formatter, column, indent):
        head = " " * indent + _invocation(action)
        lines = []
        if action.help:
            text = formatter.help_of(action) % _Expansions(action, self.prog)
            lines = formatter.split_lines(text, max(_WIDTH - column, 11))
        if lines and len(head) <= column - 2:
            head, lines = head.ljust(column) + lines[0], lines[1:]
        result = [head, *(" " * column + line for line in lines)]
        for one in getattr(action, "listed", ()):
            result += self._help_lines(one, formatter, column, indent + 2)
        return result


class _Expansions:
    """What `%(name)s` stands for in the help of an argument."""

    def __init__(self, action, prog):
        self._action, self._prog = action, prog

    def __getitem__(self, name):
        if name == "prog":
            return self._prog
        value = getattr(self._action, name)
        if name == "choices" and value is not None:
            return ", ".join(map(str, value))
        return value.__name__ if hasattr(value, "__name__") else value


class _Reading:
    """One reading of arguments: each is an option (`O`) or not (`A`), and the latter fill what is expected."""

    def __init__(self, parser, args, namespace):
        self._parser, self._namespace = parser, namespace
        self._args, self._found = [], []  # `_found`: for an option its action, how it is spelled, and what follows `=`
        is_open = True
        for arg in args:
            if arg == "--" and is_open:
                is_open = False
                continue
            self._args.append(arg)
            self._found.append(self._option(arg) if is_open else None)
        self._letters = "".join("A" if found is None else "O" for found in self._found)
        self._expected = [action for action in parser._actions if not action.option_strings]
        self._given, self._not_default = set(), set()

    def run(self):
        """Do all that the arguments ask for. Raises ArgumentError."""
        place = 0
        while place < len(self._args):
            if self._letters[place] == "A":
                next_place = self._take_positionals(place)
                if next_place == place:
                    next_place += 1
                    self._parser._unknown.append(self._args[place])
            else:
                next_place = self._take_option(place)
            place = next_place
        self._take_positionals(place)
        self._finish()

    def _option(self, arg):
        """What an argument is if it is an option: action, spelling, value after `=`. None if it is none."""
        parser = self._parser
        if len(arg) < 2 or arg[0] != "-":
            return None
        if arg in parser._options:
            return parser._options[arg], arg, None
        spelled, equals, value = arg.partition("=")
        if equals and spelled in parser._options:
            return parser._options[spelled], spelled, value
        matches = self._abbreviated(arg, spelled, value if equals else None)
        if len(matches) > 1:
            names = ", ".join(match[1] for match in matches)
            raise ArgumentError(None, f"ambiguous option: {arg} could match {names}")
        if matches:
            return matches[0]
        if _NUMBER.match(arg) and not any(_NUMBER.match(option) for option in parser._options):
            return None
        return None if " " in arg else (None, arg, None)

    def _abbreviated(self, arg, spelled, value):
        options = self._parser._options
        matches = []
        if self._parser.allow_abbrev or not arg.startswith("--"):
            matches = [(action, name, value) for name, action in options.items() if name.startswith(spelled)]
        if not arg.startswith("--") and arg[:2] in options:
            matches = [*(match for match in matches if match[1] != arg[:2]), (options[arg[:2]], arg[:2], arg[2:])]
        return matches

    def _take_option(self, place):
        action, spelled, value = self._found[place]
        if action is None:
            self._parser._unknown.append(self._args[place])
            return place + 1
        while value is not None:
            most = re.match(_pattern(action), "A").end() if re.match(_pattern(action), "A") else -1
            if most == 1:
                self._do(action, [value], spelled)
                return place + 1
            if most == 0 and not spelled.startswith("--") and not self._args[place].startswith(f"{spelled}="):
                self._do(action, [], spelled)  # the next of several letters
                spelled = f"-{value[0]}"
                action, value = self._parser._options.get(spelled), value[1:] or None
                if action is None:
                    raise ArgumentError(self._found[place][0], f"ignored explicit argument {self._args[place][2:]!r}")
                continue
            if most == 0:
                raise ArgumentError(action, f"ignored explicit argument {value!r}")
            raise ArgumentError(action, _expectation(action))
        match = re.match(_pattern(action), self._letters[place + 1 :])
        if match is None:
            raise ArgumentError(action, _expectation(action))
        end = place + 1 + match.end()
        self._do(action, self._args[place + 1 : end], spelled)
        return end

    def _take_positionals(self, place):
        """Fill as many of those that are expected as the arguments from here to the next option do; where to go on."""
        letters = self._letters[place:]
        for how_many in range(len(self._expected), 0, -1):
            taken = self._expected[:how_many]
            match = re.match("".join(f"({_pattern(action)})" for action in taken), letters)
            if match is None:
                continue
            counts = [len(group) for group in match.groups()]
            while counts and not counts[-1] and "O" in letters:  # there may be something for it behind the option
                counts.pop()
            for action, size in zip(self._expected, counts, strict=False):
                self._do(action, self._args[place : place + size], None)
                place += size
            del self._expected[: len(counts)]
            break
        return place

    def _do(self, action, words, spelled):
        parser = self._parser
        values = self._values(action, words)
        self._given.add(id(action))
        if spelled is not None or words:
            for group in parser._exclusive:
                if action in group.actions:
                    for other in group.actions:
                        if other is not action and id(other) in self._not_default:
                            raise ArgumentError(action, f"not allowed with argument {_name_of(other)}")
            self._not_default.add(id(action))
        if values is not SUPPRESS:
            action(parser, self._namespace, values, spelled)

    def _values(self, action, words):
        if not words and action.nargs == OPTIONAL:
            value = action.const if action.option_strings else action.default
            return self._converted(action, value) if isinstance(value, str) and value != SUPPRESS else value
        if not words and action.nargs == ZERO_OR_MORE and not action.option_strings:
            return [] if action.default is None else action.default
        if action.nargs == PARSER:
            self._check(action, words[0])
            return words
        if action.nargs == REMAINDER:
            return [self._converted(action, word) for word in words]
        values = [self._converted(action, word) for word in words]
        for value in values:
            self._check(action, value)
        return values[0] if action.nargs in (None, OPTIONAL) else values

    def _converted(self, action, word):
        if action.type is None:
            return word
        try:
            return action.type(word)
        except ArgumentTypeError as why:
            raise ArgumentError(action, str(why)) from None
        except (TypeError, ValueError):
            kind = getattr(action.type, "__name__", repr(action.type))
            raise ArgumentError(action, f"invalid {kind} value: {word!r}") from None

    def _check(self, action, value):
        if action.choices is not None and value not in action.choices:
            choices = ", ".join(map(repr, action.choices))
            raise ArgumentError(action, f"invalid choice: {value!r} (choose from {choices})")

    def _finish(self):
        parser, missing = self._parser, []
        for action in parser._actions:
            if id(action) in self._given:
                continue
            if action.required:
                missing.append(_name_of(action))
            elif isinstance(action.default, str) and getattr(self._namespace, action.dest, None) is action.default:
                _put(self._namespace, action.dest, self._converted(action, action.default))
        if missing:
            raise ArgumentError(None, f"the following arguments are required: {', '.join(missing)}")
        for group in parser._exclusive:
            if group.required and not any(id(action) in self._not_default for action in group.actions):
                names = " ".join(_name_of(action) for action in group.actions if action.help != SUPPRESS)
                raise ArgumentError(None, f"one of the arguments {names} is required")


def _pattern(action):
    """Which letters an argument takes: a regular expression."""
    nargs = action.nargs
    if nargs in (REMAINDER, PARSER):
        return "[AO]*" if nargs == REMAINDER else "A[AO]*"
    if nargs in (OPTIONAL, ZERO_OR_MORE, ONE_OR_MORE):
        return f"A{nargs}"
    return "A" if nargs is None else "A" * nargs


def _expectation(action):
    nargs = action.nargs
    usual = {None: "expected one argument", OPTIONAL: "expected at most one argument"}
    usual[ONE_OR_MORE] = "expected at least one argument"
    return usual.get(nargs) or f"expected {nargs} argument{'' if nargs == 1 else 's'}"


def _name_of(action):
    if action.option_strings:
        return "/".join(action.option_strings)
    if action.metavar not in (None, SUPPRESS):
        return action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar)
    if action.dest not in (None, SUPPRESS):
        return action.dest
    return "{" + ",".join(map(str, action.choices)) + "}" if action.choices else None


def _metavar(action):
    if action.metavar is not None:
        return action.metavar
    if action.choices is not None:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return action.dest.upper() if action.option_strings else action.dest


def _values_shown(action):
    """How help shows the values that an argument takes."""
    metavar, nargs = _metavar(action), action.nargs
    if isinstance(nargs, int):
        return " ".join(metavar if isinstance(metavar, tuple) else [metavar] * nargs)
    first = metavar[0] if isinstance(metavar, tuple) else metavar
    last = metavar[-1] if isinstance(metavar, tuple) else metavar
    shown = {None: first, OPTIONAL: f"[{first}]", REMAINDER: "...", PARSER: f"{first} ..."}
    shown |= {ZERO_OR_MORE: f"[{first} ...]", ONE_OR_MORE: f"{first} [{last} ...]"}
    return shown[nargs]


def _usage_of(action):
    if not action.option_strings:
        return _values_shown(action)
    return action.format_usage() if action.nargs == 0 else f"{action.option_strings[0]} {_values_shown(action)}"


def _invocation(action):
    if not action.option_strings:
        metavar = _metavar(action)
        return metavar if isinstance(metavar, str) else metavar[0]
    if action.nargs == 0:
        return ", ".join(action.option_strings)
    values = _values_shown(action)
    if sys.version_info >= (3, 13):
        return f"{', '.join(action.option_strings)} {values}"
    return ", ".join(f"{option} {values}" for option in action.option_strings)


def _wrapped_usage(head, options, positionals):
    """Usage on several lines, for which one is too narrow."""
    if len(head) <= 0.75 * _WIDTH:
        indent = " " * (len(head) + 1)
        if not options:
            return "\n".join(_lines([head, *positionals], indent))
        lines = _lines([head, *options], indent)
        return "\n".join([*lines, *(_lines(["", *positionals], indent, is_new=True) if positionals else [])])
    indent = " " * len("usage: ")
    lines = _lines(["", *options, *positionals], indent, is_new=True)
    if len(lines) > 1:
        lines = [*_lines(["", *options], indent, is_new=True), *_lines(["", *positionals], indent, is_new=True)]
    return "\n".join([head, *lines])


def _lines(parts, indent, is_new=False):
    lines, line, start = [], [], len(indent) - 1
    length = start if is_new else len(parts[0])
    first = [] if is_new else [parts[0]]
    for part in parts[1:]:
        if length + 1 + len(part) > _WIDTH and (line or first):
            lines.append(first + line)
            first, line, length = [], [], start
        line.append(part)
        length += len(part) + 1
    lines.append(first + line)
    return [
        " ".join(words) if number == 0 and not is_new else indent + " ".join(words)
        for number, words in enumerate(lines)
        if words
    ]
