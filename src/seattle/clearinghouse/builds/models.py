"""Builds: what an installer says, who had it made, and a worker's signature for it."""

from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from seattle.clearinghouse.fleet.models import KEY_ID, DonationToken
from seattle.installer import build_ids

DIGEST: Final = 64  # characters of a SHA-256


class Build(models.Model):
    """One installer to be had. What it says of vessels never changes; the version that it carries does."""

    class Kind(models.TextChoices):
        """What it is for."""

        CUSTOM = "custom", "a planner's layout"
        DONATION = "donation", "a donation in a user's name"
        GENERAL = "general", "a donation in nobody's name"

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "waits for a worker's signature"
        SIGNED = "signed", "signed"
        REFUSED = "refused", "a worker did not sign it"
        WITHDRAWN = "withdrawn", "its planner took it back"

    build_id = models.CharField(
        max_length=build_ids.LENGTH, unique=True, default=build_ids.new_build_id, editable=False
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CUSTOM)
    name = models.CharField(max_length=40, blank=True, help_text="in the planner's words")
    planner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="builds", help_text="who had it made"
    )
    token = models.ForeignKey(
        DonationToken, models.CASCADE, related_name="builds", help_text="by which its nodes are let into the fabric"
    )
    people = models.JSONField(default=list, help_text="their names, and the public halves of their keys")
    vessels = models.JSONField(default=list, help_text="percent, owner and users of each; the reserved one is not here")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    why = models.CharField(max_length=300, blank=True, help_text="why it was not signed; in words")
    created_at = models.DateTimeField(auto_now_add=True)

    # What a worker has signed.
    statement = models.BinaryField(null=True)
    signature = models.BinaryField(null=True)
    signer = models.CharField(max_length=KEY_ID, blank=True, help_text="id of the key that signed")
    version = models.CharField(max_length=64, blank=True, help_text="that it carries")
    bundle = models.CharField(max_length=DIGEST, blank=True, help_text="SHA-256 of the bundle that it carries")
    loader = models.CharField(max_length=DIGEST, blank=True, help_text="SHA-256 of the code that installs it")
    signed_at = models.DateTimeField(null=True, blank=True)

    # Of the file that was made of it; empty until it was.
    file_digest = models.CharField(max_length=DIGEST, blank=True, help_text="SHA-256 of the installer")
    file_size = models.PositiveBigIntegerField(default=0, help_text="bytes")

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint("kind", condition=Q(kind="general"), name="one_general_installer"),
            models.UniqueConstraint("token", condition=Q(kind="donation"), name="one_installer_of_a_token"),
            models.CheckConstraint(
                condition=~Q(state="signed") | Q(statement__isnull=False, signature__isnull=False),
                name="signed_has_a_signature",
            ),
        ]
        indexes: ClassVar = [
            models.Index("state", condition=Q(state="waiting"), name="builds_to_sign"),
        ]

    def __str__(self) -> str:
        return f"{self.build_id[:8]} {self.name}".rstrip()

    @property
    def is_custom(self) -> bool:
        """Whether a planner laid it out."""
        return self.kind == self.Kind.CUSTOM

    @property
    def key_of(self) -> dict[str, Any]:
        """Public lines by name."""
        return {person["name"]: person["line"] for person in self.people}
