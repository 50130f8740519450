"""What the abuse desk did. It is done at the desk, and read here."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry

from seattle.clearinghouse.desk.admin_site import ReadMostly
from seattle.clearinghouse.desk.models import CutOff, LookUp


@admin.register(CutOff)
class CutOffAdmin(ReadMostly[CutOff]):
    """Keys that were cut off."""

    list_display = ("key_id", "username", "by", "reason", "created_at", "done_at", "pardoned_at")
    list_filter = (("done_at", admin.EmptyFieldListFilter), ("pardoned_at", admin.EmptyFieldListFilter))
    list_select_related = ("by",)
    search_fields = ("key_id", "username", "reason")


@admin.register(LookUp)
class LookUpAdmin(ReadMostly[LookUp]):
    """Who looked up whom."""

    list_display = ("at", "by", "address", "port", "moment", "purpose", "found")
    list_select_related = ("by",)
    search_fields = ("address", "purpose", "by__username")


@admin.register(LogEntry)
class LogEntryAdmin(ReadMostly[LogEntry]):
    """What operators did in the admin."""

    list_display = ("action_time", "user", "content_type", "object_repr", "change_message")
    list_select_related = ("user", "content_type")
    search_fields = ("user__username", "object_repr", "change_message")
