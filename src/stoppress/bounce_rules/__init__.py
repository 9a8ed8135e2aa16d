"""What a server's reply to one recipient means: the reason, and whether the address itself is dead. Pure.

The same rules judge a reply that the mailer gets itself, and one that a bounce quotes.
"""
