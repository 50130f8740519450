"""`abc` without the metaclass, and with an `abstractmethod` that marks the program's own functions only."""

import abc as python
from types import FunctionType
from typing import Any

from seattle.repy.language.guards import is_program_function


def abstractmethod(function: Any) -> Any:
    """As Python's, for functions that the program defines."""
    if type(function) is not FunctionType or not is_program_function(function):
        raise TypeError("abstractmethod() decorates functions: put it below @property or @classmethod")
    return python.abstractmethod(function)


MEMBERS = {"ABC": python.ABC, "abstractmethod": abstractmethod}
