"""What a program can know of its own vessel, under the reference's names."""

from tests.lib.conftest import Run


def test_given_a_vessel_when_its_resources_are_looked_up_by_old_names_then_they_are_those_of_getresources(
    run: Run,
) -> None:
    program = """
import getvesselresources, vessellookup
limits = getresources()[0]
port = min(limits["connport"])
one = getvesselresources.getvesselresources_portnum(port, "127.0.0.1")["this"]
other = getvesselresources.getvesselresources_vesselname("v1", getmyip())["v1"]
print(one == other, one["memory"] == [limits["memory"]], one["connport"] == sorted(limits["connport"]))
name = "127.0.0.1:1224:v1"
print(vessellookup.lookup_cpu(name) == limits["cpu"], vessellookup.lookup_disk(name) == limits["diskused"])
print(vessellookup.lookup_memory(name) == limits["memory"], port in vessellookup.lookup_ports(name))
"""
    assert run(program) == "True True True\nTrue True\nTrue True\n"


def test_given_another_vessel_when_its_resources_are_looked_up_then_the_program_is_told_that_it_can_t(run: Run) -> None:
    program = """
import getvesselresources, vessellookup
for call in (lambda: getvesselresources.getvesselresources_vesselname("v1", "192.0.2.99"),
             lambda: getvesselresources.getvesselresources_portnum(1, "127.0.0.1"),
             lambda: vessellookup.lookup_cpu("192.0.2.99:1224:v1"), lambda: vessellookup.lookup_cpu("nobody")):
    try:
        call()
    except ValueError as why:
        print(why)
"""
    assert run(program).splitlines() == [
        "192.0.2.99 is not this vessel's address, and other vessels can't be asked for their resources",
        "port 1 is none of this vessel's, and others can't be asked for theirs",
        "192.0.2.99 is not this vessel's address, and other vessels can't be asked for their resources",
        "a vessel is named ip:port:name, not 'nobody'",
    ]
