"""What a receipt tells beside its counts: how fast it went, what is uncertain, every single delivery.

speed.py       Send → accepted, overall and by receiving domain     uncertain.py   what is known of each one
exporting.py   the ledger of one alert, for a spreadsheet           story.py       what editors did, in order
"""
