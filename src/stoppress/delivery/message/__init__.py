"""The messages: the mail of an alert, a digest or a transactional mail, rendered once and filled per recipient.

alert_content.py, digest_content.py, transactional_mail.py   what a message contains, as values
html_body.py, plain_text_body.py, headers.py                 the parts of a message
build_message.py                                             the parts assembled into a message template
message_template.py                                          placeholders, and how they are filled
verp_addresses.py                                            addresses and ids of one delivery
dkim.py, dkim_keys.py, dkim_selectors.py                     signatures
"""
