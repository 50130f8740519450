"""The sandbox: starts, calls, throughput, memory, and how well its limits hold. A file for each, with its targets."""
