"""A vessel that was somebody's into one that is provably nobody's: nothing of it is believed before it was seen."""

from seattle.fabric import node_api as api
from seattle.fabric.operations import Ask


class NotClean(Exception):  # noqa: N818 - named for what was found
    """Something is left, although the node says that it did what it was told."""


async def clean(ask: Ask, name: str) -> None:
    """Take all users from a vessel, stop what runs, delete its files and log; then look whether it is so.

    Users first: who still had the right could put a file back after the rest. Raises NotClean, FabricError.
    """
    await ask(api.CHANGE_USERS, api.ChangeUsers(vessel=name, users=[]))
    await ask(api.RESET, api.Reset(vessel=name))
    files = await ask(api.LIST_FILES, api.ListFiles(vessel=name, count=1))
    if files.files or files.more:
        raise NotClean("files are left in it")
    log = await ask(api.READ_LOG, api.ReadLog(vessel=name, count=1))
    if log.data or log.next_offset:
        raise NotClean("its log is not empty")
    listed = (await ask(api.GET_VESSELS, api.GetVessels())).vessels
    seen = next((vessel for vessel in listed if vessel.name == name), None)
    if seen is None:
        raise NotClean("its node does not list it any more")
    if seen.users:
        raise NotClean(f"{len(seen.users)} keys can still use it")
    if seen.state not in (api.VesselState.FRESH, api.VesselState.STOPPED):
        raise NotClean(f"its state is {seen.state}, and not {api.VesselState.FRESH}")
