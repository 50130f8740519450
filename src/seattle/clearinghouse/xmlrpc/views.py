"""What Django calls."""

from typing import Any, Final
from xmlrpc.client import Fault

from asgiref.sync import sync_to_async
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from seattle.clearinghouse.api import watching
from seattle.clearinghouse.errors import CannotFulfil
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease, Order
from seattle.clearinghouse.xmlrpc.calls import Ordered, do_call, vessel_info
from seattle.clearinghouse.xmlrpc.faults import Code, fault_of
from seattle.clearinghouse.xmlrpc.wire import read_call, write_answer

PATIENCE: Final = 50.0  # seconds for an order; what stands between us and clients often gives up after a minute


@csrf_exempt
async def xmlrpc(request: HttpRequest) -> HttpResponse:
    """A call, or, for who comes by with a browser, where to read about them."""
    if request.method in ("GET", "HEAD"):
        return await sync_to_async(render)(request, "xmlrpc/pointer.html")
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    return HttpResponse(write_answer(await _answer(request)), content_type="text/xml")


async def _answer(request: HttpRequest) -> Any:
    try:
        name, arguments = read_call(request.body)
        answer = await sync_to_async(do_call)(request, name, arguments)
        return await _end_of(answer) if isinstance(answer, Ordered) else answer
    except RequestDataTooBig:
        return Fault(Code.UNHANDLED, "the call is too large")
    except Exception as why:  # noqa: BLE001 - clients get a fault whatever happens; it is logged where it is made
        return fault_of(why)


async def _end_of(ordered: Ordered) -> list[dict[str, Any]]:
    if ordered.order.state == Order.State.WORKING:
        await watching.settled(ordered.order.pk, PATIENCE)
    return await sync_to_async(_take)(ordered)


def _take(ordered: Ordered) -> list[dict[str, Any]]:
    """What came of an order. Raises CannotFulfil, and gives all back, if that is nothing, or not yet all."""
    order = Order.objects.get(pk=ordered.order.pk)
    mine = [lease for lease in services.held(ordered.user) if lease.order_id == order.pk]
    if order.state == Order.State.WORKING:
        if mine:
            services.release(ordered.user, [lease.handle for lease in mine])
        raise CannotFulfil(f"the nodes did not answer within {PATIENCE:.0f} s: all was given back, so try again")
    if order.state == Order.State.FAILED and order.kind != Kind.SPECIFIC:  # of these, none is an answer
        raise CannotFulfil(order.message)
    return [vessel_info(lease) for lease in mine if lease.state == Lease.State.ACTIVE]
