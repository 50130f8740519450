"""Django's admin, for operators with a second factor. It is mostly to read: what must add up is changed by services."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from seattle.clearinghouse.desk.access import refusal

M = TypeVar("M", bound=Model)


class OperatorsSite(admin.AdminSite):
    """Behind the site's own sign-in, with its rate limits and second factors; Django's form knows of neither."""

    site_header = "Clearinghouse"
    site_title = "Clearinghouse"
    index_title = "What is in the database"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether somebody gets in."""
        return refusal(request) is None

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """For who has no permission: sign in, or read why not."""
        return refusal(request) or redirect("admin:index")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """By the site's own page."""
        return redirect("account_change_password")


if TYPE_CHECKING:

    class _Admin(admin.ModelAdmin[M]):  # Django's own can't be written with brackets when it runs
        pass
else:

    class _Admin(admin.ModelAdmin):
        def __class_getitem__(cls, _: object) -> type:
            return cls


class ReadMostly(_Admin[M]):
    """A table that operators read. `changeable`: what administrators (superusers) may write there."""

    changeable: ClassVar[Sequence[str]] = ()
    hidden: ClassVar[Sequence[str]] = ()  # secrets, and what is of no use to people
    list_per_page = 50
    show_full_result_count = False  # it would count the whole table for each page

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:  # noqa: ARG002
        """Whoever gets into the admin may read: the site has looked at more before it comes here."""
        return bool(getattr(request.user, "is_staff", False))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As above."""
        return bool(getattr(request.user, "is_staff", False))

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:  # noqa: ARG002
        """Administrators, where there is something to change."""
        return bool(self.changeable) and getattr(request.user, "is_superuser", False)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody: rows come by services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:  # noqa: ARG002
        """Nobody: what was, is asked for later."""
        return False

    def get_fields(self, request: HttpRequest, obj: M | None = None) -> list[Any]:  # noqa: ARG002
        """All that is not hidden."""
        named = [field.name for field in self.model._meta.fields if field.name not in self.hidden]
        return [*named, *self.readonly_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> list[Any]:
        """All that can't be changed."""
        return [name for name in self.get_fields(request, obj) if name not in self.changeable]
