"""What leaves: the mail of an alert and of a letter, rendered once and finished per reader by splicing bytes.

story.py       what a message says, as a value            rendering.py   HTML and plain text from it
envelope.py    addresses and ids made for one delivery    headers.py     header lines that cannot be broken out of
message.py     the parts put together                     links.py       signed tokens
mould.py       a message with gaps, and their filling     letters.py, plain.py, preview.py, sentences.py
"""
