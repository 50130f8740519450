"""Reports on exceptions as text, as Python's `traceback` gives them; made by `getlasterror`, with the program's lines.

Missing: `extract_tb`, `walk_tb`, `print_stack`, `StackSummary`, `TracebackException` and all else that holds frames:
those refer to everything. `limit` and `chain` are taken and change nothing. Of an exception that is not being handled
the report begins where it is asked for.
"""

import sys
from _threading_local import local

_told = local()  # `error` and `text`: of the exception that this thread was told of last; it is told once


def format_exc(limit=None, chain=True):
    """The report on the exception that is being handled, a `str`."""
    error = sys.exception()
    return "NoneType: None\n" if error is None else _report(error)


def print_exc(limit=None, file=None, chain=True):
    """Write that report to a file; to the log if none is named."""
    print(format_exc(), end="", file=file)


def format_exception(exc, /, value=None, tb=None, limit=None, chain=True):
    """The report on an exception, a list of lines. What is given for `tb` is not looked at."""
    error = exc if value is None else value
    return ["NoneType: None\n"] if error is None else _report(error).splitlines(keepends=True)


def print_exception(exc, /, value=None, tb=None, limit=None, file=None, chain=True):
    """Write that report to a file; to the log if none is named."""
    print("".join(format_exception(exc, value)), end="", file=file)


def format_exception_only(exc, /, value=None):
    """The report without the places, a list of one line: the exception's class and text."""
    error = exc if value is None else value
    text = str(error)
    return [f"{type(error).__qualname__}: {text}\n" if text else f"{type(error).__qualname__}\n"]


def _report(error):
    if error is sys.exception():
        text = getlasterror()
    else:
        try:
            raise error
        except BaseException:
            text = getlasterror()
    if text is not None:
        _told.error, _told.text = error, text
    elif getattr(_told, "error", None) is error:
        text = _told.text
    return text or "".join(format_exception_only(error))
