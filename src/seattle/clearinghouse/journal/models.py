"""What the workers did on nodes, and which workers there are."""

from typing import ClassVar

from django.db import models

from seattle.clearinghouse.fleet.models import VESSEL_NAME, Node


class JournalEntry(models.Model):
    """One thing that a worker did, or tried to do."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    worker = models.CharField(max_length=64)
    action = models.CharField(max_length=20, help_text="discover, take-over, split, clean, assign, expire, probe, ...")
    node = models.ForeignKey(Node, models.CASCADE, null=True, blank=True, related_name="journal")
    vessel_name = models.CharField(max_length=VESSEL_NAME, blank=True)
    succeeded = models.BooleanField(default=True)
    detail = models.CharField(max_length=500, blank=True, help_text="why, and what came of it; in words")
    took_ms = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name_plural = "journal entries"

    def __str__(self) -> str:
        return f"{self.action} {'done' if self.succeeded else 'failed'}: {self.detail}"


class Heartbeat(models.Model):
    """That a worker lives."""

    worker = models.CharField(max_length=64, unique=True)
    started_at = models.DateTimeField()
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="when it ended in good order; else none")

    def __str__(self) -> str:
        return self.worker
