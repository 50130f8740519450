"""What people type, and how long they wait: `seattle`, seash, and a program on a hundred places. A file for each.

`jobs/` has the same job as tools of others do it: programs for their own environment, which `make peers` makes.
"""
