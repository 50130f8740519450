"""Nodes, the units that they are divided into, their ports and addresses, and the donations that they came by."""

import random
import secrets
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q

TOKEN_PREFIX: Final = "don_"  # noqa: S105 - what tokens begin with
KEY_ID: Final = 56  # characters
VESSEL_NAME: Final = 64  # characters


def new_donation_token() -> str:
    """A word that an installer carries, and that says whose donation a node is."""
    return TOKEN_PREFIX + secrets.token_urlsafe(16)


def shuffle() -> float:
    """Where a vessel stands in the random order: picking at random is a range scan of an index then."""
    return random.SystemRandom().random()


class DonationToken(models.Model):
    """What an installer carries. It allows nothing but to donate in this user's name, or in nobody's."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="donation_tokens")
    token = models.CharField(max_length=64, unique=True, default=new_donation_token)
    name = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.name or self.token[: len(TOKEN_PREFIX) + 4] + "..."


class Node(models.Model):
    """A node that has ever donated to us. Rows are never deleted: what it was, and who gave it, is asked for later."""

    class State(models.TextChoices):
        """How far a node has come."""

        NEW = "new", "seen, not yet taken over"
        DIVIDING = "dividing", "being divided into vessels"
        READY = "ready", "in use"
        BROKEN = "broken", "differs from what we know of it, and a person has to look"
        RETIRED = "retired", "shut out, or given back"

    class Nat(models.TextChoices):
        """How its vessels are reached; as `seattle.fabric.advert.NatKind`."""

        PUBLIC = "public", "has a public address"
        NAT = "nat", "behind a NAT"
        UNKNOWN = "unknown", "not known"

    node_id = models.CharField(max_length=KEY_ID, unique=True, help_text="its key's id (U...)")
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    online = models.BooleanField(default=False, help_text="whether it advertises, and answers when it is asked")
    why = models.CharField(max_length=300, blank=True, help_text="why it is not in use, or was lost; in words")
    version = models.CharField(max_length=64, blank=True)
    nat = models.CharField(max_length=10, choices=Nat, default=Nat.UNKNOWN)
    address = models.CharField(max_length=64, blank=True, help_text="as its broker sees it, or as it says itself")
    enrolled_from = models.CharField(
        max_length=64, blank=True, help_text="where it fetched its latest credential from, which is no word of its own"
    )
    network = models.CharField(max_length=64, blank=True, help_text="the /24 or /64 of the address")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 code")
    asn = models.PositiveBigIntegerField(null=True, blank=True)
    as_name = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    resources = models.JSONField(default=dict, help_text="of the whole donation, by name")
    holding_back = models.CharField(max_length=300, blank=True, help_text="why it starts nothing now, in its words")
    rest_vessel = models.CharField(max_length=VESSEL_NAME, blank=True, help_text="the vessel that holds what is left")

    first_seen_at = models.DateTimeField(auto_now_add=True)
    advertised_at = models.DateTimeField(null=True, blank=True, help_text="its latest advert, by our clock")
    answered_at = models.DateTimeField(null=True, blank=True, help_text="its latest answer")
    online_since = models.DateTimeField(null=True, blank=True)
    online_seconds = models.PositiveBigIntegerField(default=0, help_text="in all, up to `online_since`")

    # For the workers: who is at it, and when to try again.
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    try_at = models.DateTimeField(null=True, blank=True, help_text="not before")
    probe_at = models.DateTimeField(null=True, blank=True, help_text="when to look whether all is as we think")
    claimed_by = models.CharField(max_length=64, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index("network", name="node_network"),
            models.Index("country", name="node_country"),
            models.Index("asn", name="node_asn"),
            models.Index("probe_at", name="node_probe"),
        ]

    def __str__(self) -> str:
        return f"{self.node_id[:12]} at {self.address}" if self.address else self.node_id[:12]

    @property
    def usable(self) -> bool:
        """Whether its vessels may be handed out."""
        return self.online and self.state == self.State.READY


class NodeAddress(models.Model):
    """An address under which a node was seen, and from when to when: for the abuse desk."""

    node = models.ForeignKey(Node, models.CASCADE, related_name="addresses")
    address = models.GenericIPAddressField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index("address", "first_seen_at", name="address_at_a_time")]

    def __str__(self) -> str:
        return self.address


class Donation(models.Model):
    """That a node is somebody's gift. It earns credits while it is `credited`."""

    node = models.OneToOneField(Node, models.PROTECT, related_name="donation")
    donor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="donations")
    token = models.ForeignKey(DonationToken, models.SET_NULL, null=True, related_name="donations")
    created_at = models.DateTimeField(auto_now_add=True)
    credited = models.BooleanField(default=False)
    credits = models.PositiveIntegerField(default=0, help_text="that it earns now")
    why_not = models.CharField(max_length=300, blank=True, help_text="why it earns nothing now; in words")

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(credited=True) | Q(credits=0), name="what_earns_is_credited"),
        ]

    def __str__(self) -> str:
        return f"{self.node} by {self.donor}"


class Vessel(models.Model):
    """A unit of a node, which may be handed out. What is left over of the node has no row."""

    class State(models.TextChoices):
        """What may be done with it."""

        FREE = "free", "free"
        LEASED = "leased", "somebody's"
        DIRTY = "dirty", "being cleaned"
        LOST = "lost", "not on its node any more"

    node = models.ForeignKey(Node, models.CASCADE, related_name="vessels")
    name = models.CharField(max_length=VESSEL_NAME)
    state = models.CharField(max_length=10, choices=State, default=State.DIRTY)
    keys_synced = models.BooleanField(default=True, help_text="whether the node has its holder's keys, and no others")
    shuffle = models.FloatField(default=shuffle, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    failures = models.PositiveIntegerField(default=0, help_text="in a row, of what the workers tried with it")
    try_at = models.DateTimeField(null=True, blank=True, help_text="not before")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("node", "name", name="names_on_a_node_differ"),
        ]
        indexes: ClassVar = [
            models.Index("shuffle", condition=Q(state="free"), name="free_vessels_at_random"),
            models.Index("state", condition=Q(state="dirty"), name="dirty_vessels"),
            models.Index("keys_synced", condition=Q(keys_synced=False), name="vessels_with_old_keys"),
        ]

    def __str__(self) -> str:
        return self.handle

    @property
    def handle(self) -> str:
        """What users and the APIs call it: the node's id, a colon, its name there."""
        return f"{self.node.node_id}:{self.name}"


class VesselPort(models.Model):
    """A port (TCP and UDP) that a vessel has: on one node it is one vessel's, and so one user's at a time."""

    vessel = models.ForeignKey(Vessel, models.CASCADE, related_name="ports")
    node = models.ForeignKey(Node, models.CASCADE, related_name="+")
    port = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("node", "port", name="a_port_is_one_vessels")]
        indexes: ClassVar = [models.Index("port", "vessel", name="vessels_by_port")]

    def __str__(self) -> str:
        return str(self.port)
