"""Every subject of the fabric; nobody spells one elsewhere. `authority.py` makes permissions of them.

A reply address names who may answer: `_INBOX.<caller>.<answerer>.<secret>.<call>`. The caller may listen
under its own name only, and an answerer may publish under its own name only, so no principal can answer for
another. A call names its caller in the same way, `seattle.node.<node>.<caller>`: a node that is flooded knows
by whom before it has opened anything. What is called is sealed: that is not the broker's business.

This is done with plain allow-lists and not with the broker's `allow_responses`: that permission lets a
responder publish to whatever reply subject a request names, so a caller and a node that work together could
reach any subject at all, `$SYS` included. The secret part keeps unasked messages out: nothing listens without
it.
"""

from seattle.fabric.errors import NotASubject

READVERTISE = "seattle.readvertise"
DIRECTORY = "directory"
INBOX = "_INBOX"

_NODE = "seattle.node"
_ADVERT = "seattle.advert"
_ANNOUNCE = "seattle.announce"
_ID_TOKEN = 2  # seattle . node . <id> . <caller>
_CALLER_TOKEN = 3  # also in seattle . directory . lookup . <caller>


def node_call(node_id: str, caller_id: str) -> str:
    """Where a principal calls a node; `*` for all callers."""
    return f"{_NODE}.{node_id}.{caller_id}"


def node_calls(node_id: str) -> str:
    """All calls to one node."""
    return node_call(node_id, "*")


def lookup(caller_id: str) -> str:
    """Where a principal asks the directory for the nodes of a key; `*` for all callers."""
    return f"seattle.{DIRECTORY}.lookup.{caller_id}"


def live(caller_id: str) -> str:
    """Where a principal asks the directory for all nodes; `*` for all callers."""
    return f"seattle.{DIRECTORY}.live.{caller_id}"


def announce(node_id: str) -> str:
    """Where a node publishes what its programs announce; `*` for all."""
    return f"{_ANNOUNCE}.{node_id}"


def values(caller_id: str) -> str:
    """Where a node asks the directory for what programs have announced; `*` for all."""
    return f"seattle.{DIRECTORY}.values.{caller_id}"


def caller_of(subject: str) -> str:
    """Who calls a node or the directory. The broker lets nobody else publish there."""
    return subject.split(".", _CALLER_TOKEN)[-1]


def advert(node_id: str) -> str:
    """Where one node publishes its adverts; `*` for all."""
    return f"{_ADVERT}.{node_id}"


def publisher_of(subject: str) -> str:
    """The node id in the subject of an advert or of announcements. The broker lets nobody else publish there."""
    return subject.split(".", _ID_TOKEN)[-1]


def answerer(subject: str) -> str:
    """Who may answer a call to this subject: a node's id, or `directory`. Raises NotASubject."""
    parts = subject.split(".")
    if len(parts) <= _ID_TOKEN:
        raise NotASubject(f"{subject!r} is not a subject that can be called")
    return parts[_ID_TOKEN] if subject.startswith(f"{_NODE}.") else parts[1]


def inbox(caller_id: str, answerer: str = "*", rest: str = ">") -> str:
    """Reply addresses of a caller, for one answerer or all."""
    return f"{INBOX}.{caller_id}.{answerer}.{rest}"


def answerer_of_reply(subject: str) -> str:
    """Who sent a reply: the broker lets nobody else publish under that name."""
    return subject.split(".")[_ID_TOKEN]


def is_inbox_of(reply: str, caller_id: str) -> bool:
    """Whether a reply address belongs to this caller."""
    return reply.startswith(f"{INBOX}.{caller_id}.")
