"""The language wall: what a Repy program may say, and the world of names in which it runs.

For: checking program text, compiling it, and the builtins and importable modules that it sees.
May import: the standard library and this package; it runs inside the guest, next to the program it holds.
Promises: `check` never raises; text that `compile_program` accepts can name no interpreter internals; what
`safe_builtins` and `load_facade` hand out reaches no module, frame, code object, file or mutable shared state.

Start at `check.check` for the rules as code, and at `rules.EXPLANATIONS` for the rules as text.
"""
