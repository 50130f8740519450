"""Arguments of calls, which are whatever a stranger sends, in the form that they must have."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from seattle.clearinghouse.errors import BadRequest

Text = Annotated[str, Meta(max_length=1000)]


def as_form(form: Any, value: Any, expected: str) -> Any:
    """The value in that form. Raises BadRequest."""
    try:
        return msgspec.convert(value, form)
    except (msgspec.ValidationError, RecursionError) as why:
        raise BadRequest(f"an argument is not as it must be: expected {expected}") from why
