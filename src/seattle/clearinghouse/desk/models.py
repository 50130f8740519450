"""Keys that were cut off, and who was looked up by whom."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from seattle.clearinghouse.fleet.models import KEY_ID


class CutOff(models.Model):
    """A key that is to be of no use anywhere: the workers void its credentials, and take it from its vessels."""

    key_id = models.CharField(max_length=KEY_ID, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="cut_offs")
    username = models.CharField(max_length=30, blank=True, help_text="of the key's user, whose account may go")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True, help_text="when brokers and nodes had been told")
    # When it is pardoned the workers have to tell the brokers once more.
    pardoned_at = models.DateTimeField(null=True, blank=True)
    pardoned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    pardon_reason = models.CharField(max_length=500, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True, help_text="when brokers had been told of the pardon")

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint("key_id", condition=Q(pardoned_at=None), name="a_key_is_cut_off_once"),
            models.CheckConstraint(
                condition=Q(undone_at=None) | Q(pardoned_at__isnull=False), name="undone_is_pardoned"
            ),
        ]

    def __str__(self) -> str:
        return self.key_id

    @classmethod
    def holds_for(cls, key_id: str) -> bool:
        """Whether a key is cut off, and was not pardoned."""
        return cls.objects.filter(key_id=key_id, pardoned_at=None).exists()


class LookUp(models.Model):
    """That an operator asked who had something at some time. Entries are never changed."""

    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    address = models.GenericIPAddressField()
    port = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    moment = models.DateTimeField(help_text="the time that was asked about")
    purpose = models.CharField(max_length=200, help_text="which complaint it was for")
    found = models.JSONField(default=list, help_text="names of the holders that were told")

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.address} at {self.moment}"
