"""What a donation earns: credits while its node is in use, with caps, so that credit can't be farmed.

* A node earns while it is in use and was seen not long ago: one missed advert takes nothing away.
* Of one address two donations earn, whoever's they are, and of one network (/24) four of one account. In IPv6 addresses
  within a /64 cost nothing, so there four of a whole /64 earn, whoever's they are; and those within a /48, which one
  customer may have, cost nothing either, so there four of one account earn.
* First come, first served: a node that moves to an address where others earn already has moved to the end of the queue.

Nodes over a cap are in use like all others; they earn nothing, and their donors are told why.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.credits import services as ledger
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.fleet.models import Donation, Node
from seattle.fabric.allowance import customer_of

GRACE: Final = timedelta(minutes=30)  # without a word of a node, until its donation earns nothing
_BATCH: Final = 200  # donations in one sweep
_NEXT: Final = 20  # donations that are looked at when one no longer earns
_OF_IPV6: Final = Q(node__network__contains=":")


@transaction.atomic
def settle(node: Node, now: datetime) -> Donation | None:
    """Have a node's donation earn what it should, and say why if nothing; None if it is nobody's.

    To be called whenever a node comes, goes, changes its state or its address, in a transaction that does nothing else.
    """
    node.refresh_from_db(fields=["network"])
    _lock_neighbours(node)
    donation = _donations().filter(node=node).first()
    if donation is None:
        return None
    if not _settle(donation, now):
        for other in _donations().filter(_near(donation.node), credited=False).order_by("created_at")[:_NEXT]:
            _settle(other, now)
    return donation


def sweep(now: datetime) -> None:
    """Settle what nobody has settled: silent nodes when their grace is over, and whatever else is not as it should be.

    For the workers to call every minute or so.
    """
    useful = Q(node__online=True, node__state=Node.State.READY, donor__is_active=True)
    doubtful = Q(credited=True) & (~useful | _crowded())
    waiting = Q(credited=False) & useful
    for some in (doubtful, waiting):  # at random: those that a cap keeps out must not keep others from their turn
        for donation in _donations().filter(some).order_by("?")[:_BATCH]:
            settle(donation.node, now)


def why_not(donation: Donation, now: datetime) -> str:
    """Why a donation earns nothing, in words; empty if it does, or should. The caps are counted without itself."""
    node = donation.node
    if donation.donor is None:
        return "it is in nobody's name"
    if not donation.donor.is_active:
        return "the donor's account was closed by the operators"
    if node.state != Node.State.READY:
        return f"the node is not in use: {node.why or Node.State(node.state).label}"
    if not node.online and not _seen_lately(node, now):
        return "the node is offline"
    if not node.address or not node.network:
        return "the node's address is not known yet"
    return _over_a_cap(donation)


def _settle(donation: Donation, now: datetime) -> bool:
    """Whether it earns from now on."""
    why = why_not(donation, now)
    if donation.credited == (not why) and donation.why_not == why:
        return donation.credited
    if donation.credited and why:
        if donation.donor_id is not None:
            note = f"{donation.node}: {why}"
            ledger.change_total(donation.donor_id, -donation.credits, LedgerEntry.Reason.DONATION_DOWN, note)
        donation.credits = 0
    elif not donation.credited and not why and donation.donor_id is not None:
        donation.credits = settings.SITE.credits_per_donation
        ledger.change_total(donation.donor_id, donation.credits, LedgerEntry.Reason.DONATION_UP, str(donation.node))
    donation.credited, donation.why_not = not why, why[:300]
    donation.save(update_fields=["credited", "credits", "why_not"])
    return donation.credited


def _over_a_cap(donation: Donation) -> str:
    site, node = settings.SITE, donation.node
    others = Donation.objects.filter(credited=True).exclude(pk=donation.pk)
    if others.filter(node__address=node.address).count() >= site.donations_per_address:
        return f"{site.donations_per_address} other nodes at its address {node.address} earn already, which is the most"
    most = site.donations_per_network
    within = others.filter(node__network=node.network)
    theirs = others.filter(donor=donation.donor_id)
    if ":" not in node.network:
        if (within & theirs).count() >= most:
            return f"{most} other nodes of its network {node.network} earn already, which is the most"
        return ""
    if within.count() >= most:
        return f"{most} other nodes of its network {node.network} earn already, which is the most"
    customer = customer_of(node.network)
    networks = theirs.filter(_OF_IPV6).values_list("node__network", flat=True)
    if sum(customer_of(network) == customer for network in networks) >= most:
        return f"{most} other nodes of your networks within {customer} earn already, which is the most"
    return ""


def _seen_lately(node: Node, now: datetime) -> bool:
    seen = [at for at in (node.advertised_at, node.answered_at) if at is not None]
    return bool(seen) and max(seen) >= now - GRACE


def _lock_neighbours(node: Node) -> None:
    """Have others who settle a node of the same network wait: both lock both nodes' donations, in one order."""
    near = Donation.objects.filter(_near(node))
    donors = list(near.values_list("donor_id", flat=True))
    list(User.objects.filter(pk__in=donors).order_by("pk").select_for_update(no_key=True))  # as everybody: users first
    list(near.order_by("pk").select_for_update(of=("self",), no_key=True))


def _near(node: Node) -> Q:
    return Q(node=node) | Q(node__network=node.network) if node.network else Q(node=node)


def _donations() -> QuerySet[Donation]:
    return Donation.objects.select_related("node", "donor")


def _crowded() -> Q:
    """Donations that earn where more do than may, since a node moved there."""
    addresses = _more_than(settings.SITE.donations_per_address, "node__address")
    networks = _more_than(settings.SITE.donations_per_network, "node__network", "donor")
    shared = _more_than(settings.SITE.donations_per_network, "node__network")
    return (
        Q(node__address__in=addresses)
        | Q(node__network__in=networks)
        | Q(_OF_IPV6, node__network__in=shared)
        | Q(pk__in=_crowded_customers())
    )


def _crowded_customers() -> list[int]:
    """The same of donations of one account within one /48; keys."""
    earning: dict[tuple[int | None, str], list[int]] = defaultdict(list)
    rows = Donation.objects.filter(_OF_IPV6, credited=True).values_list("pk", "donor_id", "node__network")
    for key, donor, network in rows:
        earning[donor, customer_of(network)].append(key)
    most = settings.SITE.donations_per_network
    return [key for keys in earning.values() if len(keys) > most for key in keys]


def _more_than(cap: int, *columns: str) -> QuerySet[Donation, Any]:
    """The first of these columns, of groups that are alike in all of them and larger than this."""
    groups = Donation.objects.filter(credited=True).order_by().values(*columns).annotate(size=Count("pk"))
    larger: QuerySet[Donation, Any] = groups.filter(size__gt=cap).values(columns[0])
    return larger
