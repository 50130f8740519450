"""Who is who: key pairs, key files, and messages that only the right two parties can read or write.

`keys` holds the Ed25519 key pairs that name every user, node and operator; `nkey` is how a key is written
as text, `openssh` how it is written for `ssh-keygen`, and `files` keeps keys on disk. `envelope` is what
callers and nodes use: it seals a request and its reply, out of `tokens` (who says what to whom, signed),
`sealing` (nobody else reads it) and `nonces` (nothing is done twice).

May import: nothing else of Seattle. Promises: all randomness comes from the operating system, nothing here
reads the clock, and no error text, repr or log line ever holds a secret.
"""
