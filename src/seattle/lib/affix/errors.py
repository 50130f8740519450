"""What can be wrong with a stack of components.

AffixError is the root: AffixStackError for surgery beyond the stack's bottom or on one in use, AffixConfigError for a
string that describes no stack, AffixArgumentError for what a component can't take, AffixNotFoundError for a name that
no component has, AffixInternalError for a component that breaks its contract. What goes wrong on the network is one of
the API's own exceptions, as if there were no stack.
"""


class AffixError(Exception):
    """Root of what can be wrong with a stack."""


class AffixStackError(AffixError):
    """There is nothing below, or the stack is in use and stays as it is."""


class AffixConfigError(AffixError):
    """This text describes no stack."""


class AffixArgumentError(AffixError):
    """A component can't do anything with these arguments."""


class AffixNotFoundError(AffixError):
    """No component has this name."""


class AffixInternalError(AffixError):
    """A component breaks its contract."""
