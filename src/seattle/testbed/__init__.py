"""A whole testbed on this machine: a fabric, nodes, and a clearinghouse if it is wanted, in one private folder.

    local.py          `LocalTestbed`: what is started, in which order; and that it all ends with it
    child.py          a process of ours: it says when it serves, and ends when we do
    clearinghouse.py  the site and its worker, as operators would set them up
    visitor.py        somebody with a browser: registers, and approves a key
    nodes.py          nodes: given to one user, or donated
    size.py           how many nodes and vessels, and what each vessel has
    addresses.py      addresses that no other testbed of this machine has

`seattle up`, `seattle demo` and tests use it.
"""

from seattle.testbed.addresses import reserved_addresses
from seattle.testbed.errors import TestbedError
from seattle.testbed.local import LocalTestbed
from seattle.testbed.size import Size

__all__ = ["LocalTestbed", "Size", "TestbedError", "reserved_addresses"]
