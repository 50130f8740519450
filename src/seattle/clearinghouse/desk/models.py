"""Keys and accounts that were cut off."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from seattle.clearinghouse.fleet.models import KEY_ID


class CutOff(models.Model):
    """A key that is to be of no use anywhere: the workers void its credentials, and take it from its vessels."""

    key_id = models.CharField(max_length=KEY_ID, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="cut_offs")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True, help_text="when brokers and nodes had been told")

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.key_id
