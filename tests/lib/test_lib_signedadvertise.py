"""Announcements that are signed: those of the right people are found, and no others."""

from collections.abc import Callable

from tests.lib.conftest import Run
from tests.lib.test_lib_advertise import popen, serve

from seattle.identity.keys import KeyPair

__all__ = ["popen", "serve"]

ALICE, BOB = KeyPair.from_seed(bytes(range(32))), KeyPair.from_seed(bytes(range(1, 33)))
NAMES = f"""
import advertise, json, signed, signedadvertise, time
alice, bob = {ALICE.id!r}, {BOB.id!r}
by_alice, by_bob = {ALICE.seed!r}, {BOB.seed!r}

def found(key, *signers, **options):
    return [one.value for one in signedadvertise.lookup(key, signers, **options)]
"""


def program(port: int, text: str) -> str:
    return f"{NAMES}\nadvertise.use('central', '127.0.0.1', {port})\n{text}"


def test_given_announcements_of_two_when_they_are_looked_up_then_each_is_found_by_its_signer(
    serve: Callable[..., int], run: Run
) -> None:
    text = """
signedadvertise.announce("k", "caf\\u00e9:1", 60, by_alice)
signedadvertise.announce("k", "bob's", 60, by_bob)
print(found("k", alice), found("k", bob), sorted(found("k", alice, bob)), found("k"), found("other", alice))
[one] = signedadvertise.lookup("k", [alice])
print(one.signer == alice, abs(one.issued - time.time()) < 60)
"""
    assert run(program(serve(), text)) == ("""['café:1'] ["bob's"] ["bob's", 'café:1'] [] []\nTrue True\n""")


def test_given_somebody_who_moves_when_it_is_looked_up_then_the_newest_place_comes_first(
    serve: Callable[..., int], run: Run
) -> None:
    text = """
for place in ("here", "there", "elsewhere"):
    signedadvertise.announce("k", place, 60, by_alice)
print(found("k", alice))
"""
    assert run(program(serve(), text)) == "['elsewhere', 'there', 'here']\n"


def test_given_forged_and_copied_announcements_when_they_are_looked_up_then_none_of_them_is_found(
    serve: Callable[..., int], run: Run
) -> None:
    """They are unsigned, of another, changed, copied from another key, without an end, over, or of another form."""
    text = """
signedadvertise.announce("elsewhere", "copied", 60, by_alice)
[copied] = advertise.lookup("elsewhere")
head, body, signature = signed.sign(json.dumps(["k", "true"]), by_alice, expires=time.time() + 60).split(".")
_, other, _ = signed.sign(json.dumps(["k", "changed"]), by_alice, expires=time.time() + 60).split(".")
soon = time.time() + 60
for value in (
    "unsigned", "", "a.b.c", "." * 900, "[" * 900, copied, f"{head}.{other}.{signature}", f"{head}.{body}.",
    signed.sign(json.dumps(["k", "without an end"]), by_alice),
    signed.sign(json.dumps(["k", "over"]), by_alice, expires=time.time() - signedadvertise.SLACK - 1),
    signed.sign(json.dumps(["k", "of another"]), by_bob, expires=soon),
    signed.sign(json.dumps(["k", 5]), by_alice, expires=soon),
    signed.sign(json.dumps({"k": "v"}), by_alice, expires=soon),
    signed.sign("5", by_alice, expires=soon),
    signed.sign("[" * 400, by_alice, expires=soon),
    signed.sign(json.dumps(["k", "for others"]), by_alice, expires=soon, to=[bob]),
):
    try:
        advertise.announce("k", value, 60)
    except AdvertiseError:
        print("not even taken")
print(found("k", alice))
signedadvertise.announce("k", "true", 60, by_alice)
print(found("k", alice), found("k", alice, now=time.time() + 200))
"""
    assert run(program(serve(), text)) == "[]\n['true'] []\n"


def test_given_what_is_too_long_when_it_is_announced_then_the_program_is_told_before_anything_is_sent(run: Run) -> None:
    text = """
for key, value in (("k", "v" * 900), ("k", 5)):
    try:
        signedadvertise.announce(key, value, 60, by_alice)
    except (ValueError, TypeError) as why:
        print(why)
"""
    long, number = run(NAMES + text).splitlines()
    assert long.endswith("characters; at most 1024")
    assert number == "key and value are text, not str and int"
