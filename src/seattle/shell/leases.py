"""Until when vessels are ours, as the testbed's site says, where one has handed them out."""

import asyncio
from collections.abc import Sequence
from typing import Final

from seattle.client import Place
from seattle.client.durations import time_left
from seattle.shell.errors import EXPECTED
from seattle.shell.session import Session
from seattle.shell.targets import Known

PATIENCE: Final = 5.0  # seconds


async def time_left_of(session: Session, vessels: Sequence[Known]) -> dict[Place, str]:
    """For each vessel that the site lends, how long that lasts; empty if there is no site, or it does not answer."""
    if not session.connections.profile.site_url:
        return {}
    found: dict[Place, str] = {}
    for name in dict.fromkeys(one.identity for one in vessels):
        try:
            testbed = await session.connections.testbed(session.identities.get(name))
            async with asyncio.timeout(PATIENCE):
                found |= {lease.place: time_left(lease.expires_in) for lease in await testbed.leases()}
        except EXPECTED as why:  # the vessels themselves are told in any case
            reason = str(why) or "the site does not answer"
            session.note(f"note: until when the vessels are {name}'s is not known: {reason}")
    return found
