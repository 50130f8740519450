"""What a donor may ask of the daemon on the control socket: pause, snooze, resume, drain, deny, allow, policy."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from seattle.node.donor.keeper import Keeper
from seattle.node.donor.orders import MAX_REASON, KeyId, Orders
from seattle.node.verbs import Done, Order, Verb, Verbs

Minutes = Annotated[float, Meta(ge=0, le=366 * 24 * 60)]
Reason = Annotated[str, Meta(max_length=MAX_REASON)]  # for the tenants


class PauseNow(Order, frozen=True, tag="pause"):
    """Hold back until `resume`. `grace`: minutes until programs are stopped; None: the policy's."""

    grace: Minutes | None = None
    reason: Reason = ""


class Snooze(Order, frozen=True, tag="snooze"):
    """Hold back for some minutes."""

    minutes: Annotated[float, Meta(gt=0, le=366 * 24 * 60)]
    grace: Minutes | None = None
    reason: Reason = ""


class Resume(Order, frozen=True, tag="resume"):
    """Take back pause, snooze and drain."""


class DrainNow(Order, frozen=True, tag="drain"):
    """Start nothing any more, and stop all programs in some minutes, of which the tenants are told."""

    minutes: Minutes = 10.0
    reason: Reason = ""


class Deny(Order, frozen=True, tag="deny"):
    """Bar a key."""

    key: KeyId


class Allow(Order, frozen=True, tag="allow"):
    """Take that back."""

    key: KeyId


class ShowPolicy(Order, frozen=True, tag="policy"):
    """Read the policy and all conditions anew, and tell what came of it."""


class ConditionView(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of the policy."""

    name: str
    reading: str  # in words
    value: float | None  # None: unknown
    held: bool  # whether it holds back
    goes_on: str  # when it will not any more, in words
    grace: float  # seconds that programs stand still before they are stopped


class DonorView(msgspec.Struct, frozen=True, kw_only=True):
    """How the node stands with its donor."""

    act: str  # go, start_nothing, freeze or stop
    holding_back: str  # why; empty if it does not
    notice: str  # what tenants are told ahead of time
    cpu_factor: float  # by which vessels' cpu differs from what was donated
    policy_file: str
    policy_error: str  # what is wrong with it; empty if nothing is
    conditions: list[ConditionView]
    orders: Orders
    traffic: dict[str, int]  # bytes used in this hour, day and month


PAUSE: Final = Verb(PauseNow, DonorView)
SNOOZE: Final = Verb(Snooze, DonorView)
RESUME: Final = Verb(Resume, DonorView)
DRAIN: Final = Verb(DrainNow, DonorView)
DENY: Final = Verb(Deny, Done)
ALLOW: Final = Verb(Allow, Done)
POLICY: Final = Verb(ShowPolicy, DonorView)


def add_donor_verbs(verbs: Verbs, keeper: Keeper) -> None:
    """Let the keeper answer them."""

    def telling(do: Callable[[], Awaitable[object]]) -> Awaitable[DonorView]:
        async def told() -> DonorView:
            await do()
            return donor_view(keeper)

        return told()

    verbs.add(PAUSE, lambda asked: telling(lambda: keeper.pause(grace=asked.grace, reason=asked.reason)))
    verbs.add(
        SNOOZE,
        lambda asked: telling(lambda: keeper.pause(minutes=asked.minutes, grace=asked.grace, reason=asked.reason)),
    )
    verbs.add(RESUME, lambda _asked: telling(keeper.resume))
    verbs.add(DRAIN, lambda asked: telling(lambda: keeper.drain(minutes=asked.minutes, reason=asked.reason)))
    verbs.add(POLICY, lambda _asked: telling(keeper.look))

    async def deny(asked: Deny) -> Done:
        await keeper.deny(asked.key)
        return Done()

    async def allow(asked: Allow) -> Done:
        await keeper.allow(asked.key)
        return Done()

    verbs.add(DENY, deny)
    verbs.add(ALLOW, allow)


def donor_view(keeper: Keeper) -> DonorView:
    """How things stand now."""
    return DonorView(
        act=keeper.decision.act.name.lower(),
        holding_back=keeper.gate.why,
        notice=keeper.gate.notice,
        cpu_factor=keeper.gate.cpu_factor,
        policy_file=str(keeper.file.path),
        policy_error=keeper.file.wrong,
        conditions=[
            ConditionView(
                name=one.name,
                reading=one.reading.words,
                value=one.reading.value,
                held=one.held,
                goes_on=one.goes_on,
                grace=one.grace,
            )
            for one in keeper.findings
        ],
        orders=keeper.orders,
        traffic={name: count.used for name, count in keeper.traffic.counts.items()},
    )
