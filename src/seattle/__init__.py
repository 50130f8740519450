"""Run Python programs on many computers around the world, safely."""

TYPE_CHECKING = False  # without `typing`: this file is on the way of every start of `repy`
if TYPE_CHECKING:
    from seattle.client import connect as connect
else:

    def __getattr__(name: str) -> object:
        """Bring in the client when it is asked for, and not before."""
        if name == "connect":
            from seattle.client import connect  # noqa: PLC0415 - see above

            return connect
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
