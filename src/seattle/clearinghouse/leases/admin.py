"""Orders and leases, for operators."""

from django.contrib import admin

from seattle.clearinghouse.desk.admin_site import ReadMostly
from seattle.clearinghouse.leases.models import Lease, Order


@admin.register(Order)
class OrderAdmin(ReadMostly[Order]):
    """Acquisitions."""

    list_display = ("created_at", "user", "kind", "wanted", "least", "state", "message", "finished_at")
    list_filter = ("state", "kind", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)


@admin.register(Lease)
class LeaseAdmin(ReadMostly[Lease]):
    """Who has, and had, which vessel."""

    list_display = ("handle", "username", "state", "created_at", "expires_at", "ended_at", "end", "why")
    list_filter = ("state", "end", "created_at")
    search_fields = ("node_id", "username")
    ordering = ("-pk",)
    raw_id_fields = ("vessel", "order", "user")
