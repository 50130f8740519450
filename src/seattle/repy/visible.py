"""Text that others wrote, made safe to be shown: a terminal must not obey it.

Whoever runs a stranger's program looks at what it says, and escape sequences can retitle a window, fill the clipboard
or type an answer. This is on the way of a program's end, so it imports nothing.
"""

_KEPT = "\t\n"
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
# They turn the direction of text around, or end lines for some programs only.
_MISLEADING = (0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
# Nobody sees them: two names could look the same, or a text say more than is read. Joiners, which scripts and emoji
# need (200C, 200D), are not among them.
_UNSEEN = (
    *(0xAD, 0x180E, 0x200B, 0x3164, 0xFEFF, 0xFFA0),
    *(*range(0x2060, 0x2066), *range(0x206A, 0x2070), *range(0xFFF9, 0xFFFC)),
    *(*range(0x1D173, 0x1D17B), *range(0xE0000, 0xE0080)),
)

_SHORT = {0x0D: "\\r"}


def _escape(number: int) -> str:
    """As in a string of Python."""
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


# Bytes of a file's name that are no text, as Python keeps them.
_BYTES = {0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}

_TABLE = _BYTES | {
    number: _SHORT.get(number) or _escape(number)
    for number in (*_CONTROLS, *_MISLEADING, *_UNSEEN)
    if chr(number) not in _KEPT
}
_STREAM_TABLE = {number: text for number, text in _TABLE.items() if chr(number) != "\r"}


def visible(text: str) -> str:
    r"""The text with control characters as `\x1b`, but for tabs and line ends."""
    return text.translate(_TABLE)


def visible_stream(text: str) -> str:
    """The same for a running program's output: carriage returns stay, which draw its progress."""
    return text.translate(_STREAM_TABLE)
