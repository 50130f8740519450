"""What is shown of vessels and their nodes."""

import re
from dataclasses import replace

import pytest
from tests.shell.vessels.shell_at import ShellAt

from seattle.resources.kinds import Resource
from seattle.resources.restrictions import parse_restrictions
from seattle.shell.errors import Incomplete, TargetNeeded


def test_given_vessels_when_information_is_shown_then_nodes_tell_who_they_are(
    shell: ShellAt, node_ids: list[str]
) -> None:
    told = shell.do("show info")
    assert all(told.count(f"  node: {node}\n") == 2 for node in node_ids)
    assert told.count("  version: ") == 6
    assert told.count("  addresses: 127.") == 6
    assert re.search(r"  walls: .*seccomp", told)


def test_given_nodes_when_addresses_are_shown_then_each_is_there_once(shell: ShellAt) -> None:
    told = shell.do("show ip").splitlines()
    assert len(told) == 3
    assert set(told) == {address for one in shell.known() for address in one.vessel.addresses}


@pytest.mark.parametrize("command", ["show ip to", "show ip >", "show ips to"])
def test_given_a_file_when_addresses_are_written_then_they_are_in_it(shell: ShellAt, command: str) -> None:
    file = shell.folder / "neighboriplist.txt"
    assert shell.do(f"{command} {file}") == ""
    assert file.read_text() == shell.do("show ip")


def test_given_no_file_when_addresses_are_to_be_written_then_it_is_wrong_usage(shell: ShellAt) -> None:
    with pytest.raises(Incomplete):
        shell.do("show ip to")


def test_given_a_home_folder_when_addresses_are_written_below_it_then_they_are_there(
    shell: ShellAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(shell.folder))
    shell.do("on %1 show ip to ~/list.txt")
    assert (shell.folder / "list.txt").read_text().startswith("127.")


def test_given_a_node_that_tells_no_address_when_addresses_are_shown_then_its_words_are_left_out(
    shell: ShellAt,
) -> None:
    (first,) = shell.known("%1")
    shell.session.targets.told(replace(first.vessel, addresses=("rm -rf /\n10.0.0.1", "127.0.0.1")))
    assert shell.do("on %1 show ip") == "127.0.0.1\n"


def test_given_a_node_behind_a_translator_of_addresses_when_addresses_are_shown_then_it_is_the_translator_s(
    shell: ShellAt,
) -> None:
    (first,) = shell.known("%1")
    behind = replace(first.vessel, addresses=("192.168.1.7",), public_address="198.51.100.7", nat="nat")
    shell.session.targets.told(behind)
    assert shell.do("on %1 show ip") == "198.51.100.7\n"


def test_given_an_address_with_a_name_when_host_names_are_shown_then_it_is_behind_it(shell: ShellAt) -> None:
    (first,) = shell.known("%1")
    shell.session.targets.told(replace(first.vessel, addresses=("127.0.0.1",)))
    assert shell.do("on %1 show hostname") == "127.0.0.1 localhost\n"


def test_given_an_address_without_a_name_when_host_names_are_shown_then_that_is_told(shell: ShellAt) -> None:
    (first,) = shell.known("%1")
    shell.session.targets.told(replace(first.vessel, addresses=("0.0.0.1",)))
    assert shell.do("on %1 show hostname") == "0.0.0.1 has no name that is known\n"


def test_given_vessels_when_resources_are_shown_then_they_are_a_resource_file(shell: ShellAt) -> None:
    told = shell.do("on %1 show resources")
    heading, _, text = told.partition("\n")
    assert heading == f"Resources of '{shell.known('%1')[0].vessel}':"
    assert parse_restrictions(text).vector[Resource.MEMORY] > 0
    assert re.search(r"resource diskused \d+  # \d+ used", text)


def test_given_nodes_when_the_offcut_is_shown_then_it_is_told_for_nodes(shell: ShellAt) -> None:
    told = shell.do("show offcut")
    assert told.startswith("Offcut resources of node 'U")
    assert "(3 nodes, the same)" in told
    assert "resource cpu 0.002\n" in told


@pytest.mark.parametrize(
    "command",
    ["show info", "show ip", "show hostname", "show files", "show resources", "show offcut", "show log", "show users"],
)
def test_given_no_target_when_something_is_shown_then_it_is_told_what_to_do(fresh: ShellAt, command: str) -> None:
    with pytest.raises(TargetNeeded, match="needs a target"):
        fresh.do(command)


def test_given_a_vessel_that_is_gone_when_files_are_shown_then_the_others_are_and_both_are_groups(
    shell: ShellAt,
) -> None:
    gone = shell.pretend("v999")
    told = shell.do("show files")
    assert "(6 vessels, the same): ''" in told
    assert "Added group 'filesgood' with 6 targets and 'filesfail' with 1 target" in told
    assert shell.group("filesfail") == [gone]
    assert shell.notes.startswith("This identity lacks the permission.")


@pytest.mark.parametrize("command", ["show users", "show user"])
def test_given_no_users_when_they_are_shown_then_that_is_told(shell: ShellAt, command: str) -> None:
    assert shell.do(f"on %1 {command}") == f"{shell.known('%1')[0].vessel} (no keys)\n"


def test_given_an_owner_with_and_without_a_name_when_shown_then_the_key_has_its_name_before_it(
    shell: ShellAt,
) -> None:
    (first,) = shell.known("%1")
    key = shell.session.identities.get("alice").public.id
    assert shell.do("on %1 show owner") == f"{first.vessel} alice {key}\n"
    shell.session.identities.remove("alice")
    assert shell.do("on %1 show owners") == f"{first.vessel} {key}\n"
