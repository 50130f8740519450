"""The reference's XML-RPC API, at /xmlrpc/, for the programs that were written for it. New ones use REST.

`wire.py` turns bodies into calls and answers into bodies, `calls.py` has the ten calls and, from
`builder_calls.py`, the builder's three, `faults.py` the codes,
`passwords.py` what a password still opens; `views.py` is what Django calls.

Promises:
* Names, arguments, answers and fault codes are the reference's; where we differ, docs/clearinghouse-api.md says so.
* A body is bounded in size, entities and nesting before anything is made of it.
"""
