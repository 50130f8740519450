"""The ledger, for operators. Its entries are never changed."""

from django.contrib import admin

from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.desk.admin_site import ReadMostly


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadMostly[LedgerEntry]):
    """Each change of what somebody may hold, or holds."""

    list_display = ("at", "user", "total_change", "held_change", "reason", "note")
    list_filter = ("reason", "at")
    list_select_related = ("user",)
    search_fields = ("user__username", "note")
