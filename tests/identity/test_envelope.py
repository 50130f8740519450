"""Requests and replies, and what somebody between caller and node could try."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.identity import envelope, tokens
from seattle.identity.envelope import (
    Reply,
    Request,
    open_reply,
    open_request,
    seal_reply,
    seal_request,
    seal_skew_reply,
)
from seattle.identity.errors import (
    ClockSkew,
    EnvelopeError,
    Expired,
    FromTheFuture,
    Malformed,
    Misdelivered,
    Replayed,
    Tampered,
    TooLarge,
    WrongReply,
)
from seattle.identity.keys import KeyPair
from seattle.identity.nonces import NonceCache
from seattle.identity.sealing import seal
from seattle.identity.tokens import ReplyClaims

Ask = Callable[..., tuple[bytes, bytes]]  # a message and its nonce
Receive = Callable[..., Request]
Answer = Callable[..., bytes]
Read = Callable[..., Reply]
MakeClaims = Callable[..., dict[str, Any]]
Forge = Callable[..., str]
Wrap = Callable[..., bytes]


@pytest.fixture
def ask(alice: KeyPair, node: KeyPair, now: float) -> Ask:
    """Seal a request from alice to the node."""

    def make(
        method: str = "look",
        body: bytes = b"body",
        *,
        at: float = now,
        offset: float = 0.0,
        caller: KeyPair = alice,
        to: KeyPair = node,
    ) -> tuple[bytes, bytes]:
        return seal_request(caller=caller, node=to.public, method=method, body=body, now=at, offset=offset)

    return make


@pytest.fixture
def receive(node: KeyPair, nonces: NonceCache, now: float) -> Receive:
    """Open a request at the node."""

    def opened(wire: bytes, *, at: float = now, by: KeyPair = node) -> Request:
        return open_request(wire, node=by, nonces=nonces, now=at)

    return opened


@pytest.fixture
def answer(alice: KeyPair, node: KeyPair, now: float) -> Answer:
    """Seal the node's reply to alice."""

    def make(nonce: bytes, body: bytes = b"seen", *, by: KeyPair = node, to: KeyPair = alice, at: float = now) -> bytes:
        return seal_reply(node=by, caller=to.public, nonce=nonce, body=body, now=at)

    return make


@pytest.fixture
def read(alice: KeyPair, node: KeyPair) -> Read:
    """Open a reply as alice, who asked the node."""

    def opened(wire: bytes, nonce: bytes, *, by: KeyPair = alice, asked: KeyPair = node) -> Reply:
        return open_reply(wire, caller=by, node=asked.public, nonce=nonce)

    return opened


# What must work


def test_a_request_arrives_and_its_reply_comes_back(
    alice: KeyPair, ask: Ask, receive: Receive, answer: Answer, read: Read, now: float
) -> None:
    wire, nonce = ask("start", b"\x00payload")
    request = receive(wire)
    assert (request.caller, request.method, request.body) == (alice.public, "start", b"\x00payload")
    assert request.nonce == nonce
    reply = read(answer(request.nonce, b"done", at=now + 1.5), nonce)
    assert (reply.body, reply.signed_at) == (b"done", now + 1.5)


@given(
    seeds=st.tuples(*[st.binary(min_size=32, max_size=32)] * 2),
    body=st.binary(max_size=1000),
    method=st.text(min_size=1, max_size=128),
)
def test_any_body_survives_between_any_two_keys(
    seeds: tuple[bytes, bytes], body: bytes, method: str, now: float
) -> None:
    caller, node = map(KeyPair.from_seed, seeds)
    cache = NonceCache(None)
    wire, nonce = seal_request(caller=caller, node=node.public, method=method, body=body, now=now)
    request = open_request(wire, node=node, nonces=cache, now=now)
    assert (request.caller, request.method, request.body) == (caller.public, method, body)
    back = seal_reply(node=node, caller=caller.public, nonce=request.nonce, body=body, now=now)
    assert open_reply(back, caller=caller, node=node.public, nonce=nonce).body == body
    cache.close()


def test_the_largest_body_fits_and_a_larger_message_is_not_even_sent(
    ask: Ask, receive: Receive, answer: Answer, read: Read
) -> None:
    wire, nonce = ask(body=bytes(envelope.MAX_BODY))
    assert len(wire) <= envelope.MAX_WIRE == 1024 * 1024
    assert len(receive(wire).body) == envelope.MAX_BODY
    assert len(read(answer(nonce, bytes(envelope.MAX_BODY)), nonce).body) == envelope.MAX_BODY
    with pytest.raises(TooLarge):
        ask(body=bytes(envelope.MAX_WIRE))
    with pytest.raises(TooLarge):
        answer(nonce, bytes(envelope.MAX_WIRE))


def test_two_requests_for_the_same_thing_are_two_requests(ask: Ask, receive: Receive) -> None:
    first, second = ask(), ask()
    assert first[1] != second[1]
    assert receive(first[0]).nonce != receive(second[0]).nonce


def test_a_message_of_a_later_version_with_more_fields_is_understood(
    alice: KeyPair, node: KeyPair, ask: Ask, receive: Receive, wrap: Wrap, claims: MakeClaims, forge: Forge
) -> None:
    wire, _ = ask()
    assert receive(msgspec.msgpack.encode([*msgspec.msgpack.decode(wire), "more", {"and": "more"}])).body == b"body"
    sealed = seal(
        msgspec.msgpack.encode([forge(claims(hurry=True)), b"body", "more"]), sender=alice, recipient=node.public
    )
    later = envelope.SealedRequest(1, alice.public.raw, envelope._mark(sealed, node.public), sealed)
    assert receive(msgspec.msgpack.encode(later)).body == b"body"


# What a broker sees


def test_the_wire_shows_the_caller_and_nothing_else(alice: KeyPair, node: KeyPair, ask: Ask, answer: Answer) -> None:
    method, body = "secret-method", b"secret body " * 20
    wire, nonce = ask(method, body)
    assert alice.public.raw in wire
    reply = answer(nonce, body)
    for hidden in (b"secret", node.id.encode(), node.public.raw, alice.id.encode(), nonce, nonce.hex().encode()):
        assert hidden not in wire
        assert hidden not in reply
    assert alice.public.raw not in reply


def test_two_requests_to_one_node_have_nothing_in_common_but_the_caller(ask: Ask) -> None:
    (_, _, mark, sealed), (_, _, other_mark, other_sealed) = (msgspec.msgpack.decode(ask()[0]) for _ in range(2))
    assert mark != other_mark
    assert sealed[:40] != other_sealed[:40]


def test_neither_request_nor_reply_shows_its_body_when_printed(
    ask: Ask, receive: Receive, answer: Answer, read: Read
) -> None:
    wire, nonce = ask(body=b"my file")
    assert "my file" not in repr(receive(wire))
    assert "my file" not in repr(read(answer(nonce, b"my file"), nonce))


# Replay


def test_given_a_request_already_served_when_it_is_replayed_then_the_node_refuses(ask: Ask, receive: Receive) -> None:
    wire, _ = ask()
    receive(wire)
    with pytest.raises(Replayed):
        receive(wire)


def test_given_a_restart_of_the_node_when_a_request_is_replayed_then_the_node_refuses(
    tmp_path: Path, node: KeyPair, ask: Ask, now: float
) -> None:
    wire, _ = ask()
    for attempt in range(3):
        cache = NonceCache(tmp_path / "restarted")
        if attempt == 0:
            open_request(wire, node=node, nonces=cache, now=now)
        else:
            with pytest.raises(Replayed):
                open_request(wire, node=node, nonces=cache, now=now + attempt)
        cache.close()


def test_a_replay_is_refused_to_the_last_moment_of_its_validity_and_later_too(
    ask: Ask, receive: Receive, now: float
) -> None:
    wire, _ = ask()
    receive(wire)
    for later in (0.0, 29.9, 30.0, 30.1, 86_400.0):
        with pytest.raises(Replayed):
            receive(wire, at=now + later)


def test_a_replay_with_another_wrapping_is_a_replay(
    receive: Receive, claims: MakeClaims, forge: Forge, wrap: Wrap
) -> None:
    token = forge(claims())
    receive(wrap(token))
    with pytest.raises(Replayed):
        receive(wrap(token))


def test_a_request_that_reached_the_wrong_node_is_still_good_for_the_right_one(
    ask: Ask, receive: Receive, other_node: KeyPair
) -> None:
    wire, _ = ask()
    with pytest.raises(Misdelivered):
        receive(wire, by=other_node)
    assert receive(wire).body == b"body"


@pytest.mark.parametrize(("error", "wrong_by"), [(FromTheFuture, -3600.0), (Expired, 3600.0)])
def test_given_a_request_refused_for_its_time_when_the_nodes_clock_comes_to_that_time_then_it_is_a_replay(
    ask: Ask, receive: Receive, now: float, error: type[EnvelopeError], wrong_by: float
) -> None:
    wire, _ = ask()  # its caller learns of the skew and asks again: the first must not be served as well
    with pytest.raises(error):
        receive(wire, at=now + wrong_by)
    with pytest.raises(Replayed):
        receive(wire, at=now + wrong_by)
    with pytest.raises(Replayed):
        receive(wire)


# Misdelivery


def test_a_request_for_another_node_is_refused(ask: Ask, receive: Receive, other_node: KeyPair) -> None:
    with pytest.raises(Misdelivered):
        receive(ask()[0], by=other_node)


def test_a_request_signed_for_another_node_is_refused_though_sealed_for_this_one(
    receive: Receive, claims: MakeClaims, forge: Forge, wrap: Wrap, other_node: KeyPair
) -> None:
    with pytest.raises(Misdelivered):
        receive(wrap(forge(claims(aud=other_node.id))))


def test_a_node_cannot_pass_a_request_on_as_its_callers(
    alice: KeyPair,
    ask: Ask,
    receive: Receive,
    other_node: KeyPair,
    node: KeyPair,
    now: float,
    wrap: Wrap,
    nonces: NonceCache,
) -> None:
    wire, _ = ask(to=other_node)
    caller, sealed = msgspec.msgpack.decode(wire)[1::2]
    content = envelope._open_box(sealed, recipient=other_node, sender=alice.public)  # what the other node learns
    assert caller == alice.public.raw
    with pytest.raises(Tampered):
        receive(wrap(content.token, content.body, sender=other_node))


# Time


@pytest.mark.parametrize("late", [0.0, 15.0, 29.99])
def test_a_request_within_its_time_is_served(ask: Ask, receive: Receive, now: float, late: float) -> None:
    assert receive(ask()[0], at=now + late).body == b"body"


def test_a_stale_request_is_refused(ask: Ask, receive: Receive, now: float) -> None:
    with pytest.raises(Expired):
        receive(ask()[0], at=now + 30.1)


def test_a_request_from_the_future_is_refused(ask: Ask, receive: Receive, now: float) -> None:
    assert receive(ask()[0], at=now - 4.9).body == b"body"
    with pytest.raises(FromTheFuture):
        receive(ask()[0], at=now - 5.1)


def test_a_caller_cannot_sign_for_longer_than_everybody(
    receive: Receive, claims: MakeClaims, forge: Forge, wrap: Wrap, now: float
) -> None:
    for lifetime in (31.0, 3600.0, 1e9, 0.0, -5.0):
        with pytest.raises(Malformed):
            receive(wrap(forge(claims(exp=now + lifetime))))


def test_given_a_request_dated_years_ahead_when_others_call_then_they_are_served(
    alice: KeyPair, bob: KeyPair, ask: Ask, receive: Receive, now: float
) -> None:
    with pytest.raises(FromTheFuture):
        receive(ask(at=now + 1e9, caller=bob)[0])
    for caller in (alice, bob):
        assert receive(ask(caller=caller)[0]).caller == caller.public


def test_given_a_node_whose_clock_was_years_ahead_when_it_is_right_again_then_callers_are_served(
    alice: KeyPair, ask: Ask, receive: Receive, now: float
) -> None:
    receive(ask(at=now + 1e9)[0], at=now + 1e9)
    assert receive(ask()[0]).caller == alice.public


def test_requests_may_overtake_each_other(ask: Ask, receive: Receive, now: float) -> None:
    first, second = ask(at=now), ask(at=now + 2)
    assert receive(second[0], at=now + 3).nonce == second[1]
    assert receive(first[0], at=now + 3).nonce == first[1]


@pytest.mark.parametrize("difference", [-86_400.0, -31.0, 6.0, 90.0, 1e8])
def test_given_clocks_that_differ_when_the_caller_retries_with_the_offset_it_learnt_then_it_is_served(
    node: KeyPair, ask: Ask, receive: Receive, read: Read, now: float, difference: float
) -> None:
    callers_time = now + difference
    wire, nonce = ask(at=callers_time)
    with pytest.raises((Expired, FromTheFuture)) as refused:
        receive(wire)
    with pytest.raises(ClockSkew) as skew:
        read(seal_skew_reply(refused.value, node=node, now=now), nonce)
    assert skew.value.offset == pytest.approx(-difference, abs=0.001)
    assert skew.value.node_time == now
    assert receive(ask(at=callers_time, offset=skew.value.offset)[0]).body == b"body"


def test_offsets_add_up_when_a_clock_drifts_again(
    node: KeyPair, ask: Ask, receive: Receive, read: Read, now: float
) -> None:
    wire, nonce = ask(at=now - 100, offset=40.0)
    with pytest.raises(Expired) as refused:
        receive(wire)
    with pytest.raises(ClockSkew) as skew:
        read(seal_skew_reply(refused.value, node=node, now=now), nonce)
    assert receive(ask(at=now - 100, offset=40.0 + skew.value.offset)[0]).body == b"body"


def test_only_who_is_authentic_in_every_other_way_learns_the_nodes_time(
    ask: Ask,
    receive: Receive,
    claims: MakeClaims,
    forge: Forge,
    wrap: Wrap,
    bob: KeyPair,
    other_node: KeyPair,
    now: float,
) -> None:
    old = {"iat": now - 3600, "exp": now - 3570}
    for wire in (
        wrap(forge(claims(**old), sign=bob.sign)),
        wrap(forge(claims(**old, aud=other_node.id))),
        wrap(forge(claims(**old)), b"another body"),
        wrap(forge(claims(**old)), sender=bob),
        wrap(forge(claims(iat=now - 3600, exp=now - 1))),
        ask(at=now - 3600, to=other_node)[0],
    ):
        with pytest.raises((Tampered, Misdelivered, Malformed)):
            receive(wire)


def test_a_skew_reply_of_another_node_or_to_another_request_moves_no_clock(
    node: KeyPair, other_node: KeyPair, ask: Ask, receive: Receive, read: Read, now: float
) -> None:
    wire, nonce = ask(at=now - 3600)
    with pytest.raises(Expired) as refused:
        receive(wire)
    with pytest.raises(Tampered):
        read(seal_skew_reply(refused.value, node=other_node, now=now), nonce)
    with pytest.raises(WrongReply):
        read(seal_skew_reply(refused.value, node=node, now=now), bytes(16))


# Tampering


@pytest.mark.parametrize("bit", range(8))
def test_a_request_with_any_bit_changed_is_refused(ask: Ask, receive: Receive, bit: int) -> None:
    wire, _ = ask(body=b"")
    for where in range(len(wire)):
        changed = bytearray(wire)
        changed[where] ^= 1 << bit
        with pytest.raises((Tampered, Malformed, Misdelivered)):
            receive(bytes(changed))
    assert receive(wire).body == b""


@pytest.mark.parametrize("bit", range(8))
def test_a_reply_with_any_bit_changed_is_refused(ask: Ask, answer: Answer, read: Read, bit: int) -> None:
    _, nonce = ask()
    wire = answer(nonce, b"")
    for where in range(len(wire)):
        changed = bytearray(wire)
        changed[where] ^= 1 << bit
        with pytest.raises((Tampered, Malformed)):
            read(bytes(changed), nonce)
    assert read(wire, nonce).body == b""


def test_a_message_cut_short_or_continued_is_refused(ask: Ask, receive: Receive, answer: Answer, read: Read) -> None:
    wire, nonce = ask(body=b"")
    reply = answer(nonce, b"")
    for length in range(len(wire)):
        with pytest.raises(EnvelopeError):
            receive(wire[:length])
    for length in range(len(reply)):
        with pytest.raises(EnvelopeError):
            read(reply[:length], nonce)
    with pytest.raises(EnvelopeError):
        receive(wire + b"\x00")
    with pytest.raises(EnvelopeError):
        read(reply + b"\x00", nonce)


@given(wire=st.binary(max_size=200))
def test_any_bytes_are_refused_as_a_message(alice: KeyPair, node: KeyPair, wire: bytes, now: float) -> None:
    cache = NonceCache(None)
    with pytest.raises(EnvelopeError):
        open_request(wire, node=node, nonces=cache, now=now)
    with pytest.raises(EnvelopeError):
        open_reply(wire, caller=alice, node=node.public, nonce=bytes(16))
    cache.close()


def test_a_message_that_is_nested_without_end_is_refused(
    alice: KeyPair, node: KeyPair, ask: Ask, receive: Receive, answer: Answer, read: Read
) -> None:
    """In a field that nobody here knows, of the message or of what is in its box."""
    wire, nonce = ask()
    request, reply = msgspec.msgpack.decode(wire), msgspec.msgpack.decode(answer(nonce))
    deep = b"\x91" * 30_000 + b"\xc0"
    more = [msgspec.Raw(deep)]
    with pytest.raises(Malformed):
        receive(msgspec.msgpack.encode([*request, *more]))
    with pytest.raises(Malformed):
        read(msgspec.msgpack.encode([*reply, *more]), nonce)
    sealed = seal(msgspec.msgpack.encode(["token", b"body", *more]), sender=node, recipient=alice.public)
    with pytest.raises(Malformed):
        read(msgspec.msgpack.encode([1, sealed]), nonce)


def test_a_body_that_was_not_signed_is_refused(receive: Receive, claims: MakeClaims, forge: Forge, wrap: Wrap) -> None:
    with pytest.raises(Tampered, match="body"):
        receive(wrap(forge(claims()), b"another body"))


def test_a_stranger_cannot_call_in_a_callers_name(
    alice: KeyPair, bob: KeyPair, receive: Receive, claims: MakeClaims, forge: Forge, wrap: Wrap, node: KeyPair
) -> None:
    def sealed_as(sender: KeyPair, recipient: KeyPair, token: str) -> bytes:
        """Return a request that has alice's key in clear, whoever made the box."""
        sealed = seal(msgspec.msgpack.encode([token, b"body"]), sender=sender, recipient=recipient.public)
        return msgspec.msgpack.encode([1, alice.public.raw, envelope._mark(sealed, node.public), sealed])

    forgeries = {
        "alice's token in bob's box": wrap(forge(claims()), sender=bob),
        "the same, said to be alice's box": sealed_as(bob, node, forge(claims())),
        "the node can make alice's box, but not her token": sealed_as(node, alice, forge(claims(), sign=node.sign)),
    }
    for forgery, wire in forgeries.items():
        with pytest.raises(Tampered):
            pytest.fail(f"served: {forgery} {receive(wire)}")


@pytest.mark.parametrize("alg", ["none", "HS256", "Ed25519"])
def test_a_request_with_another_algorithm_is_refused(
    receive: Receive, claims: MakeClaims, forge: Forge, wrap: Wrap, alg: object
) -> None:
    with pytest.raises(Tampered):
        receive(wrap(forge(claims(), {"alg": alg, "typ": "seattle-request+jwt"})))


@pytest.mark.parametrize("raw", [bytes(32), (1).to_bytes(32, "little"), b"\xff" * 32], ids=["zero", "one", "ones"])
def test_a_caller_with_an_unsafe_key_is_refused(receive: Receive, node: KeyPair, raw: bytes) -> None:
    sealed = bytes(100)
    with pytest.raises(Malformed, match="no usable key"):
        receive(msgspec.msgpack.encode([1, raw, envelope._mark(sealed, node.public), sealed]))


def test_another_version_is_refused_in_words(ask: Ask, receive: Receive) -> None:
    wire, _ = ask()
    with pytest.raises(Malformed, match="version 2"):
        receive(msgspec.msgpack.encode([2, *msgspec.msgpack.decode(wire)[1:]]))


def test_a_message_that_is_too_long_is_refused_before_it_is_looked_at(
    alice: KeyPair, node: KeyPair, receive: Receive, read: Read
) -> None:
    with pytest.raises(TooLarge):
        receive(bytes(envelope.MAX_WIRE + 1))
    with pytest.raises(TooLarge):
        read(bytes(envelope.MAX_WIRE + 1), bytes(16))


# Replies


def test_the_reply_to_another_request_is_refused(ask: Ask, receive: Receive, answer: Answer, read: Read) -> None:
    (one, nonce), (two, other_nonce) = ask(), ask()
    reply, other_reply = answer(receive(one).nonce), answer(receive(two).nonce)
    with pytest.raises(WrongReply):
        read(other_reply, nonce)
    with pytest.raises(WrongReply):
        read(reply, other_nonce)


def test_the_reply_of_another_node_is_refused(ask: Ask, answer: Answer, read: Read, other_node: KeyPair) -> None:
    _, nonce = ask()
    with pytest.raises(Tampered):
        read(answer(nonce, by=other_node), nonce)


def test_a_reply_for_another_caller_is_refused(ask: Ask, answer: Answer, read: Read, bob: KeyPair) -> None:
    _, nonce = ask()
    with pytest.raises(Tampered):
        read(answer(nonce, to=bob), nonce)


def test_an_unsigned_reply_is_refused_though_the_box_is_genuine(
    alice: KeyPair, node: KeyPair, ask: Ask, read: Read, now: float, forge: Forge
) -> None:
    _, nonce = ask()
    claims = {
        "iss": node.id,
        "aud": alice.id,
        "digest": tokens.digest(b"lies"),
        "iat": now,
        "jti": nonce.hex(),
        "kind": "answer",
    }
    for header, sign in (
        ({"alg": "none", "typ": "seattle-reply+jwt"}, lambda _: b""),
        ({"alg": "EdDSA", "typ": "seattle-reply+jwt"}, lambda _: bytes(64)),
        ({"alg": "EdDSA", "typ": "seattle-reply+jwt"}, alice.sign),  # alice can make the box, being its other end
    ):
        content = msgspec.msgpack.encode([forge(claims, header, sign), b"lies"])
        wire = msgspec.msgpack.encode([1, seal(content, sender=node, recipient=alice.public)])
        with pytest.raises(Tampered):
            read(wire, nonce)


def test_a_request_thrown_back_is_no_reply(ask: Ask, read: Read) -> None:
    wire, nonce = ask()
    sealed = msgspec.msgpack.decode(wire)[3]  # the box of two keys is the same in both directions
    with pytest.raises(Tampered):
        read(msgspec.msgpack.encode([1, sealed]), nonce)


def test_a_kind_of_reply_of_a_later_version_is_refused_in_words(
    alice: KeyPair, node: KeyPair, ask: Ask, read: Read, now: float
) -> None:
    _, nonce = ask()
    claims = ReplyClaims(iss=node.id, aud=alice.id, digest=tokens.digest(b""), iat=now, jti=nonce.hex(), kind="song")
    content = msgspec.msgpack.encode([tokens.sign(claims, key=node), b""])
    with pytest.raises(Malformed, match="doesn't know"):
        read(msgspec.msgpack.encode([1, seal(content, sender=node, recipient=alice.public)]), nonce)
