"""The measurements behind `stoppress bench`: one module per sub-verb, named like it.

A module has HELP (one line), `add_options(command)` and `measure(options)`, which yields figures in the order in which
they are found. Modules import nothing of Django before `measure`, since `--help` must not need a database.
"""
