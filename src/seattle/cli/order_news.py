"""How far an order has come, for people who wait for it."""

from seattle.cli.console import say
from seattle.client import Order, OrderState


class OrderNews:
    """Says what is new of an order, on stderr."""

    def __init__(self) -> None:
        self.latest: Order | None = None
        self._said = -1

    @property
    def message(self) -> str:
        """Why it was not met, or not in full."""
        return "" if self.latest is None else self.latest.message

    def tell(self, order: Order) -> None:
        """Say how many are there, if that has changed."""
        self.latest = order
        if order.state is OrderState.WORKING and order.active != self._said:
            self._said = order.active
            say(f"note: {order.active} of {order.wanted} vessels are there; waiting for {order.assigning}")
