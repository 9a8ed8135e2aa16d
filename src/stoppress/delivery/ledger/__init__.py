"""The ledger: one row per delivery, legal transitions only, and a receipt that always adds up (law 8).

The modules here read the ledger: the states, the alerts with work to do, the deliveries that are due, the totals. The
package `transitions` moves deliveries from state to state; the package `recipients` creates them.
"""
