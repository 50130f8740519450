"""Measurements of ours beside a peer's, in one run on one machine: `make bench`, or `python -m benchmarks NAME ...`."""
