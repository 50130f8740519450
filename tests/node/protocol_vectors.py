"""Makes docs/protocol-vectors.json: `python -m tests.node.protocol_vectors docs/protocol-vectors.json`.

Keys, times and bodies are fixed. Boxes have random nonces, as they must, so each run makes others; whatever it makes
has to open with what the page says, which is what the tests try, with the file and with fresh ones.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from seattle.fabric import node_api as api
from seattle.fabric import subjects
from seattle.fabric.advert import Advert, sign_advert
from seattle.fabric.authority import Role
from seattle.fabric.enrolment_protocol import to_sign
from seattle.fabric.operations import encode, pack_answer, pack_refusal
from seattle.identity.envelope import open_request, seal_reply, seal_request, seal_skew_reply
from seattle.identity.errors import OutOfTime
from seattle.identity.keys import KeyPair
from seattle.identity.nonces import NonceCache

NOW: Final = 1_700_000_000.25  # seconds since 1970
SLOW: Final = 100.0  # seconds that the caller's clock is behind, where the node answers with its time
CALLER: Final = KeyPair.from_seed(bytes(range(32)))
NODE: Final = KeyPair.from_seed(bytes(range(32, 64)))
CONTENT: Final = b"print('hello')\n"


def make_vectors() -> dict[str, Any]:
    """All of the file."""
    start = encode(api.Start(vessel="v1", program="hello.py", arguments=["one", "two"]))
    digest = hashlib.sha256(CONTENT).hexdigest()
    chunk = api.AddFileChunk(
        vessel="v1", name="hello.py", offset=0, total_size=len(CONTENT), digest=digest, data=CONTENT
    )
    walls = [api.WallReport(name="seccomp", state="up")]
    started = pack_answer(encode(api.RunStarted(run=3, walls=walls, log_offset=120)))
    wire, nonce = seal_request(caller=CALLER, node=NODE.public, method="start", body=start, now=NOW)
    return {
        "about": "Test vectors of docs/protocol.md. Bytes are hexadecimal, times are seconds since 1970.",
        "keys": {"caller": _key(CALLER), "node": _key(NODE)},
        "subjects": {
            "call": subjects.node_call(NODE.id, CALLER.id),
            "reply": subjects.inbox(CALLER.id, NODE.id, "SECRET.1"),
            "lookup": subjects.lookup(CALLER.id),
            "live": subjects.live(CALLER.id),
        },
        "requests": {
            "start": {"now": NOW, "method": "start", "body": start.hex(), "wire": wire.hex(), "nonce": nonce.hex()},
            "add_file": _request("add_file", encode(chunk)),
            "split": _request("split", encode(api.Split(vessel="v1", resources=_SPLIT))),
        },
        "replies": {
            "answer": _reply(nonce, started),
            "refusal": _reply(nonce, pack_refusal("already-started", "a program runs in this vessel already")),
            "skew": _skew(),
        },
        "advert": {"now": NOW, "wire": sign_advert(_ADVERT, NODE).hex()},
        "enrolment": _enrolment("a challenge", "an invitation"),
    }


_SPLIT: Final[dict[str, int | float | list[int]]] = {
    "cpu": 0.02,
    "memory": 67_108_864,
    "diskused": 10_000_000,
    "connport": [63100],
}
_ADVERT: Final = Advert(
    node=NODE.id,
    issued_at=NOW,
    version="1.0",
    vessels={CALLER.id: ["v1", "v2"]},
    addresses=["192.0.2.7"],
    resources={"memory": 1e9},
)


def _key(key: KeyPair) -> dict[str, str]:
    return {
        "seed": key.seed.hex(),
        "public": key.public.raw.hex(),
        "id": key.id,
        "curve_secret": bytes(key.curve).hex(),
        "curve_public": bytes(key.public.curve).hex(),
    }


def _request(method: str, body: bytes) -> dict[str, Any]:
    wire, nonce = seal_request(caller=CALLER, node=NODE.public, method=method, body=body, now=NOW)
    return {"now": NOW, "method": method, "body": body.hex(), "wire": wire.hex(), "nonce": nonce.hex()}


def _reply(nonce: bytes, body: bytes) -> dict[str, str]:
    wire = seal_reply(node=NODE, caller=CALLER.public, nonce=nonce, body=body, now=NOW)
    return {"nonce": nonce.hex(), "body": body.hex(), "wire": wire.hex()}


def _skew() -> dict[str, Any]:
    asked = NOW - SLOW
    wire, nonce = seal_request(caller=CALLER, node=NODE.public, method="describe", body=b"\x80", now=asked)
    try:
        open_request(wire, node=NODE, nonces=NonceCache(None), now=NOW)
    except OutOfTime as why:
        reply = seal_skew_reply(why, node=NODE, now=NOW)
        return {"asked_at": asked, "nonce": nonce.hex(), "request": wire.hex(), "wire": reply.hex()}
    raise AssertionError("a request of long ago was taken")


def _enrolment(challenge: str, invitation: str) -> dict[str, str]:
    signed = to_sign(challenge=challenge, role=Role.USER, invitation=invitation)
    return {
        "challenge": challenge,
        "role": Role.USER.value,
        "invitation": invitation,
        "signature": CALLER.sign(signed).hex(),
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(msgspec.json.format(json.dumps(make_vectors()).encode(), indent=2) + b"\n")
