"""The core of Loupe: everything that can be known about a model without drawing it.

Nothing in this package imports a user interface. `docs/decisions/` says why it is built so.
"""
