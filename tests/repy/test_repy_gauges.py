"""The CPU share as arithmetic: how long to stand still."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.repy.monitor.gauges import plan_stop


@pytest.mark.parametrize(
    ("used", "limit", "elapsed", "stop"),
    [(0.1, 0.1, 0.1, 0.9), (0.01, 0.1, 0.1, 0.0), (0.0, 0.5, 0.1, 0.0), (0.05, 0.5, 0.1, 0.0), (0.2, 1.0, 0.1, 0.1)],
)
def test_given_a_share_when_so_much_was_used_then_the_stop_makes_up_for_it(
    used: float, limit: float, elapsed: float, stop: float
) -> None:
    assert plan_stop(used=used, limit=limit, elapsed=elapsed) == pytest.approx(stop)


@given(used=st.floats(0, 100), limit=st.floats(0.001, 64), elapsed=st.floats(0, 100))
def test_after_its_stop_no_program_had_more_than_its_share(used: float, limit: float, elapsed: float) -> None:
    stop = plan_stop(used=used, limit=limit, elapsed=elapsed)
    assert stop >= 0
    assert used <= (elapsed + stop) * limit * (1 + 1e-9) + 1e-9
