"""How the installation stands, for whoever watches it.

kept.py       figures that are asked for often are made seldom
standing.py   mail, clock and database together
alarms.py     what an operator must know at once: pure
now.py        the alarms that stand now
families.py   the same for Prometheus
"""
