"""What workers did, for operators."""

from django.contrib import admin

from seattle.clearinghouse.desk.admin_site import ReadMostly
from seattle.clearinghouse.journal.models import Heartbeat, JournalEntry


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadMostly[JournalEntry]):
    """What was done on nodes, and why."""

    list_display = ("at", "worker", "action", "node", "vessel_name", "succeeded", "detail", "took_ms")
    list_filter = ("succeeded", "action", "worker")
    list_select_related = ("node",)
    search_fields = ("node__node_id", "detail")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadMostly[Heartbeat]):
    """Which workers there are."""

    list_display = ("worker", "started_at", "at", "ended_at")
    ordering = ("-at",)
