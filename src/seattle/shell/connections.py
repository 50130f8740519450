"""A connection to the testbed for each identity that needs one, made when it is first needed."""

import asyncio
from dataclasses import replace

from seattle.client.aio.testbed import AsyncTestbed
from seattle.client.patience import DEFAULT, Patience
from seattle.client.profile import Profile
from seattle.identity.files import load_public_key
from seattle.identity.keys import PublicKey
from seattle.shell.errors import Unfit
from seattle.shell.identities import Identity


class Connections:
    """The testbed of one profile, in the name of whoever asks."""

    def __init__(self, profile: Profile, patience: Patience = DEFAULT) -> None:
        self.profile = profile
        self._patience = patience
        self._open: dict[str, AsyncTestbed] = {}  # by the key's id
        self._turn = asyncio.Lock()

    async def testbed(self, identity: Identity) -> AsyncTestbed:
        """The testbed, connected. Raises ClientError, Unfit."""
        pair = identity.signing()
        async with self._turn:
            if pair.public.id not in self._open:
                testbed = AsyncTestbed(self._profile_of(pair.public), pair, patience=self._patience)
                self._open[pair.public.id] = await testbed.connect()
            return self._open[pair.public.id]

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

    def _profile_of(self, key: PublicKey) -> Profile:
        """The profile, with a credential of this key's own."""
        if key == load_public_key(self.profile.key_file):
            return self.profile
        if not self.profile.enrol_url:
            raise Unfit(
                "this testbed has no enrolment service: only the key of its profile can be used there",
                hint=f"use the one in {self.profile.key_file}",
            )
        return replace(self.profile, credential_file=self.profile.folder / "credentials" / f"{key.id}.jwt")
