"""The forms of the pages."""

import re
import secrets
from collections.abc import Sequence
from typing import Any, Final

from django import forms

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.leases.models import MOST, Kind
from seattle.clearinghouse.leases.repeats import KEY
from seattle.clearinghouse.leases.where import Where, parse_where

KINDS: Final = (
    (Kind.WAN, "wan: each in another network"),
    (Kind.LAN, "lan: all in one network"),
    (Kind.NAT, "nat: behind NATs"),
    (Kind.RANDOM, "random: any that are free"),
)
_MEGABYTE: Final = 1_000_000


class _Listed(forms.CharField):
    """Words, separated by commas."""

    def clean(self, value: Any) -> list[str]:
        """The words, in capitals."""
        return [word.strip().upper() for word in re.split(r"[,;]", super().clean(value) or "") if word.strip()]


class _Countries(forms.CharField):
    """Codes of countries, separated by commas or spaces."""

    def clean(self, value: Any) -> list[str]:
        """The codes, in capitals."""
        codes = [word.upper() for word in re.split(r"[,;\s]+", super().clean(value) or "") if word]
        for code in codes:
            if not re.fullmatch("[A-Z]{2}", code):
                raise forms.ValidationError(f"{code[:40]} is no code of a country, such as DE or US.")
        return codes


def new_key() -> str:
    """The key of one order, for a form that may come twice."""
    return secrets.token_hex(16)


class GetVessels(forms.Form):
    """How many vessels, of which kind, and on which nodes.

    `key` makes one order of a form that is sent twice, by a double click or from a page that was gone back to.
    """

    key = forms.RegexField(
        KEY,
        required=False,  # pages of the version before have none
        initial=new_key,
        widget=forms.HiddenInput({"autocomplete": "off"}),  # else some browsers keep it when the page is loaded anew
    )
    count = forms.IntegerField(label="How many", min_value=1, max_value=MOST, initial=1)
    kind = forms.ChoiceField(label="Which", choices=KINDS, initial=Kind.WAN)
    least = forms.IntegerField(
        label="Be content with",
        min_value=1,
        max_value=MOST,
        required=False,
        help_text="Fewer than these, and you get none. Empty: all or none.",
    )
    countries = _Countries(
        label="In these countries", required=False, max_length=300, help_text="Two-letter codes: DE, FR, US."
    )
    not_countries = _Countries(label="Not in these countries", required=False, max_length=300)
    networks = _Listed(
        label="In these networks",
        required=False,
        max_length=600,
        help_text="Names, numbers, or addresses: GOOGLE; AS3320; 192.0.2.0/24.",
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
        for name in ("countries", "not_countries", "networks", "near"):
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
        if len(_by_kind(given.get("networks", []))) > 1:
            self.add_error("networks", "Names, numbers or addresses: only one of these kinds at a time.")
        return given

    @property
    def filters(self) -> list[forms.BoundField]:
        """The fields that say which nodes."""
        return [field for field in self if field.name not in ("key", "count", "kind")]

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
            **_by_kind(given["networks"]),
            "least_uptime": given["least_uptime"],
            "near": given["near"],
            "within_ms": given["within_ms"],
            "resources": {name: amount for name, amount in resources.items() if amount},
        }
        chosen = {name: value for name, value in asked.items() if value}
        if given["own_port"]:
            chosen["own_port"] = given["own_port"] == "yes"
        return parse_where(chosen)


def _by_kind(networks: Sequence[str]) -> dict[str, list[Any]]:
    """Networks as the filters of an order call them, by how they are named."""
    kinds: dict[str, list[Any]] = {}
    for name in networks:
        if number := re.fullmatch(r"(?:AS)?(\d{1,10})", name):
            kinds.setdefault("asns", []).append(int(number[1]))
        elif "/" in name:
            kinds.setdefault("networks", []).append(name.lower())
        else:
            kinds.setdefault("as_names", []).append(name)
    return kinds


class MakeToken(forms.Form):
    """A token to donate by."""

    name = forms.CharField(label="What for", max_length=100, required=False, help_text="Your words: the lab, my attic.")
