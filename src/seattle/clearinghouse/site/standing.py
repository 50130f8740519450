"""What a donor asks of a node, answered in words: is it seen, is it in use, does it earn, and if not, why?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings

from seattle.clearinghouse.fleet.models import Donation, Node
from seattle.clearinghouse.site.templatetags.words import duration


class Mood(StrEnum):
    """How good it is; also a class of style.css."""

    WELL = "well"
    WAITS = "waits"
    BAD = "bad"


@dataclass(frozen=True)
class Answer:
    """A word, and why."""

    mood: Mood
    word: str
    why: str = ""


@dataclass(frozen=True)
class Standing:
    """How a donation stands."""

    donation: Donation
    seen: Answer
    used: Answer
    earns: Answer
    uptime: timedelta  # in all
    share: float  # of the time since it was first seen, 0 to 1


def standing(donation: Donation, now: datetime) -> Standing:
    """The answers for one donation, whose node must have been read with it."""
    node = donation.node
    uptime = timedelta(seconds=node.online_seconds)
    if node.online and node.online_since is not None:
        uptime += now - node.online_since
    known = now - node.first_seen_at
    return Standing(
        donation=donation,
        seen=_seen(node, now),
        used=_used(node),
        earns=_earns(donation),
        uptime=uptime,
        share=min(1.0, uptime / known) if known else 0.0,
    )


def _seen(node: Node, now: datetime) -> Answer:
    if node.online:
        since = f"for {duration(now - node.online_since)}" if node.online_since else "now"
        return Answer(Mood.WELL, "Online", since)
    latest = max((time for time in (node.advertised_at, node.answered_at) if time is not None), default=None)
    if latest is None:
        return Answer(Mood.WAITS, "Not yet reached", "it was announced, and has not answered so far")
    return Answer(Mood.BAD, "Offline", f"last heard of {duration(now - latest)} ago; is it switched on, and connected?")


def _used(node: Node) -> Answer:
    match Node.State(node.state):
        case Node.State.NEW:
            return Answer(Mood.WAITS, "Being taken over", node.why or "this takes a minute once it is online")
        case Node.State.DIVIDING:
            return Answer(Mood.WAITS, "Being divided into vessels", node.why)
        case Node.State.READY if node.holding_back:
            return Answer(Mood.WAITS, "In use, and holding back now", node.holding_back)
        case Node.State.READY if node.online:
            return Answer(Mood.WELL, "In use")
        case Node.State.READY:
            return Answer(Mood.WAITS, "Waiting for it to come back")
        case Node.State.BROKEN:
            return Answer(Mood.BAD, "Out of use", node.why or "it differs from what we know of it; the operators look")
        case Node.State.RETIRED:
            return Answer(Mood.BAD, "Retired", node.why or "it was shut out, or given back")


def _earns(donation: Donation) -> Answer:
    if donation.credited:
        return Answer(Mood.WELL, "Yes", f"{settings.SITE.credits_per_donation} vessels more for you")
    if donation.why_not:
        return Answer(Mood.BAD, "No", donation.why_not)
    return Answer(Mood.WAITS, "Not yet", "it does from when it is online and in use")
