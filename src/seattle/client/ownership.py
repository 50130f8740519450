"""What only the owner of vessels may do with them; without `async`."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping

from seattle.client.aio.ownership import OwnedGroup as AsyncOwnedGroup
from seattle.client.background import Background
from seattle.client.group import Group
from seattle.client.parts import Amounts, Key, Parts
from seattle.client.results import Results
from seattle.client.vessel import Vessel


class OwnedGroup(Group):
    """Vessels that are ours to give away, to divide and to describe. Raises InvalidKey for what is no key."""

    _background: Background

    @property
    @abstractmethod
    def _owned(self) -> AsyncOwnedGroup: ...

    def split(self, resources: Mapping[str, Amounts]) -> Results[Parts]:
        """Make two vessels of each: one with these resources, and one with what then is left.

        `resources` name at least cpu (cores), memory and diskused (bytes). Nothing may run in the vessels, and their
        files and logs are deleted. The group is of no use any more: make one of the parts.
        """
        return self._background.run(self._owned.split(resources))

    def join(self) -> Results[Vessel]:
        """Make one vessel of all that are on the same node; for each node, what came of it.

        The first one's users and words stay. Nothing may run in the vessels, and their files and logs are deleted.
        """
        return self._background.run(self._owned.join())

    def set_owner(self, owner: Key) -> Results[None]:
        """Give each vessel to another owner. Our words about it are emptied; its users and what runs stay."""
        return self._background.run(self._owned.set_owner(owner))

    def set_users(self, users: Iterable[Key]) -> Results[None]:
        """Set who may use each vessel, besides its owner, in place of all who might until now."""
        return self._background.run(self._owned.set_users(users))

    def set_owner_information(self, text: str) -> Results[None]:
        """Set our words about each vessel: at most 256 characters on one line."""
        return self._background.run(self._owned.set_owner_information(text))

    def set_advertise(self, *, advertise: bool) -> Results[None]:
        """Set whether the directory tells owner and users of each vessel."""
        return self._background.run(self._owned.set_advertise(advertise=advertise))

    def offcut_resources(self) -> Results[dict[str, int | float | list[int]]]:
        """What a split of each vessel costs, by resource name; a join gives it back."""
        return self._background.run(self._owned.offcut_resources())
