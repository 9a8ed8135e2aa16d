"""Delivery of alerts by mail: the ledger of deliveries, the messages, and the process that sends them."""
