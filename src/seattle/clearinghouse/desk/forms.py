"""What operators fill in."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import forms

from seattle.clearinghouse.desk.services import MOST_REASON

_FAR: Final = timedelta(days=3660)  # complaints don't come later
_MOST_TIME: Final = 40  # characters


class Moment(forms.Field):
    """A time with its zone, as logs have it: 2025-03-01T14:02:07+01:00, or ending in Z."""

    def to_python(self, value: Any) -> Any:
        """The time in UTC."""
        text = str(value or "").strip()[:_MOST_TIME]
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as why:
            raise forms.ValidationError("write the time as 2025-03-01T14:02:07+01:00 (or with Z for UTC)") from why
        if moment.tzinfo is None:
            raise forms.ValidationError("say in which time zone: +01:00, say, or Z for UTC, at the end")
        now = datetime.now(UTC)
        if not now - _FAR < moment <= now + timedelta(days=1):
            raise forms.ValidationError("that time is not within the last ten years")
        return moment.astimezone(UTC)


class LookUpForm(forms.Form):
    """An address, a port and a time."""

    address = forms.GenericIPAddressField(label="Address", help_text="IPv4 or IPv6, as in the complaint")
    port = forms.IntegerField(
        label="Port", min_value=1, max_value=65535, required=False, help_text="at that address; leave it out if unknown"
    )
    moment = Moment(label="Time", help_text="with its zone: 2025-03-01T14:02:07+01:00, or ...Z for UTC")
    purpose = forms.CharField(label="For which complaint", max_length=200, help_text="it is logged who looked up whom")


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(max_length=MOST_REASON)


class CutOffForm(ReasonForm):
    """Why, and whether the account is closed too."""

    ban = forms.BooleanField(required=False)


class CutOffKeyForm(ReasonForm):
    """Which key, and why."""

    field_order = ("key_id", "reason")
    key_id = forms.CharField(label="Key", max_length=56, help_text="its id: U..., 56 characters")
