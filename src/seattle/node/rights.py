"""Who may ask what of a node: one table."""

from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import Final

from seattle.fabric.node_api import NodeMethod
from seattle.identity.keys import PublicKey


class Standing(IntEnum):
    """What a caller is to a vessel. More includes less."""

    STRANGER = 0
    USER = 1  # runs programs, moves files, reads the log, stops, resets
    OWNER = 2  # decides whose the vessel is


# The least that one must be, to the vessel that the call names, or to any vessel where it names none.
# A method that is missing here is refused to everybody.
NEEDED: Final[Mapping[str, Standing]] = {
    NodeMethod.DESCRIBE: Standing.STRANGER,  # what a node tells the world
    NodeMethod.GET_VESSELS: Standing.USER,
    NodeMethod.GET_RESOURCES: Standing.USER,
    NodeMethod.ADD_FILE: Standing.USER,
    NodeMethod.READ_FILE: Standing.USER,
    NodeMethod.LIST_FILES: Standing.USER,
    NodeMethod.STAT_FILE: Standing.USER,
    NodeMethod.DELETE_FILE: Standing.USER,
    NodeMethod.START: Standing.USER,
    NodeMethod.START_BENEATH: Standing.USER,
    NodeMethod.STOP: Standing.USER,
    NodeMethod.RESET: Standing.USER,
    NodeMethod.READ_LOG: Standing.USER,
    NodeMethod.GET_OFFCUT_RESOURCES: Standing.STRANGER,  # the same on every node, and no secret
    NodeMethod.SPLIT: Standing.OWNER,
    NodeMethod.JOIN: Standing.OWNER,  # of both
    NodeMethod.CHANGE_OWNER: Standing.OWNER,
    NodeMethod.CHANGE_USERS: Standing.OWNER,
    NodeMethod.CHANGE_OWNER_INFORMATION: Standing.OWNER,
    NodeMethod.CHANGE_ADVERTISE: Standing.OWNER,
    NodeMethod.WAIT_FOR_CHANGE: Standing.USER,
}


def standing(caller: PublicKey, *, owner: PublicKey, users: Collection[PublicKey]) -> Standing:
    """What `caller` is to a vessel with this owner and these users."""
    if caller == owner:
        return Standing.OWNER
    return Standing.USER if caller in users else Standing.STRANGER


def may(caller_is: Standing, method: str) -> bool:
    """Whether somebody with this standing may call `method`."""
    needed = NEEDED.get(method)
    return needed is not None and caller_is >= needed
