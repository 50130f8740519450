"""A program's own announcements, for programs elsewhere to find."""

from typing import cast

from seattle.repy import door
from seattle.repy.guest import arguments
from seattle.repy.guest.calls import api_call
from seattle.repy.guest.channel import ask


@api_call
def advertise_announce(key: str, value: str, ttlval: int) -> None:
    """Announce a value under a key, for programs elsewhere to look up.

    Anyone may announce anything under any key, so what is found there proves nothing. The same again lives until the
    later end.

    Args:
        key: What to find it by, a `str` of 1 to 256 characters.
        value: Such as an address and a port, a `str` of at most 1024 characters.
        ttlval: For how many seconds, an `int` from 1 to 3600.

    Raises:
        RepyArgumentError: An argument is of the wrong type, too long, or out of range.
        ResourceForbiddenError: The vessel's `netsend` or `netrecv` is 0.
        AdvertiseError: The program was not started by a node, it announces too much, or the fabric is away.
        TimeoutError: The node did not answer.

    Costs:
        `netsend` 256 and what is announced, `netrecv` 256.
    """
    texts = arguments.text(key, "key"), arguments.text(value, "value")
    ask(door.Announce(*texts, arguments.integer(ttlval, "ttlval")))


@api_call
def advertise_lookup(key: str, maxvals: int = 100) -> list[str]:
    """Look up what programs have announced under a key.

    Args:
        key: As it was announced, a `str` of 1 to 256 characters.
        maxvals: How many values to tell at most, an `int`; there are never more than 100, nor more than 128 KiB in all.

    Returns:
        A list of different `str`, those of one node and the other by turns, of each the oldest first; maybe empty.

    Raises:
        RepyArgumentError: An argument is of the wrong type, too long, or out of range.
        ResourceForbiddenError: The vessel's `netsend` or `netrecv` is 0.
        AdvertiseError: The program was not started by a node, it asks too often, or the fabric is away.
        TimeoutError: The node did not answer.

    Costs:
        `netsend` 256 and the key, `netrecv` 256 and what is found.
    """
    text = arguments.text(key, "key")
    return cast("list[str]", ask(door.LookUp(text, arguments.integer(maxvals, "maxvals"))))
