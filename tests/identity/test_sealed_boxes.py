"""Boxes between many: what is remembered of some pairs changes nothing for any."""

import pytest

from seattle.identity.errors import SealBroken
from seattle.identity.keys import KeyPair
from seattle.identity.sealing import MAX_BOXES, _box, seal, unseal


def test_given_more_pairs_than_are_remembered_when_they_seal_then_each_box_opens_for_its_own_pair() -> None:
    node = KeyPair.generate()
    callers = [KeyPair.generate() for _ in range(MAX_BOXES + 10)]
    boxes = [seal(caller.id.encode(), sender=caller, recipient=node.public) for caller in callers]
    for caller, box in zip(callers, boxes, strict=True):
        assert unseal(box, recipient=node, sender=caller.public) == caller.id.encode()
    assert _box.cache_info().currsize <= MAX_BOXES


def test_given_a_pair_that_is_remembered_when_another_opens_its_box_then_it_is_broken() -> None:
    node, alice, eve = KeyPair.generate(), KeyPair.generate(), KeyPair.generate()
    box = seal(b"for the node", sender=alice, recipient=node.public)
    assert unseal(box, recipient=node, sender=alice.public) == b"for the node"
    for recipient, sender in ((eve, alice.public), (node, eve.public), (eve, node.public)):
        with pytest.raises(SealBroken):
            unseal(box, recipient=recipient, sender=sender)
