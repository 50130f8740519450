"""The forms of the pages."""

import re
from typing import Any, Final

from django import forms

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.leases.models import MOST, Kind
from seattle.clearinghouse.leases.where import Where, parse_where

KINDS: Final = (
    (Kind.WAN, "wan: each in another network"),
    (Kind.LAN, "lan: all in one network"),
    (Kind.NAT, "nat: behind NATs"),
    (Kind.RANDOM, "random: any that are free"),
)
_MEGABYTE: Final = 1_000_000


class _Listed(forms.CharField):
    """Words, separated by commas or spaces."""

    def clean(self, value: Any) -> list[str]:
        """The words, in capitals."""
        return [word.upper() for word in re.split(r"[,;\s]+", super().clean(value) or "") if word]


class GetVessels(forms.Form):
    """How many vessels, of which kind, and on which nodes."""

    count = forms.IntegerField(label="How many", min_value=1, max_value=MOST, initial=1)
    kind = forms.ChoiceField(label="Which", choices=KINDS, initial=Kind.WAN)
    least = forms.IntegerField(
        label="Be content with",
        min_value=1,
        max_value=MOST,
        required=False,
        help_text="Fewer than these, and you get none. Empty: all or none.",
    )
    countries = _Listed(
        label="In these countries", required=False, max_length=300, help_text="Two-letter codes: DE, FR, US."
    )
    not_countries = _Listed(label="Not in these countries", required=False, max_length=300)
    asns = _Listed(
        label="In these networks",
        required=False,
        max_length=600,
        help_text="Numbers of autonomous systems: 3320, 7018.",
    )
    least_uptime = forms.FloatField(
        label="Online for at least", required=False, min_value=0, max_value=8784, help_text="Hours without a break."
    )
    near = forms.GenericIPAddressField(label="Near this address", required=False, help_text="IPv4 or IPv6.")
    within_ms = forms.FloatField(
        label="At most so far from it",
        required=False,
        min_value=0.1,
        max_value=1000,
        help_text="Milliseconds there and back, as estimated from where both are.",
    )
    cpu = forms.FloatField(
        label="The node gives at least",
        required=False,
        min_value=0,
        max_value=1024,
        help_text="Cores, of all its vessels.",
    )
    memory = forms.IntegerField(
        label="and at least",
        required=False,
        min_value=0,
        max_value=10**9,
        help_text="Megabytes of memory, of all its vessels.",
    )
    own_port = forms.ChoiceField(
        label="Your own port",
        required=False,
        choices=[("", "as is usual here"), ("yes", "every vessel must have it"), ("no", "does not matter")],
    )

    def __init__(self, *args: Any, user: User, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["count"].widget.attrs["max"] = min(MOST, user.credits_available)
        for name in ("countries", "not_countries", "near"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean(self) -> dict[str, Any]:
        """Refuse what belongs together and came apart."""
        given = super().clean() or {}
        if given.get("within_ms") and not given.get("near") and "near" not in self.errors:
            self.add_error("near", "Say near which address, or leave the distance empty.")
        if given.get("near") and not given.get("within_ms") and "within_ms" not in self.errors:
            self.add_error("within_ms", "Say how far at most, or leave the address empty.")
        least, count = given.get("least"), given.get("count")
        if least and count and least > count:
            self.add_error("least", f"You ask for {count}: choose at most so many.")
        if any(not re.fullmatch(r"(?:AS)?\d{1,10}", number) for number in given.get("asns", ())):
            self.add_error("asns", "Only numbers, please, as in 3320, 7018.")
        return given

    @property
    def filters(self) -> list[forms.BoundField]:
        """The fields that say which nodes."""
        return [field for field in self if field.name not in ("count", "kind")]

    @property
    def filtering(self) -> bool:
        """Whether any of those is in use."""
        return any(field.errors or field.value() for field in self.filters)

    def where(self) -> Where:
        """The filters. Raises BadRequest."""
        given = self.cleaned_data
        resources = {"cpu": given["cpu"], "memory": (given["memory"] or 0) * _MEGABYTE}
        asked = {
            "countries": given["countries"],
            "not_countries": given["not_countries"],
            "asns": [int(number.removeprefix("AS")) for number in given["asns"]],
            "least_uptime": given["least_uptime"],
            "near": given["near"],
            "within_ms": given["within_ms"],
            "resources": {name: amount for name, amount in resources.items() if amount},
        }
        chosen = {name: value for name, value in asked.items() if value}
        if given["own_port"]:
            chosen["own_port"] = given["own_port"] == "yes"
        return parse_where(chosen)


class MakeToken(forms.Form):
    """A token to donate by."""

    name = forms.CharField(label="What for", max_length=100, required=False, help_text="Your words: the lab, my attic.")
