"""What a donor gives, and when.

Start at `keeper.py`: every few seconds it looks at the conditions of the donor's policy (`policy.py`, `conditions/`, a
file for each) and at what the donor has commanded (`orders.py`), decides (`holding.py`) and sets the `Gate`, which
vessels and calls obey at once (`gate.py`). `benchmark.py` finds out what there is to give.

Promises:
* A condition that is set and can't be read holds back. So does a policy that can't be read.
* Nothing flaps: between the two marks of a condition nothing changes (`marks.py`).
* Whoever is held back can read why.
* What a donor commanded, and what traffic has used up, outlives the daemon.
"""
