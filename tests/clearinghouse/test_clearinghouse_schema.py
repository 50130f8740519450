"""The REST API against its own schema: whatever is sent, what comes back is as the schema says, and never a 5xx."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as trying
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.clearinghouse.asking import with_api_key

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.api import reference
from seattle.clearinghouse.api.models import Allowance
from seattle.clearinghouse.fleet.donation_tokens import make_token
from seattle.clearinghouse.fleet.models import Donation, Node
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind

pytestmark = pytest.mark.slow

NewUser = Callable[..., User]
NewNode = Callable[..., Node]

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
PAGE = Path(__file__).parents[2] / "docs" / "clearinghouse-api.md"


@pytest.fixture
def schema(transactional_db: None, settings: Any) -> Any:
    settings.ALLOWED_HOSTS = ["localhost"]
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


def check(schema: Any, headers: dict[str, str], *, examples: int) -> None:
    """Send each call so many requests, most of them strange."""
    for found in schema.get_all_operations():
        operation = found.ok()

        @trying(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def send(case: Any) -> None:
            if case.query and "wait" in case.query:
                case.query["wait"] = 0  # that it waits is tested elsewhere
            case.call_and_validate(headers=headers, checks=CHECKS)

        send()
        Allowance.objects.all().delete()


def test_given_a_user_with_all_there_is_when_strange_requests_are_sent_then_answers_are_as_the_schema_says(
    schema: Any, new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user("alice")
    make_token(user)
    for _ in range(3):
        Donation.objects.create(node=new_node(vessels=2), donor=user)
    services.acquire(user, Kind.RANDOM, 1)
    authorization = with_api_key(user).authorization
    assert authorization is not None
    check(schema, {"Authorization": authorization("", "", b"")}, examples=12)


def test_given_nobody_when_strange_requests_are_sent_then_answers_are_as_the_schema_says(schema: Any) -> None:
    check(schema, {}, examples=2)


@pytest.mark.soak
def test_given_very_many_strange_requests_when_they_are_sent_then_answers_are_as_the_schema_says(
    schema: Any, new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user("alice", credit=random.Random(1).randrange(5, 50))
    for _ in range(10):
        new_node(vessels=2)
    authorization = with_api_key(user).authorization
    assert authorization is not None
    check(schema, {"Authorization": authorization("", "", b"")}, examples=200)


def test_given_the_page_of_the_api_when_it_is_made_anew_then_nothing_changes() -> None:
    assert PAGE.read_text() == reference.fill_in(PAGE.read_text()), (
        "bring it up to date: python -m seattle.clearinghouse.api.reference docs/clearinghouse-api.md"
    )


def test_given_the_schema_when_it_is_read_then_every_call_and_every_field_is_there() -> None:
    paths = {(call.method, call.path) for call in reference.calls()}
    assert ("POST", "/api/v1/orders") in paths
    assert all(call.summary for call in reference.calls())
    fields = {field.name for form in reference.forms() for field in form.fields}
    assert {"count", "countries", "expires_at", "why_not"} <= fields
