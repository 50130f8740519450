import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seattle.resources.defaults import REPY_DEFAULT, VESSEL
from seattle.resources.errors import NotAssignedError, ResourceError, ResourceMathError, ResourceParseError
from seattle.resources.kinds import NUMBERS, Resource
from seattle.resources.restrictions import Restrictions, format_restrictions, parse_restrictions
from seattle.resources.vector import ResourceVector, find

MUSTS = "resource cpu .5\nresource memory 100\nresource diskused 200\n"
MUST_VECTOR = ResourceVector.of(cpu=0.5, memory=100, diskused=200)

call_lines = st.text(st.characters(exclude_characters="\r\n"), max_size=30).map(lambda text: f"call {text}")


def check_refused(text: str, *, line: int, why: str) -> None:
    with pytest.raises(ResourceParseError, match=why) as caught:
        parse_restrictions(text, source="vessel.txt")
    assert str(caught.value).startswith(f"vessel.txt:{line}: ")
    assert (caught.value.source, caught.value.line) == ("vessel.txt", line)


def test_given_only_the_musts_then_everything_else_is_none_at_all() -> None:
    assert parse_restrictions(MUSTS) == Restrictions(MUST_VECTOR)


def test_given_comments_blank_lines_tabs_and_carriage_returns_then_they_do_not_matter() -> None:
    text = "\ufeff# head\r\n\r\n  resource\tcpu .5# half\r\nresource memory 100 # bytes\n#\n\t\nresource diskused 200"
    assert parse_restrictions(text) == Restrictions(MUST_VECTOR)


def test_given_several_port_lines_then_they_add_up_and_a_repeated_one_changes_nothing() -> None:
    text = MUSTS + "resource messport 5\nresource connport 6\nresource messport 7\nresource messport 5\n"
    vector = parse_restrictions(text).vector
    assert vector.messports == {5, 7}
    assert vector.connports == {6}


def test_given_call_lines_then_they_are_kept_verbatim_in_their_order() -> None:
    text = "call gethostbyname_ex allow\n" + MUSTS + "\n  call file.open arg 0 is # old\r\n"
    assert parse_restrictions(text).call_lines == (
        "call gethostbyname_ex allow",
        "  call file.open arg 0 is # old",
    )


@given(vector=st.from_type(ResourceVector), calls=st.lists(call_lines, max_size=4).map(tuple))
@example(vector=REPY_DEFAULT, calls=())
@example(vector=VESSEL, calls=("call x\x0b\x1c\u2028 allow",))
def test_given_any_restrictions_when_written_and_read_then_nothing_has_changed(
    vector: ResourceVector, calls: tuple[str, ...]
) -> None:
    restrictions = Restrictions(vector, calls)
    text = format_restrictions(restrictions)
    assert parse_restrictions(text) == restrictions
    assert parse_restrictions(text.replace("\n", "\r\n")) == restrictions


@given(vector=st.from_type(ResourceVector))
def test_given_any_vector_when_written_then_integers_stay_integral_and_nothing_is_in_exponent_form(
    vector: ResourceVector,
) -> None:
    values = dict(line.split()[1:] for line in format_restrictions(Restrictions(vector)).splitlines())
    for resource in NUMBERS:
        assert "e" not in values[resource.value].lower()
        if resource.steps == 1:
            assert values[resource.value] == str(vector[resource])


@given(text=st.text(max_size=200))
@example("resource")
@example("\x00")
def test_given_any_text_then_it_is_read_or_refused_by_an_error_of_the_family(text: str) -> None:
    for whole in (text, MUSTS + text, MUSTS.replace("100", text)):
        try:
            restrictions = parse_restrictions(whole)
        except ResourceError:
            continue
        assert parse_restrictions(format_restrictions(restrictions)) == restrictions


@given(
    lines=st.lists(
        st.lists(
            st.sampled_from(
                ["resource", "call", "cpu", "memory", "events", "messport", "#", "-", "1", ".5", "5.", "1e6"]
            ),
            max_size=4,
        ).map(" ".join),
        max_size=6,
    )
)
def test_given_almost_right_lines_then_they_are_read_or_refused_with_the_line_that_is_wrong(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        parse_restrictions(MUSTS + text)
    except ResourceParseError as refused:
        # Everything before the line that is blamed is fine, and the line itself is what makes it wrong.
        before = "\n".join((MUSTS + text).split("\n")[: refused.line - 1])
        parse_restrictions(before)
        with pytest.raises(ResourceParseError):
            parse_restrictions("\n".join((MUSTS + text).split("\n")[: refused.line]))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("resources events 5", r"'resources' begins no line: expected `resource NAME VALUE` or `call \.\.\.`"),
        ("Resource events 5", "'Resource' begins no line"),
        ("resource", "expected the three words `resource NAME VALUE`, found 1"),
        ("resource events", "found 2"),
        ("resource events # 5", "found 2"),
        ("resource events 5 6", "found 4"),
        ("resource threads 5", "there is no resource 'threads': expected one of cpu, memory"),
        ("resource Events 5", "there is no resource 'Events'"),
        ("resource events five", "events can't be 'five': expected a plain whole number"),
        ("resource events 5.0", r"events can't be '5\.0': expected a plain whole number"),
        ("resource events 1e3", "events can't be '1e3'"),
        ("resource events -5", "events can't be '-5'"),
        ("resource events +5", r"events can't be '\+5'"),
        ("resource events 1_000", "events can't be '1_000'"),
        ("resource events \u0665", "events can't be '\u0665'"),  # a digit, but not one of ours
        ("resource events 1000000000000001", "expected a whole number .* to 1000000000000000"),
        ("resource events " + "9" * 5000, r"events can't be '9+\.\.\.: expected a plain whole number"),
        ("resource netsend inf", "netsend can't be 'inf': expected a plain decimal number"),
        ("resource netsend nan", "netsend can't be 'nan'"),
        ("resource netsend -1", "netsend can't be '-1'"),
        ("resource netsend -0", "netsend can't be '-0'"),
        ("resource netsend 1e6", "netsend can't be '1e6'"),
        ("resource netsend 0x10", "netsend can't be '0x10'"),
        ("resource netsend .", r"netsend can't be '\.'"),
        ("resource netsend 1/2", "netsend can't be '1/2'"),
        ("resource netsend 1000000000001", "from 0 to 1000000000000"),
        ("resource netsend 0.0001", r"not finer than 0\.001"),
        ("resource messport 0", "messport can't be 0: expected port numbers from 1 to 65535"),
        ("resource messport 65536", "messport can't be 65536"),
        ("resource connport 63100-63109", "connport can't be '63100-63109'"),
        ("resource cpu .5", "cpu is set on line 1 already: expected it once"),
        ("resource memory 100", "memory is set on line 2 already"),
    ],
)
def test_given_a_line_that_is_wrong_then_the_error_names_the_line_and_what_was_expected(line: str, why: str) -> None:
    check_refused(f"{MUSTS}# all well so far\n{line}\nresource what is this\n", line=5, why=why)


def test_given_two_wrong_lines_then_the_first_one_is_blamed() -> None:
    check_refused("\r\nresource cpu nan\r\nresource memory nan\r\n", line=2, why="cpu can't be 'nan'")


@pytest.mark.parametrize("name", ["cpu", "memory", "diskused"])
def test_given_a_must_that_is_missing_then_the_error_names_it_and_the_file(name: str) -> None:
    text = "".join(line for line in MUSTS.splitlines(keepends=True) if name not in line)
    with pytest.raises(NotAssignedError, match=rf"vessel\.txt must assign {name}: ") as caught:
        parse_restrictions(text, source="vessel.txt")
    assert isinstance(caught.value, ResourceMathError)
    assert caught.value.missing == (find(name),)


def test_given_an_empty_file_then_all_musts_are_missing() -> None:
    with pytest.raises(NotAssignedError, match="restrictions must assign cpu and memory and diskused"):
        parse_restrictions("")


@pytest.mark.parametrize("line", ["", "# call x", "resource cpu 5", "calls x", "call x\ny", "call x\r"])
def test_given_a_line_that_is_no_call_line_then_it_cannot_be_smuggled_in_as_one(line: str) -> None:
    with pytest.raises(ValueError, match="not a call line"):
        Restrictions(MUST_VECTOR, (line,))


def test_given_the_float_noise_of_the_old_writer_then_the_amount_is_read_as_what_was_meant() -> None:
    assert parse_restrictions(MUSTS.replace(".5", "0.07800000000000001")).vector[Resource.CPU] == 0.078


@pytest.mark.parametrize("name", ["REPY_DEFAULT", "VESSEL"])
def test_given_the_named_examples_then_they_hold_an_interpreter_and_forbid_nothing(name: str) -> None:
    vector = {"REPY_DEFAULT": REPY_DEFAULT, "VESSEL": VESSEL}[name]
    assert vector[Resource.MEMORY] >= 64 * 2**20
    assert all(vector[resource] > 0 for resource in NUMBERS)
    assert vector.messports == vector.connports != frozenset()
