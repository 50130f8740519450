"""What operators decide about nodes."""

from django.db import transaction

from seattle.clearinghouse.errors import BadRequest
from seattle.clearinghouse.fleet.models import Node
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Lease


@transaction.atomic
def retire(node: Node, why: str) -> None:
    """Shut a node out: its vessels end and are handed out no more, and it earns nothing."""
    Node.objects.filter(pk=node.pk).update(state=Node.State.RETIRED, why=f"retired by an operator: {why}"[:300])
    held = Lease.objects.filter(node_id=node.node_id, ended_at=None).order_by("pk").select_for_update()
    leases.end(list(held), Lease.End.CUT_OFF, f"its computer was shut out: {why}")


@transaction.atomic
def look_anew(node: Node) -> None:
    """Have the workers look at a node that was broken, or retired, as if it were new. Raises BadRequest."""
    apart = (Node.State.BROKEN, Node.State.RETIRED)
    again = Node.objects.filter(pk=node.pk, state__in=apart).update(
        state=Node.State.NEW, why="", failures=0, try_at=None, probe_at=None
    )
    if not again:
        raise BadRequest(f"{node} is neither broken nor retired: the workers look at it by themselves")
