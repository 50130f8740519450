"""DNS packets as dictionaries, for programs that were written for the reference; new ones use `dns`.

`convert_packet_to_dictionary`, `convert_dictionary_to_packet` and `generate_packet` are what they were. Packets and
`communication_id` are bytes; what `raw_data` said is there, too.

`answer_data` has more than it had: of A and AAAA `{"address"}`; of NS, CNAME and PTR the name as `"address"`, and as
`"nameserver"` and `"domain"` where the reference had it there; of MX `"preference"` besides; of TXT `"strings"`, a list
of bytes; of SOA `mname rname serial refresh retry expire minimum`; of other kinds `"data"`, bytes.

Missing: the fixed number of questions, `a7`: each has one of its own, since whoever knows it can forge answers. An
answer that does not fit is no longer left out in silence: packets have at most 65535 bytes.
"""

import dns

_FLAGS = {
    "query_response": "is_answer",
    "operation_code": "opcode",
    "authority_advisory": "authoritative",
    "truncation": "truncated",
    "recursion_desired": "recursion_desired",
    "recursion_accepted": "recursion_available",
    "authentic_data": "authentic",
    "checking_disabled": "checking_disabled",
    "error_code": "rcode",
}  # their names here, and in `dns.Message`
_COUNTS = {"answer_count": 0, "authority_record_count": 0, "additional_record_count": 0}
_OLD_KINDS = {"ANY": "*"}
_NEW_KINDS = {"*": "ANY"}
_ALSO = {"NS": "nameserver", "PTR": "domain"}

default_flags = {
    "query_response": False,
    "operation_code": 0,
    "authority_advisory": False,
    "truncation": False,
    "recursion_desired": True,
    "recursion_accepted": False,
    "z": False,
    "authentic_data": False,
    "checking_disabled": False,
    "error_code": 0,
    **_COUNTS,
    "answers": [],
}

MalformedPacketError = dns.PacketError
InvalidArgumentError = dns.PacketError
ServerFailedError = RefusedError = dns.ServerError
NonexistentDomainError = dns.NoSuchName


def convert_packet_to_dictionary(dns_packet_data):
    """All that a packet says. Raises MalformedPacketError, whatever the bytes are.

    `answers` has the records of all three sections, one behind the other; the counts tell them apart.
    """
    message = dns.decode(dns_packet_data)
    sections = message.answers, message.authority, message.additional
    return {
        "raw_data": dns_packet_data,
        "communication_id": dns_packet_data[:2],
        **{old: getattr(message, new) for old, new in _FLAGS.items()},
        "z": bool(dns_packet_data[3] & 0x40),
        "question_count": len(message.questions),
        **{count: len(section) for count, section in zip(_COUNTS, sections, strict=True)},
        "questions": [_old(one) for one in message.questions],
        "answers": [
            {**_old(one), "time_to_live": one.ttl, "answer_data": _old_data(one)}
            for section in sections
            for one in section
        ],
    }


def convert_dictionary_to_packet(dns_dictionary):
    """The packet that says all this.

    Raises MalformedPacketError for what can't be written, KeyError for what is missing.
    """
    number = dns_dictionary["communication_id"]
    number = number.encode("latin-1") if isinstance(number, str) else number
    records = [
        dns.Record(
            one["name"], _kind(one), one["time_to_live"], _new_data(_kind(one), one["answer_data"]), one["class"]
        )
        for one in dns_dictionary["answers"]
    ]
    first, second, third = (dns_dictionary[count] for count in _COUNTS)
    if first + second + third != len(records):
        raise dns.PacketError(f"the counts speak of {first + second + third} records, but there are {len(records)}")
    message = dns.Message(
        int.from_bytes(number, "big"),
        [dns.Question(one["name"], _kind(one), one["class"]) for one in dns_dictionary["questions"]],
        records[:first],
        records[first : first + second],
        records[first + second :],
        **{new: dns_dictionary[old] for old, new in _FLAGS.items()},
    )
    return dns.encode(message)


def generate_packet(questions, flags=default_flags):
    """A packet with questions, each a dictionary with `name`, `type` and `class`; `flags` may change all else."""
    made = {"communication_id": randombytes()[:2], **flags, "questions": questions, "question_count": len(questions)}
    return convert_dictionary_to_packet(made)


def _old(one):
    return {"name": one.name, "type": _OLD_KINDS.get(one.kind, one.kind), "class": one.klass}


def _kind(one):
    return _NEW_KINDS.get(one["type"], one["type"])


def _old_data(record):
    kind, data = record.kind, record.data
    if isinstance(data, str):
        return {"address": data, _ALSO.get(kind, "address"): data}
    if kind == "MX":
        return {"address": data.exchange, "preference": data.preference}
    if kind == "TXT":
        return {"strings": list(data)}
    if kind in ("SOA", "SRV"):
        return data._asdict()
    return {"data": data}


def _new_data(kind, data):
    if kind == "MX":
        return dns.Mail(data.get("preference", 0), data["address"])
    if kind == "SOA":
        return dns.Authority(**data)
    if kind == "SRV":
        return dns.Service(**data)
    for key in ("address", _ALSO.get(kind), "strings", "data"):
        if key in data:
            return data[key]
    raise dns.PacketError(f"the answer_data of a record of kind {kind} says nothing")
