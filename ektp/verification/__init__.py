"""The invariants: what must hold over the whole store at any moment, and how it is counted."""
