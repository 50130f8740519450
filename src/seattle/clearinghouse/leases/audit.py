"""Whether vessels, leases and orders agree with each other, where no constraint of the database says so."""

from django.db.models import Exists, OuterRef

from seattle.clearinghouse.fleet.models import Vessel
from seattle.clearinghouse.leases.models import Lease, Order


def audit() -> list[str]:
    """Each disagreement in words; none if all is well. `credits.services.audit` is the ledger's."""
    leased = Exists(Lease.objects.filter(vessel=OuterRef("pk"), ended_at=None))
    assigning = Exists(Lease.objects.filter(order=OuterRef("pk"), state=Lease.State.ASSIGNING))
    vessels = Vessel.objects.select_related("node").order_by("pk")
    return [
        *(f"{vessel} is leased to nobody" for vessel in vessels.filter(~leased, state=Vessel.State.LEASED)),
        *(
            f"{vessel} is {vessel.state}, and leased"
            for vessel in vessels.filter(leased).exclude(state=Vessel.State.LEASED)
        ),
        *(
            f"order {order.pk} waits for nothing"
            for order in Order.objects.filter(~assigning, state=Order.State.WORKING)
        ),
    ]
