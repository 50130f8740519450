"""The clearinghouse: who may use which donated vessels, and until when. A Django site, its APIs, and its worker.

    site/      pages              api/     REST           xmlrpc/  the reference's API     (parse, call a service)
    accounts/  users, their keys  fleet/   nodes, units   credits/ the ledger
    leases/    who has what       journal/ what was done  desk/    abuse: who was it, and cut it off
    builds/    installers         statistics/  how large the network was
    worker/    the loops that drive nodes to what the database says; the only process that holds a private key

Rules that must always hold are constraints of the database; each app's `services.py` owns the transactions, and pages,
REST and XML-RPC all call the same ones. The site can't sign anything that a node obeys: it writes down what should be.

May import: seattle.fabric, seattle.identity, seattle.resources, seattle.updater, seattle.installer.
`site`, `api` and `xmlrpc` never import `worker`.
"""
