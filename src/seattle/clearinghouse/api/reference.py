"""The API's documentation, made of its schema: a page of the site, and the tables in docs/clearinghouse-api.md.

`python -m seattle.clearinghouse.api.reference docs/clearinghouse-api.md` brings that page up to date. What is between
two marks in it is made here, and the rest is written by hand:

    <!-- calls -->     every call, with what it takes and answers
    <!-- forms -->     the fields of each of these forms
    <!-- end -->
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

PREFIX: Final = "/api/v1"

_REGION: Final = re.compile(r"(<!-- (?P<what>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_REFUSAL: Final = 400


@dataclass(frozen=True)
class Field:
    """One value: of a form, of a path or of a query."""

    name: str
    kind: str
    text: str
    needed: bool


@dataclass(frozen=True)
class Call:
    """One thing that can be asked for."""

    group: str
    method: str
    path: str
    summary: str
    text: str
    public: bool
    parameters: tuple[Field, ...]
    body: str  # the name of a form, or empty
    status: int
    answer: str  # the name of a form, or empty


@dataclass(frozen=True)
class Form:
    """What is sent or answered."""

    name: str
    text: str
    fields: tuple[Field, ...]


@cache
def calls() -> tuple[Call, ...]:
    """Every call, in the order of the code."""
    return tuple(
        _call(method, path, one) for path, methods in _schema()["paths"].items() for method, one in methods.items()
    )


@cache
def forms() -> tuple[Form, ...]:
    """Every form, by name."""
    named = _schema()["components"]["schemas"]
    inside = {
        one["title"]: one
        for form in named.values()
        for one in form.get("properties", {}).values()
        if one.get("properties")
    }
    found = {**named, **inside}
    return tuple(
        Form(_plain(name), one.get("description", ""), tuple(_fields(one)))
        for name, one in sorted(found.items())
        if "properties" in one
    )


def fill_in(page: str) -> str:
    """The page with what is between its marks made anew."""
    made = {"calls": _calls_in_markdown, "forms": _forms_in_markdown}
    return _REGION.sub(lambda region: f"{region[1]}\n{made[region['what']]()}\n\n{region[3]}", page)


def main(arguments: list[str]) -> None:
    """Bring the pages with these paths up to date."""
    for path in map(Path, arguments):
        path.write_text(fill_in(path.read_text(encoding="utf-8")), encoding="utf-8")


def _schema() -> dict[str, Any]:
    from seattle.clearinghouse.api.rest import api  # noqa: PLC0415 - Django may have to be set up first

    return api.get_openapi_schema(path_prefix=f"{PREFIX}/")


def _call(method: str, path: str, one: Mapping[str, Any]) -> Call:
    status, answer = next(
        (int(status), answer) for status, answer in one["responses"].items() if int(status) < _REFUSAL
    )
    return Call(
        group=one.get("tags", [""])[0],
        method=method.upper(),
        path=path,
        summary=one["summary"],
        text=one.get("description", ""),
        public="security" not in one,
        parameters=tuple(
            Field(part["name"], _kind(part["schema"]), part.get("description", ""), part["required"])
            for part in one.get("parameters", [])
        ),
        body=_content(one.get("requestBody", {})),
        status=status,
        answer=_content(answer),
    )


def _content(part: Mapping[str, Any]) -> str:
    content = part.get("content", {}).get("application/json")
    return "" if content is None else _kind(content["schema"])


def _fields(form: Mapping[str, Any]) -> Iterator[Field]:
    for name, one in form["properties"].items():
        yield Field(name, _kind(one), one.get("description", ""), name in form.get("required", []))


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value is, in few words."""
    match schema:
        case {"$ref": str(name)}:
            return _plain(name.rpartition("/")[2])
        case {"anyOf": [*options]}:
            return " or ".join(dict.fromkeys(map(_kind, options)))
        case {"enum": [*values]}:
            return ", ".join(map(str, values))
        case {"properties": _, "title": str(name)}:
            return name
        case {"type": "array", "items": items}:
            return f"list of {_kind(items)}"
        case {"type": "string", "format": "date-time"}:
            return "time"
        case {"type": str(name)}:
            return name
        case _:
            return "any"


def _plain(name: str) -> str:
    """The name of a form: `Page[OrderTold]` is `Page_OrderTold_` in the schema."""
    generic = re.fullmatch(r"(\w+)_(\w+)_", name)
    return f"{generic[1]} of {generic[2]}" if generic else name


def _calls_in_markdown() -> str:
    parts: list[str] = []
    group = ""
    for call in calls():
        if call.group != group:
            group = call.group
            parts.append(f"### {group[0].upper()}{group[1:]}")
        lines = [f"**`{call.method} {call.path}`** {call.summary}{' (needs no credentials)' if call.public else ''}"]
        lines += ["", call.text] if call.text else []
        lines += ["", *(f"* `{one.name}`: {one.kind}{_after(', ', one.text)}" for one in call.parameters)]
        lines += [f"* body: {call.body}"] if call.body else []
        lines += [f"* answer: {call.status}{_after(' ', call.answer)}"]
        parts.append("\n".join(lines).replace("\n\n\n", "\n\n"))
    return "\n\n".join(parts)


def _forms_in_markdown() -> str:
    parts = []
    for form in forms():
        rows = [f"| `{one.name}` | {one.kind} | {one.text} |" for one in form.fields]
        parts.append(
            "\n".join([f"### {form.name}", "", form.text, "", "| field | kind | |", "| --- | --- | --- |", *rows])
        )
    return "\n\n".join(parts)


def _after(separator: str, text: str) -> str:
    return f"{separator}{text}" if text else ""


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seattle.clearinghouse.settings")
    django.setup()
    main(sys.argv[1:])
