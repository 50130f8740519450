"""How many vessels somebody may hold, and why: a ledger."""
