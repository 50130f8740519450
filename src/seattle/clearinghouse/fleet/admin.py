"""Nodes, vessels and donations, for operators."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from seattle.clearinghouse.desk.admin_site import ReadMostly
from seattle.clearinghouse.errors import ClearinghouseError
from seattle.clearinghouse.fleet import operators
from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node, NodeAddress, Vessel, VesselPort


class NodeActions(ActionForm):
    """What an action on nodes asks for."""

    reason = forms.CharField(required=False, max_length=200)


@admin.register(Node)
class NodeAdmin(ReadMostly[Node]):
    """Nodes that have ever donated."""

    list_display = ("short_id", "state", "online", "donor", "address", "country", "version", "vessels", "why")
    list_filter = ("state", "online", "nat", "country", "version")
    list_select_related = ("donation__donor",)
    search_fields = ("node_id", "address", "network", "as_name", "donation__donor__username")
    search_help_text = "an id, an address, a network (192.0.2.0/24), who runs it, or a donor"
    ordering = ("-pk",)
    action_form = NodeActions
    actions = ("retire", "look_anew")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Node]:
        """With the number of vessels."""
        return super().get_queryset(request).annotate(vessel_count=Count("vessels"))

    @admin.display(description="node", ordering="node_id")
    def short_id(self, node: Node) -> str:
        """Enough to know it by."""
        return node.node_id[:16]

    @admin.display(description="donor")
    def donor(self, node: Node) -> str:
        """Whose gift it is."""
        donation = getattr(node, "donation", None)
        return str(donation.donor or "an account that was removed") if donation else ""

    @admin.display(description="vessels", ordering="vessel_count")
    def vessels(self, node: Any) -> int:
        """How many it was divided into."""
        return int(node.vessel_count)

    @admin.action(description="Retire: end what is held on it, and hand out nothing more; with a reason")
    def retire(self, request: HttpRequest, chosen: QuerySet[Node]) -> None:
        """By the service."""
        reason = request.POST.get("reason", "").strip()[:200]
        if not reason:
            self.message_user(request, "Give a reason: holders of its vessels are told.", messages.ERROR)
            return
        self._do(request, chosen, lambda node: operators.retire(node, reason), f"retired: {reason}")

    @admin.action(description="Not broken (or retired) any more: have the workers look anew")
    def look_anew(self, request: HttpRequest, chosen: QuerySet[Node]) -> None:
        """By the service."""
        self._do(request, chosen, operators.look_anew, "to be looked at anew")

    def _do(self, request: HttpRequest, chosen: QuerySet[Node], what: Callable[[Node], None], done: str) -> None:
        for node in chosen:
            try:
                what(node)
            except ClearinghouseError as why:
                self.message_user(request, why.message, messages.ERROR)
            else:
                self.log_change(request, node, done)
                self.message_user(request, f"{node}: {done}", messages.SUCCESS)


@admin.register(NodeAddress)
class NodeAddressAdmin(ReadMostly[NodeAddress]):
    """Where nodes were seen."""

    list_display = ("address", "node", "first_seen_at", "last_seen_at")
    list_select_related = ("node",)
    search_fields = ("address", "node__node_id")
    ordering = ("-pk",)


@admin.register(Vessel)
class VesselAdmin(ReadMostly[Vessel]):
    """What is handed out."""

    list_display = ("handle", "state", "keys_synced", "failures", "try_at")
    list_filter = ("state", "keys_synced", "node__country")
    list_select_related = ("node",)
    search_fields = ("node__node_id", "name")
    ordering = ("-pk",)
    hidden = ("shuffle",)


@admin.register(VesselPort)
class VesselPortAdmin(ReadMostly[VesselPort]):
    """Whose ports are whose."""

    list_display = ("port", "vessel")
    list_select_related = ("vessel__node",)
    search_fields = ("=port", "node__node_id")
    ordering = ("-pk",)


@admin.register(Donation)
class DonationAdmin(ReadMostly[Donation]):
    """Who gave which node, and whether it earns."""

    list_display = ("node", "donor", "credited", "why_not", "created_at")
    list_filter = ("credited", "created_at")
    list_select_related = ("node", "donor")
    search_fields = ("node__node_id", "donor__username")


@admin.register(DonationToken)
class DonationTokenAdmin(ReadMostly[DonationToken]):
    """Tokens that installers carry; whoever knows one donates in its user's name."""

    list_display = ("name", "user", "created_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    hidden = ("token",)
