"""Who may use which address and port, and send where. A refused call costs as much as a packet, and its time."""

from collections.abc import Callable

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.interface import Network
from seattle.repy.monitor.network.own_addresses import OwnAddresses
from seattle.repy.monitor.network.policy import NetworkPolicy, Objection, Rule
from seattle.repy.monitor.network.transport import Transport
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Sleep, Task
from seattle.repy.monitor.sockets.ends import End
from seattle.repy.monitor.sockets.rates import PACKET
from seattle.resources.errors import ResourceForbiddenError
from seattle.resources.kinds import Resource
from seattle.resources.meter import Meter

_PORTS = {Transport.UDP: Resource.MESSPORT, Transport.TCP: Resource.CONNPORT}
_COSTS = (Refusal.ARGUMENT, Refusal.FORBIDDEN, Refusal.POLICY, Refusal.BUDGET)


class Admission:
    """The permissions of one vessel, in the order in which calls check them."""

    def __init__(
        self,
        network: Network,
        policy: NetworkPolicy,
        own_addresses: OwnAddresses,
        meter: Meter,
        *,
        note: Callable[[str], None],
    ) -> None:
        self._network = network
        self._policy = policy
        self._own_addresses = own_addresses
        self._meter = meter
        self._note = note
        self._noted: set[Rule] = set()

    def admit_local(self, local: End, transport: Transport) -> None:
        """See that the program may use this end. Raises RefusedError or ResourceForbiddenError."""
        self._own_addresses.check(local.address)
        self._meter.use_port(_PORTS[transport], local.port)

    def admit_remote(self, remote: End, transport: Transport) -> None:
        """See that packets may go there. Raises RefusedError."""
        objection = self._policy.objection(remote.address, remote.port, transport, self._network)
        if objection is not None:
            raise self.refused(objection)

    def refused(self, objection: Objection) -> RefusedError:
        """What the program is told. Its owner reads of each rule once: a flood of calls is no flood of lines."""
        if objection.rule not in self._noted:
            self._noted.add(objection.rule)
            self._note(objection.text)
        return RefusedError(Refusal.POLICY, objection.text)

    def charged(self, call: Task) -> Task:
        """Do `call`; a refusal costs a packet of the loopback's, for that is how far it came."""
        try:
            return (yield from call)
        except RefusedError as why:
            if why.refusal in _COSTS:
                yield from self._pay()
            raise
        except ResourceForbiddenError:
            yield from self._pay()
            raise

    def _pay(self) -> Task:
        bucket = self._meter.loopsend
        seconds = bucket.charge(PACKET) if bucket.limit > 0 else 0.0  # who has no loopback pays with CPU time alone
        if seconds > 0:
            yield Sleep(seconds)
