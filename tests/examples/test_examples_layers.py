"""Security layers on vessels: what a layer of the examples holds back is held back, whatever is tried beneath it."""

from pathlib import Path

import pytest
from tests.escapes.test_escapes_from_layers import DIARY, ON_APPEND_ONLY, PROGRAMS, attack_on
from tests.examples.conftest import BOUND, EXAMPLES, RunAlone, StartOn, changed

from seattle.client import VesselGroup

TOO_LONG = {"full_disk"}  # a vessel here has 100 MB, which take ten seconds to fill
ATTACKS = sorted(set(ON_APPEND_ONLY) - TOO_LONG)
GROW = """
with open("diary.txt", "a") as diary:
    diary.write("and more\\n")
try:
    removefile("diary.txt")
except ResourceForbiddenError as why:
    print(why)
print(callargs, open("diary.txt").read().split())
"""
EAR = """
socket = listenforconnection(getmyip(), int(callargs[0]))
print("listening")
while True:
    try:
        print("from", *socket.getconnection()[:2])
    except SocketWouldBlockError:
        sleep(0.01)
"""
TALK = """
here, port = int(callargs[0]), int(callargs[1])
for ip in callargs[2:]:
    try:
        openconnection(ip, port, getmyip(), here, 5)
        print("connected")
    except ResourceForbiddenError as why:
        print(why)
"""


def test_given_files_that_can_only_grow_when_a_program_runs_beneath_then_they_do_and_none_is_removed(
    run_alone: RunAlone, tmp_path: Path
) -> None:
    (tmp_path / "grow.py").write_text(GROW)
    said = run_alone(0, tmp_path / "grow.py", "one", files={"diary.txt": b"first "}, layers=["layers/append_only.py"])
    assert said == ["files can only grow: 'diary.txt' cannot be removed", "['one'] ['first', 'and', 'more']"]


@pytest.mark.parametrize(
    "attacks", [ATTACKS[start : start + 6] for start in range(0, len(ATTACKS), 6)], ids=lambda names: names[0]
)
def test_given_files_that_can_only_grow_when_attacked_in_vessels_then_all_that_was_written_is_still_there(
    start_on: StartOn, vessels: VesselGroup, tmp_path: Path, attacks: list[str]
) -> None:
    files = {"diary.txt": DIARY.encode()}
    files |= {name: (PROGRAMS / name).read_bytes() for name in ("helper.py", "overwrite.py")}
    runs = []
    for number, name in enumerate(attacks):
        (tmp_path / "program.py").write_text(attack_on("append_only", name))
        runs.append(start_on(number, tmp_path / "program.py", files=files, layers=["layers/append_only.py"]))
    for number, (name, run) in enumerate(zip(attacks, runs, strict=True)):
        (result,) = run.results(timeout=BOUND).raise_for_failures().values
        _code, why = ON_APPEND_ONLY[name]
        assert result.outcome.kind == "exception", result
        assert result.outcome.detail.rstrip().rpartition("\n")[2].startswith(why), result.outcome.detail
        assert "LEAKED" not in result.output
        assert vessels[number : number + 1].read("diary.txt").values[0].startswith(DIARY.encode())


def test_given_one_host_to_talk_to_when_a_program_wants_another_then_only_that_one_hears_it(
    start_on: StartOn, run_alone: RunAlone, vessels: VesselGroup, tmp_path: Path
) -> None:
    (tmp_path / "ear.py").write_text(EAR)
    (tmp_path / "talk.py").write_text(TALK)
    port = vessels[0].tcp_ports[0]
    assert port == vessels[2].tcp_ports[0]
    host, other = vessels[0].addresses[0], vessels[2].addresses[0]
    ears = [start_on(number, tmp_path / "ear.py", port).follow() for number in (0, 2)]
    assert [next(ear).text for ear in ears] == ["listening", "listening"]
    as_it_is = run_alone(4, tmp_path / "talk.py", vessels[4].tcp_ports[0], port, other, layers=["layers/one_host.py"])
    assert as_it_is == [f"this program may talk to 127.0.0.1 only, not to {other}"]
    layer = changed(EXAMPLES / "layers/one_host.py", {"HOST": host}, tmp_path)
    here = vessels[4].tcp_ports[1]
    said = run_alone(4, tmp_path / "talk.py", here, port, other, host, layers=[layer])
    assert said == [f"this program may talk to {host} only, not to {other}", "connected"]
    me = vessels[4].addresses[0]
    assert next(ears[0]).text == f"from {me} {here}"
    assert run_alone(4, tmp_path / "talk.py", here + 1, port, other) == ["connected"]  # without the layer
    assert next(ears[1]).text == f"from {me} {here + 1}", "the first that it has heard"
