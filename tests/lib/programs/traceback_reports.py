"""Reports on exceptions: their last line, from whichever call."""

import io
import traceback


class Mine(ValueError):
    pass


print(traceback.format_exc(), end="")
try:
    {}["key"]
except KeyError as why:
    print(traceback.format_exc().splitlines()[0], traceback.format_exc().splitlines()[-1])
    print(traceback.format_exception(why)[-1], end="")
    print(traceback.format_exception(type(why), why, None)[-1], end="")
    print(traceback.format_exception_only(why))
    written = io.StringIO()
    traceback.print_exc(file=written)
    traceback.print_exception(why, file=written)
    print([line for line in written.getvalue().splitlines() if line.startswith("KeyError")])
print(
    traceback.format_exception_only(ZeroDivisionError()), traceback.format_exception_only(ValueError, ValueError("x"))
)
kept = None
try:
    raise RuntimeError("later")
except RuntimeError as why:
    kept = why
print("".join(traceback.format_exception(kept)).splitlines()[-1])
