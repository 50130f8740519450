"""Long lists, in pages: newest first, from where the page before ended."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def page_of(rows: QuerySet[M], told: Callable[[M], Any], *, limit: int, before: int | None) -> dict[str, Any]:
    """Up to `limit` of these rows that are older than `before`, as `forms.Page`."""
    older = rows if before is None else rows.filter(pk__lt=before)
    found = list(older.order_by("-pk")[: limit + 1])
    shown = found[:limit]
    return {"items": [told(row) for row in shown], "next": shown[-1].pk if len(found) > limit else None}
