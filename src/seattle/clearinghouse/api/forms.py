"""What the forms of requests and answers have in common."""

from typing import Annotated, Any, Final, Generic, TypeVar

from django.db.models import TextChoices
from ninja import Schema
from pydantic import ConfigDict, Field, WithJsonSchema

from seattle.clearinghouse.api.patterns import HANDLE
from seattle.clearinghouse.api.problems import Problem
from seattle.clearinghouse.leases.models import MOST

ROWS: Final = 50  # of a page, if nothing else is asked for
MOST_ROWS: Final = 200
_MAX_ID: Final = 2**63 - 1  # of the database

T = TypeVar("T")

RowId = Annotated[int, Field(ge=1, le=_MAX_ID)]
Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="how many, at most")]
Before = Annotated[int, Field(ge=1, le=_MAX_ID, description="only what is older than this: `next` of the page before")]
Handle = Annotated[str, Field(pattern=HANDLE, description="of a vessel: U...:v12")]
Handles = Annotated[list[Handle], Field(min_length=1, max_length=MOST)]


def inline(choices: type[TextChoices]) -> WithJsonSchema:
    """These choices, where they stand: the schema knows classes by their names, and several are called State."""
    return WithJsonSchema({"type": "string", "enum": list(choices.values)})


def note(text: str) -> Any:
    """What a field means, for the documentation of the API."""
    return Field(description=text)


class Asked(Schema):
    """A request. Fields that it does not have are refused: they might be thought to work."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Page(Schema, Generic[T]):
    """Some of many, newest first. `next`: what to give as `before` to get those after it; null at the end."""

    items: list[T]
    next: int | None


def answers(status: int, form: Any) -> dict[Any, Any]:
    """The forms of the answers: the one when all goes well, and that of refusals."""
    return {status: form, frozenset({400, 401, 403, 404, 409, 413, 429}): Problem}
