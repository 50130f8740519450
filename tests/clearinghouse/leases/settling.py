"""What a worker and a look at the account do after an order."""

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Lease, Order


def assign(order: Order) -> Order:
    """What a worker does when all nodes take what they are told."""
    for lease in order.leases.filter(state=Lease.State.ASSIGNING):
        services.assigned(lease)
    order.refresh_from_db()
    return order


def available(user: User) -> int:
    """The credits that are left, as the database has them now."""
    user.refresh_from_db()
    return user.credits_available
