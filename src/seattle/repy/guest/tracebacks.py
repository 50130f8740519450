"""What a program's author gets to see of an exception: the program's own lines, and nothing of ours.

The exception is the program's, and so may be its class: its text is made by code of the program, which may fail,
return anything, or go on for megabytes. Whatever it does, there is a report, of bounded length.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FrameType, TracebackType

Sources = Mapping[str, Sequence[str]]
IsProgram = Callable[[FrameType], bool]
IsPrivate = Callable[[BaseException], bool]

_CHAIN_ENDS = 4  # causes of causes that are shown, at each end of a longer chain
_LONGEST_CHAIN = 1000  # that is followed
_MOST_LINES = 60  # of one traceback; recursion repeats itself
_MOST_IN_GROUP = 15
_DEEPEST_GROUP = 5
_MOST_NOTES = 20
_LONGEST = 60_000  # characters in all
_LONGEST_TEXT = 20_000  # of one exception
_LONGEST_LINE = 500  # of the source
_LONGEST_NAME = 200

_BECAUSE = "\nThat was the direct cause of this:\n\n"
_MEANWHILE = "\nWhile that was handled, this happened:\n\n"


def format_exception(
    error: BaseException, sources: Sources, is_program: IsProgram, *, is_private: IsPrivate = lambda _error: False
) -> str:
    """Like Python's own report, with only frames for which `is_program` is true.

    `sources`: for each file name that a frame may have, the lines of its text. What led to the exception is told up to
    one that `is_private`.
    """
    try:
        text = "".join(_format_chain(error, sources, is_program, is_private, depth=0))
    except BaseException as why:  # noqa: BLE001 - memory may be full, or the exception's class a cunning one
        text = f"{_name(error)}\n(there is no more of this report: {_name(why)})\n"
    return _cut(text, _LONGEST)


def describe(value: object) -> str:
    """`str(value)`, whatever that does: a plain text, not too long."""
    try:
        # Of a class of the program's this may be a text whose own methods are the program's. This one is not.
        return _cut(str.__getitem__(str(value), slice(None)), _LONGEST_TEXT)
    except BaseException as why:  # noqa: BLE001 - the program's own __str__ failed; that must not hide the error
        return f"<its text could not be made: {_name(why)}>"


def _format_chain(
    error: BaseException, sources: Sources, is_program: IsProgram, is_private: IsPrivate, *, depth: int
) -> Iterable[str]:
    """The reports on the exception and on what led to it, the oldest first."""
    chain = _chain(error, is_private)
    left_out = len(chain) - 2 * _CHAIN_ENDS
    latest = link = ""
    for number, (one, following) in enumerate(chain):
        if 0 <= number - _CHAIN_ENDS < left_out:
            text = f"... {left_out} more exceptions ...\n"
        else:
            text = _format_one(one, sources, is_program, is_private, depth=depth)
        if text != latest:  # where memory is full, noting the line of a MemoryError fails with another, and so on
            yield link + text
            latest = text
        link = following


def _chain(error: BaseException, is_private: IsPrivate) -> list[tuple[BaseException, str]]:
    """What led to the exception, the oldest first, and how each leads to the next."""
    chain: list[tuple[BaseException, str]] = []
    seen: set[int] = set()
    link = ""
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(chain) < _LONGEST_CHAIN and not is_private(current):
        seen.add(id(current))
        chain.append((current, link))
        if current.__cause__ is not None:
            current, link = current.__cause__, _BECAUSE
        elif current.__context__ is not None and not current.__suppress_context__:
            current, link = current.__context__, _MEANWHILE
        else:
            current = None
    return chain[::-1]


def _format_one(
    error: BaseException, sources: Sources, is_program: IsProgram, is_private: IsPrivate, *, depth: int
) -> str:
    lines = _frames(error.__traceback__, sources, is_program)
    if len(lines) > _MOST_LINES:
        half = _MOST_LINES // 2
        lines = [*lines[:half], f"  ... {len(lines) - _MOST_LINES} more ...\n", *lines[-half:]]
    head = "Traceback (most recent call last):\n" if lines else ""
    text, kind = describe(error), _name(error)
    last = f"{kind}: {text}" if text else kind
    members: Iterable[str] = ()
    if isinstance(error, BaseExceptionGroup):
        members = _format_members(error, sources, is_program, is_private, depth=depth)
    return "".join([head, *lines, last, "\n", *_notes(error), *members])


def _format_members(
    group: BaseExceptionGroup[BaseException],
    sources: Sources,
    is_program: IsProgram,
    is_private: IsPrivate,
    *,
    depth: int,
) -> Iterable[str]:
    """The reports on the exceptions of a group, each behind a bar."""
    exceptions = BaseExceptionGroup.exceptions.__get__(group)  # a class of the program's may have another `exceptions`
    if depth >= _DEEPEST_GROUP:
        yield "  ... groups in groups ...\n"
        return
    for number, one in enumerate(exceptions[:_MOST_IN_GROUP], start=1):
        yield f"  +---------------- {number} ----------------\n"
        for text in _format_chain(one, sources, is_program, is_private, depth=depth + 1):
            yield "".join(f"  | {line}" for line in text.splitlines(keepends=True))
    more = len(exceptions) - _MOST_IN_GROUP
    yield f"  +------- and {more} more -------\n" if more > 0 else "  +------------------------------------\n"


def _frames(trace: TracebackType | None, sources: Sources, is_program: IsProgram) -> list[str]:
    lines: list[str] = []
    while trace is not None:
        frame = trace.tb_frame
        if is_program(frame):
            name, number = frame.f_code.co_filename, trace.tb_lineno
            text = sources.get(name, ())
            source = text[number - 1].strip() if number is not None and 0 < number <= len(text) else ""
            where = _cut(frame.f_code.co_name, _LONGEST_NAME)
            lines.append(f'  File "{_cut(name, _LONGEST_NAME)}", line {number}, in {where}\n')
            if source:
                lines.append(f"    {_cut(source, _LONGEST_LINE)}\n")
        trace = trace.tb_next
    return lines


def frames_of(error: BaseException) -> Iterator[FrameType]:
    """Those that it has passed, the outermost first."""
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def _name(error: BaseException) -> str:
    """The class, with its module where that is one of Python's library: `error` alone would say little."""
    kind = type(error)
    name, module = _cut(kind.__qualname__.rpartition("<locals>.")[2], _LONGEST_NAME), kind.__module__
    if type(module) is str and module != "builtins" and module.partition(".")[0] in sys.stdlib_module_names:
        return f"{module}.{name}"
    return name


def _notes(error: BaseException) -> list[str]:
    """What `add_note` has added."""
    notes = getattr(error, "__notes__", None)
    if type(notes) is not list:
        return []
    return [f"{_cut(note, _LONGEST_TEXT)}\n" for note in notes[:_MOST_NOTES] if type(note) is str]


def _cut(text: str, longest: int) -> str:
    """The text, without its middle where it is too long."""
    if len(text) <= longest:
        return text
    between = "\n...\n" if longest > _LONGEST_LINE else " ... "
    return text[: longest // 2] + between + text[-longest // 2 :]
