"""The peer: nats-py's own request and reply, over the same broker with the same permissions, and nothing sealed.

    python -m benchmarks.fabric.raw AUTHORITY URL

echoes what it is sent, in the name of a node of its own, whose id it prints first.
"""

import asyncio
import base64
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from seattle.fabric import subjects
from seattle.fabric.authority import Authority, Role
from seattle.fabric.enrolment import enrol
from seattle.identity.keys import KeyPair


@asynccontextmanager
async def echo(folder: Path, url: str) -> AsyncIterator[str]:
    """A process that echoes; the id of its node."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.fabric.raw", str(folder), url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()


async def connect(authority: Authority, url: str, role: Role, *, answerer: str = "*") -> tuple[Client, str]:
    """A connection in the name of a new key, and the key's id. `answerer`: who replies to its requests."""
    key = KeyPair.generate()
    credential = enrol(authority, key.public, role=role, now=time.time())
    client = await nats.connect(
        url,
        user_jwt_cb=credential.encode,
        signature_cb=lambda nonce: base64.urlsafe_b64encode(key.sign(nonce.encode())).rstrip(b"="),
        inbox_prefix=f"{subjects.INBOX}.{key.id}.{answerer}".encode(),
    )
    return client, key.id


async def _echo(folder: Path, url: str) -> None:
    client, own = await connect(Authority.load(folder), url, Role.NODE)

    async def answer(message: Msg) -> None:
        await message.respond(message.data)

    await client.subscribe(subjects.node_calls(own), cb=answer)
    await client.flush()
    print(own, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await client.close()


if __name__ == "__main__":
    asyncio.run(_echo(Path(sys.argv[1]), sys.argv[2]))
