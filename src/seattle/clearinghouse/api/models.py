"""How much of what they may do in a while has been done by whom."""

from django.db import models


class Allowance(models.Model):
    """What somebody has done of something since their latest window of time began."""

    whose = models.CharField(max_length=120, primary_key=True, help_text="what is counted, of whom")
    window = models.PositiveBigIntegerField(db_index=True, help_text="when it began: seconds since 1970")
    used = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.whose}: {self.used}"
