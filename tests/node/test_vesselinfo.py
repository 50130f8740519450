import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.openssh import format_public_line
from seattle.node.errors import BadVesselInfo
from seattle.node.vesselinfo import VesselShare, format_vesselinfo, parse_vesselinfo

ALICE, BOB, CAROL = (KeyPair.from_seed(bytes([number]) * 32).public for number in (1, 2, 3))


def test_given_vessels_with_keys_in_both_forms_then_each_has_its_owner_and_users() -> None:
    text = f"""
# who gives what to whom
Percent 80
Owner {ALICE.id}   # the professor
User {format_public_line(BOB, "bob@laptop")}
User {CAROL.id}

Percent 20\r
Owner {format_public_line(BOB)}
"""
    assert parse_vesselinfo(text) == (VesselShare(80, ALICE, (BOB, CAROL)), VesselShare(20, BOB))


def test_given_the_owners_words_then_they_are_kept_as_they_are() -> None:
    share = VesselShare(100, ALICE, information="don_x-y # 3 machines")
    text = f"Percent 100\nOwner {ALICE.id}\nInformation   don_x-y # 3 machines  \n"
    assert parse_vesselinfo(text) == parse_vesselinfo(format_vesselinfo((share,))) == (share,)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 0, "no vessel"),
        ("Information hello", 1, "before the first `Percent`"),
        (f"Percent 100\nOwner {ALICE}\nInformation", 3, "words are missing"),
        (f"Percent 100\nOwner {ALICE}\nInformation a\nInformation b", 4, "one line"),
        (f"Percent 100\nOwner {ALICE}\nInformation {'x' * 257}", 3, "at most 256"),
        (f"Percent 100\nOwner {ALICE}\nInformation a\u2028b", 3, "line break"),
        ("# nothing\n", 0, "no vessel"),
        (f"Owner {ALICE}", 1, "before the first `Percent`"),
        (f"Percent 100\nowner {ALICE}", 2, "expected `Percent N`"),
        (f"Percent 15\nOwner {ALICE}", 1, "multiple of 10"),
        (f"Percent 0\nOwner {ALICE}", 1, "multiple of 10"),
        (f"Percent 110\nOwner {ALICE}", 1, "multiple of 10"),
        (f"Percent -10\nOwner {ALICE}", 1, "not a percentage"),
        (f"Percent ten\nOwner {ALICE}", 1, "not a percentage"),
        (f"Percent \u0661\u0660\u0660\nOwner {ALICE}", 1, "not a percentage"),
        (f"Percent {'9' * 5000}\nOwner {ALICE}", 1, "not a percentage"),
        (f"Percent\nOwner {ALICE}", 1, "not a percentage"),
        ("Percent 100\nOwner", 2, "key is missing"),
        ("Percent 100\nOwner 3 21", 2, "no key"),
        ("Percent 100\nOwner UAAAA", 2, "no key"),
        (f"Percent 100\nOwner {ALICE}\nOwner {BOB}", 3, "exactly one"),
        (f"Percent 100\nOwner {ALICE}\nUser {BOB}\nUser {BOB}", 4, "already"),
        (f"Percent 50\nUser {BOB}\nPercent 50\nOwner {ALICE}", 1, "no owner"),
        (f"Percent 45\nOwner {ALICE}\nPercent 35\nOwner {BOB}", 1, "multiple of 10"),
        (f"Percent 50\nOwner {ALICE}\nPercent 40\nOwner {BOB}", 0, "90 %"),
        (f"Percent 60\nOwner {ALICE}\nPercent 60\nOwner {BOB}", 0, "120 %"),
    ],
)
def test_given_a_file_that_is_wrong_then_the_error_says_where_and_what_was_expected(
    text: str, line: int, words: str
) -> None:
    with pytest.raises(BadVesselInfo, match=words) as wrong:
        parse_vesselinfo(text, source="info")
    assert wrong.value.line == line
    assert str(wrong.value).startswith(f"info:{line}: " if line else "info: ")


@given(st.text(max_size=400) | st.text(alphabet="PercntOwUs 0123456789\n\r#", max_size=200))
def test_given_any_text_then_it_is_read_or_refused_and_nothing_else_happens(text: str) -> None:
    try:
        shares = parse_vesselinfo(text)
    except BadVesselInfo:
        return
    assert sum(share.percent for share in shares) == 100


keys = st.sampled_from([ALICE, BOB, CAROL])
users = st.lists(keys, unique=True, max_size=3).map(tuple)


@given(cuts=st.sets(st.integers(1, 9)), who=st.lists(st.tuples(keys, users), min_size=10, max_size=10))
def test_given_any_vessels_when_they_are_written_then_reading_gives_them_back(
    cuts: set[int], who: list[tuple[PublicKey, tuple[PublicKey, ...]]]
) -> None:
    bounds = [0, *sorted(cuts), 10]  # in tenths of the donation
    tenths = [end - start for start, end in itertools.pairwise(bounds)]
    shares = tuple(VesselShare(each * 10, owner, others) for each, (owner, others) in zip(tenths, who, strict=False))
    assert parse_vesselinfo(format_vesselinfo(shares)) == shares
