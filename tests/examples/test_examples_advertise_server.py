"""A laboratory's own server of announcements on one vessel, and programs on others that find each other by it."""

from pathlib import Path

from tests.examples.conftest import RunAlone, StartOn

CLIENT = """
import advertise
host, port, value = callargs
advertise.use("central", host, int(port))
advertise.use("UDP", host, int(port))
advertise.announce("laboratory", value, 60)
print([advertise.lookup("laboratory", lookuptype=[service]) for service in ("central", "UDP")])
"""


def test_given_the_server_on_one_vessel_when_programs_on_others_announce_then_they_find_each_other(
    start_on: StartOn, run_alone: RunAlone, tmp_path: Path
) -> None:
    (tmp_path / "client.py").write_text(CLIENT)
    server = start_on(0, "services/advertise_server.py", "-v")
    lines = (line.text for line in server.follow())
    words = next(lines).split()
    host, port = words[words.index("at") + 1], words[words.index("port") + 1]
    assert run_alone(1, tmp_path / "client.py", host, port, "one") == ["[['one'], ['one']]"]
    assert run_alone(2, tmp_path / "client.py", host, port, "two") == ["[['one', 'two'], ['one', 'two']]"]
    assert next(lines).endswith("announces 'laboratory': 'one' for 60 s")
    server.stop()
