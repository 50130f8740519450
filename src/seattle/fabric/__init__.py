"""The fabric: how nodes, users and services find each other and talk, over core NATS.

Start at `connection.py` (the narrow `Fabric` interface and `NatsFabric`, which keeps a connection alive; one
connection is a `session.py` over nats-py's client in `wire.py`, to one of `brokers.py`) and `subjects.py` (every
subject there is). `authority.py` says who may use which subject, `enrolment.py` makes credentials, `server.py` runs the
embedded broker and `embedded_directory.py` its companion.

Who gets in: `enrolment_service.py` asks `challenges.py` for a proof and `admissions.py` for leave, in the words of
`enrolment_protocol.py`; `renewal.py` and `enrolment_client.py` are a member's side. Who is shut out: `revocations.py`,
and `claims.py`, which tells running brokers.

On top: `rpc.py` (sealed calls to a node), `node_api.py` (what may be asked of a node, in terms of `operations.py`),
`transfer.py` (files in chunks), and `advert.py`, `advert_book.py`, `directory.py` (who is there). `allowance.py` bounds
what one caller costs, and `group_commit.py` what a disk does. `events.py` says where programs that talk to people log.

May import: `seattle.identity`, and NATS, msgspec, structlog, starlette, uvicorn from outside.

Promises:
* No principal can listen in on another or answer for another: the broker enforces it, by allow-lists alone.
* The broker is trusted for availability only: requests and replies are sealed, adverts are signed.
* Every wait has an end, and a refusal is the failure of the call that caused it, never a time-out.
* What a peer can size is capped before it is kept.
"""

from seattle.fabric.leaving_out import leaving_out

# structlog loads rich wherever that is installed, for tracebacks with local variables, which may be keys: nobody here
# wants those, and it would be a tenth of what the start of `seattle` takes.
with leaving_out("rich"):
    import structlog  # noqa: F401
