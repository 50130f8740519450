"""`copy` without the `memo` argument: whoever supplies it is handed the attribute dicts of all that is copied."""

import copy as python
from typing import Any


def copy(x: Any) -> Any:
    """A shallow copy."""
    return python.copy(x)


def deepcopy(x: Any) -> Any:
    """A copy that shares nothing with the original but immutable values."""
    return python.deepcopy(x)


MEMBERS = {"Error": python.Error, "copy": copy, "deepcopy": deepcopy, "error": python.Error}
