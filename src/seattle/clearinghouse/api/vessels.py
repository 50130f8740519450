"""The vessels that a user holds: seeing, renewing, releasing and replacing them."""

from datetime import datetime
from typing import Annotated, Any

from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from seattle.clearinghouse.api import rates
from seattle.clearinghouse.api.credentials import AskedBy, Credentials
from seattle.clearinghouse.api.forms import Asked, Handle, Handles, answers, inline, note
from seattle.clearinghouse.api.orders import OrderTold, Replacement
from seattle.clearinghouse.errors import UnknownVessel
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import MOST, Lease

router = Router(tags=["vessels"], auth=Credentials())


class VesselTold(Schema):
    """A vessel that you hold."""

    handle: str
    node: Annotated[str, note("its id")]
    name: Annotated[str, note("on that node")]
    state: Annotated[Lease.State, inline(Lease.State)]
    order: int | None
    expires_at: datetime
    expires_in: Annotated[int, note("seconds")]
    online: Annotated[bool, note("whether its node is there now")]
    keys_synced: Annotated[bool, note("whether its node has all of your keys, and no others")]
    address: str
    nat: Annotated[str, note("nat: nobody can connect to it; public: others may; unknown")]
    country: str
    city: str
    ports: Annotated[list[int], note("TCP and UDP")]

    @classmethod
    def of(cls, lease: Lease) -> "VesselTold":
        """What is told of a vessel to its holder."""
        vessel = lease.vessel
        node = None if vessel is None else vessel.node
        return cls(
            handle=lease.handle,
            node=lease.node_id,
            name=lease.vessel_name,
            state=Lease.State(lease.state),
            order=lease.order_id,
            expires_at=lease.expires_at,
            expires_in=max(0, int((lease.expires_at - timezone.now()).total_seconds())),
            online=node is not None and node.online,
            keys_synced=vessel is None or vessel.keys_synced,
            address="" if node is None else node.address,
            nat="unknown" if node is None else node.nat,
            country="" if node is None else node.country,
            city="" if node is None else node.city,
            ports=[] if vessel is None else sorted(one.port for one in vessel.ports.all()),
        )


class Held(Schema):
    """Vessels that you hold, oldest first. `next`: what to give as `after` to get more; null at the end."""

    items: list[VesselTold]
    next: int | None


class Which(Asked):
    """Some of your vessels, or, with null, all of them."""

    handles: Handles | None


class Changed(Schema):
    """The vessels that it was done with. `skipped`: handles of none that you hold."""

    done: list[str]
    skipped: list[str]


class Renewed(Changed):
    """The vessels that were renewed, until then."""

    expires_at: datetime | None


@router.get("", response=answers(200, Held), summary="Your vessels")
def list_vessels(
    request: AskedBy,
    limit: Annotated[int, Field(ge=1, le=MOST)] = MOST,
    after: Annotated[int, Field(ge=0)] = 0,
) -> Any:
    """The vessels that you hold now, and those that are on their way to you."""
    found = [lease for lease in services.held(request.auth.user) if lease.pk > after]
    shown = found[:limit]
    return {
        "items": [VesselTold.of(lease) for lease in shown],
        "next": shown[-1].pk if len(found) > limit else None,
    }


@router.post("/renew", response=answers(200, Renewed), summary="Renew vessels")
def renew(request: AskedBy, which: Which) -> Any:
    """Keep vessels for the longest time from now. Refused to who holds more than they may."""
    renewed = services.renew(request.auth.user, which.handles)
    return {**_changed(which, renewed), "expires_at": renewed[0].expires_at if renewed else None}


@router.post("/release", response=answers(200, Changed), summary="Release vessels")
def release(request: AskedBy, which: Which) -> Any:
    """Give vessels back. What runs there is stopped, and files and logs are deleted."""
    return _changed(which, services.release(request.auth.user, which.handles))


@router.get("/{handle}", response=answers(200, VesselTold), summary="One of your vessels")
def get_vessel(request: AskedBy, handle: Handle) -> VesselTold:
    """One vessel that you hold."""
    for lease in services.held(request.auth.user):
        if lease.handle == handle:
            return VesselTold.of(lease)
    raise UnknownVessel(f"you hold no vessel {handle!r}")


@router.post("/{handle}/replace", response=answers(202, OrderTold), summary="Replace a lost vessel")
def replace(request: AskedBy, handle: Handle, replacement: Replacement | None = None) -> Any:
    """Order one like it: of the same country, or else the same network or kind of NAT."""
    rates.ORDERS.charge(str(request.auth.user.pk))
    key = (replacement and replacement.key) or ""
    return Status(202, OrderTold.of(services.replace(request.auth.user, handle, key=key)))


def _changed(which: Which, leases: list[Lease]) -> dict[str, list[str]]:
    done = [lease.handle for lease in leases]
    skipped = [] if which.handles is None else sorted({*which.handles} - {*done})
    return {"done": done, "skipped": skipped}
