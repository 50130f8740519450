"""The reference's way to look for options among arguments. `import argparse` is Python's module.

Missing: nothing.
"""


class ArgparseError(Exception):
    """An option has no value, or none of the right kind."""


def argparse_scan_bool(args, option, default_value=False):
    """Whether an option, such as `-v`, is among the arguments; `default_value` if it is not."""
    return True if option in args else default_value


def argparse_scan_str(args, option, default_value=False):
    """What follows the first of an option; `default_value` if there is none. Raises ArgparseError if nothing does."""
    if option not in args:
        return default_value
    place = list(args).index(option) + 1
    if place == len(args):
        raise ArgparseError(f"the option {option} needs a value")
    return args[place]


def argparse_scan_int(args, option, default_value=False):
    """The number that follows an option, as `argparse_scan_str` does. Raises ArgparseError for what is no number."""
    value = argparse_scan_str(args, option, None)
    if value is None:
        return default_value
    try:
        return int(value)
    except ValueError:
        raise ArgparseError(f"the option {option} needs a whole number, not {value!r}") from None
