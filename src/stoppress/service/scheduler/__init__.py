"""Scheduled jobs, each run at its time, once per installation.

job_schedule.py     when a job is due: pure
job_table.py        the jobs
job_journal.py      result of each job's last run
scheduler_lock.py   selects one scheduler of several
due_posts.py        publishes scheduled posts at their time
process.py          the loop that joins them
data_retention.py   deletes data whose time is over
"""
