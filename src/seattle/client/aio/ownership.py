"""What only the owner of vessels may do with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from seattle.client.aio.asking import AskingGroup
from seattle.client.expected import amounts, expect, expect_each
from seattle.client.fan_out import fan_out
from seattle.client.parts import Amounts, Key, Parts, key_id
from seattle.client.places import Place
from seattle.client.results import Results
from seattle.client.vessel import Vessel
from seattle.fabric.errors import BadReply
from seattle.fabric.node_api import (
    CHANGE_ADVERTISE,
    CHANGE_OWNER,
    CHANGE_OWNER_INFORMATION,
    CHANGE_USERS,
    GET_OFFCUT_RESOURCES,
    JOIN,
    SPLIT,
    ChangeAdvertise,
    ChangeOwner,
    ChangeOwnerInformation,
    ChangeUsers,
    GetOffcutResources,
    Join,
    Split,
    VesselState,
    VesselSummary,
)
from seattle.identity.keys import PublicKey


class OwnedGroup(AskingGroup):
    """Vessels that are ours to give away, to divide and to describe."""

    async def split(self, resources: Mapping[str, Amounts]) -> Results[Parts]:
        """Make two vessels of each: one with these resources, and one with what then is left.

        `resources` name at least cpu (cores), memory and diskused (bytes). Nothing may run in the vessels, and their
        files and logs are deleted. The group is of no use any more: make one of the parts.
        """
        wanted = amounts(resources)

        async def split_one(vessel: Vessel) -> Parts:
            done = await self._link.ask(vessel.place, SPLIT, Split(vessel=vessel.name, resources=wanted))
            tcp, udp = _ports(wanted, "connport"), _ports(wanted, "messport")
            return Parts(
                rest=_fresh(
                    vessel,
                    done.rest,
                    tcp=[port for port in vessel.tcp_ports if port not in tcp],
                    udp=[port for port in vessel.udp_ports if port not in udp],
                ),
                part=_fresh(vessel, done.part, tcp=tcp, udp=udp),
            )

        return await self._each(split_one)

    async def join(self) -> Results[Vessel]:
        """Make one vessel of all that are on the same node; for each node, what came of it.

        The first one's users and words stay. Nothing may run in the vessels, and their files and logs are deleted.
        """
        by_node = [list(there) for _, there in groupby(sorted(self, key=lambda one: one.node), lambda one: one.node)]
        within = 2 * self._link.patience.call * max(map(len, by_node), default=1)
        return Results(await fan_out(by_node, self._join, place=lambda there: Place(there[0].node), within=within))

    async def _join(self, vessels: Sequence[Vessel]) -> Vessel:
        joined, *others = vessels
        for other in others:
            done = await self._link.ask(joined.place, JOIN, Join(vessel=joined.name, other=other.name))
            tcp, udp = ({*joined.tcp_ports, *other.tcp_ports}, {*joined.udp_ports, *other.udp_ports})
            joined = _fresh(joined, done.vessel, tcp=sorted(tcp), udp=sorted(udp))
        return joined

    async def set_owner(self, owner: Key) -> Results[None]:
        """Give each vessel to another owner. Our words about it are emptied; its users and what runs stay."""
        new = key_id(owner)

        async def change(vessel: Vessel) -> None:
            await self._link.ask(vessel.place, CHANGE_OWNER, ChangeOwner(vessel=vessel.name, owner=new))

        return await self._each(change)

    async def set_users(self, users: Iterable[Key]) -> Results[None]:
        """Set who may use each vessel, besides its owner, in place of all who might until now."""
        keys = expect_each(users, (PublicKey, str), "users is a list of keys, or of their ids")
        new = [key_id(key) for key in keys]

        async def change(vessel: Vessel) -> None:
            await self._link.ask(vessel.place, CHANGE_USERS, ChangeUsers(vessel=vessel.name, users=new))

        return await self._each(change)

    async def set_owner_information(self, text: str) -> Results[None]:
        """Set our words about each vessel: at most 256 characters on one line."""
        expect(text, str, "what is said about vessels is a text")

        async def change(vessel: Vessel) -> None:
            request = ChangeOwnerInformation(vessel=vessel.name, owner_information=text)
            await self._link.ask(vessel.place, CHANGE_OWNER_INFORMATION, request)

        return await self._each(change)

    async def set_advertise(self, *, advertise: bool) -> Results[None]:
        """Set whether the directory tells owner and users of each vessel."""
        expect(advertise, bool, "advertise is True or False")

        async def change(vessel: Vessel) -> None:
            request = ChangeAdvertise(vessel=vessel.name, advertise=advertise)
            await self._link.ask(vessel.place, CHANGE_ADVERTISE, request)

        return await self._each(change)

    async def offcut_resources(self) -> Results[dict[str, int | float | list[int]]]:
        """What a split of each vessel costs, by resource name; a join gives it back."""

        async def ask(vessel: Vessel) -> dict[str, int | float | list[int]]:
            return (await self._link.ask(vessel.place, GET_OFFCUT_RESOURCES, GetOffcutResources())).resources

        return await self._each(ask)


def _ports(wanted: Mapping[str, int | float | list[int]], name: str) -> list[int]:
    ports = wanted.get(name, [])
    return sorted(ports) if isinstance(ports, list) else []


def _fresh(of: Vessel, name: str, *, tcp: Sequence[int], udp: Sequence[int]) -> Vessel:
    """A vessel in which nothing has run yet, held as `of` is. Raises BadReply for a name that no vessel has."""
    if name == of.name:
        raise BadReply(f"the node names a new vessel {name!r}, as one was named before")
    made = of.as_told(VesselSummary(name=name, tcp_ports=list(tcp), udp_ports=list(udp)))
    return replace(
        of,
        place=made.place,
        state=VesselState.FRESH,
        outcome=None,
        run=0,
        tcp_ports=made.tcp_ports,
        udp_ports=made.udp_ports,
    )
