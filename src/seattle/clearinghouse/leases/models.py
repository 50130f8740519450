"""Orders (somebody wants so many vessels of a kind) and leases (somebody has this vessel until then)."""

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from seattle.clearinghouse.fleet.models import KEY_ID, VESSEL_NAME, Vessel

MOST: Final = 1000  # vessels in one order


class Kind(models.TextChoices):
    """Which vessels an order wants."""

    LAN = "lan", "in one network"
    WAN = "wan", "each in another network"
    NAT = "nat", "behind NATs"
    RANDOM = "random", "any"
    SPECIFIC = "specific", "these, by handle"


class Order(models.Model):
    """One acquisition. The site writes it with its first leases; the workers assign them, and top up what fails."""

    class State(models.TextChoices):
        """Where it stands."""

        WORKING = "working", "being assigned"
        DONE = "done", "all are there"
        PARTIAL = "partial", "some are there, and no more can be had"
        FAILED = "failed", "could not be met; nothing is held"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="orders")
    created_at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=10, choices=Kind)
    wanted = models.PositiveIntegerField()
    least = models.PositiveIntegerField(help_text="with fewer it fails as a whole, and all are given back")
    where = models.JSONField(default=dict, help_text="filters: `leases.where.Where`")
    key = models.CharField(  # with a default in the database itself, for a site of the version before
        max_length=64, blank=True, db_default="", help_text="the client's: an order that is sent again is not another"
    )
    handles_digest = models.CharField(  # as above
        max_length=64, blank=True, db_default="", help_text="of the vessels that it names, where a key came with it"
    )
    replaces = models.ForeignKey("Lease", models.SET_NULL, null=True, blank=True, related_name="replaced_by")
    state = models.CharField(max_length=10, choices=State, default=State.WORKING)
    message = models.CharField(max_length=500, blank=True, help_text="why it was not met, or not in full; in words")
    tries = models.PositiveIntegerField(default=0, help_text="vessels that were tried")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(wanted__gte=1, wanted__lte=MOST), name="an_order_wants_some"),
            models.CheckConstraint(condition=Q(least__lte=F("wanted")), name="least_is_at_most_wanted"),
            models.UniqueConstraint("user", "key", condition=~Q(key=""), name="a_key_means_one_order"),
        ]
        indexes: ClassVar = [models.Index("state", condition=Q(state="working"), name="orders_to_work_at")]

    def __str__(self) -> str:
        return f"{self.wanted} {self.kind} for {self.user}"


class Lease(models.Model):
    """That a vessel is somebody's, from then to then. Rows are kept when it has ended: the abuse desk asks."""

    class State(models.TextChoices):
        """Where it stands."""

        ASSIGNING = "assigning", "the node is being told"
        ACTIVE = "active", "in use"
        ENDED = "ended", "over"

    class End(models.TextChoices):
        """Why it ended."""

        RELEASED = "released", "given back"
        EXPIRED = "expired", "its time was over"
        LOST = "lost", "the vessel is not there any more"
        NOT_GIVEN = "not-given", "the node did not take it"
        UNDONE = "undone", "its order could not be met"
        CUT_OFF = "cut-off", "taken away by an operator"

    vessel = models.ForeignKey(Vessel, models.SET_NULL, null=True, related_name="leases")
    # Copies, since the vessel may go.
    node_id = models.CharField(max_length=KEY_ID)
    vessel_name = models.CharField(max_length=VESSEL_NAME)
    ports = models.JSONField(default=list, help_text="numbers, lowest first: whose port it was is asked for later")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="leases")
    username = models.CharField(max_length=30, help_text="of the holder, whose account may go")
    order = models.ForeignKey(Order, models.SET_NULL, null=True, related_name="leases")
    state = models.CharField(max_length=10, choices=State, default=State.ASSIGNING)
    created_at = models.DateTimeField(auto_now_add=True)
    assigned_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True, blank=True, help_text="that it will end")
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=10, choices=End, blank=True)
    why = models.CharField(max_length=300, blank=True, help_text="why it ended; in words")

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint("vessel", condition=Q(ended_at=None), name="a_vessel_has_one_holder"),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False) | (~Q(state="ended") & Q(ended_at=None)),
                name="ended_iff_it_has_an_end",
            ),
        ]
        indexes: ClassVar = [
            models.Index("user", condition=Q(ended_at=None), name="open_leases_of_a_user"),
            models.Index("expires_at", condition=Q(ended_at=None), name="open_leases_by_end"),
            models.Index("state", condition=Q(state="assigning"), name="leases_to_assign"),
            models.Index("node_id", "created_at", name="leases_on_a_node"),
        ]

    def __str__(self) -> str:
        return f"{self.handle} of {self.username}"

    @property
    def handle(self) -> str:
        """As `Vessel.handle`, and still known when the vessel is not."""
        return f"{self.node_id}:{self.vessel_name}"
