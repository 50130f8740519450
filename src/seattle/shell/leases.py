"""Until when vessels are ours, as the testbed's site says, where one has handed them out."""

from collections.abc import Sequence

from seattle.client import Place, SiteError
from seattle.client.durations import time_left
from seattle.shell.session import Session
from seattle.shell.targets import Known


async def time_left_of(session: Session, vessels: Sequence[Known]) -> dict[Place, str]:
    """For each vessel that the site lends, how long that lasts; empty if there is no site, or it does not answer."""
    if not session.connections.profile.site_url:
        return {}
    found: dict[Place, str] = {}
    for name in dict.fromkeys(one.identity for one in vessels):
        try:
            testbed = await session.connections.testbed(session.identities.get(name))
            found |= {lease.place: time_left(lease.expires_in) for lease in await testbed.leases()}
        except SiteError as why:
            session.note(f"note: until when the vessels are {name}'s is not known: {why}")
    return found
