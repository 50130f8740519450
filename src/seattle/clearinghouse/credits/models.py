"""The ledger: each change of what somebody may hold, or does hold, with its reason. Entries are never changed."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class LedgerEntry(models.Model):
    """One change. The sums over a user's entries are their `credits_total` and `credits_held`."""

    class Reason(models.TextChoices):
        """Why."""

        JOINED = "joined", "welcome"
        DONATION_UP = "donation-up", "a donation is live"
        DONATION_DOWN = "donation-down", "a donation is not live any more"
        GRANTED = "granted", "by an operator"
        ACQUIRED = "acquired", "vessels were acquired"
        RELEASED = "released", "vessels were given back"
        EXPIRED = "expired", "their time was over"
        LOST = "lost", "vessels were lost, and given up"
        NOT_GIVEN = "not-given", "vessels that were asked for could not be had"
        CUT_OFF = "cut-off", "vessels were taken away by an operator"

    # Of an account that was deleted, the history stays without the person.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="ledger")
    at = models.DateTimeField(auto_now_add=True)
    total_change = models.IntegerField(default=0, help_text="of how many vessels may be held")
    held_change = models.IntegerField(default=0, help_text="of how many are held")
    reason = models.CharField(max_length=20, choices=Reason)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index("user", "id", name="ledger_of_a_user")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(total_change=0, held_change__lt=0)
                | Q(total_change=0, held_change__gt=0)
                | Q(held_change=0, total_change__lt=0)
                | Q(held_change=0, total_change__gt=0),
                name="an_entry_changes_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.total_change or self.held_change:+} {self.reason}"
