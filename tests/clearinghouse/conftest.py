"""Sets Django up, with an empty database, before any of its modules is imported."""

import itertools
from collections.abc import Callable
from typing import Any

import django
import pytest
from tests.clearinghouse.databases import use_database

DATABASE = use_database()
django.setup()

from allauth.account.models import EmailAddress  # noqa: E402 - not before the settings are made
from django.conf import settings  # noqa: E402
from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: E402
from django.utils import timezone  # noqa: E402

from seattle.clearinghouse.accounts.models import User, UserKey  # noqa: E402
from seattle.clearinghouse.credits.models import LedgerEntry  # noqa: E402
from seattle.clearinghouse.credits.services import change_total  # noqa: E402
from seattle.clearinghouse.fleet.models import Node, Vessel, VesselPort  # noqa: E402
from seattle.identity.keys import KeyPair  # noqa: E402
from seattle.identity.openssh import format_public_line  # noqa: E402

if DATABASE == "sqlite":  # a file, as for real: several threads see and lock one in memory in ways of its own
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(settings.SITE.data / "test.sqlite")


PASSWORD = "correct horse battery"

# The same algorithm, at a price that hundreds of tests can pay.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 256, 1


@pytest.fixture
def new_user(db: None) -> Callable[..., User]:
    """Make a user with a key, so many credits, and an address that is confirmed."""
    numbers = itertools.count(1)

    def make(name: str = "", *, credit: int = 10, **fields: Any) -> User:
        name = name or f"user{next(numbers)}"
        user = User.objects.create_user(name, f"{name}@example.org", PASSWORD, affiliation="Somewhere", **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        key = KeyPair.generate().public
        UserKey.objects.create(user=user, key_id=key.id, public_line=format_public_line(key), label="laptop")
        change_total(user.pk, credit, LedgerEntry.Reason.JOINED)
        user.refresh_from_db()
        return user

    return make


@pytest.fixture
def new_node(db: None) -> Callable[..., Node]:
    """Make a node in use, with so many free vessels of ten ports each."""
    numbers = itertools.count(1)

    def make(*, vessels: int = 1, address: str = "", first_port: int = 63100, **fields: Any) -> Node:
        number = next(numbers)
        address = address or f"198.51.{number % 250}.7"
        network = address.rpartition(".")[0] + ".0/24"
        given = {
            "state": Node.State.READY,
            "online": True,
            "online_since": timezone.now(),
            "nat": Node.Nat.PUBLIC,
            "address": address,
            "network": network,
            **fields,
        }
        node = Node.objects.create(node_id=KeyPair.generate().id, **given)
        for index in range(vessels):
            vessel = Vessel.objects.create(node=node, name=f"v{index + 2}", state=Vessel.State.FREE)
            ports = range(first_port + 10 * index, first_port + 10 * index + 10)
            VesselPort.objects.bulk_create(VesselPort(vessel=vessel, node=node, port=port) for port in ports)
        return node

    return make
