"""What a receipt shows beside its counts: delivery speed, uncertain deliveries, each delivery, all decisions.

delivery_speed.py         from Send until accepted, overall and by receiving domain
uncertain_deliveries.py   uncertain deliveries, and what the relay's log contains about them
relay_log_parser.py       results in the logs of Postfix, Exim and OpenSMTPD
relay_log_source.py       lines of an uploaded or local log file
export_rows.py            the ledger of one alert, as CSV and JSON
decision_history.py       what editors did, in order
id_ranges.py              many ids in one short text
"""
