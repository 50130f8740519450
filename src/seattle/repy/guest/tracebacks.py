"""What a program's author gets to see of an exception: the program's own lines, and nothing of ours."""

from collections.abc import Callable, Mapping, Sequence
from types import FrameType, TracebackType

_DEEPEST_CHAIN = 8  # causes of causes that are shown
_MOST_LINES = 60  # of one traceback; recursion repeats itself
_LONGEST = 60_000  # characters in all


def format_exception(
    error: BaseException, sources: Mapping[str, Sequence[str]], is_program: Callable[[FrameType], bool]
) -> str:
    """Like Python's own report, with only frames for which `is_program` is true.

    `sources`: for each file name that a frame may have, the lines of its text.
    """
    parts: list[str] = []
    shown: set[int] = set()
    link = latest = ""
    current: BaseException | None = error
    while current is not None and id(current) not in shown and len(shown) < _DEEPEST_CHAIN:
        shown.add(id(current))
        text = _format_one(current, sources, is_program)
        if text != latest:  # where memory is full, noting the line of a MemoryError fails with another, and so on
            parts.insert(0, text + link)
            latest = text
        if current.__cause__ is not None:
            current, link = current.__cause__, "\nThat was the direct cause of this:\n\n"
        elif current.__context__ is not None and not current.__suppress_context__:
            current, link = current.__context__, "\nWhile that was handled, this happened:\n\n"
        else:
            current = None
    text = "".join(parts)
    return text if len(text) <= _LONGEST else text[: _LONGEST // 2] + "\n...\n" + text[-_LONGEST // 2 :]


def _format_one(
    error: BaseException, sources: Mapping[str, Sequence[str]], is_program: Callable[[FrameType], bool]
) -> str:
    lines = _frames(error.__traceback__, sources, is_program)
    if len(lines) > _MOST_LINES:
        half = _MOST_LINES // 2
        lines = [*lines[:half], f"  ... {len(lines) - _MOST_LINES} more ...\n", *lines[-half:]]
    head = "Traceback (most recent call last):\n" if lines else ""
    return head + "".join(lines) + _describe(error) + "\n"


def _frames(
    trace: TracebackType | None, sources: Mapping[str, Sequence[str]], is_program: Callable[[FrameType], bool]
) -> list[str]:
    lines: list[str] = []
    while trace is not None:
        frame = trace.tb_frame
        if is_program(frame):
            name, number = frame.f_code.co_filename, trace.tb_lineno
            text = sources.get(name, ())
            source = text[number - 1].strip() if number is not None and 0 < number <= len(text) else ""
            lines.append(f'  File "{name}", line {number}, in {frame.f_code.co_name}\n')
            if source:
                lines.append(f"    {source}\n")
        trace = trace.tb_next
    return lines


def _describe(error: BaseException) -> str:
    kind = type(error).__name__
    try:
        text = str(error)
    except Exception as again:  # noqa: BLE001 - the program's own __str__ failed; that must not hide the error
        text = f"<its text could not be made: {type(again).__name__}>"
    return f"{kind}: {text}" if text else kind
