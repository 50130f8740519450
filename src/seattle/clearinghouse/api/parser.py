"""Reading requests. What no database takes is refused here, wherever it stands."""

from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

from seattle.clearinghouse.errors import BadRequest
from seattle.clearinghouse.middleware import NUL


class StrictParser(Parser):
    """JSON as the standard has it: no NaN, no infinities, no lone halves of characters."""

    def parse_body(self, request: HttpRequest) -> Any:
        """What the body says. Raises BadRequest."""
        try:
            read = msgspec.json.decode(request.body)
        except (ValueError, RecursionError) as why:  # msgspec's are ValueErrors
            raise BadRequest("the body is not JSON, or nested too deeply") from why
        _check(read)
        return read

    def parse_querydict(self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest) -> Any:
        """What the query says. Raises BadRequest."""
        _check(dict(data.lists()))
        return super().parse_querydict(data, list_fields, request)


def _check(read: Any) -> None:
    waiting = [read]
    while waiting:
        match waiting.pop():
            case str(text) if NUL in text:
                raise BadRequest("a text in this request has a NUL character, which means nothing here")
            case [*items]:
                waiting += items
            case {**fields}:
                waiting += [*fields, *fields.values()]
