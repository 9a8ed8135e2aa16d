"""Configuration of an installation: typed fields, read once from `stoppress.toml` and the environment.

model.py        the fields with their bounds and descriptions, and `read_config`
field_types.py  types and validators of single fields
sources.py      the two sources; unknown names are refused in both
messages.py     one line for each fault
secret_key.py   the signing key, created at the first start
home_folder.py  traces of use in a home folder, and folders that cannot be used
reference.py    the table in docs/settings.md, written from the fields

Import the modules directly: `errors` alone is light, `model` loads pydantic.
"""
