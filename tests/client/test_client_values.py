from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.cli.console import tell_failures
from seattle.client.errors import ProfileMissing, ProfileUnusable, TimedOut, VesselsFailed
from seattle.client.lines import Line, LineMaker, LineSplitter
from seattle.client.outcomes import Verdict, in_words, went_well
from seattle.client.places import Place
from seattle.client.profile import find_profile, load_profile, write_profile
from seattle.client.results import Failure, Results, Success
from seattle.client.vessel import Vessel
from seattle.fabric.advert import Advert
from seattle.fabric.errors import BadReply, RemoteError
from seattle.fabric.node_api import RunOutcome, VesselSummary
from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair

NODE = "UABC" + "D" * 52
HERE = Place(NODE, "v1")


@given(text=st.lists(st.text(st.characters(exclude_characters="\n"), max_size=30)), cuts=st.lists(st.integers(1, 9)))
def test_given_a_log_cut_anywhere_when_fed_piece_by_piece_then_the_lines_are_those_of_the_whole(
    text: list[str], cuts: list[int]
) -> None:
    whole = "\n".join(text).encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()
    splitter, lines, at = LineSplitter(), [], 0
    for cut in cuts:
        lines += splitter.feed(whole[at : at + cut])
        at += cut
    lines += splitter.feed(whole[at:]) + splitter.finish()
    expected = whole.decode().split("\n")
    assert lines == (expected[:-1] if not expected[-1] else expected)


@given(data=st.binary(max_size=300), limit=st.integers(4, 20))
def test_given_any_bytes_then_no_line_is_longer_than_allowed(data: bytes, limit: int) -> None:
    splitter = LineSplitter(limit)
    lines = splitter.feed(data) + splitter.finish()
    assert all(len(line) <= limit for line in lines)


@given(data=st.text(st.sampled_from("ab\n"), max_size=100), limit=st.integers(4, 20))
def test_given_long_lines_when_cut_then_nothing_is_lost(data: str, limit: int) -> None:
    splitter = LineSplitter(limit)
    assert "".join(splitter.feed(data.encode()) + splitter.finish()) == data.replace("\n", "")


@given(st.text(st.sampled_from("aé€😀"), max_size=100), st.integers(4, 20))
def test_given_a_long_line_then_it_is_cut_between_characters(text: str, limit: int) -> None:
    splitter = LineSplitter(limit)
    assert "".join(splitter.feed(text.encode()) + splitter.finish()) == text


def test_given_a_gap_in_the_log_then_the_next_line_says_how_much_is_missing() -> None:
    maker = LineMaker(HERE, 0)
    assert maker.feed(0, b"one\ntw") == [Line(HERE, "one")]
    assert maker.feed(100, b"") == [Line(HERE, "tw")]
    assert maker.feed(100, b"three\nfour\n") == [Line(HERE, "three", missed=94), Line(HERE, "four")]


@pytest.mark.parametrize("pattern", ["UABC", NODE, f"{NODE}/v1", "UABC/v1", "/v1", "*/v?", "UA*/v*", "U[A-C]B/"])
def test_given_a_pattern_that_means_a_place_then_it_matches(pattern: str) -> None:
    assert HERE.matches(pattern)


@pytest.mark.parametrize("pattern", ["UX", "UABC/v2", "v1", "ABC", "uabc", "/v"])
def test_given_a_pattern_for_others_then_it_does_not_match(pattern: str) -> None:
    assert not HERE.matches(pattern)


def test_given_results_when_some_failed_then_both_sides_can_be_had_and_raising_tells_all() -> None:
    late = TimedOut("not done within 5 s")
    both: list[Success[int] | Failure] = [Success(HERE, 7), Failure.of(Place(NODE, "v2"), late)]
    results = Results(both)
    assert results.values == (7,)
    assert [failure.code for failure in results.failed] == ["timed-out"]
    assert results[:1].raise_for_failures().values == (7,)
    with pytest.raises(VesselsFailed, match=r"1 of 2 failed: UABCDDDDD/v2 \(not done within 5 s\)"):
        results.raise_for_failures()


def test_given_a_refusal_of_a_node_then_its_own_code_is_kept() -> None:
    assert Failure.of(HERE, RemoteError("over-quota", "too much")).code == "over-quota"


def test_given_outcomes_then_only_a_clean_exit_went_well() -> None:
    good = RunOutcome(kind="exited", detail="0", exit_code=0)
    bad = RunOutcome(kind="killed", resource="memory")
    assert went_well(good)
    assert went_well(RunOutcome(kind="exited"))
    assert not went_well(RunOutcome(kind="exited", detail="3", exit_code=3))
    assert not went_well(bad)
    assert in_words(bad) == "killed(memory)"
    assert in_words(RunOutcome(kind="stopped", detail=f"key {NODE}")) == "stopped(key UABCDDDDD)"
    assert [Verdict.of(ends) for ends in ([True], [True, False], [False], [])] == [
        Verdict.ALL,
        Verdict.PART,
        Verdict.NONE,
        Verdict.NONE,
    ]


@pytest.mark.parametrize("name", ["../../etc", "a/b", "\x1b[2J", ".hidden", "a b"])
def test_given_a_node_that_lies_about_a_vessels_name_then_it_is_not_believed(name: str) -> None:
    with pytest.raises(BadReply):
        Vessel.of(Advert(node=NODE, issued_at=0.0), VesselSummary(name=name))


def make(folder: Path) -> KeyPair:
    key = KeyPair.generate()
    write_profile(folder, urls=["nats://127.0.0.1:4222"], key=key, credential="a.b.c")
    return key


def test_given_a_written_profile_when_read_then_it_is_the_same_and_its_secrets_are_only_ours(tmp_path: Path) -> None:
    key = make(tmp_path / "p")
    profile = load_profile(tmp_path / "p")
    assert profile.urls == ("nats://127.0.0.1:4222",)
    assert profile.load_key() == key
    assert profile.read_credential() == "a.b.c"
    assert (tmp_path / "p").stat().st_mode & 0o077 == 0
    assert profile.credential_file.stat().st_mode & 0o077 == 0


def test_given_a_profile_that_is_there_when_written_again_then_it_is_replaced(tmp_path: Path) -> None:
    make(tmp_path / "p")
    key = make(tmp_path / "p")
    assert load_profile(tmp_path / "p").load_key() == key


def test_given_a_key_in_the_profiles_folder_when_it_is_written_again_then_its_file_stays_as_it_is(
    tmp_path: Path,
) -> None:
    key = KeyPair.generate()
    save_key_pair(tmp_path / "key", key, comment="with a comment, and perhaps a passphrase")
    before = [(tmp_path / name).read_text() for name in ("key", "key.pub")]
    urls = ["nats://127.0.0.1:4222"]
    made = write_profile(tmp_path, urls=urls, key=key, credential="a.b.c", key_file=tmp_path / "key")
    assert made.key_file == tmp_path / "key"
    assert str(tmp_path) not in (tmp_path / "profile.toml").read_text(), "the folder may be moved"
    assert [(tmp_path / name).read_text() for name in ("key", "key.pub")] == before


def test_given_a_key_whose_path_has_odd_characters_when_a_profile_is_written_then_it_is_found_or_that_is_told(
    tmp_path: Path,
) -> None:
    key, urls = KeyPair.generate(), ["nats://127.0.0.1:4222"]
    for name in ("\N{PARTY POPPER}", 'a "b" \\', "\u00e4\x7f\t"):
        (tmp_path / name).mkdir()
        save_key_pair(tmp_path / name / "key", key)
        made = write_profile(tmp_path / "p", urls=urls, key=key, credential="a.b.c", key_file=tmp_path / name / "key")
        assert made.load_key() == key
    with pytest.raises(ProfileUnusable, match="is no text"):
        write_profile(tmp_path / "p", urls=urls, key=key, credential="a.b.c", key_file=tmp_path / "\udcff")


def test_given_choices_then_the_argument_wins_over_the_variable_and_that_over_the_default(tmp_path: Path) -> None:
    profiles = tmp_path / "seattle" / "profiles"
    for name in ("default", "one", "two"):
        make(profiles / name)
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert find_profile(environ=environ).folder == profiles / "default"
    assert find_profile(environ=environ | {"SEATTLE_PROFILE": "one"}).folder == profiles / "one"
    assert find_profile("two", environ=environ | {"SEATTLE_PROFILE": "one"}).folder == profiles / "two"
    assert find_profile(profiles / "two", environ=environ).folder == profiles / "two"


def test_given_no_profile_then_the_error_says_where_it_looked_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ProfileMissing, match=r"seattle/profiles/default/profile\.toml") as missing:
        find_profile(environ={"XDG_CONFIG_HOME": str(tmp_path)})
    assert "seattle up" in missing.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fabric = 5",
        "fabric = 'nats://x:1'\nsecret = 1",
        "fabric = [",
        "fabric = 'http://x'",
        "fabric = []",
        "fabric = 'tls://x:1'\nsite_url = 'ftp://x'",
        "fabric = 'tls://x:1'\nsite_url = 'https://[x'",
        "fabric = 'tls://x:1'\nenrol_url = 'https://[x'",
        "fabric = 'tls://x:1'\nenrol_url = 'https://x:y'",
    ],
)
def test_given_a_profile_with_a_mistake_then_the_error_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "profile.toml").write_text(text)
    with pytest.raises(ProfileUnusable, match=r"profile\.toml"):
        load_profile(tmp_path)


def test_given_many_that_failed_then_places_with_the_same_reason_are_named_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_failures("vessels did not start", [("A", "full"), ("B", "gone"), ("C", "full")], of=4)
    assert capsys.readouterr().err == "error: 3 of 4 vessels did not start: A, C (full), B (gone)\n"
