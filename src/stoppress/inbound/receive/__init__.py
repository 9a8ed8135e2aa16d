"""Reception of reports by mail: from mail servers over SMTP or LMTP, and from a mailbox over IMAP.

    mail server ──SMTP, LMTP──► smtp_session, listener ─► recording_thread ─┐
    mailbox ──────────IMAP────► imap_poller ────────────────────────────────┴─► incoming_message ─► record_report
    mail service ───webhooks──► inbound.webhooks ─────────────────────────────────────────────────► record_report

recipient_check.py     the addresses that accept mail: signed ones, and no others
smtp_session.py        server side of SMTP and LMTP, without sockets
listener.py            its sockets
listener_limits.py     limits of the listener for each network
recording_thread.py    the thread that records what the listener received
imap_poller.py         polling of a mailbox over IMAP
incoming_message.py    one message to one report
process.py             the process of the `bounces` role
"""
