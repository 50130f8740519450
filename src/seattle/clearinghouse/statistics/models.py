"""What was counted, and when."""

from typing import ClassVar

from django.db import models


class Snapshot(models.Model):
    """The size of the network at one moment."""

    class Keep(models.TextChoices):
        """How long it is kept: the first of an hour, or of a day (UTC), longer than the others."""

        SHORT = "short", "for days"
        HOURLY = "hourly", "for months"
        DAILY = "daily", "for good"

    at = models.DateTimeField(unique=True, help_text="rounded down, so that of several workers one alone writes it")
    keep = models.CharField(max_length=10, choices=Keep)
    nodes_online = models.PositiveIntegerField()
    nodes_in_use = models.PositiveIntegerField(help_text="online, and divided into vessels")
    vessels_free = models.PositiveIntegerField()
    vessels_held = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["at"]
        indexes: ClassVar = [models.Index("keep", "at", name="snapshots_by_age")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
