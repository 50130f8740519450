"""The fabric: how nodes, users and services find each other and talk, over core NATS.

Start at `connection.py` (the narrow `Fabric` interface and `NatsFabric`, which keeps a connection alive; one
connection is a `session.py`) and `subjects.py` (every subject there is). `authority.py` says who may use which
subject, `enrolment.py` hands out credentials, `server.py` runs the embedded broker and `embedded_directory.py` its
companion. On top: `rpc.py` (sealed calls to a node), `node_api.py` (what may be asked of a node, in terms of
`operations.py`), `transfer.py` (files in chunks), and `advert.py`, `advert_book.py`, `directory.py` (who is there).

May import: `seattle.identity`, and NATS, msgspec, structlog from outside.

Promises:
* No principal can listen in on another or answer for another: the broker enforces it, by allow-lists alone.
* The broker is trusted for availability only: requests and replies are sealed, adverts are signed.
* Every wait has an end, and a refusal is the failure of the call that caused it, never a time-out.
* What a peer can size is capped before it is kept.
"""
