import asyncio

import pytest

from seattle.fabric import node_api as api

pytestmark = pytest.mark.anyio


async def test_given_a_program_when_it_is_uploaded_and_started_then_its_log_and_outcome_come_back(
    node, join, user, run_program
):
    ask = (await join(user)).asks(node.public)
    data, last = await run_program(ask, "print('hello', callargs)\nsleep(0.2)\nprint('bye')\n", "one", "two words")
    assert data == b"hello ['one', 'two words']\nbye\n"
    assert last.outcome == api.RunOutcome(kind="exited", detail="0", exit_code=0)
    assert last.run == 1
    listed = await ask(api.GET_VESSELS, api.GetVessels())
    assert [(vessel.name, vessel.state) for vessel in listed.vessels] == [("v1", api.VesselState.TERMINATED)]
