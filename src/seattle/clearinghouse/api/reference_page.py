"""The API's documentation as a page of the site: it loads nothing from elsewhere, and needs no script."""

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify

from seattle.clearinghouse.api.reference import Call, calls, forms
from seattle.clearinghouse.api.rest import DESCRIPTION


def page(request: HttpRequest) -> HttpResponse:
    """Every call and every form."""
    anchors = {form.name: f"form-{slugify(form.name)}" for form in forms()}
    groups = [(group, [_shown(call, anchors) for call in some]) for group, some in groupby(calls(), _group)]
    shown_forms = [(anchors[form.name], form) for form in forms()]
    facts = {"groups": groups, "forms": shown_forms, "introduction": _paragraphs(DESCRIPTION)}
    return render(request, "api/reference.html", facts)


def _group(call: Call) -> str:
    return call.group


def _shown(call: Call, anchors: dict[str, str]) -> dict[str, Any]:
    return {
        "call": call,
        "text": _paragraphs(call.text),
        "body": _link(call.body, anchors),
        "answer": _link(call.answer, anchors),
    }


def _link(kind: str, anchors: dict[str, str]) -> str | SafeString:
    anchor = anchors.get(kind.removeprefix("list of "))
    return format_html('<a href="#{}">{}</a>', anchor, kind) if anchor else kind


def _paragraphs(text: str) -> list[SafeString]:
    """Paragraphs, in which what is between backticks is code."""
    return [
        format_html_join("", "{}", ((_code(piece) if odd else piece,) for odd, piece in _pieces(paragraph)))
        for paragraph in text.split("\n\n")
        if paragraph
    ]


def _pieces(paragraph: str) -> list[tuple[bool, str]]:
    return [(index % 2 == 1, piece) for index, piece in enumerate(paragraph.split("`"))]


def _code(text: str) -> SafeString:
    return format_html("<code>{}</code>", text)
