"""How programs meet: with announcements of the test's own, in the sandbox. On a real testbed: tests/examples."""

from tests.lib.conftest import Run

MEETING = """
announced, seen = [], {seen}

def announce(key, value, lifetime):
    announced.append((key, value, lifetime))

def look_up(key):
    return seen.pop(0) if len(seen) > 1 else seen[0]

context = _context.copy()
context["advertise_announce"], context["advertise_lookup"] = announce, look_up
context["getmyip"] = lambda: "10.0.0.5"
context["getresources"] = lambda: ({{"messport": {{7, 8}}, "connport": {{8, 9}}}}, {{}}, [])
createvirtualnamespace('''
import rendezvous
try:
    company = rendezvous.meet("x", {count}, {patience})
    print(company.index, company.place, company.others)
except TimeoutError as why:
    print(why)
''', "meeting").evaluate(context)
print(announced)
"""


def meeting(run: Run, seen: list[list[str]], count: int, patience: float = 5.0) -> list[str]:
    return run(MEETING.format(seen=seen, count=count, patience=patience)).splitlines()


def test_given_others_who_come_one_by_one_when_met_then_all_are_in_order_and_nonsense_is_nobody(run: Run) -> None:
    first = ["10.0.0.9:8"]
    then = ["10.0.0.9:8", "nonsense", "10.0.0.1:x", "10.0.0.1:99999", "10.0.0.1:8"]
    said = meeting(run, [[], first, then], 3)
    assert said[0] == "1 ('10.0.0.5', 8) (('10.0.0.1', 8), ('10.0.0.9', 8))"
    assert said[1] == str([("x", "10.0.0.5:8", 15)] * 2)


def test_given_too_few_when_time_is_over_then_it_says_how_many_came(run: Run) -> None:
    assert meeting(run, [[]], 2, 0.1)[0] == "only 1 of 2 programs came to meet as 'x'"


def test_given_more_than_there_should_be_when_we_are_last_then_we_are_told(run: Run) -> None:
    assert meeting(run, [["10.0.0.1:8", "10.0.0.2:8"]], 2)[0] == "3 programs came to meet as 'x', where 2 should"


def test_given_no_testbed_when_met_then_there_are_no_announcements(run: Run) -> None:
    assert "AdvertiseError" in run("import rendezvous\nrendezvous.meet('x', 1)", outcome=1)


def test_given_a_place_when_told_and_read_then_it_is_the_same(run: Run) -> None:
    program = "import rendezvous as r\nprint(r.parse_place(r.format_place(('::1', 5))), r.parse_place('x'))"
    assert run(program) == "('::1', 5) None\n"
