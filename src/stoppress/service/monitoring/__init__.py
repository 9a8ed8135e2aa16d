"""Status of an installation for operators.

mail_statistics.py   counts of the ledger          alarms.py          alarms from a status: pure
system_status.py     mail and scheduler, cached    current_alarms.py  alarms of this moment
database_file.py     watch of the database file
disk_space.py        free space of the disks
replaced_processes.py  processes that were replaced
process_figures.py   figures of all web processes  metrics_view.py, metric_families.py   Prometheus
"""
