"""Where the donor's orders and the traffic used up are written down: facts in the node's store."""

import sqlite3
from typing import Final, TypeVar

import msgspec
import structlog

from seattle.node.donor.orders import Orders
from seattle.node.donor.traffic import Traffic
from seattle.node.errors import FolderUnusable
from seattle.node.store import Store

ORDERS_FACT: Final = "orders"
TRAFFIC_FACT: Final = "traffic"

T = TypeVar("T")

log = structlog.get_logger()


class Notebook:
    """Remembers both. Raises FolderUnusable for what it can't read back: a barred key would be let in again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.orders = self._recall(ORDERS_FACT, Orders())
        self.traffic = self._recall(TRAFFIC_FACT, Traffic())
        self._traffic_written = _text(self.traffic)

    def keep_orders(self, orders: Orders) -> bool:
        """Write them down; whether that could be done. They count from now on in any case."""
        if orders == self.orders:
            return True
        self.orders = orders
        return self._remember(ORDERS_FACT, _text(orders))

    def keep_traffic(self) -> None:
        """Write down what has changed of it, if that can be done."""
        text = _text(self.traffic)
        if text != self._traffic_written and self._remember(TRAFFIC_FACT, text):
            self._traffic_written = text

    def forget_runs(self) -> None:
        """Let go of the traffic of runs that have ended while nobody looked."""
        for run in list(self.traffic.counted):
            vessel, _, number = run.partition("/")
            latest = self._store.latest_run(vessel)
            if latest is None or str(latest.number) != number or latest.outcome is not None:
                self.traffic.forget(run)

    def _remember(self, fact: str, text: str) -> bool:
        try:
            self._store.remember({fact: text})
        except sqlite3.Error as why:  # the disk is full: a computer that is hot has to be left alone all the same
            log.warning("donor_not_written", fact=fact, error=str(why))
            return False
        return True

    def _recall(self, fact: str, default: T) -> T:
        text = self._store.fact(fact)
        if text is None:
            return default
        try:
            return msgspec.json.decode(text, type=type(default))
        except msgspec.DecodeError as why:
            raise FolderUnusable(f"what the donor has commanded ({fact}) can't be read from the store: {why}") from why


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
