"""A connection to the testbed for each identity that needs one, made when it is first needed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from seattle.client.aio.testbed import AsyncTestbed
from seattle.client.errors import ProfileError
from seattle.client.patience import DEFAULT, Patience
from seattle.client.profile import Profile
from seattle.identity.files import load_public_key
from seattle.identity.keys import KeyPair, PublicKey
from seattle.shell.errors import Unfit
from seattle.shell.identities import Identity


class Connections:
    """The testbed of one profile, in the name of whoever asks.

    Args:
        profile: where it is; or why that can't be told, which is told to those who need it.
        pair_of: the key pair of an identity.
        patience: how long is waited for what.
    """

    def __init__(
        self,
        profile: Profile | ProfileError,
        pair_of: Callable[[Identity], Awaitable[KeyPair]],
        patience: Patience = DEFAULT,
    ) -> None:
        self._profile = profile
        self._pair_of = pair_of
        self._patience = patience
        self._open: dict[str, AsyncTestbed] = {}  # by the key's id
        self._turn = asyncio.Lock()

    @property
    def profile(self) -> Profile:
        """Where the testbed is. Raises ProfileError."""
        if isinstance(self._profile, ProfileError):
            raise self._profile
        return self._profile

    async def testbed(self, identity: Identity) -> AsyncTestbed:
        """The testbed, connected. Raises ClientError, KeyFileError, Unfit."""
        profile = self.profile
        async with self._turn:
            if identity.public.id not in self._open:
                pair = await self._pair_of(identity)
                testbed = AsyncTestbed(_profile_of(profile, pair.public), pair, patience=self._patience)
                self._open[pair.public.id] = await testbed.connect()
            return self._open[identity.public.id]

    async def wait_at_most(self, seconds: float) -> None:
        """Have calls from now on take this long at most: those who ask connect anew."""
        await self.close()
        self._patience = replace(self._patience, call=seconds)

    async def close(self) -> None:
        """Disconnect. What runs on vessels, runs on."""
        async with self._turn:
            open_now, self._open = self._open, {}
            for testbed in open_now.values():
                await testbed.close()


def _profile_of(profile: Profile, key: PublicKey) -> Profile:
    """The profile, with a credential of this key's own."""
    if key == load_public_key(profile.key_file):
        return profile
    if not profile.enrol_url:
        raise Unfit(
            "this testbed has no enrolment service: only the key of its profile can be used there",
            hint=f"use the one in {profile.key_file}",
        )
    return replace(profile, credential_file=profile.folder / "credentials" / f"{key.id}.jwt")
