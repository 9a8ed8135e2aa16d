"""Send messages through mail relays.

relay_pools.py            all relays of a mailer
relay_pool.py             the connections to one relay
send_context.py           what the pools share: queue, message factory, circuit breaker, callbacks
send_queue.py             claimed deliveries that wait for a connection; which connection carries which lane
message_factory.py        the message of one delivery
adaptive_concurrency.py   how many windows a relay gets at once
backoff.py                how long a failing relay is not tried
circuit_breaker.py        receiving domains that reject mail by policy
silent_connections.py     connections on which the relay does not reply
mail_transport.py         the interface of a connection
file_backend.py           stores messages as files if no relay is configured
"""
