"""The reference's `affix_stack`: stacks of components, as `affix` has them.

`AffixStack(text)` with the six network calls, `build_stack`, `create_affix_object`, `find_and_register_affix` and
`parse_affix_string`. A component of the program's own is a class derived from `BaseAffix` of baseaffix.r2py (or from
`affix.Component`); `register(class)` makes it known.

Missing: components that are found by the name of their file, since the library does not see the vessel's files.
"""

from affix import (
    AffixStack,
    build_stack,
    create_affix_object,
    find_and_register_affix,
    parse_affix_string,
    register,
)

__all__ = [
    "AffixStack",
    "build_stack",
    "create_affix_object",
    "find_and_register_affix",
    "parse_affix_string",
    "register",
]
